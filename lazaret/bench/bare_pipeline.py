"""The bare pipeline: what this machine's broker and database could do at most with the same bytes.

One process makes parts of random columns and publishes them with confirms to a quorum queue;
another stores each in one transaction, binary COPY of the thin rows and the body, and acknowledges.
No simulation, job, lease, guard or outbox.
"""

import asyncio
import multiprocessing
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial
from multiprocessing.synchronize import Barrier
from pathlib import Path
from uuid import UUID

import aio_pika
import asyncpg
import numpy as np
import pyarrow as pa
import uvloop
from numpy.typing import NDArray

from shared.clock import Clock
from shared.db.named_queries import load_queries
from shared.db.pool import Connection
from shared.records.body import read_body, write_body
from shared.records.patient import PATIENT_SCHEMA, THIN_COLUMNS

QUERIES = load_queries(Path(__file__).with_name("queries.sql"))
QUEUE = "bench.bare"
JOB_ID = UUID(int=1)
UNCONFIRMED_MAX = 4
PREFETCH = 2
READY_WITHIN_S = 60.0
THIN_SCHEMA = pa.schema(
    [PATIENT_SCHEMA.field(name) for name in THIN_COLUMNS]
    + [pa.field("filler", pa.binary(), nullable=False)]
)
BODY_SCHEMA = THIN_SCHEMA.with_metadata(PATIENT_SCHEMA.metadata)
ROW = np.dtype(
    [("fields", ">i2"), ("job_length", ">i4"), ("job", "V16")]
    + [
        entry
        for field in THIN_SCHEMA
        if field.name != "filler"
        for entry in (
            (f"{field.name}_length", ">i4"),
            (field.name, f">i{max(2, field.type.bit_width // 8)}"),
        )
    ]
)
COPY_HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)
COPY_TAIL = b"\xff\xff"


@dataclass(frozen=True, slots=True)
class Bare:
    """One run: where the servers are, and how much is to be moved."""

    database_url: str
    broker_url: str
    patients: int
    part_patients: int
    body_bytes: int

    @property
    def parts(self) -> int:
        return -(-self.patients // self.part_patients)


def run_bare_pipeline(bare: Bare, clock: Clock) -> float:
    """Move everything once; return the seconds from the first part's making to the last commit."""
    asyncio.run(prepare(bare))
    context = multiprocessing.get_context("spawn")
    ready = context.Barrier(3, timeout=READY_WITHIN_S)
    processes = [
        context.Process(target=target, args=(bare, ready)) for target in (make_parts, store_parts)
    ]
    for process in processes:
        process.start()
    ready.wait()
    began = clock.monotonic()
    for process in processes:
        process.join()
    took = clock.monotonic() - began
    if any(process.exitcode for process in processes):
        raise RuntimeError("the bare pipeline failed; its error is above")
    return took


def make_parts(bare: Bare, ready: Barrier) -> None:
    """Be the process that makes and publishes."""
    uvloop.run(_make_parts(bare, ready.wait))


def store_parts(bare: Bare, ready: Barrier) -> None:
    """Be the process that stores."""
    uvloop.run(_store_parts(bare, ready.wait))


async def prepare(bare: Bare) -> None:
    """Make the tables and the queue, empty."""
    database = await asyncpg.connect(bare.database_url)
    for name in ("drop_bare_tables", "create_bare_patients", "create_bare_parts"):
        await database.execute(QUERIES[name])
    await database.close()
    async with await aio_pika.connect(bare.broker_url) as broker:
        channel = await broker.channel()
        await channel.queue_delete(QUEUE)
        await channel.declare_queue(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})


async def _make_parts(bare: Bare, ready: Callable[[], object]) -> None:
    random = np.random.default_rng(1)
    filler = random.bytes(2 * bare.body_bytes)
    free = asyncio.Semaphore(UNCONFIRMED_MAX)
    async with await aio_pika.connect(bare.broker_url) as broker, asyncio.TaskGroup() as publishing:
        exchange = (await broker.channel()).default_exchange
        ready()
        for part in range(bare.parts):
            await free.acquire()
            body = make_body(bare, part, random, filler)
            task = publishing.create_task(publish(exchange, body))
            task.add_done_callback(lambda _task: free.release())


async def publish(exchange: aio_pika.abc.AbstractExchange, body: bytes) -> None:
    """Send one durable message and wait for its confirm."""
    await exchange.publish(
        aio_pika.Message(body, delivery_mode=aio_pika.DeliveryMode.PERSISTENT),
        QUEUE,
        mandatory=True,
    )


def make_body(bare: Bare, part: int, random: np.random.Generator, filler: bytes) -> bytes:
    """Make a body of random thin rows, filled up with bytes that do not compress."""
    first = part * bare.part_patients
    rows = min(bare.part_patients, bare.patients - first)
    columns = [
        _random_column(field, rows, random)
        for field in THIN_SCHEMA
        if field.name not in {"ordinal", "filler"}
    ]
    thin_bytes = sum(column.nbytes for column in columns) // 2  # about what zstd leaves of them
    start = int(random.integers(0, bare.body_bytes))
    filling = filler[
        start : start + max(0, bare.body_bytes * rows // bare.part_patients - thin_bytes)
    ]
    ordinals = pa.array(np.arange(first, first + rows))
    return write_body(
        pa.RecordBatch.from_arrays(
            [ordinals, *columns, pa.array([filling, *[b""] * (rows - 1)])], schema=BODY_SCHEMA
        )
    )


def _random_column(field: pa.Field, rows: int, random: np.random.Generator) -> pa.Array:
    width = field.type.bit_width // 8
    values = random.integers(0, 120 if width == 1 else 10_000, rows).astype(f"i{width}")
    return pa.Array.from_buffers(field.type, rows, [None, pa.py_buffer(values)])


async def _store_parts(bare: Bare, ready: Callable[[], object]) -> None:
    pool = await asyncpg.create_pool(bare.database_url, min_size=PREFETCH, max_size=PREFETCH)
    async with pool, await aio_pika.connect(bare.broker_url) as broker:
        channel = await broker.channel()
        await channel.set_qos(prefetch_count=PREFETCH)
        queue = await channel.get_queue(QUEUE)
        stored = asyncio.Semaphore(0)
        await queue.consume(partial(_store_message, pool, stored))
        ready()
        for _ in range(bare.parts):
            await stored.acquire()


async def _store_message(
    pool: "asyncpg.Pool[asyncpg.Record]",
    stored: asyncio.Semaphore,
    message: aio_pika.abc.AbstractIncomingMessage,
) -> None:
    async with pool.acquire() as connection:
        await store_body(connection, message.body)
    await message.ack()
    stored.release()


async def store_body(connection: Connection, body: bytes) -> None:
    """Store one part in one transaction."""
    batch = read_body(body, THIN_COLUMNS)
    rows = copy_rows(batch)
    ordinals = batch.column("ordinal")
    async with connection.transaction():
        await copy_in(connection, rows)
        await connection.execute(
            QUERIES["insert_bare_part"], JOB_ID, ordinals[0].as_py(), ordinals[-1].as_py(), body
        )


async def copy_in(connection: Connection, rows: NDArray[np.void]) -> None:
    """Send rows as one binary COPY."""
    await connection.copy_to_table(
        "bare_patients", source=_stream(rows), format="binary", columns=("job_id", *THIN_COLUMNS)
    )


def copy_rows(batch: pa.RecordBatch) -> NDArray[np.void]:
    """Lay thin columns out as the rows of a binary COPY: big-endian, each value behind its
    length.
    """
    rows = np.zeros(batch.num_rows, ROW)
    rows["fields"], rows["job_length"], rows["job"] = (
        len(THIN_COLUMNS) + 1,
        16,
        np.void(JOB_ID.bytes),
    )
    for name in THIN_COLUMNS:
        rows[f"{name}_length"] = ROW[name].itemsize
        column = batch.column(name)
        rows[name] = np.frombuffer(column.buffers()[1], f"i{column.type.bit_width // 8}")[
            : batch.num_rows
        ]
    return rows


async def _stream(rows: NDArray[np.void]) -> AsyncIterator[bytes]:
    yield COPY_HEAD
    yield rows.tobytes()
    yield COPY_TAIL
