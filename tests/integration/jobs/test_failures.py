"""What failures and lost leases cost."""

from functools import partial

import asyncpg
import pytest

from shared.errors import Conflict, NotFound
from shared.jobs.actions import cancel, redrive
from shared.jobs.expiry import SILENT, Expiry, expire_job, find_expired_jobs
from shared.jobs.failures import REASON_CHARS_MAX, RetryPolicy, record_failure
from shared.jobs.leases import Lease, LeaseLost, LeaseStatus, renew
from shared.jobs.states import BatchState, JobState
from tests.integration.jobs.world import World

AT_ONCE = RetryPolicy(failures_max=3, pause_s=0.0)
AT_THE_FIRST = RetryPolicy(failures_max=1)
LATER = RetryPolicy(failures_max=3, pause_s=60.0)


async def fail(
    world: World, lease: Lease, policy: RetryPolicy = AT_ONCE, reason: str = "out of memory"
) -> BatchState:
    """Record a failure as the writer does."""
    async with world.database.transaction() as connection:
        return await record_failure(connection, lease, reason, policy, 0.5)


async def claim_first(world: World) -> Lease:
    """Dispatch and claim one batch."""
    batch = await world.claim((await world.dispatch(world.one_at_a_time))[0])
    assert batch is not None
    return batch.lease


async def expire(world: World, policy: RetryPolicy = AT_ONCE) -> dict[BatchState, int]:
    """Let all leases run out and take them back."""
    await world.let_leases_run_out()
    counts: dict[BatchState, int] = {}
    async with world.database.transaction() as connection:
        for job_id in await find_expired_jobs(connection, 100):
            counts |= await expire_job(connection, job_id, Expiry(policy, lambda: 0.5))
    return counts


async def test_a_failed_batch_waits_and_runs_again(world: World) -> None:
    """A failure is counted with its reason, and the batch is due again after the pause."""
    job_id = (await world.submit(patients=10)).job_id
    assert await fail(world, await claim_first(world), LATER) == BatchState.PENDING
    assert await world.batches(job_id, "(failures, error)") == [(1, "out of memory")]
    assert await world.dispatch() == ()
    await world.execute("UPDATE batches SET run_at = now()")
    assert len(await world.dispatch()) == 1


async def test_a_batch_that_fails_too_often_dies_and_its_job_with_it(world: World) -> None:
    """After the last failure nothing is due or in flight any more: the job has failed and says
    why.
    """
    job_id = (await world.submit(patients=10)).job_id
    ends = [await fail(world, await claim_first(world)) for _ in range(3)]
    assert ends == [BatchState.PENDING, BatchState.PENDING, BatchState.DEAD]
    job = await world.job(job_id)
    assert (job.state, job.batches_dead) == (JobState.FAILED, 1)
    assert job.error == "1 of 1 batches failed; batch 0: out of memory"
    assert await world.moves(job_id) == ["queued", "running", "failed"]


async def test_a_job_with_a_dead_batch_goes_on_to_its_end(world: World) -> None:
    """The other batches are stored; the job fails only when nothing is left to do, and keeps what
    it has.
    """
    job_id = (await world.submit()).job_id
    assert await fail(world, await claim_first(world), AT_THE_FIRST) == BatchState.DEAD
    assert (await world.job(job_id)).state == JobState.RUNNING
    job = await world.run(job_id)
    assert (job.state, job.patients_persisted, job.digest) == (JobState.FAILED, 15, None)


async def test_redrive_runs_the_dead_batches_only(world: World) -> None:
    """A failed job runs again from where it stood and can succeed."""
    job_id = (await world.submit()).job_id
    await fail(world, await claim_first(world), AT_THE_FIRST)
    await world.run(job_id)
    await world.act(redrive, job_id)
    assert await world.batches(job_id) == [BatchState.PENDING, BatchState.DONE, BatchState.DONE]
    assert (await world.run(job_id)).state == JobState.SUCCEEDED
    assert await world.moves(job_id) == ["queued", "running", "failed", "running", "succeeded"]


async def test_a_failure_under_a_stale_lease_is_not_counted(world: World) -> None:
    """A late report of an earlier attempt changes nothing."""
    job_id = (await world.submit(patients=10)).job_id
    lease = await claim_first(world)
    await fail(world, lease)
    with pytest.raises(LeaseLost):
        await fail(world, lease)
    assert await world.batches(job_id, "failures") == [1]


async def test_a_failure_of_a_cancelled_job_is_not_counted(world: World) -> None:
    """A job that is over stays as it is."""
    job_id = (await world.submit(patients=10)).job_id
    lease = await claim_first(world)
    await world.act(cancel, job_id)
    with pytest.raises(LeaseLost):
        await fail(world, lease)


async def test_a_long_reason_is_cut(world: World) -> None:
    """What is stored of a reason has a limit."""
    job_id = (await world.submit(patients=10)).job_id
    await fail(world, await claim_first(world), reason="x" * 10_000)
    assert await world.batches(job_id, "length(error)") == [REASON_CHARS_MAX]


async def test_only_a_claimed_batch_fails_by_its_expiry(world: World) -> None:
    """A lease nobody claimed and one that waits for its parts are taken back free of charge; a
    silent generator is a failure.
    """
    job_id = (await world.submit()).job_id
    dispatched = await world.dispatch()
    claimed = [await world.claim(batch) for batch in dispatched[1:]]
    assert claimed[1] is not None
    await world.generated(claimed[1].lease)
    assert await expire(world) == {
        BatchState.DISPATCHED: 1,
        BatchState.GENERATING: 1,
        BatchState.GENERATED: 1,
    }
    assert await world.batches(job_id) == [BatchState.PENDING] * 3
    assert await world.batches(job_id, "failures") == [0, 1, 0]
    assert await world.batches(job_id, "error") == [None, SILENT, None]


async def test_live_leases_do_not_expire(world: World) -> None:
    """Nothing is taken from those who renew in time."""
    job_id = (await world.submit()).job_id
    await world.dispatch()
    async with world.database.transaction() as connection:
        assert await find_expired_jobs(connection, 100) == ()
        assert await expire_job(connection, job_id, Expiry(AT_ONCE, lambda: 0.5)) == {}
    assert await world.batches(job_id) == [BatchState.DISPATCHED] * 3


async def test_silence_can_kill_a_batch(world: World) -> None:
    """Expired claims count to the same limit as reported failures."""
    job_id = (await world.submit(patients=10)).job_id
    for _ in range(3):
        await claim_first(world)
        await expire(world)
    job = await world.job(job_id)
    assert (job.state, job.error) == (JobState.FAILED, f"1 of 1 batches failed; batch 0: {SILENT}")


async def test_leases_of_a_cancelled_job_are_taken_back_uncounted(world: World) -> None:
    """A job that is over does not fail any more; its batches only leave the window."""
    job_id = (await world.submit()).job_id
    for dispatched in await world.dispatch():
        await world.claim(dispatched)
    await world.act(cancel, job_id)
    assert await expire(world) == {BatchState.GENERATING: 3}
    assert await world.batches(job_id, "failures") == [0, 0, 0]
    assert (await world.job(job_id)).state == JobState.CANCELLED


async def test_a_failure_of_a_deleted_job_is_refused(world: World) -> None:
    """A report about a job that is gone finds nothing."""
    job_id = (await world.submit(patients=10)).job_id
    lease = await claim_first(world)
    await world.execute("DELETE FROM jobs")
    with pytest.raises(LeaseLost, match="deleted"):
        await fail(world, lease)
    with pytest.raises(NotFound):
        await world.job(job_id)


async def test_a_job_that_only_fails_is_given_up_as_a_whole(world: World) -> None:
    """After so many failures without a success the rest is not tried: its batches are dead too."""
    job_id = (await world.submit()).job_id
    policy = RetryPolicy(failures_max=5, pause_s=0.0, in_row_max=2)
    assert await fail(world, await claim_first(world), policy) == BatchState.PENDING
    assert await fail(world, await claim_first(world), policy) == BatchState.DEAD
    job = await world.job(job_id)
    assert (job.state, job.batches_dead) == (JobState.FAILED, 3)
    assert "given up after 2 failures in a row, the last: out of memory" in str(job.error)
    await world.act(redrive, job_id)
    assert (await world.run(job_id)).state == JobState.SUCCEEDED


async def test_a_success_forgives_a_jobs_failures(world: World) -> None:
    """Failures between successes are each batch's own."""
    job_id = (await world.submit()).job_id
    policy = RetryPolicy(failures_max=5, pause_s=0.0, in_row_max=2)
    for _ in range(2):
        await fail(world, await claim_first(world), policy)
        batch = await world.claim((await world.dispatch(world.one_at_a_time))[0])
        assert batch is not None
        await world.store(batch)
    assert (await world.run(job_id)).state == JobState.SUCCEEDED


async def test_what_waits_for_the_writer_is_not_given_up(world: World) -> None:
    """A batch whose parts are with the broker is stored, though its job has been given up."""
    job_id = (await world.submit()).job_id
    dispatched = await world.dispatch()
    made, failing = [await world.claim(each) for each in dispatched[:2]]
    assert made is not None
    assert failing is not None
    await world.generated(made.lease)
    await fail(world, failing.lease, RetryPolicy(in_row_max=1))
    assert (await world.job(job_id)).state == JobState.RUNNING
    await world.store(made)
    job = await world.job(job_id)
    assert (job.state, job.patients_persisted) == (JobState.FAILED, 10)


async def test_parts_that_may_still_be_stored_are_not_made_again(world: World) -> None:
    """While parts wait for the writer their batch keeps its lease, and its place in the window."""
    job_id = (await world.submit(patients=10)).job_id
    batch = await world.claim((await world.dispatch())[0])
    assert batch is not None
    await world.generated(batch.lease)
    await world.let_leases_run_out()
    async with world.database.transaction() as connection:
        waiting = Expiry(AT_ONCE, lambda: 0.5, parts_are_lost=False)
        assert await expire_job(connection, job_id, waiting) == {}
        assert await find_expired_jobs(connection, 10) == ()
    await world.store(batch)
    assert (await world.job(job_id)).state == JobState.SUCCEEDED


async def test_silence_does_not_count_while_nobody_could_renew(world: World) -> None:
    """The holder keeps its batch, and renews when it can again."""
    job_id = (await world.submit(patients=10)).job_id
    batch = await world.claim((await world.dispatch())[0])
    assert batch is not None
    await world.let_leases_run_out()
    async with world.database.transaction() as connection:
        blind = Expiry(AT_ONCE, lambda: 0.5, silence_counts=False)
        assert await expire_job(connection, job_id, blind) == {}
    async with world.database.connection() as connection:
        assert await renew(connection, [batch.lease]) == {batch.lease_id: LeaseStatus.LIVE}
    assert await world.batches(job_id, "failures") == [0]


async def test_one_dead_batch_can_be_redriven_alone(world: World) -> None:
    """In a job that still runs, too; the others stay dead."""
    job_id = (await world.submit()).job_id
    for _ in range(2):
        await fail(world, await claim_first(world), AT_THE_FIRST)
    await world.act(partial(redrive, batch_nos=[1]), job_id)
    assert await world.batches(job_id) == [
        BatchState.DEAD,
        BatchState.PENDING,
        BatchState.PENDING,
    ]
    assert (await world.run(job_id)).batches_dead == 1
    with pytest.raises(Conflict, match="none of these batches"):
        await world.act(partial(redrive, batch_nos=[1]), job_id)
    await world.act(partial(redrive, batch_nos=[0]), job_id)
    assert (await world.run(job_id)).state == JobState.SUCCEEDED


async def test_a_job_without_all_its_sectors_does_not_succeed(world: World) -> None:
    """The table refuses a success whose digest would not be that of every sector."""
    await world.submit(patients=10)
    batch = await world.claim((await world.dispatch())[0])
    assert batch is not None
    await world.execute(
        "CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS"
        " $$BEGIN RETURN CASE WHEN NEW.sector = 0 THEN NULL ELSE NEW END; END$$"
    )
    await world.execute(
        "CREATE TRIGGER lose BEFORE INSERT ON sector_results FOR EACH ROW EXECUTE FUNCTION lose()"
    )
    with pytest.raises(asyncpg.CheckViolationError):
        await world.store(batch)
