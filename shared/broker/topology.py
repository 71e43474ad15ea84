"""Every exchange and queue, in one table. Only work and news in transit live here: PostgreSQL is
the truth.

All queues are durable quorum queues: their confirms mean fsynced. A message that its consumer
refuses, or that came back too often, goes to `parked`, where people look at it; nothing consumes
it.
"""

from dataclasses import dataclass
from typing import NamedTuple

from aio_pika import ExchangeType
from aio_pika.abc import AbstractChannel
from pamqp.common import Arguments, FieldValue

DEFAULT_EXCHANGE = ""
EVENTS_EXCHANGE = "events"
# The queue of an engine version that nobody runs any more goes by itself. What is in it has been
# dispatched anew long before: the lease of a dispatched batch lasts for seconds.
UNUSED_AGE_MAX_MS = 7 * 24 * 3600 * 1000
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
    label: str = ""


@dataclass(frozen=True, slots=True)
class Queue:
    """A work queue and the one type of message that it carries. One that is `passing` goes by
    itself when nobody has used it for `UNUSED_AGE_MAX_MS`.
    """

    name: str
    carries: str
    passing: bool = False
    kind: str = ""

    @property
    def label(self) -> str:
        """What telemetry calls it: one name for the queues of all engine versions."""
        return self.kind or self.name

    @property
    def route(self) -> Route:
        return Route(DEFAULT_EXCHANGE, self.name, label=self.label)


WRITE = Queue("write", "batch_generated")
FAILED = Queue("failed", "batch_failed")
QUEUES = (WRITE, FAILED)


def generate_queue(priority: str, engine_version: str) -> Queue:
    """Return the queue of batches of one priority for generators of one engine version.

    One queue a priority, because quorum queues of RabbitMQ 3 know no priorities. One an engine
    version, so that during an upgrade no generator takes what it cannot run.
    """
    kind = f"generate.{priority}"
    return Queue(f"{kind}.{engine_version}", "generate_batch", passing=True, kind=kind)


def event(key: str) -> Route:
    """Return the route of news, by topic; `job_state_changed` has the key `job.<id>.<state>`."""
    return Route(EVENTS_EXCHANGE, key, mandatory=False)


async def declare(channel: AbstractChannel) -> None:
    """Make whatever is missing. A queue that exists with other arguments closes the channel."""
    await channel.declare_exchange(EVENTS_EXCHANGE, ExchangeType.TOPIC, durable=True)
    await channel.declare_queue(PARKED, durable=True, arguments=_PARKED_ARGUMENTS)
    for queue in QUEUES:
        await declare_queue(channel, queue)


async def declare_queue(channel: AbstractChannel, queue: Queue) -> None:
    """Make a queue that not everybody needs, if it is missing."""
    arguments = _PASSING_ARGUMENTS if queue.passing else _ARGUMENTS
    await channel.declare_queue(queue.name, durable=True, arguments=arguments)


_WORK: dict[str, FieldValue] = {
    "x-queue-type": "quorum",
    "x-delivery-limit": DELIVERIES_MAX,
    "x-dead-letter-exchange": DEFAULT_EXCHANGE,
    "x-dead-letter-routing-key": PARKED,
}
_ARGUMENTS: Arguments = _WORK
_PASSING_ARGUMENTS: Arguments = {**_WORK, "x-expires": UNUSED_AGE_MAX_MS}
_PARKED_ARGUMENTS: Arguments = {
    "x-queue-type": "quorum",
    "x-max-length-bytes": PARKED_BYTES_MAX,
    "x-message-ttl": PARKED_AGE_MAX_MS,
}
