"""What wounds survivors have, of which severity, from what."""

import numpy as np

from lazaret.calibration.cohort import Cohort
from lazaret.calibration.measures.shares import mean, percentile, share
from shared.records.columns import Array
from shared.records.vocabulary import BodyRegion, Outcome

AIS_SERIOUS = 3
MAJOR_AMPUTATIONS = ("amputation_thigh", "amputation_lower_leg", "amputation_arm")
INFECTIONS = ("wound_infection", "sepsis", "septic_shock")
PSYCHIATRIC = ("acute_stress_reaction", "adjustment_disorder", "major_depression", "anxiety")


def wounds_mean(cohort: Cohort) -> float:
    """Wounds of each surviving battle injury."""
    return float(cohort.survivors[cohort.wounds.patient].sum() / cohort.survivors.sum())


def wounds_share(cohort: Cohort, regions: tuple[BodyRegion, ...]) -> float:
    """Of surviving battle injuries' wounds in the regions that the studies tell apart; burns are
    not among them.
    """
    wounds = cohort.wounds
    counted = cohort.survivors[wounds.patient] & (wounds.values["region"] != BodyRegion.EXTERNAL)
    return share(np.isin(wounds.values["region"], regions), counted)


def kind_share(cohort: Cohort, kind: str) -> float:
    """Mechanisms of a kind among surviving battle injuries."""
    return share(cohort.of_kind(kind), cohort.survivors)


def registry_kind_share(cohort: Cohort, kind: str) -> float:
    """Mechanisms of a kind among all injuries who reached a facility."""
    return share(cohort.of_kind(kind), cohort.reached)


def registry_iss(cohort: Cohort, rank: int) -> float:
    """ISS of all injuries, in battle and not, who reached a facility and lived: a percentile."""
    return percentile(cohort.flat["iss"], cohort.reached & ~cohort.dead, rank)


def amputation_share(cohort: Cohort) -> float:
    """Major amputations among surviving battle injuries not back on duty within 72 h."""
    return share(cohort.with_condition(MAJOR_AMPUTATIONS), cohort.survivors & ~cohort.returned)


def amputations_by_explosion_share(cohort: Cohort) -> float:
    """Of surviving amputees."""
    return share(
        cohort.of_kind("explosion"), cohort.survivors & cohort.with_condition(MAJOR_AMPUTATIONS)
    )


def burn_share(cohort: Cohort) -> float:
    """Of surviving battle injuries who are evacuated."""
    return share(
        cohort.flat["burn_tbsa_pct"] > 0,
        cohort.survivors & (cohort.flat["outcome"] == Outcome.EVACUATED),
    )


def mild_brain_injury_share(cohort: Cohort) -> float:
    """Of survivors with a brain injury, those whose head wounds are of AIS 1 and 2."""
    return share(
        cohort.worst_ais(BodyRegion.HEAD_NECK) < AIS_SERIOUS,
        cohort.survivors & cohort.with_effect("brain"),
    )


def penetrating_brain_injury_share(cohort: Cohort) -> float:
    """Of survivors with a penetrating or closed brain injury of AIS 3 and more."""
    penetrating = cohort.with_condition(("penetrating_brain_injury",))
    return share(
        penetrating,
        cohort.survivors & (penetrating | cohort.with_condition(("closed_brain_injury",))),
    )


def infection_share(cohort: Cohort) -> float:
    """Of surviving battle injuries who are evacuated to a home hospital."""
    return share(
        cohort.with_condition(INFECTIONS),
        cohort.survivors & (cohort.flat["outcome"] == Outcome.EVACUATED),
    )


def age_years(cohort: Cohort, rank: int) -> float:
    """Age at the scenario's start of all injuries who reached a facility: a percentile."""
    return percentile(_age(cohort), cohort.reached, rank)


def age_mean_years(cohort: Cohort) -> float:
    """Mean age at the scenario's start of surviving battle injuries."""
    return mean(_age(cohort), cohort.survivors)


def event_size_median(cohort: Cohort) -> float:
    """Casualties of the events of six and more."""
    in_event = cohort.flat["compound_event"] >= 0
    # Events are numbered within a sector; the sectors lie one behind the other.
    sector = np.arange(len(in_event)) // cohort.scenario.sector_patients
    _, sizes = np.unique(
        np.stack([sector, cohort.flat["compound_event"]])[:, in_event], axis=1, return_counts=True
    )
    return float(np.median(sizes[sizes >= 6]))


def musculoskeletal_share(cohort: Cohort) -> float:
    """Injuries of limbs and spine, and back pain, among disease and non-battle injury."""
    spine = cohort.with_condition(
        ("low_back_pain", "whiplash", "lumbar_spine_fracture", "cervical_spine_fracture")
    )
    return share((cohort.worst_ais(BodyRegion.EXTREMITIES) > 0) | spine, ~cohort.battle)


def condition_share(cohort: Cohort, names: tuple[str, ...]) -> float:
    """Who has one of these conditions among disease and non-battle injury."""
    return share(cohort.with_condition(names), ~cohort.battle)


def outcome_share(cohort: Cohort, outcome: Outcome) -> float:
    """Of disease and non-battle injury."""
    return share(cohort.flat["outcome"] == outcome, ~cohort.battle)


def _age(cohort: Cohort) -> Array:
    start = np.datetime64(cohort.scenario.starts_at.date(), "D")
    years: Array = (start - cohort.flat["birth_date"].astype("datetime64[D]")).astype(
        np.int64
    ) / 365.25
    return years
