"""A job's way from its first dispatch to its end."""

import hashlib
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from shared.jobs.actions import cancel, pause
from shared.jobs.dispatch import DispatchLimits
from shared.jobs.generators import stalled_versions
from shared.jobs.leases import Lease, LeaseLost, LeaseStatus, release, renew
from shared.jobs.states import BatchState, JobState, Priority
from tests.integration.jobs.world import ENGINE, World, sector_digest


async def test_a_job_runs_to_its_end(world: World) -> None:
    """Every batch dispatched, claimed and stored: the job has succeeded, with times in order and
    each move told once.
    """
    job_id = (await world.submit()).job_id
    job = await world.run(job_id)
    assert (job.state, job.patients_persisted, job.batches_done, job.error) == (
        JobState.SUCCEEDED,
        25,
        3,
        None,
    )
    times = (job.created_at, job.started_at, job.first_readable_at, job.finished_at)
    assert all(time is not None for time in times)
    assert list(times) == sorted(times)  # type: ignore[type-var] # none of them is missing
    assert await world.moves(job_id) == ["queued", "running", "succeeded"]
    assert await world.batches(job_id) == [BatchState.DONE] * 3


async def test_the_digest_is_the_hash_of_the_sector_digests_in_order(world: World) -> None:
    """Whatever order the sectors were stored in, the job's digest is that of 0, 1, 2 ..."""
    job_id = (await world.submit()).job_id
    for dispatched in reversed(await world.dispatch()):
        batch = await world.claim(dispatched)
        assert batch is not None
        await world.store(batch)
    expected = hashlib.sha256(b"".join(map(sector_digest, range(5)))).digest()
    assert (await world.job(job_id)).digest == expected


async def test_a_claim_brings_all_that_a_generator_needs(world: World) -> None:
    """The work, its place in the job, how it is cut, and the trace that it belongs to."""
    job_id = (await world.submit()).job_id
    dispatched = (await world.dispatch())[2]
    batch = await world.claim(dispatched)
    assert batch is not None
    assert batch.lease == Lease(job_id, 2, dispatched.message.lease_id)
    assert (batch.scenario, batch.spec.seed, batch.dispatch_no, batch.trace_context) == (
        {"days": 3},
        7,
        1,
        dispatched.trace_context,
    )
    spec = batch.spec
    assert (spec.first_sector, spec.sectors, spec.first_ordinal, spec.patients) == (4, 1, 20, 5)
    assert batch.parts_total == 1


async def test_a_redelivered_message_claims_again_until_the_batch_is_generated(
    world: World,
) -> None:
    """Under a live lease of the same id the work simply runs again; once its parts are with the
    broker it does not.
    """
    await world.submit()
    dispatched = (await world.dispatch())[0]
    first = await world.claim(dispatched)
    assert first is not None
    assert await world.claim(dispatched) == first
    assert await world.generated(first.lease)
    assert await world.claim(dispatched) is None


async def test_another_engine_leaves_the_batch_alone(world: World) -> None:
    """A generator of another version claims nothing, and the batch stays as it was."""
    job_id = (await world.submit()).job_id
    dispatched = (await world.dispatch())[0]
    assert await world.claim(dispatched, engine_version="engine 2") is None
    assert (await world.batches(job_id))[0] == BatchState.DISPATCHED


async def test_nothing_is_dispatched_without_a_generator_of_the_jobs_engine(world: World) -> None:
    """The rows wait in the database until a process lives that can run them."""
    await world.submit(engine_version="engine 2")
    assert await world.dispatch() == ()
    await world.beat(engine_version="engine 2")
    assert len(await world.dispatch()) == 3
    await world.execute("UPDATE generators SET seen_at = now() - interval '1 minute'")
    await world.submit(engine_version="engine 2")
    assert await world.dispatch() == ()


async def test_the_second_dispatch_has_a_lease_of_its_own(world: World) -> None:
    """A batch that was given back goes out again under another lease and the next number; the old
    lease claims nothing.
    """
    job_id = (await world.submit()).job_id
    old = (await world.dispatch())[0]
    async with world.database.connection() as connection:
        assert await release(connection, old.lease)
        assert not await release(connection, old.lease)
    new = (await world.dispatch())[0]
    assert (new.message.batch_no, new.message.dispatch_no) == (0, 2)
    assert new.lease != old.lease
    assert await world.claim(old) is None
    assert await world.batches(job_id, "failures") == [0, 0, 0]


async def test_batches_go_out_in_their_order(world: World) -> None:
    """Those that have been due for longest, then lower ordinals first, also when their rows were
    written last.
    """
    await world.submit()
    async with world.database.connection() as connection:
        for dispatched in reversed(await world.dispatch()):
            assert await release(connection, dispatched.lease)
    await world.execute("UPDATE batches SET run_at = now() - interval '1 hour' WHERE batch_no = 1")
    order = []
    for _ in range(3):
        (dispatched,) = await world.dispatch(World.one_at_a_time)
        batch = await world.claim(dispatched)
        assert batch is not None
        for part_no in range(batch.parts_total):
            await world.store(batch, part_no)
        order.append(dispatched.message.batch_no)
    assert order == [1, 0, 2]


async def test_renewal_tells_live_cancelled_and_lost(world: World) -> None:
    """One query answers for every lease of a process."""
    ids = [(await world.submit()).job_id for _ in range(3)]
    claimed = {}
    for dispatched in await world.dispatch():
        batch = await world.claim(dispatched, lease_s=1.0)
        assert batch is not None
        claimed.setdefault(batch.job_id, batch.lease)
    await world.act(cancel, ids[0])
    await world.act(pause, ids[1])
    async with world.database.connection() as connection:
        assert await release(connection, claimed[ids[2]])
        statuses = await renew(connection, [claimed[job_id] for job_id in ids], lease_s=3600.0)
    assert list(statuses.values()) == [LeaseStatus.CANCELLED, LeaseStatus.LIVE, LeaseStatus.LOST]
    late = await world.value(
        "SELECT count(*) FROM batches WHERE lease_expires_at > now() + interval '30 minutes'"
    )
    assert late == 1


async def test_a_job_is_first_readable_once(world: World) -> None:
    """The time of the first stored part stays when others come."""
    job_id = (await world.submit()).job_id
    times = []
    for dispatched in await world.dispatch():
        batch = await world.claim(dispatched)
        assert batch is not None
        await world.store(batch)
        times.append((await world.job(job_id)).first_readable_at)
    assert times[0] is not None
    assert len(set(times)) == 1


async def test_parts_of_a_batch_are_counted_one_by_one(world: World) -> None:
    """A sector of five parts is done with the last one; progress grows with each, under one
    lease.
    """
    job_id = (await world.submit(patients=50, sector_patients=50)).job_id
    batch = await world.claim((await world.dispatch())[0])
    assert batch is not None
    seen = []
    for part_no in (3, 0, 4, 1):
        await world.store(batch, part_no)
        seen.append((await world.job(job_id)).patients_persisted)
    assert seen == [10, 20, 30, 40]
    assert await world.generated(batch.lease)
    ended = await world.store(batch, 2)
    assert ended is not None
    assert ended.state == JobState.SUCCEEDED


async def test_a_part_that_is_stored_again_changes_nothing(world: World) -> None:
    """A redelivered part is found stored; the counts stay."""
    job_id = (await world.submit(patients=50, sector_patients=50)).job_id
    batch = await world.claim((await world.dispatch())[0])
    assert batch is not None
    for _ in range(3):
        await world.store(batch, 0)
    assert await world.batches(job_id, "parts_done") == [1]
    assert (await world.job(job_id)).patients_persisted == 10


async def test_each_part_extends_the_wait_for_the_others(world: World) -> None:
    """A generated batch keeps its lease while its parts keep coming."""
    job_id = (await world.submit(patients=50, sector_patients=50)).job_id
    batch = await world.claim((await world.dispatch())[0])
    assert batch is not None
    await world.generated(batch.lease, lease_s=1.0)
    await world.store(batch, 0)
    assert await world.value(
        "SELECT lease_expires_at > now() + interval '1 minute' FROM batches WHERE job_id = $1",
        job_id,
    )


async def test_a_zombies_part_is_refused(world: World) -> None:
    """A generator that lost its lease stores nothing: its part and its sectors are rolled back."""
    job_id = (await world.submit()).job_id
    zombie = await world.claim((await world.dispatch())[0])
    assert zombie is not None
    async with world.database.connection() as connection:
        await release(connection, zombie.lease)
    await world.dispatch()
    with pytest.raises(LeaseLost):
        await world.store(zombie)
    assert await world.fetch("SELECT * FROM patient_parts") == []
    assert await world.fetch("SELECT * FROM sector_results") == []
    assert (await world.job(job_id)).patients_persisted == 0


async def test_what_an_earlier_attempt_stored_counts(world: World) -> None:
    """The next attempt skips the parts that are there and ends with the missing ones."""
    await world.submit(patients=50, sector_patients=50)
    first = await world.claim((await world.dispatch())[0])
    assert first is not None
    await world.store(first, 0)
    await world.store(first, 1)
    async with world.database.connection() as connection:
        await release(connection, first.lease)
    second = await world.claim((await world.dispatch())[0])
    assert second is not None
    ended = [await world.store(second, part_no) for part_no in range(5)]
    assert [job is not None for job in ended] == [False, False, False, False, True]


async def test_classes_and_tenants_share_over_many_dispatches(world: World) -> None:
    """The passes are kept between dispatches: a batch at a time, high gets eight of thirteen."""
    jobs = {
        priority: (
            await world.submit(
                priority=priority, patients=10_000, sector_patients=10, batch_patients=10
            )
        ).job_id
        for priority in Priority
    }
    counts = dict.fromkeys(jobs.values(), 0)
    limits = world.one_at_a_time
    for _ in range(39):
        (dispatched,) = await world.dispatch(limits)
        counts[dispatched.message.job_id] += 1
        batch = await world.claim(dispatched)
        assert batch is not None
        await world.store(batch)
    assert [counts[jobs[priority]] for priority in Priority] == [24, 12, 3]


async def test_a_small_job_passes_a_large_one(world: World) -> None:
    """With a large job filling its share of the window, a small one goes out with the next look."""
    await world.submit(patients=100_000, sector_patients=10, batch_patients=10)
    await world.dispatch(world.one_at_a_time)
    small = (await world.submit(patients=10)).job_id
    assert small in {dispatched.message.job_id for dispatched in await world.dispatch()}


async def test_an_engine_version_names_what_is_live(world: World) -> None:
    """The world's generator is seen now, so its engine's slots count."""
    rows = await world.fetch(
        "SELECT engine_version, slots, seen_at > $1 FROM generators", datetime.now(UTC)
    )
    assert rows == [(ENGINE, 2, True)]


async def test_each_engine_version_has_its_window(world: World) -> None:
    """A job of an old version that fills its generators' window does not stand in the way of one of
    a new version, and a version that nobody runs is told of.
    """
    await world.submit(patients=100_000, sector_patients=10, batch_patients=10)
    narrow = DispatchLimits(batches_per_slot=0, floor=2)
    assert len(await world.dispatch(narrow)) == 2
    await world.submit(engine_version="engine 2")
    assert await world.dispatch(narrow) == ()
    async with world.database.connection() as connection:
        assert await stalled_versions(connection) == ("engine 2",)
        world.generator = uuid4()
        await world.beat(engine_version="engine 2")
        assert await stalled_versions(connection) == ()
    dispatched = await world.dispatch(narrow)
    assert [each.engine_version for each in dispatched] == ["engine 2"] * 2
