"""One evacuation chain played over time: where casualties are, what is full, where it hurts."""

from typing import Any

import orjson
from aiohttp import web

from services.gateway.api.jobs import read_job
from services.gateway.api.movements import show_movements
from services.gateway.api.sectors import show_sector
from services.gateway.console.answer import render
from services.gateway.console.api_document import api_document
from services.gateway.console.page import Page
from services.gateway.console.sector.pains import pains
from services.gateway.http.parse import number_of
from services.gateway.http.permission import Permission

PLACE = "/console/exercises/{job_id}/sectors/{sector}"


async def show_sector_page(request: web.Request) -> web.Response:
    job = await read_job(request)
    sector: dict[str, Any] = await api_document(show_sector, request)
    last = (job.patients_requested - 1) // job.sector_patients
    number = number_of(request, "sector")
    return render(
        request,
        "sector/sector.html",
        here="exercises",
        job=job,
        sector=sector,
        number=number,
        before=number - 1 if number else None,
        behind=number + 1 if number < last else None,
        last=last,
        pains=pains(sector, job.scenario["starts_at"]),
        scene=orjson.dumps(_scene(job.scenario)).decode(),
    )


def _scene(scenario: dict[str, Any]) -> dict[str, Any]:
    """What the map draws."""
    names = ("name", "role", "latitude_deg", "longitude_deg", "beds")
    return {
        "starts_at": scenario["starts_at"],
        "fronts": scenario["fronts"],
        "facilities": [{name: each[name] for name in names} for each in scenario["facilities"]],
    }


PAGES = (
    Page(method="GET", path=PLACE, handler=show_sector_page, permission=Permission.PATIENTS_READ),
    Page(
        method="GET",
        path=f"{PLACE}/document",
        handler=show_sector,
        permission=Permission.PATIENTS_READ,
    ),
    Page(
        method="GET",
        path=f"{PLACE}/movements",
        handler=show_movements,
        permission=Permission.PATIENTS_READ,
    ),
)
