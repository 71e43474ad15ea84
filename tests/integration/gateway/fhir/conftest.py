"""A stored job of 40 patients in four parts, and a client of its FHIR interface."""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import orjson
import pytest

from services.gateway.identity.keys import NewKey
from shared.db.pool import Database
from tests.integration.gateway.stored_job import store, submit


@pytest.fixture
def settings() -> dict[str, Any]:
    """Parts of ten patients, as `stored_job` cuts them."""
    return {"part_patients": 10}


@pytest.fixture
async def job_id(http: httpx.AsyncClient, database: Database) -> str:
    """The id of a job that is stored whole."""
    job = await submit(http)
    await store(database, job)
    identity: str = job["id"]
    return identity


@pytest.fixture
async def often_treated(http: httpx.AsyncClient, job_id: str) -> str:
    """The id of the patient who was in most places, and so has resources of every type."""
    export = await http.get(
        f"/api/v1/jobs/{job_id}/export", params={"format": "fhir-ndjson", "table": "Encounter"}
    )
    subjects = Counter(
        orjson.loads(line)["subject"]["reference"] for line in export.content.splitlines()
    )
    reference: str = subjects.most_common(1)[0][0]
    return reference.removeprefix("Patient/")


@pytest.fixture
async def fhir(url: str, key: NewKey) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the first tenant at the FHIR base; the first rendering of a process takes
    seconds.
    """
    async with httpx.AsyncClient(
        base_url=f"{url}/fhir/R4", headers={"Authorization": f"Bearer {key.api_key}"}, timeout=60
    ) as client:
        yield client


@pytest.fixture
def ids() -> Callable[[dict[str, Any]], list[str]]:
    """Reads the ids of a Bundle's matches."""
    return lambda bundle: [
        each["resource"]["id"]
        for each in bundle.get("entry", [])
        if each["search"]["mode"] == "match"
    ]
