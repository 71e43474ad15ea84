"""A configuration of pgBackRest for one cluster on this machine, and the settings that its
PostgreSQL needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local.postgres import USER
from deploy.local.server_user import own_folder, write_private


@dataclass(frozen=True, slots=True)
class Cluster:
    """A PostgreSQL data folder, and the folder of the Unix socket on which its server listens."""

    data: Path
    socket: Path
    port: int


# How many full backups are kept, with the differential ones and the log that lead on from them.
FULL_KEPT = 4
DIFFERENTIAL_KEPT = 7
# pgBackRest gives up on a segment after this; a server that is busy may take its time.
SEGMENT_WITHIN_S = 60


def write_configuration(
    folder: Path, cluster: Cluster, passphrase: str, archive_timeout_s: int
) -> Path:
    """Write `pgbackrest.conf` beside an encrypted repository in `folder`, readable by the
    database's user only; returns its path.
    """
    own_folder(folder, USER)
    for name in ("repository", "lock", "spool", "log"):
        own_folder(folder / name, USER)
    lines = {
        "repo1-path": folder / "repository",
        "repo1-cipher-type": "aes-256-cbc",
        "repo1-cipher-pass": passphrase,
        "repo1-retention-full": FULL_KEPT,
        "repo1-retention-diff": DIFFERENTIAL_KEPT,
        "repo1-bundle": "y",
        "compress-type": "zst",
        "start-fast": "y",
        "lock-path": folder / "lock",
        "spool-path": folder / "spool",
        "log-path": folder / "log",
        "log-level-console": "warn",
        "archive-timeout": max(SEGMENT_WITHIN_S, archive_timeout_s),
    }
    text = "[global]\n" + "".join(f"{name}={value}\n" for name, value in lines.items())
    text += f"\n[lazaret]\npg1-path={cluster.data}\npg1-port={cluster.port}\n"
    text += f"pg1-socket-path={cluster.socket}\npg1-user=postgres\n"
    path = folder / "pgbackrest.conf"
    write_private(path, text, USER)
    return path


def archive_settings(
    configuration: Path, cluster: Cluster, archive_timeout_s: int
) -> Mapping[str, str]:
    """The server's settings with which its log is archived at least this often: what can be lost
    with the machine is no older.
    """
    return {
        "archive_mode": "on",
        "archive_command": f"pgbackrest --config={configuration} --stanza=lazaret archive-push %p",
        "archive_timeout": str(archive_timeout_s),
        "unix_socket_directories": str(cluster.socket),
    }
