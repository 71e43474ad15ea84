from __future__ import annotations

import asyncio
import hashlib
from datetime import date, timedelta
from random import Random
from uuid import UUID

import msgspec
import pytest

from services.writer.failures import Failures
from services.writer.handle_batch_generated import BatchGeneratedHandler
from shared.clock import SystemClock
from shared.config import DatabaseSettings
from shared.db.pool import Database
from shared.errors import RejectedForGood, Unavailable
from shared.jobs.actions import cancel
from shared.jobs.claim import ClaimedBatch
from shared.jobs.failures import RetryPolicy
from shared.jobs.states import BatchState, JobState
from shared.records.body import from_record_batch, read_body
from shared.records.patient import THIN_COLUMNS
from tests.integration.jobs.world import World
from tests.integration.writer.parts import invent_part, sector_digest

EPOCH = date(1970, 1, 1)


@pytest.fixture
def handler(database: Database) -> BatchGeneratedHandler:
    return handler_on(database)


def handler_on(database: Database) -> BatchGeneratedHandler:
    return BatchGeneratedHandler(
        database,
        SystemClock(),
        Failures(database, RetryPolicy(failures_max=2, pause_s=0.0), Random(7)),
    )


async def claim_all(world: World, **job: object) -> tuple[UUID, list[ClaimedBatch]]:
    job_id = (await world.submit(**job)).job_id
    claimed = [await world.claim(dispatched) for dispatched in await world.dispatch()]
    return job_id, sorted((batch for batch in claimed if batch), key=lambda batch: batch.batch_no)


async def test_a_job_of_parts_succeeds(world: World, handler: BatchGeneratedHandler) -> None:
    """Every ordinal, body and sector result is stored, and the job's digest is the hash of its
    sectors' in order.
    """
    job_id, batches = await claim_all(world)
    for batch in reversed(batches):
        await handler.handle(invent_part(batch))
    job = await world.job(job_id)
    assert (job.state, job.patients_persisted) == (JobState.SUCCEEDED, 25)
    assert job.digest == hashlib.sha256(b"".join(map(sector_digest, range(5)))).digest()
    assert await world.fetch("SELECT ordinal FROM patients ORDER BY 1") == [(n,) for n in range(25)]
    assert await world.fetch(
        "SELECT first_ordinal, last_ordinal FROM patient_parts ORDER BY 1"
    ) == [(0, 9), (10, 19), (20, 24)]


async def test_a_thin_row_says_what_the_record_says(
    world: World, handler: BatchGeneratedHandler
) -> None:
    """The row that patients are found by and the stored record agree in every column, and so does
    the part's summary.
    """
    _, batches = await claim_all(world)
    message = invent_part(batches[0])
    await handler.handle(message)
    record = from_record_batch(read_body(message.body)).flat
    row = (await world.fetch("SELECT * FROM patients WHERE ordinal = 3"))[0]
    expected = {name: int(record[name][3]) for name in THIN_COLUMNS}
    birth_date = EPOCH + timedelta(days=expected["birth_date"])
    assert row == (batches[0].job_id, *{**expected, "birth_date": birth_date}.values())
    summary = await world.value("SELECT summary FROM patient_parts")
    assert sum(summary["counts"]["outcome"].values()) == 10
    assert summary["ranges"]["iss"] == [record["iss"].min(), record["iss"].max()]


async def test_a_repeated_part_changes_nothing(
    world: World, handler: BatchGeneratedHandler
) -> None:
    """Delivered twice at once and again later, it is counted once."""
    job_id, batches = await claim_all(world)
    message = invent_part(batches[0])
    await asyncio.gather(handler.handle(message), handler.handle(message))
    await handler.handle(message)
    assert (await world.job(job_id)).patients_persisted == 10
    assert await world.value("SELECT count(*) FROM patients") == 10


async def test_a_stale_lease_stores_nothing(world: World, handler: BatchGeneratedHandler) -> None:
    """A late zombie's part is dropped whole; the new lease's is stored."""
    job_id, batches = await claim_all(world)
    await world.let_leases_run_out()
    await world.execute(
        "UPDATE batches SET state = 'pending', lease_id = NULL, lease_expires_at = NULL"
    )
    await handler.handle(invent_part(batches[0]))
    assert (
        await world.value(
            "SELECT (SELECT count(*) FROM patients) + (SELECT count(*) FROM patient_parts)"
        )
        == 0
    )
    bytes_written = (
        "SELECT sum(pg_relation_size(inhrelid)) FROM pg_inherits"
        " WHERE inhparent IN ('patients'::regclass, 'patient_parts'::regclass)"
    )
    assert await world.value(bytes_written) == 0  # nor were rows written and undone
    again = [await world.claim(dispatched) for dispatched in await world.dispatch()]
    await handler.handle(
        invent_part(next(batch for batch in again if batch and batch.batch_no == 0))
    )
    assert (await world.job(job_id)).patients_persisted == 10


async def test_a_cancelled_job_stores_nothing_more(
    world: World, handler: BatchGeneratedHandler
) -> None:
    """What was stored before stays, what comes after is dropped."""
    job_id, batches = await claim_all(world)
    await handler.handle(invent_part(batches[0]))
    await world.act(cancel, job_id)
    await handler.handle(invent_part(batches[1]))
    job = await world.job(job_id)
    assert (job.state, job.patients_persisted) == (JobState.CANCELLED, 10)
    assert await world.value("SELECT count(*) FROM patients") == 10


async def test_one_sector_of_50000_comes_in_five_parts(
    world: World, handler: BatchGeneratedHandler
) -> None:
    """It is stored whole, in any order, and its result comes with the last part."""
    job_id, (batch,) = await claim_all(
        world, patients=50_000, sector_patients=50_000, batch_patients=10_000, part_patients=10_000
    )
    assert batch.parts_total == 5
    for part_no in (4, 0, 2, 1):
        await handler.handle(invent_part(batch, part_no))
    assert (await world.job(job_id)).state is JobState.RUNNING
    await handler.handle(invent_part(batch, 3))
    job = await world.job(job_id)
    assert (job.state, job.patients_persisted) == (JobState.SUCCEEDED, 50_000)
    assert await world.fetch(
        "SELECT min(ordinal), max(ordinal), count(DISTINCT ordinal) FROM patients"
    ) == [(0, 49_999, 50_000)]
    assert await world.fetch("SELECT sector, digest FROM sector_results") == [(0, sector_digest(0))]


@pytest.mark.parametrize(
    "change",
    [{"body": b"no Arrow"}, {"last_ordinal": 10}, {"first_ordinal": 1, "last_ordinal": 10}],
)
async def test_an_unreadable_part_is_rejected_for_good(
    world: World, handler: BatchGeneratedHandler, change: dict[str, object]
) -> None:
    """Bytes that are no body, or not of these ordinals, are never stored."""
    job_id, batches = await claim_all(world)
    with pytest.raises(RejectedForGood, match="body"):
        await handler.handle(msgspec.structs.replace(invent_part(batches[0]), **change))
    assert await world.value("SELECT count(*) FROM patient_parts") == 0
    assert await world.batches(job_id, "failures") == [1, 0, 0]


async def test_a_part_that_can_never_be_stored_ends_its_batch(
    world: World, handler: BatchGeneratedHandler
) -> None:
    """Each attempt is counted as a failure, and after the last the batch is dead and the job has
    failed, with the reason.
    """
    job_id, (batch,) = await claim_all(world, patients=10)
    with pytest.raises(RejectedForGood, match="part 0"):
        await handler.give_up(invent_part(batch))
    again = await world.claim((await world.dispatch())[0])
    assert again is not None
    for _ in range(2):
        with pytest.raises(RejectedForGood):
            await handler.handle(msgspec.structs.replace(invent_part(again), body=b"no Arrow"))
    job = await world.job(job_id)
    assert (job.state, await world.batches(job_id)) == (JobState.FAILED, [BatchState.DEAD])
    assert "body" in (job.error or "")


async def test_a_database_that_is_away_is_unavailable(world: World) -> None:
    """The consumer then holds the part."""
    _, batches = await claim_all(world)
    nowhere = await Database.open(
        DatabaseSettings(database_url="postgresql://127.0.0.1:1/none"), "test"
    )  # type: ignore[arg-type]
    with pytest.raises(Unavailable):
        await handler_on(nowhere).handle(invent_part(batches[0]))
    await nowhere.close()
