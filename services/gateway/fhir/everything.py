"""`Patient/[id]/$everything`: all that is known of one casualty, and the places and people that it
refers to.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import aclosing
from datetime import datetime
from typing import Any

import orjson
from aiohttp import web

from services.gateway.context import GATEWAY
from services.gateway.fhir.answer import fhir_response
from services.gateway.fhir.base import FHIR_BASE, base_url
from services.gateway.fhir.bundle import entry, searchset
from services.gateway.fhir.dates import span_of
from services.gateway.fhir.media_types import FHIR_JSON, speaks_json
from services.gateway.fhir.page import find_by_id
from services.gateway.fhir.patient_runs import Tenant
from services.gateway.fhir.read import find_resource
from services.gateway.fhir.resource_types import resource_types
from services.gateway.fhir.search_query import PASSED_OVER
from services.gateway.http.operation import Operation
from services.gateway.http.permission import Permission
from services.gateway.http.public_url import public_url
from services.gateway.identity.caller import CALLER, Caller
from services.gateway.identity.scopes import READ
from services.gateway.rendering.render_pool import RenderPool
from shared.encoders.fhir.ids import parse_resource_id
from shared.errors import FieldProblem, Invalid

Resource = dict[str, Any]
PARAMETERS = ("_since", "_type")


@speaks_json
async def show_everything(request: web.Request) -> web.Response:
    """Answer with one Bundle: the casualty's resources as matches, what they refer to as
    includes.
    """
    gateway, caller = request.app[GATEWAY], request[CALLER]
    types, since = _read(request, caller)
    patient = await find_resource(request, "Patient")
    tenant, pool = Tenant(gateway.database, caller.tenant_id), gateway.rendering.reads
    own = await _own(tenant, pool, patient, types)
    if since is not None:
        own = [each for each in own if datetime.fromisoformat(each["meta"]["lastUpdated"]) > since]
    others = await _referred_to(tenant, pool, own, caller)
    base = base_url(request)
    entries = [
        *(entry(base, each, "match") for each in own),
        *(entry(base, each, "include") for each in others),
    ]
    link = ("self", public_url(request) + request.rel_url.raw_path_qs)
    return fhir_response(request, searchset(gateway, [link], entries, len(own)))


def _read(request: web.Request, caller: Caller) -> tuple[list[str], datetime | None]:
    """The types and the instant that are asked for. Raises Invalid and Forbidden."""
    unknown = [name for name in request.query if name not in (*PARAMETERS, *PASSED_OVER)]
    types = [each for value in request.query.getall("_type", []) for each in value.split(",")]
    problems = [
        FieldProblem(name[:60], f"is not offered; {', '.join(PARAMETERS)} are") for name in unknown
    ]
    problems += [
        FieldProblem("_type", f"{each[:60]!r} is not served here")
        for each in types
        if each not in resource_types()
    ]
    since = None
    try:
        if "_since" in request.query:
            since = span_of(request.query["_since"].replace(" ", "+")).start
    except ValueError as error:
        problems.append(FieldProblem("_since", str(error)))
    if problems:
        raise Invalid(tuple(problems))
    for each in types:
        caller.require_scope(each, READ)
    of_patients = [
        each.name
        for each in resource_types().values()
        if each.of_patient and caller.scopes.allows(each.name, READ)
    ]
    return [each for each in of_patients if not types or each in types], since


async def _own(
    tenant: Tenant, pool: RenderPool, patient: Resource, types: Iterable[str]
) -> list[Resource]:
    place = parse_resource_id(patient["id"])
    found: list[Resource] = []
    async with aclosing(tenant.named([place] if place else [])) as runs:
        async for run in runs:
            for name in types:
                found += map(orjson.loads, await run.render(pool, name))
    return found


async def _referred_to(
    tenant: Tenant, pool: RenderPool, resources: list[Resource], caller: Caller
) -> list[Resource]:
    """The resources of the whole job that these refer to, as far as they may be read."""
    ids: dict[str, set[str]] = defaultdict(set)
    for reference in {each for resource in resources for each in _references(resource)}:
        name, _, resource_id = reference.partition("/")
        if not resource_types()[name].of_patient and caller.scopes.allows(name, READ):
            ids[name].add(resource_id)
    return [
        each
        for name in sorted(ids)
        for each in await find_by_id(tenant, pool, name, frozenset(ids[name]))
    ]


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "reference" and isinstance(inner, str):
                yield inner
            else:
                yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


OPERATIONS = (
    Operation(
        method="GET",
        path=FHIR_BASE + "/Patient/{resource_id}/$everything",
        handler=show_everything,
        permission=Permission.FHIR_READ,
        summary="Read all of a patient's resources (FHIR R4)",
        answers={200: FHIR_JSON},
        tags=("fhir",),
    ),
)
