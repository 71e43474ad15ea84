"""What a search for a person says about stored columns: rows that cannot match are passed over
without being rendered.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from services.gateway.fhir.search_parameters import SearchParameter, alternatives, compile_test
from shared.clinical import tables
from shared.records.body import from_record_batch
from shared.records.body_front import read_front
from shared.records.columns import Array
from shared.records.identifiers import DIGITS

# Candidates no further apart are rendered together with what lies between: a run has its own price.
GAP_ROWS_MAX = 30
CRITERIA_KEPT_MAX = 64
_NAMES = {"family": ("family_id",), "given": ("given_id",), "name": ("family_id", "given_id")}


@dataclass(frozen=True, slots=True)
class Criterion:
    """A parameter with its modifier and value as they were given."""

    parameter: SearchParameter
    modifier: str
    value: str


@dataclass(frozen=True, slots=True)
class Narrowing:
    """One of these columns must hold one of these numbers, or the number of a name that fits
    `names`.
    """

    columns: tuple[str, ...]
    numbers: tuple[int, ...] = ()
    names: Criterion | None = None


def narrowing_of(parameter: SearchParameter, modifier: str, value: str) -> Narrowing | None:
    """Return what a readable criterion of Patient's narrows to; None if it says nothing of
    columns.
    """
    if parameter.name in _NAMES:
        return Narrowing(_NAMES[parameter.name], names=Criterion(parameter, modifier, value))
    return None


def columns_of(narrowings: Sequence[Narrowing]) -> list[str]:
    """Return the columns that these look at, all of them at the front of a body."""
    return sorted({name for each in narrowings for name in each.columns})


def find_runs(
    front: bytes, size: int, narrowings: Sequence[Narrowing], start: int, stop: int
) -> list[tuple[int, int]]:
    """Return where rows from `start` to before `stop` may match, as pairs of the same kind, in
    order. Runs in a rendering process.

    `front` are the first bytes of a body of `size`.
    """
    columns = from_record_batch(read_front(front, size, columns_of(narrowings))).flat
    rows = (
        np.flatnonzero(
            np.logical_and.reduce([_fits(columns, each) for each in narrowings])[start:stop]
        )
        + start
    )
    if not len(rows):
        return []
    gaps = np.flatnonzero(np.diff(rows) > GAP_ROWS_MAX)
    begins, ends = rows[np.append(0, gaps + 1)], rows[np.append(gaps, len(rows) - 1)] + 1
    return list(zip(begins.tolist(), ends.tolist(), strict=True))


def _fits(columns: Mapping[str, Array], narrowing: Narrowing) -> Array:
    numbers = narrowing.numbers if narrowing.names is None else _numbers_of_names(narrowing.names)
    fits: Array = np.logical_or.reduce(
        [np.isin(columns[name], numbers) for name in narrowing.columns]
    )
    return fits


@lru_cache(maxsize=CRITERIA_KEPT_MAX)
def _numbers_of_names(criterion: Criterion) -> Array:
    """All names are tested once a search and process: with the gateway's own event loop it would be
    felt.
    """
    test = compile_test(criterion.parameter, criterion.modifier, criterion.value, base="")
    fitting = [
        row.id
        for row in tables.names()
        if test({"name": [{"family": row.name, "given": [row.name]}]})
    ]
    return np.array(fitting, np.int64)


def numbers_of(value: str) -> frozenset[int] | None:
    """Return the numbers that a criterion for `identifier` names; None where any could match."""
    codes = [each.rpartition("|")[2] for each in alternatives(value)]
    if not all(codes):  # a system alone: any number of it
        return None
    return frozenset(
        int(each) for each in codes if each.isascii() and each.isdigit() and len(each) <= DIGITS
    )
