"""What a part holds, by the columns that patients are filtered on, so that a filter skips whole
parts.
"""

from typing import Any

import numpy as np

from shared.records.columns import Columns

COUNTED = (
    "sex",
    "nation",
    "branch",
    "category",
    "mechanism",
    "triage_first",
    "outcome",
    "role_last",
)
RANGED = ("sector", "birth_date", "iss", "injured_at_s", "ended_at_s")


def summarise(thin: Columns) -> dict[str, Any]:
    """Return `{"counts": {column: {value: patients}}, "ranges": {column: [lowest, highest]}}`; a
    part is never empty.

    `birth_date` is in days since 1970-01-01.
    """
    return {
        "counts": {name: _counts(thin, name) for name in COUNTED},
        "ranges": {
            name: [int(thin.flat[name].min()), int(thin.flat[name].max())] for name in RANGED
        },
    }


def _counts(thin: Columns, name: str) -> dict[str, int]:
    # The columns are ids and small enumerations, none below 0: counting by place spares a sort.
    patients = np.bincount(thin.flat[name])
    return {str(value): int(patients[value]) for value in np.flatnonzero(patients)}
