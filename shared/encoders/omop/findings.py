"""measurement: what has a number; observation: what has a word, and allergies."""

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from shared.clinical import tables
from shared.encoders.casualty.items import item_columns
from shared.encoders.casualty.observed import KINDS, NO_WORD, VALUE_PLACES, observed, observed_words
from shared.encoders.casualty.stays import NO_STAY, rows_of
from shared.encoders.casualty.words import words_of
from shared.encoders.interface.context import EncodingContext
from shared.encoders.omop.cells import (
    ITEMS_MAX,
    MEASUREMENTS_MAX,
    concept,
    keys,
    moment,
    source_value,
    visit,
)
from shared.encoders.omop.concepts import EHR, MEASUREMENTS, NO_CONCEPT, UNITS
from shared.encoders.rows.csv_pieces import EMPTY, Cell, CsvTable, Rows, cells, days
from shared.encoders.rows.pieces import Decimal, Integer, Word
from shared.records.body import ITEM
from shared.records.columns import Array, Columns
from shared.records.vocabulary import Category, Outcome

_NONE = b"%d" % NO_CONCEPT
_TYPE = b"%d" % EHR
# Kinds of observation: first those of `KINDS`, then the record's own, then allergies.
_OWN_KINDS = ("category", "mechanism", "outcome")
_OWN = {name: len(KINDS) + place for place, name in enumerate(_OWN_KINDS)}
_ALLERGIES = len(KINDS) + len(_OWN_KINDS)


def _measurement_rows(patients: Columns, context: EncodingContext) -> Rows:
    columns = observed(patients)
    columns = {
        **columns,
        **keys(columns, MEASUREMENTS_MAX),
        "start": days(columns["at_s"], context),
    }
    chosen = columns["word"] == NO_WORD
    return int(chosen.sum()), {name: values[chosen] for name, values in columns.items()}


def _measurements(_context: EncodingContext) -> Mapping[str, Cell]:
    kinds = dict(enumerate(KINDS.values()))
    return {
        "measurement_id": Integer("id"),
        "person_id": Integer("person_id"),
        "measurement_concept_id": concept(
            "kind",
            {place: MEASUREMENTS.get(kind.loinc, NO_CONCEPT) for place, kind in kinds.items()},
        ),
        **moment("measurement", "start", "at_s"),
        "measurement_time": EMPTY,
        "measurement_type_concept_id": _TYPE,
        "operator_concept_id": _NONE,
        "value_as_number": Decimal("value_e1", VALUE_PLACES, trimmed=True),
        "value_as_concept_id": _NONE,
        "unit_concept_id": concept(
            "kind", {place: UNITS.get(kind.unit, NO_CONCEPT) for place, kind in kinds.items()}
        ),
        **dict.fromkeys(("range_low", "range_high"), EMPTY),
        **visit(),
        "measurement_source_value": Word(
            "kind", cells({place: kind.loinc for place, kind in kinds.items()})
        ),
        "measurement_source_concept_id": _NONE,
        "unit_source_value": Word(
            "kind", cells({place: kind.unit for place, kind in kinds.items()})
        ),
        "unit_source_concept_id": _NONE,
        "value_source_value": Decimal("value_e1", VALUE_PLACES, trimmed=True),
        **dict.fromkeys(("measurement_event_id", "meas_event_field_concept_id"), EMPTY),
    }


def _observation_rows(patients: Columns, context: EncodingContext) -> Rows:
    seen = observed(patients)
    worded = seen["word"] != NO_WORD
    parts = [
        {name: seen[name][worded] for name in ("row", "at_s", "kind", "word", "stay")},
        *_own(patients),
        _allergy_rows(patients),
    ]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.lexsort((columns["kind"], columns["at_s"], columns["row"]))
    ordered: dict[str, Array] = {name: values[order] for name, values in columns.items()}
    row = ordered["row"]
    ordered["ordinal"] = patients.flat["ordinal"][row]
    ordered["index"] = np.arange(len(row), dtype=np.int64) - np.searchsorted(row, row, side="left")
    return len(row), {
        **ordered,
        **keys(ordered, ITEMS_MAX),
        "start": days(ordered["at_s"], context),
    }


def _own(patients: Columns) -> Sequence[dict[str, Array]]:
    first = _first_words()
    row = np.arange(patients.rows, dtype=np.int64)
    outside = np.full(patients.rows, NO_STAY, np.int64)
    return [
        {
            "row": row,
            "at_s": patients.flat["ended_at_s" if name == "outcome" else "injured_at_s"],
            "kind": np.full(patients.rows, kind, np.int64),
            "word": patients.flat[name].astype(np.int64) + first[name],
            "stay": outside,
        }
        for name, kind in _OWN.items()
    ]


def _allergy_rows(patients: Columns) -> dict[str, Array]:
    columns = item_columns(patients, "allergies", "injured_at_s")
    rows = len(columns["index"])
    return {
        "row": rows_of(patients.nested["allergies"].offsets),
        "at_s": columns["injured_at_s"],
        "kind": columns[ITEM].astype(np.int64) + _ALLERGIES,
        "word": np.full(rows, NO_WORD, np.int64),
        "stay": np.full(rows, NO_STAY, np.int64),
    }


def _observations(_context: EncodingContext) -> Mapping[str, Cell]:
    words = Word("word", cells({number: source_value(word) for number, word in _words().items()}))
    return {
        "observation_id": Integer("id"),
        "person_id": Integer("person_id"),
        "observation_concept_id": _NONE,
        **moment("observation", "start", "at_s"),
        "observation_type_concept_id": _TYPE,
        "value_as_number": EMPTY,
        "value_as_string": words,
        "value_as_concept_id": _NONE,
        "qualifier_concept_id": _NONE,
        "unit_concept_id": _NONE,
        **visit(),
        "observation_source_value": Word("kind", cells(_sources())),
        "observation_source_concept_id": _NONE,
        **dict.fromkeys(("unit_source_value", "qualifier_source_value"), EMPTY),
        "value_source_value": words,
        **dict.fromkeys(("observation_event_id", "obs_event_field_concept_id"), EMPTY),
    }


def _sources() -> Mapping[int, str]:
    allergies = {
        _ALLERGIES + row.id: source_value(row.snomed or row.name) for row in tables.allergies()
    }
    return {
        **{place: kind.loinc for place, kind in enumerate(KINDS.values())},
        **{kind: name for name, kind in _OWN.items()},
        **allergies,
    }


@cache
def _first_words() -> Mapping[str, int]:
    """What is added to a number of each of the record's own vocabularies, so that all words have
    numbers of their own.
    """
    categories = max(observed_words())
    mechanisms = categories + max(Category)
    return {
        "category": categories,
        "mechanism": mechanisms,
        "outcome": mechanisms + max(row.id for row in tables.mechanisms()),
    }


@cache
def _words() -> Mapping[int, str]:
    first = _first_words()
    mechanisms = {row.id: row.name for row in tables.mechanisms()}
    own = (
        ("category", words_of(Category)),
        ("mechanism", mechanisms),
        ("outcome", words_of(Outcome)),
    )
    return {
        **observed_words(),
        **{first[name] + number: word for name, words in own for number, word in words.items()},
    }


MEASUREMENT = CsvTable(_measurements, _measurement_rows)
OBSERVATION = CsvTable(_observations, _observation_rows)
