"""What a person may do to an exercise: each is a form, and goes through the API's own act."""

from aiohttp import web

from services.gateway.api import job_actions
from services.gateway.api.jobs import delete_job
from services.gateway.console.answer import see_other
from services.gateway.console.page import Page
from services.gateway.http.operation import Operation
from services.gateway.http.permission import Permission
from services.gateway.http.problems import Handler

LIST = "/console/exercises"


def _act(operation: Operation) -> Handler:
    """Do it, and show the exercise as it then is."""

    async def act(request: web.Request) -> web.StreamResponse:
        await operation.handler(request)
        return see_other(f"{LIST}/{request.match_info['job_id']}")

    return act


async def delete(request: web.Request) -> web.Response:
    await delete_job(request)
    return see_other(LIST)


PAGES = (
    *(
        Page(
            method="POST",
            path=f"{LIST}/{{job_id}}/{operation.path.rpartition('/')[2]}",
            handler=_act(operation),
            permission=operation.permission,
        )
        for operation in job_actions.OPERATIONS
    ),
    Page(
        method="POST",
        path=f"{LIST}/{{job_id}}/delete",
        handler=delete,
        permission=Permission.JOBS_DELETE,
    ),
)
