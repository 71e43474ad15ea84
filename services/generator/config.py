"""The generator's settings. Only this module of the service reads the environment."""

import os
from typing import Self

from pydantic import Field, model_validator

from services.generator.child_process import Limits
from shared.config import (
    AdminSettings,
    BrokerSettings,
    DatabaseSettings,
    ServiceConfig,
    TelemetrySettings,
)
from shared.processors import usable_processors
from shared.records.part import PART_BYTES_MAX

HEARTBEAT_CONNECTIONS = 1
# A lease lasts for so many waits of its renewal: for a statement without an answer, for undoing
# it, for another connection and for another statement, with as much to spare.
HEARTBEAT_WAITS = 8
# Time of a drain that is kept for giving back what did not end.
HAND_BACK_S = 5.0


class GeneratorConfig(
    ServiceConfig, DatabaseSettings, BrokerSettings, TelemetrySettings, AdminSettings
):
    """Everything that the generator is told from outside."""

    slots: int = Field(
        default_factory=usable_processors,
        ge=1,
        le=256,
        description="Simulation processes; one per CPU when unset",
    )
    lease_s: float = Field(
        default=15.0,
        ge=1,
        le=600,
        description="Time after which a silent generator's batch is given to another",
    )
    renew_s: float = Field(
        default=0.5,
        gt=0,
        le=60,
        description="Pause between two renewals; a cancelled job is noticed within it",
    )
    soft_time_limit_s: float = Field(
        default=240.0,
        gt=0,
        le=86400,
        description="Time after which a batch is asked to end, as failed",
    )
    hard_time_limit_s: float = Field(
        default=300.0, gt=0, le=86400, description="Time after which a batch's process is killed"
    )
    child_recycle_rss_mib: int = Field(
        default=400, ge=1, le=65536, description="Resident memory above which a process is replaced"
    )
    child_kill_rss_mib: int = Field(
        default=500, ge=1, le=65536, description="Resident memory above which a process is killed"
    )
    child_recycle_patients: int = Field(
        default=1_000_000, ge=1, le=10**12, description="Patients after which a process is replaced"
    )
    child_recycle_age_s: float = Field(
        default=3600.0, gt=0, le=604_800, description="Age at which a process is replaced"
    )
    part_bytes_max: int = Field(
        default=PART_BYTES_MAX,
        ge=1024,
        le=16 * 1024 * 1024,
        description="Bytes of a part's body at most",
    )

    @model_validator(mode="after")
    def _limits_fit(self) -> Self:
        if self.renew_s * 3 > self.lease_s:
            raise ValueError(
                f"renew_s ({self.renew_s:g}) must be a third of lease_s ({self.lease_s:g}) at most"
            )
        if self.soft_time_limit_s >= self.hard_time_limit_s:
            raise ValueError(
                f"soft_time_limit_s ({self.soft_time_limit_s:g}) must be below "
                f"hard_time_limit_s ({self.hard_time_limit_s:g})"
            )
        if self.child_recycle_rss_mib >= self.child_kill_rss_mib:
            raise ValueError(
                f"child_recycle_rss_mib ({self.child_recycle_rss_mib}) must be below "
                f"child_kill_rss_mib ({self.child_kill_rss_mib})"
            )
        return self

    @property
    def child_limits(self) -> Limits:
        return Limits(
            soft_time_s=self.soft_time_limit_s,
            hard_time_s=self.hard_time_limit_s,
            recycle_rss_mib=self.child_recycle_rss_mib,
            kill_rss_mib=self.child_kill_rss_mib,
            recycle_patients=self.child_recycle_patients,
            recycle_age_s=self.child_recycle_age_s,
        )

    @property
    def heartbeat_settings(self) -> Self:
        """These settings with a pool that gives a silent database up in time to renew elsewhere."""
        wait_s = self.lease_s / HEARTBEAT_WAITS
        waits = ("acquire", "connect", "lock", "statement")
        limits = {f"database_{wait}_timeout_s": wait_s for wait in waits}
        return self.model_copy(update={"database_pool_max": HEARTBEAT_CONNECTIONS, **limits})

    @property
    def work_time_s(self) -> float:
        """How long a drain lets work go on."""
        return max(self.drain_timeout_s - HAND_BACK_S, 0.0)


def read_config() -> GeneratorConfig:
    """Read the process's environment. Raises Invalid, naming every wrong variable."""
    return GeneratorConfig.load(os.environ)
