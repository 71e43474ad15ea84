"""Applying one migration beside services that work: no lock is waited for longer than a moment.

A statement that waits for a lock holds up everybody who comes after it, readers too. So the wait is
short, and given up and begun again: a long transaction of somebody else delays the migration, not
the services. Only one migrator works at a time, so the pauses need no chance in them.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import structlog

from shared.db.named_queries import load_queries
from shared.db.pool import Connection
from shared.errors import Unavailable

QUERIES = load_queries(Path(__file__).with_name("queries.sql"))
LOCK_WAIT_MS = 1_000
ATTEMPTS_MAX = 60
PAUSE_S = 0.5
PAUSE_MAX_S = 10.0

log = structlog.get_logger(__name__)

_CONCURRENT = re.compile(
    r"\bCREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+(?:IF\s+NOT\s+EXISTS\s+)?(\w+)",
    re.IGNORECASE,
)

Record = Callable[[], Awaitable[object]]


async def apply_migration(connection: Connection, name: str, sql: str, record: Record) -> None:
    """Apply the text and record it: in one transaction, but for an index made CONCURRENTLY, which
    must stand alone in its file.

    Raises:
        Unavailable: a lock could not be had, however often it was asked for.
    """
    apply = _apply_apart if _CONCURRENT.search(sql) else _apply_whole
    for attempt in range(ATTEMPTS_MAX):
        try:
            return await apply(connection, sql, record)
        except asyncpg.LockNotAvailableError:
            holders = await connection.fetchval(QUERIES["oldest_transaction"])
            log.warning("waiting for a lock", migration=name, attempt=attempt, oldest=holders)
        await asyncio.sleep(min(PAUSE_S * 2**attempt, PAUSE_MAX_S))
    raise Unavailable(
        f"migration {name}: a lock was held by others for all {ATTEMPTS_MAX} attempts"
    )


async def _apply_whole(connection: Connection, sql: str, record: Record) -> None:
    async with connection.transaction():
        await connection.execute(QUERIES["limit_lock_wait"], f"{LOCK_WAIT_MS}ms", True)
        await connection.execute(sql)
        await record()


async def _apply_apart(connection: Connection, sql: str, record: Record) -> None:
    """What an attempt that was broken off left behind is INVALID, and has the index's name."""
    (index,) = _CONCURRENT.findall(sql)
    await connection.execute(QUERIES["limit_lock_wait"], f"{LOCK_WAIT_MS}ms", False)
    if removal := await connection.fetchval(QUERIES["removal_of_invalid_index"], index):
        await connection.execute(removal)
    await connection.execute(sql)
    await record()
