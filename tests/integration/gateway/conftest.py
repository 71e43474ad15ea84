"""A gateway on a real port with a real database; the broker is unavailable unless a test says
otherwise.
"""

import socket
from collections.abc import AsyncIterator, Callable, Iterator
from random import Random
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from services.gateway.app import create_app
from services.gateway.config import GatewayConfig
from services.gateway.context import Gateway
from services.gateway.http.server import HttpServer
from services.gateway.identity.keys import NewKey
from services.gateway.identity.roles import Role
from services.gateway.limits.intake import Intake
from services.gateway.rendering.pools import Rendering
from shared.clock import SystemClock
from shared.db.migrate import check_schema_version
from shared.db.pool import Database
from shared.errors import Unavailable
from shared.health.readiness import Readiness
from shared.telemetry.setup import Telemetry
from tests.integration.gateway.made_key import make_key
from tests.secrets_of_tests import SECRETS

CLIENT_TIMEOUT_S = 60.0  # the machine may be busy with other tests
NOWHERE = "amqp://nobody:nothing@127.0.0.1:1/"


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[Any]]:
    """What is logged, kept out of the commands' output."""
    with capture_logs() as entries:
        yield entries


@pytest.fixture
def settings() -> dict[str, Any]:
    """What a test wants other than the defaults; parametrize it."""
    return {}


@pytest.fixture
def config(database_url: str, settings: dict[str, Any]) -> GatewayConfig:
    """The gateway's settings on a free port."""
    return GatewayConfig.model_validate(
        {
            "database_url": database_url,
            "broker_url": NOWHERE,
            "http_port": 0,
            "public_hosts": "127.0.0.1,x",
            "key_cache_s": 0,
            **SECRETS,
            **settings,
        }
    )


@pytest.fixture
async def database(config: GatewayConfig) -> AsyncIterator[Database]:
    """The test's own pool, which is the gateway's too."""
    opened = await Database.open(config, "test-gateway")
    yield opened
    await opened.close()


@pytest.fixture
async def gateway(config: GatewayConfig, database: Database) -> AsyncIterator[Gateway]:
    """What the composition root would open."""

    async def database_answers() -> None:
        async with database.connection() as connection:
            await check_schema_version(connection)

    async def broker_answers() -> None:
        raise Unavailable("broker unavailable")

    clock = SystemClock()
    intake = Intake(config)
    readiness = Readiness(
        required={"database": database_answers, "intake": intake.check},
        optional={"broker": broker_answers},
        clock=clock,
        stopping=lambda: False,
        cache_s=0,
    )
    telemetry = Telemetry(CollectorRegistry(), ())
    rendering = Rendering(config)
    yield Gateway(
        config=config,
        database=database,
        clock=clock,
        random=Random(7),
        readiness=readiness,
        telemetry=telemetry,
        rendering=rendering,
        intake=intake,
    )
    await rendering.close()


@pytest.fixture
async def port(gateway: Gateway, config: GatewayConfig) -> AsyncIterator[int]:
    """The port of a listening gateway."""
    server = await HttpServer.open(create_app(gateway), config)
    yield server.port
    await server.close()


@pytest.fixture
async def url(port: int) -> str:
    """The gateway's root."""
    return f"http://127.0.0.1:{port}"


@pytest.fixture
async def key(database: Database, config: GatewayConfig) -> NewKey:
    """A key of the tenant that most tests speak for."""
    return await make_key(database, config, "first", Role.OPERATOR)


@pytest.fixture
async def other_key(database: Database, config: GatewayConfig) -> NewKey:
    """A key of another tenant, an admin's."""
    return await make_key(database, config, "second", Role.ADMIN)


@pytest.fixture
def client_for(url: str) -> Callable[[str], httpx.AsyncClient]:
    """Makes a client that speaks with an API key."""
    return lambda api_key: httpx.AsyncClient(
        base_url=url, headers={"Authorization": f"Bearer {api_key}"}, timeout=CLIENT_TIMEOUT_S
    )


@pytest.fixture
async def http(
    client_for: Callable[[str], httpx.AsyncClient], key: NewKey
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the first tenant."""
    async with client_for(key.api_key) as client:
        yield client


@pytest.fixture
async def other_http(
    client_for: Callable[[str], httpx.AsyncClient], other_key: NewKey
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the second tenant."""
    async with client_for(other_key.api_key) as client:
        yield client


@pytest.fixture
def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
