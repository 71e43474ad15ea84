"""Each service logs in with a role of its own, which may do what it needs and nothing else."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import asyncpg
import pytest

from deploy.local.roles import service_url
from deploy.services import NAMES
from shared.config import DatabaseSettings
from shared.db.acting_for import acting_for
from shared.db.pool import Database

# Who may write to what: everything else is refused.
WRITERS: Mapping[str, frozenset[str]] = {
    "api_keys": frozenset({"gateway"}),
    "audit_log": frozenset({"gateway"}),
    "batches": frozenset(NAMES),
    "bulk_requests": frozenset({"gateway"}),
    "class_passes": frozenset({"scheduler"}),
    "console_links": frozenset({"gateway"}),
    "console_sessions": frozenset({"gateway"}),
    "generators": frozenset({"generator", "scheduler"}),
    "idempotency_keys": frozenset({"gateway", "scheduler"}),
    "job_events": frozenset({"gateway", "writer", "scheduler"}),
    "jobs": frozenset({"gateway", "writer", "scheduler"}),
    "outbox": frozenset({"gateway", "writer", "scheduler"}),
    "patient_parts": frozenset({"writer", "scheduler"}),
    "patients": frozenset({"writer", "scheduler"}),
    "purges": frozenset({"gateway", "scheduler"}),
    "scenario_versions": frozenset({"gateway"}),
    "scenarios": frozenset({"gateway"}),
    "schedule_floors": frozenset(NAMES),  # by its lock they learn whether it can be written
    "schema_versions": frozenset(),
    "sector_results": frozenset({"writer", "scheduler"}),
    "smart_assertions": frozenset({"gateway"}),
    "smart_clients": frozenset({"gateway"}),
    "smart_tokens": frozenset({"gateway"}),
    "tenants": frozenset({"gateway", "scheduler"}),
    "validity_reports": frozenset({"gateway", "scheduler"}),
}
SECRET_TABLES = (
    "api_keys",
    "smart_clients",
    "smart_tokens",
    "audit_log",
    "console_sessions",
    "console_links",
)
OF_TENANTS = ("jobs", "idempotency_keys", "bulk_requests", "scenarios", "scenario_versions")


@pytest.fixture
async def owner(database_url: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection of the tables' owner."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


@asynccontextmanager
async def pool_of(database_url: str, service: str) -> AsyncIterator[Database]:
    """A service's pool under its own role."""
    url = service_url(database_url, service)
    database = await Database.open(
        DatabaseSettings.model_validate({"database_url": url}), f"test-{service}"
    )
    try:
        yield database
    finally:
        await database.close()


async def test_who_may_write_to_what_is_a_table(
    owner: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    """The grants say what is written here, for every table that there is."""
    rows = await owner.fetch(
        "SELECT relname, service FROM pg_class CROSS JOIN unnest($1::text[]) AS service"
        " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        " AND (has_table_privilege('lazaret_' || service, oid, 'INSERT, DELETE, TRUNCATE')"
        "  OR has_any_column_privilege('lazaret_' || service, oid, 'UPDATE'))",
        list(NAMES),
    )
    tables = await owner.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind IN ('r', 'p')"
    )
    found: dict[str, set[str]] = {row["relname"]: set() for row in tables}
    for row in rows:
        found[row["relname"]].add(row["service"])
    assert found == {table: set(services) for table, services in WRITERS.items()}


async def test_secrets_are_the_gateways_and_the_audit_log_only_grows(
    owner: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    """Nobody else can even read them, and the gateway can neither change nor remove an entry."""
    for table in SECRET_TABLES:
        for service in set(NAMES) - {"gateway"}:
            asked = (f"lazaret_{service}", table)
            assert not await owner.fetchval("SELECT has_table_privilege($1, $2, 'SELECT')", *asked)
    for act in ("UPDATE", "DELETE", "TRUNCATE"):
        asked = ("lazaret_gateway", "audit_log", act)
        assert not await owner.fetchval("SELECT has_table_privilege($1, $2, $3)", *asked)


@pytest.mark.parametrize("service", NAMES)
async def test_no_service_owns_or_makes_anything(database_url: str, service: str) -> None:
    """A service that was taken over cannot alter tables, nor become somebody else."""
    async with pool_of(database_url, service) as database, database.connection() as connection:
        for statement in (
            "ALTER TABLE jobs DISABLE ROW LEVEL SECURITY",
            "DROP TABLE api_keys",
            "CREATE TABLE public.mine ()",
            "SET ROLE lazaret",
            "CREATE ROLE another",
            "SELECT pg_read_file('/etc/passwd')",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)


async def _tenant_with_rows(owner: "asyncpg.Connection[asyncpg.Record]", name: str) -> UUID:
    tenant_id, scenario_id = uuid4(), uuid4()
    await owner.execute("INSERT INTO tenants (tenant_id, name) VALUES ($1, $2)", tenant_id, name)
    await owner.execute(
        "INSERT INTO jobs (job_id, tenant_id, priority, scenario, scenario_digest, seed,"
        " engine_version, schema_version, sector_patients, part_patients, patients_requested,"
        " batches_total) SELECT uuid7_floor(now()), $1, 'normal', '{}', decode($2, 'hex'), 1,"
        " '1', 1, 1, 1, 10, 1",
        tenant_id,
        "00" * 32,
    )
    for statement in (
        "INSERT INTO idempotency_keys SELECT $1, 'k', decode(repeat('00', 32), 'hex'), $2, now()",
        (
            "INSERT INTO bulk_requests SELECT $2, $1, 'c', 'u', '{Patient}', '{}', NULL, NULL,"
            " now(), 'infinity'"
        ),
        "INSERT INTO scenarios SELECT $2, $1, 'mine', 1, now()",
    ):
        await owner.execute(statement, tenant_id, scenario_id)
    await owner.execute(
        "INSERT INTO scenario_versions SELECT $1, 1, '{}', decode(repeat('00', 32), 'hex'), now(),"
        " 'me'",
        scenario_id,
    )
    return tenant_id


async def test_the_gateway_sees_one_tenant_at_a_time(
    database_url: str, owner: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    """Even a statement that forgets its tenant meets the present one's rows only, and none without
    one; connections are lent on and do not remember. What waits in all is told as a sum.
    """
    first = await _tenant_with_rows(owner, "first")
    await owner.execute("SELECT pg_sleep(0.002)")  # job ids of two instants differ
    second = await _tenant_with_rows(owner, "second")
    async with pool_of(database_url, "gateway") as database:
        for table in OF_TENANTS:
            counts = [await _count(database, table)]
            for tenant_id in (first, second, uuid4()):
                with acting_for(tenant_id):
                    counts.append(await _count(database, table))
            assert counts == [0, 1, 1, 0], table
        with acting_for(first):
            async with database.connection() as connection:
                shown = await connection.fetchval("SELECT tenant_id FROM jobs")
                assert shown == first
                assert await connection.fetchval("SELECT backlog_patients()") == 20
                taken = await connection.execute("DELETE FROM jobs")
                assert taken == "DELETE 1"
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.execute("UPDATE scenarios SET tenant_id = $1", second)
    assert await owner.fetchval("SELECT count(*) FROM jobs") == 1
    async with pool_of(database_url, "scheduler") as database:
        assert await _count(database, "jobs") == 1


async def _count(database: Database, table: str) -> int:
    async with database.connection() as connection:
        number: int = await connection.fetchval(f"SELECT count(*) FROM {table}")
    return number


async def test_a_database_without_roles_works_as_its_owner(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nobody made roles the migrations grant nothing and do not fail."""
    from shared.db import migrate as module  # noqa: PLC0415 -- its queries are replaced

    queries: Callable[[str], str] = module.QUERIES.__getitem__
    names = {name: queries(name) for name in module.QUERIES}
    without = names | {"has_service_roles": "SELECT false"}
    monkeypatch.setattr(module, "QUERIES", without)
    assert await module.migrate(empty_database_url)
    connection = await asyncpg.connect(empty_database_url)
    granted = await connection.fetchval(
        "SELECT has_table_privilege('lazaret_gateway', 'jobs', 'SELECT')"
    )
    await connection.close()
    assert not granted
