"""A generator takes the batch that a `GenerateBatch` message names."""

from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any
from uuid import UUID

from shared.db.pool import Connection
from shared.jobs.leases import CLAIM_LEASE_S, Lease
from shared.jobs.read import QUERIES
from shared.records.cut import BatchSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedBatch:
    """All that a generator needs: the work, and how its result is to be cut (`cut_parts`)."""

    job_id: UUID
    batch_no: int
    lease_id: UUID
    dispatch_no: int
    scenario: dict[str, Any]
    spec: BatchSpec
    parts_total: int
    schema_version: int
    trace_context: str | None

    @property
    def lease(self) -> Lease:
        return Lease(self.job_id, self.batch_no, self.lease_id)


async def claim(
    connection: Connection, lease: Lease, engine_version: str, *, lease_s: float = CLAIM_LEASE_S
) -> ClaimedBatch | None:
    """Begin the batch that this lease was dispatched for; a redelivered message claims it again.

    Nothing is returned, and the message is done with, when the lease is not the batch's present
    one, when its parts are already with the broker, when the job is not running, or when it belongs
    to another engine version.
    """
    row = await connection.fetchrow(
        QUERIES["claim"],
        lease.job_id,
        lease.batch_no,
        lease.lease_id,
        engine_version,
        timedelta(seconds=lease_s),
    )
    return None if row is None else _claimed(dict(row))


def _claimed(row: dict[str, Any]) -> ClaimedBatch:
    spec = BatchSpec(**{each.name: row.pop(each.name) for each in fields(BatchSpec)})
    return ClaimedBatch(spec=spec, **row)
