"""What happens to a batch whose lease ran out. Only a claimed one counts as failed: its generator
fell silent.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from uuid import UUID

from shared.db.pool import Connection
from shared.jobs.failures import Failure, RetryPolicy, count_failure
from shared.jobs.read import QUERIES
from shared.jobs.states import STORING, BatchState, JobState

SILENT = "the generator fell silent: its lease ran out"


async def find_expired_jobs(connection: Connection, batches_max: int) -> tuple[UUID, ...]:
    """Return the jobs of the batches whose leases ran out, the longest ago first."""
    rows = await connection.fetch(QUERIES["find_expired"], batches_max)
    return tuple(dict.fromkeys(row["job_id"] for row in rows))


async def expire_job(
    connection: Connection, job_id: UUID, policy: RetryPolicy, jitter: Callable[[], float]
) -> Mapping[BatchState, int]:
    """Take back the batches of one job whose leases ran out and count them by the state that they
    were in. Call it in a transaction.

    Batches of a job that is over only lose their leases.
    """
    state = await connection.fetchval(QUERIES["lock_job"], job_id)
    over = state is None or JobState(state) not in STORING
    rows = await connection.fetch(QUERIES["expire_uncounted"], job_id, over)
    counts = Counter(BatchState(row["state"]) for row in rows)
    for row in await connection.fetch(QUERIES["lock_expired_claims"], job_id):
        failure = Failure(row["batch_no"], row["failures"] + 1, SILENT, jitter())
        await count_failure(connection, job_id, failure, policy)
        counts[BatchState.GENERATING] += 1
    return counts
