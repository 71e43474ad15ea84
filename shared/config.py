"""Settings of a process: frozen, read once from an environment mapping, every problem reported at
once.

A field `database_url` is read from `LAZARET_DATABASE_URL`, or from the file that
`LAZARET_DATABASE_URL_FILE` names, which is how secrets reach a container. Every number carries its
unit in its name.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from shared.errors import FieldProblem, Invalid

ENV_PREFIX = "LAZARET_"
FILE_SUFFIX = "_FILE"


def variable_name(field: str) -> str:
    """Return the environment variable that sets this field."""
    return ENV_PREFIX + field.upper()


class Settings(BaseModel):
    """What every group of settings can do."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    @classmethod
    def load(cls, environ: Mapping[str, str]) -> Self:
        """Build from variables or the files they name; an empty variable counts as unset, and goes
        before its file.

        Raises:
            Invalid: with every missing or wrong variable or unreadable file, by its name; values
                are not repeated, they may be secret.
        """
        given = {
            field: value
            for field in cls.model_fields
            if (value := _value(environ, variable_name(field)))
        }
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            raise Invalid(
                tuple(_problem(detail["loc"], detail["msg"]) for detail in error.errors())
            ) from None


def _value(environ: Mapping[str, str], variable: str) -> str:
    path = environ.get(variable + FILE_SUFFIX, "")
    if environ.get(variable) or not path:
        return environ.get(variable, "")
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise Invalid(
            (FieldProblem(variable + FILE_SUFFIX, f"cannot be read: {error.strerror}"),)
        ) from None


def _problem(location: tuple[int | str, ...], message: str) -> FieldProblem:
    return FieldProblem(variable_name(str(location[0])) if location else "configuration", message)


class ServiceConfig(Settings):
    """What every service has, whatever it does."""

    instance: str = Field(
        default="",
        max_length=100,
        description=(
            "Name of this process in logs and telemetry; host name and process id when empty"
        ),
    )
    drain_timeout_s: float = Field(
        default=25.0,
        gt=0,
        le=600,
        description="Longest time a drain may take after SIGTERM for work in progress",
    )


class DatabaseSettings(Settings):
    """PostgreSQL and its pool of connections."""

    database_url: SecretStr = Field(
        description="PostgreSQL address, postgresql://user:password@host:port/name"
    )
    database_pool_max: int = Field(default=8, ge=1, le=100, description="Connections at most")
    database_connect_timeout_s: float = Field(
        default=5.0, gt=0, le=60, description="Longest wait for a new connection"
    )
    database_acquire_timeout_s: float = Field(
        default=5.0, gt=0, le=60, description="Longest wait for a free connection"
    )
    database_statement_timeout_s: float = Field(
        default=30.0, gt=0, le=600, description="Longest time of one statement"
    )
    database_lock_timeout_s: float = Field(
        default=5.0, gt=0, le=60, description="Longest wait for a lock"
    )
    database_idle_transaction_timeout_s: float = Field(
        default=30.0, gt=0, le=600, description="Longest pause inside a transaction"
    )
    database_connection_age_max_s: float = Field(
        default=1800.0, gt=0, le=86400, description="Age at which a connection is replaced"
    )


class IdentitySettings(Settings):
    """Secrets that the database must not know: without them its contents prove nothing."""

    key_pepper: SecretStr = Field(
        min_length=32,
        description="Secret under which API keys are stored; with another one no key is known",
    )
    audit_key: SecretStr = Field(
        min_length=32, description="Secret with which the audit log is sealed and verified"
    )

    @property
    def pepper(self) -> bytes:
        return self.key_pepper.get_secret_value().encode()

    @property
    def seal_key(self) -> bytes:
        return self.audit_key.get_secret_value().encode()


class BrokerSettings(Settings):
    """RabbitMQ and the deadlines of talking to it."""

    broker_url: SecretStr = Field(
        description="RabbitMQ address, amqp://user:password@host:port/vhost"
    )
    broker_heartbeat_s: int = Field(default=15, ge=1, le=600, description="AMQP heartbeat interval")
    broker_connect_timeout_s: float = Field(
        default=10.0, gt=0, le=120, description="Longest wait for a connection"
    )
    broker_publish_timeout_s: float = Field(
        default=20.0, gt=0, le=300, description="Longest wait for a publisher confirm"
    )
    broker_reconnect_delay_max_s: float = Field(
        default=15.0, gt=0, le=300, description="Longest pause between attempts to reconnect"
    )


class TelemetrySettings(Settings):
    """Logs, traces and metrics."""

    log_level: str = Field(
        default="info",
        pattern="^(debug|info|warning|error)$",
        description="Lowest level that is logged: debug, info, warning or error",
    )
    otlp_endpoint: str = Field(
        default="",
        pattern="^$|^https?://[^/]+",
        description=(
            "Collector's OTLP/HTTP address, http://host:4318; nothing is exported when empty"
        ),
    )
    otlp_timeout_s: float = Field(
        default=5.0, gt=0, le=60, description="Longest time of one export to the collector"
    )
    otlp_interval_s: float = Field(
        default=10.0, gt=0, le=300, description="Time between two exports of metrics"
    )
    trace_sample_ratio: float = Field(
        default=1.0, ge=0, le=1, description="Share of new traces that are recorded"
    )
    trace_queue_spans_max: int = Field(
        default=2048,
        ge=512,
        le=65536,
        description="Spans that wait for export at most; further ones are dropped",
    )
    log_queue_records_max: int = Field(
        default=2048,
        ge=512,
        le=65536,
        description="Log records that wait for export at most; further ones go to stdout only",
    )
    telemetry_flush_timeout_s: float = Field(
        default=3.0,
        gt=0,
        le=60,
        description="Longest time of the last export when the process ends",
    )


class ReadinessSettings(Settings):
    """How a process finds out whether it may take work."""

    readiness_cache_s: float = Field(
        default=1.0, ge=0, le=60, description="Age up to which a readiness answer is reused"
    )
    readiness_timeout_s: float = Field(
        default=2.0, gt=0, le=30, description="Longest time of one readiness check"
    )


class AdminSettings(ReadinessSettings):
    """The small HTTP server for probes and metrics of a service that has no other."""

    admin_host: str = Field(
        default="127.0.0.1", description="Address that the probe and metrics server listens on"
    )
    admin_port: int = Field(
        default=9464, ge=0, le=65535, description="Its TCP port; 0 takes a free one"
    )
