"""The moments at which a casualty's summary is written: at every hand-over for evacuation, and at
the end of its way.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.encoders.fhir.evacuations import departures_of
from shared.encoders.fhir.per_patient import row_offsets
from shared.records.columns import Array, Columns


@dataclass(frozen=True, slots=True)
class Documents:
    """One entry a document, in the order of patients and time: `index` counts a patient's from 0,
    the last is the one of the end.

    `row` is the patient's, `facility` where the document is written.
    """

    row: NDArray[np.int64]
    index: NDArray[np.int64]
    at_s: Array
    facility: Array


def documents_of(patients: Columns) -> Documents:
    """The hand-overs and the end."""
    handovers = departures_of(patients)
    rows = np.arange(patients.rows)
    row = np.concatenate((handovers.row, rows))
    order = np.argsort(row, kind="stable")  # the end was put behind the hand-overs, and stays there
    row = row[order]
    return Documents(
        row=row,
        index=np.arange(len(row)) - row_offsets(row, patients.rows)[row],
        at_s=np.concatenate((handovers.at_s, patients.flat["ended_at_s"]))[order],
        facility=np.concatenate((handovers.facility, patients.flat["facility_last"]))[order],
    )
