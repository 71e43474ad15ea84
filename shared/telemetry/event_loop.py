"""How late the event loop runs what is due: what one callback takes, all others wait for."""

import asyncio
from typing import Self

from shared.telemetry import process_names
from shared.telemetry.instruments import counter, histogram

INTERVAL_S = 0.25
SLOW_S = 0.1  # later than this a person notices

_lag = histogram(process_names.LOOP_LAG)
_slow = counter(process_names.SLOW_CALLBACKS)


class LoopWatch:
    """Asks for a moment again and again and measures how much later it comes."""

    def __init__(self) -> None:
        self._task = asyncio.create_task(self._measure(), name="event loop watch")

    @classmethod
    async def start(cls) -> Self:
        return cls()

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.wait({self._task})

    async def _measure(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + INTERVAL_S
            await asyncio.sleep(INTERVAL_S)
            late_s = max(0.0, loop.time() - due)
            _lag.record(late_s)
            if late_s > SLOW_S:
                _slow.add(1)
