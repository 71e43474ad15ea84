"""Removes the rows of deleted jobs."""

from services.scheduler.duty import Context, Counts, lead
from shared.jobs.purge import list_purges, purge_slice

NAME = "purge_jobs"


async def run_once(context: Context) -> Counts:
    """Remove one slice of the job that was deleted first and return its number of rows."""
    async with context.database.connection() as connection:
        if not await list_purges(connection, 1):
            return {"rows": 0}
    async with context.database.transaction() as connection:
        jobs = await list_purges(connection, 1) if await lead(connection, NAME) else ()
        return {"rows": sum([await purge_slice(connection, job_id) for job_id in jobs])}
