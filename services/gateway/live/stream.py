"""Server-sent events: how the caller's jobs move, as it happens.

`job` carries a job's newest standing; its id is the position of the stored event, and a client that
comes again with `Last-Event-ID` is told what it missed. `feed` says where the news come from:
`broker` at once, `polling` a moment later.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel

from services.gateway.api.job_document import PatientCounts
from services.gateway.context import GATEWAY
from services.gateway.http.client_address import address_of
from services.gateway.http.operation import Operation
from services.gateway.http.permission import Permission
from services.gateway.http.problems import Unauthenticated
from services.gateway.identity.caller import CALLER
from services.gateway.identity.identify import DOORKEEPER, presented
from services.gateway.live.feed import FEED
from shared.jobs.news import JobNews, Position
from shared.jobs.states import JobState

EVENT_STREAM = "text/event-stream"
HEARTBEAT_S = 5.0  # how soon a revoked key is noticed, and a connection that is gone
RETRY_MS = 2_000

StillAllowed = Callable[[web.Request], Awaitable[bool]]


class JobEvent(BaseModel):
    """How a job stands."""

    id: UUID
    state: JobState
    patients: PatientCounts


class FeedEvent(BaseModel):
    """Where the news come from."""

    source: Literal["broker", "polling"]


async def stream_events(request: web.Request) -> web.StreamResponse:
    """Follow the caller's jobs until the client goes, the key is revoked, or the process drains."""
    return await follow(request, _key_holds)


async def follow(request: web.Request, still_allowed: StillAllowed) -> web.StreamResponse:
    """Stream events as long as `still_allowed` says so, which is asked every few seconds."""
    feed = request.app[FEED]
    behind = Position.read(request.headers.get("Last-Event-ID", ""))
    with feed.subscription(request[CALLER].tenant_id) as followed:
        missed = () if behind is None else await feed.missed(followed.tenant_id, behind)
        stream = _Stream(request)
        await stream.open()
        for news in missed:
            followed.offer(news)
        source = None
        while not followed.ended and await still_allowed(request):
            if source != (now := await feed.source()):
                source = now
                await stream.send("feed", FeedEvent(source=source))
            waiting, last = await followed.take(HEARTBEAT_S)
            for news in waiting:
                await stream.send("job", _event(news))
            await stream.mark(last)
            if followed.overflowed:
                break
        return stream.response


class _Stream:
    """An open response; every write has its time, so that a slow client is dropped."""

    def __init__(self, request: web.Request) -> None:
        self.response = web.StreamResponse(
            headers={"Content-Type": EVENT_STREAM, "X-Accel-Buffering": "no"}
        )
        self._request = request
        self._timeout_s = request.app[GATEWAY].config.write_timeout_s

    async def open(self) -> None:
        await self.response.prepare(self._request)
        await self._write(f"retry: {RETRY_MS}\n\n")

    async def send(self, name: str, event: BaseModel) -> None:
        await self._write(f"event: {name}\ndata: {event.model_dump_json()}\n\n")

    async def mark(self, position: Position | None) -> None:
        """Tell how far the client is now; without news, that the connection lives."""
        await self._write(":\n\n" if position is None else f"id: {position}\n\n")

    async def _write(self, text: str) -> None:
        try:
            async with asyncio.timeout(self._timeout_s):
                await self.response.write(text.encode())
        except TimeoutError:
            raise ConnectionError("the client takes no events") from None


async def _key_holds(request: web.Request) -> bool:
    try:
        caller = await request.app[DOORKEEPER].identify(
            presented(request), str(address_of(request))
        )
    except Unauthenticated:
        return False
    return caller.may(Permission.JOBS_READ)


def _event(news: JobNews) -> JobEvent:
    counts = PatientCounts(requested=news.patients_requested, persisted=news.patients_persisted)
    return JobEvent(id=news.job_id, state=news.state, patients=counts)


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/v1/events",
        handler=stream_events,
        summary="Follow how jobs move, as server-sent events",
        answers={200: EVENT_STREAM},
        permission=Permission.JOBS_READ,
        tags=("jobs",),
    ),
)
