"""What a release is told: where the proxy, the measurements and the versions are, and what is good
enough.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from deploy.local.problem import Problem

VERSION = "{version}"
PORT = "{port}"

Command = Annotated[list[str], Field(min_length=1)]


class Plan(BaseModel):
    """One installation. In commands `{version}` stands for the version's folder, `{port}` for the
    port that it listens on.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path = Field(
        description="Where the release keeps its state, its log and the processes' output"
    )
    proxy_socket: Path = Field(description="HAProxy's administration socket")
    proxy_backend: str = Field(default="gateway", description="Its backend with one server a slot")
    prometheus_url: str = Field(
        pattern=r"^https?://[^/]+$",
        description="Where both versions' metrics are, labelled with their slot",
    )
    database_url_file: Path = Field(description="File that holds the database's address")
    data_folder: Path = Field(
        default=Path("/"), description="On the volume whose free space is looked at"
    )
    free_bytes_min: int = Field(
        default=2 * 1024**3, ge=0, description="Free space that a release needs"
    )
    slots: dict[str, int] = Field(
        min_length=2, max_length=2, description="The two servers of the backend and their ports"
    )
    migrations: str = Field(
        default=f"{VERSION}/shared/db/migrations", description="Folder of a version's migrations"
    )
    check: Command = Field(
        description="Command that fails when a version does not accept its configuration"
    )
    migrate: Command = Field(description="Command that brings the database to a version's schema")
    gateway: Command = Field(description="Command that starts a version's gateway and stays")
    consumers: dict[str, Command] = Field(
        default_factory=dict, description="Commands of the other services, by name"
    )
    variables: dict[str, str] = Field(
        default_factory=dict, description="Environment of all of them, beside what they inherit"
    )
    ready_within_s: float = Field(
        default=90.0, gt=0, le=3600, description="Longest time until a new version is ready"
    )
    drain_within_s: float = Field(
        default=60.0, gt=0, le=3600, description="Longest time for an old one to end"
    )
    canary_percent: int = Field(
        default=10, ge=1, le=50, description="Share of the requests that the canary gets"
    )
    window_s: float = Field(
        default=60.0, gt=0, le=3600, description="Time over which both versions are compared"
    )
    windows_max: int = Field(
        default=5, ge=1, le=100, description="Windows to wait for enough requests"
    )
    events_min: int = Field(
        default=300, ge=10, description="Requests that the canary must have answered"
    )
    error_ratio_more_max: float = Field(
        default=0.005,
        ge=0,
        lt=1,
        description="Share of errors above the old version's that is tolerated",
    )
    p95_factor_max: float = Field(
        default=1.5, ge=1, description="Slower than the old version by this factor"
    )
    p95_more_max_s: float = Field(default=0.1, ge=0, description="and by this much is too slow")
    annotations_url: str = Field(
        default="", description="Grafana's address for annotations; none are made when empty"
    )
    annotations_token_file: Path | None = Field(
        default=None, description="File that holds the token for them"
    )

    @model_validator(mode="after")
    def _ports_differ(self) -> Plan:
        if len(set(self.slots.values())) != len(self.slots):
            raise ValueError("slots must have different ports")
        return self

    def filled(self, command: list[str], version: Path, port: int) -> list[str]:
        """Return the command for a version and a port."""
        return [part.replace(VERSION, str(version)).replace(PORT, str(port)) for part in command]

    def migrations_of(self, version: Path) -> Path:
        """Return the folder of a version's migrations."""
        return Path(self.migrations.replace(VERSION, str(version)))


def read_plan(path: Path) -> Plan:
    """Read a plan's file. Raises Problem with every wrong line."""
    try:
        return Plan.model_validate(tomllib.loads(path.read_text()))
    except OSError as error:
        raise Problem(f"{path} cannot be read: {error.strerror}") from None
    except tomllib.TOMLDecodeError as error:
        raise Problem(f"{path} is no TOML: {error}") from None
    except ValidationError as error:
        lines = [
            f"{path}: {'.'.join(map(str, each['loc'])) or 'plan'}: {each['msg']}"
            for each in error.errors()
        ]
        raise Problem("\n".join(lines)) from None
