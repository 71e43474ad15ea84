"""A browser before the real services: one deployment and one Chromium for all of a file's tests."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Page, Request, async_playwright

from deploy.local.servers import Servers
from services.gateway.config import GatewayConfig
from services.gateway.identity.keys import KeyWish, NewKey, create_key, ensure_tenant
from services.gateway.identity.roles import Role
from shared.db.pool import Database
from tests.e2e.deployment import STEADY, Deployment
from tests.secrets_of_tests import SECRETS

SERVICES = ("scheduler", "writer", "generator", "gateway")
CHROMIUM = Path("/usr/bin/chromium")
# Nothing of the browser's own may try to reach the network: it is closed.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MS = 180_000

NewPage = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stack(
    servers: Servers,
    database_template: str,
    new_database: Callable[[str], str],
    unused_vhosts: Iterator[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Deployment]:
    """The four services, and a key of the tenant `tests`."""
    database_url = servers.postgres.url(new_database(database_template))
    key = (await make_key(database_url, "tests")).api_key
    broker_url = servers.rabbitmq.url(next(unused_vhosts))
    made = Deployment(database_url, broker_url, tmp_path_factory.mktemp("console"), key)
    await made.start(*SERVICES, **STEADY)
    yield made
    await made.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stack_database(stack: Deployment) -> AsyncIterator[Database]:
    """The deployment's database, for what no page does."""
    settings = {"database_url": stack.database_url, "broker_url": stack.broker_url, **SECRETS}
    opened = await Database.open(GatewayConfig.model_validate(settings), "test-console")
    yield opened
    await opened.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium."""
    if not CHROMIUM.exists():  # noqa: ASYNC240 -- once a session, before anything else runs
        pytest.skip(f"{CHROMIUM} is not installed: `make browser` installs it")
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield opened
        await opened.close()


@pytest_asyncio.fixture(loop_scope="session")
async def new_page(browser: Browser, stack: Deployment) -> AsyncIterator[NewPage]:
    """Opens pages that fail the test for what the browser complains of, policy violations above
    all.
    """
    complaints: list[str] = []
    contexts = []

    async def make(**options: Any) -> Page:
        context = await browser.new_context(base_url=stack.services["gateway"].url, **options)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = await context.new_page()
        page.on("console", lambda said: complaints.extend(_complaint(said)))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: _own(request, complaints, stack))
        return page

    yield make
    for context in contexts:
        await context.close()
    assert complaints == []


def _complaint(said: ConsoleMessage) -> list[str]:
    """A refused form is answered with its status, which the browser reports too."""
    expected = "status of 400" in said.text or "status of 401" in said.text
    return [said.text] if said.type == "error" and not expected else []


def _own(request: Request, complaints: list[str], stack: Deployment) -> None:
    if not request.url.startswith((stack.services["gateway"].url, "data:", "blob:")):
        complaints.append(f"asks for {request.url}")


async def make_key(database_url: str, tenant: str, role: Role = Role.ADMIN) -> NewKey:
    """Make a key of a tenant."""
    connection = await asyncpg.connect(database_url)
    try:
        tenant_id = await ensure_tenant(connection, tenant)
        pepper = SECRETS["key_pepper"].encode()
        return await create_key(connection, tenant_id, KeyWish(name="browser", role=role), pepper)
    finally:
        await connection.close()


async def sign_in(page: Page, key: str) -> None:
    """Paste the key."""
    await page.goto("/")
    await page.get_by_label("API key").fill(key)
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url("**/console")
