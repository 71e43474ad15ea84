"""Publishing: returns when the broker has the message on disk, raises `Unavailable` otherwise.

After `Unavailable` it is unknown whether the broker has the message. The caller publishes again
under the same id, and whoever consumes is idempotent.
"""

import asyncio
from typing import Self

from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractChannel
from aio_pika.exceptions import DeliveryError
from pamqp.commands import Basic

from shared.broker import hop
from shared.broker.session import Session, unavailable_when_lost
from shared.broker.topology import Queue, Route, declare, declare_queue
from shared.clock import Clock, SystemClock
from shared.config import BrokerSettings
from shared.errors import Unavailable
from shared.messages import codec
from shared.telemetry.carrier import TRACEPARENT, inject
from shared.telemetry.names import Attribute

CONTENT_TYPE = "application/msgpack"


class Publisher:
    """A connection that only publishes: the broker blocks publishing connections when it runs out
    of memory or disk.
    """

    def __init__(self, settings: BrokerSettings, name: str, clock: Clock) -> None:
        self._timeout_s = settings.broker_publish_timeout_s
        self._clock = clock
        self._declared: set[str] = set()
        self.session = Session(settings, f"{name} publish", self._prepare)

    @classmethod
    async def open(cls, settings: BrokerSettings, name: str, clock: Clock | None = None) -> Self:
        """Begin to connect; the broker may be unavailable. `name` is what the broker lists the
        connection as.
        """
        return cls(settings, name, clock or SystemClock())

    async def publish(
        self,
        message: codec.Message,
        *,
        message_id: str,
        routing: Route,
        trace_context: str | None = None,
    ) -> None:
        """Send a message and wait for its confirm. `trace_context`, a traceparent, is the parent
        when it is not the current span.

        Raises:
            Unavailable: the broker is unavailable, refused, had no queue for it, or did not
            confirm in time.
        """
        with hop.sending(routing, message_id, trace_context, self._clock):
            parent = inject() or trace_context
            packet = Message(
                codec.encode(message),
                message_id=message_id,
                type=codec.type_name(message),
                content_type=CONTENT_TYPE,
                delivery_mode=DeliveryMode.PERSISTENT,
                headers={TRACEPARENT: parent} if parent else {},
            )
            await self._confirmed(packet, routing)

    async def declare(self, queue: Queue) -> None:
        """Make a queue that is published to, once a connection. Raises Unavailable as `publish`."""
        if queue.name in self._declared:
            return
        channel = self.session.channel
        with unavailable_when_lost(channel):
            async with asyncio.timeout(self._timeout_s):
                await declare_queue(channel, queue)
        self._declared.add(queue.name)

    async def check(self) -> None:
        """Raise Unavailable unless connected and, as far as the broker has said, free to
        publish.
        """
        _ = self.session.channel
        if await self.session.blocked():
            raise Unavailable(
                "the broker takes no messages now: it is short of memory or disk space"
            )

    async def close(self) -> None:
        await self.session.close()

    async def _prepare(self, channel: AbstractChannel) -> None:
        self._declared.clear()
        await declare(channel)

    async def _confirmed(self, packet: Message, route: Route) -> None:
        await self.check()
        channel = self.session.channel
        exchange = (
            await channel.get_exchange(route.exchange, ensure=False)
            if route.exchange
            else channel.default_exchange
        )
        with unavailable_when_lost(channel):
            try:
                answer = await exchange.publish(
                    packet, route.key, mandatory=route.mandatory, timeout=self._timeout_s
                )
            except DeliveryError as error:
                hop.unroutable.add(1, {Attribute.MESSAGING_ROUTING_KEY: route.key})
                # A queue is gone: somebody deleted it, or the broker lost its data. A fresh session
                # declares it again.
                self.session.reset(f"{type(error).__name__} for {route.key}")
                raise Unavailable(
                    f"broker did not take the message for {route.key}: {type(error).__name__}"
                ) from error
            except TimeoutError as error:
                # The broker's end of a channel can wait for ever for a queue that was lost and made
                # anew; a fresh channel finds it.
                if not await self.session.blocked():
                    self.session.reset(f"no confirm for {route.key}")
                raise Unavailable(f"broker did not confirm within {self._timeout_s:g} s") from error
        if not isinstance(answer, Basic.Ack):
            raise Unavailable(f"broker answered {type(answer).__name__} instead of a confirm")
