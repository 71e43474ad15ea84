"""A private PostgreSQL on a restored folder: no TCP, no archiving, a socket that only its owner
reaches.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from deploy.local.deadline import Deadline
from deploy.local.launch import launch
from deploy.local.postgres import USER, program
from deploy.local.problem import Problem
from deploy.local.process_record import running_pid, stop
from deploy.local.server_user import own_folder, run_as, write_private

PORT = 5432  # part of the socket's name only
RECOVERED_WITHIN_S = 24 * 3600.0
STOPPED_WITHIN_S = 60.0
# Recovery refuses limits below the source's; without a hot standby it does not compare them.
SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "archive_mode": "off",
    "hot_standby": "off",
    "max_connections": "20",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


@dataclass(frozen=True, slots=True)
class ScratchServer:
    """`folder` holds `data`, the socket and the log."""

    folder: Path

    @property
    def data(self) -> Path:
        """Where the cluster is restored to."""
        return self.folder / "data"

    async def connect(self, database: str) -> asyncpg.Connection[asyncpg.Record]:
        """Connect as superuser."""
        connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(
            host=str(self.folder), port=PORT, user="postgres", database=database, timeout=30
        )
        return connection

    def prepare(self) -> None:
        """Make the folders."""
        self.folder.mkdir(mode=0o711, parents=True, exist_ok=True)
        own_folder(self.folder, USER)
        own_folder(self.data, USER)

    async def start(self) -> None:
        """Start it and return when it has recovered and takes connections."""
        write_private(self.folder / "pg_hba.conf", "local all all trust\n", USER)
        write_private(self.folder / "pg_ident.conf", "", USER)
        files = {
            "hba_file": "pg_hba.conf",
            "ident_file": "pg_ident.conf",
            "config_file": "postgresql.conf",
        }
        lines = [
            f"{name} = '{value}'\n"
            for name, value in {**SETTINGS, "unix_socket_directories": self.folder}.items()
        ]
        write_private(self.folder / "postgresql.conf", "".join(lines), USER)
        options = {name: str(self.folder / file) for name, file in files.items()} | {
            "data_directory": str(self.data)
        }
        arguments = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        version = (self.data / "PG_VERSION").read_text().strip()
        command = [program("postgres", version), *arguments]
        launch(
            command,
            self._pid_file,
            self.folder / "postgres.log",
            self.folder,
            {"LANG": "C.UTF-8"},
            run_as(USER),
        )
        await self._recovered()

    def stop(self) -> None:
        """Stop it at once."""
        stop(self._pid_file, signal.SIGQUIT, STOPPED_WITHIN_S)

    @property
    def _pid_file(self) -> Path:
        return self.folder / "postgres.pid"

    async def _recovered(self) -> None:
        deadline = Deadline(RECOVERED_WITHIN_S)
        while not await self._answers():
            if running_pid(self._pid_file) is None or deadline.passed():
                log = (self.folder / "postgres.log").read_text(errors="replace")
                raise Problem(f"the restored server did not recover; its log ends:\n{log[-2000:]}")
            deadline.pause()

    async def _answers(self) -> bool:
        try:
            connection = await self.connect("postgres")
        except (OSError, asyncpg.CannotConnectNowError):
            return False
        await connection.close()
        return True


@contextmanager
def scratch_server(folder: Path) -> Iterator[ScratchServer]:
    """A server that is stopped in the end; the folder stays, it is the caller's."""
    server = ScratchServer(folder)
    server.prepare()
    try:
        yield server
    finally:
        server.stop()
