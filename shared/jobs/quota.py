"""How much may wait: of all tenants together, and of one, so that nobody fills what others need."""

from dataclasses import dataclass
from uuid import UUID

from shared.db.pool import Connection
from shared.errors import TooManyRequests, Unavailable
from shared.jobs.read import QUERIES

RETRY_AFTER_S = 30.0
NO_LIMIT = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLimits:
    """Limits of a submission. `tenant_stored_bytes_max` may be `NO_LIMIT`.

    They may be passed by submissions that run at the same moment: the sums are not locked.
    """

    backlog_patients_max: int
    tenant_jobs_max: int
    tenant_backlog_patients_max: int
    tenant_stored_bytes_max: int = NO_LIMIT


async def check_room(
    connection: Connection, tenant_id: UUID, patients: int, limits: JobLimits
) -> None:
    """Check that a job of so many patients may be accepted.

    Raises:
        TooManyRequests: the tenant has its share. It is told its own figures.
        Unavailable: the backlog of all is full. It is not told what others have there.
    """
    own = await connection.fetchrow(QUERIES["read_tenant_backlog"], tenant_id)
    jobs, waiting = (own["jobs"], own["patients"]) if own else (0, 0)
    if jobs >= limits.tenant_jobs_max:
        raise TooManyRequests(
            f"you have {jobs} jobs that have not ended, which is all that you may have",
            RETRY_AFTER_S,
        )
    if waiting + patients > limits.tenant_backlog_patients_max:
        raise TooManyRequests(
            f"{waiting} of your patients wait; with these {patients} there would be more than "
            f"{limits.tenant_backlog_patients_max}",
            RETRY_AFTER_S,
        )
    await _check_stored(connection, tenant_id, limits.tenant_stored_bytes_max)
    if (
        await connection.fetchval(QUERIES["read_backlog_patients"]) + patients
        > limits.backlog_patients_max
    ):
        raise Unavailable("the backlog has no room for so many patients now", RETRY_AFTER_S)


async def _check_stored(connection: Connection, tenant_id: UUID, bytes_max: int) -> None:
    if bytes_max == NO_LIMIT:
        return
    stored = await connection.fetchval(QUERIES["read_tenant_bytes"], tenant_id)
    if stored >= bytes_max:
        raise TooManyRequests(
            f"your jobs hold {stored} bytes, and {bytes_max} are all that they may: delete some",
            RETRY_AFTER_S,
        )
