"""What a failed batch costs: another attempt after a pause, or its life."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from shared.db.pool import Connection
from shared.jobs.leases import Lease, LeaseLost
from shared.jobs.progress import finish, hold_job
from shared.jobs.read import QUERIES
from shared.jobs.states import BatchState

REASON_CHARS_MAX = 500


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a batch may fail, and the pause before the next attempt: doubled each time, up to a
    limit.
    """

    failures_max: int = 5
    pause_s: float = 2.0
    pause_max_s: float = 300.0

    def pause(self, failures: int, jitter: float) -> timedelta:
        """Return the pause after so many failures; `jitter` in [0, 1) spreads it over its upper
        half.
        """
        longest = min(self.pause_s * 2.0 ** (failures - 1), self.pause_max_s)
        return timedelta(seconds=longest * (0.5 + jitter / 2))


async def record_failure(
    connection: Connection, lease: Lease, reason: str, policy: RetryPolicy, jitter: float
) -> BatchState:
    """Count a failure of the batch under this lease: it is `pending` again, or `dead` for good.
    Call it inside a transaction.

    `reason` is for people and is cut to `REASON_CHARS_MAX`. A job whose last open batch dies fails
    with it.

    Raises:
        LeaseLost: the lease is stale or the job is over; nothing is counted.
    """
    await hold_job(connection, lease.job_id)
    failures = await connection.fetchval(
        QUERIES["lock_leased_batch"], lease.job_id, lease.batch_no, lease.lease_id
    )
    if failures is None:
        raise LeaseLost(
            f"batch {lease.batch_no} of job {lease.job_id} is not under lease {lease.lease_id}"
        )
    return await count_failure(
        connection, lease.job_id, Failure(lease.batch_no, failures + 1, reason, jitter), policy
    )


@dataclass(frozen=True, slots=True)
class Failure:
    """One more failure of a batch: how many there are with it, why, and a number in [0, 1) that
    spreads the pauses.
    """

    batch_no: int
    failures: int
    reason: str
    jitter: float


async def count_failure(
    connection: Connection, job_id: UUID, failure: Failure, policy: RetryPolicy
) -> BatchState:
    """Write a failure down; the job's and the batch's rows are held."""
    reason = failure.reason[:REASON_CHARS_MAX]
    if failure.failures < policy.failures_max:
        pause = policy.pause(failure.failures, failure.jitter)
        await connection.execute(QUERIES["retry_batch"], job_id, failure.batch_no, reason, pause)
        return BatchState.PENDING
    await connection.execute(QUERIES["bury_batch"], job_id, failure.batch_no, reason)
    if await connection.fetchval(QUERIES["count_dead"], job_id):
        await finish(connection, job_id)
    return BatchState.DEAD
