"""Tells the outside that a job moved from one state to another."""

from collections.abc import Collection
from datetime import datetime

import asyncpg

from shared.db.pool import Connection
from shared.jobs.news import remember
from shared.jobs.read import Job, read_jobs
from shared.messages.job_state_changed import JobStateChanged
from shared.outbox.put import News, put


def routing_key(job: Job) -> str:
    """Return `job.<id>.<state>`: subscribers bind one job, one state, or all."""
    return f"job.{job.job_id}.{job.state}"


async def announce(connection: Connection, moved: asyncpg.Record) -> Job:
    """Store a job's move and put it into the outbox, in the transaction that made it, and return
    the job.

    `moved` has its `job_id` and when it moved, `moved_at`.
    """
    (job,) = await announce_all(connection, [moved])
    return job


async def announce_all(
    connection: Connection, moved: Collection[asyncpg.Record]
) -> tuple[Job, ...]:
    """Do as `announce` for several jobs, with as few statements."""
    if not moved:
        return ()
    jobs = await read_jobs(connection, [row["job_id"] for row in moved])
    for row in moved:
        await remember(connection, jobs[row["job_id"]], row["moved_at"])
    await put(connection, [_news(jobs[row["job_id"]], row["moved_at"]) for row in moved])
    return tuple(jobs[row["job_id"]] for row in moved)


def _news(job: Job, moved_at: datetime) -> News:
    message = JobStateChanged(
        job_id=job.job_id,
        state=job.state,
        patients_persisted=job.patients_persisted,
        at=moved_at,
        error=job.error,
    )
    return News(message, routing_key(job), job.trace_context)
