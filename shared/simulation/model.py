"""What compiled code knows of medicine: the parameters and tables of `shared/clinical` as one
record.
"""

from functools import cache
from typing import Any

import numpy as np

from shared.clinical import tables
from shared.clinical.parameters import parameters
from shared.records.columns import Array
from shared.records.vocabulary import BodyRegion
from shared.simulation.disease import illness_care
from shared.simulation.elementary import exp_each, exponential_table, normal_table
from shared.simulation.journal import AT_THE_WOUND
from shared.simulation.treatment import Treatment
from shared.simulation.vital_signs import SCATTER_BITS
from shared.simulation.world import COMPLICATIONS

DEVIATES = 4096  # entries of a quantile table: a 12-bit number becomes a deviate
ANTIBIOTICS = frozenset(
    [
        Treatment.MOXIFLOXACIN,
        Treatment.ERTAPENEM,
        Treatment.CEFAZOLIN,
        Treatment.CEFTRIAXONE,
        Treatment.CIPROFLOXACIN,
        Treatment.DOXYCYCLINE,
    ]
)
MINUTE_S = 60
HOUR_S = 3600
RANKS_END = 21  # ids of ranks begin at 1
# What a complication follows; another complication by its place, from 0.
OPEN_WOUND, LIMB, TRANSFUSED, SHOCKED, ARRESTED = -1, -2, -3, -4, -5
CAUSES = {
    "open_wound": OPEN_WOUND,
    "limb": LIMB,
    "transfused": TRANSFUSED,
    "shock": SHOCKED,
    "arrest": ARRESTED,
}
REGIONS = {"": 0, "wound": AT_THE_WOUND} | {
    region.name.lower(): int(region) for region in BodyRegion
}
COMPLICATION_FIELDS = ("share", "fever", "strain", "hazard_per_min", "onset_spread")


@cache
def normal_deviates() -> Array:
    """float64[DEVIATES] of the standard normal distribution."""
    deviates = np.empty(DEVIATES)
    normal_table(deviates)
    return deviates


@cache
def exponential_deviates() -> Array:
    """float64[DEVIATES] of the exponential distribution with mean 1."""
    deviates = np.empty(DEVIATES)
    exponential_table(deviates)
    return deviates


@cache
def model() -> Array:
    """What the kernels know of medicine: record[1] of the parameters, a normal table, and each
    treatment's time, dose and use.
    """
    rows = parameters()
    by_name = {row.name: row for row in tables.treatments()}
    care = illness_care()
    size = len(Treatment) + 1
    arrays: list[tuple[Any, ...]] = [
        ("normal", "f8", (DEVIATES,)),
        ("treatment_pace", "f8", (DEVIATES,)),  # time over median time
        ("scatter", "f8", (1 << SCATTER_BITS,)),
        ("median_s", "f8", (size,)),
        ("dose", "f8", (size,)),
        ("youngest_of_rank", "i2", (RANKS_END,)),
        ("role_min", "i2", (size,)),
        ("antibiotic", "i1", (size,)),
        ("region", "i2", (size,)),  # AT_THE_WOUND, 0 for none
        ("care", "i2", care.shape),
    ]
    arrays += [
        (f"complication_{name}", "f8", (COMPLICATIONS,))
        for name in (*COMPLICATION_FIELDS, "onset_s")
    ]
    arrays += [
        (f"complication_{name}", "i2", (COMPLICATIONS,)) for name in ("follows", "treatment")
    ]
    arrays += [("harmless_volume", "f8")]
    record = np.zeros(1, dtype=np.dtype([*((name, "f8") for name in rows), *arrays], align=True))
    for name, row in rows.items():
        record[name] = row.value
    for rank in tables.ranks():
        record[0]["youngest_of_rank"][rank.id] = rank.youngest
    step = rows["state_step_volume"].value
    record["harmless_volume"] = (
        np.ceil(
            max(1.0 - rows["shock_borne"].value, rows["brain_insult_volume"].value) / step - 1e-9
        )
        * step
    )
    for treatment in Treatment:
        kind = by_name[treatment.name.lower()]
        record[0]["median_s"][treatment] = max(kind.duration_min, 1) * MINUTE_S
        record[0]["dose"][treatment] = kind.dose
        record[0]["role_min"][treatment] = kind.role_min
        record[0]["antibiotic"][treatment] = treatment in ANTIBIOTICS
        record[0]["region"][treatment] = REGIONS[kind.region]
    for blood in (Treatment.WHOLE_BLOOD, Treatment.RED_CELLS):
        record[0]["median_s"][blood] = rows["blood_unit_s"].value
    record[0]["normal"][:] = normal_deviates()
    record[0]["treatment_pace"][:] = rows["treatment_spread"].value * normal_deviates()
    exp_each(record[0]["treatment_pace"])
    normal_table(record[0]["scatter"])
    record[0]["care"][:] = care
    _set_complications(record[0])
    return record


def _set_complications(record: Array) -> None:
    places = {row.condition: place for place, row in enumerate(tables.complications())}
    for place, row in enumerate(tables.complications()):
        for name in COMPLICATION_FIELDS:
            record[f"complication_{name}"][place] = getattr(row, name)
        record["complication_onset_s"][place] = row.onset_h_median * HOUR_S
        record["complication_follows"][place] = places.get(row.follows, CAUSES.get(row.follows))
        record["complication_treatment"][place] = (
            Treatment[row.treatment.upper()] if row.treatment else 0
        )
