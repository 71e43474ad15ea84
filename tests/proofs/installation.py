"""A proxy, a Prometheus and versions with and without faults, for releases that are proved."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from deploy.local.ports import LOOPBACK, free_ports
from deploy.local.process_record import stop
from deploy.release import steps
from deploy.release.plan import Plan, read_plan
from deploy.release.steps import Tools
from shared.clock import SystemClock
from shared.db.migrate import MIGRATIONS
from tests.e2e.deployment import CHECKOUT, eventually
from tests.secrets_of_tests import SECRET_VARIABLES

PROXY = CHECKOUT / "deploy" / "release" / "haproxy.cfg"
GOOD = "-m services.gateway"
FAULTY = "-m tests.proofs.faulty_gateway"
CHECK = "from services.gateway.config import read_config; read_config()"
EXPANDING = "ALTER TABLE jobs ADD COLUMN noted text;\n"
BREAKING = "ALTER TABLE jobs DROP COLUMN seed;\n"


@dataclass
class Installation:
    """`url` is the proxy's."""

    folder: Path
    url: str
    plan: Plan
    tools: Tools
    expansions: dict[str, str] = field(default_factory=dict)

    def version(self, name: str, gateway: str = GOOD, migration: str = "") -> Path:
        """Make a version that runs this checkout's code, with one migration more where one is
        given.
        """
        folder = self.folder / "versions" / name
        (folder / "migrations").mkdir(parents=True)
        for file in MIGRATIONS.glob("*.sql"):
            (folder / "migrations" / file.name).write_bytes(file.read_bytes())
        after = {**self.expansions, **({name.replace("-", "_"): migration} if migration else {})}
        if migration == EXPANDING:
            self.expansions = after
        first = len(list(MIGRATIONS.glob("*.sql"))) + 1
        for number, (what, text) in enumerate(after.items(), first):
            (folder / "migrations" / f"{number:04}_{what}.sql").write_text(text)
        _script(folder / "gateway", gateway)
        _script(folder / "check", f"-c '{CHECK}'")
        _script(folder / "migrate", "-m tests.proofs.migrate_to migrations")
        return folder

    @property
    def serving(self) -> str:
        """The name of the version that the journal says serves."""
        return Path(steps.standing(self.tools).version).name

    @property
    def step(self) -> str:
        """What was begun last."""
        return steps.standing(self.tools).step

    async def command(self, *arguments: str) -> asyncio.subprocess.Process:
        """Start `lazaret-deploy` on this installation, as an operator does."""
        plan = ["--plan", str(self.folder / "release.toml")]
        command = [sys.executable, "-m", "deploy", *arguments, *plan]
        return await asyncio.create_subprocess_exec(
            *command,
            cwd=CHECKOUT,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )

    async def release(self, version: Path) -> tuple[int, str]:
        """Release it; returns the exit code and what was said."""
        process = await self.command("release", "run", str(version))
        said, _ = await process.communicate()
        assert process.returncode is not None
        return process.returncode, said.decode()


def _script(path: Path, python: str) -> None:
    path.write_text(f"#!/bin/sh\nexec {sys.executable} {python}\n")
    path.chmod(0o755)


def write_plan(path: Path, document: Mapping[str, Any]) -> Plan:
    """Write it as an operator would, and read it back."""
    plain = {key: value for key, value in document.items() if not isinstance(value, dict)}
    lines = [f"{key} = {json.dumps(value)}" for key, value in plain.items()]
    for name in document.keys() - plain.keys():
        table = [f"{key} = {json.dumps(each)}" for key, each in document[name].items()]
        lines += [f"[{name}]", *table]
    path.write_text("\n".join(lines) + "\n")
    return read_plan(path)


@asynccontextmanager
async def installed(
    folder: Path, database_url: str, broker_url: str, **wanted: Any
) -> AsyncIterator[Installation]:
    """A proxy and a Prometheus that run, and one good version that serves."""
    listen, blue, green, watch = free_ports(4)
    (folder / "database_url").write_text(database_url)
    variables = {
        "PYTHONPATH": str(CHECKOUT),
        "LAZARET_DATABASE_URL": database_url,
        "LAZARET_BROKER_URL": broker_url,
        "LAZARET_BROKER_RECONNECT_DELAY_MAX_S": "1",
        **SECRET_VARIABLES,
    }
    document = {
        "folder": str(folder / "state"),
        "proxy_socket": str(folder / "proxy.sock"),
        "prometheus_url": f"http://{LOOPBACK}:{watch}",
        "database_url_file": str(folder / "database_url"),
        "free_bytes_min": 1024**2,
        "migrations": "{version}/migrations",
        "check": ["{version}/check"],
        "migrate": ["{version}/migrate"],
        "gateway": ["{version}/gateway"],
        "slots": {"blue": blue, "green": green},
        "variables": variables,
        **wanted,
    }
    plan = write_plan(folder / "release.toml", document)
    tools = Tools.of(plan, SystemClock(), lambda _: None)
    made = Installation(folder, f"http://{LOOPBACK}:{listen}", plan, tools)
    _write_prometheus(folder, plan.slots)
    async with (
        _running(_proxy_command(), folder / "proxy.log", _proxy_variables(folder, listen, plan)),
        _running(_prometheus_command(folder, watch), folder / "prometheus.log", {}),
    ):
        await eventually(lambda: _answers(f"{plan.prometheus_url}/-/ready"))
        await asyncio.to_thread(steps.begin, tools, "blue", made.version("first"))
        await eventually(lambda: _answers(f"{made.url}/health/ready"))
        try:
            yield made
        finally:
            for record in (folder / "state" / "run").glob("*.pid"):
                await asyncio.to_thread(stop, record, signal.SIGTERM, 60.0)


def _proxy_command() -> list[str]:
    return ["/usr/sbin/haproxy", "-db", "-f", str(PROXY)]


def _proxy_variables(folder: Path, listen: int, plan: Plan) -> dict[str, str]:
    return {
        "PROXY_SOCKET": str(folder / "proxy.sock"),
        "GATEWAY_BIND": f"{LOOPBACK}:{listen}",
        "GATEWAY_BLUE": f"{LOOPBACK}:{plan.slots['blue']}",
        "GATEWAY_GREEN": f"{LOOPBACK}:{plan.slots['green']}",
    }


def _prometheus_command(folder: Path, port: int) -> list[str]:
    return [
        "/usr/bin/prometheus",
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'series'}",
        f"--web.listen-address={LOOPBACK}:{port}",
    ]


def _write_prometheus(folder: Path, slots: Mapping[str, int]) -> None:
    targets = "".join(
        f"      - {{targets: ['{LOOPBACK}:{port}'], labels: {{slot: {slot}}}}}\n"
        for slot, port in slots.items()
    )
    (folder / "prometheus.yml").write_text(
        "global: {scrape_interval: 1s, scrape_timeout: 1s}\n"
        f"scrape_configs:\n  - job_name: gateway\n    static_configs:\n{targets}"
    )


@asynccontextmanager
async def _running(
    command: list[str], log: Path, variables: Mapping[str, str]
) -> AsyncIterator[None]:
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *command, env={**os.environ, **variables}, stdout=output, stderr=output
        )
    try:
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _answers(url: str) -> bool:
    async with httpx.AsyncClient() as http:
        try:
            return (await http.get(url)).status_code == 200
        except httpx.TransportError:
            return False
