"""What a person may do to a job. Each is one guarded move: legal from some states, refused from the
others.
"""

from collections.abc import Collection
from collections.abc import Set as AbstractSet
from uuid import UUID

from shared.db.pool import Connection
from shared.errors import Conflict
from shared.jobs.events import announce
from shared.jobs.purge import PURGE_QUERIES
from shared.jobs.read import QUERIES, Job, get_job
from shared.jobs.states import JobState
from shared.jobs.validity import drop_report


async def cancel(connection: Connection, tenant_id: UUID, job_id: UUID) -> Job:
    """End a job that is not over. From the commit on no part of it is stored; what is stored stays
    readable. A cancelled job stays so.

    Every function here is called inside a transaction. A move to where the job is already changes
    nothing and tells nobody.

    Raises:
        NotFound: the tenant has no such job.
        Conflict: the job's state forbids the move.
    """
    return await _move(connection, "cancel_job", tenant_id, job_id, {JobState.CANCELLED})


async def pause(connection: Connection, tenant_id: UUID, job_id: UUID) -> Job:
    """Dispatch nothing more of a queued or running job; what a generator has begun is finished.
    Raises as `cancel` does.
    """
    job = await _move(connection, "pause_job", tenant_id, job_id, {JobState.PAUSED})
    await connection.execute(QUERIES["recall_dispatched"], job_id)
    return job


async def resume(connection: Connection, tenant_id: UUID, job_id: UUID) -> Job:
    """Let a paused job run on. Raises as `cancel` does."""
    return await _move(connection, "resume_job", tenant_id, job_id, {JobState.RUNNING})


async def redrive(
    connection: Connection,
    tenant_id: UUID,
    job_id: UUID,
    batch_nos: Collection[int] | None = None,
) -> Job:
    """Run dead batches of a job again, these or all, with no failures counted. A job that had
    failed runs again; one that still runs or is paused stays as it is. Raises as `cancel` does.
    """
    state = await connection.fetchval(QUERIES["lock_redrivable"], job_id, tenant_id)
    if state is None:
        raise await _refusal(connection, "redrive", tenant_id, job_id)
    wanted = None if batch_nos is None else list(batch_nos)
    redriven = len(await connection.fetch(QUERIES["redrive_batches"], job_id, wanted))
    if not redriven:
        raise Conflict(f"none of these batches of job {job_id} is dead")
    await drop_report(connection, job_id)
    moved = await connection.fetchrow(QUERIES["redrive_job"], job_id, redriven)
    assert moved is not None  # noqa: S101 -- the row is held
    return (
        await announce(connection, moved)
        if state == JobState.FAILED
        else await get_job(connection, tenant_id, job_id)
    )


async def purge(connection: Connection, tenant_id: UUID, job_id: UUID) -> None:
    """Take a terminal job away at once; the rows of its patients are removed afterwards. Raises as
    `cancel` does.
    """
    if await connection.fetchval(PURGE_QUERIES["delete_job"], job_id, tenant_id) is None:
        raise await _refusal(connection, "delete", tenant_id, job_id)


async def _move(
    connection: Connection, query: str, tenant_id: UUID, job_id: UUID, there: AbstractSet[JobState]
) -> Job:
    row = await connection.fetchrow(QUERIES[query], job_id, tenant_id)
    if row is not None:
        return await announce(connection, row)
    job = await get_job(connection, tenant_id, job_id)
    if job.state in there:
        return job
    raise Conflict(f"cannot {query.removesuffix('_job')} a job that is {job.state}")


async def _refusal(connection: Connection, verb: str, tenant_id: UUID, job_id: UUID) -> Conflict:
    job = await get_job(connection, tenant_id, job_id)
    return Conflict(f"cannot {verb} a job that is {job.state}")
