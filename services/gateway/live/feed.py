"""One reader of the news a process, for all who follow: the broker or the clock wakes it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from typing import Literal
from uuid import UUID

import structlog
from aiohttp import web

from services.gateway.config import GatewayConfig
from services.gateway.context import GATEWAY
from services.gateway.live.subscription import Subscription
from shared.broker.cancellation import cancel
from shared.broker.listen import Listener
from shared.db.pool import Database
from shared.errors import Unavailable
from shared.jobs.news import JobNews, Position, news_end, read_active, read_events

EVERY_JOB = "job.#"
EVENTS_MAX = 1_000
ACTIVE_MAX = 1_000
CLOSE_S = 2.0

log = structlog.get_logger(__name__)


class Feed:
    """Reads while somebody follows."""

    def __init__(self, database: Database, config: GatewayConfig) -> None:
        self._database = database
        self._config = config
        self._subscriptions: set[Subscription] = set()
        self._woken = asyncio.Event()
        self._position: Position | None = None
        self._last: dict[UUID, JobNews] = {}
        self._listener = Listener(config, "lazaret-gateway", EVERY_JOB, self.wake)
        self._reader = asyncio.create_task(self._read(), name="live news")

    @contextmanager
    def subscription(self, tenant_id: UUID) -> Iterator[Subscription]:
        """Follow a tenant's jobs. Raises Unavailable when there are too many followers."""
        if len(self._subscriptions) >= self._config.event_streams_max:
            raise Unavailable(f"{len(self._subscriptions)} streams of events are open already")
        followed = Subscription(tenant_id)
        self._subscriptions.add(followed)
        self._last.clear()  # so that the newcomer is told how everything stands
        self.wake()
        try:
            yield followed
        finally:
            self._subscriptions.discard(followed)

    async def missed(self, tenant_id: UUID, behind: Position) -> tuple[JobNews, ...]:
        """Return what happened behind a position: the newest of each job."""
        async with self._database.connection() as connection:
            events = await read_events(connection, behind, tenant_id, EVENTS_MAX)
        return tuple({news.job_id: news for news in events}.values())

    async def source(self) -> Literal["broker", "polling"]:
        """Say what wakes the reader at present."""
        try:
            await self._listener.check()
        except Unavailable:
            return "polling"
        return "broker"

    def wake(self, _routing_key: str = "") -> None:
        """Have the news read now."""
        self._woken.set()

    def end(self) -> None:
        """Let all followers go."""
        for followed in self._subscriptions:
            followed.end()

    async def close(self) -> None:
        self.end()
        await cancel(self._reader, CLOSE_S)
        await self._listener.close()

    async def _read(self) -> None:
        while True:
            await self._until_woken()
            if not self._subscriptions:
                self._position = None
                continue
            try:
                await self._look()
            except Unavailable as error:
                log.warning("news not read", reason=str(error))

    async def _until_woken(self) -> None:
        """Sleep until somebody follows; then until the broker calls, at most one poll's time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._config.live_poll_s if self._subscriptions else None):
                await self._woken.wait()
        self._woken.clear()

    async def _look(self) -> None:
        async with self._database.connection() as connection:
            if self._position is None:
                self._position = await news_end(connection)
            events = await read_events(connection, self._position, None, EVENTS_MAX)
            active = await read_active(connection, ACTIVE_MAX)
        for news in events:
            self._position = news.position or self._position
            self._tell(news)
        for news in active:
            if self._last.get(news.job_id) != news:
                self._tell(news)
        self._last = {news.job_id: news for news in active}

    def _tell(self, news: JobNews) -> None:
        for followed in self._subscriptions:
            if followed.tenant_id == news.tenant_id:
                followed.offer(news)


FEED = web.AppKey("feed", Feed)


async def feed(app: web.Application) -> AsyncIterator[None]:
    """Cleanup context: one feed, and one ear at the broker."""
    gateway = app[GATEWAY]
    app[FEED] = made = Feed(gateway.database, gateway.config)
    app.on_shutdown.append(_end)
    yield
    await made.close()


async def _end(app: web.Application) -> None:
    """Streams would otherwise hold the drain up to its limit."""
    app[FEED].end()
