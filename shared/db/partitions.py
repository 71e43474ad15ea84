"""Monthly partitions of the tables that are keyed by job id. A job id is a UUIDv7, so its first 48 bits say its month."""

from pathlib import Path

from shared.db.named_queries import load_queries
from shared.db.pool import Connection

QUERIES = load_queries(Path(__file__).with_name("queries.sql"))
MONTHS_AHEAD = 3


async def make_partitions(connection: Connection, months_ahead: int = MONTHS_AHEAD) -> tuple[str, ...]:
    """Make what is missing for last month (clocks differ), this month and `months_ahead` more; return the new partitions' names.

    Two callers at once are fine: the function takes a transaction lock.
    """
    return tuple(row["name"] for row in await connection.fetch(QUERIES["make_partitions"], months_ahead))
