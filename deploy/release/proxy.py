"""HAProxy's runtime interface: which version gets how many of the requests."""

from __future__ import annotations

import csv
import io
import socket
from dataclasses import dataclass
from pathlib import Path

from deploy.local.deadline import Deadline
from deploy.local.problem import Problem

ANSWER_WITHIN_S = 5.0
CHUNK_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Proxy:
    """One backend with a server a slot."""

    administration: Path
    backend: str

    def set_weight(self, slot: str, percent: int) -> None:
        """Weights are shares of what the servers of the backend have together."""
        self._say(f"set weight {self.backend}/{slot} {percent}%")

    def open(self, slot: str) -> None:
        """Send requests to it."""
        self._say(f"set server {self.backend}/{slot} state ready")

    def drain(self, slot: str) -> None:
        """Send it no new requests; those under way go on."""
        self._say(f"set server {self.backend}/{slot} state drain")

    def close(self, slot: str) -> None:
        """Send it nothing, and do not ask whether it lives."""
        self._say(f"set server {self.backend}/{slot} state maint")

    def is_up(self, slot: str) -> bool:
        """Whether its health check succeeds and it takes requests."""
        return self._status(slot)["status"].startswith("UP")

    def wait_up(self, slot: str, within_s: float) -> None:
        """Return when the proxy itself finds it ready."""
        deadline = Deadline(within_s)
        while not self.is_up(slot):
            if deadline.passed():
                raise Problem(f"the proxy does not reach {slot}: {self._status(slot)['status']}")
            deadline.pause()

    def wait_idle(self, slot: str, within_s: float) -> bool:
        """Wait until no request of it is under way; whether that came in time."""
        deadline = Deadline(within_s)
        while self._status(slot)["scur"] != "0":
            if deadline.passed():
                return False
            deadline.pause()
        return True

    def _status(self, slot: str) -> dict[str, str]:
        rows = csv.DictReader(io.StringIO(self._ask("show stat").removeprefix("# ")))
        for row in rows:
            if (row["pxname"], row["svname"]) == (self.backend, slot):
                return row
        raise Problem(f"the proxy has no server {self.backend}/{slot}")

    def _say(self, command: str) -> None:
        if answer := self._ask(command).strip():
            raise Problem(f"the proxy refuses {command!r}: {answer}")

    def _ask(self, command: str) -> str:
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(ANSWER_WITHIN_S)
                connection.connect(str(self.administration))
                connection.sendall(command.encode() + b"\n")
                return b"".join(iter(lambda: connection.recv(CHUNK_BYTES), b"")).decode()
        except OSError as error:
            raise Problem(f"the proxy does not answer at {self.administration}: {error}") from None
