"""The files of an export, rendered while they are sent."""

from uuid import UUID

import orjson
from aiohttp import web

from services.gateway.bulk.base import BULK_BASE, request_id_of
from services.gateway.bulk.bulk_request import BulkRequest, find
from services.gateway.bulk.file_name import IGNORED_FILE, FileName, read_file_name
from services.gateway.bulk.type_filter import keep_of
from services.gateway.context import GATEWAY
from services.gateway.exports.rendered_slices import rendered_slices
from services.gateway.exports.sending import Download, OutgoingFile
from services.gateway.exports.wanted import Wanted
from services.gateway.fhir.base import base_url
from services.gateway.fhir.media_types import FHIR_NDJSON
from services.gateway.fhir.outcomes import issue, operation_outcome
from services.gateway.fhir.patient_runs import RESOURCES_FORMAT
from services.gateway.http.content_coding import IDENTITY, choose_coding
from services.gateway.http.operation import Operation
from services.gateway.http.parse import SHOWN_CHARACTERS_MAX
from services.gateway.http.permission import Permission
from services.gateway.identity.caller import CALLER
from services.gateway.identity.scopes import READ
from services.gateway.rendering.parts import count_stored
from shared.encoders.formats import FORMATS
from shared.errors import NotFound
from shared.jobs.read import Job, get_job


async def send_file(request: web.Request) -> web.StreamResponse:
    """Send a file of the manifest as NDJSON."""
    async with request.app[GATEWAY].database.connection() as connection:
        found = await find(connection, request[CALLER], request_id_of(request))
    if request.match_info["file_name"] == IGNORED_FILE and found.ignored:
        return _ignored(found)
    name = _checked_name(request, found)
    request[CALLER].require_scope(name.resource_type, READ)
    return await _send(request, found, name)


def _ignored(found: BulkRequest) -> web.Response:
    outcomes = (
        operation_outcome([issue("not-supported", each, severity="warning")])
        for each in found.ignored
    )
    return web.Response(
        body=b"".join(orjson.dumps(each) + b"\n" for each in outcomes), content_type=FHIR_NDJSON
    )


def _checked_name(request: web.Request, found: BulkRequest) -> FileName:
    text = request.match_info["file_name"]
    name = read_file_name(text)
    if (
        name is None
        or name.resource_type not in found.types
        or found.job_id not in {None, name.job_id}
    ):
        raise NotFound(f"the export has no file {text[:SHOWN_CHARACTERS_MAX]!r}")
    return name


async def _send(request: web.Request, found: BulkRequest, name: FileName) -> web.StreamResponse:
    database, rendering = request.app[GATEWAY].database, request.app[GATEWAY].rendering
    job = await _job(request, found.tenant_id, name.job_id)
    patients = await count_stored(database, job.job_id, name.first, name.last, found.written)
    keep = keep_of(name.resource_type, found.type_filters, base_url(request))
    wanted = Wanted(
        RESOURCES_FORMAT,
        FORMATS[RESOURCES_FORMAT],
        name.resource_type,
        name.first,
        name.last,
        keep=keep,
    )
    coding = choose_coding(request.headers.get("Accept-Encoding"), compressible=True)
    response = web.StreamResponse(headers=_headers(coding))
    if request.method == "HEAD":
        return response
    with rendering.downloads.one(request[CALLER].tenant_id):
        slices = rendered_slices(rendering.exports, database, job, wanted, found.written)
        await Download(request, response, RESOURCES_FORMAT).send(
            slices, OutgoingFile(wanted.format.assembly(), coding), patients
        )
    return response


async def _job(request: web.Request, tenant_id: UUID, job_id: UUID) -> Job:
    async with request.app[GATEWAY].database.connection() as connection:
        return await get_job(connection, tenant_id, job_id)


def _headers(coding: str) -> dict[str, str]:
    headers = {"Content-Type": FHIR_NDJSON, "Vary": "Accept-Encoding"}
    return headers if coding == IDENTITY else {**headers, "Content-Encoding": coding}


OPERATIONS = (
    Operation(
        method="GET",
        path=BULK_BASE + "/{request_id}/{file_name}",
        handler=send_file,
        permission=Permission.FHIR_EXPORT,
        summary="Download a file of a bulk export",
        answers={200: FHIR_NDJSON},
        tags=("bulk",),
    ),
)
