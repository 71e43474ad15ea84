"""Removes the rows of deleted jobs, a slice at a time, so that a job of a hundred million patients
holds nothing up.
"""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

from shared.db.named_queries import load_queries
from shared.db.pool import Connection

PURGE_QUERIES = load_queries(Path(__file__).with_name("purges.sql"))

PATIENTS_SLICE = 20_000
BODIES_SLICE = 20
ROWS_SLICE = 2_000

_SLICES = (
    ("purge_patients", PATIENTS_SLICE),
    ("purge_parts", BODIES_SLICE),
    ("purge_sectors", ROWS_SLICE),
    ("purge_batches", ROWS_SLICE),
)


async def retire_jobs(connection: Connection, age_max_s: float, *, jobs_max: int) -> int:
    """Take up to so many jobs away that ended longer ago than this, the oldest first, and return
    how many; their rows go afterwards.
    """
    return len(
        await connection.fetch(PURGE_QUERIES["retire_jobs"], timedelta(seconds=age_max_s), jobs_max)
    )


async def has_purges(connection: Connection) -> bool:
    """Whether a deleted job has rows left: a look that locks nothing."""
    return bool(await connection.fetchval(PURGE_QUERIES["has_purges"]))


async def take_purge(connection: Connection) -> UUID | None:
    """Return the deleted job with rows left that was longest left alone, and put it at the end of
    the line: one that cannot be purged does not stand in the others' way.
    """
    job_id: UUID | None = await connection.fetchval(PURGE_QUERIES["take_purge"])
    return job_id


async def purge_slice(connection: Connection, job_id: UUID) -> int:
    """Remove up to one slice from each table and return how many rows went; with the last one the
    purge is over.
    """
    removed = 0
    for name, rows_max in _SLICES:
        removed += _count(await connection.execute(PURGE_QUERIES[name], job_id, rows_max))
    if removed == 0:
        await connection.execute(PURGE_QUERIES["drop_purge"], job_id)
    return removed


def _count(status: str) -> int:
    return int(status.removeprefix("DELETE "))
