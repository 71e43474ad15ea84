"""Removes the rows of deleted jobs."""

from services.scheduler.duty import Context, Counts
from shared.jobs.purge import has_purges, purge_slice, take_purge

NAME = "purge_jobs"


async def run_once(context: Context) -> Counts:
    """Remove one slice of the job that was longest left alone and return its number of rows."""
    async with context.database.connection() as connection:
        if not await has_purges(connection):
            return {"rows": 0}
        job_id = await take_purge(connection)
    if job_id is None:
        return {"rows": 0}
    async with context.database.transaction() as connection:
        return {"rows": await purge_slice(connection, job_id)}
