"""Drawing from a discrete distribution: a table of tickets, so that a draw is one whole random number and one look-up."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

TICKETS = 1 << 16  # a ticket is a uint16; shares are exact to 1.5e-5
Tickets = NDArray[np.int16]


def tickets(weights: Sequence[float], values: Sequence[int] | None = None, number: int = TICKETS) -> Tickets:
    """int16[number]: `values` (by default 0, 1, 2, ...) in proportion to `weights`, of which one at least is above 0."""
    bounds = np.cumsum(np.asarray(weights, dtype=np.float64))
    share = np.floor(bounds / bounds[-1] * number + 0.5).astype(np.int64)
    named = np.arange(len(weights)) if values is None else np.asarray(values)
    return np.repeat(named.astype(np.int16), np.diff(share, prepend=0))


def draw(rng: np.random.Generator, count: int) -> NDArray[np.uint16]:
    """`count` uniform ticket numbers."""
    return rng.integers(0, TICKETS, count, dtype=np.uint16)
