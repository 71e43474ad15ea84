"""Whose turn it is at the workers."""

import asyncio

from services.gateway.rendering.turns import TURN, Turn, Turns


async def _work(turns: Turns, turn: Turn, done: list[Turn]) -> None:
    TURN.set(turn)
    async with turns.one():
        await asyncio.sleep(0)
        done.append(turn)


async def test_tenants_take_turns_and_their_requests_do() -> None:
    """One slice of a newcomer is behind one of the busy tenant's, not behind all of them."""
    turns, done = Turns(1), []
    busy = [Turn("busy", request) for request in (1, 1, 1, 1, 2)]
    tasks = [asyncio.create_task(_work(turns, turn, done)) for turn in busy]
    await asyncio.sleep(0)
    tasks.append(asyncio.create_task(_work(turns, Turn("other", 1), done)))
    await asyncio.gather(*tasks)
    assert done.index(Turn("other", 1)) <= 3
    assert done.index(Turn("busy", 2)) <= 3


async def test_who_gives_up_waiting_passes_the_turn_on() -> None:
    """A cancelled waiter takes no worker away, even when its turn comes just then."""
    turns, done = Turns(1), []
    tasks = [asyncio.create_task(_work(turns, Turn("a", n), done)) for n in range(4)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    await asyncio.sleep(0)
    tasks[2].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    async with asyncio.timeout(10), turns.one():
        assert done[0] == Turn("a", 0)
        assert Turn("a", 3) in done
