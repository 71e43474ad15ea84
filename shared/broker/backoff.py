"""Pauses between attempts: each twice as long as the one before, up to a longest, and never the
same for two processes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random


@dataclass(frozen=True, slots=True)
class Backoff:
    """`first_s` and `max_s` bound the pauses before the jitter, which takes away up to half of
    each.
    """

    first_s: float
    max_s: float
    random: Random = field(default_factory=Random)

    def pauses(self) -> Iterator[float]:
        """Yield seconds without end."""
        pause_s = self.first_s
        while True:
            yield pause_s * self.random.uniform(0.5, 1.0)
            pause_s = min(pause_s * 2, self.max_s)
