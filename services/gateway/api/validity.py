"""A job's validity report."""

from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field

from services.gateway.api.jobs import read_job
from services.gateway.context import GATEWAY
from services.gateway.http.answer import document_response
from services.gateway.http.operation import Operation
from services.gateway.http.permission import Permission
from shared.errors import Conflict
from shared.jobs.states import TERMINAL
from shared.jobs.validity import report_validity
from shared.validity.comparison import Comparison
from shared.validity.report import Distribution


class CheckDocument(BaseModel):
    """A statement that must hold of every patient looked at."""

    statement: str
    checked: int
    violations: int
    holds: bool


class ParameterDocument(BaseModel):
    """How many of the model's parameters rest on what."""

    total: int
    evidence: int
    evidence_with_assumption: int
    assumption: int
    fitted: int
    assumption_share: float


class ValidityDocument(BaseModel):
    """What a job's stored patients are like, beside what is published, and whether their records
    agree with themselves.
    """

    engine_version: str
    scenario_digest: str
    seed: int
    digest: Annotated[
        str | None,
        Field(description="of all simulated values, in hexadecimal; null unless the job succeeded"),
    ]
    consistent: Annotated[bool, Field(description="every check holds")]
    patients: int
    counts: dict[str, dict[str, int]]
    distributions: list[Distribution]
    comparisons: list[Comparison]
    checks: list[CheckDocument]
    parameters: ParameterDocument


async def show_validity(request: web.Request) -> web.Response:
    job = await read_job(request)
    if job.state not in TERMINAL:
        raise Conflict(f"the job is {job.state}: its validity report is made when it has ended")
    async with request.app[GATEWAY].database.connection() as connection:
        report = await report_validity(connection, job)
    return document_response(ValidityDocument.model_validate(report))


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/v1/jobs/{job_id}/validity",
        handler=show_validity,
        permission=Permission.JOBS_READ,
        summary="Read an ended job's validity report",
        answers={200: ValidityDocument},
        tags=("jobs",),
    ),
)
