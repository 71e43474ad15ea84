import asyncio

import asyncpg
import pytest

from lazaret.bench.bare_pipeline import Bare, run_bare_pipeline
from lazaret.bench.components import broker_mb_per_s, copy_rows_per_s
from shared.clock import SystemClock

PATIENTS, PART_PATIENTS, BODY_BYTES = 2_500, 1_000, 300_000


@pytest.fixture
def bare(database_url: str, amqp_url: str) -> Bare:
    return Bare(database_url, amqp_url, PATIENTS, PART_PATIENTS, BODY_BYTES)


async def counted(database_url: str) -> tuple[int, int, int, list[int]]:
    connection = await asyncpg.connect(database_url)
    try:
        rows = await connection.fetchrow(
            "SELECT count(*), min(ordinal), max(ordinal) FROM bare_patients"
        )
        bodies = await connection.fetch(
            "SELECT octet_length(body) FROM bare_parts ORDER BY first_ordinal"
        )
        return (*rows, [record[0] for record in bodies])
    finally:
        await connection.close()


def test_the_bare_pipeline_moves_the_same_bytes(bare: Bare) -> None:
    """Every ordinal is stored once, and a whole part's body has the size that was asked for, within
    5 %.
    """
    assert run_bare_pipeline(bare, SystemClock()) > 0
    rows, first, last, bodies = asyncio.run(counted(bare.database_url))
    assert (rows, first, last) == (PATIENTS, 0, PATIENTS - 1)
    assert len(bodies) == bare.parts == 3
    assert all(abs(body - BODY_BYTES) < 0.05 * BODY_BYTES for body in bodies[:2])


async def test_components_are_measured_alone(bare: Bare) -> None:
    """Broker and COPY give a rate each, on queues and tables that were used before."""
    for _ in range(2):
        assert await broker_mb_per_s(bare, SystemClock()) > 0
        assert await copy_rows_per_s(bare, SystemClock()) > 0
