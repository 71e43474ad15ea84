"""The items of a list column beside what they need of their patient."""

from collections.abc import Mapping

import numpy as np

from shared.encoders.casualty.words import DETAILS_PER_KIND
from shared.records.columns import Array, Columns

DOSE_PLACES = 3


def item_columns(patients: Columns, name: str, *carried: str) -> Mapping[str, Array]:
    """Columns of every item of the list `name`, with the patient's `carried` columns and `index`,
    the item's place in its list.

    A list that was cut has an `index` already, and keeps it.

    Events have `detail_of_kind` (as `words.event_details` counts), treatments `dose_e3`
    (thousandths) besides.
    """
    lists = patients.nested[name]
    counts = np.diff(lists.offsets)
    index = np.arange(lists.offsets[-1], dtype=np.int64) - np.repeat(lists.offsets[:-1], counts)
    derived = derived_columns(name, lists.values)
    return {
        **lists.values,
        **{column: np.repeat(patients.flat[column], counts) for column in carried},
        **derived,
        "index": lists.values.get("index", index),
    }


def derived_columns(name: str, items: Mapping[str, Array]) -> Mapping[str, Array]:
    """What `item_columns` adds to the items of the list `name` out of themselves."""
    if name == "events":
        return {
            "detail_of_kind": items["kind"].astype(np.int32) * DETAILS_PER_KIND + items["detail"]
        }
    if name == "treatments":
        return {
            "dose_e3": np.rint(items["dose"].astype(np.float64) * 10**DOSE_PLACES).astype(np.int64)
        }
    return {}
