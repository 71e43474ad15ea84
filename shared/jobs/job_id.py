"""Job ids are UUIDv7: in the order of their making, and the month in them says the partition."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from uuid_utils.compat import uuid7

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def new_job_id(now: datetime) -> UUID:
    """Return a fresh id that carries this moment to the millisecond."""
    return uuid7(nanoseconds=(now - _EPOCH) // _MICROSECOND * 1000)


def job_id_time(job_id: UUID) -> datetime:
    """Return the moment that a job id carries."""
    return _EPOCH + timedelta(milliseconds=job_id.int >> 80)
