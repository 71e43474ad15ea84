"""Plan an exercise: choose a scenario, say how many casualties, send it off."""

from http import HTTPStatus
from secrets import token_urlsafe
from typing import Annotated, Any

import orjson
from aiohttp import web
from pydantic import BeforeValidator, Field

from services.gateway.api.presets import show_presets
from services.gateway.api.submit_job import SEED_BITS, JobRequest, submit_wanted
from services.gateway.console.answer import render, see_other
from services.gateway.console.api_document import api_document
from services.gateway.console.layout.chain_map import chain_map
from services.gateway.console.page import Page
from services.gateway.console.session.guard import FORM
from services.gateway.http.parse import Parameters, read_values
from services.gateway.http.permission import Permission
from shared.errors import Invalid, NotFound
from shared.jobs.states import Priority
from shared.scenarios.presets import load_preset
from shared.scenarios.scenario import Scenario, canonical_json

PLAN = "/console/exercises/plan"
ALL = "submission/scenarios.html"
ONE = "submission/submission.html"

Digits = BeforeValidator(
    lambda text: text.replace(" ", "").replace("\u202f", "") if isinstance(text, str) else text
)
Seed = Annotated[int, Field(ge=0, lt=2**SEED_BITS)]
OrNone = BeforeValidator(lambda text: text or None)


class SubmissionForm(Parameters):
    """What a planner fills in."""

    preset: str
    count: Annotated[int, Digits, Field(ge=1)]
    seed: Annotated[Seed | None, Digits, OrNone] = None
    priority: Priority = Priority.NORMAL
    once: str


async def show_plan(request: web.Request) -> web.Response:
    """Show all scenarios, or the form of the one that was chosen."""
    if name := request.query.get("preset"):
        return _form(request, name, load_preset(name))
    presets = (await api_document(show_presets, request))["items"]
    cards = [(preset, chain_map(_document(load_preset(preset["name"])))) for preset in presets]
    return render(request, ALL, here="submission", cards=cards)


async def submit(request: web.Request) -> web.Response:
    """Take the form; what is wrong with it is said beside its fields."""
    fields = request[FORM]
    try:
        form = read_values(SubmissionForm, fields)
        wanted = JobRequest(
            preset=form.preset, count=form.count, seed=form.seed, priority=form.priority
        )
        job = await submit_wanted(request, wanted, form.once)
    except Invalid as error:
        wrong = {problem.field: problem.message for problem in error.problems}
        name = fields.get("preset", "")
        return _form(
            request,
            name,
            _known(name, error),
            given=fields,
            wrong=wrong,
            status=HTTPStatus.BAD_REQUEST,
        )
    return see_other(f"/console/exercises/{job.id}")


def _known(name: str, error: Invalid) -> Scenario:
    try:
        return load_preset(name)
    except NotFound:
        raise error from None


def _document(scenario: Scenario) -> dict[str, Any]:
    document: dict[str, Any] = orjson.loads(canonical_json(scenario))
    return document


def _form(
    request: web.Request,
    name: str,
    scenario: Scenario,
    *,
    given: dict[str, str] | None = None,
    wrong: dict[str, str] | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> web.Response:
    document = _document(scenario)
    return render(
        request,
        ONE,
        status,
        here="submission",
        name=name,
        scenario=document,
        plan=chain_map(document),
        given=given
        or {"count": str(scenario.sector_patients), "seed": "", "priority": Priority.NORMAL.value},
        wrong=wrong or {},
        priorities=list(Priority),
        once=(given or {}).get("once") or token_urlsafe(),
    )


PAGES = (
    Page(method="GET", path=PLAN, handler=show_plan, permission=Permission.SCENARIOS_READ),
    Page(method="POST", path=PLAN, handler=submit, permission=Permission.JOBS_SUBMIT),
)
