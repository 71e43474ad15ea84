"""A job as clients see it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from shared.jobs.read import Job
from shared.jobs.states import JobState, Priority


class ScenarioReference(BaseModel):
    """Which scenario a job runs; the whole document is at /api/v1/jobs/{job_id}/scenario."""

    preset: str | None
    title: str


class PatientCounts(BaseModel):
    """Patients asked for and stored. `persisted` never goes back."""

    requested: int
    persisted: int


class BatchCounts(BaseModel):
    """Batches in all, stored whole, and given up."""

    total: int
    done: int
    dead: int


class JobDocument(BaseModel):
    """A job. `patients_per_second` counts from its start to its end, or to now; null before the
    start.

    `engine_version` is the simulation's: the same one makes the same patients of the same scenario
    and seed.
    """

    id: UUID
    state: JobState
    priority: Priority
    scenario: ScenarioReference
    seed: int
    engine_version: str
    patients: PatientCounts
    batches: BatchCounts
    patients_per_second: float | None
    created_at: datetime
    started_at: datetime | None
    first_readable_at: datetime | None
    finished_at: datetime | None
    error: Annotated[str | None, Field(description="Why it failed; null in every other state")]


class JobPage(BaseModel):
    """Jobs, newest first. `next` is the following page's `after`; null on the last page."""

    items: list[JobDocument]
    next: str | None


def job_document(job: Job, now: datetime) -> JobDocument:
    """Show a job as it stands at `now`."""
    return JobDocument(
        id=job.job_id,
        state=job.state,
        priority=job.priority,
        scenario=ScenarioReference(preset=job.preset, title=job.scenario["title"]),
        seed=job.seed,
        engine_version=job.engine_version,
        patients=PatientCounts(requested=job.patients_requested, persisted=job.patients_persisted),
        batches=BatchCounts(total=job.batches_total, done=job.batches_done, dead=job.batches_dead),
        patients_per_second=_rate(job, now),
        created_at=job.created_at,
        started_at=job.started_at,
        first_readable_at=job.first_readable_at,
        finished_at=job.finished_at,
        error=job.error,
    )


def _rate(job: Job, now: datetime) -> float | None:
    if job.started_at is None:
        return None
    elapsed_s = ((job.finished_at or now) - job.started_at).total_seconds()
    return round(job.patients_persisted / elapsed_s, 1) if elapsed_s > 0 else None
