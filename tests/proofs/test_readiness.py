"""The checklist sees what is good, and what is not."""

from pathlib import Path

import asyncpg
import pytest

from deploy.backup.repository import Repository
from deploy.readiness.checks import look_at_backups, look_at_database, look_at_gateway
from shared.clock import SystemClock
from tests.e2e.deployment import Deployment


async def _judged(database_url: str) -> dict[str, bool]:
    connection = await asyncpg.connect(database_url)
    try:
        return {line.what: line.good for line in await look_at_database(connection)}
    finally:
        await connection.close()


async def test_the_database_is_judged_line_by_line(database_url: str) -> None:
    """A private server is durable and current, but neither archived nor encrypted nor at work."""
    assert await _judged(database_url) == {
        "PostgreSQL is 15 or newer": True,
        "a commit survives a power cut": True,
        "the connection is encrypted": False,
        "the services' role has no rights over others": True,
        "there are connections to spare": True,
        "the log reaches the archive": False,
        "the schema is this version's": True,
        "there are partitions ahead": True,
        "a generator is at work, another could fail": False,
        "news is published": True,
        "no batch is dead": True,
    }


async def test_an_empty_database_is_not_ready(empty_database_url: str) -> None:
    """Without a schema there is nothing to ask about work."""
    judged = await _judged(empty_database_url)
    assert judged["the schema is this version's"] is False
    assert "no batch is dead" not in judged


async def test_news_that_waits_is_seen(database_url: str) -> None:
    """An outbox message of an hour ago was not published."""
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(
            "INSERT INTO outbox (message_id, message_type, routing_key, body, created_at) "
            "VALUES (gen_random_uuid(), 'job_state_changed', 'x', '', now() - interval '1 hour')"
        )
    finally:
        await connection.close()
    assert (await _judged(database_url))["news is published"] is False


@pytest.mark.timeout(300)
async def test_the_gateway_is_asked_as_clients_ask(deployment: Deployment) -> None:
    """Ready, closed to strangers, and not encrypted."""
    await deployment.start("gateway")
    judged = {line.what: line.good for line in look_at_gateway(deployment.services["gateway"].url)}
    assert judged == {
        "clients' connections are encrypted": False,
        "the gateway is ready": True,
        "nobody is let in without a key": True,
    }


def test_a_gateway_that_is_away_is_said(tmp_path: Path) -> None:
    """The evidence is the error."""
    lines = look_at_gateway("http://127.0.0.1:9")
    assert [line.good for line in lines] == [False, False]
    assert lines[1].evidence


def test_missing_backups_and_drills_are_not_good(tmp_path: Path) -> None:
    """A repository that does not answer, and no drill."""
    metrics = tmp_path / "lazaret.prom"
    lines = look_at_backups(Repository(tmp_path / "none.conf"), metrics, SystemClock())
    assert [line.good for line in lines] == [False]
    assert "pgbackrest" in lines[0].evidence.lower()
