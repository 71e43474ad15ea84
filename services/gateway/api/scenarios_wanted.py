"""Which scenario a request means: a document, a preset, or one that the tenant keeps."""

from typing import Annotated, Any, TypeVar
from uuid import UUID

from aiohttp import web
from pydantic import Field

from services.gateway.api.scenarios_stored import Owned, find
from services.gateway.context import GATEWAY
from services.gateway.http.aside import ASIDE
from services.gateway.http.parse import SHOWN_CHARACTERS_MAX, Document, number_of, read_checked
from services.gateway.identity.caller import CALLER
from shared.errors import FieldProblem, Invalid, NotFound
from shared.scenarios.presets import load_preset
from shared.scenarios.scenario import Scenario, parse_scenario


class ScenarioChoice(Document):
    """Exactly one of `scenario`, `preset` and `scenario_id`."""

    scenario: Annotated[
        dict[str, Any] | None, Field(description="A document of /api/v1/schemas/scenario")
    ] = None
    preset: Annotated[str | None, Field(description="A name of /api/v1/presets")] = None
    scenario_id: Annotated[
        UUID | None, Field(strict=False, description="One of /api/v1/scenarios")
    ] = None
    scenario_version: Annotated[
        int | None, Field(ge=1, lt=2**31, description="Its version; the newest by itself")
    ] = None


Choice = TypeVar("Choice", bound=ScenarioChoice)


async def read_choice(request: web.Request, model: type[Choice]) -> tuple[Choice, Scenario]:
    """Read a request's body and the scenario that it means. Raises Invalid, naming wrong fields.

    To be called outside of transactions: it borrows a connection of its own.
    """
    wanted, given = await read_checked(request, model, given_scenario)
    return wanted, given or await kept_scenario(request, wanted)


def given_scenario(wanted: Choice) -> tuple[Choice, Scenario | None]:
    """Return the scenario of the document or preset beside the request; None means a kept one.

    It may be called in any thread. Raises Invalid.
    """
    _check_one_is_chosen(wanted)
    return wanted, None if wanted.scenario_id is not None else _given(wanted)


async def kept_scenario(request: web.Request, wanted: ScenarioChoice) -> Scenario:
    """Return the scenario that the tenant keeps under the id. Raises Invalid: there is none."""
    if wanted.scenario_id is None:
        raise ValueError("the request means no kept scenario")
    owned = Owned(tenant_id=request[CALLER].tenant_id, scenario_id=wanted.scenario_id)
    try:
        async with request.app[GATEWAY].database.connection() as connection:
            kept = await find(connection, owned, wanted.scenario_version)
    except NotFound as error:
        raise Invalid((FieldProblem("scenario_id", str(error)),)) from error
    return await request.app[ASIDE].run(parse_scenario, kept.document)


def _check_one_is_chosen(wanted: ScenarioChoice) -> None:
    """Raise Invalid unless exactly one way is taken."""
    if sum(each is not None for each in (wanted.scenario, wanted.preset, wanted.scenario_id)) != 1:
        raise Invalid(
            (FieldProblem("scenario", "exactly one of scenario, preset and scenario_id is needed"),)
        )
    if wanted.scenario_version is not None and wanted.scenario_id is None:
        raise Invalid((FieldProblem("scenario_version", "goes with scenario_id only"),))


def _given(wanted: ScenarioChoice) -> Scenario:
    """Return the scenario of the document or preset."""
    if wanted.preset is not None:
        try:
            return load_preset(wanted.preset)
        except NotFound as error:
            raise Invalid((FieldProblem("preset", str(error)),)) from error
    try:
        return parse_scenario(wanted.scenario)
    except Invalid as error:
        raise Invalid(tuple(_inside_scenario(problem) for problem in error.problems)) from error


def scenario_id_of(request: web.Request) -> UUID:
    """Read the path's scenario id. Raises NotFound: what is no id names no scenario."""
    text = request.match_info["scenario_id"]
    try:
        return UUID(text)
    except ValueError:
        raise NotFound(f"there is no scenario {text[:SHOWN_CHARACTERS_MAX]!r}") from None


def version_of(request: web.Request) -> int:
    """Read the path's version. Raises NotFound: what is no number names none."""
    version = number_of(request, "version")
    if version > 2**31 - 1:
        raise NotFound(f"there is no version {version}")
    return version


def _inside_scenario(problem: FieldProblem) -> FieldProblem:
    path = problem.field if problem.field == "scenario" else f"scenario.{problem.field}"
    return FieldProblem(path, problem.message)
