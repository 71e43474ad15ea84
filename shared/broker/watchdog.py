"""Finds the consumer that is alive but no longer consuming, the oldest complaint about message
brokers, and has it reconnect.
"""

import asyncio
from collections.abc import Callable

from shared.broker import hop
from shared.broker.cancellation import cancel
from shared.broker.depth import Depth, read_depth
from shared.broker.session import Session
from shared.clock import Clock
from shared.errors import NotFound, Unavailable

INTERVAL_S = 5.0
SILENCE_MAX_S = 30.0
CLOSE_TIMEOUT_S = 6.0


class Watchdog:
    """Asks the broker every `interval_s` whether it would deliver, and resets the session when it
    does not.
    """

    def __init__(
        self,
        session: Session,
        queue: str,
        clock: Clock,
        has_room: Callable[[], bool],
        *,
        interval_s: float = INTERVAL_S,
        silence_max_s: float = SILENCE_MAX_S,
    ) -> None:
        self._session = session
        self._queue = queue
        self._clock = clock
        self._has_room = has_room
        self._interval_s = interval_s
        self._silence_max_s = silence_max_s
        self._heard_at = clock.monotonic()
        self._task = asyncio.create_task(self._watch(), name=f"watchdog {queue}")

    def delivered(self) -> None:
        """A message came."""
        self._heard_at = self._clock.monotonic()

    async def close(self) -> None:
        await cancel(self._task, CLOSE_TIMEOUT_S)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._interval_s)
            await self._session.until_open()
            complaint = await self._complaint()
            if complaint:
                hop.channel_resets.add(1)
                self.delivered()
                self._session.reset(complaint)

    async def _complaint(self) -> str | None:
        try:
            depth = await read_depth(self._session, self._queue)
        except NotFound as error:
            return str(error)
        except Unavailable as error:
            return f"no answer: {error}"
        return self._judge(depth)

    def _judge(self, depth: Depth) -> str | None:
        if depth.consumers == 0:
            return "the broker knows no consumer"
        if depth.messages == 0 or not self._has_room():
            self.delivered()
        silence_s = self._clock.monotonic() - self._heard_at
        if silence_s > self._silence_max_s:
            return f"{depth.messages} messages wait and none came for {silence_s:.0f} s"
        return None
