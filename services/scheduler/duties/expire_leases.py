"""Takes back the batches whose leases ran out."""

from collections import Counter

from services.scheduler.duty import Context, Counts
from shared.broker.depth import read_depth
from shared.broker.topology import WRITE
from shared.errors import NotFound, Unavailable
from shared.jobs.expiry import Expiry, expire_job, find_expired_jobs, read_time
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
        trusted = context.continuity.trusted(await read_time(connection))
        jobs = await find_expired_jobs(connection, context.config.expire_batches_max)
    if not jobs:
        return {}
    expiry = Expiry(
        context.config.retry_policy,
        context.random.random,
        silence_counts=trusted,
        parts_are_lost=await _parts_are_lost(context),
    )
    total: Counter[str] = Counter()
    for job_id in jobs:
        async with context.database.transaction() as connection:
            total.update(await expire_job(connection, job_id, expiry))
    for state, batches in total.items():
        _expired.add(batches, {Attribute.STATE: state})
    return total


async def _parts_are_lost(context: Context) -> bool:
    """Whether a part that is not stored by now will never be: writers wait for parts, and the
    broker has none.
    """
    try:
        depth = await read_depth(context.publisher.session, WRITE.name)
    except (NotFound, Unavailable):
        return False
    return depth.consumers > 0 and depth.messages == 0
