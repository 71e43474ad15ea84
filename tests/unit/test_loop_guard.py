"""A process whose event loop is stuck ends; one that was only stopped goes on."""

import signal
import subprocess
import sys

import pytest

from shared.loop_guard import EXIT_STUCK

HOUR_S = "3600"


def start(blocks_s: str) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.unit.stuck_process", blocks_s],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    return process


def test_a_stuck_loop_ends_its_process_and_says_where_it_stands() -> None:
    """The stack of every thread is on standard error."""
    process = start(HOUR_S)
    _, told = process.communicate("\n")
    assert process.returncode == EXIT_STUCK
    assert "stuck_process.py" in told


def test_a_process_that_was_stopped_is_not_stuck() -> None:
    """Nothing of it ran, the guard neither: it goes on where it was."""
    process = start("0")
    process.send_signal(signal.SIGSTOP)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(2.0)
    process.send_signal(signal.SIGCONT)
    _, told = process.communicate("\n")
    assert (process.returncode, told) == (0, "")
