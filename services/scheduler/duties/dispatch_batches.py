"""Sends due batches to the generators, fairly, as far as the window allows."""

import asyncio

from services.scheduler.duty import Context, Counts, lead
from shared.broker.topology import generate_queue
from shared.errors import Unavailable
from shared.jobs.dispatch import Dispatched, dispatch, may_dispatch
from shared.jobs.undispatch import undispatch
from shared.telemetry import names
from shared.telemetry.carrier import extract
from shared.telemetry.instruments import counter, tracer
from shared.telemetry.names import Attribute, SpanName

NAME = "dispatch_batches"

_dispatched = counter(names.BATCHES_DISPATCHED)


async def run_once(context: Context) -> Counts:
    """Lease due batches, commit, then publish them. What the broker does not confirm is due again
    at once.

    Raises:
        Unavailable: the broker or the database is unavailable.
    """
    await context.publisher.check()
    async with context.database.connection() as connection:
        if not await may_dispatch(connection, context.config.dispatch_limits):
            return {"batches": 0}
    async with context.database.transaction() as connection:
        batches = (
            await dispatch(connection, context.config.dispatch_limits)
            if await lead(connection, NAME)
            else ()
        )
    answers = await asyncio.gather(*(_publish(context, batch) for batch in batches))
    unsent = [batch for batch, error in zip(batches, answers, strict=True) if error is not None]
    if unsent:
        async with context.database.transaction() as connection:
            await undispatch(connection, unsent)
        raise next(error for error in answers if error is not None)
    return {"batches": len(batches)}


async def _publish(context: Context, batch: Dispatched) -> Unavailable | None:
    message = batch.message
    attributes: dict[str, str | int] = {
        Attribute.JOB_ID: str(message.job_id),
        Attribute.BATCH_NO: message.batch_no,
        Attribute.DISPATCH_NO: message.dispatch_no,
    }
    with tracer.start_as_current_span(
        SpanName.DISPATCH_BATCH, context=extract(batch.trace_context), attributes=attributes
    ):
        try:
            queue = generate_queue(batch.priority, batch.engine_version)
            await context.publisher.declare(queue)
            message_id = f"{message.job_id}/{message.batch_no}/{message.dispatch_no}"
            await context.publisher.publish(message, message_id=message_id, routing=queue.route)
        except Unavailable as error:
            return error
    _dispatched.add(1, {Attribute.PRIORITY: batch.priority})
    return None
