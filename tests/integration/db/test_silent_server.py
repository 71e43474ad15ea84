"""A server that stops answering, in one session or wholly, costs time and connections, never a
wrong error.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager

import pytest

from shared.db.pool import Connection, Database
from shared.errors import Unavailable
from tests.integration.db.test_pool import settings_for


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A pool that gives a silent session up after a good second."""
    opened = await Database.open(
        settings_for(database_url, database_statement_timeout_s=1.0), "test"
    )
    yield opened
    await opened.close()


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """Inside, this session's process does not run."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@asynccontextmanager
async def lent(database: Database, *, in_transaction: bool) -> AsyncIterator[Connection]:
    """A connection, in a transaction or not."""
    async with database.transaction() if in_transaction else database.connection() as connection:
        yield connection


@pytest.mark.parametrize("in_transaction", [False, True])
async def test_a_frozen_session_is_unavailable_and_not_lent_again(
    database: Database, *, in_transaction: bool
) -> None:
    """The caller comes back later, as after any other outage, and the next one has a session that
    answers.
    """

    async def ask() -> None:
        async with lent(database, in_transaction=in_transaction) as connection:
            pid = await connection.fetchval("SELECT pg_backend_pid()")
            stack.enter_context(frozen(pid))
            await connection.fetchval("SELECT 1")

    with ExitStack() as stack:
        with pytest.raises(Unavailable):
            await ask()
        async with database.connection() as connection:
            assert await connection.fetchval("SELECT 1") == 1


@pytest.mark.parametrize("in_transaction", [False, True])
async def test_who_is_cancelled_in_a_frozen_session_is_not_kept(
    database: Database, *, in_transaction: bool
) -> None:
    """The cancellation arrives, although the session cannot confirm that its statement ended."""
    pid: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def ask() -> None:
        async with lent(database, in_transaction=in_transaction) as connection:
            pid.set_result(await connection.fetchval("SELECT pg_backend_pid()"))
            await connection.fetchval("SELECT pg_sleep(60)")

    task = asyncio.create_task(ask())
    with frozen(await pid):
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_what_a_frozen_session_had_confirmed_is_an_answer(database: Database) -> None:
    """A session that falls silent while it is given back has done its work: nobody is told
    otherwise.
    """
    async with database.connection() as connection:
        pid = await connection.fetchval("SELECT pg_backend_pid()")
        asked = asyncio.create_task(connection.fetchval("SELECT pg_sleep(60)"))
        await asyncio.sleep(0)
        stopped = frozen(pid)
        stopped.__enter__()
        asked.cancel()
        await asyncio.wait({asked})
    stopped.__exit__(None, None, None)
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT 1") == 1
