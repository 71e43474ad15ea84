"""The four services with the real collector, Jaeger, Prometheus, Alertmanager and log store."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import aio_pika
import httpx
import pytest

from deploy.local.deadline import Deadline
from deploy.local.observing import Observers, Ports
from deploy.local.ports import free_ports
from deploy.local.programs import missing
from deploy.local.servers import Servers
from tests.e2e.deployment import SETTLED_WITHIN_S, STEADY, Deployment
from tests.e2e.fixtures import admin_key

SERVICES = ("scheduler", "generator", "writer", "gateway")
PATIENTS = 3_000
STARTED_WITHIN_S = 240.0  # the job waits until a simulation process has loaded its kernels


@dataclass(frozen=True)
class Watched:
    """A running stack with what watches it, after one job that ended well."""

    deployment: Deployment
    ports: Ports
    job_id: str
    http: httpx.Client

    def ask(self, store: str, path: str, **parameters: Any) -> Any:
        """The JSON answer of a store's API."""
        answer = self.http.get(f"{self.ports.url(store)}{path}", params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def query(self, expression: str) -> list[dict[str, Any]]:
        """What Prometheus answers now; empty without data."""
        result = self.ask("prometheus", "/api/v1/query", query=expression)["data"]["result"]
        return list(result)

    def logs(self, query: str) -> list[dict[str, Any]]:
        """The lines that VictoriaLogs finds."""
        answer = self.http.post(
            f"{self.ports.url('logs')}/select/logsql/query", data={"query": query, "limit": "1000"}
        )
        assert answer.status_code == 200, answer.text
        return [httpx.Response(200, content=line).json() for line in answer.text.splitlines()]


def soon(
    condition: Callable[[], Any], what: Callable[[], object], within_s: float = SETTLED_WITHIN_S
) -> Any:
    """Wait until the condition holds: what is exported arrives in its own time."""
    deadline = Deadline(within_s)
    while not (answer := condition()):
        assert not deadline.passed(), f"not within {within_s:g} s: {what()}"
        deadline.pause()
    return answer


@pytest.fixture(scope="module")
def watched(
    servers: Servers,
    database_template: str,
    new_database: Callable[[str], str],
    unused_vhosts: Iterator[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Watched]:
    """One stack for a file of tests. Skipped, with the reason, where the programs are not built."""
    if absent := missing():
        pytest.skip(f"SKIPPED: {', '.join(absent)} not built or installed here (make tools)")
    folder = tmp_path_factory.mktemp("watched")
    urls = (
        servers.postgres.url(new_database(database_template)),
        servers.rabbitmq.url(next(unused_vhosts)),
    )
    observers = Observers(folder / "observers")
    names = Ports.__dataclass_fields__
    ports = Ports(**dict(zip(names, free_ports(len(names)), strict=True)))
    with asyncio.Runner() as runner, httpx.Client(timeout=30) as http:
        deployment = Deployment(*urls, folder, runner.run(admin_key(urls[0])))
        try:
            observers.start(ports)
            yield runner.run(_after_one_job(deployment, ports, http))
        finally:
            runner.run(deployment.stop())
            observers.delete()


async def _after_one_job(deployment: Deployment, ports: Ports, http: httpx.Client) -> Watched:
    settings = {**STEADY, "otlp_endpoint": ports.url("otlp"), "otlp_interval_s": "3"}
    await deployment.start(*SERVICES, **settings)
    job_id = await deployment.submit(PATIENTS)
    assert (await deployment.finished(job_id, STARTED_WITHIN_S))["state"] == "succeeded"
    export = await deployment.http("GET", f"/api/v1/jobs/{job_id}/export?format=csv")
    assert export.status_code == 200, export.text
    # Something must have gone wrong, too: a caller who is not known, and a message that is refused.
    refused = await deployment.http("GET", "/api/v1/jobs", headers={"Authorization": "Bearer no"})
    assert refused.status_code == 401
    await _send_garbage(deployment.broker_url)
    return Watched(deployment, ports, job_id, http)


async def _send_garbage(broker_url: str) -> None:
    """A message that no writer can read: it is logged and parked."""
    async with await aio_pika.connect(broker_url) as connection, connection.channel() as channel:
        message = aio_pika.Message(b"\x00", type="batch_generated")
        await channel.default_exchange.publish(message, "write")
