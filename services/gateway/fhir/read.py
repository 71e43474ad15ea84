"""The read interaction."""

from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from aiohttp import web

from services.gateway.context import GATEWAY
from services.gateway.fhir.answer import fhir_response
from services.gateway.fhir.base import FHIR_BASE
from services.gateway.fhir.media_types import FHIR_JSON, speaks_json
from services.gateway.fhir.page import find_by_id
from services.gateway.fhir.patient_runs import Tenant
from services.gateway.fhir.resource_types import type_of, type_parameter
from services.gateway.fhir.subset import read_subset
from services.gateway.http.conditions import is_unchanged
from services.gateway.http.operation import Operation
from services.gateway.http.parse import SHOWN_CHARACTERS_MAX
from services.gateway.http.permission import Permission
from services.gateway.identity.caller import CALLER
from services.gateway.identity.scopes import READ
from shared.encoders.fhir.ndjson import ENCODER_VERSION
from shared.errors import NotFound

# Stored patients never change; what is made of them changes with the encoder.
ETAG = f'"{ENCODER_VERSION}"'
_VERSION = {"type": "string", "description": "What stands in the ETag of a read"}


@speaks_json
async def read_resource(request: web.Request) -> web.Response:
    """Answer with a resource, or with 304 when the client has it already."""
    return await _read(request)


async def _read(request: web.Request) -> web.Response:
    subset = read_subset(type_of(request).name, request.query.items())
    resource = await find_resource(request, subset.resource_type)
    written_at = datetime.fromisoformat(resource["meta"]["lastUpdated"])
    headers = {
        "ETag": f"W/{ETAG}",
        "Last-Modified": format_datetime(written_at.astimezone(UTC), usegmt=True),
    }
    if _has_it(request, written_at):
        return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    return fhir_response(request, subset.of(resource), headers=headers)


@speaks_json
async def read_version(request: web.Request) -> web.Response:
    """Answer with the one version that a stored resource has. Raises NotFound for others."""
    if request.match_info["version_id"] != str(ENCODER_VERSION):
        raise NotFound(f"there is no other version than {ENCODER_VERSION}")
    return await _read(request)


async def find_resource(request: web.Request, resource_type: str) -> dict[str, Any]:
    """Find the resource of the path. Raises Forbidden, and NotFound when there is none of the
    tenant's.
    """
    caller = request[CALLER]
    caller.require_scope(resource_type, READ)
    resource_id = request.match_info["resource_id"]
    gateway = request.app[GATEWAY]
    tenant = Tenant(gateway.database, caller.tenant_id)
    found = await find_by_id(
        tenant, gateway.rendering.reads, resource_type, frozenset({resource_id})
    )
    if not found:
        raise NotFound(f"there is no {resource_type}/{resource_id[:SHOWN_CHARACTERS_MAX]}")
    return found[0]


def _has_it(request: web.Request, written_at: datetime) -> bool:
    if (tags := request.headers.get("If-None-Match")) is not None:
        return is_unchanged(tags, ETAG)
    try:
        since = parsedate_to_datetime(request.headers.get("If-Modified-Since", ""))
    except (ValueError, OverflowError):  # a year may have any number of digits
        return False
    return written_at.replace(microsecond=0) <= (
        since if since.tzinfo else since.replace(tzinfo=UTC)
    )


OPERATIONS = (
    Operation(
        method="GET",
        path=FHIR_BASE + "/{resource_type}/{resource_id}",
        handler=read_resource,
        path_parameters=type_parameter(),
        permission=Permission.FHIR_READ,
        summary="Read a resource (FHIR R4)",
        answers={200: FHIR_JSON, 304: None},
        tags=("fhir",),
    ),
    Operation(
        method="GET",
        path=FHIR_BASE + "/{resource_type}/{resource_id}/_history/{version_id}",
        handler=read_version,
        path_parameters={**type_parameter(), "version_id": _VERSION},
        permission=Permission.FHIR_READ,
        summary="Read a version of a resource: there is one (FHIR R4)",
        answers={200: FHIR_JSON, 304: None},
        tags=("fhir",),
    ),
)
