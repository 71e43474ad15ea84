"""What casualties bring along to their wounds: their own heart, blood and reserves, their luck, and
for the ill their disease.
"""

from typing import Any

import numpy as np

from shared.records.columns import Array
from shared.simulation.arrivals import Arrivals
from shared.simulation.disease import Diseases
from shared.simulation.kernel import entry, kernel
from shared.simulation.luck import MERSENNE
from shared.simulation.model import DEVIATES, exponential_deviates, model
from shared.simulation.setting import DAY_S
from shared.simulation.streams import Concern, stream
from shared.simulation.surgery import APPENDIX
from shared.simulation.treatment import ILL
from shared.simulation.world import BRAIN, CASUALTY, ILLNESS, NOWHERE, WAYS

NEVER = 2**31 - 1
MINUTES_A_DAY = DAY_S / 60


@kernel
def _take_heart(person: Any, p: Any, own: Any, who: int) -> None:
    """Own pulse and pressure, and what loss of blood this heart bears."""
    person["volume"] = 1.0
    person["volume_min"] = 1.0
    person["tolerance"] = p["tolerance_mean"] + p["tolerance_spread"] * min(
        max(p["normal"][own[0, who]], -p["tolerance_deviates"]), p["tolerance_deviates"]
    )
    person["clotting"] = p["clotting_per_min"]
    wounded = person["category"] < ILL
    pulse_spread = p["pulse_hurt_spread"] if wounded else p["pulse_own_spread"]
    systolic_spread = p["systolic_hurt_spread"] if wounded else p["systolic_own_spread"]
    person["pulse_own"] = int(p["pulse_own_mean"] + pulse_spread * p["normal"][own[1, who]])
    person["systolic_own"] = int(
        p["systolic_own_mean"] + systolic_spread * p["normal"][own[2, who]]
    )


@kernel
def _take_reserves(person: Any, deviates: Any, drawn: Any, who: int) -> None:
    for way in range(WAYS):
        person["reserve"][way] = deviates[drawn[who, way]]
    # The injured brain kills most in the first hours and ever fewer after (O091): the square of an
    # exponential reserve makes deaths follow a Weibull distribution of shape 1/2 under a constant
    # hazard.
    person["reserve"][BRAIN] *= person["reserve"][BRAIN]


@kernel
def _take_nothing_up(person: Any) -> None:
    """No journey, no queue, no death foreseen."""
    person["alive"] = 1
    person["vitals_due_s"] = NEVER
    person["death_at_s"] = NEVER
    person["moves_at_s"] = NEVER
    person["bound_for"] = NOWHERE
    person["vehicle"] = NOWHERE
    person["queue"] = NOWHERE
    person["before"] = NOWHERE
    person["after"] = NOWHERE
    person["facility_last"] = NOWHERE


@entry
def _write_constitution(people: Any, hurt: Any, drawn: Any, deviates: Any, medicine: Any) -> None:
    injured_at_s, category, front = hurt
    own, luck, noise, of_reserve = drawn
    for who in range(len(people)):
        person = people[who]
        person["injured_at_s"] = injured_at_s[who]
        person["state_at_s"] = injured_at_s[who]
        person["category"] = category[who]
        person["place"] = front[who]
        person["watched_since_s"] = injured_at_s[who]
        person["size"] = 1.0
        person["coming"] = NOWHERE
        person["noise"] = noise[who]
        person["luck_a"] = luck[0, who]
        person["luck_b"] = luck[1, who]
        _take_nothing_up(person)
        _take_heart(person, medicine[0], own, who)
        _take_reserves(person, deviates, of_reserve, who)


@entry
def _write_illness(people: Any, ill: Any, medicine: Any) -> None:
    condition, severe, death_share, fever, painful, operated = ill
    p = medicine[0]
    for who in range(len(people)):
        person = people[who]
        if condition[who] > 0:
            person["illness"] = condition[who]
            person["needs"] = APPENDIX if severe[who] and operated[who] else 0
            person["strain"] = (
                p["illness_strain_severe"] if severe[who] else p["illness_strain_mild"]
            )
            person["fever"] = p["illness_fever_infection"] if fever[who] else 0.0
            person["pain"] = p["illness_pain"] if painful[who] else p["illness_discomfort"]
            # A constant rate over the course.
            share = death_share[who] * (
                p["illness_death_severe_factor"] if severe[who] else p["illness_death_mild_factor"]
            )
            person["hazard"][ILLNESS] = share / (p["illness_course_days"] * MINUTES_A_DAY)


def constitutions(
    seed: int, sector: int, hurt: Arrivals, ill: Diseases, rng: np.random.Generator
) -> Array:
    """CASUALTY[patients] before any wound; `rng` is the sector's stream for physiology."""
    patients = len(hurt.front)
    people = np.zeros(patients, dtype=CASUALTY)
    own = rng.integers(0, DEVIATES, (4, patients))
    luck = stream(seed, sector, Concern.JOURNEY).integers(1, MERSENNE, (2, patients))
    noise = stream(seed, sector, Concern.NOISE).integers(1, MERSENNE, patients)
    of_reserve = rng.integers(0, DEVIATES, (patients, WAYS))
    wounded = (hurt.injured_at_s, hurt.category, hurt.front)
    _write_constitution(
        people, wounded, (own, luck, noise, of_reserve), exponential_deviates(), model()
    )
    _write_illness(
        people,
        (ill.condition, ill.severe, ill.death_share, ill.fever, ill.painful, ill.operated),
        model(),
    )
    return people
