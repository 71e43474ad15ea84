"""API keys over HTTP: made, used, rotated, revoked; and who is refused."""

import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import httpx
import pytest

from services.gateway.config import GatewayConfig
from services.gateway.identity.key_format import PATTERN
from services.gateway.identity.keys import NewKey
from services.gateway.identity.roles import Role
from shared.db.pool import Database
from tests.integration.gateway.made_key import make_key

KEYS = "/api/v1/keys"
JOBS = "/api/v1/jobs"
ClientFor = Callable[[str], httpx.AsyncClient]
EARLIER_ID, EARLIER_SECRET = "0a" * 6, "b1" * 32


@pytest.fixture
async def admin(database: Database, config: GatewayConfig, client_for: ClientFor) -> Any:
    """A client of the first tenant's administrator."""
    key = await make_key(database, config, "first", Role.ADMIN)
    async with client_for(key.api_key) as client:
        yield client


async def status_of(client_for: ClientFor, api_key: str, **headers: str) -> int:
    async with client_for(api_key) as client:
        return (await client.get(JOBS, headers=headers)).status_code


async def test_a_key_is_made_used_listed_and_revoked(
    admin: httpx.AsyncClient, client_for: ClientFor
) -> None:
    """Its text is shown once; the list tells role, networks and last use; revoked it is refused."""
    wish = {"name": "feed", "role": "viewer", "networks": ["127.0.0.0/8", "::1"]}
    answer = await admin.post(KEYS, json=wish)
    made = answer.json()
    assert (answer.status_code, answer.headers["Location"]) == (201, f"{KEYS}/{made['key_id']}")
    assert re.fullmatch(PATTERN, made["api_key"])
    async with client_for(made["api_key"]) as viewer:
        assert (await viewer.get(JOBS)).status_code == 200
        refused = await viewer.post(JOBS, json={"preset": "teaching-20", "count": 1})
        assert (refused.status_code, "jobs:submit" in refused.text) == (403, True)
    shown = (await admin.get(answer.headers["Location"])).json()
    assert (shown["role"], shown["networks"]) == ("viewer", ["127.0.0.0/8", "::1/128"])
    assert shown["last_used_at"] is not None
    listed = (await admin.get(KEYS)).text
    assert made["key_id"] in listed
    assert made["api_key"] not in listed
    assert (await admin.delete(f"{KEYS}/{made['key_id']}")).status_code == 204
    assert await status_of(client_for, made["api_key"]) == 401


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "a\u0007b"}, "name"),
        ({"name": "a", "role": "root"}, "role"),
        ({"name": "a", "role": "fhir_client"}, "role"),
        ({"name": "a", "networks": ["127.0.0.1/8"]}, "networks[0]"),
        ({"name": "a", "networks": ["127.0.0.1"] * 51}, "networks"),
        ({"name": "a", "expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"name": "a", "expires_at": "2099-01-01T00:00:00"}, "expires_at"),
        ({"name": "a", "admin": True}, "admin"),
    ],
)
async def test_a_wrong_wish_names_its_field(
    admin: httpx.AsyncClient, wish: dict[str, Any], field: str
) -> None:
    """Nothing is made then."""
    answer = await admin.post(KEYS, json=wish)
    assert answer.status_code == 400, answer.text
    assert [each["field"] for each in answer.json()["errors"]] == [field]


async def test_a_rotated_key_works_beside_its_successor_for_a_while(
    admin: httpx.AsyncClient, client_for: ClientFor, key: NewKey
) -> None:
    """Both are good during the overlap; without one the old key is out at once; once is enough."""
    answer = await admin.post(f"{KEYS}/{key.key_id}/rotate", json={"overlap_s": 3600})
    new = answer.json()
    assert answer.status_code == 201, answer.text
    statuses = [await status_of(client_for, each) for each in (key.api_key, new["api_key"])]
    assert statuses == [200, 200]
    old = (await admin.get(f"{KEYS}/{key.key_id}")).json()
    assert old["replaced_by"] == new["key_id"]
    ends_in = datetime.fromisoformat(old["expires_at"]) - datetime.now(UTC)
    assert timedelta(minutes=30) < ends_in <= timedelta(hours=1)
    again = await admin.post(f"{KEYS}/{key.key_id}/rotate", json={})
    assert again.status_code == 409
    await admin.post(f"{KEYS}/{new['key_id']}/rotate", json={"overlap_s": 0})
    assert await status_of(client_for, new["api_key"]) == 401


async def test_a_key_expires_and_keeps_to_its_networks(
    database: Database, config: GatewayConfig, client_for: ClientFor
) -> None:
    """The refusal says which it was, for only who has the secret can ask."""
    past = datetime.now(UTC) - timedelta(seconds=1)
    expired = await make_key(database, config, "first", Role.VIEWER, expires_at=past)
    far = [ip_network("192.0.2.0/24"), ip_network("2001:db8::/32")]
    elsewhere = await make_key(database, config, "first", Role.VIEWER, networks=far)
    for api_key, words in ((expired.api_key, "expired"), (elsewhere.api_key, "this address")):
        async with client_for(api_key) as client:
            refused = await client.get(JOBS)
        assert (refused.status_code, words in refused.json()["detail"]) == (401, True)


async def test_the_database_holds_no_secret(database: Database, key: NewKey) -> None:
    """Neither the secret nor its plain hash: who has the table has no key."""
    secret = key.api_key.rpartition("_")[2][:43]
    async with database.connection() as connection:
        row = await connection.fetchrow("SELECT * FROM api_keys WHERE key_id = $1", key.key_id)
    assert row["peppered"]
    assert row["digest"] != hashlib.sha256(secret.encode()).digest()
    assert secret not in str(dict(row))


async def test_a_key_made_before_works_and_is_peppered_by_its_first_use(
    database: Database, key: NewKey, client_for: ClientFor
) -> None:
    """Its plain SHA-256 is replaced; it works on."""
    plain = hashlib.sha256(EARLIER_SECRET.encode()).digest()
    async with database.connection() as connection:
        await connection.execute(
            "INSERT INTO api_keys (key_id, tenant_id, name, digest) VALUES ($1, $2, 'old', $3)",
            EARLIER_ID,
            key.tenant_id,
            plain,
        )
        api_key = f"lzt_{EARLIER_ID}_{EARLIER_SECRET}"
        assert [await status_of(client_for, api_key) for _ in range(2)] == [200, 200]
        row = await connection.fetchrow("SELECT * FROM api_keys WHERE key_id = $1", EARLIER_ID)
    assert (row["peppered"], row["digest"] == plain, row["role"]) == (True, False, "operator")
    wrong = f"lzt_{EARLIER_ID}_{'c2' * 32}"
    assert await status_of(client_for, wrong) == 401


@pytest.mark.parametrize("settings", [{"key_cache_s": 60}])
async def test_a_good_key_is_not_looked_up_again_for_a_moment(
    admin: httpx.AsyncClient, key: NewKey, client_for: ClientFor, database: Database
) -> None:
    """What another process revokes is noticed when the moment is over; what this one does, at
    once.
    """
    assert await status_of(client_for, key.api_key) == 200
    async with database.connection() as connection:
        await connection.execute(
            "UPDATE api_keys SET revoked_at = now() WHERE key_id = $1", key.key_id
        )
    assert await status_of(client_for, key.api_key) == 200
    spare = await admin.post(KEYS, json={"name": "spare"})
    assert spare.status_code == 201
    assert (await admin.delete(f"{KEYS}/{spare.json()['key_id']}")).status_code == 204
    assert await status_of(client_for, key.api_key) == 401


@pytest.mark.parametrize("settings", [{"refusals_per_minute_max": 3}])
async def test_who_is_refused_too_often_has_to_wait(
    http: httpx.AsyncClient, client_for: ClientFor, logs: list[dict[str, Any]]
) -> None:
    """429 with Retry-After, without asking the database; every refusal is logged, never with what
    was presented.
    """
    guesses = [f"lzt_{'ab' * 6}_{number:064x}" for number in range(6)]
    statuses = [await status_of(client_for, guess) for guess in guesses]
    assert statuses == [401, 401, 401, 401, 429, 429] or statuses[3:] == [429, 429, 429]
    async with client_for(guesses[0]) as client:
        waiting = await client.get(JOBS)
    assert 1 <= int(waiting.headers["Retry-After"]) <= 60
    refused = [entry for entry in logs if entry["event"] == "caller refused"]
    assert {(entry["reason"], entry["subject"]) for entry in refused} == {("unknown", "ab" * 6)}
    assert not any(guess[17:] in str(logs) for guess in guesses)
