"""Tells the outside that a job moved from one state to another."""

import asyncpg

from shared.db.pool import Connection
from shared.jobs.news import remember
from shared.jobs.read import Job, to_job
from shared.messages.job_state_changed import JobStateChanged
from shared.outbox.put import put


def routing_key(job: Job) -> str:
    """Return `job.<id>.<state>`: subscribers bind one job, one state, or all."""
    return f"job.{job.job_id}.{job.state}"


async def announce(connection: Connection, row: asyncpg.Record) -> Job:
    """Store a job's move and put it into the outbox, in the transaction that made it; `row` is the
    job's, with `moved_at`. Returns the job.
    """
    job = to_job(row)
    message = JobStateChanged(
        job_id=job.job_id,
        state=job.state,
        patients_persisted=job.patients_persisted,
        at=row["moved_at"],
        error=job.error,
    )
    await remember(connection, job, row["moved_at"])
    await put(connection, message, routing_key(job), job.trace_context)
    return job
