"""What happens to a batch whose lease ran out.

A claimed one counts as failed: its generator fell silent. One that nobody claimed is due again and counts nothing, because it may only have
waited long; but so many times in a row mean that no generator can take its message, and count as one failure.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from uuid import UUID

from shared.db.pool import Connection
from shared.jobs.failures import Failure, RetryPolicy, count_failure
from shared.jobs.read import QUERIES
from shared.jobs.states import STORING, BatchState, JobState

# With leases of half a minute these are ten minutes; whoever waits that long for a healthy reason has lost one of its failures.
UNCLAIMED_MAX = 20
SILENT = "the generator fell silent: its lease ran out"
UNCLAIMED = f"no generator claimed the batch, {UNCLAIMED_MAX} dispatches in a row: its message may be among the parked ones"
_REASONS = {BatchState.GENERATING: SILENT, BatchState.DISPATCHED: UNCLAIMED}


async def find_expired_jobs(connection: Connection, batches_max: int) -> tuple[UUID, ...]:
    """Return the jobs of the batches whose leases ran out, the longest ago first."""
    rows = await connection.fetch(QUERIES["find_expired"], batches_max)
    return tuple(dict.fromkeys(row["job_id"] for row in rows))


async def expire_job(connection: Connection, job_id: UUID, policy: RetryPolicy, jitter: Callable[[], float]) -> Mapping[BatchState, int]:
    """Take back the batches of one job whose leases ran out and count them by the state that they were in. Call it in a transaction.

    Batches of a job that is over only lose their leases.
    """
    state = await connection.fetchval(QUERIES["lock_job"], job_id)
    over = state is None or JobState(state) not in STORING
    rows = await connection.fetch(QUERIES["expire_uncounted"], job_id, over, UNCLAIMED_MAX)
    counts = Counter(BatchState(row["state"]) for row in rows)
    for row in await connection.fetch(QUERIES["lock_expired_failures"], job_id, UNCLAIMED_MAX):
        state = BatchState(row["state"])
        await count_failure(connection, job_id, Failure(row["batch_no"], row["failures"] + 1, _REASONS[state], jitter()), policy)
        counts[state] += 1
    return counts
