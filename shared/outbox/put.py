"""A message that goes out if, and only if, the transaction that puts it here commits."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from shared.db.named_queries import load_queries
from shared.db.pool import Connection
from shared.messages.codec import Message, encode, type_name

OUTBOX_QUERIES = load_queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class News:
    """A message for the relay; `trace_context` is the traceparent of what it tells of."""

    message: Message
    routing_key: str
    trace_context: str | None


async def put(connection: Connection, news: Collection[News]) -> None:
    """Leave messages for the relay, in the caller's transaction."""
    await connection.execute(
        OUTBOX_QUERIES["put"],
        [type_name(item.message) for item in news],
        [item.routing_key for item in news],
        [encode(item.message) for item in news],
        [item.trace_context for item in news],
    )
