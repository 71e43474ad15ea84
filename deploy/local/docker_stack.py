"""The stack as containers, through `docker compose`."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from deploy.local.local_env import ensure_local_env
from deploy.local.local_services import GATEWAY_PORT
from deploy.local.ports import LOOPBACK, free_ports, is_free
from deploy.local.problem import Problem
from deploy.local.roles import password_of, service_url
from deploy.local.secret_files import NAMES as SECRET_NAMES
from deploy.local.secret_files import ensure_secrets
from deploy.local.stack_folder import CHECKOUT, StackFolder
from deploy.services import NAMES

ANSWER_WITHIN_S = 20.0
PASSWORD_BYTES = 24


class DockerStack:
    """One compose project per checkout."""

    def __init__(self, folder: StackFolder) -> None:
        self._folder = folder
        self._secrets = folder.root / "docker"
        self._project = f"lazaret-{hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:8]}"

    def running(self) -> bool:
        """Whether the gateway's container runs."""
        if not self._secrets.exists():
            return False
        done = self._compose(
            "ps", "--status=running", "--quiet", "gateway", capture=True, check=False
        )
        return done.returncode == 0 and bool(done.stdout.strip())

    def prepare(self) -> None:
        """The images hold everything; nothing is installed on this machine."""

    def up(self) -> dict[str, str]:
        """Build, start, wait until every container is healthy; returns the variables of
        `local.env`.
        """
        self._folder.prepare()
        self._write_secrets()
        self._compose("up", "--build", "--detach", "--wait")
        return ensure_local_env(
            self._folder.local_env, f"http://{LOOPBACK}:{self._gateway_port()}", self._make_key
        )

    def stop(self) -> None:
        """Drain and stop in order; the data stays in its volumes."""
        if not self._secrets.exists():
            return
        for service in NAMES:
            self._compose("stop", service, check=False)
        self._compose("down")

    def hurry(self) -> None:
        """Kill what still drains: leases and redelivery see to its work."""
        self._compose("kill", *NAMES, check=False)

    def clean(self) -> None:
        """Stop and delete the volumes."""
        if self._secrets.exists():
            self._compose("down", "--volumes", "--remove-orphans")

    def _make_key(self, arguments: list[str]) -> str:
        return self._compose("exec", "-T", "gateway", "lazaret", *arguments, capture=True).stdout

    def _gateway_port(self) -> int:
        return int((self._secrets / "gateway_port").read_text())

    def _write_secrets(self) -> None:
        """Once. The folder is its owner's alone; the files are read by the containers' own users,
        so they are open inside it.
        """
        self._secrets.mkdir(mode=0o700, exist_ok=True)
        port = self._secrets / "gateway_port"
        if not port.exists() or not (is_free(self._gateway_port()) or self.running()):
            port.write_text(str(GATEWAY_PORT if is_free(GATEWAY_PORT) else free_ports(1)[0]))
        ensure_secrets(self._secrets)
        for name in SECRET_NAMES:
            (self._secrets / name).chmod(0o644)
        grafana = self._secrets / "grafana_password"
        if not grafana.exists():
            grafana.write_text(secrets.token_hex(PASSWORD_BYTES))
            grafana.chmod(0o644)
        if (self._secrets / "broker_url").exists():
            return
        self._write_files(_server_secrets())

    def _write_files(self, files: Mapping[str, str]) -> None:
        for name, content in files.items():
            path = self._secrets / name
            path.write_text(content)
            path.chmod(0o644)

    def _compose(
        self, *arguments: str, capture: bool = False, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        command = [
            *compose_command(),
            "--project-name",
            self._project,
            "--project-directory",
            str(CHECKOUT),
            *arguments,
        ]
        environment = {**os.environ, "LAZARET_GATEWAY_PORT": str(self._gateway_port())}
        done = subprocess.run(
            command, cwd=CHECKOUT, env=environment, capture_output=capture, text=True, check=False
        )
        if check and done.returncode != 0:
            raise Problem(
                f"docker compose {arguments[0]} failed; the containers' logs are shown "
                f"by: {' '.join(command[:5])} logs"
            )
        return done


def _server_secrets() -> dict[str, str]:
    superuser, database, broker = (secrets.token_hex(PASSWORD_BYTES) for _ in range(3))
    owner_url = f"postgresql://lazaret:{database}@postgres:5432/lazaret"
    files = {
        "postgres_password": superuser,
        "database_password": database,
        "database_url": owner_url,
        "rabbitmq_configuration": _broker_configuration(broker),
        "broker_url": f"amqp://lazaret:{broker}@rabbitmq:5672/lazaret",
    }
    for service in NAMES:
        files[f"database_password_{service}"] = password_of(service, database)
        files[f"database_url_{service}"] = service_url(owner_url, service)
    return files


def _broker_configuration(password: str) -> str:
    lines = [
        "default_user = lazaret",
        f"default_pass = {password}",
        "default_vhost = lazaret",
        "default_user_tags.administrator = false",
        "raft.wal_max_size_bytes = 64000000",
        "max_message_size = 16777216",
    ]
    return "\n".join([*lines, ""])


def compose_command() -> list[str]:
    """Docker's own compose plugin, else the stand-alone program."""
    if _succeeds(["docker", "compose", "version"]):
        return ["docker", "compose"]
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    raise Problem(
        "Docker compose is missing.", command="sudo apt-get install docker-compose-plugin"
    )


def can_use_docker() -> bool:
    """An engine answers, compose is there, and every image is present or can be pulled."""
    if shutil.which("docker") is None or not _succeeds(["docker", "info"]):
        return False
    try:
        compose = compose_command()
    except Problem:
        return False
    return all(_obtainable(image) for image in _images(compose))


def _images(compose: list[str]) -> list[str]:
    """The images that are not built here, and the one that the others are built from."""
    environment = {**os.environ, "LAZARET_GATEWAY_PORT": str(GATEWAY_PORT)}
    shown = subprocess.run(
        [*compose, "--project-directory", str(CHECKOUT), "config", "--format", "json"],
        cwd=CHECKOUT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    services = json.loads(shown.stdout)["services"].values()
    built_from = {
        service["build"]["args"]["BASE_IMAGE"] for service in services if "build" in service
    }
    return sorted({service["image"] for service in services if "build" not in service} | built_from)


def _obtainable(image: str) -> bool:
    return _succeeds(["docker", "image", "inspect", image]) or _succeeds(
        ["docker", "manifest", "inspect", image]
    )


def _succeeds(command: list[str]) -> bool:
    try:
        return (
            subprocess.run(
                command, capture_output=True, check=False, timeout=ANSWER_WITHIN_S, cwd=Path("/")
            ).returncode
            == 0
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
