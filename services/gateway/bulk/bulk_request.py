"""Bulk requests as they stand in the database: any gateway answers for them, and a restart changes
nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import asyncpg

from services.gateway.bulk.kick_off_query import Selection
from services.gateway.identity.caller import Caller
from services.gateway.rendering.parts import Written
from shared.db.named_queries import load_queries
from shared.db.pool import Connection
from shared.errors import NotFound

QUERIES = load_queries(Path(__file__).with_name("queries.sql"))

# No writer's transaction is older: it would have met its statement and idle limits.
SETTLE_MAX_S = 60.0
FORGOTTEN_AT_ONCE_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkRequest:
    """What belongs to it is decided: parts written later than `since` and not later than
    `transaction_time`, of one job or of all.

    `settled`: nothing can be committed any more that would still belong to it.
    """

    request_id: UUID
    tenant_id: UUID
    url: str
    types: list[str]
    ignored: list[str]
    type_filters: list[str]
    job_id: UUID | None
    since: datetime | None
    transaction_time: datetime
    expires_at: datetime
    settled: bool

    @property
    def written(self) -> Written:
        return Written(self.since, self.transaction_time)


async def begin(
    connection: Connection,
    request_id: UUID,
    caller: Caller,
    url: str,
    selection: Selection,
    *,
    requests_max: int,
    life_s: float,
) -> bool:
    """Store a request. False when the client has `requests_max` that have neither been deleted nor
    expired.
    """
    await connection.execute(QUERIES["forget_expired"], FORGOTTEN_AT_ONCE_MAX)
    stored = await connection.fetchval(
        QUERIES["insert_request"],
        request_id,
        caller.tenant_id,
        caller.subject,
        url,
        selection.types,
        selection.ignored,
        selection.type_filters,
        selection.job_id,
        selection.since,
        requests_max,
        life_s,
    )
    return stored is not None


async def find(connection: Connection, caller: Caller, request_id: UUID) -> BulkRequest:
    """Return a client's own request. Raises NotFound: it never was, was deleted, or has expired."""
    row = await connection.fetchrow(
        QUERIES["find_request"], request_id, caller.tenant_id, SETTLE_MAX_S, caller.subject
    )
    if row is None:
        raise NotFound(f"there is no bulk request {request_id}, or not any more")
    return BulkRequest(**{name: row[name] for name in BulkRequest.__slots__})


async def list_own(connection: Connection, caller: Caller) -> list[asyncpg.Record]:
    """Return a client's requests: `request_id, url, transaction_time, expires_at`."""
    return await connection.fetch(QUERIES["list_requests"], caller.tenant_id, caller.subject)


async def delete(connection: Connection, caller: Caller, request_id: UUID) -> None:
    """Forget a client's own request. Raises NotFound."""
    own = (request_id, caller.tenant_id, caller.subject)
    if await connection.fetchval(QUERIES["delete_request"], *own) is None:
        raise NotFound(f"there is no bulk request {request_id}, or not any more")
