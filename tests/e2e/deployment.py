"""The four services as real processes on real servers, for tests that do to them what operations
would.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import aio_pika
import asyncpg
import httpx

from deploy.local.deadline import Deadline
from deploy.local.ports import LOOPBACK, free_ports
from deploy.local.roles import service_url
from deploy.local.servers import Servers
from tests.secrets_of_tests import SECRET_VARIABLES

CHECKOUT = Path(__file__).parents[2]
READY_WITHIN_S = 60.0
EXIT_WITHIN_S = 60.0
SETTLED_WITHIN_S = 90.0
ACCOUNT_CHARACTERS = 4_000
TERMINAL = ("succeeded", "failed", "cancelled")
PRESET = "brigade-conventional"

# Small batches and short leases, so that a fault strikes in the middle of something and is noticed
# at once.
FAST = {
    "LAZARET_BATCH_PATIENTS": "2000",
    "LAZARET_DISPATCH_LEASE_S": "4",
    "LAZARET_LEASE_S": "4",
    "LAZARET_BROKER_RECONNECT_DELAY_MAX_S": "1",
}

# Leases that do not run out on a busy machine, for tests that count what should not be counted.
STEADY = {"dispatch_lease_s": "600", "lease_s": "600"}
STEADY_ONCE_CLAIMED = {"lease_s": "600"}


async def eventually(
    condition: Callable[[], Awaitable[Any]], within_s: float = SETTLED_WITHIN_S
) -> Any:
    """Wait until `condition` is true and return what it returned."""
    deadline = Deadline(within_s)
    while not (answer := await condition()):
        assert not deadline.passed(), f"not within {within_s} s: {condition}"
        await asyncio.to_thread(deadline.pause)
    return answer


@dataclass
class Service:
    """One service process, in a process group of its own."""

    name: str
    environment: Mapping[str, str]
    log: Path
    port: int
    process: asyncio.subprocess.Process

    @classmethod
    async def start(cls, name: str, environment: Mapping[str, str], log: Path) -> Self:
        (port,) = free_ports(1)
        prefix = "LAZARET_HTTP" if name == "gateway" else "LAZARET_ADMIN"
        variables = {
            **os.environ,
            **environment,
            f"{prefix}_HOST": LOOPBACK,
            f"{prefix}_PORT": str(port),
        }
        with log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                f"services.{name}",
                cwd=CHECKOUT,
                env=variables,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        return cls(name, environment, log, port, process)

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    async def ready(self) -> None:
        async with httpx.AsyncClient() as http:

            async def answers() -> bool:
                assert self.process.returncode is None, (
                    f"{self.name} ended:\n{self.log.read_text()[-3000:]}"
                )
                try:
                    return (await http.get(f"{self.url}/health/ready")).status_code == 200
                except httpx.TransportError:
                    return False

            await eventually(answers, READY_WITHIN_S)

    async def health(self) -> dict[str, Any]:
        """What the service says about itself and what it depends on."""
        async with httpx.AsyncClient() as http:
            return dict((await http.get(f"{self.url}/health/ready")).json())

    async def kill(self) -> None:
        """SIGKILL to the service alone: what it leaves behind must find out by itself."""
        self.process.kill()
        await self.process.wait()

    async def terminate(self) -> int:
        """SIGTERM, then wait for the drain; returns the exit code."""
        self.process.terminate()
        return await self.ended()

    async def ended(self) -> int:
        """Wait for the end; returns the exit code."""
        async with asyncio.timeout(EXIT_WITHIN_S):
            return await self.process.wait()

    def freeze(self) -> None:
        """Stop the whole group without ending it: a zombie in waiting."""
        os.killpg(self.process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.killpg(self.process.pid, signal.SIGCONT)

    def metric(self, name: str, **labels: str) -> float:
        """The sum of a metric's samples that have these labels."""
        text = httpx.get(f"{self.url}/metrics").text
        rows = [
            line.rsplit(" ", 1)
            for line in text.splitlines()
            if line.startswith((f"{name} ", f"{name}{{"))
        ]
        wanted = [f'{label}="{value}"' for label, value in labels.items()]
        return sum(
            float(value) for sample, value in rows if all(label in sample for label in wanted)
        )


@dataclass
class Deployment:
    """Services by name on one database and one virtual host, and a client's view of them."""

    database_url: str
    broker_url: str
    folder: Path
    key: str
    own: Servers | None = None
    services: dict[str, Service] = field(default_factory=dict)

    @property
    def servers(self) -> Servers:
        """The servers that this deployment alone uses."""
        assert self.own is not None
        return self.own

    async def start(self, *names: str, **variables: str) -> None:
        """Start and wait until each says that it is ready. Variables are added to the fast ones,
        without their prefix.
        """
        extra = {f"LAZARET_{name.upper()}": value for name, value in variables.items()}
        environment = {
            **FAST,
            **extra,
            "LAZARET_BROKER_URL": self.broker_url,
            **SECRET_VARIABLES,
        }
        for name in names:
            url = {"LAZARET_DATABASE_URL": service_url(self.database_url, name)}
            self.services[name] = await Service.start(
                name, {**environment, **url}, self.folder / f"{name}.log"
            )
        for name in names:
            await self.services[name].ready()

    async def restart(self, name: str) -> None:
        """Start a service again as it was started before; it need not be ready yet."""
        before = self.services[name]
        self.services[name] = await Service.start(name, before.environment, before.log)

    async def stop(self) -> None:
        for service in self.services.values():
            if service.process.returncode is None:
                service.thaw()
                service.process.terminate()
        for service in self.services.values():
            try:
                async with asyncio.timeout(EXIT_WITHIN_S):
                    await service.process.wait()
            except TimeoutError:
                os.killpg(service.process.pid, signal.SIGKILL)

    async def http(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.key}", **arguments.pop("headers", {})}
        async with httpx.AsyncClient(base_url=self.services["gateway"].url, timeout=30) as client:
            return await client.request(method, path, headers=headers, **arguments)

    async def submit(self, count: int, seed: int = 7, **more: Any) -> str:
        answer = await self.http(
            "POST", "/api/v1/jobs", json={"preset": PRESET, "count": count, "seed": seed, **more}
        )
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    async def job(self, job_id: str) -> dict[str, Any]:
        answer = await self.http("GET", f"/api/v1/jobs/{job_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def finished(self, job_id: str, within_s: float = SETTLED_WITHIN_S) -> dict[str, Any]:
        """Wait until the job has ended, however, and return it."""

        async def ended() -> dict[str, Any] | None:
            job = await self.job(job_id)
            return job if job["state"] in TERMINAL else None

        try:
            return dict(await eventually(ended, within_s))
        except AssertionError as error:
            raise AssertionError(await self._account(job_id)) from error

    async def _account(self, job_id: str) -> str:
        """What there is to know of a job that does not end."""
        batches = await self.rows(
            "SELECT * FROM batches WHERE job_id = $1 AND state <> 'done'", job_id
        )
        logs = [
            f"{name}:\n{service.log.read_text()[-ACCOUNT_CHARACTERS:]}"
            for name, service in self.services.items()
        ]
        return "\n\n".join([str(await self.job(job_id)), *map(str, batches), *logs])

    async def rows(self, statement: str, *arguments: object) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.database_url)
        try:
            return list(await connection.fetch(statement, *arguments))
        finally:
            await connection.close()

    async def value(self, statement: str, *arguments: object) -> Any:
        return (await self.rows(statement, *arguments))[0][0]

    @asynccontextmanager
    async def storing(self) -> AsyncIterator[None]:
        """Inside, the writer has begun to store a part and cannot go on: the table of patients is
        locked.
        """
        connection = await asyncpg.connect(self.database_url)
        try:
            async with connection.transaction():
                await connection.execute("LOCK TABLE patients IN EXCLUSIVE MODE")

                async def waits() -> bool:
                    return bool(
                        await self.value(
                            "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation "
                            "= 'patients'::regclass"
                        )
                    )

                await eventually(waits)
                yield
        finally:
            await connection.close()

    async def reach(self, job_id: str, state: str) -> None:
        """Wait until a batch of the job is in this state."""

        async def reached() -> bool:
            return bool(
                await self.value(
                    "SELECT count(*) FROM batches WHERE job_id = $1 AND state = $2::batch_state",
                    job_id,
                    state,
                )
            )

        await eventually(reached)

    async def parked(self) -> int:
        """Messages in the dead-letter queue."""
        async with (
            await aio_pika.connect(self.broker_url) as connection,
            connection.channel() as channel,
        ):
            queue = await channel.declare_queue("parked", passive=True)
            return int(queue.declaration_result.message_count or 0)
