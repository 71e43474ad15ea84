"""Broker and database alone, each with the bytes of the whole pipeline."""

import asyncio

import aio_pika
import asyncpg
import numpy as np

from lazaret.bench.bare_pipeline import (
    PREFETCH,
    QUEUE,
    UNCONFIRMED_MAX,
    Bare,
    copy_in,
    copy_rows,
    make_body,
    prepare,
    publish,
)
from shared.clock import Clock
from shared.records.body import read_body
from shared.records.patient import THIN_COLUMNS

BYTES_PER_MB = 1e6


async def broker_mb_per_s(bare: Bare, clock: Clock) -> float:
    """Publish bodies with confirms and consume them beside, on one quorum queue."""
    await prepare(bare)
    body, free, consumed = _body(bare), asyncio.Semaphore(UNCONFIRMED_MAX), asyncio.Semaphore(0)

    async def take(message: aio_pika.abc.AbstractIncomingMessage) -> None:
        await message.ack()
        consumed.release()

    async with await aio_pika.connect(bare.broker_url) as broker, asyncio.TaskGroup() as publishing:
        channel = await broker.channel()
        await channel.set_qos(prefetch_count=PREFETCH)
        await (await channel.get_queue(QUEUE)).consume(take)
        began = clock.monotonic()
        for _ in range(bare.parts):
            await free.acquire()
            publishing.create_task(publish(channel.default_exchange, body)).add_done_callback(
                lambda _task: free.release()
            )
        for _ in range(bare.parts):
            await consumed.acquire()
        return bare.parts * len(body) / BYTES_PER_MB / (clock.monotonic() - began)


async def copy_rows_per_s(bare: Bare, clock: Clock) -> float:
    """COPY thin rows over one connection, one commit a part; only the COPY and its commit are
    timed.
    """
    await prepare(bare)
    rows = copy_rows(read_body(_body(bare), THIN_COLUMNS))
    connection = await asyncpg.connect(bare.database_url)
    began = clock.monotonic()
    for part in range(bare.parts):
        rows["ordinal"] = np.arange(len(rows)) + part * len(rows)
        await copy_in(connection, rows)
    took = clock.monotonic() - began
    await connection.close()
    return bare.parts * len(rows) / took


def _body(bare: Bare) -> bytes:
    random = np.random.default_rng(1)
    return make_body(bare, 0, random, random.bytes(2 * bare.body_bytes))
