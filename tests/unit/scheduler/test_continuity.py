"""When a lease that ran out says something about its holder."""

from datetime import UTC, datetime, timedelta

from services.scheduler.continuity import Continuity
from tests.unit.generator.hand_clock import HandClock

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def looks(*steps: tuple[float, float]) -> list[bool]:
    """The answers to looks, each after seconds of its own clock and of the database's."""
    clock, told = HandClock(), NOON
    continuity = Continuity(clock, grace_s=15.0)
    answers = []
    for own_s, database_s in ((0.0, 0.0), *steps):
        clock.advance(own_s)
        told += timedelta(seconds=database_s)
        answers.append(continuity.trusted(told))
    return answers


def test_regular_looks_are_trusted() -> None:
    """From the first one on."""
    assert looks((1.0, 1.0), (1.1, 1.0), (1.0, 1.2)) == [True] * 4


def test_after_a_silence_leases_may_be_renewed_first() -> None:
    """The database was away: for as long as a lease lasts nobody is blamed."""
    assert looks((60.0, 60.0), (5.0, 5.0), (5.0, 5.0), (5.0, 5.0)) == [
        True,
        False,
        False,
        False,
        True,
    ]


def test_a_clock_that_is_put_forward_or_back_blames_nobody() -> None:
    """The database's time jumps, its own does not."""
    assert looks((1.0, 3600.0), (5.0, 5.0)) == [True, False, False]
    assert looks((1.0, -3600.0), (5.0, 5.0)) == [True, False, False]
