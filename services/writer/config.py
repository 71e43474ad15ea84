"""The writer's settings. Only this module of the service reads the environment."""

import os
from typing import Self

from pydantic import Field, model_validator

from shared.config import AdminSettings, BrokerSettings, DatabaseSettings, ServiceConfig, TelemetrySettings
from shared.jobs.failures import RetryPolicy


class WriterConfig(ServiceConfig, DatabaseSettings, BrokerSettings, TelemetrySettings, AdminSettings):
    """Everything that the writer is told from outside."""

    parts_in_flight_max: int = Field(default=4, ge=1, le=64, description="Parts stored at once, each on a database connection of its own")
    failures_max: int = Field(default=5, ge=1, le=100, description="Failures after which a batch is given up")
    retry_pause_s: float = Field(default=2.0, ge=0, le=3600, description="Pause before a failed batch runs again; doubled each time")
    retry_pause_max_s: float = Field(default=300.0, ge=0, le=86400, description="Longest pause before a failed batch runs again")

    @model_validator(mode="after")
    def _connections_suffice(self) -> Self:
        if self.parts_in_flight_max >= self.database_pool_max:
            raise ValueError(
                f"parts_in_flight_max ({self.parts_in_flight_max}) must be below database_pool_max ({self.database_pool_max}):"
                " failures and readiness need a connection too"
            )
        return self

    @property
    def retry_policy(self) -> RetryPolicy:
        return RetryPolicy(self.failures_max, self.retry_pause_s, self.retry_pause_max_s)


def read_config() -> WriterConfig:
    """Read the process's environment. Raises Invalid, naming every wrong variable."""
    return WriterConfig.load(os.environ)
