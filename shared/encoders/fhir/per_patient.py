"""Resources are rendered one text each; a file or a Bundle takes them a patient at a time."""

import numpy as np
from numpy.typing import NDArray

from shared.encoders.rows.texts import Texts
from shared.records.columns import Array, Columns


def of_lists(texts: Texts, patients: Columns, name: str) -> Texts:
    """One text a patient from the texts of all items of its list `name`."""
    return texts.joined(patients.nested[name].offsets)


def of_rows(texts: Texts, row: Array, patients: Columns) -> Texts:
    """One text a patient from texts that belong to the patients in `row`, which ascends."""
    return texts.joined(row_offsets(row, patients.rows))


def row_offsets(row: Array, rows: int) -> NDArray[np.int32]:
    """Where each of the `rows` patients begins among items that belong to the patients in `row`,
    which ascends; one more than rows.
    """
    return np.searchsorted(row, np.arange(rows + 1)).astype(np.int32)
