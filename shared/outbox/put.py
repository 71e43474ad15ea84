"""A message that goes out if, and only if, the transaction that puts it here commits."""

from pathlib import Path

from shared.db.named_queries import load_queries
from shared.db.pool import Connection
from shared.messages.codec import Message, encode, type_name

OUTBOX_QUERIES = load_queries(Path(__file__).with_name("queries.sql"))


async def put(
    connection: Connection, message: Message, routing_key: str, trace_context: str | None
) -> None:
    """Leave a message for the relay, in the caller's transaction."""
    await connection.execute(
        OUTBOX_QUERIES["put"], type_name(message), routing_key, encode(message), trace_context
    )
