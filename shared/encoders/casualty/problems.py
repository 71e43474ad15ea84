"""A casualty's problems as one table: what it had before, then injuries, complications and diseases
of the event.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from shared.clinical import tables
from shared.clinical.rows import Background, Condition
from shared.encoders.casualty.items import item_columns
from shared.encoders.casualty.stays import NO_STAY, rows_of, stays_of
from shared.records.body import ITEM
from shared.records.columns import Array, Columns


@dataclass(frozen=True, slots=True)
class ProblemListItem:
    """A condition or background, and its codes."""

    id: int
    name: str
    display: str
    snomed: str
    icd10: str


@cache
def problem_rows() -> Sequence[ProblemListItem]:
    """Conditions under their ids; backgrounds under theirs beyond the last condition's."""
    return (*map(_of_condition, tables.conditions()), *map(_of_background, tables.backgrounds()))


def problem_columns(patients: Columns) -> Mapping[str, Array]:
    """One row a problem, in the order of patients; `problem` is its id in `problem_rows`, `index`
    counts a patient's problems from 0.

    What was there before has the injury's second as its onset, and no `stay`.
    """
    parts = [_before(patients), _event(patients)]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.argsort(columns["row"], kind="stable")
    ordered = {name: values[order] for name, values in columns.items()}
    row = ordered["row"]
    return {
        **ordered,
        "index": np.arange(len(row), dtype=np.int64) - np.searchsorted(row, row, side="left"),
    }


def _of_condition(row: Condition) -> ProblemListItem:
    return ProblemListItem(row.id, row.name, row.display, row.snomed, row.icd10)


def _of_background(row: Background) -> ProblemListItem:
    return ProblemListItem(_beyond_conditions() + row.id, row.name, row.display, row.snomed, "")


@cache
def _beyond_conditions() -> int:
    return max(row.id for row in tables.conditions())


def _before(patients: Columns) -> dict[str, Array]:
    columns = item_columns(patients, "background", "ordinal", "injured_at_s")
    return {
        "row": rows_of(patients.nested["background"].offsets),
        "ordinal": columns["ordinal"],
        "problem": columns[ITEM].astype(np.int64) + _beyond_conditions(),
        "onset_s": columns["injured_at_s"],
        "stay": np.full(len(columns["index"]), NO_STAY, np.int64),
    }


def _event(patients: Columns) -> dict[str, Array]:
    columns = item_columns(patients, "conditions", "ordinal")
    row, stays = rows_of(patients.nested["conditions"].offsets), stays_of(patients)
    # What was there before the first arrival is diagnosed in the first stay.
    first = np.where(np.isin(row, stays.row), 0, NO_STAY)
    return {
        "row": row,
        "ordinal": columns["ordinal"],
        "problem": columns["condition"].astype(np.int64),
        "onset_s": columns["onset_s"],
        "stay": np.maximum(stays.at(row, columns["onset_s"]), first),
    }
