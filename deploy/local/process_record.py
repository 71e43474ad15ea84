"""A started process, written down so that a later command can find and stop exactly that process.

A pid alone is not enough: after a crash or a reboot the number may belong to somebody else. The
kernel's start time in ticks and the boot id make it unique.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
from dataclasses import asdict, dataclass
from pathlib import Path

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
KILLED_WITHIN_S = 10.0
STATE, STARTED = 0, 19  # positions in `_stat`


@dataclass(frozen=True)
class ProcessRecord:
    """Which process was started: `start_ticks` counts clock ticks since the boot named by
    `boot_id`.
    """

    pid: int
    start_ticks: int
    boot_id: str


def record(path: Path, pid: int) -> None:
    """Write down a child, which may have ended already."""
    started = ProcessRecord(pid, int(_stat(pid)[STARTED]), BOOT_ID.read_text().strip())
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(asdict(started)))
    partial.replace(path)


def running_pid(path: Path) -> int | None:
    """The recorded process's pid if it still runs; None for a missing, broken or outdated
    record.
    """
    try:
        started = ProcessRecord(**json.loads(path.read_text()))
        same = (
            started.boot_id == BOOT_ID.read_text().strip()
            and started.start_ticks == _running_since(started.pid)
        )
    except (OSError, ValueError, TypeError):
        return None
    return started.pid if same else None


def stop(path: Path, first: signal.Signals, patience_s: float) -> bool:
    """Send the first signal, wait, kill what is left, forget the record; True if the process was
    running.
    """
    pid = running_pid(path)
    if pid is not None:
        stop_pid(pid, first, patience_s)
    path.unlink(missing_ok=True)
    return pid is not None


def stop_pid(pid: int, first: signal.Signals, patience_s: float) -> None:
    """Send the first signal and wait for the end; after the patience, kill."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(handle, first)
            if not _ended_within(handle, patience_s):
                signal.pidfd_send_signal(handle, signal.SIGKILL)
                _ended_within(handle, KILLED_WITHIN_S)
        reap(pid)
    finally:
        os.close(handle)


def reap(pid: int) -> None:
    """Collect it if it was this process's child; otherwise somebody else does."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def _ended_within(handle: int, seconds: float) -> bool:
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


def _running_since(pid: int) -> int | None:
    """Start time in ticks; None for a zombie, which has ended."""
    fields = _stat(pid)
    return None if fields[STATE] in {"Z", "X"} else int(fields[STARTED])


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat behind the command name, which may hold spaces."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
