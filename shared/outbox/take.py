"""The relay's side of the outbox: take messages, publish them, remove what the broker confirmed,
all in one transaction.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import structlog

from shared.db.pool import Connection
from shared.errors import RejectedForGood
from shared.messages.codec import Message, decode
from shared.outbox.put import OUTBOX_QUERIES

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """A message as it was put; its id is the same however often it is published."""

    message_id: UUID
    routing_key: str
    message: Message
    trace_context: str | None


async def has_messages(connection: Connection) -> bool:
    """Whether anything waits: a look that locks nothing."""
    return bool(await connection.fetchval(OUTBOX_QUERIES["has_messages"]))


async def take(connection: Connection, messages_max: int) -> tuple[OutboxMessage, ...]:
    """Lock and return the oldest messages that no other relay holds. They stay until `remove`, or
    for ever if nobody does. One that cannot be read is set aside, and the others go on.
    """
    rows = await connection.fetch(OUTBOX_QUERIES["take"], messages_max)
    read = [await _read(connection, row) for row in rows]
    return tuple(message for message in read if message is not None)


async def _read(connection: Connection, row: asyncpg.Record) -> OutboxMessage | None:
    message_id = row["message_id"]
    try:
        message = decode(row["message_type"], row["body"])
    except RejectedForGood as error:
        log.error("outbox message set aside", message_id=str(message_id), reason=error)  # noqa: TRY400 -- the reason says it
        await connection.execute(OUTBOX_QUERIES["set_aside"], message_id, str(error))
        return None
    return OutboxMessage(message_id, row["routing_key"], message, row["trace_context"])


async def remove(connection: Connection, message_ids: Collection[UUID]) -> None:
    """Forget messages that the broker confirmed."""
    await connection.execute(OUTBOX_QUERIES["remove"], list(message_ids))


async def lag_s(connection: Connection) -> float:
    """Return the age of the oldest message in seconds, 0 for none."""
    lag: float = await connection.fetchval(OUTBOX_QUERIES["lag"])
    return lag
