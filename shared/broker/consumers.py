"""The consumers of a process, as one thing to check and to drain."""

import asyncio
from typing import Any

from shared.broker.consume import Consumer
from shared.errors import Unavailable


class Consumers:
    """None at first: a process consumes once what it depends on has been seen."""

    def __init__(self) -> None:
        self._consumers: list[Consumer[Any]] = []

    def add(self, consumer: Consumer[Any]) -> None:
        self._consumers.append(consumer)

    async def check(self) -> None:
        """Raise Unavailable unless all are subscribed."""
        if not self._consumers:
            raise Unavailable("not consuming yet")
        for consumer in self._consumers:
            await consumer.check()

    async def close(self, grace_s: float) -> None:
        """Drain all at the same time, so that none takes new work while another ends its last."""
        await asyncio.gather(*(consumer.close(grace_s) for consumer in self._consumers))
