"""The life of a process: start in order, run until a signal, drain in reverse order, each step
within its own deadline.

    async def main(life: Lifecycle, config: WriterConfig) -> None:
        database = await life.start("database", Database.open(config), Database.close, within_s=5)
        life.run("heartbeat", heartbeat.run())
        await life.until_stopped()

    serve(main, read_config)

What starts first closes last, so telemetry is started first. The first SIGTERM or SIGINT begins the
drain; a second one hurries it: every close then has only `HURRIED_CLOSE_S`.
"""

import asyncio
import gc
import signal
import sys
from asyncio import Event, Task
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Self, TypeVar

import structlog
import uvloop

from shared.errors import Invalid
from shared.loop_guard import LoopGuard

Opened = TypeVar("Opened")
Config = TypeVar("Config")

EXIT_USAGE = 2

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
HURRIED_CLOSE_S = 0.5
CANCEL_GRACE_S = 1.0

log = structlog.get_logger(__name__)


class _StoppedEarly(Exception):
    """A signal came while a component was still starting."""


@dataclass(frozen=True, slots=True)
class _Closer:
    name: str
    close: Callable[[], Awaitable[object]]
    within_s: float


class Lifecycle:
    """What is open in this process, in the order of its start."""

    def __init__(self) -> None:
        self._closers: list[_Closer] = []
        self._stopping = Event()
        self._hurried = Event()
        self._failures: list[BaseException] = []

    @property
    def stopping(self) -> bool:
        """Whether the drain has begun or is about to."""
        return self._stopping.is_set()

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        for number in STOP_SIGNALS:
            loop.add_signal_handler(number, self.stop)
        return self

    async def __aexit__(
        self, _type: object, error: BaseException | None, _traceback: object
    ) -> bool:
        self._stopping.set()
        for closer in reversed(self._closers):
            await self._close(closer)
        loop = asyncio.get_running_loop()
        for number in STOP_SIGNALS:
            loop.remove_signal_handler(number)
        if self._failures and (error is None or isinstance(error, _StoppedEarly)):
            raise self._failures[0]
        return isinstance(error, _StoppedEarly)

    def stop(self) -> None:
        """Begin the drain; called again, hurry it."""
        (self._hurried if self._stopping.is_set() else self._stopping).set()

    async def start(
        self,
        name: str,
        opening: Awaitable[Opened],
        close: Callable[[Opened], Awaitable[object]],
        *,
        within_s: float,
    ) -> Opened:
        """Open a component and remember how to close it, and how long that may take.

        A signal during the opening cancels it and goes on to the drain of what is already open.
        """
        opened = await self._unless_stopped(opening)
        self._closers.append(_Closer(name, lambda: close(opened), within_s))
        log.info("started", component=name)
        return opened

    def run(self, name: str, work: Coroutine[Any, Any, object]) -> None:
        """Run work in the background. If it fails the process stops with its error; in its turn of
        the drain it is cancelled.
        """
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(self._work_ended)
        self._closers.append(_Closer(name, lambda: _cancel(task), CANCEL_GRACE_S))

    async def until_stopped(self) -> None:
        """Wait for a signal, for `stop()`, or for background work to fail."""
        await self._stopping.wait()

    def _work_ended(self, task: Task[object]) -> None:
        if task.cancelled() or (error := task.exception()) is None:
            return
        log.error("background work failed", component=task.get_name(), exc_info=error)
        self._failures.append(error)
        self._stopping.set()

    async def _unless_stopped(self, opening: Awaitable[Opened]) -> Opened:
        task = asyncio.ensure_future(opening)
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            raise _StoppedEarly
        finally:
            stopping.cancel()
            await _cancel(task)

    async def _close(self, closer: _Closer) -> None:
        task = asyncio.ensure_future(closer.close())
        hurried = asyncio.create_task(self._hurried.wait())
        await asyncio.wait(
            {task, hurried}, timeout=closer.within_s, return_when=asyncio.FIRST_COMPLETED
        )
        if hurried.done():
            await asyncio.wait({task}, timeout=HURRIED_CLOSE_S)
        hurried.cancel()
        _report(closer.name, task)
        await _cancel(task)


def _report(name: str, closing: Task[object]) -> None:
    if not closing.done():
        log.warning("did not close in time", component=name)
    elif not closing.cancelled() and (error := closing.exception()) is not None:
        log.error("did not close cleanly", component=name, exc_info=error)
    else:
        log.info("closed", component=name)


async def _cancel(task: Task[Any]) -> None:
    """Cancel, and wait a little for it to be true; a task that refuses is left behind."""
    task.cancel()
    await asyncio.wait({task}, timeout=CANCEL_GRACE_S)


def serve(
    main: Callable[[Lifecycle, Config], Coroutine[Any, Any, None]],
    read_config: Callable[[], Config],
) -> None:
    """Run `main` on uvloop under a lifecycle until it returns; raises what made it fail.

    A configuration that `read_config` finds Invalid is told on standard error, a line a variable,
    and the process exits with `EXIT_USAGE`.
    """
    try:
        config = read_config()
    except Invalid as error:
        sys.stderr.writelines(f"{problem}\n" for problem in error.problems)
        sys.exit(EXIT_USAGE)

    async def supervised() -> None:
        guard = LoopGuard.start()
        try:
            async with Lifecycle() as life:
                await main(life, config)
        finally:
            guard.close()

    gc.freeze()  # what is loaded by now stays: no collection needs to look at it again
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(supervised())
