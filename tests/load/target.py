"""What load is put on: a gateway, the database behind it, and a key and a stored job made for the
run and removed after it.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import asyncpg
import httpx

from deploy.reconciliation.accounts import Reconciliation, reconcile
from lazaret.client import AsyncClient, Job
from tests.e2e.deployment import eventually

STORED_PRESET = "brigade-conventional"
SETTLED_WITHIN_S = 1800.0
PAGE = 500
NAME = "load"


@dataclass(frozen=True)
class Target:
    """`began` is the database's time before the run's first job, so that they can be counted."""

    url: str
    database_url: str
    began: datetime
    api_key: str
    stored_job: str
    stored_patients: int

    async def settled(self) -> Reconciliation:
        """Wait until no job of the run is under way, then count everything."""
        connection = await asyncpg.connect(self.database_url)
        try:

            async def account() -> Reconciliation | None:
                found = await reconcile(connection, self.began)
                return None if found.under_way else found

            return cast("Reconciliation", await eventually(account, SETTLED_WITHIN_S))
        finally:
            await connection.close()


@asynccontextmanager
async def target(
    url: str, database_url: str, admin_key: str, patients: int
) -> AsyncIterator[Target]:
    """Mint a key, store a job with it; in the end the run's jobs are purged and the key is gone."""
    connection = await asyncpg.connect(database_url)
    try:
        began: datetime = await connection.fetchval("SELECT clock_timestamp()")
    finally:
        await connection.close()
    async with _minted(url, admin_key) as key, AsyncClient(url, key) as client:
        stored = await _stored_job(client, patients)
        yield Target(url, database_url, began, key, stored, patients)
        async with AsyncClient(url, admin_key) as admin:
            await _purge(admin)


@asynccontextmanager
async def _minted(url: str, admin_key: str) -> AsyncIterator[str]:
    headers = {"Authorization": f"Bearer {admin_key}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as http:
        wish = {"name": NAME, "role": "operator"}
        made = (await http.post("/api/v1/keys", json=wish)).raise_for_status().json()
        try:
            yield str(made["api_key"])
        finally:
            (await http.delete(f"/api/v1/keys/{made['key_id']}")).raise_for_status()


async def _stored_job(client: AsyncClient, patients: int) -> str:
    submitted = await client.submit_job({"preset": STORED_PRESET, "count": patients, "seed": 1})

    async def ended() -> Job | None:
        job = await client.get_job(submitted.job.id)
        return job if job.terminal else None

    job = cast("Job", await eventually(ended, SETTLED_WITHIN_S))
    assert job.state == "succeeded", job.error
    return job.id


async def _purge(client: AsyncClient) -> None:
    while jobs := (await client.list_jobs(limit=PAGE)).items:
        for job in jobs:
            await client.delete_job(job.id)
