"""The private servers and the fixtures that hand them out."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Iterator

import aio_pika
import asyncpg
import pytest

from deploy.local.process_record import stop
from deploy.local.servers import Servers, start_servers, stop_servers


async def test_a_test_has_an_empty_database_of_its_own(empty_database_url: str) -> None:
    """The role that connects owns its database and is no superuser."""
    connection = await asyncpg.connect(empty_database_url)
    try:
        await connection.execute("CREATE TABLE mine (id integer)")
        assert await connection.fetchval("SHOW is_superuser") == "off"
        assert await connection.fetchval("SHOW fsync") == "on"
    finally:
        await connection.close()


async def test_a_test_has_a_virtual_host_of_its_own(
    servers: Servers, amqp_url: str, unused_vhosts: Iterator[str]
) -> None:
    """Two virtual hosts of one session share nothing."""
    other = servers.rabbitmq.url(next(unused_vhosts))
    async with await aio_pika.connect(amqp_url) as here, await aio_pika.connect(other) as there:
        await (await here.channel()).declare_queue(
            "mine", durable=True, arguments={"x-queue-type": "quorum"}
        )
        with pytest.raises(aio_pika.exceptions.ChannelNotFoundEntity):
            await (await there.channel()).declare_queue("mine", passive=True)


@pytest.mark.timeout(240)
async def test_servers_survive_a_restart_and_a_crash(own_servers: Servers) -> None:
    """What was stored is there after an orderly restart on other ports and after kill -9 of
    everything.
    """
    folder = own_servers.postgres.folder.parent
    await _execute(own_servers, "CREATE TABLE kept AS SELECT 1 AS number")
    for path in (
        own_servers.postgres.pid_file,
        own_servers.rabbitmq.pid_file,
        own_servers.rabbitmq.epmd_pid_file,
    ):
        stop(path, signal.SIGKILL, 10)
    again = start_servers(folder)
    assert await _execute(again, "SELECT number FROM kept") == 1
    stop_servers(folder)
    with socket.create_server(("127.0.0.1", again.postgres.settings.postgres_port)):
        moved = start_servers(folder)
    assert moved.postgres.settings.postgres_port != again.postgres.settings.postgres_port
    assert await _execute(moved, "SELECT number FROM kept") == 1


@pytest.mark.timeout(240)
async def test_a_killed_database_starts_beside_a_query_that_goes_on(own_servers: Servers) -> None:
    """The query's process outlives its server and holds its memory; the next server ends it
    first.
    """
    postgres = own_servers.postgres
    connection = await asyncpg.connect(postgres.url())
    busy = asyncio.create_task(connection.fetchval("SELECT count(*) FROM generate_series(1, 1e12)"))
    other = await asyncpg.connect(postgres.url())
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE "
        "'%generate_series%' AND pid <> pg_backend_pid()"
    )
    while not await other.fetchval(query):
        await asyncio.sleep(0.05)
    await asyncio.to_thread(stop, postgres.pid_file, signal.SIGKILL, 10)
    await asyncio.to_thread(postgres.start)
    await asyncio.to_thread(postgres.wait_ready)
    assert await _execute(own_servers, "SELECT 1") == 1
    with pytest.raises((asyncpg.PostgresError, OSError)):
        await busy


async def _execute(servers: Servers, statement: str) -> object:
    connection = await asyncpg.connect(servers.postgres.url())
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()
