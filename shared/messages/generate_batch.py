"""scheduler -> generator: run one batch under this lease."""

from uuid import UUID

import msgspec


class GenerateBatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Names the work only: the generator reads the scenario and the seed from the batch that it
    claims.

    A claim succeeds only while `lease_id` is the batch's current one.
    """

    job_id: UUID
    batch_no: int
    lease_id: UUID
    dispatch_no: int
