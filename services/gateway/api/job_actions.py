"""What can be done to a job: each is a POST without a body, answered with the job as it then is."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from aiohttp import web

from services.gateway.api.job_document import JobDocument, job_document
from services.gateway.context import GATEWAY
from services.gateway.http.answer import document_response
from services.gateway.http.operation import Operation
from services.gateway.http.parse import job_id_of
from services.gateway.http.permission import Permission
from services.gateway.http.problems import Handler
from services.gateway.identity.audit import changing
from services.gateway.identity.caller import CALLER
from shared.db.pool import Connection
from shared.jobs.actions import cancel, pause, redrive, resume
from shared.jobs.read import Job

Action = Callable[[Connection, UUID, UUID], Awaitable[Job]]


def _handler(action: Action) -> Handler:
    async def act(request: web.Request) -> web.Response:
        gateway = request.app[GATEWAY]
        job_id = job_id_of(request)
        async with changing(request) as change:
            job = await action(change.connection, request[CALLER].tenant_id, job_id)
        return document_response(job_document(job, gateway.clock.now()))

    return act


def _operation(word: str, action: Action, summary: str) -> Operation:
    return Operation(
        method="POST",
        path=f"/api/v1/jobs/{{job_id}}/{word}",
        handler=_handler(action),
        permission=Permission.JOBS_CONTROL,
        summary=summary,
        answers={200: JobDocument},
        tags=("jobs",),
    )


OPERATIONS = (
    _operation("cancel", cancel, "Stop a job: from the answer on nothing more of it is stored"),
    _operation("pause", pause, "Start no more of a job until it is resumed"),
    _operation("resume", resume, "Go on with a paused job"),
    _operation("redrive", redrive, "Run a failed job's dead batches again"),
)
