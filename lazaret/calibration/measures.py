"""What published studies measured, taken of a simulated cohort. Shares are 0 to 1; each function names its denominator."""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from lazaret.calibration.cohort import Cohort
from shared.records.columns import Array
from shared.records.vocabulary import BodyRegion, Outcome

MASSIVE_TRANSFUSION_UNITS = 10

Measure = Callable[[Cohort], float]


def killed_in_action_share(cohort: Cohort) -> float:
    """Of battle injuries, those back on duty within 72 h left out."""
    return _share(cohort.killed, cohort.battle & ~cohort.returned)


def died_of_wounds_share(cohort: Cohort) -> float:
    """Of battle injuries who reached a facility, those back on duty within 72 h left out."""
    return _share(cohort.died_of_wounds, cohort.battle & ~cohort.killed & ~cohort.returned)


def case_fatality(cohort: Cohort) -> float:
    """Of all battle injuries."""
    return _share(cohort.killed | cohort.died_of_wounds, cohort.battle)


def deaths_before_facility_share(cohort: Cohort) -> float:
    """Of battle deaths."""
    return _share(cohort.killed, cohort.killed | cohort.died_of_wounds)


def killed_dead_by(cohort: Cohort, minutes: int) -> float:
    """Of those killed in action, dead so many minutes after wounding."""
    lived_s = cohort.flat["ended_at_s"] - cohort.flat["injured_at_s"]
    return _share(lived_s <= minutes * 60, cohort.killed)


def killed_iss_median(cohort: Cohort) -> float:
    """ISS of those killed in action."""
    return float(np.median(cohort.flat["iss"][cohort.killed]))


def wounds_mean(cohort: Cohort) -> float:
    """Wounds of each surviving battle injury."""
    return float(cohort.survivors[cohort.wound_patient].sum() / cohort.survivors.sum())


def wounds_share(cohort: Cohort, regions: tuple[BodyRegion, ...]) -> float:
    """Of surviving battle injuries' wounds in the regions that the studies tell apart; burns are not among them."""
    counted = cohort.survivors[cohort.wound_patient] & (cohort.wound_region != BodyRegion.EXTERNAL)
    return _share(np.isin(cohort.wound_region, regions), counted)


def kind_share(cohort: Cohort, kind: str) -> float:
    """Of surviving battle injuries."""
    return _share(cohort.of_kind(kind), cohort.survivors)


def survivors_iss(cohort: Cohort, percentile: int) -> float:
    """ISS of surviving battle injuries."""
    return float(np.percentile(cohort.flat["iss"][cohort.survivors], percentile))


def amputation_share(cohort: Cohort) -> float:
    """Of surviving battle injuries not back on duty within 72 h."""
    return _share(cohort.with_effect("amputation"), cohort.survivors & ~cohort.returned)


def amputations_by_explosion_share(cohort: Cohort) -> float:
    """Of surviving amputees."""
    return _share(cohort.of_kind("explosion"), cohort.survivors & cohort.with_effect("amputation"))


def burn_share(cohort: Cohort) -> float:
    """Of surviving battle injuries not back on duty within 72 h: who is evacuated."""
    return _share(cohort.flat["burn_tbsa_pct"] > 0, cohort.survivors & ~cohort.returned)


def transfused_share(cohort: Cohort, units: int) -> float:
    """At least so many units; of battle injuries who reached a facility."""
    return _share(cohort.flat["transfused_units"] >= units, cohort.battle & ~cohort.killed)


def others_share(cohort: Cohort, outcome: Outcome) -> float:
    """Of disease and non-battle injuries."""
    return _share(cohort.flat["outcome"] == outcome, ~cohort.battle)


def _share(part: Array, whole: Array) -> float:
    return float((part & whole).sum() / whole.sum()) if whole.any() else float("nan")


MEASURES: Mapping[str, Measure] = {
    "killed_in_action_share": killed_in_action_share,
    "died_of_wounds_share": died_of_wounds_share,
    "case_fatality": case_fatality,
    "deaths_before_facility_share": deaths_before_facility_share,
    **{f"killed_dead_by_{minutes}_min": partial(killed_dead_by, minutes=minutes) for minutes in (0, 10, 60, 120)},
    "killed_iss_median": killed_iss_median,
    "wounds_mean": wounds_mean,
    "wounds_head_neck_face_share": partial(wounds_share, regions=(BodyRegion.HEAD_NECK, BodyRegion.FACE)),
    "wounds_chest_share": partial(wounds_share, regions=(BodyRegion.CHEST,)),
    "wounds_abdomen_share": partial(wounds_share, regions=(BodyRegion.ABDOMEN,)),
    "wounds_extremities_share": partial(wounds_share, regions=(BodyRegion.EXTREMITIES,)),
    "explosion_share": partial(kind_share, kind="explosion"),
    "gunshot_share": partial(kind_share, kind="gunshot"),
    "survivors_iss_median": partial(survivors_iss, percentile=50),
    "survivors_iss_lower_quartile": partial(survivors_iss, percentile=25),
    "survivors_iss_upper_quartile": partial(survivors_iss, percentile=75),
    "amputation_share": amputation_share,
    "amputations_by_explosion_share": amputations_by_explosion_share,
    "burn_share": burn_share,
    "transfused_share": partial(transfused_share, units=1),
    "massively_transfused_share": partial(transfused_share, units=MASSIVE_TRANSFUSION_UNITS),
    "others_returned_share": partial(others_share, outcome=Outcome.RETURNED_TO_DUTY),
    "others_evacuated_share": partial(others_share, outcome=Outcome.EVACUATED),
    "others_died_share": partial(others_share, outcome=Outcome.DIED_NON_BATTLE),
}
