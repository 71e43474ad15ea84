"""Makes the monthly partitions before they are needed."""

from services.scheduler.duty import Context, Counts
from shared.db import partitions

NAME = "make_partitions"


async def run_once(context: Context) -> Counts:
    """Make what is missing and return how many partitions that were."""
    async with context.database.transaction() as connection:
        made = await partitions.make_partitions(connection, context.config.partitions_months_ahead)
    return {"partitions": len(made)}
