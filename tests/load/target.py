"""What load is put on: a gateway, the database behind it, and a key and a stored job made for the
run and removed after it.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from secrets import token_hex
from typing import cast

import asyncpg

from deploy.reconciliation.accounts import Reconciliation, reconcile
from lazaret.client import AsyncClient, Job
from services.gateway.identity.keys import revoke_key
from tests.e2e.deployment import eventually
from tests.minted_key import PEPPER, mint

STORED_PRESET = "brigade-conventional"
SETTLED_WITHIN_S = 1800.0
PAGE = 500


@dataclass(frozen=True)
class Target:
    """`tenant` owns nothing but this run's jobs, so that they can be counted."""

    url: str
    database_url: str
    tenant: str
    api_key: str
    stored_job: str
    stored_patients: int

    async def settled(self) -> Reconciliation:
        """Wait until no job of the run is under way, then count everything."""
        connection = await asyncpg.connect(self.database_url)
        try:

            async def account() -> Reconciliation | None:
                found = await reconcile(connection, tenant=self.tenant)
                return None if found.under_way else found

            return cast("Reconciliation", await eventually(account, SETTLED_WITHIN_S))
        finally:
            await connection.close()


@asynccontextmanager
async def target(
    url: str, database_url: str, patients: int, pepper: bytes = PEPPER
) -> AsyncIterator[Target]:
    """Mint a key, store a job with it; in the end the key is gone and the run's jobs are purged."""
    tenant = f"load-{token_hex(4)}"
    connection = await asyncpg.connect(database_url)
    try:
        key = await mint(connection, tenant, pepper)
        try:
            async with AsyncClient(url, key.api_key) as client:
                stored = await _stored_job(client, patients)
                yield Target(url, database_url, tenant, key.api_key, stored, patients)
                await _purge(client)
        finally:
            await revoke_key(connection, key.key_id)
    finally:
        await connection.close()


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
