from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from opentelemetry.sdk.trace import TracerProvider

from shared.config import DatabaseSettings
from shared.db import query_telemetry as observation
from shared.db.pool import Database
from shared.db.readiness import check_database
from shared.errors import Unavailable


def settings_for(url: str, **changes: object) -> DatabaseSettings:
    """A small pool."""
    return DatabaseSettings.model_validate({"database_url": url, "database_pool_max": 2} | changes)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A pool of two connections."""
    opened = await Database.open(settings_for(database_url), "lazaret-test")
    yield opened
    await opened.close()


async def test_sessions_are_limited(database_url: str) -> None:
    """Every limit of the settings is one of the session, and the session says whose it is."""
    settings = settings_for(
        database_url,
        database_statement_timeout_s=7,
        database_lock_timeout_s=1.5,
        database_idle_transaction_timeout_s=20,
    )
    database = await Database.open(settings, "lazaret-test")
    async with database.connection() as connection:
        names = (
            "statement_timeout",
            "lock_timeout",
            "idle_in_transaction_session_timeout",
            "jit",
            "application_name",
        )
        shown = [await connection.fetchval("SELECT current_setting($1)", name) for name in names]
    assert shown == ["7s", "1500ms", "20s", "off", "lazaret-test"]
    await database.close()


@pytest.mark.parametrize("plan_once", [False, True])
async def test_statements_are_planned_once_where_that_is_wanted(
    database_url: str, *, plan_once: bool
) -> None:
    """The server plans a repeated statement for no values in particular, and otherwise for those of
    each execution.
    """
    database = await Database.open(settings_for(database_url), "test", plan_once=plan_once)
    async with database.connection() as connection:
        count = "SELECT count(*) FROM batches WHERE batch_no = $1"
        for number in (1, 2):
            await connection.fetchval(count, number)
        plans = await connection.fetchrow(
            "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement = $1",
            count,
        )
    assert tuple(plans or ()) == ((2, 0) if plan_once else (0, 2))
    await database.close()


async def test_a_transaction_is_all_or_nothing(database: Database) -> None:
    """What an exception interrupts has not happened."""
    with pytest.raises(asyncpg.DivisionByZeroError):
        async with database.transaction() as connection:
            await connection.execute("CREATE TABLE gone (id int); SELECT 1/0")
    async with database.transaction() as connection:
        assert await connection.fetchval("SELECT to_regclass('gone')") is None


async def test_a_full_pool_does_not_wait_for_ever(database_url: str) -> None:
    """The third caller of two connections is told to come back."""
    database = await Database.open(
        settings_for(database_url, database_acquire_timeout_s=1.0), "test"
    )
    async with database.connection(), database.connection():
        with pytest.raises(Unavailable, match="became free in time"):
            async with database.connection():
                pass
    await database.close()


async def test_a_database_that_is_away_is_unavailable() -> None:
    """A pool can be made without a server; its use says that it is away."""
    database = await Database.open(settings_for("postgresql://nobody@127.0.0.1:1/none"), "test")
    with pytest.raises(Unavailable, match="database unavailable"):
        async with database.connection():
            pass
    await database.close()


async def test_a_cut_connection_is_unavailable_and_the_next_one_works(
    database: Database, database_url: str
) -> None:
    """The server ends a session in mid-transaction: that work is told so, later work gets a new
    session.
    """
    other = await asyncpg.connect(database_url)

    async def cut_off() -> None:
        async with database.transaction() as connection:
            pid = await connection.fetchval("SELECT pg_backend_pid()")
            await other.execute("SELECT pg_terminate_backend($1)", pid)
            await connection.fetchval("SELECT pg_sleep(10)")

    with pytest.raises(Unavailable):
        await cut_off()
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT 1") == 1
    await other.close()


async def test_a_connection_that_the_driver_gave_up_is_unavailable_and_not_lent_again(
    database: Database,
) -> None:
    """The driver's state machine stumbles over a session that ends between two messages: the
    connection goes, the caller comes back.
    """

    async def stumble() -> None:
        async with database.connection() as connection:
            pids.append(await connection.fetchval("SELECT pg_backend_pid()"))
            raise asyncpg.InternalClientError(
                "cannot switch to state 12; another operation (2) is in progress"
            )

    pids: list[int] = []
    with pytest.raises(Unavailable, match="connection lost"):
        await stumble()
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT pg_backend_pid()") not in pids


async def test_a_lock_that_is_not_given_is_unavailable(database_url: str) -> None:
    """Waiting for a lock has its limit."""
    database = await Database.open(settings_for(database_url, database_lock_timeout_s=0.05), "test")
    async with database.transaction() as holder:
        await holder.execute("LOCK TABLE tenants")
        with pytest.raises(Unavailable, match="lock timeout"):
            async with database.transaction() as waiter:
                await waiter.execute("LOCK TABLE tenants")
    await database.close()


async def test_sessions_on_a_server_that_became_read_only_are_replaced(database: Database) -> None:
    """A fail-over leaves sessions on what is now a standby: none of them is lent again."""
    async with database.connection() as one, database.connection() as other:
        for connection in (one, other):
            await connection.execute("SET default_transaction_read_only = on")
    with pytest.raises(Unavailable, match="read-only"):
        await check_database(database)
    with pytest.raises(Unavailable, match="refused to write"):
        await check_database(database)
    async with database.connection() as one, database.connection() as other:
        for connection in (one, other):
            await connection.execute("CREATE TABLE IF NOT EXISTS written (id int)")


async def test_a_wrong_statement_is_a_defect(database: Database) -> None:
    """Errors that no waiting could cure are not dressed up as an outage."""
    with pytest.raises(asyncpg.UndefinedTableError):
        async with database.connection() as connection:
            await connection.execute("SELECT * FROM nowhere")
    with pytest.raises(asyncpg.InterfaceError):
        async with database.connection() as connection:
            await connection.fetchval("SELECT $1::int")


async def test_an_old_connection_is_replaced(database_url: str) -> None:
    """A connection above its age goes when it is given back."""
    database = await Database.open(
        settings_for(database_url, database_connection_age_max_s=0.000_001), "test"
    )
    pids = set()
    for _ in range(3):
        async with database.connection() as connection:
            pids.add(await connection.fetchval("SELECT pg_backend_pid()"))
    assert len(pids) == 3
    await database.close()


async def test_a_session_is_handed_on_clean_without_being_reset(database: Database) -> None:
    """Transaction settings and locks end with their transaction, so there is nothing to reset."""
    async with database.transaction() as connection:
        pid = await connection.fetchval("SELECT pg_backend_pid()")
        await connection.execute("SET LOCAL statement_timeout = '1s'")
        await connection.execute("SELECT pg_advisory_xact_lock(1)")
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT pg_backend_pid()") == pid
        assert await connection.fetchval("SHOW statement_timeout") == "30s"
        assert (
            await connection.fetchval(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = $1", pid
            )
            == 0
        )


async def test_json_goes_in_and_out_as_values(database: Database) -> None:
    """Also through COPY, which takes the binary form only."""
    value = {"days": 3, "names": ["é", None]}
    async with database.transaction() as connection:
        await connection.execute("CREATE TEMPORARY TABLE kept (document jsonb) ON COMMIT DROP")
        await connection.execute("INSERT INTO kept VALUES ($1)", value)
        await connection.copy_records_to_table("kept", records=[(value,)])
        assert [row["document"] for row in await connection.fetch("SELECT * FROM kept")] == [
            value,
            value,
        ]


async def test_closing_does_not_wait_for_ever(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that is still lent is cut at the deadline."""
    monkeypatch.setattr("shared.db.pool.CLOSE_TIMEOUT_S", 0.01)
    database = await Database.open(settings_for(database_url), "test")
    lent = await database._acquire()
    await database.close()
    with pytest.raises(asyncpg.InterfaceError):
        await lent.fetchval("SELECT 1")


async def test_the_pool_shows_its_connections(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is open, what is lent and what may be opened is there for metrics, as long as the pool
    is.
    """
    monkeypatch.setattr(observation, "pools", {database._pool})
    async with database.connection():
        states = {
            item.attributes["db.client.connection.state"]: item.value
            for item in observation._connections()
            if item.attributes
        }
        assert states == {"idle": 0, "used": 1}
        assert [item.value for item in observation._connections_max()] == [2]
    await database.close()
    assert [item.value for item in observation._connections_max()] == [0]


async def test_named_statements_are_spans_inside_a_trace(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A named statement is a span of that name; outside a trace, and without a name, it is none."""
    provider = TracerProvider()
    names: list[str] = []
    tracer = provider.get_tracer("test")

    class Recorder:
        def start_as_current_span(self, name: str, **options: Any) -> object:
            names.append(name)
            return tracer.start_as_current_span(name, **options)

    monkeypatch.setattr(observation, "tracer", Recorder())
    async with database.connection() as connection:
        await connection.fetchval("-- name: outside\n-- No trace here.\nSELECT 1")
        with tracer.start_as_current_span("request"):
            await connection.fetchval("-- name: inside\n-- A part of the request.\nSELECT 1")
            await connection.fetchval("SELECT 1")
    assert names == ["inside"]
