"""The rendering processes: they are replaced when they die, shared in turn, and nobody who reads
waits for those who download.
"""

import asyncio
import importlib
import os
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import psutil
import pytest

from services.gateway.rendering.render import Slice
from services.gateway.rendering.render_pool import PRELOADED, Load, RenderPool
from shared.encoders.json import ndjson
from shared.records.body import write_body
from shared.scenarios import canonical_json
from tests.unit.encoders.sample import JOB_ID, sample

PRESET = "teaching-20"


@pytest.fixture
async def pool() -> AsyncIterator[RenderPool]:
    """One process."""
    opened = RenderPool(1, niceness=0, kept_bytes_max=0)
    yield opened
    opened.close()


@pytest.fixture
def wanted() -> Slice:
    """The first ten of a part of 300."""
    context = sample(PRESET)[1]
    return Slice(
        format="ndjson",
        table="",
        scenario=canonical_json(context.scenario),
        job_id=JOB_ID,
        written_at=datetime(2026, 1, 1, tzinfo=UTC),
        first_ordinal=0,
        start=0,
        stop=10,
    )


def loads(body: bytes, loaded: list[str] | None = None) -> Load:
    async def load() -> bytes:
        if loaded is not None:
            loaded.append("body")
        return body

    return load


async def test_a_process_renders_what_the_encoder_says(pool: RenderPool, wanted: Slice) -> None:
    """Slices of one part are the encoder's own bytes, and its body is fetched once: the process
    keeps it decoded.
    """
    batch, context = sample(PRESET)
    loaded: list[str] = []
    for start in (0, 10, 290):
        rendered = await pool.render(
            replace(wanted, start=start, stop=start + 10), loads(write_body(batch), loaded)
        )
        assert rendered == ndjson.encode(batch.slice(start, 10), context)
    assert loaded == ["body"]


async def test_a_dead_process_is_replaced(pool: RenderPool, wanted: Slice) -> None:
    """A killed process costs a download nothing but time."""
    body = loads(write_body(sample(PRESET)[0]))
    before = await pool.render(wanted, body)
    for pid in list(pool._executor._processes):
        os.kill(pid, signal.SIGKILL)
    assert await pool.render(wanted, body) == before


async def test_waiting_downloads_take_turns(pool: RenderPool, wanted: Slice) -> None:
    """A download that asks after another one's slices waits for those asked before it, not for all
    that follow.
    """
    body = loads(write_body(sample(PRESET)[0]))
    finished: list[str] = []

    async def download(name: str, slices: int) -> None:
        for _ in range(slices):
            await pool.render(wanted, body)
            finished.append(name)

    await asyncio.gather(download("large", 6), download("small", 2))
    assert finished.index("small") <= 2
    assert finished.count("large") == 6
    assert [name for name in finished if name == "small"] == ["small"] * 2
    assert finished[-1] == "large"


def test_what_processes_begin_with_exists() -> None:
    """A module that cannot be loaded beforehand would be passed over in silence, and every process
    would begin cold.
    """
    for name in PRELOADED:
        importlib.import_module(name)


async def test_processes_end_with_a_killed_gateway() -> None:
    """Nothing is left behind by a gateway that could not tell its processes to end."""
    killed = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.integration.gateway.killed_gateway", stdout=PIPE
    )
    assert killed.stdout is not None
    pids = [int(word) for word in (await killed.stdout.readline()).split()]
    assert pids
    async with asyncio.timeout(20):
        while any(psutil.pid_exists(pid) for pid in pids):
            await asyncio.sleep(0.1)
    assert await killed.wait() == -signal.SIGKILL
