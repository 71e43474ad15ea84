"""The benchmark of what others feel of downloads, against a gateway."""

import asyncio

import httpx
import pytest

from lazaret.bench.report import TARGETS, flattened
from lazaret.bench.waits import Asked, measure_waits
from services.gateway.identity.keys import NewKey
from shared.clock import SystemClock
from shared.db.pool import Database
from tests.integration.gateway.stored_job import PATIENTS, store, submit


@pytest.mark.parametrize("settings", [{"part_patients": 10}])
async def test_every_kind_of_request_is_timed_alone_and_beside_downloads(
    http: httpx.AsyncClient, database: Database, url: str, key: NewKey
) -> None:
    """Each has a median and a 99th percentile in both, and a line in the report; the downloads end
    with it.
    """
    job = await submit(http)
    await store(database, job)
    asked = Asked(url, key.api_key, job["id"], PATIENTS)
    figures = await asyncio.to_thread(measure_waits, asked, 1, SystemClock(), requests=3)
    assert (
        figures.keys()
        == {"gets", "get_p50_ms", "get_p99_ms", "get_p50_beside_ms", "get_p99_beside_ms"}
        <= TARGETS.keys()
    )
    assert figures.pop("gets") == {"alone": 3, "beside": 3}
    kinds = {"job", "FHIR read", "FHIR page", "FHIR name", "FHIR identifier"}
    assert flattened(figures).keys() == {f"{name}.{kind}" for name in figures for kind in kinds}
    assert all(value > 0 for value in flattened(figures).values())
