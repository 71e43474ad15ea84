"""The writer's settings. Only this module of the service reads the environment."""

import os
from typing import Self

from pydantic import Field, model_validator

from shared.config import (
    AdminSettings,
    BrokerSettings,
    DatabaseSettings,
    ServiceConfig,
    TelemetrySettings,
)
from shared.jobs.retry_settings import RetrySettings


class WriterConfig(
    ServiceConfig, DatabaseSettings, BrokerSettings, TelemetrySettings, AdminSettings, RetrySettings
):
    """Everything that the writer is told from outside."""

    parts_in_flight_max: int = Field(
        default=4,
        ge=1,
        le=64,
        description="Parts stored at once, each on a database connection of its own",
    )

    @model_validator(mode="after")
    def _connections_suffice(self) -> Self:
        if self.parts_in_flight_max >= self.database_pool_max:
            raise ValueError(
                f"parts_in_flight_max ({self.parts_in_flight_max}) must be below "
                f"database_pool_max ({self.database_pool_max}):"
                " failures and readiness need a connection too"
            )
        return self


def read_config() -> WriterConfig:
    """Read the process's environment. Raises Invalid, naming every wrong variable."""
    return WriterConfig.load(os.environ)
