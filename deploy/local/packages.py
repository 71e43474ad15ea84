"""The distribution's packages that the native stack needs."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from deploy.local.problem import Problem

SCRIPT = Path(__file__).with_name("install-packages.sh")
PROGRAMS = {
    "postgresql": "lib/postgresql/*/bin/postgres",
    "rabbitmq-server": "lib/rabbitmq/bin/rabbitmq-server",
}
# What backups and releases are done with, and proved with.
OPERATING_PROGRAMS = {
    "haproxy": "sbin/haproxy",
    "pgbackrest": "bin/pgbackrest",
    "prometheus": "bin/prometheus",
}


def install_missing_servers() -> None:
    """Install what is missing of the two servers, without letting the packages start services of
    the system's own.
    """
    _install_missing(PROGRAMS)


def install_missing_operating_programs() -> None:
    """Install what is missing of the programs that backups and releases are done with."""
    _install_missing(OPERATING_PROGRAMS)


def _install_missing(programs: Mapping[str, str]) -> None:
    missing = [
        package for package, program in programs.items() if not any(Path("/usr").glob(program))
    ]
    if missing:
        install(missing)


def install(packages: list[str]) -> None:
    """Install Debian packages, through sudo where this user is not root."""
    by_hand = f"sudo apt-get install {' '.join(packages)}"
    if shutil.which("apt-get") is None:
        raise Problem(
            f"{' and '.join(packages)} must be installed, and there is no apt-get here.",
            command="make run STACK=docker",
        )
    command = [str(SCRIPT), *packages]
    if os.geteuid() != 0:
        if shutil.which("sudo") is None:
            raise Problem(
                f"{' and '.join(packages)} must be installed, and there is no sudo here.",
                command=f"su -c '{by_hand[5:]}'",
            )
        command = ["sudo", *command]
    if subprocess.run(command, check=False).returncode != 0:
        raise Problem(f"{' and '.join(packages)} could not be installed.", command=by_hand)
