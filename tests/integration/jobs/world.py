"""A small world to try jobs in: one database, one tenant, generators and writers made of a few
lines.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID, uuid4

from shared.db.pool import Connection, Database
from shared.jobs.claim import ClaimedBatch, claim
from shared.jobs.dispatch import Dispatched, DispatchLimits, dispatch
from shared.jobs.generators import beat
from shared.jobs.job_id import new_job_id
from shared.jobs.leases import Lease, generated
from shared.jobs.progress import record_part
from shared.jobs.quota import JobLimits
from shared.jobs.read import Job, get_job
from shared.jobs.states import Priority
from shared.jobs.submit import NewJob, Submitted, submit
from shared.records.cut import PartCut, cut_parts

ENGINE = "engine 1"
ROOM = JobLimits(
    backlog_patients_max=10**9, tenant_jobs_max=10**6, tenant_backlog_patients_max=10**9
)
WIDE = DispatchLimits(batches_per_slot=1000, floor=1000)


class World:
    """Does what gateway, scheduler, generator and writer do, each step in a transaction of its
    own.
    """

    one_at_a_time = DispatchLimits(batches_per_slot=0, floor=1)

    def __init__(self, database: Database) -> None:
        self.database = database
        self.tenant = uuid4()
        self.generator = uuid4()

    async def begin(self) -> None:
        """Make the tenant and a generator with two slots."""
        await self.add_tenant(self.tenant)
        await self.beat()

    async def add_tenant(self, tenant: UUID, weight: int = 1) -> None:
        await self.execute(
            "INSERT INTO tenants (tenant_id, name, weight) VALUES ($1, $2, $3)",
            tenant,
            str(tenant),
            weight,
        )

    async def beat(self, slots: int = 2, engine_version: str = ENGINE) -> None:
        """A generator lives, for as long as a slow machine may take over the test."""
        async with self.database.connection() as connection:
            await beat(connection, self.generator, engine_version, slots)
            await connection.execute("UPDATE generators SET seen_at = now() + interval '1 hour'")

    async def execute(self, statement: str, *arguments: object) -> str:
        async with self.database.connection() as connection:
            return await connection.execute(statement, *arguments)

    async def fetch(self, statement: str, *arguments: object) -> list[tuple[object, ...]]:
        async with self.database.connection() as connection:
            return [tuple(row) for row in await connection.fetch(statement, *arguments)]

    async def value(self, statement: str, *arguments: object) -> object:
        return (await self.fetch(statement, *arguments))[0][0]

    def new_job(self, **changes: object) -> NewJob:
        """A job of 25 patients in sectors of 5: three batches of 10, 10 and 5 patients, in parts of
        10.
        """
        fields: dict[str, object] = {
            "job_id": new_job_id(datetime.now(UTC)),
            "tenant_id": self.tenant,
            "priority": Priority.NORMAL,
            "preset": None,
            "scenario": {"days": 3},
            "scenario_digest": bytes(32),
            "seed": 7,
            "patients": 25,
            "engine_version": ENGINE,
            "schema_version": 1,
            "sector_patients": 5,
            "batch_patients": 10,
            "part_patients": 10,
            "idempotency": None,
            "trace_context": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        }
        return NewJob(**(fields | changes))  # type: ignore[arg-type]

    async def submit(self, limits: JobLimits = ROOM, **changes: object) -> Submitted:
        async with self.database.transaction() as connection:
            return await submit(connection, self.new_job(**changes), limits)

    async def dispatch(self, limits: DispatchLimits = WIDE) -> tuple[Dispatched, ...]:
        """Dispatch again and again, as the scheduler does, until there is nothing to dispatch."""
        dispatched: list[Dispatched] = []
        async with self.database.transaction() as connection:
            while found := await dispatch(connection, limits):
                dispatched.extend(found)
        return tuple(dispatched)

    async def claim(
        self, dispatched: Dispatched, engine_version: str = ENGINE, lease_s: float = 15.0
    ) -> ClaimedBatch | None:
        async with self.database.connection() as connection:
            return await claim(connection, dispatched.lease, engine_version, lease_s=lease_s)

    async def generated(self, lease: Lease, lease_s: float = 120.0) -> bool:
        async with self.database.connection() as connection:
            return await generated(connection, lease, lease_s=lease_s)

    async def store(self, batch: ClaimedBatch, part_no: int = 0) -> Job | None:
        """Store one part, as the writer does."""
        async with self.database.transaction() as connection:
            return await self.store_in(connection, batch, part_no)

    async def store_in(
        self, connection: Connection, batch: ClaimedBatch, part_no: int = 0
    ) -> Job | None:
        """Store one part inside a transaction; a part that is there already changes nothing."""
        part = list(
            cut_parts(batch.spec.first_ordinal, batch.spec.patients, batch.spec.part_patients)
        )[part_no]
        if await _store_rows(connection, batch, part):
            return await record_part(
                connection, batch.lease, part.last_ordinal - part.first_ordinal + 1
            )
        return None

    async def run(self, job_id: UUID) -> Job:
        """Run every due batch to its end."""
        for dispatched in await self.dispatch():
            batch = await self.claim(dispatched)
            assert batch is not None
            for part_no in range(batch.parts_total):
                await self.store(batch, part_no)
        return await self.job(job_id)

    async def job(self, job_id: UUID) -> Job:
        async with self.database.connection() as connection:
            return await get_job(connection, self.tenant, job_id)

    async def act(self, act: Callable[..., object], job_id: UUID) -> object:
        """Let the tenant act on a job."""
        async with self.database.transaction() as connection:
            return await act(connection, self.tenant, job_id)  # type: ignore[misc]

    async def batches(self, job_id: UUID, column: str = "state") -> list[object]:
        """One column of a job's batches, in order."""
        return [
            row[0]
            for row in await self.fetch(
                f"SELECT {column} FROM batches WHERE job_id = $1 ORDER BY batch_no", job_id
            )
        ]

    async def moves(self, job_id: UUID) -> list[str]:
        """The states that were told of a job, in order."""
        rows = await self.fetch("SELECT routing_key FROM outbox ORDER BY created_at")
        prefix = f"job.{job_id}."
        return [str(key).removeprefix(prefix) for (key,) in rows if str(key).startswith(prefix)]

    async def let_leases_run_out(self) -> None:
        await self.execute(
            "UPDATE batches SET lease_expires_at = now() - interval '1 second' WHERE "
            "lease_id IS NOT NULL"
        )


async def _store_rows(connection: Connection, batch: ClaimedBatch, part: PartCut) -> bool:
    stored = await connection.fetchval(
        "INSERT INTO patient_parts (job_id, first_ordinal, last_ordinal, batch_no, "
        "schema_version, summary, body)"
        " VALUES ($1, $2, $3, $4, 1, '{}', 'invented body') ON CONFLICT DO NOTHING RETURNING true",
        batch.job_id,
        part.first_ordinal,
        part.last_ordinal,
        batch.batch_no,
    )
    if not stored:
        return False
    ends = [
        batch.spec.first_ordinal
        + min((n + 1) * batch.spec.sector_patients, batch.spec.patients)
        - 1
        for n in range(batch.spec.sectors)
    ]
    sectors = [
        batch.spec.first_sector + n
        for n, end in enumerate(ends)
        if part.first_ordinal <= end <= part.last_ordinal
    ]
    await connection.executemany(
        "INSERT INTO sector_results (job_id, sector, digest, body) VALUES ($1, $2, $3, '')",
        [(batch.job_id, sector, sector_digest(sector)) for sector in sectors],
    )
    return True


def sector_digest(sector: int) -> bytes:
    """A digest that says its sector."""
    return hashlib.sha256(str(sector).encode()).digest()
