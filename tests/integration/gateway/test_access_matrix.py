"""Who may do what, over the real gateway: every route x every role x one's own and another
tenant's things.
"""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
from pydantic import BaseModel

from services.gateway.api.scenarios import CloneRequest, ScenarioEdit
from services.gateway.app import OPERATIONS
from services.gateway.config import GatewayConfig
from services.gateway.http.operation import Operation
from services.gateway.http.permission import Permission
from services.gateway.identity.keys import NewKey
from services.gateway.identity.roles import KEY_ROLES, ROLES_WITH, Role
from services.gateway.identity.scopes import EVERYTHING
from services.gateway.identity.tokens import issue_token
from services.gateway.live.stream import EVENT_STREAM
from services.gateway.smart.clients import Registration, create_client
from shared.clock import SystemClock
from shared.db.pool import Database
from shared.encoders.fhir.ndjson import ENCODER_VERSION
from tests.integration.gateway.fhir.smart_client import new_key, public_set
from tests.integration.gateway.made_key import make_key
from tests.integration.gateway.stored_job import store, submit

GUARDED = [operation for operation in OPERATIONS if operation.permission is not None]
# What a path names; everything else in a path is the same for everybody.
OBJECTS = frozenset({"job_id", "request_id", "resource_id", "key_id", "scenario_id"})
BULK = {"Accept": "application/fhir+json", "Prefer": "respond-async"}
BODIES: Mapping[type[BaseModel] | None, dict[str, Any]] = {
    CloneRequest: {"name": "copy"},
    ScenarioEdit: {"preset": "teaching-20"},
}
Things = Mapping[str, str]
Clients = Mapping[Role, httpx.AsyncClient]


@pytest.fixture
def settings() -> dict[str, Any]:
    """Parts as `stored_job` cuts them."""
    return {"part_patients": 10}


@pytest.fixture
async def clients(url: str, database: Database, config: GatewayConfig) -> AsyncIterator[Clients]:
    """A client of the first tenant in each role."""
    secrets = {
        role: (await make_key(database, config, "first", role)).api_key for role in KEY_ROLES
    }
    secrets[Role.FHIR_CLIENT] = await _token(database)
    async with AsyncExitStack() as stack:
        yield {
            role: await stack.enter_async_context(
                httpx.AsyncClient(
                    base_url=url, headers={"Authorization": f"Bearer {secret}"}, timeout=60
                )
            )
            for role, secret in secrets.items()
        }


async def _token(database: Database) -> str:
    async with database.transaction() as connection:
        registration = Registration(
            tenant="first", name="matrix", scopes="system/*.rs", jwks=public_set(new_key("ES384"))
        )
        client_id = await create_client(connection, registration)
        return await issue_token(connection, client_id, EVERYTHING, SystemClock().now())


async def things_of(http: httpx.AsyncClient, database: Database, key_id: str) -> Things:
    """One of everything that a path can name."""
    job = await submit(http)
    await store(database, job)
    kept = await http.post("/api/v1/scenarios", json={"name": "own", "preset": "teaching-20"})
    begun = await http.get("/fhir/R4/Patient/$export", headers=BULK)
    return {
        "job_id": job["id"],
        "key_id": key_id,
        "scenario_id": kept.json()["id"],
        "version": "1",
        "ordinal": "0",
        "sector": "0",
        "name": "teaching-20",
        "resource_type": "Patient",
        "resource_id": f"{job['id']}-0",
        "version_id": str(ENCODER_VERSION),
        "request_id": begun.headers["Content-Location"].rpartition("/")[2],
        "file_name": f"Patient.{job['id']}.0-9.ndjson",
    }


def path_of(operation: Operation, things: Things) -> str:
    named = dict(things)
    if "Group" in operation.path:
        named["resource_id"] = things["job_id"]
    return operation.path.format(**named)


async def call(client: httpx.AsyncClient, operation: Operation, things: Things) -> httpx.Response:
    headers = BULK if "$export" in operation.path else {"If-Match": "*"}
    # Good enough to get to what the path names, and too little to make anything.
    body = {"json": BODIES.get(operation.body, {})} if operation.body is not None else {}
    address = path_of(operation, things)
    async with client.stream(operation.method, address, headers=headers, **body) as response:
        if response.headers.get("Content-Type") != EVENT_STREAM:
            await response.aread()
            return response
        return httpx.Response(response.status_code, text=await first_news(response))


async def first_news(response: httpx.Response) -> str:
    """What a stream that never ends tells until its first mark: how everything stands."""
    lines = []
    async for line in response.aiter_lines():
        lines.append(line)
        if line.startswith((":", "id:")):
            break
    return "\n".join(lines)


async def test_a_role_may_do_what_the_table_says(
    clients: Clients, http: httpx.AsyncClient, database: Database, config: GatewayConfig
) -> None:
    """403 names the permission where the role lacks it; nobody else is refused. What destroys comes
    last.
    """
    spare = await make_key(database, config, "first", Role.VIEWER)
    own = await things_of(http, database, spare.key_id)
    for operation in sorted(GUARDED, key=lambda each: each.method == "DELETE"):
        permission = operation.permission
        assert permission is not None
        for role, client in clients.items():
            response = await call(client, operation, own)
            cell = f"{role}: {operation.method} {operation.path}: {response.text[:200]}"
            assert response.status_code != 401, cell
            assert (response.status_code == 403) == (role not in ROLES_WITH[permission]), cell
            if response.status_code == 403:
                assert permission.value in response.text, cell


async def test_nobody_meets_another_tenants_things(
    clients: Clients, other_http: httpx.AsyncClient, other_key: NewKey, database: Database
) -> None:
    """Whatever a path names of another tenant is not there, and no list shows it; it is there for
    its owner.
    """
    foreign = await things_of(other_http, database, other_key.key_id)
    ids = {foreign[name] for name in OBJECTS}
    for operation in GUARDED:
        for role, client in clients.items():
            if role not in ROLES_WITH[_permission(operation)]:
                continue
            response = await call(client, operation, foreign)
            cell = f"{role}: {operation.method} {operation.path}: {response.text[:200]}"
            if OBJECTS & set(re.findall(r"{(\w+)}", operation.path)):
                assert response.status_code in {400, 404}, cell
            else:
                assert not any(each in response.text for each in ids), cell
    shown = await other_http.get(f"/api/v1/jobs/{foreign['job_id']}")
    assert (shown.status_code, shown.json()["state"]) == (200, "succeeded")


def test_every_permission_is_needed_by_something_and_had_by_somebody() -> None:
    """The table has no row that does nothing."""
    assert {operation.permission for operation in GUARDED} == set(Permission) == set(ROLES_WITH)
    assert all(ROLES_WITH.values())


def _permission(operation: Operation) -> Permission:
    assert operation.permission is not None
    return operation.permission
