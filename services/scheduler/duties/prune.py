"""Forgets what has served its time: old idempotency keys and events, generator processes that fell
silent long ago.
"""

from services.scheduler.duty import Context, Counts
from shared.jobs.generators import prune_generators
from shared.jobs.news import prune_events
from shared.jobs.submit import prune_idempotency_keys

NAME = "prune"

GENERATOR_SILENT_FOR_S = 3600.0
EVENTS_KEPT_S = 86_400.0
KEYS_MAX = 10_000


async def run_once(context: Context) -> Counts:
    """Remove what is outdated, a bounded number at a time, and return how many of each."""
    async with context.database.connection() as connection:
        return {
            "idempotency_keys": await prune_idempotency_keys(
                connection, context.config.idempotency_key_age_max_s, keys_max=KEYS_MAX
            ),
            "job_events": await prune_events(connection, EVENTS_KEPT_S, events_max=KEYS_MAX),
            "generators": await prune_generators(connection, silent_for_s=GENERATOR_SILENT_FOR_S),
        }
