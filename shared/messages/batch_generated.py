"""generator -> writer: one part of a batch, ready to be stored."""

from uuid import UUID

import msgspec


class BatchGenerated(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Ordinals are inclusive. `body` is the Arrow stream of `records.patient`; `sector_results`
    that of `records.sector_result` for the sectors that end in this part (empty when none does).
    """

    job_id: UUID
    batch_no: int
    lease_id: UUID
    dispatch_no: int
    part_no: int
    parts_total: int
    first_ordinal: int
    last_ordinal: int
    schema_version: int
    body: bytes
    sector_results: bytes
