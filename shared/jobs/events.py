"""Tells the outside that a job moved from one state to another."""

from shared.db.pool import Connection
from shared.jobs.read import Job
from shared.messages.job_state_changed import JobStateChanged
from shared.outbox.put import put


def routing_key(job: Job) -> str:
    """Return `job.<id>.<state>`: subscribers bind one job, one state, or all."""
    return f"job.{job.job_id}.{job.state}"


async def announce(connection: Connection, job: Job) -> None:
    """Put the job's present state into the outbox, in the transaction that made it."""
    moved_at = job.finished_at or job.started_at or job.created_at
    message = JobStateChanged(job_id=job.job_id, state=job.state, patients_persisted=job.patients_persisted, at=moved_at, error=job.error)
    await put(connection, message, routing_key(job), job.trace_context)
