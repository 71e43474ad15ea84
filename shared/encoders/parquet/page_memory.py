"""The memory between numbers and pages, kept from one row group to the next.

What a system gives a process anew it has to clear, which takes half as long as all of the encoding.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from shared.encoders.parquet import page_kernel as kernel

SPARE_MAX = 2  # memories kept for the next row groups, as many as threads may encode at once
SPARE_ROWS_MAX = 500_000  # of a memory that is kept: 15 MB


class PageMemory:
    """Room for one column of so many rows."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.whole = np.empty(rows, np.int64)
        self.numbers, self.places = np.empty(rows, np.int32), np.empty(rows + 1, np.int32)
        self.levels = np.empty(rows, np.bool_)
        levels_bytes = kernel.runs_bytes_max(rows, 1)
        self.out = np.empty(
            levels_bytes
            + max(
                kernel.differences_bytes_max(rows), kernel.runs_bytes_max(rows, kernel.WIDTH_MAX)
            ),
            np.uint8,
        )


_spare: deque[PageMemory] = deque(maxlen=SPARE_MAX)


@contextmanager
def page_memory(rows: int) -> Iterator[PageMemory]:
    """Lend a memory for at least so many rows."""
    try:
        memory = _spare.pop()
    except IndexError:
        memory = PageMemory(rows)
    if memory.rows < rows:
        memory = PageMemory(rows)
    yield memory
    if memory.rows <= SPARE_ROWS_MAX:
        _spare.append(memory)
