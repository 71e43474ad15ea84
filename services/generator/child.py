"""A simulation process: reads work from standard input, writes parts to standard output, until its
parent closes the pipe.

It knows no broker, no database and no clock, so that nothing but the simulation can go wrong in it.
"""

import ctypes
import gc
import os
import signal
import sys
from functools import lru_cache
from types import FrameType
from typing import BinaryIO

import msgspec

from services.generator import frames
from services.generator.warm_start import warm_start
from shared.errors import LazaretError
from shared.scenarios import Scenario, parse_scenario
from shared.simulation.batch import BatchWork, generate_parts

SCENARIOS_MAX = 16  # kept ready
_PR_SET_PDEATHSIG = 1


class _Working:
    """Whether there is a batch that the soft limit's signal can end: one that comes later, when
    this process is idle again, must not end the process.
    """

    batch = False


class SoftTimeLimit(LazaretError):
    """The batch took longer than the soft time limit."""


def main() -> None:
    """Serve until the pipe is closed."""
    _die_with_parent()
    output = _take_standard_output()
    signal.signal(frames.SOFT_LIMIT_SIGNAL, _stop_working)
    warm_start()
    gc.freeze()  # what is there now stays: no collection needs to look at it again
    _send(output, frames.Ready())
    while (work := frames.read(sys.stdin.buffer)) is not None:
        if isinstance(work, frames.Work):
            _answer(work, output)


def _answer(work: frames.Work, output: BinaryIO) -> None:
    """Send every part, then `Finished`; or `Failed`, with which this process may go on."""
    try:
        _Working.batch = True
        for part in generate_parts(_batch_work(work)):
            _send(output, frames.PartMade(part=part))
        _Working.batch = False
    except (LazaretError, ArithmeticError, LookupError, MemoryError, ValueError) as error:
        _Working.batch = False
        _send(
            output,
            frames.Failed(type(error).__name__, f"{type(error).__name__}: {error}".splitlines()[0]),
        )
    else:
        _send(output, frames.Finished())


def _batch_work(work: frames.Work) -> BatchWork:
    return BatchWork(
        scenario=_scenario(msgspec.msgpack.encode(work.scenario)),
        spec=work.spec,
        part_bytes_max=work.part_bytes_max,
    )


@lru_cache(maxsize=SCENARIOS_MAX)
def _scenario(document: bytes) -> Scenario:
    """The same object for every batch of a job: what is kept for it is found without comparing
    scenarios.
    """
    return parse_scenario(msgspec.msgpack.decode(document))


def _send(output: BinaryIO, frame: frames.Frame) -> None:
    output.write(frames.to_bytes(frame))
    output.flush()


def _take_standard_output() -> BinaryIO:
    """Keep the pipe for frames; whatever a library prints goes to standard error."""
    pipe = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return pipe


def _stop_working(_number: int, _frame: FrameType | None) -> None:
    if _Working.batch:
        _Working.batch = False
        raise SoftTimeLimit("the batch took longer than the soft time limit")


def _die_with_parent() -> None:
    """A parent that was killed closes the pipe, but a simulation in progress would see that only at
    its next part.
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    main()
