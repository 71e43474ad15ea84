"""Drawing from a discrete distribution: a table of tickets, so that a draw is one whole random
number and one look-up.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from shared.simulation.kernel import kernel

TICKETS = 1 << 16  # a ticket is a uint16; shares are exact to 1.5e-5
Tickets = NDArray[np.int16]
Runs: TypeAlias = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int16]]


def tickets(
    weights: Sequence[float], values: Sequence[int] | None = None, number: int = TICKETS
) -> Tickets:
    """int16[number]: `values` (by default 0, 1, 2, ...) in proportion to `weights`, of which one at
    least is above 0.
    """
    bounds = np.cumsum(np.asarray(weights, dtype=np.float64))
    share = np.floor(bounds / bounds[-1] * number + 0.5).astype(np.int64)
    named = np.arange(len(weights)) if values is None else np.asarray(values)
    return np.repeat(named.astype(np.int16), np.diff(share, prepend=0))


def draw(rng: np.random.Generator, count: int) -> NDArray[np.uint16]:
    """`count` uniform ticket numbers."""
    return rng.integers(0, TICKETS, count, dtype=np.uint16)


def runs(tables: Sequence[Tickets]) -> Runs:
    """Many tables of tickets in little memory, so that they stay in the processor's cache.

    The first run of each table; and of each run of equal values its end (the ticket after its last)
    and its value.
    """
    ends = [np.append(np.flatnonzero(np.diff(table)) + 1, len(table)) for table in tables]
    first = np.cumsum([0, *(len(end) for end in ends[:-1])])
    values = np.concatenate([table[end - 1] for table, end in zip(tables, ends, strict=True)])
    return first.astype(np.int32), np.concatenate(ends).astype(np.int32), values.astype(np.int16)


@kernel
def value_of(runs_: Any, table: int, ticket: int) -> int:
    """What `ticket` draws from table number `table`."""
    first, end, value = runs_
    run = first[table]
    while end[run] <= ticket:
        run += 1
    return int(value[run])
