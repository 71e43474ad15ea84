"""A private PostgreSQL: own data folder, port and passwords, loopback only, no Unix socket."""

from __future__ import annotations

import signal
import socket
import struct
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.deadline import Deadline
from deploy.local.launch import launch
from deploy.local.orphans import end_orphans
from deploy.local.ports import LOOPBACK
from deploy.local.problem import Problem
from deploy.local.process_record import running_pid, stop
from deploy.local.roles import make_roles
from deploy.local.server_settings import ServerSettings
from deploy.local.server_user import own_folder, run_as, write_private

USER = "postgres"
DATABASE = "lazaret"
PROTOCOL = 3 << 16
READY_WITHIN_S = 60.0
STOPPED_WITHIN_S = 30.0

# Durable (fsync and synchronous_commit stay on) and sized for a two-core laptop: bulk COPY needs
# room between checkpoints.
CONFIGURATION = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "maintenance_work_mem": "128MB",
    "wal_buffers": "16MB",
    "min_wal_size": "512MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "checkpoint_completion_target": "0.9",
    "fsync": "on",
    "synchronous_commit": "on",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %a ",
}


@dataclass(frozen=True)
class Postgres:
    """One server in one folder; `folder` must be enterable for the system user `postgres` when root
    starts it. `options` are further settings of the server, for archiving its log for example.
    """

    folder: Path
    settings: ServerSettings
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        """The server's data folder."""
        return self.folder / "data"

    @property
    def pid_file(self) -> Path:
        """The record of the running server."""
        return self.folder.parent / "postgres.pid"

    def url(self, database: str = DATABASE) -> str:
        """The service role's URL: owner of its databases, no superuser."""
        return f"postgresql://{DATABASE}:{self.settings.postgres_password}@{LOOPBACK}:{self.settings.postgres_port}/{database}"

    def superuser_url(self, database: str = "postgres") -> str:
        """For making and dropping databases; no service is given it."""
        return f"postgresql://postgres:{self.settings.postgres_superuser_password}@{LOOPBACK}:{self.settings.postgres_port}/{database}"

    def make_roles(self) -> None:
        """Make the services' roles, in the running server; safe to repeat."""
        make_roles(self.superuser_url(), self.settings.postgres_password)

    def start(self) -> None:
        """Make the data folder if there is none, then start the server without waiting for it."""
        stop(self.pid_file, signal.SIGINT, STOPPED_WITHIN_S)
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        end_orphans(self.data)
        self._remove_stale_lock()
        options = {**CONFIGURATION, **self.options, "port": str(self.settings.postgres_port)}
        arguments = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        command = [self._program("postgres"), "-D", str(self.data), *arguments]
        launch(
            command,
            self.pid_file,
            self.folder.parent / "postgres.log",
            self.folder,
            {"LANG": "C.UTF-8"},
            run_as(USER),
        )

    def wait_ready(self) -> None:
        """Return when the server answers; Problem when it ended or took too long."""
        deadline = Deadline(READY_WITHIN_S)
        while not self._answers():
            if running_pid(self.pid_file) is None or deadline.passed():
                raise Problem(
                    f"PostgreSQL did not start; its log is {self.folder.parent / 'postgres.log'}"
                )
            deadline.pause()

    def stop(self) -> None:
        """Fast shutdown: transactions are rolled back, a checkpoint is written."""
        stop(self.pid_file, signal.SIGINT, STOPPED_WITHIN_S)

    def _initialise(self) -> None:
        own_folder(self.folder, USER)
        password = self.folder / "superuser-password"
        write_private(password, self.settings.postgres_superuser_password, USER)
        command = [
            self._program("initdb"),
            "-D",
            str(self.data),
            "-U",
            "postgres",
            "--auth=scram-sha-256",
            f"--pwfile={password}",
        ]
        command += ["--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"]
        done = subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, check=False, **run_as(USER)
        )
        password.unlink()
        if done.returncode != 0:
            raise Problem(f"PostgreSQL's data folder could not be made: {done.stderr.strip()}")
        self._make_role()

    def _make_role(self) -> None:
        """In single-user mode, before anybody can connect."""
        statements = (
            f"CREATE ROLE {DATABASE} LOGIN PASSWORD "
            f"'{self.settings.postgres_password}'\nCREATE DATABASE {DATABASE} OWNER "
            f"{DATABASE}\n"
        )
        command = [self._program("postgres"), "--single", "-D", str(self.data), "postgres"]
        subprocess.run(
            command,
            cwd=self.folder,
            input=statements.encode(),
            capture_output=True,
            check=True,
            **run_as(USER),
        )

    def _answers(self) -> bool:
        """Whether it takes connections: it asks for the password then, and answers with an error
        while it starts or recovers.
        """
        try:
            with socket.create_connection(
                (LOOPBACK, self.settings.postgres_port), timeout=2
            ) as connection:
                connection.sendall(_startup_packet())
                return connection.recv(1) == b"R"
        except OSError:
            return False

    def _remove_stale_lock(self) -> None:
        """After a crash the lock may name a pid that is somebody else's now, and PostgreSQL would
        believe it.
        """
        lock = self.data / "postmaster.pid"
        if lock.exists() and not _serves(lock.read_text().split("\n", 1)[0], self.data):
            lock.unlink()

    def _program(self, name: str) -> str:
        version = self.data / "PG_VERSION"
        return program(name, version.read_text().strip() if version.exists() else "*")


def _startup_packet() -> bytes:
    parameters = f"user\0{DATABASE}\0database\0{DATABASE}\0\0".encode()
    return struct.pack("!II", len(parameters) + 8, PROTOCOL) + parameters


def _serves(pid: str, data: Path) -> bool:
    try:
        return str(data).encode() in Path(f"/proc/{int(pid)}/cmdline").read_bytes()
    except (OSError, ValueError):
        return False


def program(name: str, major: str = "*") -> str:
    """A server program of the distribution: of the given major version, else of the newest."""
    found = sorted(
        Path("/usr/lib/postgresql").glob(f"{major}/bin/{name}"), key=lambda path: int(path.parts[4])
    )
    if not found:
        raise Problem(
            f"PostgreSQL's program {name!r} (version {major}) is missing.", command="make packages"
        )
    return str(found[-1])
