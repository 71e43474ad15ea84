"""What a duty is given and what it looks like from the loop."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TypeAlias

from services.scheduler.config import SchedulerConfig
from services.scheduler.continuity import Continuity
from shared.broker.publish import Publisher
from shared.db.named_queries import load_queries
from shared.db.pool import Connection, Database

QUERIES = load_queries(Path(__file__).with_name("queries.sql"))

# How many of what a run has done; nothing, or zeros only, when there was nothing to do.
Counts: TypeAlias = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Context:
    """What every duty may use."""

    config: SchedulerConfig
    database: Database
    publisher: Publisher
    random: Random
    continuity: Continuity


@dataclass(frozen=True, slots=True)
class Duty:
    """Work that is looked for again and again. An `eager` one looks again at once while it finds
    some.
    """

    name: str
    run_once: Callable[[Context], Awaitable[Counts]]
    interval_s: float
    eager: bool = False


async def lead(connection: Connection, duty: str) -> bool:
    """Take this duty for the rest of the transaction; False while another scheduler has it."""
    return bool(await connection.fetchval(QUERIES["lead"], duty))
