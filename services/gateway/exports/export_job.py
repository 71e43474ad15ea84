"""A job's patients as one file, streamed."""

from http import HTTPStatus

from aiohttp import web

from services.gateway.api.jobs import read_job
from services.gateway.context import GATEWAY
from services.gateway.exports.entity_tag import entity_tag
from services.gateway.exports.rendered_slices import rendered_slices
from services.gateway.exports.sending import Download, OutgoingFile
from services.gateway.exports.wanted import ExportQuery, Wanted, wanted_of
from services.gateway.http.conditions import check_if_match, is_unchanged
from services.gateway.http.content_coding import IDENTITY, choose_coding
from services.gateway.http.operation import Operation
from services.gateway.http.parse import read_query
from services.gateway.http.permission import Permission
from services.gateway.identity.caller import CALLER
from services.gateway.rendering.parts import count_stored
from shared.errors import Conflict
from shared.jobs.read import Job
from shared.jobs.states import TERMINAL

_CACHING = {"Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}


async def export_job(request: web.Request) -> web.StreamResponse:
    query = read_query(request, ExportQuery)
    job = await read_job(request)
    if job.state not in TERMINAL:
        raise Conflict(f"the job is {job.state}; it can be exported when it has ended")
    wanted = wanted_of(query, job)
    coding = choose_coding(
        request.headers.get("Accept-Encoding"), compressible=wanted.format.compressible
    )
    tag = entity_tag(job, wanted, coding)
    check_if_match(request.headers.get("If-Match"), tag, "the export")
    if is_unchanged(request.headers.get("If-None-Match"), tag):
        return web.Response(status=HTTPStatus.NOT_MODIFIED, headers={"ETag": tag, **_CACHING})
    patients = await count_stored(
        request.app[GATEWAY].database, job.job_id, wanted.first, wanted.last
    )
    response = web.StreamResponse(headers=_headers(job, wanted, coding, tag, patients))
    if request.method != "HEAD":
        await _send(
            request, response, job, wanted, OutgoingFile(wanted.format.assembly(), coding), patients
        )
    return response


def _headers(job: Job, wanted: Wanted, coding: str, tag: str, patients: int) -> dict[str, str]:
    headers = {
        "Content-Type": wanted.format.media_type,
        "Content-Disposition": f'attachment; filename="{wanted.file_name}"',
        "ETag": tag,
        "X-Lazaret-Patients": str(patients),
        "X-Lazaret-State": job.state,
        **_CACHING,
    }
    return headers if coding == IDENTITY else {**headers, "Content-Encoding": coding}


async def _send(
    request: web.Request,
    response: web.StreamResponse,
    job: Job,
    wanted: Wanted,
    file: OutgoingFile,
    patients: int,
) -> None:
    gateway = request.app[GATEWAY]
    with gateway.rendering.downloads.one(request[CALLER].tenant_id):
        slices = rendered_slices(gateway.rendering.exports, gateway.database, job, wanted)
        await Download(request, response, wanted.name).send(slices, file, patients)


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/v1/jobs/{job_id}/export",
        handler=export_job,
        permission=Permission.PATIENTS_EXPORT,
        summary="Download a job's patients in a format",
        query=ExportQuery,
        answers={200: "application/octet-stream", 304: None},
        tags=("patients",),
    ),
)
