"""A pgBackRest repository: full, differential and incremental backups and the archived log of one
PostgreSQL cluster.

The configuration file is pgBackRest's own, so that what an operator reads about pgBackRest holds
here. It is run as the database's user.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from deploy.local.postgres import USER
from deploy.local.problem import Problem
from deploy.local.server_user import run_as

BackupType = Literal["full", "diff", "incr"]
INSTALL = "apt-get install pgbackrest"
STEP_WITHIN_S = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Backup:
    """A finished backup: its label, its type, its end, and the size of the cluster in it."""

    label: str
    type: str
    finished_at: datetime
    cluster_bytes: int


@dataclass(frozen=True, slots=True)
class Repository:
    """`stanza` is the cluster's name in the configuration file; `variables` are for the
    environment, a password for example.
    """

    configuration: Path
    stanza: str = "lazaret"
    variables: dict[str, str] = field(default_factory=dict)

    def create(self) -> None:
        """Prepare the repository for the cluster; safe to repeat."""
        self._run("stanza-create")

    def check(self) -> None:
        """Push a segment of the log through the archive and find it in the repository."""
        self._run("check")

    def back_up(self, kind: BackupType) -> Backup:
        """Take a backup, wait until its log is archived, expire what the retention no longer keeps,
        and return it.
        """
        self._run("backup", f"--type={kind}")
        return self.backups()[-1]

    def backups(self) -> list[Backup]:
        """What can be restored, the oldest first."""
        known = json.loads(self._run("info", "--output=json"))
        return [_backup(each) for stanza in known for each in stanza.get("backup", ())]

    def restore(self, data: Path, moment: datetime | None) -> None:
        """Put the cluster into `data` so that its server recovers to just before the moment;
        without one, as far as the archive goes.
        """
        target = (
            []
            if moment is None
            else [
                "--type=time",
                f"--target={_in_utc(moment)}",
                "--target-exclusive",
                "--target-action=promote",
            ]
        )
        self._run("restore", f"--pg1-path={data}", *target)

    def _run(self, command: str, *options: str) -> str:
        arguments = [
            "pgbackrest",
            f"--config={self.configuration}",
            f"--stanza={self.stanza}",
            *options,
            command,
        ]
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", **self.variables}
        try:
            done = subprocess.run(
                arguments,
                cwd="/",
                env=environment,
                capture_output=True,
                text=True,
                check=False,
                timeout=STEP_WITHIN_S,
                **run_as(USER),
            )
        except FileNotFoundError:
            raise Problem("pgBackRest is missing.", command=INSTALL) from None
        if done.returncode != 0:
            said = (done.stdout + done.stderr).strip()
            raise Problem(f"pgbackrest {command} failed with {done.returncode}: {said[-2000:]}")
        return done.stdout


def _backup(document: dict[str, Any]) -> Backup:
    finished_at = datetime.fromtimestamp(document["timestamp"]["stop"], UTC)
    return Backup(document["label"], document["type"], finished_at, document["info"]["size"])


def _in_utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f+00")
