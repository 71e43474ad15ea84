"""The audit log: one entry a change, and a verifier that notices what was done to it."""

import asyncio
import json
import subprocess
import sys
from typing import Any

import asyncpg
import httpx
import pytest

from services.gateway.config import GatewayConfig
from services.gateway.identity.keys import NewKey
from services.gateway.identity.roles import Role
from shared.db.pool import Database
from tests.integration.gateway.made_key import make_key
from tests.secrets_of_tests import SECRET_VARIABLES

JOBS = "/api/v1/jobs"


@pytest.fixture
async def auditor(database: Database, config: GatewayConfig, client_for: Any) -> Any:
    """A client of the first tenant's auditor."""
    key = await make_key(database, config, "first", Role.AUDITOR)
    async with client_for(key.api_key) as client:
        yield client


async def verify(config: GatewayConfig, *options: str) -> subprocess.CompletedProcess[str]:
    variables = {"LAZARET_DATABASE_URL": config.database_url.get_secret_value(), "PATH": ""}
    return await asyncio.to_thread(
        subprocess.run,
        [
            sys.executable,
            "-c",
            "from lazaret.cli import main; main()",
            "audit",
            "verify",
            "--json",
            *options,
        ],
        env={**variables, **SECRET_VARIABLES},
        capture_output=True,
        text=True,
        check=False,
    )


async def submitted(http: httpx.AsyncClient) -> str:
    answer = await http.post(JOBS, json={"preset": "teaching-20", "count": 20})
    identity: str = answer.json()["id"]
    return identity


async def test_each_change_leaves_its_entry(
    http: httpx.AsyncClient, other_http: httpx.AsyncClient, auditor: httpx.AsyncClient, key: NewKey
) -> None:
    """Who, what, from where and on what; what was refused changed nothing and leaves none; another
    tenant's are not shown.
    """
    await submitted(other_http)
    job = await submitted(http)
    assert (await http.post(f"{JOBS}/{job}/cancel")).status_code == 200
    assert (await http.post(f"{JOBS}/{job}/resume")).status_code == 409
    assert (await http.delete(f"{JOBS}/{job}")).status_code == 204
    page = (await auditor.get("/api/v1/audit")).json()
    assert page["next"] is None
    assert [each["action"] for each in page["items"]] == [
        "DELETE /api/v1/jobs/{job_id}",
        "POST /api/v1/jobs/{job_id}/cancel",
        "POST /api/v1/jobs",
    ]
    for each in page["items"]:
        assert (each["way"], each["subject"], each["address"]) == (
            "api_key",
            key.key_id,
            "127.0.0.1",
        )
        assert each["details"] == {"job_id": job}


async def test_entries_are_paged_and_chosen(
    http: httpx.AsyncClient, auditor: httpx.AsyncClient
) -> None:
    """By action, subject and time, a page at a time."""
    jobs = [await submitted(http) for _ in range(3)]
    await http.post(f"{JOBS}/{jobs[0]}/cancel")
    first = (await auditor.get("/api/v1/audit", params={"limit": 3})).json()
    rest = (await auditor.get("/api/v1/audit", params={"after": first["next"]})).json()
    assert [len(first["items"]), len(rest["items"]), rest["next"]] == [3, 1, None]
    cancelled = {"action": "POST /api/v1/jobs/{job_id}/cancel"}
    assert len((await auditor.get("/api/v1/audit", params=cancelled)).json()["items"]) == 1
    for nobodys in ({"subject": "nobody"}, {"since": "2099-01-01T00:00:00Z"}):
        assert (await auditor.get("/api/v1/audit", params=nobodys)).json()["items"] == []


async def test_the_verifier_notices_what_was_done(
    http: httpx.AsyncClient, database: Database, config: GatewayConfig, logs: list[dict[str, Any]]
) -> None:
    """Whole at first; an edit, and with an anchor a cut end, end with exit code 1. Rows cannot even
    be changed without taking the trigger away.
    """
    for _ in range(3):
        await submitted(http)
    whole = await verify(config)
    report = json.loads(whole.stdout)
    assert (whole.returncode, report["whole"], report["entries"]) == (0, True, 3)
    lines = [entry for entry in logs if entry["event"] == "audit"]
    assert report["anchor"] == f"{lines[-1]['entry_no']}:{lines[-1]['seal']}"
    async with database.connection() as connection:
        for statement in ("UPDATE audit_log SET subject = 'x'", "DELETE FROM audit_log"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
        await connection.execute("ALTER TABLE audit_log DISABLE TRIGGER USER")
        await connection.execute("DELETE FROM audit_log WHERE entry_no = 3")
        cut = await verify(config, "--anchor", report["anchor"])
        assert (cut.returncode, "missing at the end" in cut.stderr) == (1, True), cut.stderr
        assert (await verify(config)).returncode == 0
        await connection.execute("UPDATE audit_log SET subject = 'x' WHERE entry_no = 2")
    edited = await verify(config)
    assert (edited.returncode, "entry 2" in edited.stderr) == (1, True), edited.stderr
    assert (await verify(config, "--anchor", "nonsense")).returncode == 2
