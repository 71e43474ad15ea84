"""Every exercise of the tenant, newest first, a page at a time."""

from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from services.gateway.api.jobs import show_jobs
from services.gateway.console.answer import render
from services.gateway.console.api_document import api_document
from services.gateway.console.page import Page
from services.gateway.http.permission import Permission
from shared.jobs.states import JobState


async def show_exercises(request: web.Request) -> web.Response:
    """Answer with a page of the list; the query is the API's, and an empty field of the form is no
    filter.
    """
    given = {name: value for name, value in request.query.items() if value}
    asked = request.clone(rel_url=request.rel_url.with_query(given))
    page: dict[str, Any] = await api_document(show_jobs, asked)
    following = None if page["next"] is None else urlencode({**given, "after": page["next"]})
    return render(
        request,
        "exercises/exercises.html",
        here="exercises",
        jobs=page["items"],
        following=following,
        chosen=given.get("state", ""),
        states=list(JobState),
        is_first="after" not in given,
    )


PAGES = (
    Page(
        method="GET",
        path="/console/exercises",
        handler=show_exercises,
        permission=Permission.JOBS_READ,
    ),
)
