from __future__ import annotations

from random import Random

from services.writer.failures import Failures
from services.writer.handle_batch_failed import BatchFailedHandler
from shared.db.pool import Database
from shared.jobs.failures import RetryPolicy
from shared.jobs.states import JobState
from shared.messages.batch_failed import BatchFailed
from tests.integration.jobs.world import World


async def test_a_failure_counts_once(world: World, database: Database) -> None:
    """The batch is due again after a pause; a repeated message is of a stale lease."""
    job_id = (await world.submit(patients=10)).job_id
    message = await fail_of(world)
    handler = BatchFailedHandler(Failures(database, RetryPolicy(failures_max=2), Random(7)))
    await handler.handle(message)
    await handler.handle(message)
    assert await world.fetch("SELECT state, failures, error, run_at > now() FROM batches") == [
        ("pending", 1, "out of memory", True)
    ]
    assert (await world.job(job_id)).state is JobState.RUNNING


async def test_the_last_failure_ends_the_job(world: World, database: Database) -> None:
    """At the limit the batch is dead, and the job says why."""
    job_id = (await world.submit(patients=10)).job_id
    await BatchFailedHandler(Failures(database, RetryPolicy(failures_max=1), Random(7))).handle(
        await fail_of(world)
    )
    job = await world.job(job_id)
    assert job.state is JobState.FAILED
    assert "out of memory" in (job.error or "")


async def fail_of(world: World) -> BatchFailed:
    """What a generator says when the only batch fails."""
    (dispatched,) = await world.dispatch()
    batch = await world.claim(dispatched)
    assert batch is not None
    return BatchFailed(
        job_id=batch.job_id,
        batch_no=batch.batch_no,
        lease_id=batch.lease_id,
        dispatch_no=batch.dispatch_no,
        reason="out of memory",
    )
