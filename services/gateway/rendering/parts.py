"""A job's stored parts in order, one query each: no cursor or transaction stays open while a client
reads slowly.
"""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import asyncpg

from shared.db.named_queries import load_queries
from shared.db.pool import Database
from shared.errors import NotFound

QUERIES = load_queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class Written:
    """When parts were stored, to the millisecond: later than `after`, not later than `until`; None
    is no limit.
    """

    after: datetime | None = None
    until: datetime | None = None


EVER = Written()


class StoredBody:
    """A part's body, megabytes that stay in the database until somebody needs them."""

    def __init__(self, database: Database, job_id: UUID, first_ordinal: int) -> None:
        self._database = database
        self._part = (job_id, first_ordinal)
        self._loading = asyncio.Lock()
        self._body: bytes | None = None

    async def load(self) -> bytes:
        """Return the whole body, fetched once. Raises NotFound when the job was deleted
        meanwhile.
        """
        async with self._loading:
            if self._body is None:
                self._body = (await self._fetch("load_body"))["body"]
        return self._body

    async def load_front(self, bytes_max: int) -> tuple[bytes, int]:
        """Return its first bytes, and how many it has in all. Raises NotFound as `load` does."""
        row = await self._fetch("load_front", bytes_max)
        return row["front"], row["size"]

    async def _fetch(self, query: str, *arguments: int) -> asyncpg.Record:
        async with self._database.connection() as connection:
            row = await connection.fetchrow(QUERIES[query], *self._part, *arguments)
        if row is None:
            raise NotFound(f"job {self._part[0]}: its patients are not stored any more")
        return row


@dataclass(frozen=True, slots=True)
class StoredPart:
    """A stored part and the ordinals of it that are wanted, both included."""

    first_ordinal: int
    last_ordinal: int
    wanted_first: int
    wanted_last: int
    written_at: datetime
    body: StoredBody

    @property
    def patients(self) -> int:
        """How many the part has, wanted or not."""
        return self.last_ordinal - self.first_ordinal + 1

    @property
    def wanted_rows(self) -> tuple[int, int]:
        """Its first wanted row, and the one behind the last."""
        return self.wanted_first - self.first_ordinal, self.wanted_last - self.first_ordinal + 1

    def cut(self, slice_patients: int) -> list[tuple[int, int]]:
        """Rows of the slices, start and end (exclusive): cut at the multiples of `slice_patients`,
        whatever the range.
        """
        cuts = range(
            (self.wanted_first // slice_patients + 1) * slice_patients,
            self.wanted_last + 1,
            slice_patients,
        )
        ordinals = [self.wanted_first, *cuts, self.wanted_last + 1]
        rows = [ordinal - self.first_ordinal for ordinal in ordinals]
        return list(pairwise(rows))


async def count_stored(
    database: Database, job_id: UUID, first: int, last: int, written: Written = EVER
) -> int:
    """How many patients of a range are stored."""
    async with database.connection() as connection:
        count: int = await connection.fetchval(
            QUERIES["count_stored"], job_id, first, last, written.after, written.until
        )
    return count


async def stored_parts(
    database: Database, job_id: UUID, first: int, last: int, written: Written = EVER
) -> AsyncGenerator[StoredPart]:
    """The stored parts of a range in order. Ordinals that were never stored are passed over."""
    ordinal = first
    while ordinal <= last:
        async with database.connection() as connection:
            row = await connection.fetchrow(
                QUERIES["next_part"], job_id, ordinal, last, written.after, written.until
            )
        if row is None:
            return
        yield StoredPart(
            first_ordinal=row["first_ordinal"],
            last_ordinal=row["last_ordinal"],
            wanted_first=max(row["first_ordinal"], first),
            wanted_last=min(row["last_ordinal"], last),
            written_at=row["written_at"],
            body=StoredBody(database, job_id, row["first_ordinal"]),
        )
        ordinal = row["last_ordinal"] + 1
