"""Takes jobs away that ended long ago, where the operator has set how long they are kept."""

from services.scheduler.duty import Context, Counts
from shared.jobs.purge import retire_jobs

NAME = "retire_jobs"

JOBS_MAX = 100


async def run_once(context: Context) -> Counts:
    """Delete what is older than `job_age_max_s`, a bounded number at a time, and return how many
    jobs that were.
    """
    if not context.config.job_age_max_s:
        return {"jobs": 0}
    async with context.database.transaction() as connection:
        return {
            "jobs": await retire_jobs(connection, context.config.job_age_max_s, jobs_max=JOBS_MAX)
        }
