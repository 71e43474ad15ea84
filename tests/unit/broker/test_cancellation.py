import asyncio

import pytest

from shared.broker import cancellation
from shared.broker.cancellation import cancel


async def test_a_task_that_drops_a_cancellation_is_cancelled_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As `asyncio.wait_for` does when its result comes at the same moment."""
    monkeypatch.setattr(cancellation, "AGAIN_AFTER_S", 0.01)
    begun = asyncio.Event()

    async def loop_around_it() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.Event().wait()

    task = asyncio.create_task(loop_around_it())
    await begun.wait()
    await cancel(task, 1.0)
    assert task.cancelled()


async def test_a_task_that_refuses_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever closes goes on in the time it has."""
    monkeypatch.setattr(cancellation, "AGAIN_AFTER_S", 0.01)
    ended = asyncio.Event()

    async def refuse() -> None:
        while not ended.is_set():
            try:
                await ended.wait()
            except asyncio.CancelledError:
                continue

    task = asyncio.create_task(refuse())
    await asyncio.sleep(0)
    await cancel(task, 0.05)
    assert not task.done()
    ended.set()
    await task
