from __future__ import annotations

import asyncio
import os
import signal
from contextlib import aclosing
from dataclasses import replace

import msgspec
import psutil
import pytest

from services.generator import frames
from services.generator.child_process import Child, ChildFailed
from services.generator.children import Children
from services.generator.turns import Closed
from shared.clock import SystemClock
from shared.errors import Unavailable
from shared.jobs.states import Priority
from shared.records.body import read_body
from shared.records.cut import BatchSpec
from shared.records.part import Part
from shared.scenarios import load_preset
from tests.integration.generator.conftest import LIMITS, STAND_IN


def work(do: str, patients: int = 5) -> frames.Work:
    return frames.Work(
        scenario={"do": do},
        spec=BatchSpec(
            seed=7,
            first_sector=0,
            sectors=1,
            sector_patients=patients,
            first_ordinal=0,
            patients=patients,
            part_patients=2,
        ),
        part_bytes_max=10**6,
    )


async def run(child: Child, what: frames.Work) -> list[Part]:
    async with aclosing(child.run(what)) as parts:
        return [part async for part in parts]


async def until_gone(pid: int) -> None:
    while psutil.pid_exists(pid):
        await asyncio.sleep(0.01)


async def test_a_child_makes_parts_again_and_again(children: Children) -> None:
    """It is warm after the first batch."""
    async with children.lend(Priority.NORMAL) as child:
        for _ in range(3):
            assert [
                (part.first_ordinal, part.last_ordinal)
                for part in await run(child, work("make_parts"))
            ] == [(0, 1), (2, 3), (4, 4)]


async def test_a_child_has_one_allocator(children: Children) -> None:
    """Arrow's own beside glibc's would hold on to memory of its own; only before its first use can
    it be told.
    """
    async with children.lend(Priority.NORMAL) as child:
        assert psutil.Process(child.pid).environ()["ARROW_DEFAULT_MEMORY_POOL"] == "system"


@pytest.mark.parametrize(
    ("limits", "do", "error_type"),
    [
        (LIMITS, "crash", "crash"),
        (replace(LIMITS, soft_time_s=0.3), "hang", "SoftTimeLimit"),
        (replace(LIMITS, soft_time_s=0.3, hard_time_s=0.6), "ignore_soft_limit", "hard_time_limit"),
        (LIMITS, "grow", "memory"),
    ],
    ids=["crash", "soft time", "hard time", "memory"],
)
async def test_a_child_that_fails_is_named_and_replaced(
    children: Children, do: str, error_type: str
) -> None:
    """Whoever lent it learns why, and both slots work afterwards."""
    with pytest.raises(ChildFailed) as failed:
        async with children.lend(Priority.NORMAL) as child:
            await run(child, work(do))
    assert failed.value.error_type == error_type
    async with children.lend(Priority.NORMAL) as one, children.lend(Priority.NORMAL) as other:
        assert (
            len(await run(one, work("make_parts")))
            == len(await run(other, work("make_parts")))
            == 3
        )


async def test_a_child_that_is_left_in_its_work_is_killed(children: Children) -> None:
    """Cancelling the run kills the process within a second and fills its slot."""
    lent: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def work_for_ever() -> None:
        async with children.lend(Priority.NORMAL) as child:
            lent.set_result(child.pid)
            await run(child, work("ignore_soft_limit"))

    task = asyncio.create_task(work_for_ever())
    pid = await lent
    task.cancel()
    async with asyncio.timeout(1.0):
        await until_gone(pid)
    async with children.lend(Priority.NORMAL), children.lend(Priority.NORMAL) as child:
        assert child.pid != pid


async def test_an_idle_child_that_was_killed_is_replaced(children: Children) -> None:
    """Nobody gets a dead child."""
    async with children.lend(Priority.NORMAL) as child:
        pid = child.pid
    os.kill(pid, signal.SIGKILL)
    await until_gone(pid)
    for _ in range(3):
        async with children.lend(Priority.NORMAL) as one, children.lend(Priority.NORMAL) as other:
            assert pid not in (one.pid, other.pid)
            assert len(await run(one, work("make_parts"))) == 3


@pytest.mark.parametrize(
    "change", [{"recycle_patients": 5}, {"recycle_age_s": 0.01}, {"recycle_rss_mib": 1}], ids=str
)
async def test_a_child_is_recycled_after_its_batch(change: dict[str, float]) -> None:
    """It works on until its successor is warm, then it ends."""
    children = await Children.open(1, replace(LIMITS, **change), SystemClock(), STAND_IN)
    pids = []
    async with asyncio.timeout(30):
        while len(set(pids)) < 3:
            async with children.lend(Priority.NORMAL) as child:
                pids.append(child.pid)
                assert len(await run(child, work("make_parts"))) == 3
        await until_gone(pids[0])
    await children.close()


async def test_nothing_is_lent_after_the_end(children: Children) -> None:
    """Those who wait are sent away, and a close leaves no process."""
    async with children.lend(Priority.NORMAL) as one, children.lend(Priority.NORMAL):
        waiting = asyncio.create_task(children.lend(Priority.HIGH).__aenter__())
        await asyncio.sleep(0)
        children.stop_lending()
        with pytest.raises(Closed):
            await waiting
        pid = one.pid
    await children.close()
    assert not psutil.pid_exists(pid)


async def test_children_that_cannot_start_are_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is nobody to work, and why; a process without hope of a child ends, another may do."""
    monkeypatch.setattr("services.generator.children.RESTART_PAUSE_S", 0.01)
    for command in (("false",), ("/nowhere/at/all",)):
        children = await Children.open(2, LIMITS, SystemClock(), command)
        with pytest.raises(Unavailable, match="no simulation process has started yet"):
            await children.check()
        with pytest.raises(ChildFailed, match="did not start"):
            await children.until_hopeless()
        assert children.alive == 0
        with pytest.raises(Unavailable, match="did not start"):
            await children.check()
        await children.close()


async def test_children_that_are_warm_are_counted(children: Children) -> None:
    """What can be done at once is as many batches as there are living children."""
    await children.until_warm()
    async with children.lend(Priority.NORMAL), children.lend(Priority.NORMAL):
        await children.check()
        assert children.alive == 2


class SteppingClock(SystemClock):
    """Goes on by a step at each reading, and not between them."""

    def __init__(self) -> None:
        self.step_s = 0.0
        self.elapsed_s = 0.0

    def monotonic(self) -> float:
        self.elapsed_s += self.step_s
        return self.elapsed_s


async def test_time_in_which_nobody_takes_the_parts_is_not_the_childs() -> None:
    """The broker may take nothing for longer than a batch may last."""
    clock = SteppingClock()
    children = await Children.open(1, LIMITS, clock, STAND_IN)
    made = 0
    async with children.lend(Priority.NORMAL) as child:
        async with aclosing(child.run(work("make_parts"))) as parts:
            async for _ in parts:
                made += 1
                clock.step_s = 0.9
                while made == 1 and clock.elapsed_s < 2 * LIMITS.hard_time_s:
                    await asyncio.sleep(0.01)
                clock.step_s = 0.0
        assert made == 3
        assert child.alive
    await children.close()


@pytest.mark.timeout(240)
async def test_the_real_child_simulates() -> None:
    """A preset's patients come as a readable body."""
    scenario = load_preset("teaching-20").model_dump(mode="json")
    teaching = work("", 20)
    limits = replace(LIMITS, recycle_rss_mib=1500, kill_rss_mib=2000)
    child = await Child.start(limits, SystemClock())
    (part,) = await run(
        child,
        msgspec.structs.replace(
            teaching, scenario=scenario, spec=replace(teaching.spec, part_patients=20)
        ),
    )
    assert read_body(part.body, ["ordinal"]).column(0).to_pylist() == list(range(20))
    assert read_body(part.sector_results).num_rows == 1
    os.kill(child.pid, frames.SOFT_LIMIT_SIGNAL)  # comes late: it must not end an idle child
    with pytest.raises(ChildFailed, match="PartTooLarge"):
        await run(
            child,
            msgspec.structs.replace(teaching, scenario=scenario, part_bytes_max=10),
        )
    await child.kill("drain")
