"""`$export` of the system, of all patients, or of a group: a job."""

from http import HTTPStatus
from uuid import UUID, uuid4

from aiohttp import web

from services.gateway.bulk.base import status_url
from services.gateway.bulk.bulk_request import begin
from services.gateway.bulk.kick_off_query import read_selection
from services.gateway.context import GATEWAY
from services.gateway.fhir.answer import fhir_response
from services.gateway.fhir.base import FHIR_BASE, base_url
from services.gateway.fhir.media_types import FHIR_JSON, speaks_json
from services.gateway.fhir.operation_parameters import BODY_BYTES_MAX, given_parameters
from services.gateway.fhir.outcomes import issue, operation_outcome
from services.gateway.fhir.patient_runs import Tenant
from services.gateway.fhir.prefer import is_lenient
from services.gateway.http.operation import Operation
from services.gateway.http.parse import SHOWN_CHARACTERS_MAX
from services.gateway.http.permission import Permission
from services.gateway.http.public_url import public_url
from services.gateway.identity.audit import changing
from services.gateway.identity.caller import CALLER
from shared.encoders.fhir.ids import parse_resource_id
from shared.errors import NotFound, TooManyRequests

RETRY_AFTER_S = 60.0


@speaks_json
async def export_all(request: web.Request) -> web.Response:
    """Accept the export of all of the tenant's patients."""
    return await _kick_off(request, None)


@speaks_json
async def export_group(request: web.Request) -> web.Response:
    """Accept the export of one job's patients. To read the Group itself is not asked for: clients
    have scopes for what they export.
    """
    group_id = request.match_info["resource_id"]
    place = parse_resource_id(group_id)
    tenant = Tenant(request.app[GATEWAY].database, request[CALLER].tenant_id)
    if (
        place is None
        or str(place.job_id) != group_id
        or await tenant.find_job(place.job_id) is None
    ):
        raise NotFound(f"there is no Group/{group_id[:SHOWN_CHARACTERS_MAX]}")
    return await _kick_off(request, place.job_id)


async def _kick_off(request: web.Request, job_id: UUID | None) -> web.Response:
    if request.method == "HEAD":
        raise web.HTTPMethodNotAllowed("HEAD", ["GET", "POST"])
    gateway, caller = request.app[GATEWAY], request[CALLER]
    selection = read_selection(
        given_parameters(request), caller, base=base_url(request), lenient=is_lenient(request)
    )
    selection.job_id = job_id
    request_id = uuid4()
    async with changing(request) as change:
        change.details["request_id"] = str(request_id)
        begun = await begin(
            change.connection,
            request_id,
            caller,
            public_url(request) + request.rel_url.raw_path_qs,
            selection,
            requests_max=gateway.config.bulk_requests_max,
            life_s=gateway.config.bulk_life_s,
        )
        if not begun:
            kept = gateway.config.bulk_requests_max
            raise TooManyRequests(
                f"{kept} bulk requests are kept already; GET /fhir/bulk lists them; delete one",
                RETRY_AFTER_S,
            )
    accepted = operation_outcome(
        [issue("informational", "the export was accepted", severity="information")]
    )
    return fhir_response(
        request,
        accepted,
        HTTPStatus.ACCEPTED,
        {"Content-Location": status_url(request, request_id)},
    )


_KICK_OFFS = (
    ("/$export", export_all, "Begin the bulk export of everything (Bulk Data Access)"),
    ("/Patient/$export", export_all, "Begin the bulk export of all patients (Bulk Data Access)"),
    (
        "/Group/{resource_id}/$export",
        export_group,
        "Begin the bulk export of a job's patients (Bulk Data Access)",
    ),
)

OPERATIONS = tuple(
    Operation(
        method=method,
        path=FHIR_BASE + path,
        handler=handler,
        permission=Permission.FHIR_EXPORT,
        body_bytes_max=BODY_BYTES_MAX if method == "POST" else None,
        summary=summary,
        answers={202: FHIR_JSON},
        tags=("bulk",),
    )
    for path, handler, summary in _KICK_OFFS
    for method in ("GET", "POST")
)
