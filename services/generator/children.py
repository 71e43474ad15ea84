"""The warm children of a generator: always as many as there are slots, each replaced before it is
missed.
"""

import asyncio
from asyncio import Event, Queue, Task
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any, Self

import structlog

from services.generator.child_process import COMMAND, Child, ChildFailed, Limits
from services.generator.turns import Turns
from shared.clock import Clock
from shared.errors import Unavailable
from shared.jobs.states import Priority

RESTART_PAUSE_S = 1.0
# With no child left, so many failed starts in a row mean that this process will have none.
START_FAILURES_MAX = 20

log = structlog.get_logger(__name__)


class Children:
    """Lends idle children. One that is due for replacement goes on working until its successor is
    warm.
    """

    def __init__(self, slots: int, limits: Limits, clock: Clock, command: Sequence[str]) -> None:
        self._turns = Turns(slots, clock)
        self._limits = limits
        self._clock = clock
        self._command = command
        self._idle: Queue[Child] = Queue()
        self._all: set[Child] = set()
        self._succeeding: set[Child] = set()
        self._tasks: set[Task[Any]] = set()
        self._warmed = Event()
        self._hopeless = Event()
        self._start_failures = 0
        self._trouble = "no simulation process has started yet"

    @classmethod
    async def open(
        cls, slots: int, limits: Limits, clock: Clock, command: Sequence[str] = COMMAND
    ) -> Self:
        """Begin to start the children; the first can be lent as soon as it is warm."""
        children = cls(slots, limits, clock, command)
        for _ in range(slots):
            children._in_background(children._add())
        return children

    @property
    def alive(self) -> int:
        """How many children there are that have started and live."""
        return sum(child.alive and not child.retired for child in self._all)

    async def check(self) -> None:
        """Raise Unavailable while there is no child to work: it says why."""
        if not self.alive:
            raise Unavailable(self._trouble)

    async def until_warm(self) -> None:
        """Wait until a first child can be lent."""
        await self._warmed.wait()

    async def until_hopeless(self) -> None:
        """Return never while children can be started. Raises ChildFailed once none lives and none
        starts: this process is of no more use, another may be.
        """
        await self._hopeless.wait()
        raise ChildFailed("start", self._trouble)

    @asynccontextmanager
    async def lend(self, priority: Priority) -> AsyncIterator[Child]:
        """Wait for one's turn and lend a warm child. One that is left in the middle of its work is
        killed.

        Raises:
            Closed: nothing is lent any more.
        """
        async with self._turns.turn(priority):
            child = await self._warm()
            try:
                yield child
            finally:
                self._take_back(child)

    def stop_lending(self) -> None:
        """Send away whoever waits for a child; those that are lent work on."""
        self._turns.close()

    async def close(self) -> None:
        """Kill everything; nothing that they do is wanted any more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(child.kill("drain") for child in self._all))

    async def _warm(self) -> Child:
        while True:
            child = await self._idle.get()
            if child.alive and not child.retired:
                return child
            self._let_go(child)

    def _take_back(self, child: Child) -> None:
        if child.busy or not child.alive or child.retired:
            self._let_go(child)
            return
        if child.due and child not in self._succeeding:
            self._succeeding.add(child)
            self._in_background(self._succeed(child))
        self._idle.put_nowait(child)

    def _let_go(self, child: Child) -> None:
        """End a child: one with a successor, one that was left in its work, one that has died
        already.
        """
        self._in_background(self._end(child, "recycled" if child.retired else "cancelled"))
        if not child.retired:
            self._in_background(self._add())

    async def _end(self, child: Child, reason: str) -> None:
        """Kill and forget it, in this order: a close in between finds it still."""
        await child.kill(reason)
        self._all.discard(child)

    async def _succeed(self, child: Child) -> None:
        await self._add()
        self._succeeding.discard(child)
        child.retired = True

    async def _add(self) -> None:
        while True:
            try:
                child = await Child.start(self._limits, self._clock, self._command)
            except (ChildFailed, OSError) as error:
                self._note_failed_start(error)
                await asyncio.sleep(RESTART_PAUSE_S)
                continue
            self._start_failures = 0
            self._all.add(child)
            self._idle.put_nowait(child)
            self._warmed.set()
            return

    def _note_failed_start(self, error: ChildFailed | OSError) -> None:
        self._trouble = str(error)
        self._start_failures += 1
        log.error("child did not start", reason=error)
        if self._start_failures >= START_FAILURES_MAX and not self.alive:
            self._hopeless.set()

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
