"""Stage 4a, the state at the moment of wounding or falling ill: what each wound does to blood,
airway, lungs and brain.
"""

from functools import cache
from typing import Any

import numpy as np

from shared.clinical import tables
from shared.records.columns import Array
from shared.records.vocabulary import BodyRegion, Branch, Category
from shared.simulation import luck
from shared.simulation.arrivals import Arrivals
from shared.simulation.constitution import constitutions
from shared.simulation.demographics import People
from shared.simulation.disease import Diseases
from shared.simulation.elementary import exp, log
from shared.simulation.injuries import Injuries
from shared.simulation.kernel import entry, kernel
from shared.simulation.model import model
from shared.simulation.setting import number
from shared.simulation.streams import Concern, stream
from shared.simulation.surgery import DEAD_TISSUE, FEMUR, FRAME, NUMBER
from shared.simulation.treatment import CRITICAL, GRAVE, ILL, MODERATE, Treatment
from shared.simulation.world import EXTREMITY, ILLNESS, JUNCTIONAL, TRUNCAL

BLEEDINGS = ("none", "external", "extremity", "junctional", "truncal")
FROM_JUNCTION, FROM_TRUNK = BLEEDINGS.index("junctional"), BLEEDINGS.index("truncal")
EFFECTS = [
    "none",
    "airway",
    "tension",
    "lung",
    "brain",
    "cord",
    "burn",
    "amputation",
    "contamination",
    "crush",
    "cold",
    "heat",
    "nerve_agent",
    "radiation",
    "destruction",
    "pleura",
]
DAYS_MAX = 700  # to duty: longer than any observation
(
    NO_EFFECT,
    OBSTRUCTS,
    TENSION,
    LUNG,
    BRAIN_EFFECT,
    CORD,
    BURN,
    AMPUTATED,
    CONTAMINATED,
    CRUSH,
    COLD,
    HEAT,
    NERVE,
    RADIATION,
    DESTROYED,
    PLEURA,
) = range(len(EFFECTS))
HEAD_NECK, FACE, CHEST_REGION, ABDOMEN, EXTREMITIES, EXTERNAL = (
    int(region) for region in BodyRegion
)
NERVE_AGENT = 1
AIS_MAX = 6
NON_BATTLE = int(Category.NON_BATTLE_INJURY)
HECTOGRAMS = 10  # a kilogram
MINUTES_A_DAY, SECONDS_A_DAY = 1440, 86_400
WAR = frozenset({"explosion", "gunshot"})


@cache
def _physics() -> Array:
    """int32[condition id, 4]: bleeding, effect, needs (bits of operations), their least grade."""
    physics = np.zeros((max(row.id for row in tables.conditions()) + 1, 4), dtype=np.int32)
    for row in tables.conditions():
        needs = 1 << NUMBER[Treatment[row.operation.upper()]] if row.operation else 0
        needs |= FRAME if needs & FEMUR else 0
        physics[row.id] = (
            BLEEDINGS.index(row.bleeding),
            EFFECTS.index(row.effect),
            needs,
            row.operated_from,
        )
    return physics


@cache
def _of_war() -> Array:
    """bool[mechanism id]: whether its wounds are left open."""
    flags = np.zeros(max(row.id for row in tables.mechanisms()) + 1, dtype=bool)
    flags[[row.id for row in tables.mechanisms() if row.kind in WAR]] = True
    return flags


@cache
def _bleeding_medians() -> Array:
    """float64[bleeding, AIS]: fraction of normal volume a minute."""
    medians = np.zeros((len(BLEEDINGS), 7))
    for index, name in enumerate(BLEEDINGS[1:], start=1):
        for ais in range(1, 6):
            medians[index, ais] = number(f"bleeding_{name}_ais{ais}_per_min")
        medians[index, AIS_MAX] = medians[index, CRITICAL]
    return medians


@cache
def _by_grade() -> Array:
    """float64[3, AIS]: stupor, burned surface and days to duty by grade."""
    table = np.zeros((3, 7))
    for ais in range(2, 6):
        table[0, ais] = number(f"stupor_head_ais{ais}")
    table[0, AIS_MAX] = table[0, CRITICAL]
    for ais in range(1, 7):
        table[1, ais] = number(f"burn_tbsa_ais{ais}_pct")
    for ais in range(1, 4):
        table[2, ais] = number(f"recovery_ais{ais}_days")
    return table


@kernel
def _site(bleeding: int) -> int:
    if bleeding == FROM_JUNCTION:
        return JUNCTIONAL
    return TRUNCAL if bleeding == FROM_TRUNK else EXTREMITY


@kernel
def _wound_effect(person: Any, p: Any, effect: int, ais: int, grades: Any) -> None:
    if effect == OBSTRUCTS:
        level = p["airway_obstruction_ais5"] if ais >= GRAVE else p["airway_obstruction_ais3"]
        person["obstruction"] = max(person["obstruction"], level)
    elif effect == TENSION:
        person["collapse"] = max(person["collapse"], p["tension_collapse"])
        person["pleura"] = 1
    elif effect in (LUNG, PLEURA):
        person["pleura"] = max(int(person["pleura"]), int(effect == PLEURA))
        person["collapse"] = max(person["collapse"], p["lung_collapse_per_ais"] * (ais - 1))
    elif effect == CORD:
        person["cord_ais"] = max(person["cord_ais"], ais)
    elif effect == BRAIN_EFFECT:
        person["brain_ais"] = max(person["brain_ais"], ais)
        person["stupor"] = max(person["stupor"], grades[0, ais])
    elif effect == BURN:
        person["burn_pct"] = min(int(person["burn_pct"]) + int(grades[1, ais]), 100)
    elif effect == AMPUTATED:
        person["amputation"] += 1
    elif effect == DESTROYED:
        person["immediate"] = 1
    else:
        _exposure_effect(person, p, effect, ais)


@kernel
def _exposure_effect(person: Any, p: Any, effect: int, ais: int) -> None:
    if effect == CRUSH:
        person["hazard"][ILLNESS] += p["crush_hazard_per_min"] * (ais - 1)
    elif effect == HEAT:
        person["fever"] = max(person["fever"], p["heat_fever"] + p["heat_fever_per_ais"] * ais)
        person["strain"] = max(person["strain"], p["heat_strain_per_ais"] * ais)
    elif effect == COLD:
        person["fever"] = min(person["fever"], p["cold_fever"] - p["cold_fever_per_ais"] * ais)
        person["strain"] = max(person["strain"], p["cold_strain_per_ais"] * ais)
    elif effect == NERVE:
        person["agent"] = NERVE_AGENT
        person["obstruction"] = max(
            person["obstruction"], p["agent_obstruction_per_ais"] * (ais - 1)
        )
        person["strain"] = max(person["strain"], p["agent_strain_per_ais"] * ais)


@kernel
def _soil(person: Any, p: Any, region: int, ais: int) -> None:
    """Bowel and dirt: what is not operated festers."""
    rate = p["soiling_limb_per_min"] * (ais - 1)
    if region == ABDOMEN:
        rate = p["soiling_belly_per_min"] * max(ais - MODERATE, 0)
    elif region == EXTREMITIES:
        person["needs"] |= DEAD_TISSUE
    person["soiling"] += rate
    person["hazard"][ILLNESS] += rate


@kernel
def _agent_hazard(p: Any, effect: int, ais: int) -> float:
    rate = 0.0
    if effect == NERVE:
        rate = p["agent_hazard_ais5_per_min"]
    elif effect in (HEAT, COLD, RADIATION):
        rate = p["exposure_hazard_per_min"]
    for _ in range(CRITICAL - ais):
        rate *= p["agent_hazard_factor"]
    return float(rate)


@kernel
def _note_region(person: Any, p: Any, region: int, ais: int, share: float) -> None:
    if ais > person["worst_ais"]:
        person["worst_ais"] = ais
        person["wound_region"] = region
    kills = 0.0
    if region == HEAD_NECK:
        person["head_ais"] = max(person["head_ais"], ais)
        kills = p["immediate_head_ais5_share"]
    elif region == CHEST_REGION:
        person["chest_ais"] = max(person["chest_ais"], ais)
        kills = p["immediate_chest_ais5_share"]
    elif region == ABDOMEN:
        person["abdomen_ais"] = max(person["abdomen_ais"], ais)
        kills = p["immediate_abdomen_ais5_share"]
    elif region == EXTREMITIES:
        person["limb_ais"] = max(person["limb_ais"], ais)
    if ais == AIS_MAX or (ais == CRITICAL and share < kills):
        person["immediate"] = 1


@entry
def _wound(people: Any, wounds: Any, tables_: Any, chances: Any) -> None:
    offsets, condition, region, ais = wounds
    physics, medians, grades, knowledge = tables_
    p = knowledge[0]
    for who in range(len(people)):
        person = people[who]
        for wound in range(offsets[who], offsets[who + 1]):
            grade = ais[wound]
            if grade >= physics[condition[wound], 3]:
                person["needs"] |= physics[condition[wound], 2]
            bleeds, effect = physics[condition[wound], 0], physics[condition[wound], 1]
            if bleeds > 0:
                person["open_wound"] = 1
                rate = medians[bleeds, grade] * exp(
                    p["bleeding_spread"] * p["normal"][chances[0, wound] >> 4]
                )
                person["bleeding"][_site(bleeds)] += rate
            _note_region(person, p, region[wound], grade, chances[1, wound] / luck.TICKETS)
            _wound_effect(person, p, effect, grade, grades)
            if effect == CONTAMINATED:
                _soil(person, p, region[wound], grade)
            person["hazard"][ILLNESS] += _agent_hazard(p, effect, grade)


@kernel
def _late_hazard(person: Any, p: Any, age: int) -> float:
    """What kills for days after grave wounds and burns, per minute."""
    rate = 0.0
    if person["iss"] >= p["iss_grave"]:
        rate += (
            p["late_hazard_iss25_per_min"]
            if person["iss"] >= p["iss_very_grave"]
            else p["late_hazard_iss16_per_min"]
        )
    if person["burn_pct"] > 0:
        score = age + person["burn_pct"]
        dies = 1.0 / (1.0 + exp(p["burn_baux_intercept"] - p["burn_baux_slope"] * score))
        rate -= log(1.0 - min(dies, p["burn_dies_most"])) / (p["burn_course_days"] * MINUTES_A_DAY)
    return float(rate)


@kernel
def _days_to_duty(person: Any, p: Any, days: float, grades: Any, deviate: float) -> float:
    if person["worst_ais"] >= GRAVE or person["amputation"] > 0 or person["cord_ais"] > 0:
        return DAYS_MAX
    median = days if person["worst_ais"] == 0 else grades[2, person["worst_ais"]]
    if person["category"] == NON_BATTLE:
        median *= p["recovery_non_battle_factor"]
    spread = p["recovery_spread"] if person["worst_ais"] > 0 else p["illness_spread"]
    return float(min(median * exp(spread * deviate), DAYS_MAX))


@kernel
def _calm(person: Any, p: Any) -> None:
    """The lightly hurt have the pulse and pressure of the well."""
    if person["category"] < ILL and person["worst_ais"] <= MODERATE:
        pulse = (
            (person["pulse_own"] - p["pulse_own_mean"])
            * p["pulse_own_spread"]
            / p["pulse_hurt_spread"]
        )
        systolic = (
            (person["systolic_own"] - p["systolic_own_mean"])
            * p["systolic_own_spread"]
            / p["systolic_hurt_spread"]
        )
        person["pulse_own"] = int(p["pulse_own_mean"] + pulse)
        person["systolic_own"] = int(p["systolic_own_mean"] + systolic)


@kernel
def _grow(person: Any, p: Any, age: int, weight_hg: int) -> None:
    """A child's signs by age and doses by weight, against an adult's."""
    if age >= p["child_until_years"]:
        return
    person["size"] = min(weight_hg / (p["adult_weight_kg"] * HECTOGRAMS), 1.0)
    young = 1.0 - age / p["child_until_years"]
    person["pulse_age"] = int(p["child_pulse"] * young * young)
    person["systolic_age"] = -int(p["child_systolic"] * young)
    person["breaths_age"] = int(p["child_breaths"] * young * young)


@entry
def _consequences(people: Any, bodies: Any, days: Any, tables_: Any, chances: Any) -> None:
    age, weight_hg, civilian, of_war = bodies
    _, _, grades, knowledge = tables_
    p = knowledge[0]
    for who in range(len(people)):
        person = people[who]
        person["civilian"] = civilian[who]
        person["war_wound"] = of_war[who]
        _calm(person, p)
        _grow(person, p, age[who], weight_hg[who])
        if person["stupor"] >= p["stupor_slack"]:
            person["obstruction"] = max(person["obstruction"], p["obstruction_of_stupor"])
        person["hazard"][ILLNESS] += _late_hazard(person, p, age[who])
        if person["worst_ais"] > 0:
            person["pain"] = min(
                p["pain_of_wound"] + p["pain_per_ais"] * person["worst_ais"],
                p["pain_of_wound_most"],
            )
        if person["burn_pct"] >= p["burn_fluid_pct"]:
            person["needs"] |= DEAD_TISSUE
        person["surgery"] = 1 if person["needs"] != 0 else 0
        recovers = _days_to_duty(person, p, days[who], grades, p["normal"][chances[who] >> 4])
        person["recovery_s"] = int(recovers * SECONDS_A_DAY)


def casualties(
    seed: int, sector: int, hurt: Arrivals, people: People, wounds: Injuries, ill: Diseases
) -> Array:
    """CASUALTY[patients]: the latent state of everybody at second `injured_at_s`."""
    rng = stream(seed, sector, Concern.PHYSIOLOGY)
    rows = constitutions(seed, sector, hurt, ill, rng)
    rows["iss"] = wounds.iss
    shared = (_physics(), _bleeding_medians(), _by_grade(), model())
    chances = rng.integers(0, 1 << 16, (2, len(wounds.ais)), dtype=np.uint16)
    _wound(rows, (wounds.offsets, wounds.condition, wounds.region, wounds.ais), shared, chances)
    civilian = people.flat["branch"] == Branch.CIVILIAN
    bodies = (people.age, people.flat["weight_hg"], civilian, _of_war()[wounds.mechanism])
    _consequences(
        rows, bodies, ill.days, shared, rng.integers(0, 1 << 16, len(rows), dtype=np.uint16)
    )
    return rows
