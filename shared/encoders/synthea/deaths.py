"""Who died, and of which condition: Synthea certifies deaths in encounters of their own."""

from functools import cache

import numpy as np

from shared.clinical import tables
from shared.encoders.casualty.stays import rows_of
from shared.encoders.rows.csv_pieces import cells
from shared.encoders.rows.texts import Texts
from shared.records.columns import Array, Columns
from shared.records.vocabulary import Outcome

NO_REASON = -1
_DEAD = (Outcome.KIA, Outcome.DOW, Outcome.DIED_NON_BATTLE)


def dead_rows(patients: Columns) -> Array:
    """Where the dead stand among the patients."""
    return np.flatnonzero(np.isin(patients.flat["outcome"], _DEAD))


def reasons(patients: Columns, rows: Array) -> Array:
    """The gravest condition of each that has a verified code; NO_REASON where none has one."""
    lists = patients.nested["conditions"]
    condition, ais = lists.values["condition"], lists.values["ais"]
    coded = np.flatnonzero(np.isin(condition, list(_coded())))
    owner = rows_of(lists.offsets)[coded]
    order = np.lexsort((-ais[coded].astype(np.int64), owner))
    owners, firsts = np.unique(owner[order], return_index=True)
    found = np.full(patients.rows, NO_REASON, np.int64)
    found[owners] = condition[coded][order][firsts]
    chosen: Array = found[rows]
    return chosen


@cache
def reason_codes() -> Texts:
    return cells(
        {NO_REASON: None, **{each: code for each, (code, _) in _coded().items()}}, NO_REASON
    )


@cache
def reason_displays() -> Texts:
    return cells(
        {NO_REASON: None, **{each: name for each, (_, name) in _coded().items()}}, NO_REASON
    )


@cache
def _coded() -> dict[int, tuple[str, str]]:
    return {row.id: (row.snomed, row.display) for row in tables.conditions() if row.snomed}
