"""Runs each duty again and again, apart from the others: one that fails is logged, counted and
tried again, and disturbs nobody.
"""

import asyncio
from asyncio import Event, Task
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import structlog

from services.scheduler.duty import Context, Counts, Duty
from shared.clock import Clock
from shared.db.migrate import wait_for_schema
from shared.errors import Unavailable
from shared.telemetry import names
from shared.telemetry.instruments import counter, histogram
from shared.telemetry.names import Attribute

RETRY_PAUSE_S = 0.25
RETRY_PAUSE_MAX_S = 10.0
# A duty that was not done for longer makes the process say that it is not ready.
FAILING_READY_MAX_S = 10.0
JITTER_SHARE = 0.1  # several schedulers shall not all look at the same moment

log = structlog.get_logger(__name__)

_duration = histogram(names.DUTY_DURATION)
_failures = counter(names.DUTY_FAILURES)


@dataclass(slots=True)
class _Failing:
    """A duty that was not done, since when, and why not at last."""

    since: float
    reason: str


class DutyLoop:
    """All duties of a scheduler, running."""

    @classmethod
    async def start(cls, context: Context, duties: Sequence[Duty], clock: Clock) -> Self:
        """Wait for the database, check its schema and begin every duty."""
        await wait_for_schema(context.database)
        return cls(context, duties, clock)

    def __init__(self, context: Context, duties: Sequence[Duty], clock: Clock) -> None:
        self._context = context
        self._clock = clock
        self._stopping = Event()
        self._failing: dict[str, _Failing] = {}
        self._tasks: list[Task[None]] = [
            asyncio.create_task(self._repeat(duty), name=duty.name) for duty in duties
        ]

    async def check(self) -> None:
        """Raise Unavailable when a duty has not been done for a while, and say why."""
        for name, failing in self._failing.items():
            failing_s = self._clock.monotonic() - failing.since
            if failing_s > FAILING_READY_MAX_S:
                raise Unavailable(f"{name} fails for {failing_s:.0f} s: {failing.reason}")

    async def stop(self) -> None:
        """Begin no new run and wait for those that have begun."""
        self._stopping.set()
        await asyncio.gather(*self._tasks)

    async def _repeat(self, duty: Duty) -> None:
        failures = 0
        while not self._stopping.is_set():
            counts = await self._run(duty)
            failures = failures + 1 if counts is None else 0
            await self._wait(self._pause_s(duty, counts, failures))

    async def _run(self, duty: Duty) -> Counts | None:
        """Return the run's counts, or nothing when it failed."""
        began = self._clock.monotonic()
        try:
            counts = await duty.run_once(self._context)
        except Unavailable as error:
            log.warning("duty waits", duty=duty.name, reason=error)
            self._note_failure(duty, error)
        except Exception as error:  # the one place that keeps a defect from ending the other duties
            log.exception("duty failed", duty=duty.name)
            self._note_failure(duty, error)
        else:
            self._failing.pop(duty.name, None)
            if any(counts.values()):
                log.debug("duty done", duty=duty.name, **counts)
            return counts
        finally:
            _duration.record(self._clock.monotonic() - began, {Attribute.DUTY: duty.name})
        _failures.add(1, {Attribute.DUTY: duty.name})
        return None

    def _note_failure(self, duty: Duty, error: Exception) -> None:
        since = self._clock.monotonic()
        failing = self._failing.setdefault(duty.name, _Failing(since, ""))
        failing.reason = str(error) or type(error).__name__

    def _pause_s(self, duty: Duty, counts: Counts | None, failures: int) -> float:
        if counts is None:
            pause_s = min(RETRY_PAUSE_S * 2.0 ** (failures - 1), RETRY_PAUSE_MAX_S)
        elif duty.eager and any(counts.values()):
            return 0.0
        else:
            pause_s = duty.interval_s
        return pause_s * (1 + JITTER_SHARE * (2 * self._context.random.random() - 1))

    async def _wait(self, pause_s: float) -> None:
        try:
            async with asyncio.timeout(pause_s):
                await self._stopping.wait()
        except TimeoutError:
            return
