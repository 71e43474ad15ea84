"""How much work waits and how much is under way, for people, metrics and autoscaling alike."""

from collections.abc import Mapping
from datetime import timedelta

from shared.db.pool import Connection
from shared.jobs.read import QUERIES
from shared.jobs.states import TERMINAL, JobState, Priority

LATELY = timedelta(minutes=10)  # long enough for an alert to hold


async def read_backlog(connection: Connection) -> Mapping[str, int]:
    """Return the patients that are accepted and not yet stored, by priority; every priority is
    there.
    """
    found = {
        row["priority"]: row["patients"]
        for row in await connection.fetch(QUERIES["read_backlog_by_priority"])
    }
    return {priority: found.get(priority, 0) for priority in Priority}


async def read_in_flight(connection: Connection) -> Mapping[str, int]:
    """Return the batches under a lease, by state; every leased state is there."""
    row = await connection.fetchrow(QUERIES["read_in_flight_by_state"])
    return dict(row or {})


async def read_unfinished(connection: Connection) -> Mapping[str, int]:
    """Return the jobs that are not finished, by state; every such state is there."""
    rows = await connection.fetch(QUERIES["read_unfinished_by_state"])
    found = {row["state"]: row["jobs"] for row in rows}
    return {state: found.get(state, 0) for state in JobState if state not in TERMINAL}


async def oldest_due_s(connection: Connection) -> float:
    """Return for how long the oldest due batch has waited to be dispatched, 0 for none."""
    seconds: float = await connection.fetchval(QUERIES["read_oldest_due_s"])
    return seconds


async def read_unaccounted(connection: Connection) -> int:
    """Return the patients of lately ended jobs whose batch is done and whose part is missing."""
    patients: int = await connection.fetchval(QUERIES["read_unaccounted"], LATELY)
    return patients
