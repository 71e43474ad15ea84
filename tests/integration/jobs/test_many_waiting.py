"""Dispatch does not look at all that waits."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from shared.config import DatabaseSettings
from shared.db.pool import Connection, Database
from shared.jobs.dispatch import BATCHES_AT_ONCE, dispatch
from tests.integration.jobs.world import ENGINE, WIDE, World

FEW, MANY = 900, 9_000


async def fill(world: World, jobs: int) -> None:
    """Jobs of one batch each, in three priorities of ten tenants."""
    await world.execute(
        "INSERT INTO tenants (tenant_id, name) SELECT gen_random_uuid(), 'tenant ' || n"
        " FROM generate_series(1, 9) AS n ON CONFLICT DO NOTHING"
    )
    await world.execute(
        """
        WITH line AS (
            SELECT tenant_id, row_number() OVER (ORDER BY tenant_id) AS place FROM tenants
        ), made AS (
            INSERT INTO jobs (
                job_id, tenant_id, priority, scenario, scenario_digest, seed, engine_version,
                schema_version, sector_patients, part_patients, patients_requested, batches_total
            )
            SELECT (lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint), 12, '0') || '7'
                    || right(md5(n::text), 3) || '8' || right(md5(n::text || 'x'), 15))::uuid,
                line.tenant_id, (ARRAY['high', 'normal', 'low'])[1 + n % 3]::priority_class,
                '{}', decode(repeat('00', 32), 'hex'), 7, $2, 1, 5, 10, 5, 1
            FROM generate_series(1, $1::integer) AS n
            JOIN line ON line.place = 1 + n / 3 % (SELECT count(*) FROM tenants)
            RETURNING job_id
        )
        INSERT INTO batches (
            job_id, batch_no, first_sector, sectors, first_ordinal, patients, parts_total
        )
        SELECT job_id, 0, 0, 1, 0, 5, 1 FROM made
        """,
        jobs,
        ENGINE,
    )


async def rows_read(connection: Connection) -> int:
    """Rows and index entries of jobs and batches that this session's statements have read."""
    await connection.execute("SELECT pg_stat_force_next_flush()")
    await connection.execute("SELECT 1")
    found: int = await connection.fetchval(
        "SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::bigint"
        " FROM pg_stat_user_tables WHERE relname ~ '^(jobs|batches)_'"
    )
    return found


async def cost_of_a_dispatch(world: World) -> int:
    """What one dispatch reads."""
    async with world.database.connection() as connection:
        before = await rows_read(connection)
        async with connection.transaction():
            assert len(await dispatch(connection, WIDE)) == BATCHES_AT_ONCE
        return await rows_read(connection) - before


@pytest.fixture
async def world(settings: DatabaseSettings) -> AsyncIterator[World]:
    """On a database that is asked as the scheduler asks it."""
    database = await Database.open(settings, "test", by_index=True)
    made = World(database)
    await made.begin()
    yield made
    await database.close()


async def test_a_dispatch_reads_as_much_however_many_jobs_wait(world: World) -> None:
    """Ten times as many jobs, with statistics from before them, cost the same number of rows."""
    await fill(world, FEW)
    few = await cost_of_a_dispatch(world)
    await fill(world, MANY)
    many = await cost_of_a_dispatch(world)
    assert many < few + FEW
