"""What an encoder knows besides the records themselves."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from shared.encoders.interface.options import USUAL, Options
from shared.scenarios import Scenario

CONTEXTS_MAX = 16  # contexts whose tables and templates an encoder keeps


@dataclass(frozen=True, slots=True)
class EncodingContext:
    """The job that the records belong to.

    `written_at` is when the records were stored (aware, UTC): formats that tell changes by time
    carry it. `options` are what was chosen of the format.
    """

    # compared, but hashed it is walked through: tables are looked up by context
    scenario: Scenario = field(hash=False)
    job_id: UUID
    written_at: datetime
    options: Options = USUAL

    @property
    def epoch_s(self) -> int:
        """Second 0 of the simulation, in seconds since 1970 UTC."""
        return int(self.scenario.starts_at.timestamp())
