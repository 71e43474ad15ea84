"""Batches of an offline job on local processes, their results in order."""

import signal
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

from lazaret.offline.job import OfflineJob
from lazaret.offline.render import Rendered, Wanted, batches, render_batch
from shared.errors import Unavailable
from shared.records.cut import BatchCut

# Batches that wait on disk for their turn, beyond those that are being rendered.
AHEAD_MAX = 2


def run(job: OfflineJob, wanted: Wanted, workers: int, folder: Path) -> Generator[Rendered]:
    """Yield every batch of the job in order, its pieces in `folder`.

    Raises:
        OSError: the folder cannot be written.
        Unavailable: a worker process was killed, as the kernel does when memory runs out.
    """
    render = partial(render_batch, job, wanted, folder)
    if workers == 1:
        yield from map(render, batches(job))
        return
    # An interrupt from the keyboard is this process's to act on.
    executor = ProcessPoolExecutor(
        workers,
        get_context("spawn"),
        initializer=signal.signal,
        initargs=(signal.SIGINT, signal.SIG_IGN),
    )
    try:
        yield from _in_order(executor, render, batches(job), workers + AHEAD_MAX)
    except BrokenProcessPool as error:
        raise Unavailable(
            "a worker process was killed, for want of memory perhaps: try fewer workers"
        ) from error
    finally:
        executor.shutdown(cancel_futures=True)


def _in_order(
    executor: ProcessPoolExecutor,
    render: Callable[[BatchCut], Rendered],
    cuts: Iterator[BatchCut],
    ahead: int,
) -> Iterator[Rendered]:
    under_way: deque[Future[Rendered]] = deque()
    while True:
        for cut in islice(cuts, ahead - len(under_way)):
            under_way.append(executor.submit(render, cut))
        if not under_way:
            return
        yield under_way.popleft().result()
