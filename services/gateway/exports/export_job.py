"""A job's patients as one file, streamed."""

import asyncio
from contextlib import aclosing
from http import HTTPStatus

import structlog
from aiohttp import web

from services.gateway.api.jobs import read_job
from services.gateway.context import GATEWAY
from services.gateway.exports.content_coding import COMPRESSORS, Compressor, choose_coding
from services.gateway.exports.parts import count_stored
from services.gateway.exports.render_pool import RENDER_POOL
from services.gateway.exports.rendered_slices import rendered_slices
from services.gateway.exports.validators import IDENTITY, check_if_match, entity_tag, is_unchanged
from services.gateway.exports.wanted import ExportQuery, Wanted, wanted_of
from services.gateway.operation import Operation
from services.gateway.parse import read_query
from shared.encoders.assembly import Assembly
from shared.errors import Conflict, LazaretError
from shared.jobs.read import Job
from shared.jobs.states import TERMINAL_STATES
from shared.telemetry import names
from shared.telemetry.instruments import counter
from shared.telemetry.names import Attribute

WRITE_BYTES = 256 * 1024  # bytes handed to the connection at once; each must be taken within `write_timeout_s`

log = structlog.get_logger(__name__)
_exported = counter(names.EXPORTED_BYTES)


async def export_job(request: web.Request) -> web.StreamResponse:
    query = read_query(request, ExportQuery)
    job = await read_job(request)
    if job.state not in TERMINAL_STATES:
        raise Conflict(f"the job is {job.state}; it can be exported when it has ended")
    wanted = wanted_of(query, job)
    coding = choose_coding(request.headers.get("Accept-Encoding"), compressible=wanted.format.compressible)
    tag = entity_tag(job, wanted, coding)
    check_if_match(request.headers.get("If-Match"), tag)
    if is_unchanged(request.headers.get("If-None-Match"), tag):
        return web.Response(status=HTTPStatus.NOT_MODIFIED, headers={"ETag": tag, **_CACHING})
    return await _answer(request, job, wanted, coding, tag)


_CACHING = {"Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}


async def _answer(request: web.Request, job: Job, wanted: Wanted, coding: str, tag: str) -> web.StreamResponse:
    patients = await count_stored(request.app[GATEWAY].database, job.job_id, wanted.first, wanted.last)
    headers = {
        "Content-Type": wanted.format.media_type,
        "Content-Disposition": f'attachment; filename="{wanted.file_name}"',
        "ETag": tag,
        "X-Lazaret-Patients": str(patients),
        "X-Lazaret-State": job.state,
        **_CACHING,
    }
    if coding != IDENTITY:
        headers["Content-Encoding"] = coding
    response = web.StreamResponse(headers=headers)
    if request.method == "HEAD":
        await response.prepare(request)
        return response
    pool = request.app[RENDER_POOL]
    pool.enter()
    try:
        await _send(request, response, job, wanted, _Encoding(wanted.format.assembly(), coding), patients)
    finally:
        pool.leave()
    return response
