from collections.abc import AsyncIterator

import pytest

from shared.config import DatabaseSettings
from shared.db.pool import Database
from tests.integration.jobs.world import World


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A pool on the test's database."""
    opened = await Database.open(DatabaseSettings(database_url=database_url), "test")  # type: ignore[arg-type]
    yield opened
    await opened.close()


@pytest.fixture
async def world(database: Database) -> World:
    """One tenant and one live generator."""
    made = World(database)
    await made.begin()
    return made
