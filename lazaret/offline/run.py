"""An offline job as a whole: batches simulated and slices encoded on local processes, their bytes in order."""

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from itertools import islice
from multiprocessing import get_context
from typing import Any, Protocol, TypeVar

from lazaret.offline.batches import Simulated, batches, simulate_batch
from lazaret.offline.job import OfflineJob
from lazaret.offline.slices import Encoded, cut_slices, encode_slice
from services.generator.batch import Part
from shared.errors import Unavailable

# Results that wait for their turn, beyond those that are being worked on.
AHEAD_MAX = 2

Task = TypeVar("Task")
Result = TypeVar("Result")


class OrderedMap(Protocol):
    """Like `map`: lazy, in order."""

    def __call__(self, function: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]: ...


class Run:
    """Iterate over it once for the job's encoded slices, in order; then `digest` is the job's."""

    def __init__(self, job: OfflineJob, format_name: str, workers: int) -> None:
        self._job = job
        self._format_name = format_name
        self._workers = workers
        self._digest = hashlib.sha256()

    def __iter__(self) -> Iterator[Encoded]:
        """Raises Unavailable when a worker process was killed, as the kernel does when memory runs out."""
        with _processes(self._workers) as ordered_map:
            simulated = ordered_map(partial(simulate_batch, self._job), batches(self._job))
            slices = cut_slices(self._parts(simulated), self._job.count)
            yield from ordered_map(partial(encode_slice, self._job, self._format_name), slices)

    @property
    def digest(self) -> bytes:
        """SHA-256 of the sector digests in order, as a server's job has it."""
        return self._digest.digest()

    def _parts(self, simulated: Iterable[Simulated]) -> Iterator[Part]:
        for batch in simulated:
            for digest in batch.sector_digests:
                self._digest.update(digest)
            yield from batch.parts


@contextmanager
def _processes(workers: int) -> Iterator[OrderedMap]:
    if workers == 1:
        yield map  # type: ignore[misc]  # a type whose construction is such a call
        return
    executor = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
    try:
        yield partial(_ordered_map, executor, workers + AHEAD_MAX)
    except BrokenProcessPool as error:
        raise Unavailable("a worker process was killed, for want of memory perhaps: try fewer workers") from error
    finally:
        executor.shutdown(cancel_futures=True)


def _ordered_map(executor: ProcessPoolExecutor, ahead: int, function: Callable[[Any], Any], tasks: Iterable[Any]) -> Iterator[Any]:
    waiting = iter(tasks)
    under_way: deque[Future[Any]] = deque()
    while True:
        for task in islice(waiting, ahead - len(under_way)):
            under_way.append(executor.submit(function, task))
        if not under_way:
            return
        yield under_way.popleft().result()
