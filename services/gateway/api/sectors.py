"""A sector's result: census, queues and resources over simulated time."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web
from pydantic import BaseModel

from services.gateway.api.jobs import read_job
from services.gateway.api.queries import QUERIES
from services.gateway.context import GATEWAY
from services.gateway.http.answer import json_response
from services.gateway.http.operation import Operation
from services.gateway.http.parse import number_of
from services.gateway.http.permission import Permission
from shared.encoders.casualty.words import words_of
from shared.errors import NotFound
from shared.jobs.read import Job
from shared.records.body import read_body
from shared.records.vocabulary import Category, Outcome, ResourceKind, Triage

SECTOR_MAX = 2**31 - 1


class Count(BaseModel):
    """Patients of one kind."""

    category: str
    triage_first: str
    outcome: str
    patients: int


class Resource(BaseModel):
    """A counted resource: of a facility, or a pool of vehicles."""

    kind: str
    facility: str | None
    pool: str | None
    capacity: int
    served: int
    wait_mean_s: float
    wait_max_s: int
    queue_max: int
    busy_share: float


class CensusSample(BaseModel):
    """Patients present in a facility at a moment."""

    at: datetime
    facility: str
    present: int


class QueueSample(BaseModel):
    """A resource at a moment; `resource` is its position in `resources`."""

    at: datetime
    resource: int
    in_use: int
    waiting: int


class SectorDocument(BaseModel):
    """One evacuation chain's story. `digest` is the sector's SHA-256 in hexadecimal."""

    sector: int
    first_ordinal: int
    patients: int
    ended_at: datetime
    digest: str
    counts: list[Count]
    resources: list[Resource]
    census: list[CensusSample]
    queues: list[QueueSample]


async def show_sector(request: web.Request) -> web.Response:
    sector = number_of(request, "sector")
    job = await read_job(request)
    if sector > SECTOR_MAX:
        raise NotFound(_absent(job, sector))
    async with request.app[GATEWAY].database.connection() as connection:
        stored = await connection.fetchrow(QUERIES["find_sector"], job.job_id, sector)
    if stored is None:
        raise NotFound(_absent(job, sector))
    # A sector of tens of thousands has as many samples.
    return json_response(await asyncio.to_thread(_render, job, stored["body"]))


def _render(job: Job, body: bytes) -> bytes:
    return _document(job, read_body(body).to_pylist()[0]).model_dump_json().encode()


def _document(job: Job, result: dict[str, Any]) -> SectorDocument:
    starts_at = datetime.fromisoformat(job.scenario["starts_at"])
    facilities = [facility["name"] for facility in job.scenario["facilities"]]
    pools = [transport["name"] for transport in job.scenario["transport"]]
    return SectorDocument(
        sector=result["sector"],
        first_ordinal=result["first_ordinal"],
        patients=result["patients"],
        ended_at=starts_at + timedelta(seconds=result["ended_at_s"]),
        digest=result["digest"].hex(),
        counts=[_count(count) for count in result["counts"]],
        resources=[_resource(resource, facilities, pools) for resource in result["resources"]],
        census=[
            CensusSample(
                at=starts_at + timedelta(seconds=each["at_s"]),
                facility=facilities[each["facility"]],
                present=each["present"],
            )
            for each in result["census"]
        ],
        queues=[
            QueueSample(
                at=starts_at + timedelta(seconds=each["at_s"]),
                resource=each["resource"],
                in_use=each["in_use"],
                waiting=each["waiting"],
            )
            for each in result["queues"]
        ],
    )


def _count(count: dict[str, int]) -> Count:
    return Count(
        category=words_of(Category)[count["category"]],
        triage_first=words_of(Triage)[count["triage_first"]],
        outcome=words_of(Outcome)[count["outcome"]],
        patients=count["patients"],
    )


def _resource(resource: dict[str, Any], facilities: list[str], pools: list[str]) -> Resource:
    named = {
        "kind": words_of(ResourceKind)[resource["kind"]],
        "facility": None if resource["facility"] < 0 else facilities[resource["facility"]],
        "pool": None if resource["pool"] < 0 else pools[resource["pool"]],
    }
    return Resource(**{**resource, **named})


def _absent(job: Job, sector: int) -> str:
    last = (job.patients_requested - 1) // job.sector_patients
    if sector > last:
        return f"sector {sector}: the job has the sectors 0 to {last}"
    return f"sector {sector} is not stored (yet); the job is {job.state}"


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/v1/jobs/{job_id}/sectors/{sector}",
        handler=show_sector,
        permission=Permission.PATIENTS_READ,
        summary="Read a sector's census, queues and resources over time",
        answers={200: SectorDocument},
        tags=("patients",),
    ),
)
