"""Which unprivileged user a server runs as: the distribution's under root, the current one
otherwise.
"""

from __future__ import annotations

import os
import pwd
import shutil
from pathlib import Path
from typing import TypedDict

from deploy.local.problem import Problem


class RunAs(TypedDict, total=False):
    """Keyword arguments of `subprocess.Popen` that drop root's rights; empty when there are none to
    drop.
    """

    user: str
    group: int
    extra_groups: list[int]


def run_as(server_user: str) -> RunAs:
    """How to start a process as the server's user."""
    if os.geteuid() != 0:
        return {}
    return {"user": server_user, "group": _entry(server_user).pw_gid, "extra_groups": []}


def own_folder(folder: Path, server_user: str) -> None:
    """Make a folder that only the server's user can enter."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    give(folder, server_user)


def write_private(path: Path, content: str, server_user: str, mode: int = 0o600) -> None:
    """Replace a file that only the server's user can read."""
    partial = path.with_name(path.name + ".partial")
    partial.touch(mode=0o600)
    partial.write_text(content)
    partial.chmod(mode)
    give(partial, server_user)
    partial.replace(path)


def give(path: Path, server_user: str) -> None:
    """Under root, hand the path to the server's user."""
    if os.geteuid() == 0:
        shutil.chown(path, server_user, _entry(server_user).pw_gid)


def _entry(server_user: str) -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(server_user)
    except KeyError:
        problem = f"There is no system user {server_user!r}; the distribution's package makes it."
        raise Problem(problem, command="make packages") from None
