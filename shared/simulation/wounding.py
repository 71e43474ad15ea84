"""Stage 4a, the state at the moment of wounding or falling ill: what each wound does to blood,
airway, lungs and brain.
"""

from functools import cache
from typing import Any

import numpy as np

from shared.clinical import tables
from shared.records.columns import Array
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
from shared.simulation.treatment import SERIOUS, Treatment
from shared.simulation.world import ILLNESS, JUNCTIONAL, TRUNCAL

BLEEDINGS = ("none", "external", "extremity", "junctional", "truncal")
SITE_OF_BLEEDING = (0, 0, 0, JUNCTIONAL, TRUNCAL)
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
]
DAYS_MAX = 700.0  # to duty: longer than any observation
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
) = range(15)
HEAD_NECK, FACE, CHEST_REGION, ABDOMEN, EXTREMITIES, EXTERNAL = range(1, 7)


@cache
def _physics() -> Array:
    """int8[condition id, 3]: bleeding, effect and operation of each condition."""
    physics = np.zeros((max(row.id for row in tables.conditions()) + 1, 3), dtype=np.int8)
    for row in tables.conditions():
        operation = Treatment[row.operation.upper()] if row.operation else 0
        physics[row.id] = BLEEDINGS.index(row.bleeding), EFFECTS.index(row.effect), operation
    return physics


@cache
def _bleeding_medians() -> Array:
    """float64[bleeding, AIS]: fraction of normal volume a minute."""
    medians = np.zeros((len(BLEEDINGS), 7))
    for index, name in enumerate(BLEEDINGS[1:], start=1):
        for ais in range(1, 6):
            medians[index, ais] = number(f"bleeding_{name}_ais{ais}_per_min")
        medians[index, 6] = medians[index, 5]
    return medians


@cache
def _by_grade() -> Array:
    """float64[3, AIS]: stupor, burned surface and days to duty by grade."""
    table = np.zeros((3, 7))
    for ais in range(2, 6):
        table[0, ais] = number(f"stupor_head_ais{ais}")
    table[0, 6] = 12.0
    for ais in range(1, 7):
        table[1, ais] = number(f"burn_tbsa_ais{ais}_pct")
    for ais in range(1, 4):
        table[2, ais] = number(f"recovery_ais{ais}_days")
    return table


@kernel
def _site(bleeding: int) -> int:
    if bleeding == 3:
        return JUNCTIONAL
    return TRUNCAL if bleeding == 4 else 0


@kernel
def _wound_effect(person: Any, p: Any, effect: int, ais: int, grades: Any) -> None:
    if effect == OBSTRUCTS:
        level = p["airway_obstruction_ais5"] if ais >= 4 else p["airway_obstruction_ais3"]
        person["obstruction"] = max(person["obstruction"], level)
    elif effect == TENSION:
        person["collapse"] = max(person["collapse"], p["tension_collapse"])
    elif effect == LUNG:
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
    if effect in (CONTAMINATED, CRUSH):
        person["hazard"][ILLNESS] += p["contamination_hazard_per_min"] * (ais - 1)
    elif effect == HEAT:
        person["fever"] = max(person["fever"], 1.0 + 0.6 * ais)
        person["strain"] = max(person["strain"], 0.15 * ais)
    elif effect == COLD:
        person["fever"] = min(person["fever"], -1.5 * ais + 1.0)
        person["strain"] = max(person["strain"], 0.1 * ais)
    elif effect == NERVE:
        person["agent"] = 1
        person["obstruction"] = max(person["obstruction"], 0.08 * (ais - 1))
        person["strain"] = max(person["strain"], 0.15 * ais)


@kernel
def _agent_hazard(p: Any, effect: int, ais: int) -> float:
    rate = 0.0
    if effect == NERVE:
        rate = p["agent_hazard_ais5_per_min"]
    elif effect in (HEAT, COLD, RADIATION):
        rate = p["exposure_hazard_per_min"]
    for _ in range(5 - ais):
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
    if ais == 6 or (ais == 5 and share < kills):
        person["immediate"] = 1


@entry
def _wound(people: Any, wounds: Any, tables_: Any, chances: Any) -> None:
    offsets, condition, region, ais = wounds
    physics, medians, grades, knowledge = tables_
    p = knowledge[0]
    for who in range(len(people)):
        person = people[who]
        operated = 0
        for wound in range(offsets[who], offsets[who + 1]):
            grade = ais[wound]
            if physics[condition[wound], 2] > 0 and grade >= max(operated + 1, SERIOUS):
                operated = grade
                person["operation"] = physics[condition[wound], 2]
            bleeds, effect = physics[condition[wound], 0], physics[condition[wound], 1]
            if bleeds > 0:
                person["open_wound"] = 1
                rate = medians[bleeds, grade] * exp(
                    p["bleeding_spread"] * p["normal"][chances[0, wound] >> 4]
                )
                person["bleeding"][_site(bleeds)] += rate
            _note_region(person, p, region[wound], grade, chances[1, wound] / 65536.0)
            _wound_effect(person, p, effect, grade, grades)
            person["hazard"][ILLNESS] += _agent_hazard(p, effect, grade)


@entry
def _consequences(people: Any, age: Any, days: Any, tables_: Any, chances: Any) -> None:
    _, _, grades, knowledge = tables_
    p = knowledge[0]
    for who in range(len(people)):
        person = people[who]
        if person["stupor"] >= 7.0:
            person["obstruction"] = max(person["obstruction"], p["obstruction_of_stupor"])
        if person["iss"] >= 16:
            person["hazard"][ILLNESS] += (
                p["late_hazard_iss25_per_min"]
                if person["iss"] >= 25
                else p["late_hazard_iss16_per_min"]
            )
        if person["burn_pct"] > 0:
            score = age[who] + person["burn_pct"]
            dies = 1.0 / (1.0 + exp(p["burn_baux_intercept"] - p["burn_baux_slope"] * score))
            person["hazard"][ILLNESS] += -log(1.0 - min(dies, 0.9999)) / (
                p["burn_course_days"] * 1440.0
            )
        person["pain"] = (
            min(1.0 + 1.7 * person["worst_ais"], 9.0) if person["worst_ais"] > 0 else person["pain"]
        )
        cut = (
            person["abdomen_ais"] >= 3
            or person["chest_ais"] >= 4
            or person["limb_ais"] >= 3
            or person["operation"] > 0
        )
        person["surgery"] = 1 if cut or person["brain_ais"] >= 4 or person["burn_pct"] >= 20 else 0
        median = days[who] if person["worst_ais"] == 0 else grades[2, person["worst_ais"]]
        if person["category"] == 2:
            median *= p["recovery_non_battle_factor"]
        spread = p["recovery_spread"] if person["worst_ais"] > 0 else p["illness_spread"]
        days_to_duty = min(median * exp(spread * p["normal"][chances[who] >> 4]), DAYS_MAX)
        crippled = person["worst_ais"] >= 4 or person["amputation"] > 0 or person["cord_ais"] > 0
        person["recovery_s"] = int((DAYS_MAX if crippled else days_to_duty) * 86400.0)


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
    _consequences(
        rows, people.age, ill.days, shared, rng.integers(0, 1 << 16, len(rows), dtype=np.uint16)
    )
    return rows
