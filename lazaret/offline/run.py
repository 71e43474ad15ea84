"""An offline job as a whole: batches on local processes, their bytes in order."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing import get_context

from lazaret.offline.job import OfflineJob
from lazaret.offline.render import Rendered, batches, render
from shared.errors import Unavailable

# Batches that wait for their turn to be written, beyond those that are being rendered.
AHEAD_MAX = 2


def run(job: OfflineJob, format_name: str, workers: int) -> Iterator[Rendered]:
    """Yield every batch of the job, in order, at most `workers` + AHEAD_MAX held in memory.

    Raises:
        Unavailable: a worker process was killed, as the kernel does when memory runs out.
    """
    if workers == 1:
        yield from (render(job, format_name, cut) for cut in batches(job))
        return
    executor = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
    try:
        yield from _in_order(executor, job, format_name, workers + AHEAD_MAX)
    except BrokenProcessPool as error:
        raise Unavailable("a worker process was killed, for want of memory perhaps: try fewer workers") from error
    finally:
        executor.shutdown(cancel_futures=True)


def _in_order(executor: ProcessPoolExecutor, job: OfflineJob, format_name: str, ahead: int) -> Iterator[Rendered]:
    waiting = batches(job)
    under_way: deque[Future[Rendered]] = deque()
    while True:
        for cut in islice(waiting, ahead - len(under_way)):
            under_way.append(executor.submit(render, job, format_name, cut))
        if not under_way:
            return
        yield under_way.popleft().result()
