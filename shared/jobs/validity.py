"""A job's validity report: made once the job has ended, from its thin rows and a sample of its
records, and kept with it.
"""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from shared.db.named_queries import load_queries
from shared.db.pool import Connection
from shared.errors import RejectedForGood
from shared.jobs.read import Job, get_job
from shared.records.body import from_record_batch, read_body, slice_columns
from shared.records.columns import Columns
from shared.records.vocabulary import Outcome
from shared.scenarios import Scenario
from shared.validity.groups import DEATHS, Groups
from shared.validity.report import validity_report

QUERIES = load_queries(Path(__file__).with_name("validity.sql"))

PATIENTS_SLICE = 200_000  # thin rows counted by one query
SAMPLE_PATIENTS = 2_000  # whole records looked into
RETURNED_WITHIN_S = 72 * 3600
LATELY = timedelta(days=1)


async def has_unreported(connection: Connection) -> bool:
    """Whether a job ended within a day and has no report: a look that locks nothing."""
    return bool(await connection.fetchval(QUERIES["has_unreported"], LATELY))


async def take_unreported(connection: Connection) -> Job | None:
    """Of the jobs that ended within a day without a report return the one that was longest left
    alone, and put it at the end of the line: one that cannot be reported on does not stand in the
    others' way.
    """
    row = await connection.fetchrow(QUERIES["take_unreported"], LATELY)
    return None if row is None else await get_job(connection, row["tenant_id"], row["job_id"])


async def report_validity(connection: Connection, job: Job) -> Mapping[str, Any]:
    """Return a terminal job's report: the stored one, else one made now and stored.

    A large job's counts are folded as they are read, slice by slice.
    """
    stored = await connection.fetchval(QUERIES["read_validity_report"], job.job_id)
    if stored is not None:
        return dict(stored)
    groups = Groups.of(())
    for first in range(0, job.patients_requested, PATIENTS_SLICE):
        rows = await _count(connection, job, first)
        groups = await asyncio.to_thread(groups.with_rows, map(dict, rows))
    body = await connection.fetchval(QUERIES["first_stored_body"], job.job_id)
    report = await asyncio.to_thread(_make, job, groups, body)
    await connection.execute(
        QUERIES["store_validity_report"], job.job_id, report, job.state, job.patients_persisted
    )
    return report


async def drop_report(connection: Connection, job_id: UUID) -> None:
    """Forget the report of a job that runs again."""
    await connection.execute(QUERIES["drop_validity_report"], job_id)


async def _count(connection: Connection, job: Job, first: int) -> list[asyncpg.Record]:
    last = first + PATIENTS_SLICE - 1
    arguments = (Outcome.RETURNED_TO_DUTY, RETURNED_WITHIN_S, list(DEATHS))
    counted: list[asyncpg.Record] = await connection.fetch(
        QUERIES["group_patients"], job.job_id, first, last, *arguments
    )
    return counted


def _make(job: Job, groups: Groups, body: bytes | None) -> dict[str, Any]:
    samples = () if body is None else (_sample(body),)
    return {
        "engine_version": job.engine_version,
        "scenario_digest": job.scenario_digest.hex(),
        "seed": job.seed,
        "digest": None if job.digest is None else job.digest.hex(),
        **validity_report(Scenario.read(orjson.dumps(job.scenario)), groups, samples),
    }


def _sample(body: bytes) -> Columns | None:
    try:
        patients = from_record_batch(read_body(body))
    except RejectedForGood:
        return None
    return slice_columns(patients, 0, min(patients.rows, SAMPLE_PATIENTS))
