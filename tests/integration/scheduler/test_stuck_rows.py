"""One row that is stuck, held or broken stops nobody else."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from aio_pika import connect
from aio_pika.abc import AbstractChannel

from services.scheduler.duties import (
    dispatch_batches,
    expire_leases,
    purge_jobs,
    relay_outbox,
    report_validity,
)
from services.scheduler.duty import Context
from shared.errors import Unavailable
from shared.jobs.actions import cancel, purge
from shared.jobs.states import BatchState
from shared.scenarios import load_preset
from shared.scenarios.scenario import canonical_json
from tests.integration.jobs.world import World
from tests.integration.scheduler.test_duties import context, world

__all__ = ["context", "world"]

SCENARIO = json.loads(canonical_json(load_preset("teaching-20")))
HOLD_JOB = "SELECT FROM jobs WHERE job_id = $1 FOR UPDATE"


@pytest.fixture
async def channel(amqp_url: str, context: Context) -> AsyncIterator[AbstractChannel]:
    """A look at the broker from outside; the topology is there."""
    async with await connect(amqp_url) as connection:
        yield await connection.channel()


async def test_a_held_job_is_not_waited_for_by_dispatch(world: World, context: Context) -> None:
    """The others are dispatched at once, that one as soon as it is free."""
    held = (await world.submit(patients=10)).job_id
    free = (await world.submit(patients=10)).job_id
    async with world.database.transaction() as holder:
        await holder.execute(HOLD_JOB, held)
        assert await dispatch_batches.run_once(context) == {"batches": 1}
        assert await world.batches(free) == [BatchState.DISPATCHED]
    assert await dispatch_batches.run_once(context) == {"batches": 1}
    assert await world.batches(held) == [BatchState.DISPATCHED]


async def test_a_held_job_or_batch_is_not_waited_for_by_expiry(
    world: World, context: Context
) -> None:
    """Leases of all others are taken back; what was held is found the next time."""
    held, half, free = [(await world.submit(patients=20)).job_id for _ in range(3)]
    await world.dispatch()
    await world.let_leases_run_out()
    async with world.database.transaction() as holder:
        await holder.execute(HOLD_JOB, held)
        await holder.execute(
            "SELECT FROM batches WHERE job_id = $1 AND batch_no = 0 FOR UPDATE", half
        )
        assert await expire_leases.run_once(context) == {BatchState.DISPATCHED: 3}
        assert await world.batches(free) == [BatchState.PENDING] * 2
        assert await world.batches(half) == [BatchState.DISPATCHED, BatchState.PENDING]
    assert await expire_leases.run_once(context) == {BatchState.DISPATCHED: 3}


async def test_an_unreadable_message_is_set_aside(
    world: World, context: Context, channel: AbstractChannel
) -> None:
    """It stays for people to look at, with the reason; all others reach the broker."""
    await world.execute(
        "INSERT INTO outbox (message_id, message_type, routing_key, body)"
        " VALUES (gen_random_uuid(), 'job_state_changed', 'job.x.queued', 'no message')"
    )
    await world.submit()
    assert await relay_outbox.run_once(context) == {"messages": 1}
    assert await relay_outbox.run_once(context) == {"messages": 0}
    ((reason,),) = await world.fetch("SELECT error FROM outbox")
    assert str(reason).startswith("job_state_changed:")


async def deleted_job(world: World) -> UUID:
    """A job that has run and is deleted, with its rows still there."""
    job_id = (await world.submit(patients=10)).job_id
    await world.run(job_id)
    await world.act(purge, job_id)
    return job_id


async def test_a_purge_that_is_stuck_lets_the_others_go(world: World, context: Context) -> None:
    """The job whose rows somebody holds is tried again after the others."""
    stuck, free = await deleted_job(world), await deleted_job(world)
    left = "SELECT count(*) FROM batches WHERE job_id = $1"
    async with world.database.transaction() as holder:
        await holder.execute("SELECT FROM batches WHERE job_id = $1 FOR UPDATE", stuck)
        with pytest.raises(Unavailable, match="lock timeout"):
            await purge_jobs.run_once(context)
        assert await purge_jobs.run_once(context) == {"rows": 1 + 2 + 1}
        assert await world.value(left, free) == 0
    while await world.fetch("SELECT FROM purges"):
        await purge_jobs.run_once(context)
    assert await world.value(left, stuck) == 0


async def test_a_purge_does_not_depend_on_statistics(world: World, context: Context) -> None:
    """With statistics from before the job a slice deletes a range too. A list of ordinals took
    longer than a statement may.
    """
    await world.execute("ANALYZE patients")
    job_id = await deleted_job(world)
    await world.execute(
        "INSERT INTO patients SELECT $1, n, 0, 0, 0, '2000-01-01', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0"
        " FROM generate_series(0, 99999) AS n",
        job_id,
    )
    slices = 0
    while await world.fetch("SELECT FROM purges"):
        await purge_jobs.run_once(context)
        slices += 1
    assert slices == 6


async def test_a_report_that_cannot_be_made_lets_the_others_be_made(
    world: World, context: Context
) -> None:
    """The job that no report can be made of goes to the end of the line."""
    broken = (await world.submit(scenario={"no": "scenario"})).job_id
    await world.act(cancel, broken)
    sound = (await world.submit(scenario=SCENARIO)).job_id
    await world.act(cancel, sound)
    with pytest.raises(ValueError, match="schema_version"):
        await report_validity.run_once(context)
    assert await report_validity.run_once(context) == {"jobs": 1}
    assert await world.fetch("SELECT job_id FROM validity_reports") == [(sound,)]
