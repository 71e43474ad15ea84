"""The search interaction, by GET and by POST."""

from collections.abc import Sequence

from aiohttp import web

from services.gateway.context import GATEWAY, Gateway
from services.gateway.fhir.answer import fhir_response
from services.gateway.fhir.base import FHIR_BASE, base_url
from services.gateway.fhir.bundle import entry, search_url, searchset
from services.gateway.fhir.included import find_included
from services.gateway.fhir.media_types import FHIR_JSON, speaks_json
from services.gateway.fhir.outcomes import issue, operation_outcome
from services.gateway.fhir.page import Page, find_page
from services.gateway.fhir.patient_runs import Tenant
from services.gateway.fhir.prefer import is_lenient, is_strict
from services.gateway.fhir.resource_types import type_of, type_parameter
from services.gateway.fhir.search_query import PARAMETERS_MAX, Search, read_search
from services.gateway.http.operation import Operation
from services.gateway.http.parse import read_form
from services.gateway.http.permission import Permission
from services.gateway.identity.caller import CALLER
from services.gateway.identity.scopes import SEARCH
from shared.errors import FieldProblem, Invalid

FORM_BYTES_MAX = 64 * 1024


@speaks_json
async def search_type(request: web.Request) -> web.Response:
    """Search by the URL's parameters."""
    return await _search(request, list(request.query.items()))


@speaks_json
async def search_type_by_form(request: web.Request) -> web.Response:
    """Search by the URL's parameters and those of a form."""
    form = read_form(request, PARAMETERS_MAX)
    return await _search(request, [*request.query.items(), *form])


async def _search(request: web.Request, given: Sequence[tuple[str, str]]) -> web.Response:
    type_ = type_of(request)
    caller = request[CALLER]
    caller.require_scope(type_.name, SEARCH)
    gateway, base = request.app[GATEWAY], base_url(request)
    search = read_search(
        type_,
        given,
        base=base,
        count_max=gateway.config.page_items_max,
        lenient=is_lenient(request),
        strict=is_strict(request),
    )
    for inclusion in search.inclusions:
        for name in (inclusion.source.name,) if inclusion.backward else inclusion.parameter.targets:
            caller.require_scope(name, SEARCH)
    tenant, pool = Tenant(gateway.database, caller.tenant_id), gateway.rendering.reads
    page = await find_page(tenant, pool, search)
    if search.count_only and page.total is None:
        raise Invalid(
            (
                FieldProblem(
                    "_summary", "counting that many resources is too costly; search within patients"
                ),
            )
        )
    matches = [match.resource for match in page.matches]
    included = await find_included(tenant, pool, search.inclusions, matches)
    part = search.subset.of
    entries = [
        *(entry(base, part(each), "match") for each in matches),
        *(entry(base, part(each), "include") for each in included),
    ]
    return fhir_response(request, _bundle(gateway, base, search, page, entries))


def _bundle(
    gateway: Gateway, base: str, search: Search, page: Page, entries: list[dict[str, object]]
) -> dict[str, object]:
    if search.ignored:
        issues = [
            issue("not-supported", f"{name}: was passed over", severity="warning", expression=name)
            for name in search.ignored
        ]
        entries = [*entries, entry(base, operation_outcome(issues), "outcome")]
    links = [("self", search_url(base, search.type.name, search.applied, None))]
    if page.following is not None:
        links.append(("next", search_url(base, search.type.name, search.applied, page.following)))
    return searchset(gateway, links, entries, page.total)


OPERATIONS = (
    Operation(
        method="GET",
        path=FHIR_BASE + "/{resource_type}",
        handler=search_type,
        path_parameters=type_parameter(),
        permission=Permission.FHIR_READ,
        summary="Search resources of a type (FHIR R4)",
        answers={200: FHIR_JSON},
        tags=("fhir",),
    ),
    Operation(
        method="POST",
        path=FHIR_BASE + "/{resource_type}/_search",
        handler=search_type_by_form,
        body_bytes_max=FORM_BYTES_MAX,
        path_parameters=type_parameter(),
        permission=Permission.FHIR_READ,
        summary="Search resources of a type by a form (FHIR R4)",
        answers={200: FHIR_JSON},
        tags=("fhir",),
    ),
)
