"""No request, however it is made, holds up the event loop or is answered at length."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable
from http.client import HTTPConnection
from typing import NamedTuple

import httpx
import pytest

from services.gateway.app import OPERATIONS
from services.gateway.identity.keys import NewKey
from services.gateway.live.stream import EVENT_STREAM
from shared.db.pool import Database
from tests.integration.gateway.hostile_requests import Hostile, corpus
from tests.integration.gateway.loop_stalls import Stalls, watched_loop
from tests.integration.gateway.stored_job import PART_PATIENTS, store, submit

STALL_S_MAX = 0.1
PROCESSOR_S_MAX = 2.0
ANSWER_BYTES_MAX = 100_000
TIMEOUT_S = 120.0
SETTINGS = {"requests_public_address_max": 100, "part_patients": PART_PATIENTS}


class Answer(NamedTuple):
    """What came back."""

    status: int
    size: int


class Cost(NamedTuple):
    """The longest turn of the event loop, and all processor time of the gateway's process."""

    stall_s: float
    processor_s: float


def send(port: int, key: str, hostile: Hostile) -> Answer:
    """Send one request on a connection of its own."""
    connection = HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    try:
        headers = {"X-API-Key": key, **hostile.headers}
        connection.request(hostile.method, hostile.target, hostile.body or None, headers)
        response = connection.getresponse()
        if response.headers.get_content_type() == EVENT_STREAM:  # which never ends
            return Answer(response.status, len(response.readline()))
        return Answer(response.status, len(response.read()))
    except (BrokenPipeError, ConnectionResetError):
        return Answer(413, 0)  # it was refused before all of it was sent
    finally:
        connection.close()


async def attack(
    port: int, key: str, attacks: Iterable[Hostile], stalls: Stalls
) -> dict[str, tuple[Cost, Answer]]:
    """Send one after another, and return for each what it cost, and the answer."""
    found = {}
    for each in attacks:
        cost, answer = await measure(port, key, each, stalls)
        if cost.stall_s > STALL_S_MAX:  # a collection of garbage may have fallen into it
            cost = min(cost, (await measure(port, key, each, stalls))[0])
        found[f"{each.method} {each.target[:80]} {each.label}"] = (cost, answer)
    return found


async def measure(port: int, key: str, hostile: Hostile, stalls: Stalls) -> tuple[Cost, Answer]:
    """Send one request and measure it."""
    stalls.forget()
    began = time.process_time()
    answer = await asyncio.to_thread(send, port, key, hostile)
    return Cost(stalls.longest_s, time.process_time() - began), answer


@pytest.mark.timeout(600)
@pytest.mark.parametrize("settings", [SETTINGS])
async def test_no_request_holds_the_loop(
    port: int,
    key: NewKey,
    http: httpx.AsyncClient,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of a corpus made for every operation each request leaves the loop free, and none is a 500."""
    job = await submit(http)
    await store(database, job)
    attacks = corpus(OPERATIONS, job["id"])
    with watched_loop(monkeypatch) as stalls:
        found = await attack(port, key.api_key, attacks, stalls)
    slow = {name: cost for name, (cost, _) in found.items() if cost.stall_s > STALL_S_MAX}
    dear = {n: cost for n, (cost, _) in found.items() if cost.processor_s > PROCESSOR_S_MAX}
    broken = {name: answer for name, (_, answer) in found.items() if answer.status == 500}
    long = {n: a for n, (_, a) in found.items() if a.status >= 400 and a.size > ANSWER_BYTES_MAX}
    assert (slow, dear, broken, long) == ({}, {}, {}, {})
    statuses = Counter(answer.status // 100 for _, answer in found.values())
    assert statuses[4] > len(found) / 2, "most of it is refused, and it got as far as that"
