"""One simulation process, seen from its parent: started warm, given work, watched, killed."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

import psutil

from services.generator import frames
from shared.clock import Clock
from shared.errors import LazaretError
from shared.records.part import Part
from shared.telemetry import names
from shared.telemetry.instruments import counter, up_down_counter
from shared.telemetry.names import Attribute

START_TIMEOUT_S = 120.0  # without a cache the kernels are compiled first
SAMPLE_INTERVAL_S = 0.1
MIB = 1024 * 1024
# about a part: asyncio's own limit would stop and start the reading of one a hundred times
# A longer gap between two samples is the parent's own absence.
SAMPLE_GAP_MAX_S = 1.0
READ_AHEAD_BYTES = 4 * MIB
COMMAND = (sys.executable, "-m", "services.generator.child")
# Arrow's own allocator gives pages back after each part and asks for them again, beside what glibc
# keeps for numpy: 25 MiB a child.
ALLOCATION = ("env", "ARROW_DEFAULT_MEMORY_POOL=system")

OVER_LIMIT = frozenset({"memory", "hard_time_limit", "soft_time_limit"})

_children = up_down_counter(names.CHILDREN)
_ended = counter(names.CHILDREN_ENDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one child may use. RSS limits in MiB, resident; times for one batch."""

    soft_time_s: float
    hard_time_s: float
    recycle_rss_mib: int
    kill_rss_mib: int
    recycle_patients: int
    recycle_age_s: float


class ChildFailed(LazaretError):
    """The child gave no result; `error_type` is a short name for metrics, the text is for
    people.
    """

    def __init__(self, error_type: str, reason: str) -> None:
        super().__init__(reason)
        self.error_type = error_type
        self.category = "capacity" if error_type in OVER_LIMIT else "defect"


class Child:
    """A process that is idle, or works on one batch."""

    def __init__(self, process: Process, limits: Limits, clock: Clock) -> None:
        self._process = process
        self._memory = psutil.Process(process.pid)
        self._limits = limits
        self._clock = clock
        self._started_at = clock.monotonic()
        self._patients = 0
        self._killed_for: ChildFailed | None = None
        self._awaited = False
        self.retired = False
        self.busy = False
        self._end = asyncio.create_task(self._count_end())

    @classmethod
    async def start(cls, limits: Limits, clock: Clock, command: Sequence[str] = COMMAND) -> Self:
        """Start a process and wait until it has everything loaded. `command` is a program that
        speaks in frames.

        Raises:
            ChildFailed: it ended instead, or took too long.
        """
        process = await _begin(command)
        try:
            child = cls(process, limits, clock)
        except psutil.NoSuchProcess:
            code = await process.wait()
            await _close_pipes(process)
            reason = f"the simulation process did not start: it ended with code {code}"
            raise ChildFailed("start", reason) from None
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                await child._receive()
        except (TimeoutError, ChildFailed) as error:
            await child.kill("start")
            raise ChildFailed(
                "start", f"the simulation process did not start: {str(error) or 'timeout'}"
            ) from error
        except asyncio.CancelledError:
            await child.kill("drain")
            raise
        return child

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return (
            self._process.returncode is None
            and self._killed_for is None
            and self._memory.is_running()
        )

    @property
    def due(self) -> bool:
        """Whether it should be replaced when there is time: it has grown, is old, or has done
        much.
        """
        age_s = self._clock.monotonic() - self._started_at
        return (
            self._patients >= self._limits.recycle_patients
            or age_s >= self._limits.recycle_age_s
            or self._rss_mib() > self._limits.recycle_rss_mib
        )

    async def run(self, work: frames.Work) -> AsyncGenerator[Part, None]:
        """Yield the batch's parts. A run that is not consumed to its end leaves the child unusable:
        kill it.

        Raises:
            ChildFailed: the simulation failed, the child crashed, or a limit was passed.
        """
        watch = asyncio.create_task(self._watch())
        self.busy = True
        try:
            self._write(frames.to_bytes(work))
            while isinstance(frame := await self._receive(), frames.PartMade):
                yield frame.part
            self.busy = False
            if isinstance(frame, frames.Failed):
                raise ChildFailed(frame.error_type, frame.reason)
            self._patients += work.spec.patients
        finally:
            watch.cancel()

    async def kill(self, reason: str) -> None:
        """End it at once, whatever it does, and wait until it is gone."""
        if self.alive:
            self._killed_for = ChildFailed(reason, f"the simulation process was killed: {reason}")
        self._signal(signal.SIGKILL)
        await asyncio.shield(self._end)
        await _close_pipes(self._process)

    async def _count_end(self) -> None:
        _children.add(1)
        await self._process.wait()
        _children.add(-1)
        _ended.add(1, {Attribute.REASON: self._failure().error_type})

    def _write(self, data: bytes) -> None:
        stdin = self._process.stdin
        if stdin is None or stdin.is_closing():
            raise self._failure()
        stdin.write(data)

    async def _receive(self) -> frames.Frame:
        assert self._process.stdout is not None  # noqa: S101 -- it was started with a pipe
        self._awaited = True
        try:
            return await frames.receive(self._process.stdout)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            await self._process.wait()
            raise self._failure() from error
        finally:
            self._awaited = False

    def _failure(self) -> ChildFailed:
        code = self._process.returncode
        return self._killed_for or ChildFailed(
            "crash", f"the simulation process ended with code {code}"
        )

    async def _watch(self) -> None:
        """Sample time and memory until a limit is passed; the soft time limit is a request, the
        others are not.

        What counts is the time in which the parent waits for this process: it stands still when the
        parent takes nothing from it, because the broker takes nothing.
        """
        worked_s, sampled_at, asked = 0.0, self._clock.monotonic(), False
        while True:
            await asyncio.sleep(SAMPLE_INTERVAL_S)
            now = self._clock.monotonic()
            if self._awaited:
                worked_s += min(now - sampled_at, SAMPLE_GAP_MAX_S)
            sampled_at = now
            if self._over_limit(worked_s):
                return
            if worked_s > self._limits.soft_time_s and not asked:
                asked = True
                self._signal(frames.SOFT_LIMIT_SIGNAL)

    def _over_limit(self, worked_s: float) -> bool:
        """Kill it when it is over a limit that is no request, and say so."""
        rss_mib, limits = self._rss_mib(), self._limits
        if rss_mib > limits.kill_rss_mib:
            self._kill_for("memory", f"{rss_mib:.0f} MiB in use, at most {limits.kill_rss_mib}")
        elif worked_s > limits.hard_time_s:
            reason = f"{worked_s:.0f} s, at most {limits.hard_time_s:g}"
            self._kill_for("hard_time_limit", reason)
        else:
            return False
        return True

    def _kill_for(self, error_type: str, reason: str) -> None:
        self._killed_for = ChildFailed(
            error_type, f"the simulation process passed its limit: {reason}"
        )
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):  # it may have ended by itself
            self._process.send_signal(number)

    def _rss_mib(self) -> float:
        try:
            rss: int = self._memory.memory_info().rss
        except psutil.NoSuchProcess:
            return 0.0
        return rss / MIB


async def _begin(command: Sequence[str]) -> Process:
    """Start a process, or none: one that was just started when its start is cancelled is killed."""
    beginning = asyncio.create_task(
        asyncio.create_subprocess_exec(
            *ALLOCATION,
            *command,
            stdin=PIPE,
            stdout=PIPE,
            limit=READ_AHEAD_BYTES,
            start_new_session=True,
        )
    )
    try:
        return await asyncio.shield(beginning)
    except asyncio.CancelledError:
        process = await beginning
        process.kill()
        await process.wait()
        await _close_pipes(process)
        raise


async def _close_pipes(process: Process) -> None:
    """What a killed process had still sent is read and forgotten, or its pipe stays open."""
    if process.stdin is not None:
        process.stdin.close()
    if process.stdout is not None:
        with suppress(RuntimeError):  # whoever still reads sees the end first
            await process.stdout.read()
