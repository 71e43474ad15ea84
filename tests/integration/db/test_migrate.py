import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from shared.config import DatabaseSettings
from shared.db.migrate import (
    REQUIRED_VERSION,
    Migration,
    SchemaMismatch,
    check_schema_version,
    migrate,
    read_migrations,
    wait_for_schema,
)
from shared.db.partitions import make_partitions
from shared.db.pool import Database
from tools.schema import SCHEMA, dump_schema


@pytest.fixture
async def connection(
    empty_database_url: str,
) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection to a database without any migration."""
    opened = await asyncpg.connect(empty_database_url)
    yield opened
    await opened.close()


def test_the_written_schema_is_what_the_migrations_make(database_url: str) -> None:
    """schema.sql is up to date; `make schema` writes it."""
    assert SCHEMA.read_text(encoding="utf-8") == dump_schema(database_url)


async def test_migrations_are_applied_once(empty_database_url: str) -> None:
    """A second run finds nothing to do."""
    assert await migrate(empty_database_url) == tuple(
        f"{each.version:04}_{each.name}" for each in read_migrations()
    )
    assert await migrate(empty_database_url) == ()


async def test_two_migrators_at_once_wait_for_each_other(empty_database_url: str) -> None:
    """One of them applies everything, the other nothing."""
    answers = await asyncio.gather(*(migrate(empty_database_url) for _ in range(3)))
    assert sorted(map(len, answers)) == [0, 0, len(read_migrations())]


async def test_a_changed_file_is_refused(empty_database_url: str) -> None:
    """What was applied must stay what it was."""
    await migrate(empty_database_url)
    changed = [Migration(1, "jobs", "SELECT 1"), *read_migrations()[1:]]
    with pytest.raises(SchemaMismatch, match="0001_jobs was changed"):
        await migrate(empty_database_url, changed)


async def test_a_newer_database_is_refused(empty_database_url: str) -> None:
    """An old program does not migrate a database of a newer one."""
    newer = (*read_migrations(), Migration(REQUIRED_VERSION + 1, "more", "SELECT 1"))
    await migrate(empty_database_url, newer)
    with pytest.raises(SchemaMismatch, match="newer than this program"):
        await migrate(empty_database_url)


async def test_a_failing_migration_leaves_nothing(
    empty_database_url: str, connection: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    """Each file is a transaction: half of one is none, and those before it stay applied."""
    broken = (
        *read_migrations(),
        Migration(REQUIRED_VERSION + 1, "broken", "CREATE TABLE half (id int); SELECT 1/0"),
    )
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(empty_database_url, broken)
    assert await connection.fetchval("SELECT to_regclass('half')") is None
    assert await connection.fetchval("SELECT max(version) FROM schema_versions") == REQUIRED_VERSION


async def test_a_program_refuses_an_older_schema(
    empty_database_url: str, connection: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    """A service says which version it needs and which command helps; after that command it is
    content.
    """
    with pytest.raises(
        SchemaMismatch,
        match=f"schema version 0, this program needs {REQUIRED_VERSION}: run `lazaret migrate`",
    ):
        await check_schema_version(connection)
    await migrate(empty_database_url)
    await check_schema_version(connection)


async def test_a_start_waits_for_the_database(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service that starts before its database looks again until it answers."""
    await migrate(empty_database_url)
    database = await Database.open(DatabaseSettings(database_url=empty_database_url), "test")  # type: ignore[arg-type]
    monkeypatch.setattr("shared.db.migrate.WAIT_PAUSE_S", 0.01)
    away = await Database.open(
        DatabaseSettings(database_url="postgresql://nobody@127.0.0.1:1/none"),  # type: ignore[arg-type]
        "test",
    )
    waiting = asyncio.create_task(wait_for_schema(away))
    away._pool, database._pool = database._pool, away._pool
    await waiting
    await away.close()


@pytest.mark.parametrize(
    "names", [["0002_later.sql"], ["0001_one.sql", "0003_three.sql"], ["first.sql"]]
)
def test_files_are_numbered_without_gaps(tmp_path: Path, names: list[str]) -> None:
    """A file that would be forgotten, or applied in no certain order, is refused."""
    for name in names:
        (tmp_path / name).write_text("SELECT 1")
    with pytest.raises(ValueError, match="not n"):
        read_migrations(tmp_path)


async def test_partitions_are_made_once_for_the_months_around(
    empty_database_url: str, connection: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    """A migrated database has last month's, this month's and three more for each of the five
    tables; only further ones are missing.
    """
    await migrate(empty_database_url)
    assert await make_partitions(connection) == ()
    assert (
        await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'partitions'")
        == 5 * 5
    )
    assert len(await make_partitions(connection, months_ahead=5)) == 2 * 5


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/New_York"])
async def test_partitions_meet_without_a_gap(
    empty_database_url: str, connection: "asyncpg.Connection[asyncpg.Record]", zone: str
) -> None:
    """The first millisecond of a month belongs to it, the last one before does not, in whatever
    time zone the server and the session are.
    """
    name = await connection.fetchval("SELECT current_database()")
    await connection.execute(f"ALTER DATABASE {name} SET TimeZone TO '{zone}'")
    await connection.execute(f"SET TIME ZONE '{zone}'")
    await migrate(empty_database_url)
    await make_partitions(connection, months_ahead=14)
    bounds = await connection.fetch(
        "SELECT pg_get_expr(c.relpartbound, c.oid) AS bound FROM pg_class AS c JOIN "
        "pg_inherits AS i ON i.inhrelid = c.oid"
        " WHERE i.inhparent = 'jobs'::regclass ORDER BY c.relname"
    )
    edges = [row["bound"].split("'")[1::2] for row in bounds]
    assert [end for _, end in edges[:-1]] == [start for start, _ in edges[1:]]
    assert (
        await connection.fetchval("SELECT uuid7_floor('2026-11-01T00:00:00Z')::text")
        == "01a19467-e800-0000-0000-000000000000"
    )
