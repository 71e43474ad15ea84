"""The gateway's settings. Only this module of the service reads the environment."""

import os
from functools import cached_property
from pathlib import Path
from typing import Self

from pydantic import Field, field_validator, model_validator

from shared.config import (
    BrokerSettings,
    DatabaseSettings,
    IdentitySettings,
    ReadinessSettings,
    ServiceConfig,
    TelemetrySettings,
)
from shared.networks import Network, read_networks


class GatewayConfig(
    ServiceConfig,
    DatabaseSettings,
    BrokerSettings,
    IdentitySettings,
    TelemetrySettings,
    ReadinessSettings,
):
    """Everything that the gateway is told from outside."""

    http_host: str = Field(
        default="127.0.0.1", description="Address that the HTTP interface listens on"
    )
    http_port: int = Field(
        default=8080, ge=0, le=65535, description="Its TCP port; 0 takes a free one"
    )
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^/?#]+(/[^?#]*)?$",
        description="The gateway's root as clients reach it through a proxy",
    )
    public_hosts: str = Field(
        default="",
        description="Hosts by which clients reach the gateway beside the public URL's, between "
        "commas; requests for others are refused. SMART clients need one of the two settings",
    )
    cors_origins: str = Field(
        default="",
        pattern=r"^$|^https?://[^\s,/*]+(\s*,\s*https?://[^\s,/*]+)*$",
        description="Origins, between commas, whose pages may use the interface from a browser",
    )
    http_tls_certificate: Path | None = Field(
        default=None,
        description="PEM file of the gateway's certificate and its chain; plain HTTP without",
    )
    http_tls_key: Path | None = Field(
        default=None, description="PEM file of the certificate's key; both are read when replaced"
    )
    http_reuse_port: bool = Field(
        default=False, description="Let several gateway processes listen on the same port"
    )
    http_header_timeout_s: float = Field(
        default=75.0,
        gt=0,
        le=600,
        description="Longest time for a request's headers, and for a connection to stay idle",
    )
    body_bytes_max: int = Field(
        default=1024**2, ge=1024, le=64 * 1024**2, description="Bytes of a request body at most"
    )
    body_timeout_s: float = Field(
        default=15.0, gt=0, le=300, description="Longest time for a request's body to arrive"
    )
    write_timeout_s: float = Field(
        default=30.0,
        gt=0,
        le=600,
        description="Longest time for a client to take what was written to it",
    )
    requests_in_flight_max: int = Field(
        default=1000,
        ge=1,
        le=10_000,
        description="Requests answered at once; further ones get 503 with Retry-After",
    )
    requests_in_flight_tenant_max: int = Field(
        default=500, ge=1, le=10_000, description="Of these, one tenant's at most"
    )
    requests_in_flight_address_max: int = Field(
        default=500,
        ge=1,
        le=10_000,
        description="Requests of one address whose keys are looked up at once, at most",
    )
    requests_public_max: int = Field(
        default=100,
        ge=1,
        le=10_000,
        description="Requests that need no key, such as those for tokens, answered at once",
    )
    requests_public_address_max: int = Field(
        default=20, ge=1, le=10_000, description="Of these, one address's at most"
    )
    rate_key_per_minute: int = Field(
        default=60_000, ge=1, le=10**7, description="Requests of one API key or client a minute"
    )
    rate_tenant_per_minute: int = Field(
        default=120_000, ge=1, le=10**7, description="Requests of one tenant a minute"
    )
    rate_address_per_minute: int = Field(
        default=6_000,
        ge=1,
        le=10**7,
        description="Requests that need no key, of one address, a minute",
    )
    trusted_proxies: str = Field(
        default="",
        description="Networks whose Forwarded or X-Forwarded-For is believed, between commas",
    )
    job_patients_max: int = Field(
        default=100_000_000, ge=1, le=10**12, description="Patients of one job at most"
    )
    backlog_patients_max: int = Field(
        default=1_000_000_000,
        ge=1,
        le=10**13,
        description="Patients requested and not yet stored, of all jobs, at most",
    )
    tenant_jobs_max: int = Field(
        default=1_000, ge=1, le=10**6, description="Jobs of one tenant that have not ended, at most"
    )
    tenant_backlog_patients_max: int = Field(
        default=500_000_000,
        ge=1,
        le=10**13,
        description="Patients requested and not yet stored, of one tenant, at most",
    )
    tenant_stored_bytes_max: int = Field(
        default=0,
        ge=0,
        le=10**16,
        description="Bytes of one tenant's stored bodies above which it is told to delete some",
    )
    batch_patients: int = Field(
        default=10_000, ge=1, le=100_000, description="Patients of a batch, in whole sectors"
    )
    part_patients: int = Field(
        default=10_000,
        ge=1,
        le=100_000,
        description="Patients of a part, the unit of storage, at most",
    )
    page_items_max: int = Field(
        default=1000, ge=1, le=10_000, description="Items of one page at most"
    )
    export_workers: int = Field(
        default=2,
        ge=1,
        le=64,
        description="Processes that render exports, at a lower priority than all others",
    )
    read_workers: int = Field(
        default=1,
        ge=1,
        le=64,
        description="Processes that render what FHIR clients read and search",
    )
    exports_in_flight_max: int = Field(
        default=16,
        ge=1,
        le=1000,
        description="Exports sent at once; further ones get 503 with Retry-After",
    )
    exports_in_flight_tenant_max: int = Field(
        default=8, ge=1, le=1000, description="Of these, one tenant's at most"
    )
    bulk_requests_max: int = Field(
        default=50,
        ge=1,
        le=10_000,
        description="Bulk exports of one client kept at once; more are refused",
    )
    bulk_life_s: float = Field(
        default=86_400.0,
        ge=60,
        le=30 * 86_400,
        description="How long a bulk export can be downloaded",
    )
    key_cache_s: float = Field(
        default=2.0,
        ge=0,
        le=60,
        description="How long a good key is not looked up again; so long a revocation takes",
    )
    refusals_per_minute_max: int = Field(
        default=60,
        ge=1,
        le=10_000,
        description="Keys and tokens of one address refused a minute; then it has to wait",
    )
    jwks_http_allowed: bool = Field(
        default=False,
        description="Fetch clients' key sets over plain http too, for closed networks",
    )
    jwks_private_allowed: bool = Field(
        default=False,
        description="Fetch clients' key sets from private, loopback and link-local addresses too",
    )
    scenarios_max: int = Field(
        default=1000, ge=1, le=100_000, description="Scenarios that a tenant may keep"
    )
    preview_patients_max: int = Field(
        default=2000, ge=1, le=50_000, description="Casualties of a previewed sector at most"
    )
    console_session_s: float = Field(
        default=43_200.0,
        ge=60,
        le=30 * 86_400,
        description="How long a browser stays signed in to the console",
    )
    console_link_s: float = Field(
        default=3_600.0,
        ge=10,
        le=86_400,
        description="How long a one-time link into the console can be used",
    )
    live_poll_s: float = Field(
        default=1.0,
        ge=0.1,
        le=60,
        description="How often running jobs are looked at for those who follow them live",
    )
    event_streams_max: int = Field(
        default=100,
        ge=1,
        le=10_000,
        description="Streams of live events open at once; each counts as a request in flight",
    )
    page_parts_max: int = Field(
        default=100,
        ge=1,
        le=10_000,
        description="Stored parts searched for one page of patients at most",
    )

    @model_validator(mode="after")
    def _certificate_is_whole(self) -> Self:
        if (self.http_tls_certificate is None) != (self.http_tls_key is None):
            raise ValueError("http_tls_certificate and http_tls_key are needed together")
        return self

    @model_validator(mode="after")
    def _limits_fit(self) -> Self:
        if self.job_patients_max > self.backlog_patients_max:
            raise ValueError(
                f"job_patients_max ({self.job_patients_max}) must be at most "
                f"backlog_patients_max ({self.backlog_patients_max}): "
                "the largest job could never be accepted"
            )
        return self

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, text: str) -> str:
        read_networks(text)
        return text

    @cached_property
    def listed_origins(self) -> frozenset[str]:
        """`cors_origins`, taken apart."""
        return frozenset(each.strip() for each in self.cors_origins.split(",") if each.strip())

    @cached_property
    def trusted_networks(self) -> tuple[Network, ...]:
        """`trusted_proxies`, read."""
        return read_networks(self.trusted_proxies)


def read_config() -> GatewayConfig:
    """Read the process's environment. Raises Invalid, naming every wrong variable."""
    return GatewayConfig.load(os.environ)
