"""Casualties as they were known at a moment: the same columns, with nothing in them that came
later.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from shared.encoders.fhir.per_patient import row_offsets
from shared.records.columns import Array, Columns, Nested
from shared.records.vocabulary import Outcome

# The column that says when an item is known; lists without are known from the start.
_KNOWN_FROM = {
    "events": "at_s",
    "vitals": "at_s",
    "conditions": "onset_s",
    "treatments": "ended_at_s",
}


def known_at(patients: Columns, row: NDArray[np.int64], at_s: Array) -> Columns:
    """One row for each moment: the patient in `row` at second `at_s`; of the vital signs only the
    last measured.

    Every list item keeps its place in the patient's own list as column `index`, on which its id
    rests.
    """
    flat = {name: values[row] for name, values in patients.flat.items()}
    going_on = flat["ended_at_s"] > at_s
    flat["outcome"] = np.where(going_on, Outcome.IN_CARE, flat["outcome"])
    return Columns(
        len(row),
        flat,
        {name: _known(lists, name, row, at_s) for name, lists in patients.nested.items()},
    )


def items_of(
    offsets: NDArray[np.int32], row: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All list items of the patients in `row`: the place in `row` and the place among all items of
    each.
    """
    counts = np.diff(offsets)[row]
    moment = np.repeat(np.arange(len(row)), counts)
    item = (
        np.arange(len(moment))
        - np.repeat(np.cumsum(counts) - counts, counts)
        + np.repeat(offsets[row], counts)
    )
    return moment, item


def _known(lists: Nested, name: str, row: NDArray[np.int64], at_s: Array) -> Nested:
    moment, item = items_of(lists.offsets, row)
    if name in _KNOWN_FROM:
        known = lists.values[_KNOWN_FROM[name]][item] <= at_s[moment]
        moment, item = moment[known], item[known]
    if name == "vitals":
        last = np.append(moment[1:] != moment[:-1], True)[: len(moment)]
        moment, item = moment[last], item[last]
    values: Mapping[str, Array] = {column: each[item] for column, each in lists.values.items()}
    return Nested(
        row_offsets(moment, len(row)), {**values, "index": item - lists.offsets[row[moment]]}
    )
