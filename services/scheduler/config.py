"""The scheduler's settings. Only this module of the service reads the environment."""

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
from shared.jobs.dispatch import DispatchLimits
from shared.jobs.retry_settings import RetrySettings


class SchedulerConfig(
    ServiceConfig, DatabaseSettings, BrokerSettings, TelemetrySettings, AdminSettings, RetrySettings
):
    """Everything that the scheduler is told from outside."""

    dispatch_interval_s: float = Field(
        default=0.1, gt=0, le=60, description="Pause between two looks for due batches"
    )
    dispatch_lease_s: float = Field(
        default=30.0,
        ge=1,
        le=3600,
        description="Longest wait of a dispatched batch for a generator",
    )
    window_batches_per_slot: int = Field(
        default=3, ge=1, le=100, description="Batches in flight for each slot of a live generator"
    )
    window_batches_min: int = Field(
        default=6, ge=1, le=10_000, description="Batches in flight, however few slots there are"
    )
    relay_interval_s: float = Field(
        default=0.2, gt=0, le=60, description="Pause between two looks into the outbox"
    )
    relay_messages_max: int = Field(
        default=200, ge=1, le=10_000, description="Outbox messages published at once"
    )
    expire_interval_s: float = Field(
        default=1.0, gt=0, le=60, description="Pause between two looks for leases that ran out"
    )
    expire_batches_max: int = Field(
        default=1000, ge=1, le=100_000, description="Expired leases taken back at once"
    )
    partitions_interval_s: float = Field(
        default=3600.0,
        gt=0,
        le=86400,
        description="Pause between two looks for missing partitions, and for past ones that hold "
        "nothing",
    )
    partitions_months_ahead: int = Field(
        default=3, ge=1, le=24, description="Months after this one that have partitions"
    )
    prune_interval_s: float = Field(
        default=300.0, gt=0, le=86400, description="Pause between two removals of what is outdated"
    )
    idempotency_key_age_max_s: float = Field(
        default=86400.0,
        ge=60,
        le=2_592_000,
        description="Time for which an idempotency key is kept",
    )
    job_age_max_s: float = Field(
        default=0.0,
        ge=0,
        le=315_360_000,
        description="Time for which a job is kept after its end, with its patients; 0 keeps it for "
        "ever",
    )
    retire_interval_s: float = Field(
        default=60.0,
        gt=0,
        le=86400,
        description="Pause between two looks for jobs that are too old",
    )
    purge_interval_s: float = Field(
        default=1.0, gt=0, le=3600, description="Pause between two removals of deleted jobs' rows"
    )
    validity_interval_s: float = Field(
        default=1.0,
        gt=0,
        le=3600,
        description="Pause between two looks for jobs without a validity report",
    )
    measure_interval_s: float = Field(
        default=5.0,
        gt=0,
        le=300,
        description="Pause between two readings of backlog and outbox for metrics",
    )

    @model_validator(mode="after")
    def _limits_fit(self) -> Self:
        if self.broker_publish_timeout_s >= self.database_idle_transaction_timeout_s:
            raise ValueError(
                f"broker_publish_timeout_s ({self.broker_publish_timeout_s:g}) must be below"
                f" database_idle_transaction_timeout_s"
                f" ({self.database_idle_transaction_timeout_s:g}): the relay publishes what it"
                " holds in a transaction"
            )
        return self

    @property
    def dispatch_limits(self) -> DispatchLimits:
        return DispatchLimits(
            self.window_batches_per_slot, self.window_batches_min, self.dispatch_lease_s
        )


def read_config() -> SchedulerConfig:
    """Read the process's environment. Raises Invalid, naming every wrong variable."""
    return SchedulerConfig.load(os.environ)
