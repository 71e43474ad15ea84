"""What happens to a batch whose lease ran out. Only a claimed one counts as failed: its generator
fell silent.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from shared.db.pool import Connection
from shared.jobs.failures import Failure, RetryPolicy, count_failure
from shared.jobs.leases import GENERATED_LEASE_S
from shared.jobs.read import QUERIES
from shared.jobs.states import STORING, BatchState, JobState

SILENT = "the generator fell silent: its lease ran out"


@dataclass(frozen=True, slots=True)
class Expiry:
    """What a lease that ran out says now, and what a failure costs.

    `silence_counts` is false for a while after nobody could renew: the clock was put forward, or
    the database was away. `parts_are_lost` is false while parts may still wait for the writer:
    making them again would not bring them there sooner.
    """

    policy: RetryPolicy
    jitter: Callable[[], float]
    silence_counts: bool = True
    parts_are_lost: bool = True


async def read_time(connection: Connection) -> datetime:
    """Return the database's time, by which leases run out."""
    time: datetime = await connection.fetchval(QUERIES["read_time"])
    return time


async def find_expired_jobs(connection: Connection, jobs_max: int) -> tuple[UUID, ...]:
    """Return the jobs of the batches whose leases ran out, the longest ago first."""
    rows = await connection.fetch(QUERIES["find_expired_jobs"], jobs_max)
    return tuple(row["job_id"] for row in rows)


async def expire_job(
    connection: Connection, job_id: UUID, expiry: Expiry
) -> Mapping[BatchState, int]:
    """Take back the batches of one job whose leases ran out and count them by the state that they
    were in. Call it in a transaction.

    Batches of a job that is over only lose their leases. What somebody else holds is left for the
    next time.
    """
    state = await connection.fetchval(QUERIES["lock_free_job"], job_id)
    if state is None and await connection.fetchval(QUERIES["job_exists"], job_id):
        return {}
    over = state is None or JobState(state) not in STORING
    lost = expiry.parts_are_lost
    rows = await connection.fetch(QUERIES["expire_uncounted"], job_id, over, lost)
    if not lost:
        kept = timedelta(seconds=GENERATED_LEASE_S)
        await connection.execute(QUERIES["keep_generated"], job_id, kept)
    counts = Counter(BatchState(row["state"]) for row in rows)
    if expiry.silence_counts:
        await _count_silent(connection, job_id, expiry, counts)
    return counts


async def _count_silent(
    connection: Connection, job_id: UUID, expiry: Expiry, counts: Counter[BatchState]
) -> None:
    for row in await connection.fetch(QUERIES["lock_expired_claims"], job_id):
        failure = Failure(row["batch_no"], row["failures"] + 1, SILENT, expiry.jitter())
        await count_failure(connection, job_id, failure, expiry.policy)
        counts[BatchState.GENERATING] += 1
