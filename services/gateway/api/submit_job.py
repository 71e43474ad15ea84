"""POST /api/v1/jobs: accept a job. 202 means committed; the broker is not asked."""

import hashlib
from datetime import date
from functools import partial
from typing import Annotated, NamedTuple

import orjson
from aiohttp import web
from pydantic import Field
from pydantic_core import from_json

from services.gateway.api.job_document import JobDocument, job_document
from services.gateway.api.scenarios_wanted import ScenarioChoice, given_scenario, kept_scenario
from services.gateway.config import GatewayConfig
from services.gateway.context import GATEWAY
from services.gateway.http.answer import document_response
from services.gateway.http.aside import ASIDE
from services.gateway.http.operation import Operation
from services.gateway.http.parse import Parameters, read_checked, read_values
from services.gateway.http.permission import Permission
from services.gateway.http.problems import Gone
from services.gateway.identity.audit import changing
from services.gateway.identity.caller import CALLER
from shared.db.pool import Connection
from shared.errors import FieldProblem, Invalid, NotFound
from shared.jobs.job_id import new_job_id
from shared.jobs.quota import JobLimits
from shared.jobs.read import Job, get_job
from shared.jobs.states import Priority
from shared.jobs.submit import IdempotencyKey, NewJob, Submitted, submit
from shared.records.engine_version import ENGINE_VERSION
from shared.records.patient import PATIENT_SCHEMA_VERSION
from shared.scenarios.scenario import Scenario, canonical_json, digest_of
from shared.scenarios.shift import moved
from shared.telemetry import names
from shared.telemetry.cardinality import Bounded
from shared.telemetry.carrier import inject
from shared.telemetry.instruments import counter
from shared.telemetry.names import Attribute

SEED_BITS = 53

_submitted = counter(names.JOBS_SUBMITTED)
_requested = counter(names.PATIENTS_REQUESTED)
_preset = Bounded(Attribute.PRESET)


class JobRequest(ScenarioChoice):
    """What to simulate: exactly one of `scenario`, `preset` and `scenario_id`. Without a seed one
    is drawn; the job shows it.
    """

    count: Annotated[int, Field(ge=1, description="Number of patients")]
    seed: Annotated[
        int | None, Field(ge=0, lt=2**SEED_BITS, description="Same seed, same patients")
    ] = None
    starts_at: Annotated[
        date | None,
        Field(description="Begin on this day, at the scenario's own time of day"),
    ] = None
    ends_today: Annotated[
        bool, Field(description="Begin so long ago that all of it is over by today (UTC)")
    ] = False
    priority: Priority = Priority.NORMAL

    @property
    def is_moved(self) -> bool:
        """Whether it begins on another day than the scenario says."""
        return self.starts_at is not None or self.ends_today


_OF_KEPT_SCENARIOS = frozenset({"scenario_id", "scenario_version"})
_OF_MOVED_SCENARIOS = frozenset({"starts_at", "ends_today"})
_ONCE = "A repeated submission with the same key is answered with the first one's job, for 24 hours"


class SubmissionHeaders(Parameters):
    """What a submission may carry beside its body."""

    idempotency_key: Annotated[
        str | None,
        Field(alias="Idempotency-Key", pattern=r"^[\x21-\x7e]{1,255}$", description=_ONCE),
    ] = None


class _Checked(NamedTuple):
    """A checked scenario, its canonical JSON and that one's digest."""

    scenario: Scenario
    canonical: bytes
    digest: bytes


class _Asked(NamedTuple):
    """A request, its fingerprint, and its scenario unless that is one that the tenant keeps."""

    wanted: JobRequest
    fingerprint: bytes
    given: _Checked | None


async def submit_job(request: web.Request) -> web.Response:
    check = partial(_check, request.app[GATEWAY].config.job_patients_max)
    asked = await read_checked(request, JobRequest, check)
    job, replayed = await _accept(request, asked, _idempotency(request, asked))
    headers = {"Location": f"/api/v1/jobs/{job.id}"}
    return document_response(
        job, 202, headers | ({"Idempotent-Replayed": "true"} if replayed else {})
    )


async def submit_wanted(request: web.Request, wanted: JobRequest, once: str) -> JobDocument:
    """Submit what a page's form asks for, as the request's caller; with the same `once` it is the
    same job.

    Raises:
        Invalid: naming each wrong field.
        IdempotencyMismatch: `once` stands for another request.
        Unavailable: the backlog is full.
    """
    job_patients_max = request.app[GATEWAY].config.job_patients_max
    asked = await request.app[ASIDE].run(_check, job_patients_max, wanted)
    job, _replayed = await _accept(request, asked, IdempotencyKey(once, asked.fingerprint))
    return job


async def _accept(
    request: web.Request, asked: _Asked, idempotency: IdempotencyKey | None
) -> tuple[JobDocument, bool]:
    gateway = request.app[GATEWAY]
    checked = asked.given or await _kept(request, asked.wanted)
    if asked.wanted.is_moved:
        checked = await request.app[ASIDE].run(
            _moved, checked.scenario, asked.wanted, gateway.clock.now().date()
        )
    new = _new_job(request, asked, checked, idempotency)
    async with changing(request) as change:
        submitted, job = await _submit(change.connection, new, _limits(gateway.config))
        change.details["job_id"] = str(job.job_id)
    if not submitted.replayed:
        _submitted.add(1, {Attribute.PRIORITY.value: new.priority.value})
        preset = _preset(new.preset or "own scenario")
        _requested.add(new.patients, {Attribute.PRESET.value: preset})
    return job_document(job, gateway.clock.now()), submitted.replayed


async def _submit(connection: Connection, new: NewJob, limits: JobLimits) -> tuple[Submitted, Job]:
    submitted = await submit(connection, new, limits)
    try:
        return submitted, await get_job(connection, new.tenant_id, submitted.job_id)
    except NotFound as error:
        raise Gone("the job that this Idempotency-Key made has been purged") from error


def _limits(config: GatewayConfig) -> JobLimits:
    return JobLimits(
        backlog_patients_max=config.backlog_patients_max,
        tenant_jobs_max=config.tenant_jobs_max,
        tenant_backlog_patients_max=config.tenant_backlog_patients_max,
        tenant_stored_bytes_max=config.tenant_stored_bytes_max,
    )


def _check(job_patients_max: int, wanted: JobRequest) -> _Asked:
    """What takes time with a large scenario: it may be called in any thread."""
    _check_count(wanted, job_patients_max)
    _, given = given_scenario(wanted)
    # Of what is not given, as it was before it could be: a retry outlives an update.
    unused = _OF_KEPT_SCENARIOS if wanted.scenario_id is None else frozenset[str]()
    unused |= frozenset[str]() if wanted.is_moved else _OF_MOVED_SCENARIOS
    document = wanted.model_dump(exclude=set(unused))
    request = orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
    fingerprint = hashlib.sha256(request).digest()
    return _Asked(wanted, fingerprint, None if given is None else _canonical(given))


async def _kept(request: web.Request, wanted: JobRequest) -> _Checked:
    return await request.app[ASIDE].run(_canonical, await kept_scenario(request, wanted))


def _moved(scenario: Scenario, wanted: JobRequest, today: date) -> _Checked:
    chosen = moved(scenario, wanted.starts_at, ends_today=wanted.ends_today, today=today)
    return _canonical(chosen)


def _canonical(scenario: Scenario) -> _Checked:
    canonical = canonical_json(scenario)
    return _Checked(scenario, canonical, digest_of(canonical))


def _new_job(
    request: web.Request, asked: _Asked, checked: _Checked, idempotency: IdempotencyKey | None
) -> NewJob:
    wanted, gateway = asked.wanted, request.app[GATEWAY]
    config = gateway.config
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
        idempotency=idempotency,
        trace_context=inject(),
    )


def _check_count(wanted: JobRequest, job_patients_max: int) -> None:
    if wanted.count > job_patients_max:
        raise Invalid(
            (FieldProblem("count", f"must be at most {job_patients_max}, not {wanted.count}"),)
        )


def _idempotency(request: web.Request, asked: _Asked) -> IdempotencyKey | None:
    """The client's key. Raises Invalid for one that cannot be used, and for several."""
    given = request.headers.getall("Idempotency-Key", [])
    if len(given) > 1:
        raise Invalid((FieldProblem("Idempotency-Key", "is given more than once"),))
    if not given:
        return None
    key = read_values(SubmissionHeaders, {"Idempotency-Key": given[0]}).idempotency_key
    return None if key is None else IdempotencyKey(key, asked.fingerprint)


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
