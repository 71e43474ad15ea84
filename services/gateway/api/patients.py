"""Pages of a job's patients, as thin rows."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

import asyncpg
from aiohttp import web

from services.gateway.api.jobs import read_job
from services.gateway.api.patient_row import COUNTED, PatientPage, PatientQuery, patient_row
from services.gateway.api.queries import QUERIES
from services.gateway.context import GATEWAY
from services.gateway.http.answer import json_response
from services.gateway.http.operation import Operation
from services.gateway.http.paging import page_limit
from services.gateway.http.parse import read_query
from services.gateway.http.permission import Permission
from shared.db.pool import Connection
from shared.jobs.read import Job

# `list_patients` takes them as $4 to $14, in this order.
FILTERS = (
    "category",
    "triage_first",
    "outcome",
    "sex",
    "branch",
    "nation",
    "mechanism",
    "role_last",
    "sector",
    "iss_min",
    "iss_max",
)
ROWS_AT_ONCE_MAX = 200  # shown between two turns of the event loop; more are left to a thread


async def show_patients(request: web.Request) -> web.Response:
    gateway = request.app[GATEWAY]
    query = read_query(request, PatientQuery)
    limit = page_limit(query.limit, gateway.config)
    job = await read_job(request)
    async with gateway.database.connection() as connection:
        rows, searched_to = await _search(
            connection, job, query, limit, gateway.config.page_parts_max
        )
    starts_at = datetime.fromisoformat(job.scenario["starts_at"])
    last = rows[limit - 1]["ordinal"] if len(rows) > limit else searched_to
    page = partial(_render, job.job_id, starts_at, rows[:limit], last)
    small = limit <= ROWS_AT_ONCE_MAX
    return json_response(page() if small else await asyncio.to_thread(page))


def _render(
    job_id: UUID, starts_at: datetime, rows: list[asyncpg.Record], last: int | None
) -> bytes:
    items = [patient_row(job_id, starts_at, row) for row in rows]
    page = PatientPage(items=items, next=None if last is None else str(last))
    return page.model_dump_json().encode()


async def _search(
    connection: Connection, job: Job, query: PatientQuery, limit: int, parts_max: int
) -> tuple[list[asyncpg.Record], int | None]:
    """Return up to `limit` + 1 rows, and the last ordinal searched if there may be more behind
    it.
    """
    start = 0 if query.after is None else query.after + 1
    filters = [getattr(query, name) for name in FILTERS]
    parts = await _find_parts(connection, job, query, start, parts_max)
    rows: list[asyncpg.Record] = []
    for part in parts:
        first = max(start, part["first_ordinal"])
        rows += await _fetch_rows(
            connection, job, first, part["last_ordinal"], filters, limit + 1 - len(rows)
        )
        if len(rows) > limit:
            return rows, None
    return rows, parts[-1]["last_ordinal"] if len(parts) == parts_max else None


async def _find_parts(
    connection: Connection, job: Job, query: PatientQuery, start: int, parts_max: int
) -> list[asyncpg.Record]:
    counted = {
        column: str(number) for column in COUNTED if (number := getattr(query, column)) is not None
    }
    return await connection.fetch(
        QUERIES["find_parts"],
        job.job_id,
        start,
        list(counted),
        list(counted.values()),
        query.sector,
        query.iss_min,
        query.iss_max,
        parts_max,
    )


async def _fetch_rows(
    connection: Connection,
    job: Job,
    first: int,
    last: int,
    filters: Sequence[int | None],
    limit: int,
) -> list[asyncpg.Record]:
    return await connection.fetch(
        QUERIES["list_patients"], job.job_id, first, last, *filters, limit
    )


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/v1/jobs/{job_id}/patients",
        handler=show_patients,
        permission=Permission.PATIENTS_READ,
        summary="List a job's patients",
        query=PatientQuery,
        answers={200: PatientPage},
        tags=("patients",),
    ),
)
