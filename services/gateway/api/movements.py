"""How a sector's casualties moved, in columns: small enough to draw twenty thousand of them."""

import asyncio
from typing import Annotated, Any

import asyncpg
import numpy as np
import orjson
from aiohttp import web
from pydantic import BaseModel, Field

from services.gateway.api.jobs import read_job
from services.gateway.api.queries import QUERIES
from services.gateway.context import GATEWAY
from services.gateway.http.answer import json_response
from services.gateway.http.operation import Operation
from services.gateway.http.parse import Parameters, number_of, read_query
from services.gateway.http.permission import Permission
from shared.errors import NotFound
from shared.jobs.read import Job
from shared.records.body import from_record_batch, read_body
from shared.records.columns import Columns
from shared.records.vocabulary import EventKind

CASUALTIES_MAX = 5_000
COLUMNS = ("triage_first", "outcome", "latitude_udeg", "longitude_udeg", "ended_at_s", "events")
MOVES = (EventKind.INJURED, EventKind.DEPARTED, EventKind.ARRIVED)
MICRO = 1_000_000


class MovementQuery(Parameters):
    """Which casualties of the sector: `limit` of them from a place in it on."""

    start: Annotated[int, Field(ge=0, lt=2**31, description="Casualties to pass over")] = 0
    limit: Annotated[int, Field(ge=1, le=CASUALTIES_MAX, description="Casualties at most")] = (
        CASUALTIES_MAX
    )


class MovementDocument(BaseModel):
    """Columns, one place a casualty; numbers are those of the record (`T1` is 1).

    The moves of casualty i are `at_s[offsets[i]:offsets[i + 1]]`, in seconds since the scenario's
    start; `facility` is where it is from then on (its position in the scenario), -1 where it was
    hurt, and -2 while it is carried. `next` is the `start` of the following slice, null behind the
    last casualty.
    """

    first_ordinal: int
    next: int | None
    triage: list[int]
    outcome: list[int]
    latitude_deg: list[float]
    longitude_deg: list[float]
    ended_at_s: list[int]
    offsets: list[int]
    at_s: list[int]
    facility: list[int]


async def show_movements(request: web.Request) -> web.Response:
    sector, query = number_of(request, "sector"), read_query(request, MovementQuery)
    job = await read_job(request)
    first = sector * job.sector_patients
    end = min(first + job.sector_patients, job.patients_requested)
    begin = first + query.start
    if begin >= end:
        raise NotFound(f"sector {sector} has no casualty {query.start}")
    async with request.app[GATEWAY].database.connection() as connection:
        part = await connection.fetchrow(QUERIES["find_part_of_patient"], job.job_id, begin)
    if part is None:
        raise NotFound(f"ordinal {begin} is not stored (yet); the job is {job.state}")
    stop = min(end, begin + query.limit)
    return json_response(await asyncio.to_thread(_render, job, part, (begin, stop, end)))


def _render(job: Job, part: asyncpg.Record, span: tuple[int, int, int]) -> bytes:
    begin, stop, end = span
    first = part["first_ordinal"]
    batch = read_body(part["body"], COLUMNS)
    stop = min(stop, first + batch.num_rows)
    columns = from_record_batch(batch.slice(begin - first, stop - begin))
    document = _moves(columns) | {
        "first_ordinal": begin,
        "next": None if stop == end else stop - begin + (begin % job.sector_patients),
        "triage": columns.flat["triage_first"],
        "outcome": columns.flat["outcome"],
        "latitude_deg": columns.flat["latitude_udeg"] / MICRO,
        "longitude_deg": columns.flat["longitude_udeg"] / MICRO,
        "ended_at_s": columns.flat["ended_at_s"],
    }
    contiguous = {
        name: np.ascontiguousarray(value) if isinstance(value, np.ndarray) else value
        for name, value in document.items()
    }
    return orjson.dumps(contiguous, option=orjson.OPT_SERIALIZE_NUMPY)


def _moves(columns: Columns) -> dict[str, Any]:
    """Only the events that change where a casualty is."""
    events = columns.nested["events"]
    offsets = events.offsets - events.offsets[0]
    kind = events.values["kind"]
    kept = np.isin(kind, MOVES)
    counted = np.concatenate(([0], np.cumsum(kept)))
    where = np.where(kind == EventKind.DEPARTED, -2, events.values["facility"])
    return {
        "offsets": counted[offsets],
        "at_s": events.values["at_s"][kept],
        "facility": where[kept],
    }


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/v1/jobs/{job_id}/sectors/{sector}/movements",
        handler=show_movements,
        permission=Permission.PATIENTS_READ,
        summary="Read how a sector's casualties moved, a slice of them",
        query=MovementQuery,
        answers={200: MovementDocument},
        tags=("patients",),
    ),
)
