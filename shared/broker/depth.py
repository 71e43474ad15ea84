"""How full a queue is, as the broker tells it: for metrics, alerts and tests. Decisions are taken
from PostgreSQL.
"""

from typing import NamedTuple

from aio_pika.exceptions import ChannelNotFoundEntity

from shared.broker.session import Session
from shared.errors import NotFound


class Depth(NamedTuple):
    """`messages` wait to be delivered (those being handled are not among them); `consumers` are
    registered, in all processes.
    """

    messages: int
    consumers: int


async def read_depth(session: Session, queue: str) -> Depth:
    """Ask for one queue.

    Raises:
        NotFound: there is no such queue.
        Unavailable: the broker is unavailable.
    """
    async with session.side_channel() as channel:
        try:
            found = (await channel.declare_queue(queue, passive=True)).declaration_result
        except ChannelNotFoundEntity:
            raise NotFound(f"no queue is called {queue}") from None
        return Depth(found.message_count or 0, found.consumer_count or 0)
