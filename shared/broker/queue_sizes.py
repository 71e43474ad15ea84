"""How full the queues are, asked of the broker itself, managed or not."""

from collections.abc import Mapping
from typing import NamedTuple

from shared.broker.session import Session
from shared.broker.topology import PARKED, QUEUES


class QueueSize(NamedTuple):
    """Messages that wait, and who consumes."""

    messages: int
    consumers: int


async def queue_sizes(session: Session) -> Mapping[str, QueueSize]:
    """Return the size of each queue of the topology, the parking queue too.

    Raises:
        Unavailable: the broker is away, or a queue is gone for the moment.
    """
    sizes = {}
    async with session.side_channel() as channel:
        for name in (*(queue.name for queue in QUEUES), PARKED):
            found = (await channel.declare_queue(name, passive=True)).declaration_result
            sizes[name] = QueueSize(found.message_count or 0, found.consumer_count or 0)
    return sizes
