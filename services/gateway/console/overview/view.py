"""What runs, what waits, what failed, and whether everything that is needed answers: one screen
that keeps itself up to date.
"""

from datetime import timedelta
from typing import Any

from aiohttp import web

from services.gateway.api.job_document import JobDocument, job_document
from services.gateway.console.answer import render
from services.gateway.console.page import Page
from services.gateway.context import GATEWAY
from services.gateway.http.permission import Permission
from services.gateway.identity.caller import CALLER
from shared.jobs.read import JobFilter, list_jobs
from shared.jobs.states import JobState

ACTIVE = (JobState.QUEUED, JobState.RUNNING, JobState.PAUSED)
SHOWN_MAX = 100
ENDED_SHOWN_MAX = 5
FAILED_WITHIN = timedelta(days=7)


async def show_overview(request: web.Request) -> web.Response:
    return render(request, "overview/overview.html", here="overview", **await _now(request))


async def show_now(request: web.Request) -> web.Response:
    """Answer with the part of the page that changes."""
    return render(request, "overview/now.html", **await _now(request))


async def _now(request: web.Request) -> dict[str, Any]:
    gateway = request.app[GATEWAY]
    now, tenant_id = gateway.clock.now(), request[CALLER].tenant_id
    async with gateway.database.connection() as connection:
        active = await list_jobs(connection, tenant_id, JobFilter(states=ACTIVE), limit=SHOWN_MAX)
        failed = JobFilter(states=(JobState.FAILED,), created_from=now - FAILED_WITHIN)
        broken = await list_jobs(connection, tenant_id, failed, limit=ENDED_SHOWN_MAX)
        ended = await list_jobs(
            connection, tenant_id, JobFilter(states=(JobState.SUCCEEDED,)), limit=ENDED_SHOWN_MAX
        )
    documents = [job_document(job, now) for job in active]
    waiting = [job for job in documents if job.state is JobState.QUEUED]
    return {
        "active": documents,
        "running": [job for job in documents if job.state is JobState.RUNNING],
        "waiting": waiting,
        "failed": [job_document(job, now) for job in broken],
        "ended": [job_document(job, now) for job in ended],
        "rate": _rate(documents),
        "left": sum(job.patients.requested - job.patients.persisted for job in documents),
        "oldest_s": max(((now - job.created_at).total_seconds() for job in waiting), default=None),
        "health": await gateway.readiness.report(),
    }


def _rate(jobs: list[JobDocument]) -> float:
    return sum(job.patients_per_second or 0.0 for job in jobs if job.state is JobState.RUNNING)


PAGES = (
    Page(method="GET", path="/console", handler=show_overview, permission=Permission.JOBS_READ),
    Page(method="GET", path="/console/now", handler=show_now, permission=Permission.JOBS_READ),
)
