"""SMART Backend Services from outside: discovery, tokens, scopes, refusals, registration."""

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp import web

from services.gateway.config import GatewayConfig
from services.gateway.smart.clients import Registration, create_client, revoke_client
from shared.db.pool import Database
from shared.errors import Invalid
from tests.integration.gateway.fhir.smart_client import ask_token, new_key, public_set, sign
from tests.integration.gateway.fhir.test_bulk import KICK_OFF, begin, files_of, poll
from tests.integration.gateway.fhir.test_read import check_outcome
from tests.integration.gateway.stored_job import PATIENTS
from tests.secrets_of_tests import SECRET_VARIABLES

RSA, EC = new_key("RS384"), new_key("ES384")


async def register(database: Database, scopes: str = "system/*.rs", **keys: Any) -> str:
    keys = keys or {"jwks": public_set(RSA, new_key("ES384", "two"))}
    async with database.transaction() as connection:
        return await create_client(
            connection,
            Registration(tenant="first", name="test", scopes=scopes, private_hosts=True, **keys),
        )


@pytest.fixture
async def stranger(url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client without any key."""
    async with httpx.AsyncClient(base_url=f"{url}/fhir/R4", timeout=60) as client:
        yield client


@pytest.fixture
async def token_url(stranger: httpx.AsyncClient) -> str:
    """The token endpoint as it is discovered."""
    configuration = (await stranger.get("/.well-known/smart-configuration")).json()
    endpoint: str = configuration["token_endpoint"]
    return endpoint


async def test_the_way_in_is_described(stranger: httpx.AsyncClient) -> None:
    """The configuration has what backend services need, and the CapabilityStatement names the same
    endpoint.
    """
    configuration = (await stranger.get("/.well-known/smart-configuration")).json()
    assert configuration["grant_types_supported"] == ["client_credentials"]
    assert configuration["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
    assert set(configuration["token_endpoint_auth_signing_alg_values_supported"]) == {
        "RS384",
        "ES384",
    }
    assert {"system/*.rs", "system/*.read"} <= set(configuration["scopes_supported"])
    assert "client-confidential-asymmetric" in configuration["capabilities"]
    assert configuration["token_endpoint"] in (await stranger.get("/metadata")).text


async def test_a_backend_service_exports(
    database: Database, stranger: httpx.AsyncClient, token_url: str, job_id: str
) -> None:
    """Assertion, token, kick-off, poll, download, delete: the whole flow of clients that have only
    a private key, RSA or EC.
    """
    for signing in (RSA, EC):
        client_id = await register(database, jwks=public_set(signing))
        answer = await ask_token(stranger, token_url, sign(signing, client_id, token_url))
        token = answer.json()
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
        assert (token["token_type"], token["scope"]) == ("bearer", "system/*.rs")
        assert token["expires_in"] <= 300
        stranger.headers["Authorization"] = f"Bearer {token['access_token']}"
        status_url = await begin(stranger, "/Patient/$export", _type="Patient")
        found = await files_of(stranger, (await poll(stranger, status_url)).json())
        assert len(found["Patient"]) == PATIENTS
        assert {line["id"][:36] for line in found["Patient"]} == {job_id}
        assert (await stranger.delete(status_url)).status_code == 202
        api = await stranger.get(str(stranger.base_url.copy_with(path="/api/v1/jobs")))
        assert (api.status_code, "jobs:read" in api.text) == (403, True)


async def test_scopes_are_kept(
    database: Database, stranger: httpx.AsyncClient, token_url: str, job_id: str
) -> None:
    """What was not asked for or is not allowed is 403; a client that may read some types exports
    those.
    """
    client_id = await register(database, scopes="system/Patient.read system/Observation.s")
    answer = await ask_token(
        stranger, token_url, sign(RSA, client_id, token_url), scope="system/*.read launch"
    )
    assert answer.json()["scope"] == "system/Observation.s system/Patient.rs"
    stranger.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    assert (await stranger.get(f"/Patient/{job_id}-0")).status_code == 200
    assert (await stranger.get("/Observation", params={"_count": 1})).status_code == 200
    for refused in (
        f"/Observation/{job_id}-0-iss",
        "/Condition",
        f"/Patient?_id={job_id}-0&_revinclude=Condition:patient",
        "/$export?_type=Observation",
        f"/Group/{job_id}",
    ):
        check_outcome(await stranger.get(refused, headers=KICK_OFF), 403, "forbidden")
    manifest = (await poll(stranger, await begin(stranger, f"/Group/{job_id}/$export"))).json()
    assert {each["type"] for each in manifest["output"]} == {"Patient"}
    answer = await ask_token(
        stranger, token_url, sign(RSA, client_id, token_url), scope="system/Condition.rs"
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")


async def test_an_assertion_that_proves_nothing_is_refused(
    database: Database, stranger: httpx.AsyncClient, token_url: str
) -> None:
    """Every claim counts, a signature by another key or algorithm does not, and an assertion is
    good for one use.
    """
    client_id = await register(database)
    good = sign(RSA, client_id, token_url)
    assert (await ask_token(stranger, token_url, good)).status_code == 200
    header, claims, signature = good.split(".")
    for assertion in (
        good,
        "x",
        f"{header}.{claims}.",
        f"{header}.{sign(RSA, 'other', token_url).split('.')[1]}.{signature}",
        sign(RSA, "unknown", token_url),
        sign(RSA, "nothing\0", token_url),
        sign(RSA, client_id, token_url, sub="other"),
        sign(RSA, client_id, token_url, aud="https://elsewhere.example/token"),
        sign(RSA, client_id, token_url, exp=1_000_000_000),
        sign(RSA, client_id, token_url, exp=10_000_000_000),
        sign(RSA, client_id, token_url, exp=None),
        sign(RSA, client_id, token_url, exp="soon"),
        sign(RSA, client_id, token_url, nbf=10_000_000_000),
        sign(RSA, client_id, token_url, jti=None),
        sign(RSA, client_id, token_url, jti="x" * 300),
        sign(RSA, client_id, token_url, header={"alg": "RS256"}),
        sign(RSA, client_id, token_url, header={"kid": "two"}),
        sign(RSA, client_id, token_url, header={"kid": "none"}),
        sign(new_key("RS384"), client_id, token_url),
        "x" * 20_000,
    ):
        answer = await ask_token(stranger, token_url, assertion)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client"), assertion[
            :200
        ]
        assert answer.json()["error_description"]


async def test_a_wrong_form_is_told_in_the_words_of_oauth(
    database: Database, stranger: httpx.AsyncClient, token_url: str
) -> None:
    """Missing, repeated and wrong fields and other bodies are 400 with an error code of RFC
    6749.
    """
    client_id = await register(database)
    for form, error in (
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"client_assertion_type": "other"}, "invalid_request"),
        ({"client_assertion": ""}, "invalid_request"),
        ({"scope": ""}, "invalid_request"),
        ({"scope": "openid"}, "invalid_scope"),
    ):
        answer = await ask_token(stranger, token_url, sign(RSA, client_id, token_url), **form)
        assert (answer.status_code, answer.json()["error"]) == (400, error)
    for content, kind in (
        (b"scope=a&scope=b", "application/x-www-form-urlencoded"),
        (b"{}", "application/json"),
        (b"\xff=", None),
    ):
        headers = {"Content-Type": kind or "application/x-www-form-urlencoded"}
        answer = await stranger.post(token_url, content=content, headers=headers)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_a_revoked_client_and_an_expired_token_are_out(
    database: Database, stranger: httpx.AsyncClient, token_url: str
) -> None:
    """Revoking ends the client and its tokens at once; a token ends with its time."""
    client_id = await register(database)
    for end in ("expire", "revoke"):
        token = (await ask_token(stranger, token_url, sign(RSA, client_id, token_url))).json()[
            "access_token"
        ]
        stranger.headers["Authorization"] = f"Bearer {token}"
        assert (await stranger.get("/Patient")).status_code == 200
        async with database.transaction() as connection:
            if end == "expire":
                await connection.execute("UPDATE smart_tokens SET expires_at = now()")
            else:
                await revoke_client(connection, client_id)
        check_outcome(await stranger.get("/Patient"), 401, "login")
    answer = await ask_token(stranger, token_url, sign(RSA, client_id, token_url))
    assert answer.json()["error"] == "invalid_client"


class KeyServer:
    """Publishes `body` as a client's key set and counts who asks."""

    def __init__(self) -> None:
        self.body: bytes = b""
        self.status = 200
        self.asked = 0

    async def answer(self, _request: web.Request) -> web.Response:
        self.asked += 1
        return web.Response(body=self.body, status=self.status, content_type="application/json")


@pytest.fixture
async def key_server() -> AsyncIterator[tuple[KeyServer, str]]:
    """A web server of the client's, and its key set's URL."""
    served = KeyServer()
    app = web.Application()
    app.router.add_get("/keys", served.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield served, f"http://127.0.0.1:{runner.addresses[0][1]}/keys"
    await runner.cleanup()


@pytest.mark.parametrize("settings", [{"jwks_http_allowed": True, "jwks_private_allowed": True}])
async def test_keys_by_url(
    database: Database,
    stranger: httpx.AsyncClient,
    token_url: str,
    key_server: tuple[KeyServer, str],
) -> None:
    """The set is fetched once and kept; an unknown key asks for it again; a set that is too large,
    broken or private is not used.
    """
    served, url = key_server
    served.body = json.dumps(public_set(RSA)).encode()
    client_id = await register(database, jwks_url=url)
    for _ in range(2):
        assert (
            await ask_token(stranger, token_url, sign(RSA, client_id, token_url))
        ).status_code == 200
    assert served.asked == 1
    private = json.dumps({"keys": [RSA.as_dict(private=True)]}).encode()
    for body, status in (
        (b" " * 70_000 + served.body, 200),
        (b"{", 200),
        (private, 200),
        (served.body, 404),
        (served.body, 302),
    ):
        served.body, served.status = body, status
        other = await register(database, jwks_url=f"{url}?{len(body)}{status}")
        answer = await ask_token(stranger, token_url, sign(RSA, other, token_url))
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client")
    away = await register(database, jwks_url="http://127.0.0.1:1/keys")
    assert (await ask_token(stranger, token_url, sign(RSA, away, token_url))).json()[
        "error"
    ] == "invalid_client"


async def test_keys_over_plain_http_are_not_fetched(
    database: Database,
    stranger: httpx.AsyncClient,
    token_url: str,
    key_server: tuple[KeyServer, str],
) -> None:
    """Unless the setting allows it, only https is asked."""
    served, url = key_server
    client_id = await register(database, jwks_url=url)
    answer = await ask_token(stranger, token_url, sign(RSA, client_id, token_url))
    assert "https" in answer.json()["error_description"]
    assert served.asked == 0


@pytest.mark.parametrize("settings", [{"jwks_http_allowed": True}])
async def test_keys_in_a_private_network_are_not_fetched(
    database: Database,
    stranger: httpx.AsyncClient,
    token_url: str,
    key_server: tuple[KeyServer, str],
) -> None:
    """Unless the setting allows it, no connection is made to this machine, by address or name; and
    such a URL is not registered either, unless that is asked for.
    """
    served, url = key_server
    served.body = json.dumps(public_set(RSA)).encode()
    for private in (url, url.replace("127.0.0.1", "localhost"), url.replace("127.0.0.1", "0")):
        client_id = await register(database, jwks_url=private)
        answer = await ask_token(stranger, token_url, sign(RSA, client_id, token_url))
        assert answer.json()["error"] == "invalid_client"
        refused = Registration(tenant="first", name="test", scopes="system/*.rs", jwks_url=private)
        async with database.transaction() as connection:
            with pytest.raises(Invalid, match="no public host"):
                await create_client(connection, refused)
    assert served.asked == 0


@pytest.mark.parametrize("settings", [{"jwks_http_allowed": True, "jwks_private_allowed": True}])
async def test_a_key_set_that_hangs_holds_up_nobody_else(
    database: Database,
    stranger: httpx.AsyncClient,
    token_url: str,
    key_server: tuple[KeyServer, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While one client's URL does not answer, another gets its token; afterwards the first is told
    at once, without being asked for again.
    """
    monkeypatch.setattr("services.gateway.smart.key_sets.FETCH_TIMEOUT_S", 2.0)
    served, url = key_server
    served.body = json.dumps(public_set(RSA)).encode()
    good = await register(database, jwks_url=url)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        hanging = f"http://127.0.0.1:{silent.getsockname()[1]}/keys"
        stuck = await register(database, jwks_url=hanging)
        waiting = asyncio.create_task(ask_token(stranger, token_url, sign(RSA, stuck, token_url)))
        peer, _ = await asyncio.to_thread(silent.accept)
        answer = await ask_token(stranger, token_url, sign(RSA, good, token_url))
        assert answer.status_code == 200
        assert not waiting.done()
        assert (await waiting).json()["error"] == "invalid_client"
        peer.close()
        silent.settimeout(0)
        again = await ask_token(stranger, token_url, sign(RSA, stuck, token_url))
        assert again.json()["error"] == "invalid_client"
        with pytest.raises(BlockingIOError):
            silent.accept()


async def test_an_assertion_for_another_host_is_refused(
    database: Database, stranger: httpx.AsyncClient, token_url: str
) -> None:
    """What the client says in Host does not make it this host: neither such a request nor such an
    audience is taken.
    """
    client_id = await register(database)
    other = token_url.replace("127.0.0.1", "other.example")
    form = sign(RSA, client_id, other)
    stranger.headers["Host"] = "other.example"
    assert (await ask_token(stranger, token_url, form)).status_code == 421
    stranger.headers["Host"] = token_url.split("/")[2]
    answer = await ask_token(stranger, token_url, form)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client")


@pytest.mark.parametrize("settings", [{"public_hosts": ""}])
async def test_without_a_known_host_there_are_no_tokens(
    database: Database, stranger: httpx.AsyncClient, url: str
) -> None:
    """The token endpoint says which setting it needs; whatever else is asked is answered."""
    client_id = await register(database)
    token_url = f"{url}/fhir/auth/token"
    answer = await ask_token(stranger, token_url, sign(RSA, client_id, token_url))
    check_outcome(answer, 503, "transient")
    assert "LAZARET_PUBLIC_URL" in answer.text
    assert (await stranger.get("/metadata")).status_code == 200


def test_an_operator_registers_clients(config: GatewayConfig, tmp_path: Path) -> None:
    """`lazaret clients` registers, lists and revokes; private keys, weak keys and senseless scopes
    are refused with their field.
    """
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps(public_set(EC)))
    environment = {
        "LAZARET_DATABASE_URL": config.database_url.get_secret_value(),
        "PATH": "",
        **SECRET_VARIABLES,
    }

    def lazaret(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [
            sys.executable,
            "-c",
            "from lazaret.cli import main; main()",
            "clients",
            *arguments,
        ]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    create = ("create", "--tenant", "first", "--name", "loader")
    made = lazaret(*create, "--jwks", str(keys), "--json")
    client_id = json.loads(made.stdout)["client_id"]
    assert client_id in lazaret("list").stdout
    assert lazaret("revoke", client_id).returncode == 0
    assert "revoked" in lazaret("list").stdout
    assert lazaret("revoke", client_id).returncode == 3
    assert json.loads(lazaret("list", "--json").stdout)[0]["scopes"] == "system/*.rs"
    keys.write_text(json.dumps({"keys": [EC.as_dict(private=True)]}))
    assert "private key" in lazaret(*create, "--jwks", str(keys)).stderr
    keys.write_text(
        json.dumps({"keys": [{"kty": "RSA", "kid": "weak", "e": "AQAB", "n": "u" * 171}]})
    )
    assert "2048" in lazaret(*create, "--jwks", str(keys)).stderr
    assert (
        "scopes"
        in lazaret(
            *create, "--jwks-url", "https://client.example/keys", "--scopes", "user/*.rs"
        ).stderr
    )
    assert "jwks_url" in lazaret(*create, "--jwks-url", "ftp://client.example").stderr
    assert lazaret(*create).returncode == 2
