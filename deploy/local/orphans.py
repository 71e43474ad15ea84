"""What a killed server leaves behind: its children, which found nobody to tell them to end."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

from deploy.local.process_record import stop_pid

PATIENCE_S = 2.0


def end_orphans(folder: Path) -> None:
    """End the processes that work in `folder`. For a server that does not run: a child of
    PostgreSQL in mid-query would keep the next server from starting, for as long as the query
    takes.
    """
    for pid in _working_in(folder):
        stop_pid(pid, signal.SIGQUIT, PATIENCE_S)


def _working_in(folder: Path) -> Iterator[int]:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink() == folder.resolve():
                yield int(process.name)
        except OSError:
            continue  # it has ended, or is another user's
