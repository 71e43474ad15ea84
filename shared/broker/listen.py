"""Hearing news: what the events exchange is sent from now on, as long as this process listens.

The queue is the process's own and goes with its connection. What is sent while the broker or the
process is away is not heard: who needs every event reads them from the database.
"""

from collections.abc import Callable

from aio_pika import ExchangeType
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from shared.broker.session import Session
from shared.broker.topology import EVENTS_EXCHANGE
from shared.config import BrokerSettings

UNHEARD_MAX = 1_000  # older news are dropped when nobody takes them


class Listener:
    """Calls `heard` with each event's routing key that fits `pattern`; the broker may be away."""

    def __init__(
        self, settings: BrokerSettings, name: str, pattern: str, heard: Callable[[str], None]
    ) -> None:
        self._pattern = pattern
        self._heard = heard
        self._session = Session(settings, f"{name} listen", self._subscribe)

    async def check(self) -> None:
        """Raise Unavailable unless it listens."""
        _ = self._session.channel

    async def close(self) -> None:
        await self._session.close()

    async def _subscribe(self, channel: AbstractChannel) -> None:
        exchange = await channel.declare_exchange(EVENTS_EXCHANGE, ExchangeType.TOPIC, durable=True)
        queue = await channel.declare_queue(
            exclusive=True, auto_delete=True, arguments={"x-max-length": UNHEARD_MAX}
        )
        await queue.bind(exchange, self._pattern)
        await queue.consume(self._hear, no_ack=True)

    async def _hear(self, delivery: AbstractIncomingMessage) -> None:
        self._heard(delivery.routing_key or "")
