"""Takes the partitions of past months away once their jobs are deleted."""

from services.scheduler.duty import Context, Counts
from shared.db import partitions

NAME = "drop_partitions"


async def run_once(context: Context) -> Counts:
    """Drop what holds nothing and return how many partitions that were."""
    async with context.database.connection() as connection:
        dropped = await partitions.drop_emptied_partitions(connection)
    return {"partitions": len(dropped)}
