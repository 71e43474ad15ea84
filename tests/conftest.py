"""Real servers for every test that asks for them.

A session starts its own PostgreSQL and RabbitMQ when the first test needs one, or uses those that
`make test-servers` started (`LAZARET_TEST_SERVERS` names their folder). Each test has a database
and a virtual host of its own, so tests may run side by side.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import secrets
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import asyncpg
import hypothesis
import pytest

from deploy.local.postgres import DATABASE, Postgres
from deploy.local.rabbitmq import Rabbitmq
from deploy.local.servers import Servers, delete_servers, running_servers, start_servers

VHOSTS_AT_ONCE = 8

# No test is about time: a busy machine may take its.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


# Several processes share the tests, and none shall be left with a long one at the end: folders
# whose tests take longer come first.
LONGEST_FIRST = ("chaos", "e2e", "observability", "integration")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the tests, which are shuffled already, by folder."""
    items.sort(key=_folder_rank)


def _folder_rank(item: pytest.Item) -> int:
    folder = item.path.relative_to(Path(__file__).parent).parts[0]
    return LONGEST_FIRST.index(folder) if folder in LONGEST_FIRST else len(LONGEST_FIRST)


@pytest.fixture(scope="session")
def session_name() -> str:
    """Sets this session's databases and virtual hosts apart from other sessions' on the same
    servers.
    """
    return f"test_{secrets.token_hex(4)}"


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """PostgreSQL and RabbitMQ for the session. Tests that stop or kill a server ask for
    `own_servers` instead.
    """
    shared_folder = os.environ.get("LAZARET_TEST_SERVERS")
    yield from (
        _servers_in_temporary_folder() if shared_folder is None else _running(Path(shared_folder))
    )


@pytest.fixture
def own_servers() -> Iterator[Servers]:
    """A pair of servers for one test, which may do to them what it likes."""
    yield from _servers_in_temporary_folder()


@pytest.fixture(scope="session")
def database_template(servers: Servers, session_name: str) -> Iterator[str]:
    """A migrated database that nobody connects to, for cloning."""
    from shared.db.migrate import migrate  # noqa: PLC0415 -- most test files need no database

    name = f"{session_name}_template"
    _create_database(servers.postgres, name, "template1")
    _run_apart(migrate(servers.postgres.url(name)))
    yield name
    _drop_database(servers.postgres, name)


@pytest.fixture(scope="session")
def new_database(servers: Servers, session_name: str) -> Callable[[str], str]:
    """Makes a database from the named template and returns its name."""
    numbers = itertools.count()

    def create(template: str) -> str:
        name = f"{session_name}_{next(numbers)}"
        _create_database(servers.postgres, name, template)
        return name

    return create


@pytest.fixture
def database_url(
    servers: Servers, database_template: str, new_database: Callable[[str], str]
) -> Iterator[str]:
    """A fresh, migrated database, owned by the role that connects."""
    name = new_database(database_template)
    yield servers.postgres.url(name)
    _drop_database(servers.postgres, name)


@pytest.fixture
def empty_database_url(servers: Servers, new_database: Callable[[str], str]) -> Iterator[str]:
    """A database without any migration."""
    name = new_database("template1")
    yield servers.postgres.url(name)
    _drop_database(servers.postgres, name)


@pytest.fixture(scope="session")
def unused_vhosts(servers: Servers, session_name: str) -> Iterator[Iterator[str]]:
    """Empty virtual hosts, made a few at a time because the broker takes a second to be asked."""
    made: list[str] = []
    yield _make_vhosts(servers.rabbitmq, session_name, made)
    if made:
        servers.rabbitmq.delete_vhosts(made)


@pytest.fixture
def amqp_url(servers: Servers, unused_vhosts: Iterator[str]) -> str:
    """A virtual host that nothing has used."""
    return servers.rabbitmq.url(next(unused_vhosts))


def _servers_in_temporary_folder() -> Iterator[Servers]:
    folder = Path(tempfile.mkdtemp(prefix="lazaret-test-"))
    try:
        yield start_servers(folder)
    finally:
        delete_servers(folder)


def _running(folder: Path) -> Iterator[Servers]:
    running = running_servers(folder)
    assert running is not None, (
        f"no servers run in LAZARET_TEST_SERVERS={folder}; start them with: make test-servers"
    )
    running.postgres.make_roles()
    yield running


def _make_vhosts(rabbitmq: Rabbitmq, session_name: str, made: list[str]) -> Iterator[str]:
    while True:
        names = [f"{session_name}_{len(made) + offset}" for offset in range(VHOSTS_AT_ONCE)]
        rabbitmq.add_vhosts(names)
        made += names
        yield from names


def _create_database(postgres: Postgres, name: str, template: str) -> None:
    _run_apart(
        _execute(postgres, f'CREATE DATABASE "{name}" OWNER {DATABASE} TEMPLATE "{template}"')
    )


def _drop_database(postgres: Postgres, name: str) -> None:
    _run_apart(_execute(postgres, f'DROP DATABASE "{name}" WITH (FORCE)'))


async def _execute(postgres: Postgres, statement: str) -> None:
    connection = await asyncpg.connect(postgres.superuser_url())
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _run_apart(coroutine: Coroutine[Any, Any, object]) -> None:
    """Run it on a loop of its own in another thread, whether or not the test has a loop running."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        thread.submit(asyncio.run, coroutine).result()
