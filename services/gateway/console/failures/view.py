"""What went wrong in somebody's browser: the kind of the error only, for the log."""

from http import HTTPStatus

import structlog
from aiohttp import web

from services.gateway.console.page import Page
from services.gateway.console.session.guard import FORM
from services.gateway.http.permission import Permission

CHARACTERS_MAX = 40

log = structlog.get_logger(__name__)


async def take_failure(request: web.Request) -> web.Response:
    """Log which island failed with what kind of error; letters only, so no person's data."""
    fields = request[FORM]
    log.warning(
        "part of a page failed",
        island=_letters(fields.get("island", "")),
        category=_letters(fields.get("category", "")),
    )
    return web.Response(status=HTTPStatus.NO_CONTENT)


def _letters(text: str) -> str:
    return "".join(filter(str.isalpha, text))[:CHARACTERS_MAX]


PAGES = (
    Page(
        method="POST",
        path="/console/failures",
        handler=take_failure,
        permission=Permission.JOBS_READ,
    ),
)
