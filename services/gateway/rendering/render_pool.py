"""Rendering processes that are shared fairly: slices are taken in the order in which they were
asked for.
"""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import TypeVar

import structlog

from services.gateway.rendering.render import Slice, prepare, priority, render
from services.gateway.rendering.turns import Turns
from shared.errors import Unavailable

RETRY_AFTER_S = 5.0
# Each process imports its parent's main module, too: here it finds that done.
PRELOADED = ["services.gateway.rendering.preloaded", "services.gateway.__main__"]

T = TypeVar("T")
Load = Callable[[], Awaitable[bytes]]  # fetches a body

log = structlog.get_logger(__name__)


class RenderPool:
    """At most `workers` processes, which leave `niceness` steps of priority to others and keep
    `kept_bytes_max` of decoded parts each.
    """

    def __init__(self, workers: int, *, niceness: int, kept_bytes_max: int) -> None:
        self._workers = workers
        self._prepared = (niceness, kept_bytes_max)
        self._turns = Turns(workers)
        self._executor = self._make()
        self._first: asyncio.Task[object] | None = None

    def start(self) -> asyncio.Task[object]:
        """Start the first process; the others follow when they are needed.

        It begins with seconds of imports, and its start returns after them: a thread waits for
        that, not the event loop.
        """
        if self._first is None:
            self._first = asyncio.create_task(asyncio.to_thread(self._executor.submit, priority))
        return self._first

    async def priority(self) -> int:
        """Return the niceness of a process, when one is up and it is our turn. Raises Unavailable
        as `render` does.
        """
        return await self.call(priority)

    async def render(self, wanted: Slice, load: Load) -> bytes:
        """Encode a slice of the part whose body can be loaded. Raises Unavailable when two
        processes in a row died of it.
        """
        # The body goes to a process once, not with every slice; nobody waits in the queue for the
        # database.
        rendered = await self.call(render, wanted, None)
        if rendered is None:
            rendered = await self.call(render, wanted, await load())
        if rendered is None:
            raise TypeError("a slice was not rendered though its body was there")
        return rendered

    async def call(self, function: Callable[..., T], *arguments: object) -> T:
        """Run a pure function of a module in a process, in its turn. Raises Unavailable as `render`
        does.
        """
        await asyncio.shield(self.start())
        async with self._turns.one():
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
            self._executor = self._make()

    def _make(self) -> ProcessPoolExecutor:
        # Forked from a server that has loaded code and opened nothing: a plain fork would inherit
        # the clients' connections.
        context = get_context("forkserver")
        context.set_forkserver_preload(PRELOADED)
        return ProcessPoolExecutor(self._workers, context, prepare, self._prepared)
