"""What in a record causes a message: a patient's row, a second and a trigger.

A visit begins with the first arrival at a facility and ends with discharge, evacuation or death; a
casualty who never reaches a facility has none, and no messages.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from shared.encoders.casualty.stays import rows_of
from shared.encoders.casualty.words import NOWHERE
from shared.encoders.hl7v2.trigger import Trigger
from shared.records.columns import Array, Columns
from shared.records.vocabulary import EventKind, Role

NEVER = np.iinfo(np.int32).max
NO_ITEM = -1
# An admission is cancelled if evacuation is asked for so soon after it, before anything else
# happens.
ADMISSION_CANCELLED_S = 300
COMA_GCS_MAX = 8  # nobody in coma tells a name
ORIENTED_GCS_MIN = 14
_ENDS = (EventKind.DISCHARGED, EventKind.RETURNED_TO_DUTY, EventKind.DIED, EventKind.EVACUATED)


@dataclass(frozen=True, slots=True)
class Moments:
    """One entry a message. `item` is its place among all events, or among all vital signs for R01;
    NO_ITEM for none.
    """

    row: NDArray[np.int64]
    at_s: Array
    trigger: Array
    item: Array

    @classmethod
    def of(
        cls, trigger: Trigger, row: NDArray[np.int64], at_s: Array, item: Array | None = None
    ) -> Self:
        return cls(
            row,
            at_s,
            np.full(len(row), trigger, np.int8),
            np.full(len(row), NO_ITEM, np.int64) if item is None else item,
        )


def moments_of(visits: "Visits") -> Moments:
    """Every message, in the order of patients, time and trigger."""
    found = [
        *visits.movements(),
        *visits.admissions(),
        visits.triages(),
        visits.findings(),
        visits.measurements(),
        visits.identifications(),
    ]
    row, at_s, trigger, item = (
        np.concatenate([getattr(each, name) for each in found])
        for name in ("row", "at_s", "trigger", "item")
    )
    order = np.lexsort((item, trigger, at_s, row))
    return Moments(row[order], at_s[order], trigger[order], item[order])


class Visits:
    """Reads the patients' lists for what causes messages. `begin_s` and `end_s` are each patient's
    visit, NEVER for none or open ones.
    """

    def __init__(self, patients: Columns) -> None:
        self.patients = patients
        events = patients.nested["events"]
        self.row = rows_of(events.offsets)
        self.kind, self.at_s, self.detail = (
            events.values[name] for name in ("kind", "at_s", "detail")
        )
        self.inside = events.values["facility"] != NOWHERE
        self.arrivals = np.flatnonzero((self.kind == EventKind.ARRIVED) & self.inside)
        self.is_first = first_of_rows(self.row[self.arrivals])
        self.begin_s = self._by_row(self.arrivals[self.is_first])
        ends = np.flatnonzero(np.isin(self.kind, _ENDS) & (self.at_s >= self.begin_s[self.row]))
        self.ends = ends[first_of_rows(self.row[ends])]
        self.end_s = self._by_row(self.ends)

    def movements(self) -> Iterator[Moments]:
        """Arrivals and ends."""
        yield self._events(Trigger.A04, self.arrivals[self.is_first])
        yield self._events(Trigger.A02, self.arrivals[~self.is_first])
        yield self._events(Trigger.A03, self.ends)

    def admissions(self) -> Iterator[Moments]:
        """The first admission at Role 2 or above, and those before it that were cancelled."""
        role = self.patients.nested["events"].values["role"]
        admitted = np.flatnonzero(
            (self.kind == EventKind.ADMITTED) & self.inside & (role >= Role.ROLE_2)
        )
        following = np.minimum(admitted + 1, len(self.kind) - 1)
        soon = self.at_s[following] - self.at_s[admitted] <= ADMISSION_CANCELLED_S
        cancelled = (
            (self.row[following] == self.row[admitted])
            & (self.kind[following] == EventKind.EVACUATION_REQUESTED)
            & soon
        )
        kept_s = self._by_row(admitted[~cancelled][first_of_rows(self.row[admitted[~cancelled]])])
        told = self.at_s[admitted] <= kept_s[self.row[admitted]]
        yield self._events(Trigger.A01, admitted[told])
        yield self._events(Trigger.A11, following[told & cancelled])

    def triages(self) -> Moments:
        """Triage in a facility that gave another category than the one before."""
        triages = np.flatnonzero(self.kind == EventKind.TRIAGED)
        changed = np.ones(len(triages), np.bool_)
        changed[1:] = self.detail[triages[1:]] != self.detail[triages[:-1]]
        within = self._is_open(self.row[triages], self.at_s[triages])
        return self._events(
            Trigger.A08, triages[changed & within & ~first_of_rows(self.row[triages])]
        )

    def findings(self) -> Moments:
        """Conditions that began during the visit; those of one second are told at once."""
        conditions = self.patients.nested["conditions"]
        row, onset_s = rows_of(conditions.offsets), conditions.values["onset_s"]
        new = self._is_open(row, onset_s) & (onset_s > self.begin_s[row])
        told = np.unique(np.stack((row[new], onset_s[new])), axis=1)
        return Moments.of(Trigger.A08, told[0], told[1])

    def measurements(self) -> Moments:
        """Vital signs. Those from before the visit are handed over when it begins."""
        vitals = self.patients.nested["vitals"]
        row = rows_of(vitals.offsets)
        told_s = np.maximum(vitals.values["at_s"], self.begin_s[row])
        chosen = np.flatnonzero(self._is_open(row, told_s))
        return Moments.of(Trigger.R01, row[chosen], told_s[chosen], chosen)

    def identifications(self) -> Moments:
        """When those who arrived in coma are identified: once oriented, at the next facility, or at
        the end of the visit.
        """
        row, at_s, gcs = self._signs_inside()
        oriented = gcs >= ORIENTED_GCS_MIN
        known_s = self.end_s.copy()
        np.minimum.at(known_s, row[oriented], at_s[oriented])
        later = self.arrivals[~self.is_first]
        np.minimum.at(known_s, self.row[later], self.at_s[later])
        identified = np.flatnonzero(self.unknown() & (known_s < NEVER))
        return Moments.of(Trigger.A40, identified, known_s[identified])

    def unknown(self) -> NDArray[np.bool_]:
        """Whether each patient is registered without a name: in coma when first measured in a
        facility.
        """
        row, _, gcs = self._signs_inside()
        unknown = np.zeros(self.patients.rows, np.bool_)
        unknown[row[first_of_rows(row) & (gcs <= COMA_GCS_MAX)]] = True
        return unknown

    def _signs_inside(self) -> tuple[NDArray[np.int64], Array, Array]:
        """Row, second and Glasgow coma score of the vital signs that were measured in
        facilities.
        """
        vitals = self.patients.nested["vitals"].values
        row = rows_of(self.patients.nested["vitals"].offsets)
        inside = np.flatnonzero(
            (vitals["facility"] != NOWHERE) & self._is_open(row, vitals["at_s"])
        )
        return row[inside], vitals["at_s"][inside], vitals["gcs"][inside]

    def _events(self, trigger: Trigger, places: NDArray[np.int64]) -> Moments:
        return Moments.of(trigger, self.row[places], self.at_s[places], places)

    def _by_row(self, places: NDArray[np.int64]) -> NDArray[np.int32]:
        seconds = np.full(self.patients.rows, NEVER, np.int32)
        seconds[self.row[places]] = self.at_s[places]
        return seconds

    def _is_open(self, row: NDArray[np.int64], at_s: Array) -> NDArray[np.bool_]:
        begun = (self.begin_s[row] < NEVER) & (at_s >= self.begin_s[row])
        within: NDArray[np.bool_] = begun & (at_s <= self.end_s[row])
        return within


def first_of_rows(row: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether each entry of ascending rows is its row's first."""
    first = np.ones(len(row), np.bool_)
    first[1:] = row[1:] != row[:-1]
    return first
