"""A migration waits for others without holding anybody up."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from shared.db import apply_migration
from shared.db.migrate import Migration, migrate, read_migrations
from shared.errors import Unavailable
from tests.e2e.deployment import eventually

NUMBER = len(read_migrations()) + 1
EXPANDING = Migration(NUMBER, "noted", "ALTER TABLE jobs ADD COLUMN noted text")
INDEX = Migration(NUMBER, "by_name", "CREATE UNIQUE INDEX CONCURRENTLY by_name ON tenants (name)")
READS = 20


@pytest.fixture
async def other(database_url: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """Somebody else's connection."""
    opened = await asyncpg.connect(database_url)
    yield opened
    await opened.close()


async def test_readers_go_on_while_a_migration_waits(
    database_url: str,
    other: "asyncpg.Connection[asyncpg.Record]",
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A long transaction holds the table: the migration gives its wait up again and again, reads of
    the old and of the new kind succeed in between, and it is applied when the transaction ends.
    """
    monkeypatch.setattr(apply_migration, "LOCK_WAIT_MS", 50)
    monkeypatch.setattr(apply_migration, "PAUSE_S", 0.01)
    monkeypatch.setattr(apply_migration, "PAUSE_MAX_S", 0.05)
    monkeypatch.setattr(apply_migration, "ATTEMPTS_MAX", 10_000)
    holding = other.transaction()
    await holding.start()
    await other.execute("LOCK TABLE jobs IN ACCESS SHARE MODE")
    migrating = asyncio.create_task(migrate(database_url, [*read_migrations(), EXPANDING]))
    reader = await asyncpg.connect(database_url)
    try:
        await eventually(lambda: _waits(reader))
        for _ in range(READS):
            await reader.fetch("SELECT seed FROM jobs")
        assert not migrating.done()
        await holding.rollback()
        assert await migrating == (f"{NUMBER:04}_noted",)
        await reader.fetch("SELECT seed, noted FROM jobs")
    finally:
        await reader.close()


async def test_a_migration_that_never_gets_its_lock_says_so(
    database_url: str,
    other: "asyncpg.Connection[asyncpg.Record]",
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is not applied, and the error names it."""
    monkeypatch.setattr(apply_migration, "LOCK_WAIT_MS", 10)
    monkeypatch.setattr(apply_migration, "PAUSE_S", 0.01)
    monkeypatch.setattr(apply_migration, "ATTEMPTS_MAX", 2)
    async with other.transaction():
        await other.execute("LOCK TABLE jobs IN ACCESS SHARE MODE")
        with pytest.raises(Unavailable, match="migration noted: a lock was held by others"):
            await migrate(database_url, [*read_migrations(), EXPANDING])
    applied = await other.fetchval("SELECT max(version) FROM schema_versions")
    assert applied == NUMBER - 1


async def test_an_index_that_was_broken_off_is_made_anew(
    database_url: str, other: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    """A failed CONCURRENTLY leaves an INVALID index of that name; the next run replaces it."""
    await other.execute("ALTER TABLE tenants DROP CONSTRAINT tenants_name_key")
    await other.execute(
        "INSERT INTO tenants (tenant_id, name) VALUES (gen_random_uuid(), 'a'), "
        "(gen_random_uuid(), 'a')"
    )
    with pytest.raises(asyncpg.UniqueViolationError):
        await migrate(database_url, [*read_migrations(), INDEX])
    assert await _valid(other) is False
    await other.execute("DELETE FROM tenants")
    assert await migrate(database_url, [*read_migrations(), INDEX]) == (f"{NUMBER:04}_by_name",)
    assert await _valid(other) is True


async def _waits(connection: "asyncpg.Connection[asyncpg.Record]") -> bool:
    return bool(
        await connection.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'lazaret-migrate' "
            "AND wait_event_type = 'Lock'"
        )
    )


async def _valid(connection: "asyncpg.Connection[asyncpg.Record]") -> bool:
    return bool(
        await connection.fetchval(
            "SELECT indisvalid FROM pg_index WHERE indexrelid = 'by_name'::regclass"
        )
    )
