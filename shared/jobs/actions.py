"""What a person may do to a job. Each is one guarded move: legal from some states, refused from the
others.
"""

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
    readable. A job that was cancelled before stays so.

    Every function here is called inside a transaction.

    Raises:
        NotFound: the tenant has no such job.
        Conflict: the job's state forbids the move.
    """
    row = await connection.fetchrow(QUERIES["cancel_job"], job_id, tenant_id)
    if row is not None:
        return await announce(connection, row)
    job = await get_job(connection, tenant_id, job_id)
    if job.state is not JobState.CANCELLED:
        raise _conflict("cancel_job", job)
    return job


async def pause(connection: Connection, tenant_id: UUID, job_id: UUID) -> Job:
    """Dispatch nothing more of a queued or running job; what a generator has begun is finished.
    Raises as `cancel` does.
    """
    job = await _move(connection, "pause_job", tenant_id, job_id)
    await connection.execute(QUERIES["recall_dispatched"], job_id)
    return job


async def resume(connection: Connection, tenant_id: UUID, job_id: UUID) -> Job:
    """Let a paused job run on. Raises as `cancel` does."""
    return await _move(connection, "resume_job", tenant_id, job_id)


async def redrive(connection: Connection, tenant_id: UUID, job_id: UUID) -> Job:
    """Run the dead batches of a failed job again, with no failures counted. Raises as `cancel`
    does.
    """
    job = await _move(connection, "redrive_job", tenant_id, job_id)
    await drop_report(connection, job_id)
    await connection.execute(QUERIES["redrive_batches"], job_id)
    return job


async def purge(connection: Connection, tenant_id: UUID, job_id: UUID) -> None:
    """Take a terminal job away at once; the rows of its patients are removed afterwards. Raises as
    `cancel` does.
    """
    if await connection.fetchval(PURGE_QUERIES["delete_job"], job_id, tenant_id) is None:
        raise await _refusal(connection, "delete_job", tenant_id, job_id)


async def _move(connection: Connection, query: str, tenant_id: UUID, job_id: UUID) -> Job:
    row = await connection.fetchrow(QUERIES[query], job_id, tenant_id)
    if row is None:
        raise await _refusal(connection, query, tenant_id, job_id)
    return await announce(connection, row)


async def _refusal(connection: Connection, query: str, tenant_id: UUID, job_id: UUID) -> Conflict:
    return _conflict(query, await get_job(connection, tenant_id, job_id))


def _conflict(query: str, job: Job) -> Conflict:
    return Conflict(f"cannot {query.removesuffix('_job')} a job that is {job.state}")
