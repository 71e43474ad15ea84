"""Whether a process may take work: named checks of what it depends on, each within its deadline,
the answer reused for a while.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from opentelemetry.metrics import Observation

from shared.clock import Clock
from shared.errors import LazaretError
from shared.telemetry.instruments import gauge
from shared.telemetry.names import Attribute
from shared.telemetry.process_names import DEPENDENCY_UP

Check = Callable[[], Awaitable[object]]

# Of the last check, for the metrics' own thread.
_last_answers: dict[str, bool] = {}


class Status(StrEnum):
    """READY: everything answers. DEGRADED: something is unavailable that work can do without.
    UNAVAILABLE: send no work here.
    """

    READY = "ready"
    DEGRADED = "degraded"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Report:
    """`checks` says for each dependency "ok" or, in one line, what is wrong."""

    status: Status
    checks: Mapping[str, str]


@dataclass(slots=True)
class Readiness:
    """`required` must answer for any work to be taken; without an `optional` one the process is
    degraded, no more.

    A check passes by returning and fails by raising a `LazaretError`, an `OSError`, or by taking
    longer than `timeout_s`.
    """

    required: Mapping[str, Check]
    clock: Clock
    stopping: Callable[[], bool]
    optional: Mapping[str, Check] = field(default_factory=dict)
    cache_s: float = 1.0
    timeout_s: float = 2.0
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _last: Report | None = None
    _checked_at: float = 0.0

    async def report(self) -> Report:
        """Check everything, or return the last answer while it is fresh. A process that drains is
        unavailable at once.
        """
        if self.stopping():
            return Report(Status.UNAVAILABLE, {"process": "draining"})
        async with self._lock:
            if self._last is None or self.clock.monotonic() - self._checked_at >= self.cache_s:
                self._last = await self._check_all()
                self._checked_at = self.clock.monotonic()
            return self._last

    async def _check_all(self) -> Report:
        checks = {**self.required, **self.optional}
        answers = dict(
            zip(checks, await asyncio.gather(*map(self._answer, checks.values())), strict=True)
        )
        failed = {name for name, answer in answers.items() if answer != "ok"}
        _last_answers.update({name: name not in failed for name in answers})
        if failed & self.required.keys():
            return Report(Status.UNAVAILABLE, answers)
        return Report(Status.DEGRADED if failed else Status.READY, answers)

    async def _answer(self, check: Check) -> str:
        try:
            async with asyncio.timeout(self.timeout_s):
                await check()
        except TimeoutError:
            return f"no answer within {self.timeout_s:g} s"
        except (LazaretError, OSError) as error:
            return str(error) or type(error).__name__
        return "ok"


def _dependencies() -> Iterable[Observation]:
    return [
        Observation(int(up), {Attribute.DEPENDENCY: name})
        for name, up in list(_last_answers.items())
    ]


gauge(DEPENDENCY_UP, _dependencies)
