"""Waiting for something outside this process to become ready, up to a limit."""

from __future__ import annotations

import time

STEP_S = 0.05


class Deadline:
    """A moment on the monotonic clock."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def passed(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() >= self._end

    def pause(self) -> None:
        """Wait a moment before looking again."""
        time.sleep(STEP_S)
