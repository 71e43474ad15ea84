"""The pool of PostgreSQL connections of a process: every wait in it has a limit, and a database
that is away is `Unavailable`.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeAlias
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import orjson
import structlog
from asyncpg.connect_utils import SessionAttribute
from asyncpg.pool import PoolConnectionProxy

from shared.config import DatabaseSettings
from shared.db import query_telemetry as observation
from shared.db.acting_for import present_tenant
from shared.db.named_queries import load_queries
from shared.errors import Overdue, Unavailable

# Anything that runs statements: what the pool lends, or a connection of one's own.
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"

CLOSE_TIMEOUT_S = 5.0
# A server that does not answer these is not asked again: its connection is cut.
ROLLBACK_TIMEOUT_S = 2.0
RELEASE_TIMEOUT_S = 2.0
# The server ends a statement at its limit; one that does not even do that is silent, and is given
# up this share later.
SILENCE_SHARE = 0.25
SILENCE_MAX_S = 5.0
# How long the pool is not fit for work after the server refused to write. Failed work is tried
# again within 11 s.
REFUSAL_REMEMBERED_S = 15.0
PLAN_ONCE = {"plan_cache_mode": "force_generic_plan"}
# Without statistics, or with those of an emptier table, a plan may read what it need not.
BY_INDEX = {"enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off"}
_JSONB_VERSION = b"\x01"

# The server is stopping, starting, full, read-only after a failover, or gave up waiting: nothing
# that the statement could help.
_AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InsufficientResourcesError,
    asyncpg.LockNotAvailableError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.QueryCanceledError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.ReadOnlySQLTransactionError,
    OSError,
)
# What ends the use of a connection, whatever the caller wanted of it.
_BROKEN = (*_AWAY, asyncpg.InterfaceError, asyncpg.InternalClientError)
# The server answers and cannot write: a standby after a fail-over, a full disk.
_REFUSALS = (asyncpg.ReadOnlySQLTransactionError, asyncpg.InsufficientResourcesError)

QUERIES = load_queries(Path(__file__).with_name("queries.sql"))

log = structlog.get_logger(__name__)


if TYPE_CHECKING:
    _Driver = asyncpg.Connection[asyncpg.Record]
else:
    _Driver = asyncpg.Connection


class _PooledConnection(_Driver):
    """A connection that knows when it was opened and is handed on without a round trip."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.opened_at = _now()
        self.tenant: UUID | None = None
        observation.opened.add(1)

    @property
    def driver(self) -> Self:
        """The connection behind the pool's proxy, which forgets it as soon as the server has cut
        it.
        """
        return self

    def get_reset_query(self) -> str:
        """Nothing: the code uses `SET LOCAL` and transaction locks only, so no session state
        survives a transaction, but for the tenant, who is named anew when it is another.
        """
        return ""

    async def name_tenant(self, tenant: UUID | None) -> None:
        """Tell the server for whom the next statements are."""
        if tenant != self.tenant:
            await self.execute(QUERIES["name_tenant"], "" if tenant is None else str(tenant))
            self.tenant = tenant

    async def execute(self, query: str, *args: Any, timeout: float | None = None) -> str:  # noqa: ASYNC109 -- the driver's signature
        with observation.statement(query):
            return await super().execute(query, *args, timeout=timeout)

    async def fetch(self, query: str, *args: Any, **options: Any) -> Any:
        with observation.statement(query):
            return await super().fetch(query, *args, **options)

    async def fetchrow(self, query: str, *args: Any, **options: Any) -> Any:
        with observation.statement(query):
            return await super().fetchrow(query, *args, **options)

    async def fetchval(self, query: str, *args: Any, **options: Any) -> Any:
        with observation.statement(query):
            return await super().fetchval(query, *args, **options)


class Database:
    """A pool that opens connections as they are needed, so it can be made before the server is
    there.
    """

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", settings: DatabaseSettings) -> None:
        self._pool = pool
        self._settings = settings
        self._refusal: tuple[float, str] | None = None

    @classmethod
    async def open(
        cls,
        settings: DatabaseSettings,
        application_name: str,
        *,
        plan_once: bool = False,
        by_index: bool = False,
    ) -> Self:
        """Make the pool; `application_name` is what `pg_stat_activity` shows. No connection is made
        yet. Of several hosts in the URL the one that can be written is used, whichever that is.

        With `plan_once` a connection plans a statement once, not for the values of each execution.
        That is for services whose statements name their rows by key: planning one for a partitioned
        table takes three times as long as running it.

        With `by_index` it reads tables by their indexes, whatever the statistics say. That is for
        services whose statements look for a few rows in tables that grow quickly.
        """
        url = settings.database_url.get_secret_value()
        pool = asyncpg.create_pool(
            url,
            min_size=0,
            max_size=settings.database_pool_max,
            timeout=settings.database_connect_timeout_s,
            command_timeout=_silence_timeout_s(settings.database_statement_timeout_s),
            connection_class=_PooledConnection,
            init=use_json,
            server_settings=_server_settings(settings, application_name)
            | (PLAN_ONCE if plan_once else {})
            | (BY_INDEX if by_index else {}),
            target_session_attrs=SessionAttribute.read_write if _names_several_hosts(url) else None,
        )
        observation.pools.add(await pool)
        return cls(pool, settings)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """Lend a connection; each statement is a transaction of its own.

        Raises:
            Unavailable: no connection within the acquire timeout, or the server went away.
        """
        lent = await self._acquire()
        driver = _driver_of(lent)
        began = _now()
        try:
            await driver.name_tenant(present_tenant())
            yield lent
        except _AWAY as error:
            await self._note_refusal(error, driver)
            raise _unavailable(error) from error
        except asyncpg.InterfaceError as error:
            if driver.is_closed():
                raise Unavailable("database connection lost") from error
            raise
        except asyncpg.InternalClientError as error:
            # What the driver says of a session that the server has ended between two of its
            # messages (asyncpg issue 1069).
            driver.terminate()
            raise Unavailable("database connection lost") from error
        finally:
            await self._give_back(lent, driver)
            observation.use_time.record(_now() - began)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """Lend a connection inside a transaction (read committed): committed at the end, rolled
        back by an exception.
        """
        async with self.connection() as connection:
            driver = _driver_of(connection)
            transaction = connection.transaction()
            await transaction.start()
            try:
                yield connection
            except BaseException:
                await _roll_back(driver, transaction)
                raise
            await transaction.commit()

    def check_writes(self) -> None:
        """Raise Unavailable when the server has lately refused to write."""
        if self._refusal is None:
            return
        refused_at, reason = self._refusal
        age_s = _now() - refused_at
        if age_s < REFUSAL_REMEMBERED_S:
            raise Unavailable(f"the database refused to write {age_s:.0f} s ago: {reason}")

    async def close(self) -> None:
        """Wait for lent connections up to `CLOSE_TIMEOUT_S`, then cut what is left."""
        observation.pools.discard(self._pool)
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()

    async def _acquire(self) -> "PoolConnectionProxy[asyncpg.Record]":
        began = _now()
        observation.pending_requests.add(1)
        try:
            return await self._pool.acquire(timeout=self._settings.database_acquire_timeout_s)
        except TimeoutError:
            observation.timeouts.add(1)
            raise Unavailable("no database connection became free in time") from None
        except _BROKEN as error:
            raise _unavailable(error) from error
        finally:
            observation.pending_requests.add(-1)
            observation.wait_time.record(_now() - began)

    async def _note_refusal(self, error: BaseException, driver: _PooledConnection) -> None:
        """After a fail-over every connection leads to the server that was: all are replaced, this
        one at once.
        """
        if isinstance(error, _REFUSALS):
            self._refusal = (_now(), _reason(error))
        if isinstance(error, asyncpg.ReadOnlySQLTransactionError):
            await self._pool.expire_connections()
            driver.terminate()

    async def _give_back(
        self, lent: "PoolConnectionProxy[asyncpg.Record]", driver: _PooledConnection
    ) -> None:
        """Return a connection; a server that is silent about it costs the connection, not the
        caller's answer.
        """
        if _now() - driver.opened_at > self._settings.database_connection_age_max_s:
            driver.terminate()
        try:
            await self._pool.release(lent, timeout=RELEASE_TIMEOUT_S)
        except _BROKEN as error:
            driver.terminate()
            log.warning("database connection given up", reason=_reason(error))


def _driver_of(lent: Connection) -> _PooledConnection:
    driver: _PooledConnection = lent.driver  # type: ignore[union-attr] # the proxy forwards to it
    return driver


async def _roll_back(driver: _PooledConnection, transaction: Any) -> None:
    """Undo, or cut the connection, which undoes as well: what made it necessary is what the caller
    hears of.
    """
    try:
        async with asyncio.timeout(ROLLBACK_TIMEOUT_S):
            await transaction.rollback()
    except (*_BROKEN, asyncpg.PostgresError):
        driver.terminate()


async def use_json(connection: Connection) -> None:
    """Pass jsonb as Python values, in binary, so that COPY takes it too."""
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", format="binary", encoder=_to_jsonb, decoder=_from_jsonb
    )


def _now() -> float:
    return asyncio.get_running_loop().time()


def _unavailable(error: BaseException) -> Unavailable:
    if isinstance(error, asyncpg.QueryCanceledError):
        return Overdue(f"database: {_reason(error)}")
    return Unavailable(f"database unavailable: {_reason(error)}")


def _silence_timeout_s(statement_timeout_s: float) -> float:
    return statement_timeout_s + min(statement_timeout_s * SILENCE_SHARE, SILENCE_MAX_S)


def _names_several_hosts(url: str) -> bool:
    return "," in urlsplit(url).netloc


def _reason(error: BaseException) -> str:
    return str(error) or type(error).__name__


def _to_jsonb(value: Any) -> bytes:
    return _JSONB_VERSION + orjson.dumps(value)


def _from_jsonb(data: bytes) -> Any:
    return orjson.loads(data[1:])


def _server_settings(settings: DatabaseSettings, application_name: str) -> dict[str, str]:
    return {
        "application_name": application_name,
        "statement_timeout": _milliseconds(settings.database_statement_timeout_s),
        "lock_timeout": _milliseconds(settings.database_lock_timeout_s),
        "idle_in_transaction_session_timeout": _milliseconds(
            settings.database_idle_transaction_timeout_s
        ),
        "TimeZone": "UTC",
        "jit": "off",
        "tcp_keepalives_idle": "30",
    }


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f}"
