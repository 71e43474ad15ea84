"""The diagnoses of a finished sector: every wound, or for the ill their disease, then what came of
it.
"""

from functools import cache
from typing import Any

import numpy as np

from shared.clinical import tables
from shared.records.columns import Array, Nested
from shared.simulation.injuries import Injuries
from shared.simulation.kernel import entry
from shared.simulation.world import COMPLICATIONS


@cache
def _complication_ids() -> Array:
    ids = {row.name: row.id for row in tables.conditions()}
    return np.array([ids[row.condition] for row in tables.complications()], dtype=np.int16)


@entry
def _count(people: Any, wounds: Any, offsets: Any) -> None:
    for who in range(len(people)):
        rows = wounds[who + 1] - wounds[who] + (1 if people[who]["illness"] > 0 else 0)
        for place in range(COMPLICATIONS):
            rows += 1 if people[who]["complication_at_s"][place] > 0 else 0
        offsets[who + 1] = offsets[who] + rows


@entry
def _write(people: Any, wounds: Any, complications: Any, columns: Any) -> None:
    offsets, wound_condition, wound_region, wound_side, wound_ais = wounds
    condition, region, side, ais, onset_s = columns
    row = 0
    for who in range(len(people)):
        person = people[who]
        for wound in range(offsets[who], offsets[who + 1]):
            condition[row] = wound_condition[wound]
            region[row] = wound_region[wound]
            side[row] = wound_side[wound]
            ais[row] = wound_ais[wound]
            onset_s[row] = person["injured_at_s"]
            row += 1
        if person["illness"] > 0:
            condition[row] = person["illness"]
            onset_s[row] = person["injured_at_s"]
            row += 1
        for place in range(COMPLICATIONS):
            if person["complication_at_s"][place] > 0:
                condition[row] = complications[place]
                onset_s[row] = person["complication_at_s"][place]
                row += 1


def conditions(people: Array, wounds: Injuries) -> Nested:
    """Columns of the record's conditions; region, side and AIS are 0 for what is no wound."""
    offsets = np.zeros(len(people) + 1, dtype=np.int32)
    _count(people, wounds.offsets, offsets)
    rows = int(offsets[-1])
    values: dict[str, Array] = {
        "condition": np.empty(rows, dtype=np.int16),
        "region": np.zeros(rows, dtype=np.int8),
        "side": np.zeros(rows, dtype=np.int8),
        "ais": np.zeros(rows, dtype=np.int8),
        "onset_s": np.empty(rows, dtype=np.int32),
    }
    wounded = (wounds.offsets, wounds.condition, wounds.region, wounds.side, wounds.ais)
    _write(people, wounded, _complication_ids(), tuple(values.values()))
    return Nested(offsets, values)
