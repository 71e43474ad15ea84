from __future__ import annotations

import asyncio

import pytest

from services.generator.turns import HANDICAP_S, Closed, Turns
from shared.jobs.states import Priority
from tests.unit.generator.hand_clock import HandClock


class Queue:
    """People who wait for one slot and write down when they have it."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.turns = Turns(1, self.clock)
        self.order: list[str] = []
        self.tasks: list[asyncio.Task[None]] = []

    async def come(self, name: str, priority: Priority) -> None:
        self.tasks.append(asyncio.create_task(self._take(name, priority)))
        await asyncio.sleep(0)

    async def _take(self, name: str, priority: Priority) -> None:
        async with self.turns.turn(priority):
            self.order.append(name)


async def test_a_higher_class_goes_first() -> None:
    """Whatever order they came in at the same moment."""
    queue = Queue()
    async with queue.turns.turn(Priority.LOW):
        for priority in (Priority.LOW, Priority.NORMAL, Priority.HIGH):
            await queue.come(priority, priority)
    await asyncio.gather(*queue.tasks)
    assert queue.order == ["high", "normal", "low"]


async def test_a_lower_class_is_not_passed_for_ever() -> None:
    """One that has waited longer than its handicap goes before a newcomer of the highest class."""
    queue = Queue()
    async with queue.turns.turn(Priority.HIGH):
        await queue.come("old", Priority.LOW)
        queue.clock.advance(HANDICAP_S[Priority.LOW] + 0.1)
        await queue.come("new", Priority.HIGH)
    await asyncio.gather(*queue.tasks)
    assert queue.order == ["old", "new"]


async def test_who_gives_up_leaves_the_queue() -> None:
    """The slot goes to the next, even when it was given in the moment of giving up."""
    queue = Queue()
    async with queue.turns.turn(Priority.HIGH):
        await queue.come("gone before", Priority.HIGH)
        await queue.come("gone in the moment", Priority.HIGH)
        await queue.come("stays", Priority.HIGH)
        queue.tasks[0].cancel()
        await asyncio.sleep(0)
    queue.tasks[1].cancel()
    await asyncio.gather(*queue.tasks, return_exceptions=True)
    assert queue.order == ["stays"]
    async with queue.turns.turn(Priority.LOW):
        pass


async def test_nobody_waits_for_what_is_closed() -> None:
    """Those who wait and those who come are sent away; who has a slot keeps it."""
    queue = Queue()
    async with queue.turns.turn(Priority.HIGH):
        await queue.come("waits", Priority.HIGH)
        queue.turns.close()
        with pytest.raises(Closed):
            await queue.tasks[0]
        with pytest.raises(Closed):
            async with queue.turns.turn(Priority.HIGH):
                pass
