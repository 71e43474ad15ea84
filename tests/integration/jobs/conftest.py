from collections.abc import AsyncIterator

import pytest

from shared.config import DatabaseSettings
from shared.db.pool import Database
from tests.integration.jobs.world import World


@pytest.fixture
def settings(database_url: str) -> DatabaseSettings:
    """The test's database."""
    return DatabaseSettings(database_url=f"{database_url}?synchronous_commit=off")  # type: ignore[arg-type]


@pytest.fixture
async def database(settings: DatabaseSettings) -> AsyncIterator[Database]:
    """A pool on the test's database."""
    opened = await Database.open(settings, "test")
    yield opened
    await opened.close()


@pytest.fixture
async def world(database: Database) -> World:
    """One tenant and one live generator."""
    made = World(database)
    await made.begin()
    return made
