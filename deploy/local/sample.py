"""`make run`: the stack, the sample exercise, then the stack until Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from types import FrameType
from typing import NoReturn, Protocol

from deploy.local.deadline import Deadline
from deploy.local.problem import Problem
from deploy.local.stack_folder import LAZARET

PRESET = "brigade-conventional"
CASUALTIES = 10_000
SEED = 7


class Stack(Protocol):
    """Native or Docker."""

    def running(self) -> bool: ...
    def up(self) -> dict[str, str]: ...
    def stop(self) -> None: ...
    def hurry(self) -> None: ...


class _Stopped(BaseException):
    """Somebody wants the end: Ctrl-C, SIGTERM, or the terminal was closed."""


def run(stack: Stack, say: Callable[[str], None], more: Callable[[], str] = lambda: "") -> None:
    """Up, sample, wait. A stack that was up before stays up; what this run started is stopped at
    its end. `more` is what else there is to say once the sample has run.
    """
    was_running = stack.running()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _raise_stopped)
    try:
        variables = stack.up()
        _submit_sample(variables)
        say(more() + _closing_words(variables, _sign_in_link(variables)))
        _wait(stack)
    except _Stopped:
        say("")
    finally:
        if was_running:
            say("The stack was up before and stays up. Stop it with: make stop")
        else:
            _stop(stack, say)


def _submit_sample(variables: dict[str, str]) -> None:
    command = [
        str(LAZARET),
        "job",
        "submit",
        "--scenario",
        PRESET,
        "--count",
        str(CASUALTIES),
        "--seed",
        str(SEED),
        "--wait",
    ]
    process = subprocess.Popen(command, env={**os.environ, **variables})
    try:
        code = process.wait()
    except _Stopped:
        process.terminate()
        process.wait()
        raise
    if code != 0:
        raise Problem(
            f"The sample exercise ended with exit code {code}; the services' logs are in "
            ".lazaret/logs"
        )


def _sign_in_link(variables: dict[str, str]) -> str:
    """A link that works once; the plain address where the console cannot make one."""
    command = [str(LAZARET), "console"]
    done = subprocess.run(
        command, env={**os.environ, **variables}, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else variables["LAZARET_URL"]


def _closing_words(variables: dict[str, str], link: str) -> str:
    return (
        f"\nOpen     {link}\n         (signs you in once; afterwards {variables['LAZARET_URL']})\n"
        f"API key  {variables['LAZARET_API_KEY']}\n"
        "Address and key are in .lazaret/local.env, where the lazaret command finds them.\n"
        "The stack runs until Ctrl-C."
    )


def _wait(stack: Stack) -> None:
    while stack.running():
        Deadline(1).pause()
    raise Problem("The stack has ended by itself; its log is .lazaret/logs/supervisor.log")


def _stop(stack: Stack, say: Callable[[str], None]) -> None:
    """Drain; a further Ctrl-C hurries the drain instead of leaving it half done."""

    def hurry(_number: int, _frame: FrameType | None) -> None:
        stack.hurry()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, hurry)
    say("Draining and stopping (Ctrl-C again hurries it) ...")
    stack.stop()
    say("Stopped.")


def _raise_stopped(_number: int, _frame: FrameType | None) -> NoReturn:
    raise _Stopped
