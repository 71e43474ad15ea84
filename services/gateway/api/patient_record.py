"""One patient's whole record."""

import asyncio

import asyncpg
import orjson
from aiohttp import web

from services.gateway.api.jobs import read_job
from services.gateway.api.queries import QUERIES
from services.gateway.context import GATEWAY
from services.gateway.http.answer import JSON, json_response
from services.gateway.http.operation import Operation
from services.gateway.http.parse import number_of
from services.gateway.http.permission import Permission
from shared.encoders.interface.context import EncodingContext
from shared.encoders.json.ndjson import encode
from shared.errors import NotFound
from shared.jobs.read import Job
from shared.records.body import read_body
from shared.scenarios.scenario import Scenario


async def show_patient(request: web.Request) -> web.Response:
    """Answer with the patient's NDJSON document: one description of a patient for all ways out."""
    ordinal = number_of(request, "ordinal")
    job = await read_job(request)
    async with request.app[GATEWAY].database.connection() as connection:
        part = await connection.fetchrow(QUERIES["find_part_of_patient"], job.job_id, ordinal)
    if part is None:
        raise NotFound(_absent(job, ordinal))
    # A part is megabytes to decompress: the event loop has others to serve meanwhile.
    return json_response(await asyncio.to_thread(_render, job, part, ordinal))


def _render(job: Job, part: asyncpg.Record, ordinal: int) -> bytes:
    batch = read_body(part["body"]).slice(ordinal - part["first_ordinal"], 1)
    scenario = Scenario.read(orjson.dumps(job.scenario))
    return encode(
        batch, EncodingContext(scenario=scenario, job_id=job.job_id, written_at=part["written_at"])
    ).rstrip(b"\n")


def _absent(job: Job, ordinal: int) -> str:
    if ordinal >= job.patients_requested:
        return f"ordinal {ordinal}: the job has the ordinals 0 to {job.patients_requested - 1}"
    return f"ordinal {ordinal} is not stored (yet); the job is {job.state}"


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/v1/jobs/{job_id}/patients/{ordinal}",
        handler=show_patient,
        permission=Permission.PATIENTS_READ,
        summary="Read a patient's whole record",
        answers={200: JSON},
        tags=("patients",),
    ),
)
