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
    limit. A job whose batches fail `in_row_max` times without one success is given up as a whole.
    """

    failures_max: int = 5
    pause_s: float = 2.0
    pause_max_s: float = 300.0
    in_row_max: int = 20

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
    """Write a failure down; the job's and the batch's rows are held.

    A batch that was given up with its job a moment ago is dead already and counts no more.
    """
    reason = failure.reason[:REASON_CHARS_MAX]
    if not await _end_attempt(connection, job_id, failure, policy):
        return BatchState.DEAD
    buried = int(failure.failures >= policy.failures_max)
    in_row = await connection.fetchval(QUERIES["count_job_failure"], job_id)
    if in_row >= policy.in_row_max:
        given_up = f"given up after {in_row} failures in a row, the last: {reason}"
        buried += await _bury_open(connection, job_id, given_up[:REASON_CHARS_MAX])
    if not buried:
        return BatchState.PENDING
    if await connection.fetchval(QUERIES["count_dead"], job_id, buried):
        await finish(connection, job_id)
    return BatchState.DEAD


async def _end_attempt(
    connection: Connection, job_id: UUID, failure: Failure, policy: RetryPolicy
) -> bool:
    known = (job_id, failure.batch_no, failure.reason[:REASON_CHARS_MAX])
    if failure.failures >= policy.failures_max:
        return bool(await connection.fetchval(QUERIES["bury_batch"], *known))
    pause = policy.pause(failure.failures, failure.jitter)
    return bool(await connection.fetchval(QUERIES["retry_batch"], *known, pause))


async def _bury_open(connection: Connection, job_id: UUID, reason: str) -> int:
    return len(await connection.fetch(QUERIES["bury_open"], job_id, reason))
