"""Processes of versions, found again by their records whoever started them."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
from pathlib import Path

from deploy.local.deadline import Deadline
from deploy.local.launch import launch
from deploy.local.ports import LOOPBACK, free_ports
from deploy.local.problem import Problem
from deploy.local.process_record import running_pid, stop
from deploy.local.readiness import status_of
from deploy.release.plan import Plan

LOG_CHARACTERS = 1_500
RUN_WITHIN_S = 600.0


class Processes:
    """The gateway of each slot, and the consumers of each slot."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        (plan.folder / "run").mkdir(parents=True, exist_ok=True)

    def run(self, command: list[str], version: Path) -> None:
        """Run a command of a version to its end. Raises Problem with what it said when it fails."""
        filled = self._plan.filled(command, version, 0)
        try:
            done = subprocess.run(
                filled,
                cwd=version,
                env={**os.environ, **self._plan.variables},
                capture_output=True,
                text=True,
                check=False,
                timeout=RUN_WITHIN_S,
            )
        except OSError as error:
            raise Problem(f"{filled[0]} cannot be run: {error.strerror}") from None
        if done.returncode != 0:
            said = (done.stdout + done.stderr).strip()
            raise Problem(f"{' '.join(filled)} failed:\n{said[-LOG_CHARACTERS:]}")

    def start_gateway(self, slot: str, version: Path) -> None:
        """Start it on the slot's port; one that runs there already is stopped first."""
        port = self._plan.slots[slot]
        variables = {"LAZARET_HTTP_HOST": LOOPBACK, "LAZARET_HTTP_PORT": str(port)}
        self._start(f"gateway-{slot}", self._plan.gateway, version, port, variables)

    def wait_ready(self, slot: str) -> None:
        """Return when the gateway of the slot says that it is ready."""
        self._wait_ready(f"gateway-{slot}", self._plan.slots[slot])

    def gateway_runs(self, slot: str) -> bool:
        """Whether its process lives."""
        return running_pid(self._record(f"gateway-{slot}")) is not None

    def stop_gateway(self, slot: str) -> None:
        """Drain it and wait."""
        stop(self._record(f"gateway-{slot}"), signal.SIGTERM, self._plan.drain_within_s)

    def start_consumers(self, slot: str, version: Path) -> None:
        """Start every other service of the version, and return when all are ready."""
        ports = dict(zip(self._plan.consumers, free_ports(len(self._plan.consumers)), strict=True))
        for name, command in self._plan.consumers.items():
            variables = {"LAZARET_ADMIN_HOST": LOOPBACK, "LAZARET_ADMIN_PORT": str(ports[name])}
            self._start(f"{name}-{slot}", command, version, ports[name], variables)
        for name, port in ports.items():
            self._wait_ready(f"{name}-{slot}", port)

    def stop_consumers(self, slot: str) -> None:
        """Drain them, all at once."""
        records = [self._record(f"{name}-{slot}") for name in self._plan.consumers]
        for record in records:
            if pid := running_pid(record):
                os.kill(pid, signal.SIGTERM)
        for record in records:
            stop(record, signal.SIGTERM, self._plan.drain_within_s)

    def _start(
        self, name: str, command: list[str], version: Path, port: int, variables: dict[str, str]
    ) -> None:
        stop(self._record(name), signal.SIGTERM, self._plan.drain_within_s)
        environment = {**os.environ, **self._plan.variables, **variables}
        filled = self._plan.filled(command, version, port)
        if (log := self._log(name)).exists():  # of the version before; a failure shows its own
            log.replace(log.with_suffix(".before"))
        try:
            launch(filled, self._record(name), log, version, environment, {})
        except OSError as error:
            raise Problem(f"{filled[0]} cannot be started: {error.strerror}") from None

    def _wait_ready(self, name: str, port: int) -> None:
        deadline = Deadline(self._plan.ready_within_s)
        while status_of(port, "/health/ready") != http.client.OK:
            alive = running_pid(self._record(name)) is not None
            if not alive or deadline.passed():
                said = self._log(name).read_text(errors="replace")[-LOG_CHARACTERS:]
                how = "did not become ready" if alive else "ended"
                raise Problem(f"{name} {how}; its log ends:\n{said}")
            deadline.pause()

    def _record(self, name: str) -> Path:
        return self._plan.folder / "run" / f"{name}.pid"

    def _log(self, name: str) -> Path:
        return self._plan.folder / f"{name}.log"
