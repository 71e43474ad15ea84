"""What an encoder knows besides the records themselves."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from shared.scenarios import Scenario

PLAIN = "plain"
CONTEXTS_MAX = 16  # contexts whose tables and templates an encoder keeps


@dataclass(frozen=True, slots=True)
class EncodingContext:
    """The job that the records belong to.

    `written_at` is when the records were stored (aware, UTC): formats that tell changes by time
    carry it. `profile` is one of the format's packs of profiles.
    """

    # compared, but hashed it is walked through: tables are looked up by context
    scenario: Scenario = field(hash=False)
    job_id: UUID
    written_at: datetime
    profile: str = PLAIN

    @property
    def epoch_s(self) -> int:
        """Second 0 of the simulation, in seconds since 1970 UTC."""
        return int(self.scenario.starts_at.timestamp())
