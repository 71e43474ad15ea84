"""How a bulk request stands: under way, ready, or forgotten."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from http import HTTPStatus

import orjson
from aiohttp import web
from pydantic import BaseModel

from services.gateway.bulk.base import BULK_BASE, request_id_of, status_url
from services.gateway.bulk.bulk_request import BulkRequest, delete, find, list_own
from services.gateway.bulk.manifest import Stretch, find_stretches, manifest
from services.gateway.context import GATEWAY
from services.gateway.fhir.answer import fhir_response
from services.gateway.fhir.media_types import FHIR_JSON, speaks_json
from services.gateway.fhir.outcomes import issue, operation_outcome
from services.gateway.http.answer import JSON, document_response
from services.gateway.http.operation import Operation
from services.gateway.http.permission import Permission
from services.gateway.identity.audit import changing
from services.gateway.identity.caller import CALLER

POLL_AFTER_S = 1


@speaks_json
async def show_status(request: web.Request) -> web.Response:
    """Answer 202 while what was being written at the kick-off may still be added, then 200 with the
    manifest.
    """
    request_id = request_id_of(request)
    async with request.app[GATEWAY].database.connection() as connection:
        found = await find(connection, request[CALLER], request_id)
        if not found.settled:
            headers = {
                "X-Progress": "waiting for patients that are being stored",
                "Retry-After": str(POLL_AFTER_S),
            }
            return web.Response(status=HTTPStatus.ACCEPTED, headers=headers)
        stretches = await find_stretches(connection, found)
    # A file for each type and twenty thousand patients: of a large tenant they are thousands.
    document = await asyncio.to_thread(_manifest, found, stretches, status_url(request, request_id))
    headers = {"Expires": format_datetime(found.expires_at, usegmt=True)}
    return web.Response(body=document, headers=headers, content_type=JSON)


def _manifest(found: BulkRequest, stretches: Sequence[Stretch], url: str) -> bytes:
    return orjson.dumps(manifest(found, stretches, url))


@speaks_json
async def delete_request(request: web.Request) -> web.Response:
    """Forget the request: its files are not served any more."""
    request_id = request_id_of(request)
    async with changing(request) as change:
        await delete(change.connection, request[CALLER], request_id)
    gone = operation_outcome(
        [issue("informational", "the export was deleted", severity="information")]
    )
    return fhir_response(request, gone, HTTPStatus.ACCEPTED)


class BulkRequestDocument(BaseModel):
    """A bulk export in short; its status is at `status_url` until `expires_at`."""

    status_url: str
    request: str
    transaction_time: datetime
    expires_at: datetime


class BulkRequestList(BaseModel):
    """The client's own bulk exports, the latest first."""

    items: list[BulkRequestDocument]


async def list_requests(request: web.Request) -> web.Response:
    """Answer with the bulk exports that the client asked for."""
    async with request.app[GATEWAY].database.connection() as connection:
        rows = await list_own(connection, request[CALLER])
    items = [
        BulkRequestDocument(
            status_url=status_url(request, row["request_id"]),
            request=row["url"],
            transaction_time=row["transaction_time"],
            expires_at=row["expires_at"],
        )
        for row in rows
    ]
    return document_response(BulkRequestList(items=items))


OPERATIONS = (
    Operation(
        method="GET",
        path=BULK_BASE,
        handler=list_requests,
        permission=Permission.FHIR_EXPORT,
        summary="List the bulk exports that this client asked for",
        answers={200: BulkRequestList},
        tags=("bulk",),
    ),
    Operation(
        method="GET",
        path=BULK_BASE + "/{request_id}",
        handler=show_status,
        permission=Permission.FHIR_EXPORT,
        summary="Ask how a bulk export stands, and for its manifest",
        answers={200: JSON, 202: None},
        tags=("bulk",),
    ),
    Operation(
        method="DELETE",
        path=BULK_BASE + "/{request_id}",
        handler=delete_request,
        permission=Permission.FHIR_EXPORT,
        summary="Cancel or forget a bulk export",
        answers={202: FHIR_JSON},
        tags=("bulk",),
    ),
)
