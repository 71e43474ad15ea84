"""Every exchange and queue, in one table. Only work and news in transit live here: PostgreSQL is
the truth.

All queues are durable quorum queues: their confirms mean fsynced. A message that its consumer
refuses, or that came back too often, goes to `parked`, where people look at it; nothing consumes
it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from aio_pika import ExchangeType
from aio_pika.abc import AbstractChannel
from pamqp.common import Arguments

DEFAULT_EXCHANGE = ""
EVENTS_EXCHANGE = "events"
PARKED = "parked"
PARKED_BYTES_MAX = 256 * 1024 * 1024
PARKED_AGE_MAX_MS = 7 * 24 * 3600 * 1000

# A delivery counts when its consumer failed, fell off the network or was killed; 20 is what
# RabbitMQ 4 has by default.
DELIVERIES_MAX = 20


class Route(NamedTuple):
    """Where a message is sent. A mandatory one must reach a queue, an event need not have a
    listener.
    """

    exchange: str
    key: str
    mandatory: bool = True


@dataclass(frozen=True, slots=True)
class Queue:
    """A work queue and the one type of message that it carries."""

    name: str
    carries: str

    @property
    def route(self) -> Route:
        return Route(DEFAULT_EXCHANGE, self.name)


# One queue a priority class, because quorum queues of RabbitMQ 3 know no priorities.
GENERATE: Mapping[str, Queue] = MappingProxyType(
    {
        "high": Queue("generate.high", "generate_batch"),
        "normal": Queue("generate.normal", "generate_batch"),
        "low": Queue("generate.low", "generate_batch"),
    }
)
WRITE = Queue("write", "batch_generated")
FAILED = Queue("failed", "batch_failed")
QUEUES = (*GENERATE.values(), WRITE, FAILED)


def event(key: str) -> Route:
    """Return the route of news, by topic; `job_state_changed` has the key `job.<id>.<state>`."""
    return Route(EVENTS_EXCHANGE, key, mandatory=False)


async def declare(channel: AbstractChannel) -> None:
    """Make whatever is missing. A queue that exists with other arguments closes the channel."""
    await channel.declare_exchange(EVENTS_EXCHANGE, ExchangeType.TOPIC, durable=True)
    await channel.declare_queue(PARKED, durable=True, arguments=_PARKED_ARGUMENTS)
    for queue in QUEUES:
        await channel.declare_queue(queue.name, durable=True, arguments=_ARGUMENTS)


_ARGUMENTS: Arguments = {
    "x-queue-type": "quorum",
    "x-delivery-limit": DELIVERIES_MAX,
    "x-dead-letter-exchange": DEFAULT_EXCHANGE,
    "x-dead-letter-routing-key": PARKED,
}
_PARKED_ARGUMENTS: Arguments = {
    "x-queue-type": "quorum",
    "x-max-length-bytes": PARKED_BYTES_MAX,
    "x-message-ttl": PARKED_AGE_MAX_MS,
}
