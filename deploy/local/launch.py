"""Starting a process that outlives the command that starts it."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.local.process_record import record
from deploy.local.server_user import RunAs


def launch(
    command: Sequence[str],
    pid_file: Path,
    log: Path,
    cwd: Path,
    env: Mapping[str, str],
    as_user: RunAs,
) -> int:
    """Start it in a session of its own (a terminal's Ctrl-C does not reach it), write its record,
    return its pid.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            **as_user,
        )
    record(pid_file, process.pid)
    # It is waited for by its record, by any command. Without a return code Popen's destructor would
    # call it forgotten.
    process.returncode = 0
    return process.pid
