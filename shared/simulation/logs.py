"""The logs of a finished sector as lists of its casualties: each one's rows in the order in which
they were written.

A counting sort in one pass over the rows, of which each lies in one line of the processor's cache.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from shared.records.columns import Array, Nested
from shared.simulation.kernel import entry, kernel

EVENT_FIELDS = ("at_s", "kind", "role", "facility", "vehicle", "detail")
VITALS_FIELDS = (
    "at_s",
    "context",
    "facility",
    "heart_rate",
    "systolic",
    "diastolic",
    "respiratory_rate",
    "spo2",
    "gcs",
    "temperature_dc",
    "pain",
)
TREATMENT_FIELDS = ("at_s", "ended_at_s", "treatment", "role", "facility", "region", "dose")


@entry
def _count(log: Any, offsets: Any, cursor: Any) -> None:
    """Offsets by casualty, and where each one's first row belongs."""
    for row in range(len(log)):
        offsets[log[row]["who"] + 1] += 1
    for person in range(len(cursor)):
        offsets[person + 1] += offsets[person]
        cursor[person] = offsets[person]


@kernel
def _place(cursor: Any, who: int) -> int:
    place = cursor[who]
    cursor[who] = place + 1
    return int(place)


@entry
def _sort_events(log: Any, cursor: Any, columns: Any) -> None:
    at_s, kind, role, facility, vehicle, detail = columns
    for number in range(len(log)):
        row = log[number]
        place = _place(cursor, row["who"])
        at_s[place] = row["at_s"]
        kind[place] = row["kind"]
        role[place] = row["role"]
        facility[place] = row["facility"]
        vehicle[place] = row["vehicle"]
        detail[place] = row["detail"]


@entry
def _sort_vitals(log: Any, cursor: Any, columns: Any) -> None:
    (
        at_s,
        context,
        facility,
        heart_rate,
        systolic,
        diastolic,
        respiratory_rate,
        spo2,
        gcs,
        temperature_dc,
        pain,
    ) = columns
    for number in range(len(log)):
        row = log[number]
        place = _place(cursor, row["who"])
        at_s[place] = row["at_s"]
        context[place] = row["context"]
        facility[place] = row["facility"]
        heart_rate[place] = row["heart_rate"]
        systolic[place] = row["systolic"]
        diastolic[place] = row["diastolic"]
        respiratory_rate[place] = row["respiratory_rate"]
        spo2[place] = row["spo2"]
        gcs[place] = row["gcs"]
        temperature_dc[place] = row["temperature_dc"]
        pain[place] = row["pain"]


@entry
def _sort_treatments(log: Any, cursor: Any, columns: Any) -> None:
    at_s, ended_at_s, treatment, role, facility, region, dose = columns
    for number in range(len(log)):
        row = log[number]
        place = _place(cursor, row["who"])
        at_s[place] = row["at_s"]
        ended_at_s[place] = row["ended_at_s"]
        treatment[place] = row["treatment"]
        role[place] = row["role"]
        facility[place] = row["facility"]
        region[place] = row["region"]
        dose[place] = row["dose"]


def _by_casualty(
    log: Array,
    patients: int,
    fields: tuple[str, ...],
    sort: Callable[[Array, Array, tuple[Array, ...]], None],
) -> Nested:
    offsets, cursor = np.zeros(patients + 1, dtype=np.int32), np.empty(patients, dtype=np.int32)
    _count(log, offsets, cursor)
    values = {name: np.empty(len(log), dtype=log.dtype[name]) for name in fields}
    sort(log, cursor, tuple(values.values()))
    return Nested(offsets, values)


def events_by_casualty(log: Array, patients: int) -> Nested:
    """Columns of the record's events from rows of EVENT_ROW."""
    return _by_casualty(log, patients, EVENT_FIELDS, _sort_events)


def vitals_by_casualty(log: Array, patients: int) -> Nested:
    """Columns of the record's vital signs from rows of VITALS_ROW."""
    return _by_casualty(log, patients, VITALS_FIELDS, _sort_vitals)


def treatments_by_casualty(log: Array, patients: int) -> Nested:
    """Columns of the record's treatments from rows of TREATMENT_ROW."""
    return _by_casualty(log, patients, TREATMENT_FIELDS, _sort_treatments)
