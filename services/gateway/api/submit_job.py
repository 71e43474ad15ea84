"""POST /api/v1/jobs: accept a job. 202 means committed; the broker is not asked."""

import hashlib
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import orjson
from aiohttp import web
from pydantic import Field
from pydantic_core import from_json

from services.gateway.api.job_document import JobDocument, job_document
from services.gateway.context import GATEWAY, Gateway
from services.gateway.http.answer import document_response
from services.gateway.http.operation import Operation
from services.gateway.http.parse import Document, Parameters, read_checked, read_values
from services.gateway.http.permission import Permission
from services.gateway.identity.audit import changing
from services.gateway.identity.caller import CALLER
from shared.db.pool import Connection
from shared.errors import FieldProblem, Invalid, NotFound
from shared.jobs.job_id import new_job_id
from shared.jobs.read import Job, get_job
from shared.jobs.states import Priority
from shared.jobs.submit import IdempotencyKey, NewJob, Submitted, submit
from shared.records.engine_version import ENGINE_VERSION
from shared.records.patient import PATIENT_SCHEMA_VERSION
from shared.scenarios.presets import load_preset
from shared.scenarios.scenario import Scenario, canonical_json, parse_scenario, scenario_digest
from shared.telemetry import names
from shared.telemetry.carrier import inject
from shared.telemetry.instruments import counter
from shared.telemetry.names import Attribute

SEED_BITS = 53

_submitted = counter(names.JOBS_SUBMITTED)


class JobRequest(Document):
    """What to simulate: exactly one of `scenario` and `preset`. Without a seed one is drawn; the
    job shows it.
    """

    scenario: Annotated[
        dict[str, Any] | None, Field(description="A document of /api/v1/schemas/scenario")
    ] = None
    preset: Annotated[str | None, Field(description="A name of /api/v1/presets")] = None
    count: Annotated[int, Field(ge=1, description="Number of patients")]
    seed: Annotated[
        int | None, Field(ge=0, lt=2**SEED_BITS, description="Same seed, same patients")
    ] = None
    priority: Priority = Priority.NORMAL


_ONCE = "A repeated submission with the same key is answered with the first one's job, for 24 hours"


class SubmissionHeaders(Parameters):
    """What a submission may carry beside its body."""

    idempotency_key: Annotated[
        str | None,
        Field(alias="Idempotency-Key", pattern=r"^[\x21-\x7e]{1,255}$", description=_ONCE),
    ] = None


@dataclass(frozen=True, slots=True)
class _Checked:
    """A request with its scenario checked. `canonical` is its JSON, `fingerprint` the request's."""

    wanted: JobRequest
    scenario: Scenario
    canonical: bytes
    digest: bytes
    fingerprint: bytes


async def submit_job(request: web.Request) -> web.Response:
    gateway = request.app[GATEWAY]
    check = partial(_check, gateway.config.job_patients_max)
    checked = await read_checked(request, JobRequest, check)
    new = _new_job(gateway, request, checked)
    async with changing(request) as change:
        submitted, job = await _submit(change.connection, new, gateway.config.backlog_patients_max)
        change.details["job_id"] = str(job.job_id)
    if not submitted.replayed:
        _submitted.add(1, {Attribute.PRIORITY.value: new.priority.value})
    headers = {"Location": f"/api/v1/jobs/{job.job_id}"} | (
        {"Idempotent-Replayed": "true"} if submitted.replayed else {}
    )
    return document_response(job_document(job, gateway.clock.now()), 202, headers)


async def _submit(
    connection: Connection, new: NewJob, backlog_patients_max: int
) -> tuple[Submitted, Job]:
    submitted = await submit(connection, new, backlog_patients_max=backlog_patients_max)
    return submitted, await get_job(connection, new.tenant_id, submitted.job_id)


def _check(job_patients_max: int, wanted: JobRequest) -> _Checked:
    """What takes time with a large scenario: it may be called in any thread."""
    _check_count(wanted, job_patients_max)
    scenario = _scenario(wanted)
    request = orjson.dumps(wanted.model_dump(), option=orjson.OPT_SORT_KEYS)
    return _Checked(
        wanted=wanted,
        scenario=scenario,
        canonical=canonical_json(scenario),
        digest=scenario_digest(scenario),
        fingerprint=hashlib.sha256(request).digest(),
    )


def _new_job(gateway: Gateway, request: web.Request, checked: _Checked) -> NewJob:
    wanted, config = checked.wanted, gateway.config
    return NewJob(
        job_id=new_job_id(gateway.clock.now()),
        tenant_id=request[CALLER].tenant_id,
        priority=wanted.priority,
        preset=wanted.preset,
        scenario=from_json(checked.canonical),
        scenario_digest=checked.digest,
        seed=gateway.random.getrandbits(SEED_BITS) if wanted.seed is None else wanted.seed,
        patients=wanted.count,
        engine_version=ENGINE_VERSION,
        schema_version=PATIENT_SCHEMA_VERSION,
        sector_patients=checked.scenario.sector_patients,
        batch_patients=config.batch_patients,
        part_patients=config.part_patients,
        idempotency=_idempotency(request, checked),
        trace_context=inject(),
    )


def _scenario(wanted: JobRequest) -> Scenario:
    if (wanted.scenario is None) == (wanted.preset is None):
        raise Invalid((FieldProblem("scenario", "exactly one of scenario and preset is needed"),))
    if wanted.preset is not None:
        try:
            return load_preset(wanted.preset)
        except NotFound as error:
            raise Invalid((FieldProblem("preset", str(error)),)) from error
    try:
        return parse_scenario(wanted.scenario)
    except Invalid as error:
        raise Invalid(tuple(_inside_scenario(problem) for problem in error.problems)) from error


def _inside_scenario(problem: FieldProblem) -> FieldProblem:
    path = problem.field if problem.field == "scenario" else f"scenario.{problem.field}"
    return FieldProblem(path, problem.message)


def _check_count(wanted: JobRequest, job_patients_max: int) -> None:
    if wanted.count > job_patients_max:
        raise Invalid(
            (FieldProblem("count", f"must be at most {job_patients_max}, not {wanted.count}"),)
        )


def _idempotency(request: web.Request, checked: _Checked) -> IdempotencyKey | None:
    """The client's key. Raises Invalid for one that cannot be used, and for several."""
    given = request.headers.getall("Idempotency-Key", [])
    if len(given) > 1:
        raise Invalid((FieldProblem("Idempotency-Key", "is given more than once"),))
    if not given:
        return None
    key = read_values(SubmissionHeaders, {"Idempotency-Key": given[0]}).idempotency_key
    return None if key is None else IdempotencyKey(key, checked.fingerprint)


OPERATIONS = (
    Operation(
        method="POST",
        path="/api/v1/jobs",
        handler=submit_job,
        permission=Permission.JOBS_SUBMIT,
        summary="Submit a job",
        body=JobRequest,
        headers=SubmissionHeaders,
        answers={202: JobDocument},
        tags=("jobs",),
    ),
)
