"""Jobs as they stand in the database."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from shared.db.named_queries import load_queries
from shared.db.pool import Connection
from shared.errors import NotFound
from shared.jobs.states import JobState, Priority

QUERIES = load_queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One row of `jobs`. `scenario` is the canonical document; `error` is set for a failed job
    only, `digest` for a succeeded one.
    """

    job_id: UUID
    tenant_id: UUID
    state: JobState
    priority: Priority
    preset: str | None
    scenario: dict[str, Any]
    scenario_digest: bytes
    seed: int
    engine_version: str
    schema_version: int
    sector_patients: int
    part_patients: int
    patients_requested: int
    patients_persisted: int
    batches_total: int
    batches_done: int
    batches_dead: int
    trace_context: str | None
    digest: bytes | None
    error: str | None
    created_at: datetime
    started_at: datetime | None
    first_readable_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFilter:
    """Which jobs to list; nothing set means all. `created_to` is exclusive."""

    states: Collection[JobState] | None = None
    priorities: Collection[Priority] | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None


async def get_job(connection: Connection, tenant_id: UUID, job_id: UUID) -> Job:
    """Return a tenant's job.

    Raises:
        NotFound: there is none with this id, or it is another tenant's.
    """
    rows = await connection.fetch(QUERIES["get_jobs"], [job_id], tenant_id)
    if not rows:
        raise NotFound(f"there is no job {job_id}")
    return to_job(rows[0])


async def read_jobs(connection: Connection, job_ids: Collection[UUID]) -> dict[UUID, Job]:
    """Return those of these jobs that there are, of any tenant, by their ids."""
    rows = await connection.fetch(QUERIES["get_jobs"], list(job_ids), None)
    return {row["job_id"]: to_job(row) for row in rows}


async def list_jobs(
    connection: Connection,
    tenant_id: UUID,
    only: JobFilter,
    *,
    before: UUID | None = None,
    limit: int,
) -> tuple[Job, ...]:
    """Return up to `limit` jobs, newest first, older than the job `before` (the last one of the
    previous page). Of their scenarios there are the titles only.
    """
    rows = await connection.fetch(
        QUERIES["list_jobs"],
        tenant_id,
        before,
        None if only.states is None else list(only.states),
        None if only.priorities is None else list(only.priorities),
        only.created_from,
        only.created_to,
        limit,
    )
    return tuple(map(to_job, rows))


def to_job(row: asyncpg.Record) -> Job:
    """Read a whole row of `jobs`."""
    fields = {name: row[name] for name in Job.__slots__}
    return Job(**fields | {"state": JobState(row["state"]), "priority": Priority(row["priority"])})
