"""Which stack a checkout uses: what the person says, else what it used before, else what this
machine can do.
"""

from __future__ import annotations

from typing import Literal

from deploy.local.docker_stack import DockerStack, can_use_docker
from deploy.local.native_stack import NativeStack
from deploy.local.problem import Problem
from deploy.local.stack_folder import StackFolder

Choice = Literal["auto", "docker", "native"]


def choose(folder: StackFolder, choice: Choice) -> DockerStack | NativeStack:
    """Remembers the answer until `make clean`, so that the data does not seem to vanish when an
    engine comes or goes.
    """
    remembered = folder.choice.read_text() if folder.choice.exists() else ""
    if remembered and choice in {"auto", remembered}:
        return _stack(folder, remembered)
    if remembered and _stack(folder, remembered).running():
        raise Problem(f"The {remembered} stack of this checkout is running.", command="make stop")
    chosen = choice if choice != "auto" else "docker" if can_use_docker() else "native"
    folder.prepare()
    folder.choice.write_text(chosen)
    return _stack(folder, chosen)


def both(folder: StackFolder) -> tuple[DockerStack | NativeStack, ...]:
    """For stopping and deleting, whatever was started."""
    return DockerStack(folder), NativeStack(folder)


def _stack(folder: StackFolder, name: str) -> DockerStack | NativeStack:
    return DockerStack(folder) if name == "docker" else NativeStack(folder)
