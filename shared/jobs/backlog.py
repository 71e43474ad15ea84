"""How much work waits and how much is under way, for people, metrics and autoscaling alike."""

from collections.abc import Mapping

from shared.db.pool import Connection
from shared.jobs.read import QUERIES
from shared.jobs.states import Priority


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
