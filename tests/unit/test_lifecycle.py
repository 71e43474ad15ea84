import asyncio
import os
import signal

import pytest

from shared.errors import FieldProblem, Invalid
from shared.lifecycle import EXIT_USAGE, Lifecycle, serve

LONG_S = 30.0
SHORT_S = 0.02


class Journal(list[str]):
    """What happened, in order."""

    async def open(self, name: str) -> str:
        self.append(f"open {name}")
        return name

    async def close(self, name: str) -> None:
        self.append(f"close {name}")


@pytest.fixture
def journal() -> Journal:
    return Journal()


async def never(*_: object) -> None:
    await asyncio.Event().wait()


async def test_what_starts_first_closes_last(journal: Journal) -> None:
    """Components open in order and close in the opposite one."""
    async with Lifecycle() as life:
        for name in ("telemetry", "database", "consumer"):
            assert (
                await life.start(name, journal.open(name), journal.close, within_s=LONG_S) == name
            )
    assert journal == [
        "open telemetry",
        "open database",
        "open consumer",
        "close consumer",
        "close database",
        "close telemetry",
    ]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_begins_the_drain(journal: Journal, number: signal.Signals) -> None:
    """Waiting ends at a signal, everything is closed, and leaving is no error."""
    async with Lifecycle() as life:
        await life.start("database", journal.open("database"), journal.close, within_s=LONG_S)
        assert not life.stopping
        os.kill(os.getpid(), number)
        await life.until_stopped()
        assert life.stopping
    assert journal[-1] == "close database"


async def test_a_signal_during_a_start_gives_it_up(journal: Journal) -> None:
    """A component that cannot open yet does not hold a process that should end."""
    async with Lifecycle() as life:
        await life.start("database", journal.open("database"), journal.close, within_s=LONG_S)
        asyncio.get_running_loop().call_soon(os.kill, os.getpid(), signal.SIGTERM)
        await life.start("broker", never(), journal.close, within_s=LONG_S)
        pytest.fail("went on after the signal")
    assert journal == ["open database", "close database"]


async def test_a_component_that_does_not_close_is_left_behind(journal: Journal) -> None:
    """Each close has its own deadline; the next component still gets its turn."""
    async with Lifecycle() as life:
        await life.start("database", journal.open("database"), journal.close, within_s=LONG_S)
        await life.start("consumer", journal.open("consumer"), never, within_s=SHORT_S)
    assert journal[-1] == "close database"


async def test_a_close_that_fails_does_not_stop_the_drain(journal: Journal) -> None:
    """An error while closing is logged, and the rest is closed."""

    async def fail(_: str) -> None:
        raise ConnectionResetError

    async with Lifecycle() as life:
        await life.start("database", journal.open("database"), journal.close, within_s=LONG_S)
        await life.start("consumer", journal.open("consumer"), fail, within_s=LONG_S)
    assert journal[-1] == "close database"


async def test_a_second_signal_hurries(journal: Journal) -> None:
    """Once hurried, a close that would have had long is given up soon."""

    async def close_slowly(_: str) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        await never()

    async with asyncio.timeout(LONG_S / 2), Lifecycle() as life:
        await life.start("database", journal.open("database"), journal.close, within_s=LONG_S)
        await life.start("consumer", journal.open("consumer"), close_slowly, within_s=LONG_S)
        life.stop()
    assert journal[-1] == "close database"


async def test_failed_background_work_stops_the_process_with_its_error(journal: Journal) -> None:
    """A loop that dies is noticed: the process drains and fails."""

    async def break_down() -> None:
        raise ArithmeticError("lost count")

    async def run() -> None:
        async with Lifecycle() as life:
            await life.start("database", journal.open("database"), journal.close, within_s=LONG_S)
            life.run("heartbeat", break_down())
            await life.until_stopped()

    with pytest.raises(ArithmeticError, match="lost count"):
        await run()
    assert journal[-1] == "close database"


async def test_background_work_is_cancelled_in_its_turn(journal: Journal) -> None:
    """Work runs until everything that was started after it is closed."""
    running = asyncio.Event()

    async def beat() -> None:
        running.set()
        try:
            await never()
        finally:
            journal.append("cancelled")

    async with Lifecycle() as life:
        await life.start("database", journal.open("database"), journal.close, within_s=LONG_S)
        life.run("heartbeat", beat())
        await life.start("consumer", journal.open("consumer"), journal.close, within_s=LONG_S)
        await running.wait()
    assert journal[-3:] == ["close consumer", "cancelled", "close database"]


async def test_background_work_may_simply_end() -> None:
    """Work that returns stops nothing."""
    async with Lifecycle() as life:
        life.run("once", asyncio.sleep(0))
        await asyncio.sleep(0)
        assert not life.stopping


async def test_an_error_in_the_body_is_the_one_that_is_raised(journal: Journal) -> None:
    """A failing composition still closes what it opened."""

    async def compose() -> None:
        async with Lifecycle() as life:
            await life.start("database", journal.open("database"), journal.close, within_s=LONG_S)
            raise LookupError("no such queue")

    with pytest.raises(LookupError):
        await compose()
    assert journal == ["open database", "close database"]


def test_serve_runs_and_raises_what_failed() -> None:
    """A process ends quietly when told to, and with the error that made it fail."""
    ran = []

    async def stop_at_once(life: Lifecycle, config: str) -> None:
        life.stop()
        await life.until_stopped()
        ran.append((config, type(asyncio.get_running_loop()).__module__))

    async def fail(_life: Lifecycle, _config: str) -> None:
        raise LookupError("no such queue")

    serve(stop_at_once, lambda: "config")
    assert ran == [("config", "uvloop")]
    with pytest.raises(LookupError):
        serve(fail, lambda: "config")


def test_a_wrong_configuration_is_told_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each variable, no trace, and the exit code for wrong usage."""

    def read_config() -> str:
        raise Invalid(
            (
                FieldProblem("LAZARET_DATABASE_URL", "Field required"),
                FieldProblem("LAZARET_SLOTS", "must be at least 1"),
            )
        )

    async def never_run(_life: Lifecycle, _config: str) -> None:
        pytest.fail("started without a configuration")

    with pytest.raises(SystemExit) as exited:
        serve(never_run, read_config)
    assert exited.value.code == EXIT_USAGE
    assert (
        capsys.readouterr().err
        == "LAZARET_DATABASE_URL: Field required\nLAZARET_SLOTS: must be at least 1\n"
    )
