"""Two transactions on the same batch at the same moment: one waits for the other, and then sees
what it did.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from shared.db.pool import Connection
from shared.jobs.actions import cancel, pause, purge
from shared.jobs.claim import ClaimedBatch, claim
from shared.jobs.dispatch import dispatch
from shared.jobs.expiry import Expiry, expire_job
from shared.jobs.failures import RetryPolicy, record_failure
from shared.jobs.leases import LeaseLost, LeaseStatus, release, renew
from shared.jobs.states import BatchState, JobState
from tests.integration.jobs.world import ENGINE, WIDE, World

Act = Callable[[Connection], Awaitable[Any]]
WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
    "wait_event_type = 'Lock'"
)
POLICY = RetryPolicy(failures_max=5, pause_s=0.0)


async def begin(world: World, patients: int = 10) -> ClaimedBatch:
    """A job of one batch, claimed."""
    await world.submit(patients=patients)
    batch = await world.claim((await world.dispatch())[0])
    assert batch is not None
    return batch


async def one_after_the_other(world: World, first: Act, second: Act) -> Any:
    """Run both; the second waits for a lock of the first before that commits. Returns what became
    of the second.
    """
    async with world.database.transaction() as connection:
        await first(connection)
        task = asyncio.create_task(_in_transaction(world, second))
        async with asyncio.timeout(20):
            while not task.done() and not await world.value(WAITING):
                pass
        assert not task.done(), "the second did not wait for the first"
    return (await asyncio.gather(task, return_exceptions=True))[0]


async def while_held(world: World, first: Act, second: Act) -> Any:
    """Run the second to its end while the first has not committed; it does not wait for it."""
    async with world.database.transaction() as connection:
        await first(connection)
        return await _in_transaction(world, second)


async def _in_transaction(world: World, act: Act) -> Any:
    async with world.database.transaction() as connection:
        return await act(connection)


async def test_a_part_that_waits_for_a_cancel_is_refused(world: World) -> None:
    """From the cancel's commit on nothing is stored, not even a part that was already being
    stored.
    """
    batch = await begin(world)
    answer = await one_after_the_other(
        world, lambda c: cancel(c, world.tenant, batch.job_id), lambda c: world.store_in(c, batch)
    )
    assert isinstance(answer, LeaseLost)
    assert await world.value("SELECT count(*) FROM patient_parts") == 0


async def test_a_cancel_that_waits_for_the_last_part_comes_too_late(world: World) -> None:
    """The job has succeeded; the cancel is told so."""
    batch = await begin(world)
    answer = await one_after_the_other(
        world, lambda c: world.store_in(c, batch), lambda c: cancel(c, world.tenant, batch.job_id)
    )
    assert str(answer) == "cannot cancel a job that is succeeded"
    assert (await world.job(batch.job_id)).patients_persisted == 10


async def test_the_same_part_from_two_writers_is_stored_once(world: World) -> None:
    """The second waits at the guard row and finds the part stored."""
    batch = await begin(world, patients=25)
    answer = await one_after_the_other(
        world, lambda c: world.store_in(c, batch), lambda c: world.store_in(c, batch)
    )
    assert answer is None
    assert (await world.job(batch.job_id)).patients_persisted == 10


async def test_two_last_parts_end_a_job_once(world: World) -> None:
    """Whoever comes second sees the first's count, and ends the job with the digest of all
    sectors.
    """
    await world.submit(patients=20)
    batches = [await world.claim(dispatched) for dispatched in await world.dispatch()]
    assert batches[0] is not None
    assert batches[1] is not None
    one, other = batches[0], batches[1]
    ended = await one_after_the_other(
        world, lambda c: world.store_in(c, one), lambda c: world.store_in(c, other)
    )
    assert ended.state == JobState.SUCCEEDED
    assert await world.moves(one.job_id) == ["queued", "running", "succeeded"]


async def test_an_expiry_beside_the_last_part_takes_nothing(world: World) -> None:
    """What somebody else holds is left alone: the batch is not given out again."""
    batch = await begin(world, patients=25)
    await world.let_leases_run_out()
    counts = await while_held(
        world,
        lambda c: world.store_in(c, batch),
        lambda c: expire_job(c, batch.job_id, Expiry(POLICY, lambda: 0.0)),
    )
    assert BatchState.DONE not in counts
    assert (await world.batches(batch.job_id))[0] == BatchState.DONE


async def test_a_part_that_waits_for_an_expiry_is_refused(world: World) -> None:
    """The lease is gone; what its holder sends is dropped."""
    batch = await begin(world)
    await world.let_leases_run_out()
    answer = await one_after_the_other(
        world,
        lambda c: expire_job(c, batch.job_id, Expiry(POLICY, lambda: 0.0)),
        lambda c: world.store_in(c, batch),
    )
    assert isinstance(answer, LeaseLost)


async def test_an_expiry_beside_a_renewal_takes_nothing(world: World) -> None:
    """A lease that is renewed at the last moment holds."""
    batch = await begin(world)
    await world.let_leases_run_out()
    counts = await while_held(
        world,
        lambda c: renew(c, [batch.lease]),
        lambda c: expire_job(c, batch.job_id, Expiry(POLICY, lambda: 0.0)),
    )
    assert counts == {}
    assert await world.batches(batch.job_id) == [BatchState.GENERATING]


async def test_a_renewal_that_waits_for_an_expiry_extends_nothing(world: World) -> None:
    """The next renewal says that the lease is lost."""
    batch = await begin(world)
    await world.let_leases_run_out()
    await one_after_the_other(
        world,
        lambda c: expire_job(c, batch.job_id, Expiry(POLICY, lambda: 0.0)),
        lambda c: renew(c, [batch.lease]),
    )
    async with world.database.connection() as connection:
        assert await renew(connection, [batch.lease]) == {batch.lease_id: LeaseStatus.LOST}
    assert await world.batches(batch.job_id, "lease_id") == [None]


async def test_two_reports_of_one_failure_count_once(world: World) -> None:
    """The second finds the lease void."""
    batch = await begin(world)

    def fail(connection: Connection) -> Awaitable[BatchState]:
        return record_failure(connection, batch.lease, "worn out", POLICY, 0.0)

    assert isinstance(await one_after_the_other(world, fail, fail), LeaseLost)
    assert await world.batches(batch.job_id, "failures") == [1]


async def test_two_claims_of_one_delivery_get_the_same_batch(world: World) -> None:
    """A redelivery that overtakes its own claim runs the same work under the same lease."""
    await world.submit(patients=10)
    lease = (await world.dispatch())[0].lease
    answer = await one_after_the_other(
        world, lambda c: claim(c, lease, ENGINE), lambda c: claim(c, lease, ENGINE)
    )
    assert answer is not None
    assert answer.lease_id == lease.lease_id


async def test_a_claim_that_waits_for_a_release_gets_nothing(world: World) -> None:
    """The batch was given back meanwhile."""
    batch = await begin(world)
    answer = await one_after_the_other(
        world, lambda c: release(c, batch.lease), lambda c: claim(c, batch.lease, ENGINE)
    )
    assert answer is None


@pytest.mark.parametrize("act", [cancel, pause], ids=lambda act: act.__name__)
async def test_a_dispatch_beside_an_action_leaves_the_job_out(
    world: World, act: Callable[..., Awaitable[Any]]
) -> None:
    """The job is due when the dispatch chooses it, and somebody else holds its row."""
    job_id = (await world.submit()).job_id
    answer = await while_held(
        world, lambda c: act(c, world.tenant, job_id), lambda c: dispatch(c, WIDE)
    )
    assert answer == ()
    assert await world.batches(job_id) == [BatchState.PENDING] * 3


async def test_a_part_of_a_job_that_is_deleted_meanwhile_leaves_nothing(world: World) -> None:
    """A late part finds no job, and its rows go with its transaction."""
    batch = await begin(world)
    await world.act(cancel, batch.job_id)
    answer = await one_after_the_other(
        world, lambda c: purge(c, world.tenant, batch.job_id), lambda c: world.store_in(c, batch)
    )
    assert isinstance(answer, LeaseLost)
    assert await world.value("SELECT count(*) FROM patient_parts") == 0
