"""Which generator processes live and what they can do: the dispatch window follows it."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

from shared.db.named_queries import load_queries
from shared.db.pool import Connection

GENERATOR_QUERIES = load_queries(Path(__file__).with_name("generators.sql"))
SILENT_AFTER_S = 10.0


async def beat(connection: Connection, instance_id: UUID, engine_version: str, slots: int) -> None:
    """Say that a process lives. Call it at start and every few seconds; only what a live process
    can run is dispatched.
    """
    await connection.execute(GENERATOR_QUERIES["beat"], instance_id, engine_version, slots)


async def leave(connection: Connection, instance_id: UUID) -> None:
    """Say that a process takes no more work. Call it when its drain begins."""
    await connection.execute(GENERATOR_QUERIES["leave"], instance_id)


async def stalled_versions(
    connection: Connection, *, silent_after_s: float = SILENT_AFTER_S
) -> tuple[str, ...]:
    """Return the engine versions whose jobs make no progress: no live generator has them."""
    rows = await connection.fetch(
        GENERATOR_QUERIES["read_stalled"], timedelta(seconds=silent_after_s)
    )
    return tuple(row["engine_version"] for row in rows)


async def prune_generators(connection: Connection, *, silent_for_s: float) -> int:
    """Forget processes that fell silent long ago and return how many."""
    status = await connection.execute(
        GENERATOR_QUERIES["prune_generators"], timedelta(seconds=silent_for_s)
    )
    return int(status.removeprefix("DELETE "))
