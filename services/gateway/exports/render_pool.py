"""The rendering processes, shared fairly: slices are taken in the order in which they were asked for, and every download asks for
as many at a time as any other.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import TypeVar

import structlog
from aiohttp import web

from services.gateway.context import GATEWAY
from services.gateway.exports.render import Slice, prepare, render
from shared.errors import Unavailable

RETRY_AFTER_S = 5.0

T = TypeVar("T")

log = structlog.get_logger(__name__)


class RenderPool:
    """At most `workers` processes, started when the first export needs them; at most `downloads_max` exports at once."""

    def __init__(self, workers: int, downloads_max: int) -> None:
        self._workers = workers
        self._downloads_max = downloads_max
        self._downloads = 0
        self._free = asyncio.Semaphore(workers)
        self._executor = self._start()

    def enter(self) -> None:
        """Begin a download, to be left again. Raises Unavailable when there are enough."""
        if self._downloads >= self._downloads_max:
            raise Unavailable(f"{self._downloads_max} exports are being sent already", RETRY_AFTER_S)
        self._downloads += 1

    def leave(self) -> None:
        self._downloads -= 1

    async def render(self, wanted: Slice, body: bytes) -> bytes:
        """Encode a slice of the part with this body. Raises Unavailable when two processes in a row died of it."""
        async with self._free:
            # The body goes to a process once, not with every slice.
            rendered = await self._run(render, wanted, None)
            if rendered is None:
                rendered = await self._run(render, wanted, body)
        if rendered is None:
            raise TypeError("a slice was not rendered though its body was there")
        return rendered

    async def call(self, function: Callable[..., T], *arguments: object) -> T:
        """Run a pure function of a module in a process, in its turn. Raises Unavailable as `render` does."""
        async with self._free:
            return await self._run(function, *arguments)

    def close(self) -> None:
        """Let the processes end; what they were doing is not waited for."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    async def _run(self, function: Callable[..., T], *arguments: object) -> T:
        executor = self._executor
        try:
            return await asyncio.wrap_future(executor.submit(function, *arguments))
        except BrokenProcessPool:
            log.warning("rendering process died")
            self._replace(executor)
        try:
            return await asyncio.wrap_future(self._executor.submit(function, *arguments))
        except BrokenProcessPool as error:
            raise Unavailable("rendering processes die", RETRY_AFTER_S) from error

    def _replace(self, broken: ProcessPoolExecutor) -> None:
        if self._executor is broken:
            broken.shutdown(wait=False)
            self._executor = self._start()

    def _start(self) -> ProcessPoolExecutor:
        # Forked from a server that has only loaded the encoders: a plain fork would inherit the clients' connections.
        context = get_context("forkserver")
        context.set_forkserver_preload([prepare.__module__])
        return ProcessPoolExecutor(self._workers, context, prepare)


RENDER_POOL = web.AppKey("render_pool", RenderPool)


async def render_pool(app: web.Application) -> AsyncIterator[None]:
    """Cleanup context: the pool lives as long as the application serves."""
    config = app[GATEWAY].config
    app[RENDER_POOL] = RenderPool(config.export_workers, config.exports_in_flight_max)
    yield
    app[RENDER_POOL].close()
