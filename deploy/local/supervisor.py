"""The process behind the native stack: starts servers and services in order, keeps them running,
stops them in order.

The services start beside RabbitMQ's boot, which takes longest: they wait for the broker by
themselves.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import Coroutine
from typing import Any

from deploy.local.keep_running import Supervised, keep_running
from deploy.local.launch import launch
from deploy.local.local_services import (
    StackSettings,
    command,
    environment,
    prepare_stack_settings,
)
from deploy.local.problem import Problem
from deploy.local.process_record import running_pid, stop
from deploy.local.readiness import wait_services_ready
from deploy.local.secret_files import ensure_secrets
from deploy.local.servers import Servers, begin_servers, stop_servers
from deploy.local.stack_folder import CHECKOUT, StackFolder
from deploy.local.status import Status, write_status
from deploy.services import NAMES, SERVICES, Service
from shared.db.migrate import migrate

# Longer than a service gives its own drain, so that the kill is for the hung only.
DRAIN_WITHIN_S = 40.0

log = logging.getLogger(__name__)


class Supervisor:
    """One run of the native stack."""

    def __init__(self, folder: StackFolder) -> None:
        self._folder = folder
        self._stopping = asyncio.Event()
        self._watches: list[asyncio.Task[None]] = []
        self._started: list[Supervised] = []

    async def run(self) -> None:
        """Until a signal; raises Problem when the stack does not start."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, self._on_signal)
        write_status(self._folder.status, Status("starting"))
        try:
            await self._until_stopping(self._start())
            await self._stopping.wait()
        except Problem as problem:
            log.exception("the stack does not start")
            write_status(self._folder.status, Status("failed", message=str(problem)))
            raise
        else:
            write_status(self._folder.status, Status("stopping"))
        finally:
            await self._stop()

    async def _start(self) -> None:
        for name in NAMES:
            await asyncio.to_thread(
                stop, self._folder.pid_file(name), signal.SIGTERM, DRAIN_WITHIN_S
            )
        settings = prepare_stack_settings(self._folder.settings)
        servers = await asyncio.to_thread(begin_servers, self._folder.servers)
        self._watch(
            Supervised(
                "postgres", servers.postgres.pid_file, servers.postgres.start, servers.postgres.stop
            )
        )
        self._watch(
            Supervised(
                "rabbitmq", servers.rabbitmq.pid_file, servers.rabbitmq.start, servers.rabbitmq.stop
            )
        )
        await asyncio.to_thread(servers.postgres.wait_ready)
        await asyncio.to_thread(servers.postgres.make_roles)
        await migrate(servers.postgres.url())
        for service in SERVICES:
            supervised = self._service(service, settings, servers)
            supervised.start()
            self._watch(supervised)
        await asyncio.to_thread(servers.rabbitmq.wait_ready)
        await asyncio.to_thread(wait_services_ready, settings, self._folder.logs)
        write_status(
            self._folder.status,
            Status("ready", url=settings.url, database_url=servers.postgres.url()),
        )

    def _service(self, service: Service, settings: StackSettings, servers: Servers) -> Supervised:
        name = service.name
        pid_file, output = self._folder.pid_file(name), self._folder.logs / f"{name}.log"
        variables = environment(service, settings, servers, ensure_secrets(self._folder.secrets))

        def start() -> None:
            launch(command(service), pid_file, output, CHECKOUT, variables, {})

        def drain() -> None:
            stop(pid_file, signal.SIGTERM, DRAIN_WITHIN_S)

        return Supervised(name, pid_file, start, drain)

    def _watch(self, process: Supervised) -> None:
        self._started.append(process)
        self._watches.append(asyncio.create_task(keep_running(process, self._stopping)))

    async def _until_stopping(self, starting: Coroutine[Any, Any, None]) -> None:
        """A signal ends the start where it stands."""
        task = asyncio.create_task(starting)
        stopping = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if task.done():
            task.result()
        task.cancel()

    def _on_signal(self) -> None:
        """The first begins the drain, a further one hurries the services that still drain."""
        if self._stopping.is_set():
            for name in NAMES:
                if pid := running_pid(self._folder.pid_file(name)):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGTERM)
        self._stopping.set()

    async def _stop(self) -> None:
        self._stopping.set()
        for process in sorted(self._started, key=_order_of_stop):
            log.info("stopping %s", process.name)
            await asyncio.to_thread(process.stop)
        await asyncio.to_thread(stop_servers, self._folder.servers)
        await asyncio.gather(*self._watches, return_exceptions=True)


def _order_of_stop(process: Supervised) -> int:
    return NAMES.index(process.name) if process.name in NAMES else len(NAMES)


def supervise(folder: StackFolder) -> None:
    """Run the stack in this process until a signal."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        with contextlib.suppress(Problem):
            asyncio.run(Supervisor(folder).run())
            write_status(folder.status, Status("stopped"))
    finally:
        folder.pid_file("supervisor").unlink(missing_ok=True)
