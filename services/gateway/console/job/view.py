"""One exercise: how far it is, what came out, and its files."""

from http import HTTPStatus
from typing import Any

from aiohttp import web

from services.gateway.api.job_document import JobDocument, job_document
from services.gateway.api.jobs import read_job
from services.gateway.api.summary import show_summary
from services.gateway.api.validity import show_validity
from services.gateway.console.answer import render
from services.gateway.console.api_document import api_document
from services.gateway.console.job.downloads import downloads
from services.gateway.console.layout.chain_map import chain_map
from services.gateway.console.layout.figures import words
from services.gateway.console.page import Page
from services.gateway.context import GATEWAY
from services.gateway.exports.export_job import export_job
from services.gateway.http.permission import Permission
from shared.jobs.read import Job
from shared.jobs.states import TERMINAL, JobState

TRIAGE = (
    ("T1", "T1, immediate", "t1"),
    ("T2", "T2, urgent", "t2"),
    ("T3", "T3, minor", "t3"),
    ("T4", "T4, expectant", "t4"),
    ("dead", "Dead when found", "dead"),
)
OUTCOMES = {
    "returned_to_duty": "Returned to duty",
    "in_care": "Still in care",
    "evacuated": "Evacuated from the theatre",
    "kia": "Killed in action",
    "dow": "Died of wounds",
    "died_non_battle": "Died of illness or accident",
}
Rows = list[tuple[str, int, str]]


async def show_job_page(request: web.Request) -> web.Response:
    job = await read_job(request)
    return render(request, "job/job.html", here="exercises", **await _shown(request, job))


async def show_progress(request: web.Request) -> web.Response:
    """Answer with the part of the page that changes while the job runs."""
    job = await read_job(request)
    return render(request, "job/progress.html", **await _shown(request, job))


async def _shown(request: web.Request, job: Job) -> dict[str, Any]:
    gateway = request.app[GATEWAY]
    document = job_document(job, gateway.clock.now())
    has_patients = job.patients_persisted > 0
    return {
        "job": document,
        "scenario": job.scenario,
        "plan": chain_map(job.scenario),
        "chains": -(-job.patients_requested // job.sector_patients),
        "ended": job.state in TERMINAL,
        "running": job.state in {JobState.QUEUED, JobState.RUNNING},
        "eta_s": _eta_s(document),
        "summary": _charts(await api_document(show_summary, request)) if has_patients else None,
        "downloads": downloads(document) if job.state in TERMINAL and has_patients else (),
    }


def _charts(summary: dict[str, Any]) -> dict[str, Any]:
    """What is drawn: a label, a number and a class of colour for each bar."""
    triage, outcome, category = summary["triage_first"], summary["outcome"], summary["category"]
    charts: dict[str, Rows] = {
        "First triage": [(label, triage.get(word, 0), kind) for word, label, kind in TRIAGE],
        "Outcome": [(label, outcome.get(word, 0), "") for word, label in OUTCOMES.items()],
        "Category": [(words(word), count, "") for word, count in category.items()],
    }
    return {"patients": summary["patients"], "charts": charts}


def _eta_s(job: JobDocument) -> float | None:
    """Seconds to the end at the present speed."""
    if job.state is not JobState.RUNNING or not job.patients_per_second:
        return None
    return (job.patients.requested - job.patients.persisted) / job.patients_per_second


async def show_validity_part(request: web.Request) -> web.Response:
    """Answer with the validity report in words; with nothing while the job runs."""
    job = await read_job(request)
    if job.state not in TERMINAL or not job.patients_persisted:
        return web.Response(status=HTTPStatus.NO_CONTENT)
    return render(request, "job/validity.html", report=await api_document(show_validity, request))


PAGES = (
    Page(
        method="GET",
        path="/console/exercises/{job_id}/validity",
        handler=show_validity_part,
        permission=Permission.JOBS_READ,
    ),
    Page(
        method="GET",
        path="/console/exercises/{job_id}",
        handler=show_job_page,
        permission=Permission.JOBS_READ,
    ),
    Page(
        method="GET",
        path="/console/exercises/{job_id}/progress",
        handler=show_progress,
        permission=Permission.JOBS_READ,
    ),
    Page(
        method="GET",
        path="/console/exercises/{job_id}/export",
        handler=export_job,
        permission=Permission.PATIENTS_EXPORT,
    ),
)
