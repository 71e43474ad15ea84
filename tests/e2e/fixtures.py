"""Fixtures that give a test its own deployment of the four services."""

from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import asyncpg
import pytest

from deploy.local.servers import Servers
from shared.db.migrate import migrate
from shared.records.body import read_body
from shared.records.cut import BatchSpec
from shared.scenarios.presets import load_preset
from shared.simulation.batch import BatchWork, generate_parts
from tests.e2e.deployment import PRESET, Deployment
from tests.minted_key import mint

UNDISTURBED = 30_000


@pytest.fixture
async def deployment(database_url: str, amqp_url: str, tmp_path: Path) -> AsyncIterator[Deployment]:
    """A database and a virtual host of the session's servers, and no service yet."""
    made = Deployment(database_url, amqp_url, tmp_path, await admin_key(database_url))
    yield made
    await made.stop()


@pytest.fixture
async def own_deployment(own_servers: Servers, tmp_path: Path) -> AsyncIterator[Deployment]:
    """The same on servers of its own, which the test may stop, kill and wipe."""
    database_url = own_servers.postgres.url()
    await migrate(database_url)
    made = Deployment(
        database_url,
        own_servers.rabbitmq.url(),
        tmp_path,
        await admin_key(database_url),
        own_servers,
    )
    yield made
    await made.stop()


@pytest.fixture(scope="session")
def undisturbed_digest() -> bytes:
    """The digest of `Deployment.submit(30_000)`, simulated here without services."""
    scenario = load_preset(PRESET)
    work = BatchWork(
        scenario=scenario,
        spec=BatchSpec(
            seed=7,
            first_sector=0,
            sectors=-(-UNDISTURBED // scenario.sector_patients),
            sector_patients=scenario.sector_patients,
            first_ordinal=0,
            patients=UNDISTURBED,
            part_patients=UNDISTURBED,
        ),
        part_bytes_max=2**30,
    )
    (part,) = generate_parts(work)
    return sha256(
        b"".join(read_body(part.sector_results, ["digest"]).column(0).to_pylist())
    ).digest()


async def admin_key(database_url: str) -> str:
    """A key that may do everything."""
    connection = await asyncpg.connect(database_url)
    try:
        return (await mint(connection, "tests")).api_key
    finally:
        await connection.close()
