from datetime import UTC, datetime

import pytest
import structlog

from shared.telemetry.log_sampling import LINES_MAX, WINDOW_S, LogSampling


class _Clock:
    seconds = 100.0

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, UTC)


def test_a_noisy_line_is_cut_off_and_counted() -> None:
    """Of one kind so many lines pass in a window; the next window's first says how many did not."""
    clock = _Clock()
    sampling = LogSampling(clock)
    for _ in range(LINES_MAX):
        assert "left_out" not in sampling(None, "info", {"event": "noise"})
    for _ in range(7):
        with pytest.raises(structlog.DropEvent):
            sampling(None, "info", {"event": "noise"})
    assert sampling(None, "info", {"event": "other"}) == {"event": "other"}
    clock.seconds += WINDOW_S
    assert sampling(None, "info", {"event": "noise"})["left_out"] == 7


def test_errors_are_never_left_out() -> None:
    """However often they come."""
    sampling = LogSampling(_Clock())
    for _ in range(LINES_MAX + 1):
        assert sampling(None, "error", {"event": "broken"}) == {"event": "broken"}
