"""How often somebody may ask, by a clock that the test turns."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.limits.rates import Policy, Rates, rate_limit_headers
from shared.errors import TooManyRequests


class _Clock:
    def __init__(self) -> None:
        self.seconds = 100.0

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return self.seconds


KEY, TENANT = Policy("key", 3), Policy("tenant", 4)


def test_a_burst_is_paid_back_evenly() -> None:
    """All of a quota may come at once; then one request in each part of the window."""
    clock = _Clock()
    rates = Rates(clock)
    assert [rates.charge((KEY, "a"))[0].remaining for _ in range(3)] == [2, 1, 0]
    with pytest.raises(TooManyRequests, match="this key may send 3") as refused:
        rates.charge((KEY, "a"))
    assert refused.value.retry_after_s == pytest.approx(20)
    clock.seconds += 20
    assert rates.charge((KEY, "a"))[0].remaining == 0
    assert rates.charge((KEY, "b"))[0].remaining == 2


def test_who_is_refused_by_one_policy_is_charged_by_none() -> None:
    """A refused request costs nothing, so waiting for the time that was told is enough."""
    clock = _Clock()
    rates = Rates(clock)
    for _ in range(3):
        rates.charge((KEY, "a"), (TENANT, "t"))
    for _ in range(5):
        with pytest.raises(TooManyRequests):
            rates.charge((KEY, "a"), (TENANT, "t"))
    assert rates.charge((KEY, "b"), (TENANT, "t"))[1].remaining == 0


@given(st.lists(st.floats(0, 90), max_size=60))
def test_no_window_lets_more_through_than_twice_the_quota(pauses: list[float]) -> None:
    """However requests are spaced, a window has the burst and what was paid back in it at most."""
    clock = _Clock()
    rates, let_through = Rates(clock), []
    for pause in pauses:
        clock.seconds += pause
        try:
            rates.charge((KEY, "a"))
            let_through.append(clock.seconds)
        except TooManyRequests:
            continue
    for begin in let_through:
        inside = [at for at in let_through if begin <= at < begin + KEY.window_s]
        assert len(inside) <= 2 * KEY.quota


def test_the_headers_are_the_drafts() -> None:
    """A policy with its quota and window, and what is left of it and until when."""
    headers = rate_limit_headers(Rates(_Clock()).charge((KEY, "a"), (TENANT, "t")))
    assert headers == {
        "RateLimit-Policy": '"key";q=3;w=60, "tenant";q=4;w=60',
        "RateLimit": '"key";r=2;t=20, "tenant";r=3;t=15',
    }
