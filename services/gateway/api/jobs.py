"""Jobs: read one, list them, purge one."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import orjson
from aiohttp import web
from pydantic import AfterValidator, AwareDatetime, Field

from services.gateway.api.job_document import JobDocument, JobPage, job_document
from services.gateway.context import GATEWAY
from services.gateway.http.answer import JSON, document_response, json_response
from services.gateway.http.operation import Operation
from services.gateway.http.paging import page_limit
from services.gateway.http.parse import Parameters, job_id_of, read_query
from services.gateway.http.permission import Permission
from services.gateway.identity.audit import changing
from services.gateway.identity.caller import CALLER
from shared.jobs.actions import purge
from shared.jobs.read import Job, JobFilter, get_job, list_jobs
from shared.jobs.states import JobState, Priority

YEAR_MIN, YEAR_MAX = 1970, 9998  # what a job id's time can hold, away from the calendar's edge


def _in_job_ids_time(moment: datetime) -> datetime:
    if not YEAR_MIN < moment.year < YEAR_MAX:
        raise ValueError(f"must lie after the year {YEAR_MIN} and before {YEAR_MAX}")
    return moment.astimezone(UTC)


Moment = Annotated[AwareDatetime, AfterValidator(_in_job_ids_time)]


class JobQuery(Parameters):
    """Which jobs to list. Times are RFC 3339 with an offset; `created_to` is exclusive."""

    state: JobState | None = None
    priority: Priority | None = None
    created_from: Moment | None = None
    created_to: Moment | None = None
    after: Annotated[UUID | None, Field(description="`next` of the page before")] = None
    limit: Annotated[int, Field(ge=1, description="Items at most")] = 100


async def read_job(request: web.Request) -> Job:
    """Read the job of the path. Raises NotFound when it does not exist or is another tenant's."""
    job_id = job_id_of(request)
    async with request.app[GATEWAY].database.connection() as connection:
        return await get_job(connection, request[CALLER].tenant_id, job_id)


async def show_job(request: web.Request) -> web.Response:
    job = await read_job(request)
    return document_response(job_document(job, request.app[GATEWAY].clock.now()))


async def show_scenario(request: web.Request) -> web.Response:
    return json_response(orjson.dumps((await read_job(request)).scenario))


async def show_jobs(request: web.Request) -> web.Response:
    gateway = request.app[GATEWAY]
    query = read_query(request, JobQuery)
    limit = page_limit(query.limit, gateway.config)
    async with gateway.database.connection() as connection:
        jobs = await list_jobs(
            connection,
            request[CALLER].tenant_id,
            _filter(query),
            before=query.after,
            limit=limit + 1,
        )
    now = gateway.clock.now()
    items = [job_document(job, now) for job in jobs[:limit]]
    return document_response(
        JobPage(items=items, next=str(items[-1].id) if len(jobs) > limit else None)
    )


async def delete_job(request: web.Request) -> web.Response:
    job_id = job_id_of(request)
    async with changing(request) as change:
        await purge(change.connection, request[CALLER].tenant_id, job_id)
    return web.Response(status=204)


def _filter(query: JobQuery) -> JobFilter:
    return JobFilter(
        states=None if query.state is None else (query.state,),
        priorities=None if query.priority is None else (query.priority,),
        created_from=query.created_from,
        created_to=query.created_to,
    )


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/v1/jobs",
        handler=show_jobs,
        permission=Permission.JOBS_READ,
        summary="List jobs, newest first",
        query=JobQuery,
        answers={200: JobPage},
        tags=("jobs",),
    ),
    Operation(
        method="GET",
        path="/api/v1/jobs/{job_id}",
        handler=show_job,
        permission=Permission.JOBS_READ,
        summary="Read a job",
        answers={200: JobDocument},
        tags=("jobs",),
    ),
    Operation(
        method="DELETE",
        path="/api/v1/jobs/{job_id}",
        handler=delete_job,
        permission=Permission.JOBS_DELETE,
        summary="Purge a job that has ended, with all its patients",
        answers={204: None},
        tags=("jobs",),
    ),
    Operation(
        method="GET",
        path="/api/v1/jobs/{job_id}/scenario",
        handler=show_scenario,
        permission=Permission.JOBS_READ,
        summary="Read the scenario that a job runs",
        answers={200: JSON},
        tags=("jobs",),
    ),
)
