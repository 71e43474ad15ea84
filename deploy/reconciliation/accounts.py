"""Whether everything that was accepted is there: persisted, rejected or still under way, and
nothing of it twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import asyncpg

from shared.db.named_queries import load_queries

QUERIES = load_queries(Path(__file__).with_name("queries.sql"))
EVER = datetime(1970, 1, 1, tzinfo=UTC)
ENDED = frozenset({"succeeded", "failed", "cancelled"})


@dataclass(frozen=True, slots=True)
class Account:
    """One job's patients, counted where they are stored: as thin rows, inside bodies, in the job's
    own row.
    """

    job_id: UUID
    state: str
    accepted: int
    persisted: int
    thin_rows: int
    thin_ordinals: int
    in_bodies: int
    repeated: int
    rejected: int

    def problems(self) -> Iterator[str]:
        """Yield what does not add up; nothing for a sound job."""
        if self.thin_rows != self.persisted:
            yield f"{self.thin_rows} thin rows, but {self.persisted} patients persisted"
        if self.in_bodies != self.persisted:
            yield f"{self.in_bodies} patients in bodies, but {self.persisted} persisted"
        if self.thin_rows != self.thin_ordinals or self.repeated:
            yield f"{self.thin_rows - self.thin_ordinals + self.repeated} ordinals are stored twice"
        missing = self.accepted - self.persisted - self.rejected
        if self.state in {"succeeded", "failed"} and missing:
            yield f"{missing} of {self.accepted} accepted are neither persisted nor rejected"


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The accounts of all jobs that were looked at."""

    accounts: Sequence[Account]

    @property
    def problems(self) -> list[str]:
        """Every problem, with its job."""
        return [
            f"job {each.job_id} ({each.state}): {what}"
            for each in self.accounts
            for what in each.problems()
        ]

    @property
    def under_way(self) -> int:
        """Jobs that have not ended."""
        return sum(each.state not in ENDED for each in self.accounts)

    def summary(self) -> str:
        """Return one line for people."""
        accepted = sum(each.accepted for each in self.accounts)
        persisted = sum(each.persisted for each in self.accounts)
        rejected = sum(each.rejected for each in self.accounts)
        left = accepted - persisted - rejected
        jobs = f"{len(self.accounts)} jobs, {self.under_way} under way"
        stored = f"{persisted} persisted + {rejected} rejected"
        return f"{jobs}: {accepted} accepted = {stored} + {left} cancelled or to come"


async def reconcile(
    connection: asyncpg.Connection[asyncpg.Record], since: datetime = EVER
) -> Reconciliation:
    """Count in one snapshot, so that work that goes on meanwhile does not look like a loss."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        rows = await connection.fetch(QUERIES["read_accounts"], since)
    return Reconciliation([Account(**row) for row in rows])
