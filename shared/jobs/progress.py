"""What the writer's transaction does to job and batch after it has stored a part's rows."""

from datetime import timedelta
from uuid import UUID

from shared.db.pool import Connection
from shared.jobs.events import announce
from shared.jobs.leases import GENERATED_LEASE_S, Lease, LeaseLost
from shared.jobs.read import QUERIES, Job
from shared.jobs.states import STORING, JobState


async def record_part(
    connection: Connection, lease: Lease, patients: int, *, lease_s: float = GENERATED_LEASE_S
) -> Job | None:
    """Count a stored part of so many patients. Call it last in the transaction that stored the
    part: it holds the job's row.

    Returns the job if this part ended it: succeeded, or failed when batches had died before.

    Raises:
        LeaseLost: the lease is stale or the job is over; roll the transaction back, the part is not
            wanted.
    """
    await hold_job(connection, lease.job_id)
    done = await connection.fetchval(
        QUERIES["count_part"],
        lease.job_id,
        lease.batch_no,
        lease.lease_id,
        timedelta(seconds=lease_s),
    )
    if done is None:
        raise LeaseLost(
            f"batch {lease.batch_no} of job {lease.job_id} is not generated under lease "
            f"{lease.lease_id}"
        )
    over = await connection.fetchval(QUERIES["add_patients"], lease.job_id, patients, int(done))
    return await finish(connection, lease.job_id) if over else None


async def holds(connection: Connection, lease: Lease) -> bool:
    """Whether a part under this lease is wanted now: asked before anything of it is written, and
    asked again by `record_part`, which holds the job.
    """
    known = (lease.job_id, lease.batch_no, lease.lease_id)
    return bool(await connection.fetchval(QUERIES["check_lease"], *known))


async def hold_job(connection: Connection, job_id: UUID) -> None:
    """Lock the job's row, which comes before its batches' rows everywhere.

    Raises:
        LeaseLost: the job is over or deleted.
    """
    state = await connection.fetchval(QUERIES["lock_job"], job_id)
    if state is None or JobState(state) not in STORING:
        raise LeaseLost(f"job {job_id} is {state or 'deleted'}")


async def finish(connection: Connection, job_id: UUID) -> Job | None:
    """End the job if nothing of it is due or in flight any more; the job's row is held."""
    row = await connection.fetchrow(QUERIES["finish_job"], job_id)
    return None if row is None else await announce(connection, row)
