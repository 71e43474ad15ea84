"""The settings of whoever counts failures: the writer those that generators report, the scheduler
those of silent generators.
"""

from pydantic import Field

from shared.config import Settings
from shared.jobs.failures import RetryPolicy


class RetrySettings(Settings):
    """What a failed batch costs."""

    failures_max: int = Field(
        default=5, ge=1, le=100, description="Failures after which a batch is given up"
    )
    retry_pause_s: float = Field(
        default=2.0,
        ge=0,
        le=3600,
        description="Pause before a failed batch runs again; doubled each time",
    )
    retry_pause_max_s: float = Field(
        default=300.0, ge=0, le=86400, description="Longest pause before a failed batch runs again"
    )

    job_failures_in_row_max: int = Field(
        default=20,
        ge=1,
        le=10_000,
        description="Failures of a job without one success after which it is given up",
    )

    @property
    def retry_policy(self) -> RetryPolicy:
        return RetryPolicy(
            self.failures_max,
            self.retry_pause_s,
            self.retry_pause_max_s,
            self.job_failures_in_row_max,
        )
