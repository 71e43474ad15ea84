"""Stops and resumes dispatch, for one tenant or for all. A job's own pause is `actions.pause`."""

from uuid import UUID

from shared.db.pool import Connection
from shared.errors import NotFound
from shared.jobs.dispatch import SCHEDULE_QUERIES


async def set_tenant_paused(connection: Connection, name: str, *, paused: bool) -> UUID:
    """Dispatch nothing more of a tenant's jobs, or dispatch them again; return the tenant's id.
    What a generator has begun is finished. Call it in a transaction, as the next one.

    Raises:
        NotFound: no tenant has this name.
    """
    tenant_id: UUID | None = await connection.fetchval(
        SCHEDULE_QUERIES["set_tenant_paused"], name, paused
    )
    if tenant_id is None:
        raise NotFound(f"there is no tenant {name}")
    if paused:
        await connection.execute(SCHEDULE_QUERIES["recall_dispatched_of"], tenant_id)
    return tenant_id


async def set_all_paused(connection: Connection, *, paused: bool) -> None:
    """Dispatch nothing more of anybody's jobs, or dispatch them again."""
    await connection.execute(SCHEDULE_QUERIES["set_all_paused"], paused)
    if paused:
        await connection.execute(SCHEDULE_QUERIES["recall_dispatched_of"], None)
