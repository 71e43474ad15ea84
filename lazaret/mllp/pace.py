"""When the next message is due: as soon as possible, so many a second, or as fast as the
simulation's own time says.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from lazaret.mllp.message import Message


@dataclass(frozen=True, slots=True)
class Pace:
    """`rate_per_s`: messages a second. `speed`: simulated seconds a second. At most one of them."""

    rate_per_s: float | None = None
    speed: float | None = None

    def start(self, now_s: float) -> Callable[[Message], float]:
        """From now on: tells, message by message, the second (of the same clock) at which each is
        due.
        """
        first: datetime | None = None
        sent = 0

        def due_s(message: Message) -> float:
            nonlocal first, sent
            first = first or message.at
            sent += 1
            if self.speed is not None:
                return now_s + (message.at - first).total_seconds() / self.speed
            if self.rate_per_s is not None:
                return now_s + (sent - 1) / self.rate_per_s
            return now_s

        return due_s
