"""Ending a task from outside."""

import asyncio
from asyncio import Task
from typing import Any

# Longer than any tidying up that a cancelled task does here, which a second cancellation would
# interrupt.
AGAIN_AFTER_S = 3.0


async def cancel(task: Task[Any], within_s: float) -> None:
    """Cancel, again where once is not enough, and wait for it to be true; a task that refuses for
    `within_s` is left behind.

    Once is not always enough: `asyncio.wait_for` of Python 3.11 drops a cancellation that comes
    together with its result, and the broker's driver waits with it everywhere. A loop around it
    would go on for ever.
    """
    for _ in range(max(1, round(within_s / AGAIN_AFTER_S))):
        if task.done():
            return
        task.cancel()
        await asyncio.wait({task}, timeout=min(within_s, AGAIN_AFTER_S))
