"""The only reader of the machine's clocks: everything else is handed a `Clock`."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What time it is, for people (`now`) and for measuring (`monotonic`)."""

    def now(self) -> datetime:
        """Return the wall clock's time, aware, in UTC. It may jump."""
        ...

    def monotonic(self) -> float:
        """Return seconds since an arbitrary start. It never goes back."""
        ...


class SystemClock:
    """The machine's clocks."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()
