"""Both private servers of one folder, started side by side."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from deploy.local.postgres import Postgres
from deploy.local.process_record import running_pid
from deploy.local.rabbitmq import Rabbitmq
from deploy.local.server_settings import ServerSettings, prepare_settings, read_settings

ENTERABLE = 0o711


@dataclass(frozen=True)
class Servers:
    """A pair of servers that belong together."""

    postgres: Postgres
    rabbitmq: Rabbitmq

    @classmethod
    def of(cls, folder: Path, settings: ServerSettings) -> Servers:
        """The pair that lives in this folder."""
        return cls(Postgres(folder / "postgres", settings), Rabbitmq(folder / "rabbitmq", settings))

    def stop(self) -> None:
        """Stop both, the broker first: its clients are gone, the database may still write."""
        self.rabbitmq.stop()
        self.postgres.stop()


def begin_servers(folder: Path) -> Servers:
    """Start both without waiting; leftovers of a crashed run are stopped first."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(ENTERABLE)
    stop_servers(folder)
    servers = Servers.of(folder, prepare_settings(folder))
    servers.rabbitmq.start()
    servers.postgres.start()
    return servers


def start_servers(folder: Path) -> Servers:
    """Start both and return when both answer: the database starts beside the broker's boot."""
    servers = begin_servers(folder)
    servers.postgres.wait_ready()
    servers.postgres.make_roles()
    servers.rabbitmq.wait_ready()
    return servers


def running_servers(folder: Path) -> Servers | None:
    """The pair of this folder if both run."""
    try:
        servers = Servers.of(folder, read_settings(folder))
    except OSError:
        return None
    both = (servers.postgres.pid_file, servers.rabbitmq.pid_file)
    return servers if all(running_pid(path) is not None for path in both) else None


def stop_servers(folder: Path) -> None:
    """Stop whatever of the pair runs."""
    try:
        settings = read_settings(folder)
    except OSError:
        return
    Servers.of(folder, settings).stop()


def delete_servers(folder: Path) -> None:
    """Stop the pair and delete its data."""
    stop_servers(folder)
    shutil.rmtree(folder, ignore_errors=True)
