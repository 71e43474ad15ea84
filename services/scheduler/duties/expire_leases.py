"""Takes back the batches whose leases ran out."""

from collections import Counter

from services.scheduler.duty import Context, Counts
from shared.jobs.expiry import expire_job, find_expired_jobs
from shared.telemetry import names
from shared.telemetry.instruments import counter
from shared.telemetry.names import Attribute

NAME = "expire_leases"

_expired = counter(names.LEASES_EXPIRED)


async def run_once(context: Context) -> Counts:
    """Take back what ran out, one transaction a job, and return how many batches were in which
    state.
    """
    async with context.database.connection() as connection:
        jobs = await find_expired_jobs(connection, context.config.expire_batches_max)
    total: Counter[str] = Counter()
    for job_id in jobs:
        async with context.database.transaction() as connection:
            counts = await expire_job(
                connection, job_id, context.config.retry_policy, context.random.random
            )
        total.update(counts)
    for state, batches in total.items():
        _expired.add(batches, {Attribute.STATE: state})
    return total
