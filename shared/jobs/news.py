"""What happens to jobs, to be followed: stored events with positions, and how far active jobs are.

A position is a transaction's id and a number. Events are read in this order and only below the
oldest transaction that still runs, so that none is passed over because its commit came later.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple, Self
from uuid import UUID

import asyncpg

from shared.db.named_queries import load_queries
from shared.db.pool import Connection
from shared.jobs.read import Job
from shared.jobs.states import JobState

NEWS_QUERIES = load_queries(Path(__file__).with_name("news.sql"))


class Position(NamedTuple):
    """Where in the stored events somebody is."""

    xid: str
    seq: int

    def __str__(self) -> str:
        return f"{self.xid}-{self.seq}"

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Read what `str` wrote; None for anything else."""
        xid, _, seq = text.partition("-")
        is_position = text.isascii() and xid.isdigit() and seq.isdigit() and len(text) < 38
        return cls(xid, int(seq)) if is_position else None


@dataclass(frozen=True, slots=True)
class JobNews:
    """How a job stands; `position` is None when it was not read from an event."""

    tenant_id: UUID
    job_id: UUID
    state: JobState
    patients_requested: int
    patients_persisted: int
    position: Position | None


async def remember(connection: Connection, job: Job, moved_at: datetime) -> None:
    """Store a job's move, in the caller's transaction."""
    await connection.execute(
        NEWS_QUERIES["insert_job_event"],
        job.tenant_id,
        job.job_id,
        job.state,
        job.patients_requested,
        job.patients_persisted,
        moved_at,
    )


async def read_events(
    connection: Connection, behind: Position, tenant_id: UUID | None, events_max: int
) -> tuple[JobNews, ...]:
    """Return the events behind a position, oldest first, of one tenant or of all."""
    rows = await connection.fetch(
        NEWS_QUERIES["read_job_events"], behind.xid, behind.seq, tenant_id, events_max
    )
    return tuple(map(_news, rows))


async def read_active(connection: Connection, jobs_max: int) -> tuple[JobNews, ...]:
    """Return how far the jobs are that are not over, of all tenants."""
    return tuple(map(_news, await connection.fetch(NEWS_QUERIES["read_active_jobs"], jobs_max)))


async def news_end(connection: Connection) -> Position:
    """Return the position from which on everything is still to come."""
    row = await connection.fetchrow(NEWS_QUERIES["read_news_end"])
    assert row is not None  # noqa: S101 -- a query without a table returns its row
    return Position(row["xid"], row["seq"])


async def prune_events(connection: Connection, age_max_s: float, *, events_max: int) -> int:
    """Forget up to so many events that are older than this, and return how many."""
    status = await connection.execute(
        NEWS_QUERIES["prune_job_events"], timedelta(seconds=age_max_s), events_max
    )
    return int(status.removeprefix("DELETE "))


def _news(row: asyncpg.Record) -> JobNews:
    position = None if row["xid"] is None else Position(row["xid"], row["seq"])
    return JobNews(
        row["tenant_id"],
        row["job_id"],
        JobState(row["state"]),
        row["patients_requested"],
        row["patients_persisted"],
        position,
    )
