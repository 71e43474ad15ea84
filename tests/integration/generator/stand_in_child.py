"""A simulation process without a simulation: does what the scenario's `do` says."""

from __future__ import annotations

import os
import signal
import sys
import threading

from services.generator import frames
from services.generator.child import SoftTimeLimit
from shared.records.part import Part


def main() -> None:
    signal.signal(frames.SOFT_LIMIT_SIGNAL, stop_working)
    send(frames.Ready())
    while isinstance(work := frames.read(sys.stdin.buffer), frames.Work):
        try:
            ACTS[work.scenario["do"]](work)
        except SoftTimeLimit as error:
            send(frames.Failed("SoftTimeLimit", str(error)))
        else:
            send(frames.Finished())


def send(frame: frames.Frame) -> None:
    sys.stdout.buffer.write(frames.to_bytes(frame))
    sys.stdout.buffer.flush()


def make_parts(work: frames.Work) -> None:
    total = -(-work.spec.patients // work.spec.part_patients)
    for part_no in range(total):
        first = work.spec.first_ordinal + part_no * work.spec.part_patients
        last = (
            min(first + work.spec.part_patients, work.spec.first_ordinal + work.spec.patients) - 1
        )
        send(
            frames.PartMade(
                part=Part(
                    part_no=part_no,
                    parts_total=total,
                    first_ordinal=first,
                    last_ordinal=last,
                    body=b"body",
                    sector_results=b"",
                )
            )
        )


def crash(_work: frames.Work) -> None:
    os._exit(3)


def hang(_work: frames.Work) -> None:
    threading.Event().wait()


def ignore_soft_limit(_work: frames.Work) -> None:
    signal.signal(frames.SOFT_LIMIT_SIGNAL, signal.SIG_IGN)
    threading.Event().wait()


def grow(_work: frames.Work) -> None:
    taken = [b"x" * 50_000_000 for _ in range(8)]
    threading.Event().wait()
    del taken


def one_part_then_hang(work: frames.Work) -> None:
    send(
        frames.PartMade(
            part=Part(
                part_no=0,
                parts_total=2,
                first_ordinal=work.spec.first_ordinal,
                last_ordinal=work.spec.first_ordinal,
                body=b"",
                sector_results=b"",
            )
        )
    )
    threading.Event().wait()


def stop_working(_number: int, _frame: object) -> None:
    raise SoftTimeLimit("the batch took longer than the soft time limit")


ACTS = {
    "make_parts": make_parts,
    "crash": crash,
    "hang": hang,
    "ignore_soft_limit": ignore_soft_limit,
    "grow": grow,
    "one_part_then_hang": one_part_then_hang,
}

if __name__ == "__main__":
    main()
