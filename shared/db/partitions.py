"""Monthly partitions of the tables that are keyed by job id. A job id is a UUIDv7, so its first 48
bits say its month.
"""

from pathlib import Path

import asyncpg

from shared.db.named_queries import load_queries
from shared.db.pool import Connection

QUERIES = load_queries(Path(__file__).with_name("queries.sql"))
MONTHS_AHEAD = 3
# Whoever wants the table queues behind the wait for its lock, so that is short; what is in use is
# dropped at a later look.
DROP_LOCK_TIMEOUT_MS = 200
# A purge leaves dead rows, which a look for living ones reads until a vacuum has taken them away.
DROP_STATEMENT_TIMEOUT_MS = 2000


async def make_partitions(
    connection: Connection, months_ahead: int = MONTHS_AHEAD
) -> tuple[str, ...]:
    """Make what is missing for last month (clocks differ), this month and `months_ahead` more;
    return the new partitions' names.

    Two callers at once are fine: the function takes a transaction lock.
    """
    return tuple(
        row["name"] for row in await connection.fetch(QUERIES["make_partitions"], months_ahead)
    )


async def drop_emptied_partitions(connection: Connection) -> tuple[str, ...]:
    """Drop what holds nothing, of months before the last one that have no jobs any more; return the
    names of what went.

    Each goes in a transaction of its own. What cannot be locked at once is left for the next call.
    Two callers at once are fine.
    """
    past = [row["name"] for row in await connection.fetch(QUERIES["list_past_partitions"])]
    return tuple([name for name in past if await _drop_if_empty(connection, name)])


async def _drop_if_empty(connection: Connection, name: str) -> bool:
    try:
        async with connection.transaction():
            await connection.execute(
                QUERIES["bound_waits"], str(DROP_LOCK_TIMEOUT_MS), str(DROP_STATEMENT_TIMEOUT_MS)
            )
            return bool(await connection.fetchval(QUERIES["drop_empty_partition"], name))
    except (asyncpg.LockNotAvailableError, asyncpg.QueryCanceledError):
        return False
