"""Cells and numbers that several of OMOP's tables share.

Ids follow from the ordinal, so that a range of patients has the ids it has in the whole: a person's
is the ordinal + 1, an item's is made of the ordinal and its place in the patient's list.
"""

from collections.abc import Mapping

import numpy as np

from shared.encoders.casualty.stays import NO_STAY
from shared.encoders.rows.csv_pieces import EMPTY, Cell, cells
from shared.encoders.rows.pieces import Day, Instant, Integer, Unless, Word
from shared.records.columns import Array

ITEMS_MAX = 1_000  # of a kind, a patient
MEASUREMENTS_MAX = 4_000  # a patient
NO_VISIT = 0
SOURCE_VALUE_CHARACTERS_MAX = 50


def item_ids(ordinal: Array, index: Array, items_max: int = ITEMS_MAX) -> Array:
    """Ids of items by their patient and their place in its list. Raises ValueError when a list is
    longer than ids allow for.
    """
    if len(index) and index.max() >= items_max:
        raise ValueError(
            f"a patient has more than {items_max} rows in one table: their ids would meet "
            "the next patient's"
        )
    ids: Array = ordinal * items_max + index + 1
    return ids


def keys(columns: Mapping[str, Array], items_max: int = ITEMS_MAX) -> dict[str, Array]:
    """`id`, `person_id` and `visit_id` of items with `ordinal`, `index` and `stay`."""
    stay = columns["stay"]
    visit = np.where(stay == NO_STAY, NO_VISIT, item_ids(columns["ordinal"], np.maximum(stay, 0)))
    return {
        "id": item_ids(columns["ordinal"], columns["index"], items_max),
        "person_id": columns["ordinal"] + 1,
        "visit_id": visit,
    }


def moment(name: str, day_column: str, second_column: str) -> Mapping[str, Cell]:
    """`{name}_date` and `{name}_datetime`."""
    return {f"{name}_date": Day(day_column), f"{name}_datetime": Instant(second_column)}


def visit() -> Mapping[str, Cell]:
    """Who saw the patient is not known; in which visit it was, is."""
    return {
        "provider_id": EMPTY,
        "visit_occurrence_id": [Unless("visit_id", NO_VISIT, [Integer("visit_id")])],
        "visit_detail_id": EMPTY,
    }


def concept(column: str, ids: Mapping[int, int]) -> Word:
    """Concept ids by the column's number."""
    return Word(column, cells({number: str(identifier) for number, identifier in ids.items()}))


def source_value(text: str) -> str:
    """The text as long as a source value may be."""
    return text[:SOURCE_VALUE_CHARACTERS_MAX]
