"""Brings a database to the schema of this code: plain SQL files, applied in order, each once and in
a transaction of its own.

One migrator works at a time: the others wait on a session lock. It is held on a connection of the
migrator's own, which is the only place where a session lock is taken.
"""

import asyncio
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import structlog

from shared.db.apply_migration import apply_migration
from shared.db.named_queries import load_queries
from shared.db.partitions import make_partitions
from shared.db.pool import Connection, Database
from shared.errors import LazaretError, Unavailable

QUERIES = load_queries(Path(__file__).with_name("queries.sql"))
MIGRATIONS = Path(__file__).with_name("migrations")
GRANTS = MIGRATIONS / "repeated" / "grants.sql"
MIGRATOR_LOCK = 0x6C617A61
CONNECT_TIMEOUT_S = 10.0
WAIT_PAUSE_S = 1.0

log = structlog.get_logger(__name__)

_FILE_NAME = re.compile(r"^(\d{4})_([a-z0-9_]+)\.sql$")


class SchemaMismatch(LazaretError):
    """The database's schema and this code do not fit together."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: its number, its name and the text that is applied."""

    version: int
    name: str
    sql: str

    @property
    def checksum(self) -> bytes:
        return hashlib.sha256(self.sql.encode()).digest()


def read_migrations(folder: Path = MIGRATIONS) -> tuple[Migration, ...]:
    """Return the migrations in order.

    Raises:
        ValueError: a file is not named `NNNN_what.sql`, or the numbers are not 1, 2, 3 ...
    """
    migrations = tuple(_read(path) for path in sorted(folder.glob("*.sql")))
    if [migration.version for migration in migrations] != list(range(1, len(migrations) + 1)):
        raise ValueError(f"the migrations in {folder} are not numbered 1, 2, 3 ...")
    return migrations


def _read(path: Path) -> Migration:
    match = _FILE_NAME.match(path.name)
    if match is None:
        raise ValueError(f"{path.name} is not named NNNN_what.sql")
    return Migration(int(match[1]), match[2], path.read_text(encoding="utf-8"))


REQUIRED_VERSION = read_migrations()[-1].version


async def migrate(url: str, migrations: Sequence[Migration] | None = None) -> tuple[str, ...]:
    """Apply what is missing, make this month's and the next months' partitions, and return the
    names of the applied files.

    Raises:
        SchemaMismatch: an applied file was changed since, or the database is newer than this code.
        Unavailable: others held a lock that a migration needs for too long.
    """
    connection = await asyncpg.connect(
        url, timeout=CONNECT_TIMEOUT_S, server_settings={"application_name": "lazaret-migrate"}
    )
    try:
        await connection.execute(QUERIES["lock_migrator"], MIGRATOR_LOCK)
        await connection.execute(QUERIES["create_schema_versions"])
        applied = await _apply_missing(
            connection, read_migrations() if migrations is None else migrations
        )
        await make_partitions(connection)
        if await connection.fetchval(QUERIES["has_service_roles"]):
            await connection.execute(GRANTS.read_text(encoding="utf-8"))
        return applied
    finally:
        await connection.close()


async def schema_version(connection: Connection) -> int:
    """Return the newest applied migration's number, 0 where no migrator ever was."""
    if not await connection.fetchval(QUERIES["has_schema_versions"]):
        return 0
    return int(await connection.fetchval(QUERIES["read_schema_version"]))


async def check_schema_version(connection: Connection) -> None:
    """Refuse to work on a schema that is older than this code needs. A newer one is accepted:
    migrations only add.

    Raises:
        SchemaMismatch: with the command that helps.
    """
    present = await schema_version(connection)
    if present < REQUIRED_VERSION:
        raise SchemaMismatch(
            f"the database has schema version {present}, this program needs "
            f"{REQUIRED_VERSION}: run `lazaret migrate`"
        )


async def wait_for_schema(database: Database) -> None:
    """Wait until the database answers, then check its schema as `check_schema_version` does."""
    while True:
        try:
            async with database.connection() as connection:
                return await check_schema_version(connection)
        except Unavailable as error:
            log.warning("waiting for the database", reason=error)
        await asyncio.sleep(WAIT_PAUSE_S)


async def _apply_missing(
    connection: Connection, migrations: Sequence[Migration]
) -> tuple[str, ...]:
    applied = {row["version"]: row for row in await connection.fetch(QUERIES["read_applied"])}
    if len(applied) > len(migrations):
        raise SchemaMismatch(
            f"the database has schema version {max(applied)}, newer than this program's "
            f"{len(migrations)}"
        )
    for migration in migrations[: len(applied)]:
        if applied[migration.version]["checksum"] != migration.checksum:
            raise SchemaMismatch(
                f"migration {migration.version:04}_{migration.name} was changed after it "
                "had been applied"
            )
    missing = migrations[len(applied) :]
    for migration in missing:
        await _apply(connection, migration)
    return tuple(f"{migration.version:04}_{migration.name}" for migration in missing)


async def _apply(connection: Connection, migration: Migration) -> None:
    async def record() -> None:
        await connection.execute(
            QUERIES["record_applied"], migration.version, migration.name, migration.checksum
        )

    await apply_migration(connection, migration.name, migration.sql, record)
