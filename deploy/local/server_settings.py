"""Ports, passwords and names of one pair of private servers, made once and kept in the servers'
folder.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from deploy.local.ports import free_ports, is_free

FILE_NAME = "servers.json"
PASSWORD_BYTES = 24


@dataclass(frozen=True)
class ServerSettings:
    """What distinguishes this pair from every other on the machine. Passwords are random, the file
    is its owner's alone.
    """

    postgres_port: int
    postgres_superuser_password: str
    postgres_password: str
    amqp_port: int
    amqp_password: str
    distribution_port: int
    epmd_port: int
    erlang_node: str
    erlang_cookie: str


def read_settings(folder: Path) -> ServerSettings:
    """The settings of servers that were prepared in this folder."""
    return ServerSettings(**json.loads((folder / FILE_NAME).read_text()))


def prepare_settings(folder: Path) -> ServerSettings:
    """Settings for a start: kept from the last one, but for ports that somebody took meanwhile."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE_NAME
    settings = _with_free_ports(read_settings(folder)) if path.exists() else _new_settings()
    _write(path, settings)
    return settings


def _new_settings() -> ServerSettings:
    postgres_port, amqp_port, distribution_port, epmd_port = free_ports(4)
    return ServerSettings(
        postgres_port=postgres_port,
        postgres_superuser_password=secrets.token_hex(PASSWORD_BYTES),
        postgres_password=secrets.token_hex(PASSWORD_BYTES),
        amqp_port=amqp_port,
        amqp_password=secrets.token_hex(PASSWORD_BYTES),
        distribution_port=distribution_port,
        epmd_port=epmd_port,
        erlang_node=f"lazaret-{secrets.token_hex(4)}@localhost",
        erlang_cookie=secrets.token_hex(PASSWORD_BYTES),
    )


def _with_free_ports(settings: ServerSettings) -> ServerSettings:
    postgres_port, amqp_port, distribution_port, epmd_port = free_ports(4)
    return replace(
        settings,
        postgres_port=_kept(settings.postgres_port, postgres_port),
        amqp_port=_kept(settings.amqp_port, amqp_port),
        distribution_port=_kept(settings.distribution_port, distribution_port),
        epmd_port=_kept(settings.epmd_port, epmd_port),
    )


def _kept(port: int, otherwise: int) -> int:
    return port if is_free(port) else otherwise


def _write(path: Path, settings: ServerSettings) -> None:
    partial = path.with_suffix(".partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(asdict(settings), file, indent=2)
    partial.replace(path)
