"""What people may do to a job, and from which states."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from shared.errors import Conflict, NotFound
from shared.jobs.actions import cancel, pause, purge, redrive, resume
from shared.jobs.job_id import new_job_id
from shared.jobs.leases import LeaseLost
from shared.jobs.purge import purge_slice, take_purge
from shared.jobs.read import JobFilter, list_jobs
from shared.jobs.states import JOB_MOVES, BatchState, JobState, Priority
from tests.integration.jobs.world import World

Act = Callable[..., Awaitable[object]]
AIMS = {
    cancel: JobState.CANCELLED,
    pause: JobState.PAUSED,
    resume: JobState.RUNNING,
    redrive: JobState.RUNNING,
}
STARTS = {resume: {JobState.PAUSED}, redrive: {JobState.FAILED}}


async def bring_to(world: World, state: JobState) -> UUID:
    """Make a job and bring its row to a state."""
    job_id = (await world.submit(patients=10)).job_id
    match state:
        case JobState.RUNNING:
            await world.dispatch()
        case JobState.PAUSED:
            await world.act(pause, job_id)
        case JobState.SUCCEEDED:
            await world.run(job_id)
        case JobState.CANCELLED:
            await world.act(cancel, job_id)
        case JobState.FAILED:
            await world.dispatch()
            await world.execute(
                (
                    "UPDATE batches SET state = 'dead', lease_id = NULL, lease_expires_at = "
                    "NULL, error = 'worn out' WHERE job_id = $1"
                ),
                job_id,
            )
            await world.execute(
                (
                    "UPDATE jobs SET state = 'failed', batches_dead = 1, error = 'worn out', "
                    "finished_at = now() WHERE job_id = $1"
                ),
                job_id,
            )
    return job_id


@pytest.mark.parametrize("act", AIMS, ids=lambda act: act.__name__)
async def test_only_legal_moves_are_made(world: World, act: Act) -> None:
    """Each action works from the states that the table of moves allows, and from no other. One that
    is repeated changes nothing; to redrive without a dead batch is refused.
    """
    for state in JobState:
        job_id = await bring_to(world, state)
        assert (await world.job(job_id)).state == state
        if AIMS[act] in JOB_MOVES[state] and state in STARTS.get(act, JobState):
            await world.act(act, job_id)
            assert (await world.job(job_id)).state == AIMS[act]
        elif AIMS[act] is state and act is not redrive:
            told = await world.moves(job_id)
            await world.act(act, job_id)
            assert (await world.job(job_id)).state == state
            assert await world.moves(job_id) == told
        else:
            with pytest.raises(Conflict, match=f"a job that is {state}"):
                await world.act(act, job_id)
            assert (await world.job(job_id)).state == state


async def test_another_tenants_job_is_not_there(world: World) -> None:
    """Nobody can act on, or learn of, a job of another tenant."""
    job_id = (await world.submit()).job_id
    world.tenant = uuid4()
    for act in (*AIMS, purge):
        with pytest.raises(NotFound):
            await world.act(act, job_id)


async def test_after_a_cancel_no_part_is_stored(world: World) -> None:
    """What was stored stays, what comes later is refused, whatever lease it carries."""
    job_id = (await world.submit()).job_id
    batches = [await world.claim(dispatched) for dispatched in await world.dispatch()]
    assert batches[0] is not None
    assert batches[1] is not None
    await world.store(batches[0])
    await world.act(cancel, job_id)
    with pytest.raises(LeaseLost):
        await world.store(batches[1])
    job = await world.job(job_id)
    assert (job.state, job.patients_persisted, job.finished_at is not None) == (
        JobState.CANCELLED,
        10,
        True,
    )
    assert await world.value("SELECT count(*) FROM patient_parts") == 1
    assert await world.dispatch() == ()


async def test_a_paused_job_finishes_what_was_begun(world: World) -> None:
    """Claimed batches are stored, dispatched ones come back, nothing new goes out until it is
    resumed.
    """
    job_id = (await world.submit()).job_id
    dispatched = await world.dispatch()
    begun = await world.claim(dispatched[0])
    assert begun is not None
    await world.act(pause, job_id)
    await world.store(begun)
    assert await world.claim(dispatched[1]) is None
    assert await world.batches(job_id) == [BatchState.DONE, BatchState.PENDING, BatchState.PENDING]
    assert await world.dispatch() == ()
    await world.act(resume, job_id)
    assert (await world.run(job_id)).state == JobState.SUCCEEDED


async def test_a_paused_job_can_end_with_what_was_begun(world: World) -> None:
    """When the last batch was in flight as the pause came, the job succeeds."""
    job_id = (await world.submit(patients=10)).job_id
    begun = await world.claim((await world.dispatch())[0])
    assert begun is not None
    await world.act(pause, job_id)
    ended = await world.store(begun)
    assert ended is not None
    assert ended.state == JobState.SUCCEEDED


async def test_purge_takes_terminal_jobs_only(world: World) -> None:
    """A running job is not deleted."""
    job_id = (await world.submit()).job_id
    with pytest.raises(Conflict, match="cannot delete a job that is queued"):
        await world.act(purge, job_id)


async def test_a_purged_job_is_gone_at_once_and_its_rows_after_some_slices(world: World) -> None:
    """The job is not found any more; a few slices later no row of it is left anywhere, and other
    jobs are untouched.
    """
    job_id, other = [(await world.submit()).job_id for _ in range(2)]
    await world.run(job_id)
    await world.execute(
        (
            "INSERT INTO patients SELECT $1, n, 0, 1, 1, '2000-01-01', 1, 1, 1, 1, 1, 1, 1, "
            "1, 1, 1, 1 FROM generate_series(0, 24) AS n"
        ),
        job_id,
    )
    await world.act(purge, job_id)
    with pytest.raises(NotFound):
        await world.job(job_id)
    async with world.database.transaction() as connection:
        assert await take_purge(connection) == job_id
        assert await purge_slice(connection, job_id) == 25 + 3 + 5 + 3
        assert await purge_slice(connection, job_id) == 0
        assert await take_purge(connection) is None
    for table in ("batches", "patient_parts", "patients", "sector_results"):
        assert await world.value(f"SELECT count(*) FROM {table} WHERE job_id = $1", job_id) == 0
    assert (await world.job(other)).state == JobState.SUCCEEDED


async def test_pages_of_jobs_are_newest_first_and_complete(world: World) -> None:
    """Page after page, each job once; a tenant sees its own only."""
    ids = [(await world.submit()).job_id for _ in range(5)]
    stranger = uuid4()
    await world.add_tenant(stranger)
    await world.submit(tenant_id=stranger)
    seen: list[object] = []
    async with world.database.connection() as connection:
        before = None
        while page := await list_jobs(
            connection, world.tenant, JobFilter(), before=before, limit=2
        ):
            before = page[-1].job_id
            seen += [job.job_id for job in page]
    assert seen == ids[::-1]


async def test_jobs_are_found_by_state_priority_and_time(world: World) -> None:
    """Each filter leaves only what it names."""
    now = datetime.now(UTC)
    old = (await world.submit(job_id=new_job_id(now - timedelta(days=1)))).job_id
    high = (await world.submit(priority=Priority.HIGH)).job_id
    await world.act(cancel, old)

    async def found(only: JobFilter) -> list[object]:
        async with world.database.connection() as connection:
            return [job.job_id for job in await list_jobs(connection, world.tenant, only, limit=10)]

    assert await found(JobFilter(states=[JobState.CANCELLED])) == [old]
    assert await found(JobFilter(priorities=[Priority.HIGH, Priority.LOW])) == [high]
    assert await found(JobFilter(created_from=now - timedelta(hours=1))) == [high]
    assert await found(JobFilter(created_to=now - timedelta(hours=1))) == [old]
