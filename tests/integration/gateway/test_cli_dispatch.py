"""`lazaret dispatch` stops and resumes what goes to the generators."""

from __future__ import annotations

import asyncpg
import pytest

from tests.integration.gateway.test_cli import Run, run

__all__ = ["run"]

PAUSED = (
    "SELECT (SELECT paused FROM schedule_floors), (SELECT bool_or(paused) FROM tenants),"
    " (SELECT count(*) FROM audit_log WHERE action LIKE 'lazaret dispatch %')"
)


async def test_dispatch_is_paused_and_resumed(
    run: Run, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For one tenant or for all; each change is in the audit log, a wrong name changes nothing."""
    monkeypatch.setenv("LAZARET_DATABASE_URL", database_url)
    connection = await asyncpg.connect(database_url)
    name = await connection.fetchval("SELECT name FROM tenants LIMIT 1")
    told = []
    for options, state in (
        (("pause",), (True, False, 1)),
        (("resume",), (False, False, 2)),
        (("pause", "--tenant", name), (False, True, 3)),
        (("resume", "--tenant", name), (False, False, 4)),
    ):
        result = await run("dispatch", *options)
        told.append(result.stdout.strip())
        assert tuple(await connection.fetchrow(PAUSED)) == state
    assert told == [
        "Paused all dispatch.",
        "Resumed all dispatch.",
        f"Paused the dispatch of {name}'s jobs.",
        f"Resumed the dispatch of {name}'s jobs.",
    ]
    unknown = await run("dispatch", "pause", "--tenant", "nobody")
    assert unknown.exit_code != 0
    assert "there is no tenant nobody" in unknown.stderr
    assert (await run("dispatch", "pause", "--tenant", " ")).exit_code == 2
    assert tuple(await connection.fetchrow(PAUSED)) == (False, False, 4)
    await connection.close()
