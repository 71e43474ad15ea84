"""The audit log: every operation that changes something leaves its entry in the same transaction,
so there is none without the other.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import structlog
from aiohttp import web

from services.gateway.context import GATEWAY
from services.gateway.http.client_address import address_of
from services.gateway.identity.audit_chain import GENESIS, Entry, Verification, seal
from services.gateway.identity.caller import CALLER, Caller
from shared.db.acting_for import acting_for
from shared.db.named_queries import load_queries
from shared.db.pool import Connection
from shared.telemetry.carrier import current_ids

QUERIES = load_queries(Path(__file__).with_name("audit.sql"))
CHAIN_LOCK = 0x6C617A62
VERIFIED_AT_ONCE = 1000

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Change:
    """A change under way: its connection, inside a transaction, and what its entry will say beside
    the path's parameters.
    """

    connection: Connection
    details: dict[str, Any] = field(default_factory=dict)


@asynccontextmanager
async def changing(request: web.Request, caller: Caller | None = None) -> AsyncIterator[Change]:
    """Open the transaction in which an operation changes something; its entry is its last
    statement.

    `caller` is for operations that identify theirs themselves.

    """
    gateway, who = request.app[GATEWAY], caller or request[CALLER]
    with acting_for(who.tenant_id):
        async with gateway.database.transaction() as connection:
            change = Change(connection, dict(request.match_info))
            yield change
            entry = Entry(
                entry_no=0,
                at=gateway.clock.now().astimezone(UTC),
                tenant_id=who.tenant_id,
                way=who.way,
                subject=who.subject,
                address=str(address_of(request)),
                action=_action(request),
                details=change.details,
                trace_id=current_ids().get("trace_id"),
            )
            number, sealed = await append(connection, entry, gateway.config.seal_key)
    log.info("audit", entry_no=number, seal=sealed.hex(), action=entry.action)


async def append(connection: Connection, entry: Entry, key: bytes) -> tuple[int, bytes]:
    """Add an entry at the chain's end, whatever its number says; returns number and seal. To be
    called last inside a transaction.
    """
    await connection.execute(QUERIES["lock_audit_chain"], CHAIN_LOCK)
    last = await connection.fetchrow(QUERIES["read_audit_end"])
    numbered = replace(entry, entry_no=1 if last is None else last["entry_no"] + 1)
    sealed = seal(numbered, GENESIS if last is None else last["seal"], key)
    await connection.execute(
        QUERIES["insert_audit_entry"],
        numbered.entry_no,
        numbered.at,
        numbered.tenant_id,
        numbered.way,
        numbered.subject,
        numbered.address,
        numbered.action,
        dict(numbered.details),
        numbered.trace_id,
        sealed,
    )
    return numbered.entry_no, sealed


async def verify(connection: Connection, key: bytes, anchors: Mapping[int, bytes]) -> Verification:
    """Follow the whole chain. To be called inside a transaction."""
    verification = Verification(key, anchors)
    while rows := await connection.fetch(
        QUERIES["read_audit_chain"], verification.entries, VERIFIED_AT_ONCE
    ):
        before = verification.entries
        verification.follow((entry_of(row), row["seal"]) for row in rows)
        if verification.fault or verification.entries == before:
            break
    verification.finish()
    return verification


async def list_entries(connection: Connection, tenant_id: UUID, wanted: "Wanted") -> list[Entry]:
    """Return a tenant's entries, newest first."""
    rows = await connection.fetch(
        QUERIES["list_audit_entries"],
        tenant_id,
        wanted.before,
        wanted.action,
        wanted.subject,
        wanted.since,
        wanted.limit,
    )
    return [entry_of(row) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which entries: numbers below `before`, of an action, of a subject, from a moment on; at most
    `limit`.
    """

    limit: int
    before: int | None = None
    action: str | None = None
    subject: str | None = None
    since: datetime | None = None


def entry_of(row: asyncpg.Record) -> Entry:
    """Return the entry of a row."""
    return Entry(**{name: row[name] for name in Entry.__slots__})


def _action(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return f"{request.method} {resource.canonical if resource else request.path}"
