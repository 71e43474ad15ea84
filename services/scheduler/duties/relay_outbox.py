"""Publishes what committed transactions left in the outbox."""

import asyncio

from services.scheduler.duty import Context, Counts, lead
from shared.broker.topology import event
from shared.errors import Unavailable
from shared.jobs.job_id import job_id_time
from shared.jobs.states import TERMINAL
from shared.messages.job_state_changed import JobStateChanged
from shared.outbox.take import OutboxMessage, has_messages, remove, take
from shared.telemetry import names
from shared.telemetry.instruments import counter, histogram
from shared.telemetry.names import Attribute

NAME = "relay_outbox"

_relayed = counter(names.OUTBOX_RELAYED)
_finished = counter(names.JOBS_FINISHED)
_execution = histogram(names.JOB_EXECUTION)


async def run_once(context: Context) -> Counts:
    """Publish the oldest messages and remove those that were confirmed, in one transaction; the
    others keep their ids and go later.

    Raises:
        Unavailable: the broker or the database is unavailable, or not everything was confirmed.
    """
    await context.publisher.check()
    async with context.database.connection() as connection:
        if not await has_messages(connection):
            return {"messages": 0}
    async with context.database.transaction() as connection:
        messages = (
            await take(connection, context.config.relay_messages_max)
            if await lead(connection, NAME)
            else ()
        )
        answers = await asyncio.gather(*(_publish(context, message) for message in messages))
        sent = [message for message, error in zip(messages, answers, strict=True) if error is None]
        if sent:
            await remove(connection, [message.message_id for message in sent])
    _count(sent)
    for error in filter(None, answers):
        raise error
    return {"messages": len(sent)}


async def _publish(context: Context, item: OutboxMessage) -> Unavailable | None:
    try:
        await context.publisher.publish(
            item.message,
            message_id=str(item.message_id),
            routing=event(item.routing_key),
            trace_context=item.trace_context,
        )
    except Unavailable as error:
        return error
    return None


def _count(sent: list[OutboxMessage]) -> None:
    _relayed.add(len(sent))
    for item in sent:
        if isinstance(item.message, JobStateChanged) and item.message.state in TERMINAL:
            state: dict[str, str] = {Attribute.STATE: item.message.state}
            _finished.add(1, state)
            # The id carries the moment of the job's acceptance.
            took = item.message.at - job_id_time(item.message.job_id)
            _execution.record(took.total_seconds(), state)
