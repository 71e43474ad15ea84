"""outbox -> topic exchange `events`: a job moved from one state to another."""

from datetime import datetime
from uuid import UUID

import msgspec


class JobStateChanged(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`state` is a `shared.jobs.states.JobState`; `error` is set for `failed` only."""

    job_id: UUID
    state: str
    patients_persisted: int
    at: datetime
    error: str | None
