"""The audit log of one's own tenant: who did what. `lazaret audit verify` proves that nothing was
changed or left out.
"""

from datetime import datetime
from typing import Annotated, Any

from aiohttp import web
from pydantic import AwareDatetime, BaseModel, Field

from services.gateway.context import GATEWAY
from services.gateway.http.answer import document_response
from services.gateway.http.operation import Operation
from services.gateway.http.paging import page_limit
from services.gateway.http.parse import Parameters, read_query
from services.gateway.http.permission import Permission
from services.gateway.identity.audit import Wanted, list_entries
from services.gateway.identity.audit_chain import Entry
from services.gateway.identity.caller import CALLER

ENTRY_NO_MAX = 2**53


class AuditQuery(Parameters):
    """Which entries. `since` is RFC 3339 with an offset."""

    action: Annotated[
        str | None, Field(max_length=200, description="Such as `DELETE /api/v1/jobs/{job_id}`")
    ] = None
    subject: Annotated[str | None, Field(max_length=300, description="A key's or client's id")] = (
        None
    )
    since: AwareDatetime | None = None
    after: Annotated[
        int | None, Field(ge=1, le=ENTRY_NO_MAX, description="`next` of the page before")
    ] = None
    limit: Annotated[int, Field(ge=1, description="Items at most")] = 100


class AuditEntry(BaseModel):
    """One change. `entry_no` counts all tenants' entries, so one's own have gaps between them."""

    entry_no: int
    at: datetime
    way: str
    subject: str
    address: str
    action: str
    details: dict[str, Any]
    trace_id: str | None


class AuditPage(BaseModel):
    """Entries, newest first. `next` is the following page's `after`; null on the last page."""

    items: list[AuditEntry]
    next: int | None


async def show_audit(request: web.Request) -> web.Response:
    query = read_query(request, AuditQuery)
    limit = page_limit(query.limit, request.app[GATEWAY].config)
    wanted = Wanted(
        limit=limit + 1,
        before=query.after,
        action=query.action,
        subject=query.subject,
        since=query.since,
    )
    async with request.app[GATEWAY].database.connection() as connection:
        entries = await list_entries(connection, request[CALLER].tenant_id, wanted)
    items = [_document(each) for each in entries[:limit]]
    return document_response(
        AuditPage(items=items, next=items[-1].entry_no if len(entries) > limit else None)
    )


def _document(entry: Entry) -> AuditEntry:
    return AuditEntry(
        entry_no=entry.entry_no,
        at=entry.at,
        way=entry.way,
        subject=entry.subject,
        address=entry.address,
        action=entry.action,
        details=dict(entry.details),
        trace_id=entry.trace_id,
    )


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/v1/audit",
        handler=show_audit,
        summary="List who changed what, newest first",
        query=AuditQuery,
        answers={200: AuditPage},
        permission=Permission.AUDIT_READ,
        tags=("audit",),
    ),
)
