"""A scenario before it is kept or run: whether it is valid, and what it would bring."""

from dataclasses import asdict
from typing import Annotated

import orjson
from aiohttp import web
from pydantic import BaseModel, Field, RootModel

from services.gateway.api.scenarios_wanted import (
    ScenarioChoice,
    given_scenario,
    kept_scenario,
    read_choice,
)
from services.gateway.context import GATEWAY
from services.gateway.http.answer import document_response, json_response
from services.gateway.http.operation import Operation
from services.gateway.http.parse import read_checked
from services.gateway.http.permission import Permission
from services.gateway.http.problems import FieldError
from shared.errors import Invalid
from shared.scenarios.scenario import Scenario, canonical_json, scenario_digest
from shared.simulation.preview import Preview, preview

SEED_BITS = 53


class ValidityDocument(BaseModel):
    """`problems` is empty when the scenario is valid; `digest` is the SHA-256 of its canonical
    JSON, null otherwise.
    """

    valid: bool
    digest: str | None
    problems: list[FieldError]


class PreviewRequest(ScenarioChoice):
    """What to preview: one sector, simulated with this seed."""

    seed: Annotated[int, Field(ge=0, lt=2**SEED_BITS)] = 0


class PreviewDocument(RootModel[Preview]):
    """The casualties, outcomes and bottlenecks of one sector."""


async def validate_scenario(request: web.Request) -> web.Response:
    wanted, found = await read_checked(request, ScenarioChoice, _found)
    if isinstance(found, Invalid):
        problems = [FieldError(field=each.field, message=each.message) for each in found.problems]
        return document_response(ValidityDocument(valid=False, digest=None, problems=problems))
    scenario = found or await kept_scenario(request, wanted)
    digest = scenario_digest(scenario).hex()
    return document_response(ValidityDocument(valid=True, digest=digest, problems=[]))


def _found(wanted: ScenarioChoice) -> tuple[ScenarioChoice, Scenario | Invalid | None]:
    """The scenario, or what is wrong with it: that is no error here."""
    try:
        return given_scenario(wanted)
    except Invalid as error:
        return wanted, error


async def preview_scenario(request: web.Request) -> web.Response:
    """Simulate a sector in a process that renders: it takes too long for the event loop."""
    gateway = request.app[GATEWAY]
    wanted, scenario = await read_choice(request, PreviewRequest)
    patients_max = gateway.config.preview_patients_max
    if scenario.sector_patients > patients_max:
        scenario = scenario.model_copy(update={"sector_patients": patients_max})
    text = await gateway.rendering.exports.call(previewed, canonical_json(scenario), wanted.seed)
    return json_response(text)


def previewed(scenario: bytes, seed: int) -> bytes:
    """The preview of a scenario's canonical JSON, as JSON."""
    return orjson.dumps(asdict(preview(Scenario.read(scenario), seed)))


OPERATIONS = (
    Operation(
        method="POST",
        path="/api/v1/scenarios/validate",
        handler=validate_scenario,
        summary="Check a scenario without keeping it",
        body=ScenarioChoice,
        answers={200: ValidityDocument},
        permission=Permission.SCENARIOS_READ,
        tags=("scenarios",),
    ),
    Operation(
        method="POST",
        path="/api/v1/scenarios/preview",
        handler=preview_scenario,
        summary="Preview a scenario: casualties a day, outcomes, loads on facilities and vehicles",
        body=PreviewRequest,
        answers={200: PreviewDocument},
        permission=Permission.SCENARIOS_READ,
        tags=("scenarios",),
    ),
)
