"""A fail-over to a server with another address."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from deploy.local.ports import LOOPBACK, free_ports
from deploy.local.postgres import DATABASE, Postgres
from deploy.local.server_settings import prepare_settings
from deploy.local.servers import ENTERABLE, delete_servers
from shared.db.pool import Database
from shared.errors import Unavailable
from tests.integration.db.test_pool import settings_for


@pytest.fixture
def pair() -> Iterator[tuple[Postgres, Postgres]]:
    """Two servers with the same passwords."""
    with ExitStack() as stack:
        folders = [Path(tempfile.mkdtemp(prefix="lazaret-test-")) for _ in range(2)]
        settings = prepare_settings(folders[0])
        servers = []
        for folder in folders:
            folder.chmod(ENTERABLE)
            stack.callback(delete_servers, folder)
            ours = replace(settings, postgres_port=free_ports(1)[0])
            servers.append(Postgres(folder / "postgres", ours))
            servers[-1].start()
            stack.callback(servers[-1].stop)
        for server in servers:
            server.wait_ready()
        yield servers[0], servers[1]


async def set_read_only(server: Postgres, *, read_only: bool) -> None:
    """Make it a server that refuses to write, as a standby does, or that writes."""
    connection = await asyncpg.connect(server.superuser_url())
    value = "on" if read_only else "off"
    await connection.execute(f"ALTER SYSTEM SET default_transaction_read_only = {value}")
    await connection.execute("SELECT pg_reload_conf()")
    shown = None
    while shown != value:
        shown = await connection.fetchval("SHOW default_transaction_read_only")
    await connection.close()


async def write(database: Database) -> int:
    """Write something and say on which server's port."""
    async with database.transaction() as connection:
        await connection.execute("CREATE TABLE IF NOT EXISTS written (id int)")
        port: int = await connection.fetchval("SELECT inet_server_port()")
        return port


async def written_in_the_end(database: Database) -> int:
    """Write as a consumer does: what is held is tried again."""
    while True:
        try:
            return await write(database)
        except Unavailable:
            continue


async def test_work_goes_on_at_the_server_that_can_be_written(
    pair: tuple[Postgres, Postgres],
) -> None:
    """A URL of several hosts means the writable one, at first and after each move."""
    first, second = pair
    ports = [server.settings.postgres_port for server in pair]
    hosts = ",".join(f"{LOOPBACK}:{port}" for port in ports)
    password = first.settings.postgres_password
    url = f"postgresql://{DATABASE}:{password}@{hosts}/{DATABASE}"
    await set_read_only(first, read_only=True)
    database = await Database.open(settings_for(url), "test")
    assert await write(database) == ports[1]
    await set_read_only(second, read_only=True)
    with pytest.raises(Unavailable):
        await write(database)
    await set_read_only(first, read_only=False)
    assert await written_in_the_end(database) == ports[0]
    await set_read_only(second, read_only=False)
    first.stop()
    assert await written_in_the_end(database) == ports[1]
    await database.close()
