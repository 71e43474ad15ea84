"""A casualty's stays at facilities, found in its events: what FHIR calls encounters."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.encoders.words import NOWHERE
from shared.records.columns import Array, Columns
from shared.records.vocabulary import EventKind

NO_STAY = -1
OPEN = -1
_ENDS = (
    EventKind.ARRIVED,
    EventKind.DEPARTED,
    EventKind.DISCHARGED,
    EventKind.RETURNED_TO_DUTY,
    EventKind.DIED,
    EventKind.EVACUATED,
)


@dataclass(frozen=True, slots=True)
class Stays:
    """One entry a stay, in the order of patients and time. `index` counts a patient's stays from 0; `end_s` is OPEN for the last."""

    row: NDArray[np.int64]
    index: NDArray[np.int64]
    facility: Array
    role: Array
    start_s: Array
    end_s: Array

    def at(self, row: Array, second: Array) -> NDArray[np.int64]:
        """The index of the stay that the patient in `row` began last, up to and including `second`; NO_STAY before the first."""
        place = np.searchsorted(_moments(self.row, self.start_s), _moments(row, second), side="right") - 1
        if not len(self.row):
            return np.full(len(row), NO_STAY, np.int64)
        return np.where((place >= 0) & (self.row[place] == row), self.index[place], NO_STAY)


def stays_of(patients: Columns) -> Stays:
    """Every stay begins with an arrival at a facility and ends with the patient's next move or end."""
    events = patients.nested["events"]
    kind, at_s, facility = (events.values[name] for name in ("kind", "at_s", "facility"))
    row = rows_of(events.offsets)
    begins = np.flatnonzero((kind == EventKind.ARRIVED) & (facility != NOWHERE))
    ends = np.append(np.flatnonzero(np.isin(kind, _ENDS)), len(kind))
    following = ends[np.searchsorted(ends, begins, side="right")]
    own = following < events.offsets[1:][row[begins]]
    end_s = np.full(len(begins), OPEN, np.int32)
    end_s[own] = at_s[following[own]]
    firsts = np.searchsorted(row[begins], row[begins], side="left")
    index = np.arange(len(begins), dtype=np.int64) - firsts
    return Stays(row[begins], index, facility[begins], events.values["role"][begins], at_s[begins], end_s)


def rows_of(offsets: NDArray[np.int32]) -> NDArray[np.int64]:
    """The patient's row of every item of a list column."""
    return np.repeat(np.arange(len(offsets) - 1, dtype=np.int64), np.diff(offsets))


def _moments(row: Array, second: Array) -> NDArray[np.int64]:
    return (row.astype(np.int64) << 32) + second
