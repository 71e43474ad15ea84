"""`.lazaret/`: everything the local stack of one checkout keeps."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from deploy.local import postgres, rabbitmq
from deploy.local.server_user import run_as

CHECKOUT = Path(__file__).resolve().parents[2]
LAZARET = Path(sys.executable).with_name("lazaret")
DATA_UNDER_ROOT = Path("/var/lib/lazaret")
ENTERABLE = 0o711


@dataclass(frozen=True)
class StackFolder:
    """Names of the files. Only their owner may enter `root`, but for the servers' users, who pass
    through.
    """

    root: Path

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def local_env(self) -> Path:
        """The address and key that the command line and scripts read."""
        return self.root / "local.env"

    @property
    def servers(self) -> Path:
        """The private servers' folder, by the path on which their users can reach it."""
        return self._servers_link.resolve()

    @property
    def _servers_link(self) -> Path:
        return self.root / "servers"

    @property
    def observers(self) -> Path:
        """What the programs that watch the stack keep."""
        return self.root / "observers"

    @property
    def status(self) -> Path:
        """What the supervisor last said about itself."""
        return self.root / "status.json"

    @property
    def settings(self) -> Path:
        """The stack's own ports."""
        return self.root / "stack.json"

    @property
    def choice(self) -> Path:
        """Which stack this checkout uses."""
        return self.root / "stack"

    @property
    def secrets(self) -> Path:
        """The folder of the secrets that no server knows."""
        return self.root / "secrets"

    @property
    def lock(self) -> Path:
        """Held while a command starts, stops or deletes the stack."""
        return self.root / "lock"

    def pid_file(self, name: str) -> Path:
        return self.root / "run" / f"{name}.pid"

    def prepare(self) -> None:
        """Make the folders; safe to repeat."""
        for folder in (self.root, self.logs, self.root / "run"):
            folder.mkdir(exist_ok=True)
        self.root.chmod(ENTERABLE)
        self.logs.chmod(0o700)

    def place_servers(self) -> None:
        """Choose where the servers' data goes; safe to repeat. Under root their users, who come
        with their packages, must exist.

        They must be able to reach it, which they cannot below /root, for instance.
        """
        if self._servers_link.exists():
            return
        self._servers_link.unlink(missing_ok=True)
        if _servers_can_enter(self.root):
            self._servers_link.mkdir(mode=ENTERABLE)
            return
        DATA_UNDER_ROOT.mkdir(mode=0o755, parents=True, exist_ok=True)
        elsewhere = Path(tempfile.mkdtemp(prefix=f"{CHECKOUT.name}-", dir=DATA_UNDER_ROOT))
        elsewhere.chmod(ENTERABLE)
        self._servers_link.symlink_to(elsewhere)

    def delete(self) -> None:
        """Delete everything, the servers' data behind the link too."""
        shutil.rmtree(self.servers, ignore_errors=True)
        shutil.rmtree(self.root, ignore_errors=True)


def _servers_can_enter(folder: Path) -> bool:
    return os.geteuid() != 0 or all(
        _can_enter(folder, user) for user in (postgres.USER, rabbitmq.USER)
    )


def _can_enter(folder: Path, user: str) -> bool:
    return (
        subprocess.run(
            ["/usr/bin/test", "-x", str(folder)], check=False, cwd="/", **run_as(user)
        ).returncode
        == 0
    )
