"""What was observed of casualties as one long table: a row a value, as formats want it that know no
groups of values.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from shared.clinical.tables import code_by_value
from shared.encoders.casualty.stays import NO_STAY, rows_of, stays_of
from shared.encoders.casualty.words import NOWHERE, words_of
from shared.records.columns import Array, Columns
from shared.records.vocabulary import BloodGroup, EventKind, Triage

VALUE_PLACES = 1
NO_WORD = 0
_TEN = 10**VALUE_PLACES
_UNTOLD_PAIN = -1


@dataclass(frozen=True, slots=True)
class ObservationKind:
    """A kind of observation: its LOINC code, FHIR's category and the UCUM unit of a number (empty:
    a word).
    """

    loinc: str
    category: str
    unit: str = ""

    @property
    def display(self) -> str:
        return code_by_value()["LOINC", self.loinc].display


# In the order of a casualty's rows at the same moment.
KINDS: Mapping[str, ObservationKind] = {
    "blood_group": ObservationKind("882-1", "laboratory"),
    "height": ObservationKind("8302-2", "vital-signs", "cm"),
    "weight": ObservationKind("29463-7", "vital-signs", "kg"),
    "iss": ObservationKind("74471-4", "survey", "{score}"),
    "triage": ObservationKind("77941-3", "exam"),
    "heart_rate": ObservationKind("8867-4", "vital-signs", "/min"),
    "systolic": ObservationKind("8480-6", "vital-signs", "mm[Hg]"),
    "diastolic": ObservationKind("8462-4", "vital-signs", "mm[Hg]"),
    "respiratory_rate": ObservationKind("9279-1", "vital-signs", "/min"),
    "spo2": ObservationKind("59408-5", "vital-signs", "%"),
    "temperature": ObservationKind("8310-5", "vital-signs", "Cel"),
    "gcs": ObservationKind("9269-2", "survey", "{score}"),
    "pain": ObservationKind("72514-3", "survey", "{score}"),
}
_NUMBERS = {name: number for number, name in enumerate(KINDS)}
_TENTHS = frozenset({"temperature_dc", "weight_hg"})


@cache
def observed_words() -> Mapping[int, str]:
    """Blood groups and triage categories by the numbers in `word`."""
    return {
        NO_WORD: "",
        **words_of(BloodGroup),
        **{len(BloodGroup) + number: word for number, word in words_of(Triage).items()},
    }


def observed(patients: Columns) -> Mapping[str, Array]:
    """One row a value, in the order of patients, of time, and of `KINDS`.

    `kind` is the place in `KINDS`; `value_e1` the number in tenths, or `word` the word's number;
    `index` counts a patient's rows from 0; `stay` is the stay it was observed in, NO_STAY outside
    facilities.
    """
    parts = [*_of_patients(patients), _triage(patients), *_vital_signs(patients)]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.lexsort((columns["kind"], columns["at_s"], columns["row"]))
    ordered = {name: values[order] for name, values in columns.items()}
    row = ordered["row"]
    return {
        **ordered,
        "ordinal": patients.flat["ordinal"][row],
        "index": np.arange(len(row), dtype=np.int64) - np.searchsorted(row, row, side="left"),
        "stay": np.where(
            ordered["facility"] == NOWHERE, NO_STAY, stays_of(patients).at(row, ordered["at_s"])
        ),
    }


def _of_patients(patients: Columns) -> Iterator[dict[str, Array]]:
    flat = patients.flat
    row = np.arange(patients.rows, dtype=np.int64)
    nowhere = np.full(patients.rows, NOWHERE, np.int16)
    yield _rows("blood_group", row, flat["injured_at_s"], nowhere, word=flat["blood_group"])
    for kind, column in (("height", "height_cm"), ("weight", "weight_hg"), ("iss", "iss")):
        yield _rows(
            kind, row, flat["injured_at_s"], nowhere, value_e1=_tenths(column, flat[column])
        )


def _triage(patients: Columns) -> dict[str, Array]:
    events = patients.nested["events"]
    chosen = events.values["kind"] == EventKind.TRIAGED
    at_s, facility, category = (
        events.values[name][chosen] for name in ("at_s", "facility", "detail")
    )
    return _rows(
        "triage", rows_of(events.offsets)[chosen], at_s, facility, word=category + len(BloodGroup)
    )


def _vital_signs(patients: Columns) -> Iterator[dict[str, Array]]:
    vitals = patients.nested["vitals"]
    row, at_s, facility = rows_of(vitals.offsets), vitals.values["at_s"], vitals.values["facility"]
    columns = ("heart_rate", "systolic", "diastolic", "respiratory_rate", "spo2", "gcs")
    for kind, column in (*zip(columns, columns, strict=True), ("temperature", "temperature_dc")):
        yield _rows(kind, row, at_s, facility, value_e1=_tenths(column, vitals.values[column]))
    told = vitals.values["pain"] != _UNTOLD_PAIN
    yield _rows(
        "pain",
        row[told],
        at_s[told],
        facility[told],
        value_e1=_tenths("pain", vitals.values["pain"][told]),
    )


def _tenths(column: str, values: Array) -> Array:
    return values.astype(np.int64) * (1 if column in _TENTHS else _TEN)


def _rows(
    kind: str,
    row: Array,
    at_s: Array,
    facility: Array,
    *,
    value_e1: Array | None = None,
    word: Array | None = None,
) -> dict[str, Array]:
    nothing = np.zeros(len(row), np.int64)
    return {
        "row": row,
        "at_s": at_s,
        "facility": facility,
        "kind": np.full(len(row), _NUMBERS[kind], np.int8),
        "value_e1": nothing if value_e1 is None else value_e1,
        "word": nothing if word is None else word.astype(np.int64),
    }
