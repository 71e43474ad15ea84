"""What is different between two scenarios, field by field."""

from collections.abc import Iterator
from typing import Annotated, Any
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel, Field
from pydantic_core import from_json

from services.gateway.api.scenarios import SCENARIO_ID
from services.gateway.api.scenarios_stored import Owned, find
from services.gateway.api.scenarios_wanted import scenario_id_of
from services.gateway.context import GATEWAY
from services.gateway.http.answer import document_response
from services.gateway.http.operation import Operation
from services.gateway.http.parse import Parameters, read_query
from services.gateway.http.permission import Permission
from services.gateway.identity.caller import CALLER
from shared.errors import FieldProblem, Invalid, NotFound
from shared.scenarios.presets import load_preset
from shared.scenarios.scenario import canonical_json

ABSENT = object()


class ComparisonQuery(Parameters):
    """What the path's scenario is compared with: a version of `other` (of the same scenario without
    it), or a preset.
    """

    version: Annotated[
        int | None,
        Field(ge=1, lt=2**31, description="Version of the path's scenario; the newest by itself"),
    ] = None
    other: Annotated[UUID | None, Field(description="Another scenario's id")] = None
    other_version: Annotated[
        int | None, Field(ge=1, lt=2**31, description="Its version; the newest by itself")
    ] = None
    preset: Annotated[
        str | None, Field(max_length=100, description="A preset's name instead of `other`")
    ] = None


class Difference(BaseModel):
    """One field; `before` is null where the field is only in the other scenario, `after` where it
    is only in this one.
    """

    field: str
    before: Any
    after: Any


class Comparison(BaseModel):
    """Every field that differs, in the document's order."""

    differences: list[Difference]


async def compare_scenarios(request: web.Request) -> web.Response:
    query = read_query(request, ComparisonQuery)
    if query.preset is not None and (query.other or query.other_version):
        raise Invalid((FieldProblem("preset", "does not go with other and other_version"),))
    owned = Owned(tenant_id=request[CALLER].tenant_id, scenario_id=scenario_id_of(request))
    async with request.app[GATEWAY].database.connection() as connection:
        before = (await find(connection, owned, query.version)).document
        other = Owned(tenant_id=owned.tenant_id, scenario_id=query.other or owned.scenario_id)
        after = (
            _preset(query.preset)
            if query.preset
            else (await find(connection, other, query.other_version)).document
        )
    found = [
        Difference(
            field=path, before=None if was is ABSENT else was, after=None if now is ABSENT else now
        )
        for path, was, now in differences(before, after)
    ]
    return document_response(Comparison(differences=found))


def differences(before: Any, after: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield each leaf that differs, by its dotted path; `ABSENT` stands for what is not there."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted(before.keys() | after.keys()):
            yield from differences(
                before.get(name, ABSENT),
                after.get(name, ABSENT),
                f"{path}.{name}" if path else name,
            )
    elif isinstance(before, list) and isinstance(after, list):
        for index in range(max(len(before), len(after))):
            was, now = (each[index] if index < len(each) else ABSENT for each in (before, after))
            yield from differences(was, now, f"{path}[{index}]")
    elif before != after:
        yield path, before, after


def _preset(name: str) -> Any:
    try:
        return from_json(canonical_json(load_preset(name)))
    except NotFound as error:
        raise Invalid((FieldProblem("preset", str(error)),)) from error


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/v1/scenarios/{scenario_id}/comparison",
        handler=compare_scenarios,
        summary="Compare a scenario with another, another version, or a preset",
        query=ComparisonQuery,
        answers={200: Comparison},
        path_parameters=SCENARIO_ID,
        permission=Permission.SCENARIOS_READ,
        tags=("scenarios",),
    ),
)
