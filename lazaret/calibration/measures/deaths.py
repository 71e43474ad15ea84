"""Who dies, when and of what.

A death is potentially survivable unless it came at once, from an injury of brain or cord or from
burns, or its wounds are of AIS 6, or of AIS 5 and of the brain, the heart or a great vessel of the
chest, the cervical cord or the pelvis: the panels (Eastridge 2011, 2012) judged by the injuries,
and these are those that they named as beyond survival (O095).
"""

import numpy as np

from lazaret.calibration.cohort import Cohort
from lazaret.calibration.measures.shares import percentile, share
from shared.clinical.tables import conditions
from shared.records.columns import Array
from shared.records.vocabulary import BodyRegion, DeathCause, Outcome

AIS_UNSURVIVABLE = 6
AIS_CRITICAL = 5
UNSURVIVABLE_CAUSES = (
    DeathCause.IMMEDIATE,
    DeathCause.BRAIN_INJURY,
    DeathCause.SPINAL_CORD_INJURY,
    DeathCause.BURNS,
)
UNSURVIVABLE_WOUNDS = (
    "heart_injury",
    "thoracic_vessel_injury",
    "cervical_cord_injury",
    "pelvic_fracture",
)
BLEEDING_SITES = ("truncal", "junctional", "extremity")


def killed_in_action_share(cohort: Cohort) -> float:
    """Of battle injuries, those back on duty within 72 h left out."""
    return share(cohort.killed, cohort.battle & ~cohort.returned)


def died_of_wounds_share(cohort: Cohort) -> float:
    """Of battle injuries who reached a facility, those back on duty within 72 h left out."""
    return share(cohort.died_of_wounds, cohort.battle & ~cohort.killed & ~cohort.returned)


def case_fatality(cohort: Cohort) -> float:
    """Of all battle injuries."""
    return share(cohort.dead, cohort.battle)


def before_facility_share(cohort: Cohort) -> float:
    """Of battle deaths."""
    return share(cohort.killed, cohort.dead & cohort.battle)


def killed_dead_by(cohort: Cohort, minutes: int) -> float:
    """Of those killed in action, dead so many minutes after wounding."""
    return share(_lived_s(cohort) <= minutes * 60, cohort.killed)


def killed_lived_min(cohort: Cohort, rank: int) -> float:
    """Minutes from wounding to death of those killed in action: a percentile."""
    return percentile(_lived_s(cohort) / 60, cohort.killed, rank)


def killed_iss(cohort: Cohort, rank: int) -> float:
    """ISS of those killed in action: a percentile."""
    return percentile(cohort.flat["iss"], cohort.killed, rank)


def killed_by_share(cohort: Cohort, mechanism: str) -> float:
    """Of those killed in action."""
    return share(cohort.of_mechanism(mechanism), cohort.killed)


def survivable_share(cohort: Cohort, outcome: Outcome) -> float:
    """Of the deaths with an outcome (KIA or DOW), the potentially survivable."""
    return share(potentially_survivable(cohort), cohort.flat["outcome"] == outcome)


def survivable_cause_share(cohort: Cohort, outcome: Outcome, cause: DeathCause) -> float:
    """Of potentially survivable deaths with an outcome."""
    return share(
        cohort.flat["death_cause"] == cause,
        (cohort.flat["outcome"] == outcome) & potentially_survivable(cohort),
    )


def unsurvivable_brain_share(cohort: Cohort) -> float:
    """Of those who died of wounds beyond survival, with a brain injury as the cause."""
    return share(
        cohort.flat["death_cause"] == DeathCause.BRAIN_INJURY,
        cohort.died_of_wounds & ~potentially_survivable(cohort),
    )


def bleeding_site_share(cohort: Cohort, outcome: Outcome, site: str) -> float:
    """Of potentially survivable deaths by bleeding, where the gravest bleeding wound lies; of equal
    ones the more central counts.
    """
    bled = cohort.flat["death_cause"] == DeathCause.HAEMORRHAGE
    return share(
        _bleeds_worst_at(cohort, site),
        bled & (cohort.flat["outcome"] == outcome) & potentially_survivable(cohort),
    )


def potentially_survivable(cohort: Cohort) -> Array:
    """Deaths that a panel would call so."""
    worst = cohort.having(cohort.conditions, cohort.conditions.values["ais"] == AIS_UNSURVIVABLE)
    brain = cohort.with_effect("brain") & (cohort.worst_ais(BodyRegion.HEAD_NECK) >= AIS_CRITICAL)
    named = (
        cohort.worst_ais_of({row.id for row in conditions() if row.name in UNSURVIVABLE_WOUNDS})
        >= AIS_CRITICAL
    )
    beyond = worst | brain | named | np.isin(cohort.flat["death_cause"], UNSURVIVABLE_CAUSES)
    survivable: Array = cohort.dead & ~beyond
    return survivable


def _bleeds_worst_at(cohort: Cohort, site: str) -> Array:
    worst = {name: _worst_bleeding(cohort, name) for name in BLEEDING_SITES}
    here = worst[site] > 0
    for other in BLEEDING_SITES:
        if BLEEDING_SITES.index(other) < BLEEDING_SITES.index(site):
            here &= worst[site] > worst[other]
        elif other != site:
            here &= worst[site] >= worst[other]
    return here


def _worst_bleeding(cohort: Cohort, site: str) -> Array:
    wanted = {row.id for row in conditions() if row.bleeding == site}
    return cohort.worst_ais_of(wanted)


def _lived_s(cohort: Cohort) -> Array:
    lived: Array = cohort.flat["ended_at_s"] - cohort.flat["injured_at_s"]
    return lived
