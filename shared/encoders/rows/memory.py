"""The memory of rendered rows, lent anew when nobody looks at them any more.

What a system gives a process it has to clear first, page by page: for large pieces that takes
longer than writing the rows.
"""

from collections import deque

import numpy as np
from numpy.typing import NDArray

SPARE_MAX = 3  # as many pieces as one rendering of nested rows needs at a time
# of a piece that is kept; a slice of 250 patients needs 27 MB in the longest format
SPARE_BYTES_MAX = 48 * 2**20
LENT_BYTES_MIN = 2**20  # what is smaller the allocator keeps itself

_spare: deque[NDArray[np.uint8]] = deque(maxlen=SPARE_MAX)


class _Lent:
    """Numpy keeps it as long as a view of its memory is there."""

    def __init__(self, room: NDArray[np.uint8]) -> None:
        self._room = room
        self.__array_interface__ = room.__array_interface__

    def __del__(self) -> None:
        if len(self._room) <= SPARE_BYTES_MAX:
            _spare.append(self._room)


def lend(size: int) -> NDArray[np.uint8]:
    """So many bytes, with anything in them."""
    if size < LENT_BYTES_MIN:
        return np.empty(size, np.uint8)
    return np.asarray(_Lent(_room(size)))[:size]


def _room(size: int) -> NDArray[np.uint8]:
    """A spare piece that is large enough; those that are not make room for one that is."""
    try:
        while len(room := _spare.popleft()) < size:
            pass
    except IndexError:
        return np.empty(size, np.uint8)
    return room
