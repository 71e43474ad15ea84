"""Takes back dispatches that did not reach the broker."""

from collections.abc import Sequence

from shared.db.pool import Connection
from shared.jobs.dispatch import SCHEDULE_QUERIES, Dispatched
from shared.jobs.fairness import PASS_UNITS
from shared.jobs.leases import release


async def undispatch(connection: Connection, batches: Sequence[Dispatched]) -> None:
    """Make them due again at once and charge nobody for them. Call it inside a transaction."""
    await connection.execute(
        SCHEDULE_QUERIES["refund"],
        [batch.message.job_id for batch in batches],
        [batch.tenant_id for batch in batches],
        [batch.priority for batch in batches],
        [batch.patients for batch in batches],
        PASS_UNITS,
    )
    for batch in batches:
        await release(connection, batch.lease)
