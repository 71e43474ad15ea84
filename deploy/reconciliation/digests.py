"""Whether stored patients are still those that were simulated: digests computed anew from the
bodies, compared with the stored ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import asyncpg

from deploy.reconciliation.accounts import QUERIES
from shared.records.body import from_record_batch, read_body, slice_columns, to_record_batch
from shared.records.columns import Columns
from shared.records.digest import sector_digest
from shared.records.patient import PATIENT_SCHEMA, PATIENT_SCHEMA_VERSION

PREFETCHED = 4  # bodies of some megabytes


@dataclass(slots=True)
class DigestCheck:
    """`skipped` jobs were stored under an older schema of records, whose digests only its own
    version computes.
    """

    sectors: int = 0
    jobs: int = 0
    skipped: int = 0
    problems: list[str] = field(default_factory=list)


async def check_digests(connection: asyncpg.Connection[asyncpg.Record]) -> DigestCheck:
    """Read every finished job's bodies once. Memory holds one part and one sector at a time."""
    done = DigestCheck()
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        for job in await connection.fetch(QUERIES["read_finished_jobs"]):
            if job["schema_version"] != PATIENT_SCHEMA_VERSION:
                done.skipped += 1
            else:
                await _check_job(connection, job, done)
    return done


async def _check_job(
    connection: asyncpg.Connection[asyncpg.Record], job: asyncpg.Record, done: DigestCheck
) -> None:
    whole = hashlib.sha256()
    patients = _sectors(connection, job["job_id"])
    async for result in connection.cursor(
        QUERIES["read_sector_bodies"], job["job_id"], prefetch=PREFETCHED
    ):
        sector = await anext(patients, None)
        stored = from_record_batch(read_body(result["body"]))
        if sector is None or sector_digest(sector, stored) != result["digest"]:
            done.problems.append(
                f"job {job['job_id']}: sector {result['sector']} is not what was simulated"
            )
        whole.update(result["digest"])
        done.sectors += 1
    if whole.digest() != job["digest"]:
        done.problems.append(f"job {job['job_id']}: its digest is not that of its sectors")
    done.jobs += 1


async def _sectors(
    connection: asyncpg.Connection[asyncpg.Record], job_id: object
) -> AsyncIterator[Columns]:
    """Yield the patients of each sector in turn; a part may end in the middle of one."""
    held: Columns | None = None
    async for row in connection.cursor(QUERIES["read_part_bodies"], job_id, prefetch=PREFETCHED):
        part = from_record_batch(read_body(row["body"]))
        held = part if held is None else _joined(held, part)
        sectors = held.flat["sector"]
        start = 0
        while sectors[start] != sectors[-1]:
            stop = start + int((sectors[start:] == sectors[start]).argmin())
            yield slice_columns(held, start, stop)
            start = stop
        held = slice_columns(held, start, held.rows)
    if held is not None:
        yield held


def _joined(*parts: Columns) -> Columns:
    return from_record_batch(to_record_batch(PATIENT_SCHEMA, parts))
