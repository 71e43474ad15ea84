"""The console's one stream of events a tab."""

from aiohttp import web

from services.gateway.console.page import Page
from services.gateway.console.session.guard import session_of
from services.gateway.http.permission import Permission
from services.gateway.live.stream import follow


async def stream_events(request: web.Request) -> web.StreamResponse:
    return await follow(request, _session_holds)


async def _session_holds(request: web.Request) -> bool:
    return await session_of(request) is not None


PAGES = (
    Page(
        method="GET", path="/console/events", handler=stream_events, permission=Permission.JOBS_READ
    ),
)
