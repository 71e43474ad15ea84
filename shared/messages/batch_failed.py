"""generator -> writer: a batch could not be generated under this lease; counts as one failure."""

from uuid import UUID

import msgspec


class BatchFailed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`reason` is for people: one line, no stack trace."""

    job_id: UUID
    batch_no: int
    lease_id: UUID
    dispatch_no: int
    reason: str
