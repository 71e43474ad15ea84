"""The four services as the local stack runs them: their order and the settings they are given."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local.ports import LOOPBACK, free_ports, is_free
from deploy.local.roles import service_url
from deploy.local.servers import Servers
from deploy.services import NAMES, Service

GATEWAY_PORT = 8080

HOSTS = {"LAZARET_PUBLIC_HOSTS": f"{LOOPBACK},localhost"}


@dataclass(frozen=True)
class StackSettings:
    """Ports of one checkout's services on the loopback interface, kept between runs."""

    ports: Mapping[str, int]

    @property
    def url(self) -> str:
        """Where the gateway answers."""
        return f"http://{LOOPBACK}:{self.port('gateway')}"

    def port(self, service: str) -> int:
        """Where the service answers probes."""
        return self.ports[service]


def prepare_stack_settings(path: Path) -> StackSettings:
    """The last run's ports, but for those that somebody took meanwhile; the gateway's is 8080 where
    that is free.
    """
    others = dict(zip(NAMES, free_ports(len(NAMES)), strict=True))
    last = read_stack_settings(path).ports if path.exists() else {"gateway": GATEWAY_PORT}
    ports = {name: _kept(last.get(name, other), other) for name, other in others.items()}
    path.write_text(json.dumps(ports))
    return StackSettings(ports)


def read_stack_settings(path: Path) -> StackSettings:
    """The ports that the present or last run was given."""
    return StackSettings(json.loads(path.read_text()))


def command(service: Service) -> list[str]:
    """How a service is started."""
    return [sys.executable, "-m", service.module]


def environment(
    service: Service, settings: StackSettings, servers: Servers, secrets: Mapping[str, str]
) -> Mapping[str, str]:
    """A service's variables: the caller's `LAZARET_` ones stay, but where it finds its servers is
    decided here.
    """
    return {
        **os.environ,
        "LAZARET_DATABASE_URL": service_url(servers.postgres.url(), service.name),
        "LAZARET_BROKER_URL": servers.rabbitmq.url(),
        **({**secrets, **HOSTS} if service.name == "gateway" else {}),
        # The broker is on this machine and boots beside them: they should notice it at once.
        "LAZARET_BROKER_RECONNECT_DELAY_MAX_S": "0.5",
        f"LAZARET_{service.listener}_HOST": LOOPBACK,
        f"LAZARET_{service.listener}_PORT": str(settings.port(service.name)),
    }


def _kept(port: int, otherwise: int) -> int:
    return port if is_free(port) else otherwise
