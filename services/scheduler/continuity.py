"""Whether leases could be renewed all the time until now.

A lease that ran out tells of a silent generator only if a living one could have renewed it. After
a time in which the database did not answer, or when its clock was put forward, none could: for as
long as a lease lasts, silence says nothing then.
"""

from dataclasses import dataclass
from datetime import datetime

from shared.clock import Clock

# Looks that are further apart than this, or whose two clocks differ by it, are no continuity.
GAP_MAX_S = 5.0


@dataclass(slots=True)
class Continuity:
    """Fed with the database's time at each look."""

    clock: Clock
    grace_s: float
    _looked_at: float | None = None
    _told: datetime | None = None
    _trusted_from: float = 0.0

    def trusted(self, database_time: datetime) -> bool:
        """Whether silence counts at this look."""
        now = self.clock.monotonic()
        if self._looked_at is not None and self._told is not None:
            passed_s = now - self._looked_at
            told_s = (database_time - self._told).total_seconds()
            if max(passed_s, abs(told_s - passed_s)) > GAP_MAX_S:
                self._trusted_from = now + self.grace_s
        self._looked_at, self._told = now, database_time
        return now >= self._trusted_from
