"""What a job made, in numbers: the sums of its parts' counts, without reading a patient."""

from aiohttp import web
from pydantic import BaseModel

from services.gateway.api.jobs import read_job
from services.gateway.api.queries import QUERIES
from services.gateway.context import GATEWAY
from services.gateway.http.answer import document_response
from services.gateway.http.operation import Operation
from services.gateway.http.permission import Permission
from shared.encoders.casualty.words import words_of
from shared.records.vocabulary import Category, Outcome, Triage

COUNTED = {"category": Category, "triage_first": Triage, "outcome": Outcome}


class SummaryDocument(BaseModel):
    """Stored patients by category, first triage and outcome; words that do not occur are left
    out.
    """

    patients: int
    category: dict[str, int]
    triage_first: dict[str, int]
    outcome: dict[str, int]


async def show_summary(request: web.Request) -> web.Response:
    job = await read_job(request)
    async with request.app[GATEWAY].database.connection() as connection:
        rows = await connection.fetch(QUERIES["summarise"], job.job_id)
    counts: dict[str, dict[str, int]] = {column: {} for column in COUNTED}
    for row in rows:
        counts[row["column_name"]][words_of(COUNTED[row["column_name"]])[int(row["number"])]] = row[
            "patients"
        ]
    return document_response(SummaryDocument(patients=sum(counts["category"].values()), **counts))


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/v1/jobs/{job_id}/summary",
        handler=show_summary,
        permission=Permission.JOBS_READ,
        summary="Count a job's stored patients",
        answers={200: SummaryDocument},
        tags=("jobs",),
    ),
)
