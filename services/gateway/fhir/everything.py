"""`Patient/[id]/$everything`: all that is known of one casualty, and the places and people that it
refers to.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from aiohttp import web

from services.gateway.context import GATEWAY
from services.gateway.fhir.answer import fhir_response
from services.gateway.fhir.base import FHIR_BASE, base_url
from services.gateway.fhir.bundle import entry, searchset
from services.gateway.fhir.dates import Span, span_of, span_of_element
from services.gateway.fhir.media_types import FHIR_JSON, speaks_json
from services.gateway.fhir.operation_parameters import BODY_BYTES_MAX, given_parameters
from services.gateway.fhir.page import find_by_id
from services.gateway.fhir.patient_runs import Tenant
from services.gateway.fhir.read import find_resource
from services.gateway.fhir.resource_types import resource_types
from services.gateway.fhir.search_parameters import SearchType
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
DATES = ("_since", "start", "end")
PARAMETERS = (*DATES, "_type", "_count")
EVER = Span(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
CLINICAL_DATES = frozenset(
    {"date", "onset-date", "effective-time", "occurrence", "authored", "issued"}
)


@speaks_json
async def show_everything(request: web.Request) -> web.Response:
    """Answer with one Bundle: the casualty's resources as matches, what they refer to as
    includes.
    """
    gateway, caller = request.app[GATEWAY], request[CALLER]
    wanted = _read(request, caller)
    patient = await find_resource(request, "Patient")
    tenant, pool = Tenant(gateway.database, caller.tenant_id), gateway.rendering.reads
    own = list(filter(wanted.has, await _own(tenant, pool, patient, wanted.types)))
    others = await _referred_to(tenant, pool, own, caller)
    base = base_url(request)
    entries = [
        *(entry(base, each, "match") for each in own),
        *(entry(base, each, "include") for each in others),
    ]
    link = ("self", public_url(request) + request.rel_url.raw_path_qs)
    return fhir_response(request, searchset(gateway, [link], entries, len(own)))


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Types, and of these what was written after `since` and happened within `span`."""

    types: list[str]
    since: datetime | None
    span: Span | None

    def has(self, resource: Resource) -> bool:
        written = datetime.fromisoformat(resource["meta"]["lastUpdated"])
        if self.since is not None and written <= self.since:
            return False
        return self.span is None or _happened_within(resource, self.span)


def _happened_within(resource: Resource, span: Span) -> bool:
    """Whether any of its clinical times is; what has none, such as the patient, always is."""
    parameters = resource_types()[resource["resourceType"]].parameters.values()
    times = [
        found
        for each in parameters
        if each.kind is SearchType.DATE and each.name in CLINICAL_DATES
        for value in each.values(resource)
        if (found := span_of_element(value)) is not None
    ]
    return not times or any(each.end > span.start and each.start < span.end for each in times)


def _read(request: web.Request, caller: Caller) -> _Wanted:
    """What is asked for. Raises Invalid and Forbidden."""
    given = [(name, value) for name, value in given_parameters(request) if name not in PASSED_OVER]
    types: list[str] = []
    dates: dict[str, Span] = {}
    problems: list[FieldProblem] = []
    for name, value in given:
        try:
            if name == "_type":
                types += _types(value)
            elif name in DATES:
                dates[name] = span_of(value)
            else:
                _check_count(name, value)
        except ValueError as error:
            problems.append(FieldProblem(name[:60], str(error)))
    if problems:
        raise Invalid(tuple(problems))
    for each in types:
        caller.require_scope(each, READ)
    of_patients = [
        each.name
        for each in resource_types().values()
        if each.of_patient and caller.scopes.allows(each.name, READ)
    ]
    return _Wanted(
        [each for each in of_patients if not types or each in types],
        dates["_since"].start if "_since" in dates else None,
        _span(dates),
    )


def _span(dates: Mapping[str, Span]) -> Span | None:
    if not {"start", "end"} & dates.keys():
        return None
    start = dates["start"].start if "start" in dates else EVER.start
    return Span(start, dates["end"].end if "end" in dates else EVER.end)


def _types(value: str) -> list[str]:
    types = value.split(",")
    for each in types:
        if each not in resource_types():
            raise ValueError(f"{each[:60]!r} is not served here")
    return types


def _check_count(name: str, value: str) -> None:
    """A page may be larger than asked for: everything is one. Nothing else is offered."""
    if name != "_count":
        raise ValueError(f"is not offered; {', '.join(PARAMETERS)} are")
    if not (value.isascii() and value.isdigit() and int(value[:9]) > 0):
        raise ValueError(f"must be a whole number from 1, not {value[:60]!r}")


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


OPERATIONS = tuple(
    Operation(
        method=method,
        path=FHIR_BASE + "/Patient/{resource_id}/$everything",
        handler=show_everything,
        permission=Permission.FHIR_READ,
        body_bytes_max=BODY_BYTES_MAX if method == "POST" else None,
        summary="Read all of a patient's resources (FHIR R4)",
        answers={200: FHIR_JSON},
        tags=("fhir",),
    )
    for method in ("GET", "POST")
)
