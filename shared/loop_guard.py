"""Ends a process whose event loop has stopped turning: probes would fail and nobody would act, so
its supervisor is to start another.
"""

import asyncio
import faulthandler
import os
from threading import Event, Thread
from typing import Self

from shared.clock import Clock, SystemClock

EXIT_STUCK = 70
STUCK_MAX_S = 60.0
INTERVAL_S = 2.0


class LoopGuard:
    """Watches the running loop from a thread of its own."""

    def __init__(self, clock: Clock, stuck_max_s: float, interval_s: float) -> None:
        self._clock = clock
        self._stuck_max_s = stuck_max_s
        self._interval_s = interval_s
        self._turned_at = clock.monotonic()
        self._closed = Event()
        self._turn()
        self._thread = Thread(target=self._watch, name="loop guard", daemon=True)
        self._thread.start()

    @classmethod
    def start(cls, *, stuck_max_s: float = STUCK_MAX_S, interval_s: float = INTERVAL_S) -> Self:
        """Begin to watch the running loop. `stuck_max_s` is the longest time without a turn."""
        return cls(SystemClock(), stuck_max_s, interval_s)

    def close(self) -> None:
        """Watch no longer."""
        self._closed.set()

    def _turn(self) -> None:
        self._turned_at = self._clock.monotonic()
        if not self._closed.is_set():
            asyncio.get_running_loop().call_later(self._interval_s, self._turn)

    def _watch(self) -> None:
        looked_at = self._clock.monotonic()
        while not self._closed.wait(self._interval_s):
            now = self._clock.monotonic()
            if now - looked_at > self._stuck_max_s / 2:
                self._turned_at = now  # the whole process was stopped, and this thread with it
            looked_at = now
            if now - self._turned_at > self._stuck_max_s:
                faulthandler.dump_traceback(all_threads=True)
                os._exit(EXIT_STUCK)
