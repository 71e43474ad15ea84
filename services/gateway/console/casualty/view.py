"""One casualty: the story, the vital signs, the wounds on the body, the treatments, the record's
files.
"""

from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from services.gateway.api.jobs import read_job
from services.gateway.api.patient_record import show_patient
from services.gateway.console.answer import render
from services.gateway.console.api_document import api_document
from services.gateway.console.casualty.body_map import wounds
from services.gateway.console.casualty.vital_lines import vital_lines
from services.gateway.console.page import Page
from services.gateway.http.parse import number_of
from services.gateway.http.permission import Permission
from shared.jobs.read import Job
from shared.jobs.states import TERMINAL

FILES = {
    "dd1380-pdf": "Casualty card DD 1380",
    "mist-pdf": "MIST report",
    "nine-line-pdf": "9-line MEDEVAC request",
    "fhir-bundle": "FHIR R4",
    "hl7v2": "HL7 v2",
    "ndjson": "JSON",
}


async def show_casualty(request: web.Request) -> web.Response:
    job = await read_job(request)
    record: dict[str, Any] = await api_document(show_patient, request)
    ordinal = number_of(request, "ordinal")
    return render(
        request,
        "casualty/casualty.html",
        here="exercises",
        job=job,
        record=record,
        before=ordinal - 1 if ordinal else None,
        behind=ordinal + 1 if ordinal + 1 < job.patients_persisted else None,
        wounds=wounds(record["conditions"]),
        lines=vital_lines(record),
        files=_files(job, ordinal),
    )


def _files(job: Job, ordinal: int) -> dict[str, str]:
    """Addresses of the record's files by their names; none while the job runs."""
    if job.state not in TERMINAL:
        return {}
    here = f"/console/exercises/{job.job_id}/export?"
    span = {"from_ordinal": ordinal, "to_ordinal": ordinal}
    return {title: here + urlencode({"format": name, **span}) for name, title in FILES.items()}


PAGES = (
    Page(
        method="GET",
        path="/console/exercises/{job_id}/casualties/{ordinal}",
        handler=show_casualty,
        permission=Permission.PATIENTS_READ,
    ),
)
