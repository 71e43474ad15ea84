"""The one consumer loop.

A delivery has four endings:

- done: the handler returned. Acked.
- rejected: the handler raised `RejectedForGood`, or the bytes are no message of this queue. Parked.
- failed: it raised anything else. Given back after a pause; the broker counts, and parks at its
  limit.
- handed back: the process drains or the channel is lost meanwhile. Left alone: the broker gives it
  to somebody else.

The last delivery before the broker's limit goes to `last_resort`, where there is one: it writes
down what is given up, and rejects it. A handler that ends its process every time would otherwise
never be heard of.

`Unavailable` is no ending: a dependency is unavailable, so the message is held and tried again
in place. Held messages fill the prefetch, which stops the flow, and nothing is counted against
healthy work. Only what takes longer than it may again and again, from a database that answers,
fails in the end.

A handler's task is the consumer's own: the library cancels its callbacks' tasks with the channel,
and rejects what they held.
"""

import asyncio
from asyncio import Task
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, Self, TypeVar

import structlog
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from shared.broker import hop
from shared.broker.backoff import Backoff
from shared.broker.session import TRANSPORT_ERRORS, Session
from shared.broker.topology import DELIVERIES_MAX, Queue, declare, declare_queue
from shared.broker.watchdog import Watchdog
from shared.clock import Clock, SystemClock
from shared.config import BrokerSettings
from shared.errors import Overdue, RejectedForGood, Unavailable
from shared.messages import codec
from shared.telemetry.carrier import TRACEPARENT

HOLD_FIRST_S = 0.25
HOLD_MAX_S = 5.0
# so that a defect does not use up a message's deliveries in a tenth of a second
# What is held for longer makes its process say that it is not ready.
HELD_READY_MAX_S = 5.0
# A message whose handling is cut so often in a row for its length alone is not held for ever.
OVERDUE_MAX = 3
FAILURE_PAUSE_S = 1.0

# RabbitMQ 3.10 forgets half of a quorum queue when it is killed within seconds of the queue's first
# declaration: the queue is there but elects no leader, and answers no consumer until it is deleted.
# What it held comes again: the leases run out.
CONSUME_TIMEOUT_S = 4.0
UNANSWERED_MAX = 2
CANCEL_TIMEOUT_S = 4.0

# RabbitMQ counts here how often a message came back.
DELIVERY_COUNT = "x-delivery-count"

Handled = TypeVar("Handled", bound=codec.Message)

log = structlog.get_logger(__name__)


class Ending(StrEnum):
    """How a delivery ended."""

    DONE = "done"
    REJECTED = "rejected"
    FAILED = "failed"
    HANDED_BACK = "handed_back"


@dataclass(slots=True)
class _Held:
    """A message that waits in place, since when, and for what."""

    since: float
    reason: str


class _HandedBack(Exception):
    """A held message is let go."""


class Consumer(Generic[Handled]):
    """Consumes one queue with up to `prefetch` messages in work at once."""

    def __init__(
        self,
        settings: BrokerSettings,
        queue: Queue,
        handler: Callable[[Handled], Awaitable[None]],
        *,
        prefetch: int,
        name: str,
        clock: Clock,
        last_resort: Callable[[Handled], Awaitable[None]] | None = None,
    ) -> None:
        self._queue = queue
        self._handler = handler
        self._last_resort = last_resort or handler
        self._prefetch = prefetch
        self._clock = clock
        self._backoff = Backoff(HOLD_FIRST_S, HOLD_MAX_S)
        self._draining = asyncio.Event()
        self._in_flight: set[Task[None]] = set()
        self._consumer_tag: str | None = None
        self._unanswered = 0
        self._held: dict[int, _Held] = {}
        self._session = Session(settings, f"{name} consume {queue.name}", self._subscribe)
        self._watchdog = Watchdog(
            self._session, queue.name, clock, has_room=lambda: len(self._in_flight) < prefetch
        )

    @classmethod
    async def open(
        cls,
        settings: BrokerSettings,
        queue: Queue,
        handler: Callable[[Handled], Awaitable[None]],
        *,
        prefetch: int,
        name: str,
        clock: Clock | None = None,
        last_resort: Callable[[Handled], Awaitable[None]] | None = None,
    ) -> Self:
        """Begin to connect and to consume; the broker may be unavailable."""
        return cls(
            settings,
            queue,
            handler,
            prefetch=prefetch,
            name=name,
            clock=clock or SystemClock(),
            last_resort=last_resort,
        )

    async def check(self) -> None:
        """Raise Unavailable unless subscribed and getting on: what is held too long says why."""
        _ = self._session.channel
        if self._held:
            oldest = min(self._held.values(), key=lambda held: held.since)
            held_s = self._clock.monotonic() - oldest.since
            if held_s > HELD_READY_MAX_S:
                raise Unavailable(
                    f"{len(self._held)} messages of {self._queue.name} held for up to"
                    f" {held_s:.0f} s: {oldest.reason}"
                )

    async def until_subscribed(self) -> None:
        await self._session.until_open()

    async def close(self, grace_s: float) -> None:
        """Drain: take nothing new, let what is in work end within `grace_s`, leave the rest to the
        broker, disconnect.
        """
        self._draining.set()
        await self._watchdog.close()
        await self._unsubscribe()
        if self._in_flight:
            await asyncio.wait(self._in_flight, timeout=grace_s)
        for task in self._in_flight:
            task.cancel()
        await self._session.close()

    async def _subscribe(self, channel: AbstractChannel) -> None:
        await declare(channel)
        if self._unanswered >= UNANSWERED_MAX:
            await self._recreate(channel)
        await declare_queue(channel, self._queue)
        await channel.set_qos(prefetch_count=self._prefetch)
        driver = await channel.get_underlay_channel()
        driver.on_consumer_cancel_callbacks.add(
            lambda *_: self._session.reset("the broker cancelled the consumer")
        )
        queue = await channel.get_queue(self._queue.name, ensure=False)
        if not self._draining.is_set():
            self._unanswered += 1
            self._consumer_tag = await queue.consume(self._begin, timeout=CONSUME_TIMEOUT_S)
            self._unanswered = 0

    async def _recreate(self, channel: AbstractChannel) -> None:
        """Delete a queue that answers no consumer, unless it has a leader, which counts what is in
        it: then it is only slow. The broker refuses the deletion of a queue whose members are away.
        """
        found = (await channel.declare_queue(self._queue.name, passive=True)).declaration_result
        self._unanswered = 0
        if found.message_count or found.consumer_count:
            log.warning("queue is slow to answer", queue=self._queue.name)
            return
        log.error("queue does not answer consumers, recreating it", queue=self._queue.name)
        await channel.queue_delete(self._queue.name)

    async def _unsubscribe(self) -> None:
        try:
            queue = await self._session.channel.get_queue(self._queue.name, ensure=False)
            if self._consumer_tag is not None:
                # Not always answered, as `CONSUME_TIMEOUT_S` says; the session's end then says it
                # for good.
                await queue.cancel(self._consumer_tag, timeout=CANCEL_TIMEOUT_S)
                self._consumer_tag = None
        except (*TRANSPORT_ERRORS, Unavailable) as error:
            log.info("no subscription to end", queue=self._queue.name, reason=error)

    async def _begin(self, delivery: AbstractIncomingMessage) -> None:
        self._watchdog.delivered()
        task = asyncio.create_task(self._work(delivery), name=f"process {self._queue.name}")
        self._in_flight.add(task)
        task.add_done_callback(self._in_flight.discard)

    async def _work(self, delivery: AbstractIncomingMessage) -> None:
        if delivery.channel.is_closed:
            return  # buffered on a channel that died: the broker delivers it again
        began = self._clock.monotonic()
        message_id = delivery.message_id or ""
        traceparent = delivery.headers.get(TRACEPARENT)
        trace_context = traceparent if isinstance(traceparent, str) else None
        with hop.processing(
            self._queue.label, message_id, trace_context, redelivered=bool(delivery.redelivered)
        ) as span:
            ending, error = await self._ending_of(delivery)
            hop.processed(span, self._queue.label, ending, self._clock.monotonic() - began, error)
            await self._settle(delivery, ending)

    async def _ending_of(
        self, delivery: AbstractIncomingMessage
    ) -> tuple[Ending, BaseException | None]:
        try:
            await self._handle(delivery)
        except _HandedBack:
            return Ending.HANDED_BACK, None
        except RejectedForGood as error:
            log.warning(
                "message rejected",
                queue=self._queue.name,
                message_id=delivery.message_id,
                reason=error,
            )
            return Ending.REJECTED, error
        except Exception as error:
            log.exception("message failed", queue=self._queue.name, message_id=delivery.message_id)
            await self._unless_draining(FAILURE_PAUSE_S)
            return Ending.FAILED, error
        return Ending.DONE, None

    async def _handle(self, delivery: AbstractIncomingMessage) -> None:
        if delivery.type != self._queue.carries:
            raise RejectedForGood(f"type: {delivery.type!r} in the queue of {self._queue.carries}")
        message: Handled = codec.decode(delivery.type, delivery.body)  # type: ignore[assignment] # the type was compared by name
        handler = self._last_resort if _is_last(delivery) else self._handler
        try:
            await handler(message)
        except Unavailable as error:
            log.warning(
                "message held",
                queue=self._queue.name,
                message_id=delivery.message_id,
                reason=error,
            )
            await self._hold(delivery, lambda: handler(message), error)

    async def _hold(
        self,
        delivery: AbstractIncomingMessage,
        handle: Callable[[], Awaitable[None]],
        error: Unavailable,
    ) -> None:
        held = self._held[id(delivery)] = _Held(self._clock.monotonic(), str(error))
        hop.held.add(1)
        overdue = int(isinstance(error, Overdue))
        try:
            for pause_s in self._backoff.pauses():
                await self._unless_draining(pause_s)
                if self._draining.is_set() or delivery.channel.is_closed:
                    raise _HandedBack
                try:
                    return await handle()
                except Unavailable as again:
                    held.reason = str(again)
                    overdue = overdue + 1 if isinstance(again, Overdue) else 0
                    if overdue >= OVERDUE_MAX:
                        raise
        finally:
            del self._held[id(delivery)]
            hop.held.add(-1)

    async def _unless_draining(self, pause_s: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await self._draining.wait()

    async def _settle(self, delivery: AbstractIncomingMessage, ending: Ending) -> None:
        try:
            if ending is Ending.DONE:
                await delivery.ack()
            elif ending is not Ending.HANDED_BACK:
                # `reject`, not `nack`: RabbitMQ 4 counts only the former as a failure.
                await delivery.reject(requeue=ending is Ending.FAILED)
        except TRANSPORT_ERRORS as error:
            log.info(
                "message not settled, it will come again",
                message_id=delivery.message_id,
                ending=ending.value,
                reason=error,
            )


def _is_last(delivery: AbstractIncomingMessage) -> bool:
    """Whether the broker would park the message if it came back once more."""
    returned = delivery.headers.get(DELIVERY_COUNT, 0)
    return isinstance(returned, int) and returned >= DELIVERIES_MAX
