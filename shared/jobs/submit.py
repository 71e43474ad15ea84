"""Accepting a job: its row, its batches, its idempotency key and its event, all in one
transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from shared.db.pool import Connection
from shared.errors import Conflict, Unavailable
from shared.jobs.events import announce
from shared.jobs.job_id import job_id_time
from shared.jobs.quota import JobLimits, check_room
from shared.jobs.read import QUERIES
from shared.jobs.states import Priority
from shared.records.cut import cut_batches

PARTITION_RETRY_AFTER_S = 60.0


class IdempotencyMismatch(Conflict):
    """The client's key was used for another request before."""


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A client's key, up to 255 bytes, and the 32-byte digest of the whole request that it stands
    for.
    """

    key: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """What is wanted. `job_id` is a fresh `new_job_id`; `scenario` is the canonical document; sizes
    are in patients.
    """

    job_id: UUID
    tenant_id: UUID
    priority: Priority
    preset: str | None
    scenario: Mapping[str, Any]
    scenario_digest: bytes
    seed: int
    patients: int
    engine_version: str
    schema_version: int
    sector_patients: int
    batch_patients: int
    part_patients: int
    idempotency: IdempotencyKey | None
    trace_context: str | None


@dataclass(frozen=True, slots=True)
class Submitted:
    """The job that answers the request; `replayed` when an earlier request with the same key made
    it.
    """

    job_id: UUID
    replayed: bool


async def submit(connection: Connection, job: NewJob, limits: JobLimits) -> Submitted:
    """Accept a job, or find the one that its idempotency key stands for. Call it inside a
    transaction.


    Raises:
        IdempotencyMismatch: the key stands for another request.
        TooManyRequests: the tenant has its share of what may wait.
        Unavailable: the backlog is full, or the job's month has no partition yet.
    """
    if job.idempotency is not None:
        earlier = await _take_key(connection, job, job.idempotency)
        if earlier is not None:
            return Submitted(earlier, replayed=True)
    await check_room(connection, job.tenant_id, job.patients, limits)
    if not await connection.fetchval(QUERIES["has_partition"], job_id_time(job.job_id)):
        raise Unavailable("the database is not prepared for this month", PARTITION_RETRY_AFTER_S)
    await _insert(connection, job)
    return Submitted(job.job_id, replayed=False)


async def _take_key(
    connection: Connection, job: NewJob, idempotency: IdempotencyKey
) -> UUID | None:
    """Return the job that the key already stands for, if there is one."""
    taken = await connection.fetchval(
        QUERIES["insert_idempotency_key"],
        job.tenant_id,
        idempotency.key,
        idempotency.fingerprint,
        job.job_id,
    )
    if taken:
        return None
    earlier = await connection.fetchrow(
        QUERIES["read_idempotency_key"], job.tenant_id, idempotency.key
    )
    if earlier is None:
        raise Unavailable("the idempotency key was just given up by another request")
    if earlier["fingerprint"] != idempotency.fingerprint:
        raise IdempotencyMismatch("this idempotency key was used for another request")
    job_id: UUID = earlier["job_id"]
    return job_id


async def _insert(connection: Connection, job: NewJob) -> None:
    batches = tuple(
        cut_batches(
            job.patients,
            sector_patients=job.sector_patients,
            batch_patients=job.batch_patients,
            part_patients=job.part_patients,
        )
    )
    row = await connection.fetchrow(
        QUERIES["insert_job"],
        job.job_id,
        job.tenant_id,
        job.priority,
        job.preset,
        dict(job.scenario),
        job.scenario_digest,
        job.seed,
        job.engine_version,
        job.schema_version,
        job.sector_patients,
        job.part_patients,
        job.patients,
        len(batches),
        job.trace_context,
    )
    assert row is not None  # noqa: S101 -- an INSERT without a conflict clause returns its row
    await connection.execute(QUERIES["insert_batches"], job.job_id, *zip(*batches, strict=True))
    await announce(connection, row)


async def prune_idempotency_keys(connection: Connection, age_max_s: float, *, keys_max: int) -> int:
    """Forget up to so many keys that are older than this, and return how many."""
    status = await connection.execute(
        QUERIES["prune_idempotency_keys"], timedelta(seconds=age_max_s), keys_max
    )
    return int(status.removeprefix("DELETE "))
