"""Work that would hold up the event loop: done in threads of its own, within a deadline."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from aiohttp import web

from shared.errors import Unavailable

# A check takes milliseconds; what waits longer behind others had better come again later.
DEADLINE_S = 10.0
THREADS = 2
# Below this many bytes a check takes less time than the way to a thread and back.
SMALL_BYTES = 2_048

T = TypeVar("T")


class Aside:
    """A few threads. What they do has its own limits; the deadline is for waiting in line."""

    def __init__(self, deadline_s: float = DEADLINE_S) -> None:
        self._threads = ThreadPoolExecutor(THREADS, "aside")
        self._deadline_s = deadline_s

    async def run(self, function: Callable[..., T], *arguments: object) -> T:
        """Call a function in a thread. Raises Unavailable when it is not done in time."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._deadline_s):
                return await loop.run_in_executor(self._threads, function, *arguments)
        except TimeoutError:
            raise Unavailable("checking the request took too long") from None

    def close(self) -> None:
        """Take nothing more; what has begun is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)


ASIDE = web.AppKey("aside", Aside)


async def aside(app: web.Application) -> AsyncIterator[None]:
    """Cleanup context: the application's threads."""
    app[ASIDE] = Aside()
    yield
    app[ASIDE].close()
