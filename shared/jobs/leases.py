"""Leases: who may work on a batch, and until when. A lease is a random id that each dispatch makes
anew, so a late zombie's is void.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from shared.db.pool import Connection
from shared.errors import LazaretError
from shared.jobs.read import QUERIES
from shared.jobs.states import STORING, JobState

CLAIM_LEASE_S = 15.0
GENERATED_LEASE_S = 120.0


class LeaseLost(LazaretError):
    """The batch is not, or no longer, worked on under this lease, or its job is over: nothing may
    be stored.
    """


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on a batch."""

    job_id: UUID
    batch_no: int
    lease_id: UUID


class LeaseStatus(StrEnum):
    """What a renewal found."""

    LIVE = "live"
    CANCELLED = "cancelled"
    LOST = "lost"


async def renew(
    connection: Connection, leases: Collection[Lease], *, lease_s: float = CLAIM_LEASE_S
) -> dict[UUID, LeaseStatus]:
    """Extend the leases of batches in generation, all in one query, and return by lease id how each
    of the given ones stands.

    A paused job's leases stay live: what was begun is finished. The lease of a batch that was
    `generated` is live and not extended.
    """
    rows = await connection.fetch(
        QUERIES["renew"],
        [lease.job_id for lease in leases],
        [lease.batch_no for lease in leases],
        [lease.lease_id for lease in leases],
        timedelta(seconds=lease_s),
    )
    held = {row["lease_id"]: _status(row["job_state"]) for row in rows}
    return {lease.lease_id: held.get(lease.lease_id, LeaseStatus.LOST) for lease in leases}


def _status(job_state: str) -> LeaseStatus:
    return LeaseStatus.LIVE if JobState(job_state) in STORING else LeaseStatus.CANCELLED


async def generated(
    connection: Connection, lease: Lease, *, lease_s: float = GENERATED_LEASE_S
) -> bool:
    """Say that the broker has confirmed every part. False when the writer was faster and the batch
    is done, or the lease is lost.
    """
    query = QUERIES["generated"]
    return bool(
        await connection.fetchval(
            query, lease.job_id, lease.batch_no, lease.lease_id, timedelta(seconds=lease_s)
        )
    )


async def release(connection: Connection, lease: Lease) -> bool:
    """Give a dispatched or claimed batch back; it is due again at once and nothing is counted.
    False when the lease was lost.
    """
    return bool(
        await connection.fetchval(QUERIES["release"], lease.job_id, lease.batch_no, lease.lease_id)
    )
