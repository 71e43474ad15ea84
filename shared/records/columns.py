"""Columns in memory: what the simulation returns, before they become Arrow."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Nested:
    """A list column: row i owns `values[name][offsets[i]:offsets[i + 1]]` for every name.

    `offsets` is int32 of length rows + 1 and starts at 0. A list of plain numbers has the one name
    "item".
    """

    offsets: NDArray[np.int32]
    values: Mapping[str, Array]


@dataclass(frozen=True, slots=True)
class Columns:
    """Equal-length columns under an Arrow schema's names and types: arrays for flat fields,
    `Nested` for lists.
    """

    rows: int
    flat: Mapping[str, Array]
    nested: Mapping[str, Nested]
