"""Months that are over go once they are empty, and nobody is disturbed by it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import pytest

from services.scheduler.config import SchedulerConfig
from services.scheduler.duties import drop_partitions
from services.scheduler.duty import Context
from shared.db import partitions
from shared.db.partitions import drop_emptied_partitions, make_partitions
from shared.db.pool import Database
from shared.jobs.actions import purge
from shared.jobs.job_id import new_job_id
from shared.jobs.purge import purge_slice, take_purge
from tests.integration.jobs.world import World

TABLES = ["batches", "jobs", "patient_parts", "patients", "sector_results"]


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    """A world in which the partitions of three months before last month are there too."""
    async with AsyncExitStack() as stack:
        config = SchedulerConfig.load(
            {
                "LAZARET_DATABASE_URL": database_url,
                "LAZARET_BROKER_URL": "amqp://guest:guest@127.0.0.1:1/none",
            }
        )
        made = World(await Database.open(config, "test"))
        stack.push_async_callback(made.database.close)
        await made.begin()
        await made.execute("SELECT make_partitions(now() - interval '4 months', 2)")
        yield made


def months_ago(months: int) -> datetime:
    """The middle of a month, so many before this one."""
    moment = datetime.now(UTC).replace(day=15)
    for _ in range(months):
        moment = (moment.replace(day=1) - timedelta(days=1)).replace(day=15)
    return moment


def month(months: int) -> str:
    """What the partitions of that month end with."""
    return f"{months_ago(months):%Y_%m}"


async def names(world: World) -> set[str]:
    """The partitions that are there."""
    return {
        str(name)
        for (name,) in await world.fetch(
            "SELECT tablename::text FROM pg_tables WHERE schemaname = 'partitions'"
        )
    }


async def drop(world: World) -> set[str]:
    """Look once and return what went."""
    async with world.database.connection() as connection:
        return set(await drop_emptied_partitions(connection))


async def old_job(world: World, months: int) -> object:
    """A job of that month that has run to its end."""
    job_id = (await world.submit(job_id=new_job_id(months_ago(months)))).job_id
    await world.run(job_id)
    return job_id


async def test_empty_past_months_go_and_the_months_around_stay(world: World) -> None:
    """Last month, this one and the next are kept though they are empty, and are not missed by who
    makes them.
    """
    kept = {name for name in await names(world) if name[-7:] >= month(1)}
    assert await drop(world) == {f"{table}_{month(n)}" for table in TABLES for n in (2, 3, 4)}
    assert await names(world) == kept
    async with world.database.connection() as connection:
        assert await make_partitions(connection) == ()
    assert await drop(world) == set()


async def test_a_month_with_a_job_stays_whole(world: World) -> None:
    """Even the tables that hold nothing of it: what is still to come for the job needs its
    place.
    """
    job_id = await old_job(world, 3)
    assert await world.value("SELECT count(*) FROM patients") == 0
    assert await drop(world) == {f"{table}_{month(n)}" for table in TABLES for n in (2, 4)}
    assert await world.value("SELECT count(*) FROM patient_parts WHERE job_id = $1", job_id) == 3
    assert {f"{table}_{month(3)}" for table in TABLES} <= await names(world)


async def test_a_deleted_jobs_month_goes_when_its_rows_have_gone(world: World) -> None:
    """What the purge has not reached yet stays; the purge is not disturbed by what went before
    it.
    """
    job_id = await old_job(world, 3)
    await world.act(purge, job_id)  # type: ignore[arg-type]
    filled = {f"{table}_{month(3)}" for table in ("batches", "patient_parts", "sector_results")}
    assert {f"jobs_{month(3)}", f"patients_{month(3)}"} == {
        name for name in await drop(world) if name.endswith(month(3))
    }
    assert {name for name in await names(world) if name.endswith(month(3))} == filled
    async with world.database.transaction() as connection:
        assert await take_purge(connection) == job_id
        while await purge_slice(connection, job_id):  # type: ignore[arg-type]
            pass
    assert await drop(world) == filled
    assert await world.fetch("SELECT * FROM purges") == []


async def test_who_reads_a_table_is_not_waited_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table in use keeps its partitions until the next look, the others' go; a running job
    notices nothing.
    """
    monkeypatch.setattr(partitions, "DROP_LOCK_TIMEOUT_MS", 20)
    job_id = (await world.submit()).job_id
    async with world.database.transaction() as reader:
        await reader.fetch("SELECT count(*) FROM patients")
        dropped = await drop(world)
        assert dropped == {
            f"{table}_{month(n)}" for table in TABLES for n in (2, 3, 4) if table != "patients"
        }
        assert await reader.fetchval("SELECT count(*) FROM patients") == 0
    assert (await world.run(job_id)).batches_done == 3
    assert await drop(world) == {f"patients_{month(n)}" for n in (2, 3, 4)}


async def test_two_at_once_drop_each_partition_once(world: World) -> None:
    """What one has taken away the other does not find."""
    first, second = await asyncio.gather(drop(world), drop(world))
    assert not first & second
    assert first | second == {f"{table}_{month(n)}" for table in TABLES for n in (2, 3, 4)}


async def test_the_duty_counts_what_went(world: World) -> None:
    """Once there is nothing left it has nothing to count."""
    config = SchedulerConfig.load(
        {"LAZARET_DATABASE_URL": "postgresql://unused", "LAZARET_BROKER_URL": "amqp://unused"}
    )
    context = Context(config, world.database, None, None, None)  # type: ignore[arg-type] # it needs neither broker nor chance
    assert await drop_partitions.run_once(context) == {"partitions": 5 * 3}
    assert await drop_partitions.run_once(context) == {"partitions": 0}
