"""Keeps a line that is written again and again from drowning the others, and counts it."""

from collections.abc import MutableMapping
from typing import Any

import structlog

from shared.clock import Clock
from shared.telemetry.instruments import counter
from shared.telemetry.process_names import LOGS_SUPPRESSED

LINES_MAX = 50  # of one event and level
WINDOW_S = 10.0
EVENTS_MAX = 1_000  # kinds of lines that are remembered
NEVER_SAMPLED = frozenset({"error", "critical"})

_suppressed = counter(LOGS_SUPPRESSED)


class LogSampling:
    """Lets the first lines of a kind through in each window; the next window's first says how many
    were left out. Errors are never left out.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began = 0.0
        self._seen: dict[tuple[str, str], int] = {}
        self._left_out: dict[tuple[str, str], int] = {}

    def __call__(
        self, _logger: object, method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        """Be a processor. Raises structlog.DropEvent for a line too many."""
        if method in NEVER_SAMPLED:
            return event
        self._begin_window()
        kind = (method, str(event.get("event", "")))
        seen = self._seen.get(kind, 0) + 1
        if seen > 1 or len(self._seen) < EVENTS_MAX:
            self._seen[kind] = seen
        if seen > LINES_MAX:
            self._left_out[kind] = self._left_out.get(kind, 0) + 1
            _suppressed.add(1)
            raise structlog.DropEvent
        if left_out := self._left_out.pop(kind, 0):
            event["left_out"] = left_out
        return event

    def _begin_window(self) -> None:
        now = self._clock.monotonic()
        if now - self._began >= WINDOW_S:
            self._began = now
            self._seen.clear()
