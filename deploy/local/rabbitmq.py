"""A private RabbitMQ: own node name, cookie, data folder and ports, its own epmd, loopback only, no
plugins.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.local.deadline import Deadline
from deploy.local.launch import launch
from deploy.local.ports import LOOPBACK
from deploy.local.problem import Problem
from deploy.local.process_record import running_pid, stop
from deploy.local.server_settings import ServerSettings
from deploy.local.server_user import own_folder, run_as, write_private

USER = "rabbitmq"
LOGIN = "lazaret"
VHOST = "lazaret"
PROTOCOL_HEADER = b"AMQP\x00\x00\x09\x01"
READY_WITHIN_S = 120.0
STOPPED_WITHIN_S = 30.0
COMMAND_WITHIN_S = 60.0
EVERYTHING = '<<".*">>'

# The write-ahead log is kept small for a laptop's disk; the message limit is RabbitMQ 4's default,
# so that nothing larger is got used to.
CONFIGURATION = """\
listeners.tcp.default = {address}:{port}
default_user = {login}
default_pass = {password}
default_vhost = {vhost}
default_user_tags.administrator = false
raft.wal_max_size_bytes = 64000000
max_message_size = 16777216
collect_statistics_interval = 60000
log.console = false
log.file = rabbit.log
log.file.level = info
"""


@dataclass(frozen=True)
class Rabbitmq:
    """One broker in one folder; `folder` must be enterable for the system user `rabbitmq` when root
    starts it.
    """

    folder: Path
    settings: ServerSettings

    @property
    def pid_file(self) -> Path:
        """The record of the running broker."""
        return self.folder.parent / "rabbitmq.pid"

    @property
    def epmd_pid_file(self) -> Path:
        """The record of the running Erlang port mapper."""
        return self.folder.parent / "epmd.pid"

    def url(self, vhost: str = VHOST) -> str:
        """The login's URL for a virtual host whose name needs no escape."""
        return f"amqp://{LOGIN}:{self.settings.amqp_password}@{LOOPBACK}:{self.settings.amqp_port}/{vhost}"

    def start(self) -> None:
        """Write the configuration, then start epmd and the broker without waiting for them."""
        self.stop()
        self._configure()
        self._start_epmd()
        self._launch([str(_scripts() / "rabbitmq-server")], self.pid_file)

    def wait_ready(self) -> None:
        """Return when the broker greets; Problem when it ended or took too long."""
        deadline = Deadline(READY_WITHIN_S)
        while not self._greets():
            if running_pid(self.pid_file) is None or deadline.passed():
                raise Problem(
                    f"RabbitMQ did not start; its logs are {self.folder / 'log'} and "
                    f"{self.folder.parent / 'rabbitmq.log'}"
                )
            deadline.pause()

    def stop(self) -> None:
        """Orderly stop of the broker, then of its epmd."""
        stop(self.pid_file, signal.SIGTERM, STOPPED_WITHIN_S)
        stop(self.epmd_pid_file, signal.SIGTERM, STOPPED_WITHIN_S)

    def add_vhosts(self, vhosts: Sequence[str]) -> None:
        """Make empty virtual hosts that the login may use: a second for the Erlang that asks the
        broker, 20 ms for each.
        """
        login = _binary(LOGIN)
        add = f"ok = rabbit_vhost:add(Name, {login})"
        grant = (
            f"ok = rabbit_auth_backend_internal:set_permissions({login}, Name, {EVERYTHING}, "
            f"{EVERYTHING}, {EVERYTHING}, {login})"
        )
        self._control("eval", f"[begin {add}, {grant} end || Name <- {_binaries(vhosts)}].")

    def delete_vhosts(self, vhosts: Sequence[str]) -> None:
        """Delete virtual hosts with everything in them."""
        self._control(
            "eval", f"[rabbit_vhost:delete(Name, {_binary(LOGIN)}) || Name <- {_binaries(vhosts)}]."
        )

    def limit_memory(self, limit: str) -> None:
        """Set the use of memory above which the broker blocks who publishes: "1MB", or a share of
        the machine's as "0.4".
        """
        self._control(
            "set_vm_memory_high_watermark", *(["absolute"] if limit.endswith("B") else []), limit
        )

    def _configure(self) -> None:
        own_folder(self.folder, USER)
        configuration = CONFIGURATION.format(
            address=LOOPBACK,
            port=self.settings.amqp_port,
            login=LOGIN,
            password=self.settings.amqp_password,
            vhost=VHOST,
        )
        write_private(self.folder / "rabbitmq.conf", configuration, USER)
        write_private(self.folder / "enabled_plugins", "[].\n", USER)
        write_private(self.folder / ".erlang.cookie", self.settings.erlang_cookie, USER, mode=0o400)

    def _start_epmd(self) -> None:
        """Erlang would start one by itself, but detached and shared; this one has a pid to stop."""
        self._launch(
            ["epmd", "-port", str(self.settings.epmd_port), "-address", LOOPBACK],
            self.epmd_pid_file,
        )
        deadline = Deadline(READY_WITHIN_S)
        while not _listens(self.settings.epmd_port):
            if deadline.passed():
                raise Problem(
                    "The Erlang port mapper (epmd) did not start.", command="make packages"
                )
            deadline.pause()

    def _launch(self, command: list[str], pid_file: Path) -> None:
        launch(
            command,
            pid_file,
            self.folder.parent / "rabbitmq.log",
            self.folder,
            self._environment(),
            run_as(USER),
        )

    def _control(self, *arguments: str) -> None:
        command = [str(_scripts() / "rabbitmqctl"), "--quiet", *arguments]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=COMMAND_WITHIN_S,
            **run_as(USER),
        )
        if done.returncode != 0:
            raise Problem(
                f"rabbitmqctl {arguments[0]} failed: {done.stderr.strip() or done.stdout.strip()}"
            )

    def _environment(self) -> dict[str, str]:
        """Nothing of the caller's environment but the path: a developer's RABBITMQ_ variables must
        not reach this node.
        """
        settings, folder = self.settings, str(self.folder)
        return {
            "PATH": os.defpath + ":/usr/sbin:/sbin",
            "LANG": "C.UTF-8",
            "HOME": folder,
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_NODENAME": settings.erlang_node,
            "RABBITMQ_CONFIG_FILE": f"{folder}/rabbitmq.conf",
            "RABBITMQ_MNESIA_BASE": f"{folder}/data",
            "RABBITMQ_LOG_BASE": f"{folder}/log",
            "RABBITMQ_SCHEMA_DIR": f"{folder}/schema",
            "RABBITMQ_GENERATED_CONFIG_DIR": f"{folder}/config",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/enabled_plugins",
            "RABBITMQ_DIST_PORT": str(settings.distribution_port),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "ERL_EPMD_PORT": str(settings.epmd_port),
            "ERL_EPMD_ADDRESS": LOOPBACK,
            # The start script then becomes the Erlang machine instead of its parent, so that the
            # recorded pid is the broker's.
            "RUNNING_UNDER_SYSTEMD": "true",
        }

    def _greets(self) -> bool:
        """Whether it speaks AMQP: its listener opens when everything else has started."""
        try:
            with socket.create_connection(
                (LOOPBACK, self.settings.amqp_port), timeout=2
            ) as connection:
                connection.sendall(PROTOCOL_HEADER)
                return connection.recv(1) == b"\x01"
        except OSError:
            return False


def _binary(name: str) -> str:
    return f'<<"{name}">>'


def _binaries(names: Sequence[str]) -> str:
    return f"[{','.join(map(_binary, names))}]"


def _listens(port: int) -> bool:
    try:
        socket.create_connection((LOOPBACK, port), timeout=2).close()
    except OSError:
        return False
    return True


def _scripts() -> Path:
    """The broker's own scripts; Debian's wrappers in /usr/sbin insist on the packaged node."""
    folder = Path("/usr/lib/rabbitmq/bin")
    if not (folder / "rabbitmq-server").exists():
        raise Problem("RabbitMQ is missing.", command="make packages")
    return folder
