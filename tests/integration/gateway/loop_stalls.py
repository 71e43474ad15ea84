"""How long the event loop was held: the processor time of its thread in one of its turns."""

import asyncio
import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest


@dataclass
class Stalls:
    """The longest turn so far. Time in which other threads or processes ran is not counted."""

    longest_s: float = 0.0

    def forget(self) -> None:
        self.longest_s = 0.0


@contextmanager
def watched_loop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stalls]:
    """Measure every callback that the loop runs."""
    stalls = Stalls()
    run = asyncio.Handle._run

    def measured(handle: asyncio.Handle) -> None:
        began = time.thread_time()
        run(handle)
        stalls.longest_s = max(stalls.longest_s, time.thread_time() - began)

    gc.collect()
    gc.freeze()  # as a service does when it has started; what a test session holds is not its own
    try:
        with monkeypatch.context() as patched:
            patched.setattr(asyncio.Handle, "_run", measured)
            yield stalls
    finally:
        gc.unfreeze()
