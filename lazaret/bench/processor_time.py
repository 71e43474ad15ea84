"""Processor time of services and servers: what a patient costs where, however busy the machine is
with other things.
"""

from collections.abc import Iterator

import psutil

from deploy.local.process_record import running_pid
from deploy.local.servers import Servers
from deploy.local.stack_folder import StackFolder
from deploy.services import NAMES


class ProcessorTime:
    """Reads the kernel's accounts. A child that has ended is on its parent's."""

    def __init__(self, folder: StackFolder, servers: Servers) -> None:
        self._pid_files = {name: folder.pid_file(name) for name in NAMES}
        self._pid_files |= {
            "postgres": servers.postgres.pid_file,
            "rabbitmq": servers.rabbitmq.pid_file,
        }

    def spent_s(self) -> dict[str, float]:
        """Return the seconds that each has spent since its start, its children included."""
        return {
            name: sum(_family_s(pid))
            for name, path in self._pid_files.items()
            if (pid := running_pid(path)) is not None
        }


def _family_s(pid: int) -> Iterator[float]:
    parent = psutil.Process(pid)
    for process in (parent, *parent.children(recursive=True)):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        yield times.user + times.system + times.children_user + times.children_system
