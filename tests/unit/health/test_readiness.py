import asyncio
from datetime import UTC, datetime

from shared.errors import Unavailable
from shared.health.readiness import Readiness, Status


class StoppedClock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, UTC)

    def monotonic(self) -> float:
        return self.seconds


async def answers() -> None:
    return


async def is_away() -> None:
    raise Unavailable("no broker at 127.0.0.1:5672")


async def refuses() -> None:
    raise ConnectionRefusedError


async def hangs() -> None:
    await asyncio.Event().wait()


async def test_ready_when_everything_answers() -> None:
    """All checks pass."""
    readiness = Readiness({"database": answers}, StoppedClock(), lambda: False, {"broker": answers})
    report = await readiness.report()
    assert report.status is Status.READY
    assert report.checks == {"database": "ok", "broker": "ok"}


async def test_degraded_without_an_optional_dependency() -> None:
    """Work goes on, and the report says what is away."""
    report = await Readiness(
        {"database": answers}, StoppedClock(), lambda: False, {"broker": is_away}
    ).report()
    assert report.status is Status.DEGRADED
    assert report.checks["broker"] == "no broker at 127.0.0.1:5672"


async def test_unavailable_without_a_required_dependency() -> None:
    """One required check that refuses, or does not answer in time, is enough."""
    readiness = Readiness(
        {"database": hangs, "broker": refuses}, StoppedClock(), lambda: False, timeout_s=0.01
    )
    report = await readiness.report()
    assert report.status is Status.UNAVAILABLE
    assert report.checks == {
        "database": "no answer within 0.01 s",
        "broker": "ConnectionRefusedError",
    }


async def test_an_answer_is_reused_while_fresh() -> None:
    """Probes do not become load: within the cache's age nothing is asked again."""
    clock, asked = StoppedClock(), []

    async def check() -> None:
        asked.append(clock.seconds)

    readiness = Readiness({"database": check}, clock, lambda: False, cache_s=1.0)
    await asyncio.gather(readiness.report(), readiness.report())
    clock.seconds += 0.9
    await readiness.report()
    assert asked == [1000.0]
    clock.seconds += 0.2
    await readiness.report()
    assert len(asked) == 2


async def test_unavailable_from_the_first_moment_of_a_drain() -> None:
    """A fresh answer of before does not outlive the order to stop."""
    stopping = False
    readiness = Readiness({"database": answers}, StoppedClock(), lambda: stopping)
    assert (await readiness.report()).status is Status.READY
    stopping = True
    assert (await readiness.report()).status is Status.UNAVAILABLE
