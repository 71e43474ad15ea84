"""Live news of jobs, for the console and for programs."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from services.gateway.identity.keys import revoke_key
from services.gateway.identity.roles import Role
from shared.db.pool import Database
from tests.console.conftest import make_key
from tests.e2e.deployment import Deployment

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]

WITHIN_S = 60


@asynccontextmanager
async def events(
    stack: Deployment, key: str, behind: str | None = None
) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
    """The stream as events: name, data and id, whichever are there."""
    headers = {"Authorization": f"Bearer {key}"} | ({"Last-Event-ID": behind} if behind else {})
    url = f"{stack.services['gateway'].url}/api/v1/events"
    async with (
        asyncio.timeout(WITHIN_S),
        httpx.AsyncClient(timeout=WITHIN_S) as http,
        http.stream("GET", url, headers=headers) as response,
    ):
        assert response.status_code == 200
        yield _parsed(response)


async def _parsed(response: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    event: dict[str, Any] = {}
    async for line in response.aiter_lines():
        name, _, value = line.partition(": ")
        if name in {"event", "id"}:
            event[name] = value
        elif name == "data":
            event["data"] = json.loads(value)
        elif not line and event:
            yield event
            event = {}


async def test_job_is_followed_to_its_end(stack: Deployment) -> None:
    """The follower is told where the news come from and how the job stands until it is over."""
    async with events(stack, stack.key) as stream:
        job_id = None
        async for event in stream:
            if event.get("event") == "feed":
                assert event["data"]["source"] in {"broker", "polling"}
                job_id = job_id or await stack.submit(500)
            if event.get("data", {}).get("id") == job_id and _is_over(event):
                assert event["data"]["patients"] == {"requested": 500, "persisted": 500}
                return
    raise AssertionError("the stream ended before the job")


async def test_interrupted_follower_is_told_what_was_missed(stack: Deployment) -> None:
    """With the last id that was seen, the end of a job that ended meanwhile is sent again."""
    job_id = await stack.submit(200)
    position = None
    async with events(stack, stack.key) as stream:
        async for event in stream:
            if position := event.get("id"):
                break
    assert position is not None
    await stack.finished(job_id)
    later = await stack.submit(200)
    await stack.finished(later)
    async with events(stack, stack.key, behind=position) as stream:
        async for event in stream:
            if event.get("data", {}).get("id") == later and _is_over(event):
                return
    raise AssertionError("the missed event did not come")


async def test_other_tenants_news_are_not_heard(stack: Deployment) -> None:
    """A follower of another tenant sees its own jobs only."""
    other = (await make_key(stack.database_url, "others")).api_key
    headers = {"Authorization": f"Bearer {other}"}
    async with events(stack, other) as stream:
        hidden, own = None, None
        async for event in stream:
            if event.get("event") == "feed" and hidden is None:
                hidden = await stack.submit(200)
                await stack.finished(hidden)
                wanted = {"preset": "teaching-20", "count": 20}
                answer = await stack.http("POST", "/api/v1/jobs", json=wanted, headers=headers)
                own = answer.json()["id"]
            if event.get("event") == "job":
                assert event["data"]["id"] == own
                return


async def test_revoked_key_ends_the_stream(stack: Deployment, stack_database: Database) -> None:
    """Within a few seconds nothing more is sent to who may no longer listen."""
    key = await make_key(stack.database_url, "tests", Role.VIEWER)
    async with events(stack, key.api_key) as stream:
        async for event in stream:
            if event.get("event") == "feed":
                async with stack_database.transaction() as connection:
                    await revoke_key(connection, key.key_id)


def _is_over(event: dict[str, Any]) -> bool:
    return bool(event["data"]["state"] == "succeeded")
