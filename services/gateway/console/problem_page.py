"""Errors under /console as pages: what happened, what it means, what to try."""

from collections.abc import Mapping
from typing import NamedTuple

import orjson
from aiohttp import web

from services.gateway.console.answer import render
from services.gateway.http.problems import PROBLEM_TYPE, Handler

ROOT = "/console"


class Advice(NamedTuple):
    """What a status means for a person, and what to try."""

    meaning: str
    remedy: str


ADVICE: Mapping[int, Advice] = {
    400: Advice(
        "Something in the request is not as it must be.",
        "Correct what is named below and send it again.",
    ),
    403: Advice(
        "You are signed in, but this is not allowed to you.",
        "Ask an administrator for a key that may.",
    ),
    404: Advice(
        "It was deleted, belongs to another tenant, or the address is wrong.",
        "Go back to the list of exercises.",
    ),
    409: Advice(
        "The exercise has moved on since the page was loaded.",
        "Load the page again and look at its state.",
    ),
    413: Advice(
        "What was sent is too large.", "Send less, or have the administrator raise the limit."
    ),
    422: Advice(
        "The same form was sent before with other contents.",
        "Load the page again and send it anew.",
    ),
    429: Advice("Too much is under way at once.", "Wait a moment and try again."),
    503: Advice(
        "A part of the system is away; nothing is lost.",
        "It is tried again by itself. Load the page again in a moment.",
    ),
}
UNEXPECTED = Advice(
    "This is a defect of the program.",
    "Tell the operator the trace below; the log has the details under it.",
)


@web.middleware
async def answer_pages(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Say as a page what the layers below say as a problem document; status and headers stay."""
    response = await handler(request)
    if (
        not _is_page(request)
        or response.content_type != PROBLEM_TYPE
        or not isinstance(response, web.Response)
    ):
        return response
    problem = {"errors": (), "trace_id": ""}
    problem |= orjson.loads(bytes(response.body or b""))  # type: ignore[arg-type]  # a problem's body is bytes
    advice = ADVICE.get(response.status, UNEXPECTED)
    page = render(request, "layout/problem.html", response.status, problem=problem, advice=advice)
    for name in ("Allow", "Retry-After"):
        if name in response.headers:
            page.headers[name] = response.headers[name]
    return page


def _is_page(request: web.Request) -> bool:
    inside = request.path == ROOT or request.path.startswith(f"{ROOT}/")
    return inside and "text/html" in request.headers.get("Accept", "")
