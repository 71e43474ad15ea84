"""The four services as the local stack runs them: their order and the settings they are given."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from deploy.local.ports import LOOPBACK, free_ports, is_free
from deploy.local.servers import Servers

# Also the order of the stop: first nothing new comes in, then nothing new is made, then what is
# made is stored.
SERVICES = ("gateway", "generator", "writer", "scheduler")
GATEWAY_PORT = 8080


@dataclass(frozen=True)
class StackSettings:
    """Ports of one checkout's services on the loopback interface, kept between runs."""

    gateway_port: int
    generator_port: int
    writer_port: int
    scheduler_port: int

    @property
    def url(self) -> str:
        """Where the gateway answers."""
        return f"http://{LOOPBACK}:{self.gateway_port}"

    def port(self, service: str) -> int:
        """Where the service answers probes."""
        return int(getattr(self, f"{service}_port"))


def prepare_stack_settings(path: Path) -> StackSettings:
    """The last run's ports, but for those that somebody took meanwhile; the gateway's is 8080 where
    that is free.
    """
    others = free_ports(4)
    wanted = (
        read_stack_settings(path) if path.exists() else StackSettings(GATEWAY_PORT, *others[1:])
    )
    ports = {
        f"{name}_port": _kept(wanted.port(name), otherwise)
        for name, otherwise in zip(SERVICES, others, strict=True)
    }
    settings = replace(wanted, **ports)
    path.write_text(json.dumps(asdict(settings)))
    return settings


def read_stack_settings(path: Path) -> StackSettings:
    """The ports that the present or last run was given."""
    return StackSettings(**json.loads(path.read_text()))


def command(service: str) -> list[str]:
    """How a service is started."""
    return [sys.executable, "-m", f"services.{service}"]


def environment(service: str, settings: StackSettings, servers: Servers) -> Mapping[str, str]:
    """A service's variables: the caller's `LAZARET_` ones stay, but where it finds its servers is
    decided here.
    """
    return {
        **os.environ,
        "LAZARET_DATABASE_URL": servers.postgres.url(),
        "LAZARET_BROKER_URL": servers.rabbitmq.url(),
        # The broker is on this machine and boots beside them: they should notice it at once.
        "LAZARET_BROKER_RECONNECT_DELAY_MAX_S": "0.5",
        "LAZARET_HTTP_HOST" if service == "gateway" else "LAZARET_ADMIN_HOST": LOOPBACK,
        "LAZARET_HTTP_PORT" if service == "gateway" else "LAZARET_ADMIN_PORT": str(
            settings.port(service)
        ),
    }


def _kept(port: int, otherwise: int) -> int:
    return port if is_free(port) else otherwise
