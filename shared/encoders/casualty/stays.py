"""A casualty's stays at facilities, found in its events: what FHIR calls encounters."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from shared.encoders.casualty.words import NOWHERE
from shared.records.columns import Array, Columns, Nested
from shared.records.vocabulary import EventKind

NO_STAY = -1
OPEN = -1
NONE = -1
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
    """One entry a stay, in the order of patients and time.

    `index` counts a patient's stays from 0. `end_s` and `end_kind` (an EventKind) are OPEN for a
    stay that has not ended. `came_from` and `went_to` are the facilities of the stays before and
    after, NOWHERE without.
    """

    row: NDArray[np.int64]
    index: NDArray[np.int64]
    facility: Array
    role: Array
    start_s: Array
    end_s: Array
    end_kind: Array
    came_from: Array
    went_to: Array

    def at(self, row: Array, second: Array) -> NDArray[np.int64]:
        """The index of the stay that the patient in `row` began last, up to and including `second`;
        NO_STAY before the first.
        """
        place = (
            np.searchsorted(moments(self.row, self.start_s), moments(row, second), side="right") - 1
        )
        if not len(self.row):
            return np.full(len(row), NO_STAY, np.int64)
        return np.where((place >= 0) & (self.row[place] == row), self.index[place], NO_STAY)


def stays_of(patients: Columns) -> Stays:
    """Every stay begins with an arrival at a facility and ends with the patient's next move or
    end.
    """
    events = patients.nested["events"]
    kind, facility = events.values["kind"], events.values["facility"]
    begins = np.flatnonzero((kind == EventKind.ARRIVED) & (facility != NOWHERE))
    row = rows_of(events.offsets)[begins]
    end = next_event(events, begins, _ENDS)
    index = np.arange(len(begins), dtype=np.int64) - np.searchsorted(row, row, side="left")
    places, same = facility[begins], row[1:] == row[:-1]
    return Stays(
        row=row,
        index=index,
        facility=places,
        role=events.values["role"][begins],
        start_s=events.values["at_s"][begins],
        end_s=values_at(events.values["at_s"], end, OPEN),
        end_kind=values_at(kind, end, OPEN),
        came_from=np.concatenate(
            (np.full(min(1, len(row)), NOWHERE), np.where(same, places[:-1], NOWHERE))
        ),
        went_to=np.concatenate(
            (np.where(same, places[1:], NOWHERE), np.full(min(1, len(row)), NOWHERE))
        ),
    )


def next_event(
    events: Nested, after: NDArray[np.int64], kinds: Sequence[EventKind]
) -> NDArray[np.int64]:
    """The place of the first event of one of `kinds` behind each place in `after`, of the same
    patient; NONE without.
    """
    found = np.append(
        np.flatnonzero(_among(tuple(kinds))[events.values["kind"]]), len(events.values["kind"])
    )
    following = found[np.searchsorted(found, after, side="right")]
    ends = events.offsets[1:][rows_of(events.offsets)[after]]
    return np.where(following < ends, following, NONE)


@cache
def _among(kinds: tuple[EventKind, ...]) -> NDArray[np.bool_]:
    """By an event's kind, whether it is one of these: many times faster than a search for each."""
    among = np.zeros(max(EventKind) + 1, np.bool_)
    among[list(kinds)] = True
    return among


def values_at(values: Array, places: NDArray[np.int64], missing: int) -> Array:
    """The value at each place, `missing` for a place that is NONE."""
    chosen: Array = np.append(values, values.dtype.type(missing))[places]
    return chosen


def rows_of(offsets: NDArray[np.int32]) -> NDArray[np.int64]:
    """The patient's row of every item of a list column."""
    return np.repeat(np.arange(len(offsets) - 1, dtype=np.int64), np.diff(offsets))


def moments(row: Array, second: Array) -> NDArray[np.int64]:
    """Numbers that ascend with patients and, for one patient, with time."""
    return (row.astype(np.int64) << 32) + second
