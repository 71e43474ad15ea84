"""The casualties of an exercise as a table: filters as in the API, a page at a time by ordinal."""

from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from services.gateway.api.jobs import read_job
from services.gateway.api.patient_row import PatientQuery
from services.gateway.api.patients import show_patients
from services.gateway.api.words import mechanism_names, nation_codes
from services.gateway.console.answer import render, see_other
from services.gateway.console.api_document import api_document
from services.gateway.console.page import Page
from services.gateway.http.permission import Permission
from shared.encoders.casualty.words import words_of
from shared.records.vocabulary import Branch, Category, Outcome, Role, Sex, Triage

PLACE = "/console/exercises/{job_id}/casualties"
CHOICES: dict[str, tuple[str, Any]] = {
    "triage_first": ("First triage", Triage),
    "outcome": ("Outcome", Outcome),
    "category": ("Category", Category),
    "role_last": ("Last role", Role),
    "branch": ("Branch", Branch),
    "sex": ("Sex", Sex),
}
ROWS = "50"


async def show_casualties(request: web.Request) -> web.Response:
    """Answer with a page of rows; the query is the API's, and an empty field is no filter."""
    given = {name: value for name, value in request.query.items() if value}
    job = await read_job(request)
    if ordinal := given.pop("go", ""):
        return see_other(f"{request.path}/{ordinal.strip()}")
    asked = request.clone(rel_url=request.rel_url.with_query({"limit": ROWS, **given}))
    page = await api_document(show_patients, asked)
    following = None if page["next"] is None else urlencode({**given, "after": page["next"]})
    filters = {name: value for name, value in given.items() if name not in {"after", "limit"}}
    return render(
        request,
        "casualties/casualties.html",
        here="exercises",
        job=job,
        rows=page["items"],
        following=following,
        first=urlencode(filters),
        is_first="after" not in given,
        chosen=filters,
        choices=_choices(),
    )


def _choices() -> dict[str, tuple[str, list[str]]]:
    """What can be filtered by: the label of each field and its words."""
    listed = {
        name: (label, list(words_of(kind).values())) for name, (label, kind) in CHOICES.items()
    }
    named = {
        "mechanism": ("Mechanism", sorted(mechanism_names().values())),
        "nation": ("Nation", sorted(nation_codes().values())),
    }
    return {
        name: each
        for name, each in {**listed, **named}.items()
        if name in PatientQuery.model_fields
    }


PAGES = (
    Page(method="GET", path=PLACE, handler=show_casualties, permission=Permission.PATIENTS_READ),
)
