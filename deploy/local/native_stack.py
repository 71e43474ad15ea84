"""The stack without Docker: one supervisor process per checkout, in the background."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from deploy.local.deadline import Deadline
from deploy.local.launch import launch
from deploy.local.local_env import ensure_local_env
from deploy.local.local_services import read_stack_settings
from deploy.local.packages import install_missing_servers
from deploy.local.problem import Problem
from deploy.local.process_record import running_pid, stop
from deploy.local.readiness import wait_services_ready
from deploy.local.secret_files import ensure_secrets
from deploy.local.servers import stop_servers
from deploy.local.stack_folder import CHECKOUT, LAZARET, StackFolder
from deploy.local.status import read_status
from deploy.local.supervisor import DRAIN_WITHIN_S
from deploy.services import NAMES

READY_WITHIN_S = 240.0
STOPPED_WITHIN_S = len(NAMES) * DRAIN_WITHIN_S + 60


class NativeStack:
    """Up, down and away; each act may be repeated and cleans up after a crash."""

    def __init__(self, folder: StackFolder) -> None:
        self._folder = folder
        self._supervisor = folder.pid_file("supervisor")

    def running(self) -> bool:
        return running_pid(self._supervisor) is not None

    def prepare(self) -> None:
        """Install the servers where they are missing."""
        install_missing_servers()

    def up(self) -> dict[str, str]:
        """Start what does not run yet, wait until it is ready; returns the variables of
        `local.env`.
        """
        self.prepare()
        self._folder.prepare()
        self._folder.place_servers()
        with self._alone():
            if not self.running():
                self._folder.status.unlink(missing_ok=True)
                command = [
                    sys.executable,
                    "-m",
                    "deploy.local",
                    "--folder",
                    str(self._folder.root),
                    "supervise",
                ]
                output = self._folder.logs / "supervisor.log"
                launch(command, self._supervisor, output, CHECKOUT, os.environ, {})
        url, database_url = self._wait_started()
        # The status says that the stack was ready once; a service that was killed since may be
        # starting again.
        wait_services_ready(read_stack_settings(self._folder.settings), self._folder.logs)
        return ensure_local_env(
            self._folder.local_env, url, lambda arguments: self._lazaret(arguments, database_url)
        )

    def stop(self) -> None:
        """Drain and stop everything, leftovers of a killed supervisor too."""
        if not self._folder.root.exists():
            return
        self._folder.prepare()
        with self._alone():
            stop(self._supervisor, signal.SIGTERM, STOPPED_WITHIN_S)
            for name in NAMES:
                stop(self._folder.pid_file(name), signal.SIGTERM, DRAIN_WITHIN_S)
            stop_servers(self._folder.servers)

    def hurry(self) -> None:
        """Shorten a drain that is under way."""
        if pid := running_pid(self._supervisor):
            os.kill(pid, signal.SIGTERM)

    def clean(self) -> None:
        """Stop; the data goes with the folder."""
        self.stop()

    def _wait_started(self) -> tuple[str, str]:
        deadline = Deadline(READY_WITHIN_S)
        while True:
            alive, status = self.running(), read_status(self._folder.status)
            if status and status.state == "ready":
                return status.url, status.database_url
            if status and status.state == "failed":
                raise Problem(status.message)
            if not alive or deadline.passed():
                raise Problem(
                    f"The stack did not start; its log is {self._folder.logs / 'supervisor.log'}"
                )
            deadline.pause()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One command at a time acts on the stack of a checkout."""
        with self._folder.lock.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _lazaret(self, arguments: list[str], database_url: str) -> str:
        secrets = ensure_secrets(self._folder.secrets)
        environment = {**os.environ, **secrets, "LAZARET_DATABASE_URL": database_url}
        done = subprocess.run(
            [str(LAZARET), *arguments],
            cwd=CHECKOUT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise Problem(f"lazaret {arguments[0]} failed: {done.stderr.strip()}")
        return done.stdout
