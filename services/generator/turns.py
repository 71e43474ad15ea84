"""Who works next when there are more batches at hand than children.

A higher class goes first by a head start of some seconds, so a lower one that has waited longer
than that is not passed for ever. The scheduler dispatches in a fair order already; this only keeps
a small urgent job from standing behind what was dispatched before it.
"""

import heapq
import itertools
from asyncio import Future, get_running_loop
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from shared.clock import Clock
from shared.jobs.states import Priority

HANDICAP_S: Mapping[Priority, float] = {Priority.HIGH: 0.0, Priority.NORMAL: 2.0, Priority.LOW: 8.0}


class Closed(Exception):
    """No more turns are given: the process drains."""


class Turns:
    """A semaphore of `slots` whose waiters are served by arrival time plus handicap."""

    def __init__(self, slots: int, clock: Clock) -> None:
        self._free = slots
        self._clock = clock
        self._numbers = itertools.count()
        self._waiting: list[tuple[float, int, Future[None]]] = []
        self._closed = False

    @asynccontextmanager
    async def turn(self, priority: Priority) -> AsyncIterator[None]:
        """Wait for a slot and hold it. Raises Closed when there will be none."""
        await self._wait(priority)
        try:
            yield
        finally:
            self._pass_on()

    def close(self) -> None:
        """Send those who wait away."""
        self._closed = True
        for _, _, waiter in self._waiting:
            if not waiter.done():
                waiter.set_exception(Closed())
        self._waiting.clear()

    async def _wait(self, priority: Priority) -> None:
        if self._closed:
            raise Closed
        if self._free:
            self._free -= 1
            return
        waiter: Future[None] = get_running_loop().create_future()
        heapq.heappush(
            self._waiting,
            (self._clock.monotonic() + HANDICAP_S[priority], next(self._numbers), waiter),
        )
        try:
            await waiter
        except BaseException:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self._pass_on()  # served and cancelled in the same moment
            raise

    def _pass_on(self) -> None:
        while self._waiting:
            waiter = heapq.heappop(self._waiting)[2]
            if not waiter.done():
                waiter.set_result(None)
                return
        self._free += 1
