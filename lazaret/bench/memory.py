"""Peak resident memory of the running services, by name."""

from collections.abc import Iterator
from pathlib import Path

import psutil

from deploy.local.process_record import running_pid
from deploy.local.stack_folder import StackFolder
from deploy.services import NAMES


class PeakMemory:
    """The highest peaks seen so far, in MB. Simulation processes come and go, so they are looked at
    often and share one name.
    """

    def __init__(self, folder: StackFolder) -> None:
        self._folder = folder
        self.peaks_mb: dict[str, float] = {}

    def look(self) -> None:
        """Take the present peaks into account."""
        for name, pid in self._processes():
            self.peaks_mb[name] = max(self.peaks_mb.get(name, 0.0), _peak_mb(pid))

    def _processes(self) -> Iterator[tuple[str, int]]:
        for service in NAMES:
            pid = running_pid(self._folder.pid_file(service))
            if pid is not None:
                yield service, pid
                yield from (
                    (f"{service}_child", child.pid)
                    for child in psutil.Process(pid).children(recursive=True)
                )


def _peak_mb(pid: int) -> float:
    """Read the kernel's high-water mark; 0 for a process that has just ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0.0
    lines = dict(line.split(":", 1) for line in status.splitlines())
    return int(lines.get("VmHWM", "0").split()[0]) / 1024
