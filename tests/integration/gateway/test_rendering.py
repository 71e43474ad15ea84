"""Two kinds of rendering processes: who reads never waits for who downloads. What holds a process
up here is a pipe that nobody writes.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.gateway.config import GatewayConfig
from services.gateway.context import Gateway
from services.gateway.rendering.pools import EXPORT_NICENESS, Rendering
from shared.db.pool import Database
from tests.integration.gateway.stored_job import PATIENTS, store, submit

pytestmark = pytest.mark.parametrize("settings", [{"export_workers": 1, "part_patients": 10}])


@pytest.fixture
async def rendering(config: GatewayConfig) -> AsyncIterator[Rendering]:
    opened = await Rendering.open(config)
    yield opened
    await opened.close()


@asynccontextmanager
async def held_up(rendering: Rendering, pipe: Path) -> AsyncIterator[list[asyncio.Task[Any]]]:
    """Both an export that has the only process and one that waits for it, until the end of the
    block.
    """
    os.mkfifo(pipe)
    exports = [asyncio.create_task(rendering.exports.call(Path.read_bytes, pipe)) for _ in range(2)]
    writing = await asyncio.to_thread(os.open, pipe, os.O_WRONLY)  # returns when the process reads
    yield exports
    exports[1].cancel()
    os.close(writing)
    await exports[0]


async def test_who_reads_does_not_wait_for_exports(
    http: httpx.AsyncClient, database: Database, gateway: Gateway, tmp_path: Path
) -> None:
    """Reads and searches are answered while every process of the exports is busy and others wait
    for it.
    """
    job = await submit(http)
    await store(database, job)
    async with held_up(gateway.rendering, tmp_path / "pipe") as exports:
        for path in (
            f"/fhir/R4/Patient/{job['id']}-3",
            "/fhir/R4/Patient?_count=5",
            "/fhir/R4/Patient?name=a",
            f"/api/v1/jobs/{job['id']}",
        ):
            assert (await http.get(path)).status_code == 200, path
        assert not any(export.done() for export in exports)
    export = await http.get(f"/api/v1/jobs/{job['id']}/export", params={"format": "ndjson"})
    assert export.content.count(b"\n") == PATIENTS


async def test_exports_leave_the_processor_to_others(rendering: Rendering) -> None:
    """Their processes are nicer than the gateway, those of reads are not."""
    assert await rendering.exports.priority() == os.nice(0) + EXPORT_NICENESS
    assert await rendering.reads.priority() == os.nice(0)


async def test_ready_when_processes_are_up(rendering: Rendering, tmp_path: Path) -> None:
    """The check waits for the first answer; afterwards it does not wait behind the work that
    queues.
    """
    async with held_up(rendering, tmp_path / "first"):
        checking = asyncio.create_task(rendering.check())
        await rendering.reads.priority()
        assert not checking.done()
    await checking
    async with held_up(rendering, tmp_path / "second") as exports:
        await rendering.check()
        assert not any(export.done() for export in exports)
