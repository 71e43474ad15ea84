"""Who may fill what: slow senders, strangers and one tenant leave room for all others."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest
from aiohttp import web

from services.gateway.context import Gateway
from services.gateway.identity.keys import NewKey

JOBS = "/api/v1/jobs"
OWN = 2
SMALL = {"requests_in_flight_tenant_max": OWN, "requests_public_address_max": OWN}


def half_request(port: int, path: str, *headers: str) -> socket.socket:
    """Send a request whose body does not come."""
    connection = socket.create_connection(("127.0.0.1", port))
    lines = (f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Length: 100", *headers, "", "a")
    connection.sendall("\r\n".join(lines).encode())
    return connection


@pytest.fixture
def open_connections() -> Iterator[ExitStack]:
    """Connections that stay open until the test's end."""
    with ExitStack() as stack:
        yield stack


async def until(condition: object) -> None:
    """Wait until the gateway, in this same loop, has come so far."""
    while not condition():  # type: ignore[operator] # a lambda
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("settings", [{"requests_public_max": 3, "requests_in_flight_max": 3}])
async def test_bodies_on_the_token_endpoint_fill_the_strangers_share_only(
    http: httpx.AsyncClient, gateway: Gateway, port: int, open_connections: ExitStack
) -> None:
    """Tokens are refused then; who has a key is answered, and the gateway is ready."""
    for _ in range(3):
        form = "Content-Type: application/x-www-form-urlencoded"
        open_connections.enter_context(half_request(port, "/fhir/auth/token", form))
    await until(lambda: gateway.intake.strangers.is_full)
    refused = await http.post("/fhir/auth/token", data={"scope": "x"})
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
    assert (await http.get(JOBS)).status_code == 200
    assert (await http.get("/health/ready")).status_code == 200


@pytest.mark.parametrize("settings", [SMALL])
async def test_slow_bodies_of_one_tenant_are_its_own_matter(
    http: httpx.AsyncClient,
    other_http: httpx.AsyncClient,
    key: NewKey,
    gateway: Gateway,
    port: int,
    open_connections: ExitStack,
) -> None:
    """A tenant whose bodies do not come sends no more of them; it may read, and others do all."""
    headers = (f"X-API-Key: {key.api_key}", "Content-Type: application/json")
    for _ in range(OWN):
        open_connections.enter_context(half_request(port, JOBS, *headers))
    await until(lambda: gateway.intake.bodies.taken == OWN)
    job = {"preset": "teaching-20", "count": 1}
    refused = await http.post(JOBS, json=job)
    assert refused.status_code == 429
    assert f"you have {OWN}" in refused.json()["detail"]
    assert (await http.get(JOBS)).status_code == 200
    assert (await other_http.post(JOBS, json=job)).status_code == 202


@pytest.mark.parametrize("settings", [SMALL | {"requests_in_flight_max": 3}])
async def test_requests_of_one_tenant_leave_room_and_readiness_tells(
    http: httpx.AsyncClient, other_http: httpx.AsyncClient, gateway: Gateway, key: NewKey
) -> None:
    """A tenant has its share; when all is taken others get 503, and readiness says so."""
    requests = gateway.intake.requests
    for _ in range(OWN):
        requests.take(key.tenant_id)
    assert (await http.get(JOBS)).status_code == 429
    assert (await other_http.get(JOBS)).status_code == 200
    requests.take("somebody")
    full = await other_http.get(JOBS)
    assert (full.status_code, full.headers["Retry-After"]) == (503, "1")
    ready = await http.get("/health/ready")
    assert (ready.status_code, "as there may be" in ready.json()["checks"]["intake"]) == (503, True)
    requests.give_back("somebody")
    assert (await http.get("/health/ready")).status_code == 200


async def test_who_hangs_up_is_not_worked_for(
    http: httpx.AsyncClient,
    gateway: Gateway,
    key: NewKey,
    port: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A handler whose client has gone is cancelled, and its place is free."""
    cancelled = asyncio.Event()

    async def wait(*_arguments: object, **_options: object) -> web.Response:
        try:
            return await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    monkeypatch.setattr("services.gateway.api.jobs.list_jobs", wait)
    with socket.create_connection(("127.0.0.1", port)) as connection:
        lines = (f"GET {JOBS} HTTP/1.1", "Host: x", f"X-API-Key: {key.api_key}", "", "")
        connection.sendall("\r\n".join(lines).encode())
        await until(lambda: gateway.intake.requests.taken == 1)
    async with asyncio.timeout(60):
        await cancelled.wait()
        await until(lambda: gateway.intake.requests.taken == 0)


@pytest.mark.parametrize("settings", [{"exports_in_flight_tenant_max": 1}])
async def test_downloads_have_shares_too(gateway: Gateway, key: NewKey, other_key: NewKey) -> None:
    """One tenant's unread downloads leave places for another's."""
    downloads = gateway.rendering.downloads
    with downloads.one(key.tenant_id), downloads.one(other_key.tenant_id):
        assert downloads.taken == 1 + 1
