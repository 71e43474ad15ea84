"""Asking a service whether it is ready."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from pathlib import Path

from deploy.local.deadline import Deadline
from deploy.local.local_services import StackSettings
from deploy.local.ports import LOOPBACK
from deploy.local.problem import Problem
from deploy.services import NAMES

ANSWER_WITHIN_S = 2.0
READY_WITHIN_S = 120.0
LOG_LINES_SHOWN = 5


def status_of(port: int, path: str, headers: Mapping[str, str] | None = None) -> int | None:
    """The HTTP status of a GET; None without an answer."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=ANSWER_WITHIN_S)
    try:
        connection.request("GET", path, headers=dict(headers or {}))
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def wait_services_ready(settings: StackSettings, logs: Path) -> None:
    """Return when all services say they are ready.

    Raises:
        Problem: one is not within the limit; its last log lines are in the message.
    """
    deadline = Deadline(READY_WITHIN_S)
    for service in NAMES:
        while status_of(settings.port(service), "/health/ready") != http.client.OK:
            if deadline.passed():
                raise Problem(
                    f"{service} did not become ready. Its log {logs / service}.log "
                    f"ends:\n{_end_of_log(logs / f'{service}.log')}"
                )
            deadline.pause()


def _end_of_log(path: Path) -> str:
    lines = path.read_text(errors="replace").splitlines() if path.exists() else []
    return "\n".join(f"  {line}" for line in lines[-LOG_LINES_SHOWN:])
