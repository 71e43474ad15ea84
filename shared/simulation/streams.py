"""Random streams: one for each sector and concern, so that a new column never shifts the draws of
an old one.
"""

from enum import IntEnum
from typing import cast

import numpy as np
from numpy.random import Generator, Philox, SeedSequence
from numpy.random.bit_generator import ISeedSequence
from numpy.typing import DTypeLike, NDArray

SEED_LIMIT = 2**53
SECTOR_LIMIT = 2**31


class Concern(IntEnum):
    """What a stream is drawn for. Numbers are append-only within an engine version."""

    ARRIVALS = 1
    COMPOUND_EVENTS = 2
    PLACES = 3
    CATEGORIES = 4
    FORCES = 5
    PERSONS = 6
    BODIES = 7
    IDENTIFIERS = 8
    BACKGROUND = 9
    MECHANISMS = 10
    WOUNDS = 11
    DISEASES = 12
    PHYSIOLOGY = 13
    JOURNEY = 14
    NOISE = 15
    FLEET = 16


class _Key(ISeedSequence):
    """A key as it is: numpy would otherwise gather entropy for each generator, only to overwrite
    it, and take twenty times as long.
    """

    def __init__(self, words: NDArray[np.uint64]) -> None:
        self._words = words

    def generate_state(self, n_words: int, dtype: DTypeLike = np.uint64) -> NDArray[np.uint64]:  # noqa: ARG002 -- numpy's interface
        """The two words of 64 bits that Philox asks for."""
        return self._words


def stream(seed: int, sector: int, concern: Concern) -> Generator:
    """A counter-based generator whose 128-bit key holds seed, sector and concern side by side.

    Raises:
        ValueError: the seed is not in 0..2**53 - 1 or the sector not in 0..2**31 - 1.
    """
    if not 0 <= seed < SEED_LIMIT or not 0 <= sector < SECTOR_LIMIT:
        raise ValueError(
            f"seed {seed} must be in 0..{SEED_LIMIT - 1}, sector {sector} in 0..{SECTOR_LIMIT - 1}"
        )
    key = _Key(np.array([seed, sector << 32 | concern], dtype=np.uint64))
    # its annotation leaves out what it documents
    return Generator(Philox(cast("SeedSequence", key)))
