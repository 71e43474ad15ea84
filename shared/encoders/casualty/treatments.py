"""Treatments split between the resources that carry them: drugs and fluids are administered, the
rest is done.
"""

from collections.abc import Mapping

import numpy as np

from shared.clinical.tables import treatments
from shared.encoders.casualty.items import item_columns
from shared.encoders.casualty.stays import NO_STAY, rows_of, stays_of
from shared.encoders.casualty.words import NOWHERE
from shared.records.columns import Array, Columns
from shared.records.vocabulary import Side

ADMINISTERED = ("drug", "fluid")
SIDES = len(Side)


def treatment_columns(patients: Columns, *, administered: bool) -> Mapping[str, Array]:
    """Columns of those treatments, with the patient's `row`, the `stay` in which they were given
    and the body `site`.

    `index` counts all treatments.
    """
    columns = dict(item_columns(patients, "treatments", "ordinal"))
    row = rows_of(patients.nested["treatments"].offsets)
    stay = stays_of(patients).at(row, columns["at_s"])
    columns["stay"] = np.where(columns["facility"] == NOWHERE, NO_STAY, stay)
    columns["row"] = row
    columns["site"] = columns["region"].astype(np.int16) * SIDES
    kinds = np.array([False, *(each.kind in ADMINISTERED for each in treatments())])
    chosen = kinds[columns["treatment"]] == administered
    return {name: values[chosen] for name, values in columns.items()}
