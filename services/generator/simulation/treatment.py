"""What is done for a casualty next, by whom, for how long, and what it changes: MARCH order, by the level of whoever treats."""

from enum import IntEnum
from typing import Any

from services.generator.simulation.elementary import exp
from services.generator.simulation.kernel import kernel
from services.generator.simulation.physiology import bleeding_rate
from services.generator.simulation.vital_signs import gcs_of
from services.generator.simulation.world import EXTREMITY, ILLNESS, JUNCTIONAL, TRUNCAL

CARE_OF_ILLNESS = 2  # treatments that a disease itself asks for


class Level(IntEnum):
    """Who treats."""

    BYSTANDER = 0
    BUDDY = 1
    MEDIC = 2
    AID_POST = 3
    SURGICAL = 4
    HOSPITAL = 5


class Treatment(IntEnum):
    """Treatments of the simulation; each has its row in the clinical tables under its lower-case name."""

    TOURNIQUET = 1
    HAEMOSTATIC_DRESSING = 2
    PRESSURE_DRESSING = 3
    NASOPHARYNGEAL_AIRWAY = 4
    CRICOTHYROIDOTOMY = 5
    NEEDLE_DECOMPRESSION = 6
    CHEST_SEAL = 7
    TRANEXAMIC_ACID = 8
    INTRAVENOUS_ACCESS = 9
    CRYSTALLOID = 10
    WHOLE_BLOOD = 11
    KETAMINE = 12
    IBUPROFEN = 13
    MOXIFLOXACIN = 14
    CEFAZOLIN = 15
    HYPOTHERMIA_PREVENTION = 16
    BURN_DRESSING = 17
    SPLINT = 18
    OXYGEN = 19
    INTUBATION = 20
    CHEST_DRAIN = 21
    WOUND_IRRIGATION = 22
    SUTURE = 23
    ORAL_REHYDRATION = 24
    PARACETAMOL = 25
    DOXYCYCLINE = 26
    ATROPINE = 27
    PSYCHOLOGICAL_FIRST_AID = 28
    RED_CELLS = 29
    LAPAROTOMY = 30
    THORACOTOMY = 31
    CRANIOTOMY = 32
    EXTERNAL_FIXATION = 33
    AMPUTATION_BELOW_KNEE = 34
    DEBRIDEMENT = 35
    MECHANICAL_VENTILATION = 36
    CERVICAL_COLLAR = 37
    DECONTAMINATION = 38
    ACTIVE_COOLING = 39
    LOPERAMIDE = 40
    ONDANSETRON = 41
    PHYSIOTHERAPY = 42
    APPENDICECTOMY = 43
    INTENSIVE_CARE = 44


BYSTANDER, BUDDY, MEDIC, AID_POST, SURGICAL, HOSPITAL = (int(level) for level in Level)
(
    TOURNIQUET,
    HAEMOSTATIC_DRESSING,
    PRESSURE_DRESSING,
    NASOPHARYNGEAL_AIRWAY,
    CRICOTHYROIDOTOMY,
    NEEDLE_DECOMPRESSION,
    CHEST_SEAL,
    TRANEXAMIC_ACID,
    INTRAVENOUS_ACCESS,
    CRYSTALLOID,
    WHOLE_BLOOD,
    KETAMINE,
    IBUPROFEN,
    MOXIFLOXACIN,
    CEFAZOLIN,
    HYPOTHERMIA_PREVENTION,
    BURN_DRESSING,
    SPLINT,
    OXYGEN,
    INTUBATION,
    CHEST_DRAIN,
    WOUND_IRRIGATION,
    SUTURE,
    ORAL_REHYDRATION,
    PARACETAMOL,
    DOXYCYCLINE,
    ATROPINE,
    PSYCHOLOGICAL_FIRST_AID,
    RED_CELLS,
    LAPAROTOMY,
    THORACOTOMY,
    CRANIOTOMY,
    EXTERNAL_FIXATION,
    AMPUTATION_BELOW_KNEE,
    DEBRIDEMENT,
    MECHANICAL_VENTILATION,
    CERVICAL_COLLAR,
    DECONTAMINATION,
    ACTIVE_COOLING,
    LOPERAMIDE,
    ONDANSETRON,
    PHYSIOTHERAPY,
    APPENDICECTOMY,
    INTENSIVE_CARE,
) = (int(treatment) for treatment in Treatment)

NERVE_AGENT = 1  # `agent` of a casualty

# What a unit at the next role starts afresh.
REPEATED = (1 << KETAMINE) | (1 << IBUPROFEN) | (1 << CEFAZOLIN) | (1 << OXYGEN) | (1 << HYPOTHERMIA_PREVENTION)


@kernel
def _had(person: Any, treatment: int) -> bool:
    return (person["done"] >> treatment) & 1 == 1


@kernel
def _bleeding_next(person: Any, p: Any, level: int) -> int:
    at_hand = level >= MEDIC or person["own_tourniquet"] > 0
    if person["bleeding"][EXTREMITY] > p["tourniquet_bleeding_per_min"] and not _had(person, TOURNIQUET) and level >= BUDDY and at_hand:
        return TOURNIQUET
    if person["bleeding"][JUNCTIONAL] > p["packing_bleeding_per_min"] and not _had(person, HAEMOSTATIC_DRESSING) and level >= MEDIC:
        return HAEMOSTATIC_DRESSING
    if person["open_wound"] > 0 and not _had(person, PRESSURE_DRESSING):
        return PRESSURE_DRESSING
    return 0


@kernel
def _breathing_next(person: Any, level: int) -> int:
    if person["agent"] == NERVE_AGENT and not _had(person, ATROPINE):
        return ATROPINE
    if person["obstruction"] > 0.1 and not _had(person, NASOPHARYNGEAL_AIRWAY) and level >= BUDDY:
        return NASOPHARYNGEAL_AIRWAY
    if person["obstruction"] > 0.5 and not _had(person, CRICOTHYROIDOTOMY) and level in (MEDIC, AID_POST):
        return CRICOTHYROIDOTOMY
    if person["collapse"] > 0.2 and not _had(person, CHEST_SEAL) and level >= MEDIC and person["open_wound"] > 0:
        return CHEST_SEAL
    if person["collapse"] > 0.3 and not _had(person, NEEDLE_DECOMPRESSION) and level in (MEDIC, AID_POST):
        return NEEDLE_DECOMPRESSION
    if level >= SURGICAL and not _had(person, INTUBATION) and (person["obstruction"] > 0.2 or gcs_of(person) < 9.0):
        return INTUBATION
    if level >= AID_POST and person["chest_ais"] >= 3 and not _had(person, CHEST_DRAIN):
        return CHEST_DRAIN
    if level >= AID_POST and not _had(person, OXYGEN) and person["collapse"] + person["strain"] + 1.0 - person["volume"] > 0.2:
        return OXYGEN
    return 0


@kernel
def _circulation_next(person: Any, p: Any, level: int, blood: bool) -> int:
    shocked = person["volume"] < p["fluid_volume"]
    if not shocked and bleeding_rate(person) < p["packing_bleeding_per_min"]:
        return 0
    if not _had(person, INTRAVENOUS_ACCESS):
        return INTRAVENOUS_ACCESS
    early = person["state_at_s"] - person["injured_at_s"] < p["tranexamic_window_s"]
    if early and person["category"] < 3 and not _had(person, TRANEXAMIC_ACID):
        return TRANEXAMIC_ACID
    if blood and person["volume"] < p["blood_volume_trigger"] and person["transfused"] < p["blood_units_max"]:
        return RED_CELLS if level >= SURGICAL else WHOLE_BLOOD
    if shocked and not _had(person, CRYSTALLOID):
        return CRYSTALLOID
    return HYPOTHERMIA_PREVENTION if not _had(person, HYPOTHERMIA_PREVENTION) else 0


@kernel
def _comfort_next(person: Any, level: int) -> int:
    if person["burn_pct"] > 0 and not _had(person, BURN_DRESSING):
        return BURN_DRESSING
    if person["head_ais"] >= 2 and not _had(person, CERVICAL_COLLAR):
        return CERVICAL_COLLAR
    if person["limb_ais"] >= 2 and not _had(person, SPLINT):
        return SPLINT
    if person["pain"] >= 5.0 and not _had(person, KETAMINE):
        return KETAMINE
    if person["pain"] >= 2.0 and not _had(person, IBUPROFEN) and level >= AID_POST:
        return IBUPROFEN
    if person["open_wound"] == 0:
        return 0
    if level == MEDIC:
        return MOXIFLOXACIN if not _had(person, MOXIFLOXACIN) else 0
    if not _had(person, WOUND_IRRIGATION):
        return WOUND_IRRIGATION
    if not _had(person, CEFAZOLIN):
        return CEFAZOLIN
    return SUTURE if person["worst_ais"] <= 2 and not _had(person, SUTURE) else 0


@kernel
def _illness_next(person: Any, p: Any, level: int) -> int:
    if person["fever"] >= 0.8 and not _had(person, PARACETAMOL):
        return PARACETAMOL
    if level < AID_POST or person["illness"] == 0:
        return 0
    for place in range(CARE_OF_ILLNESS):
        given = p["care"][person["illness"], place]
        if given > 0 and not _had(person, given):
            return int(given)
    if person["strain"] > 0.3 and not _had(person, INTRAVENOUS_ACCESS):
        return INTRAVENOUS_ACCESS
    return CRYSTALLOID if person["strain"] > 0.3 and not _had(person, CRYSTALLOID) else 0


@kernel
def next_treatment(person: Any, p: Any, level: int, blood: bool) -> int:
    """The most pressing treatment that `level` can give and that is not given yet, 0 if there is none. `blood`: a unit is at hand."""
    found = _bleeding_next(person, p, level)
    if found == 0:
        found = _breathing_next(person, level)
    if found == 0 and level >= MEDIC:
        found = _circulation_next(person, p, level, blood)
    if found == 0 and level >= MEDIC:
        found = _comfort_next(person, level)
    if found == 0 and level >= MEDIC:
        found = _illness_next(person, p, level)
    return found


@kernel
def operation_for(person: Any) -> int:
    """The operation that the gravest wound asks for."""
    if person["abdomen_ais"] >= 3:
        return LAPAROTOMY
    if person["chest_ais"] >= 4:
        return THORACOTOMY
    if person["head_ais"] >= 4:
        return CRANIOTOMY
    if person["amputation"] > 0:
        return AMPUTATION_BELOW_KNEE
    return EXTERNAL_FIXATION if person["limb_ais"] >= 3 else DEBRIDEMENT


@kernel
def tranexamic_effect(p: Any, delay_s: int) -> float:
    """Factor on clotting by the delay since wounding (P025-P027): it helps for three hours, less each hour."""
    hours = delay_s / 3600.0
    return float(1.0 + p["tranexamic_gain"] * exp(-hours * p["tranexamic_decay_per_h"]))


@kernel
def take_effect(person: Any, p: Any, treatment: int, ticket: int) -> None:
    """Change the state as `treatment` does when it is finished; a uint16 `ticket` decides whether it works."""
    share = ticket / 65536.0
    person["done"] |= 1 << treatment
    if treatment == TOURNIQUET:
        person["bleeding"][EXTREMITY] *= p["tourniquet_leak"] if share >= p["tourniquet_failure_share"] else p["tourniquet_failed_leak"]
    elif treatment == HAEMOSTATIC_DRESSING:
        person["bleeding"][JUNCTIONAL] *= p["packing_leak"]
    elif treatment == PRESSURE_DRESSING:
        person["bleeding"][EXTREMITY] *= p["dressing_leak"]
        person["bleeding"][JUNCTIONAL] *= p["dressing_junctional_leak"]
    elif treatment == NASOPHARYNGEAL_AIRWAY:
        person["obstruction"] *= p["nasopharyngeal_leak"]
    elif treatment == CRICOTHYROIDOTOMY:
        fails = p["cricothyroidotomy_medic_failure_share"] if person["level"] == MEDIC else p["cricothyroidotomy_physician_failure_share"]
        person["obstruction"] *= 1.0 if share < fails else 0.0
    elif treatment in (INTUBATION, MECHANICAL_VENTILATION):
        person["obstruction"] = 0.0
    elif treatment == NEEDLE_DECOMPRESSION:
        person["collapse"] *= 1.0 if share < p["needle_failure_share"] else p["needle_leak"]
    elif treatment == CHEST_SEAL:
        person["collapse"] *= p["chest_seal_leak"]
    elif treatment == CHEST_DRAIN:
        person["collapse"] = 0.0
        person["bleeding"][TRUNCAL] *= p["chest_drain_leak"]
    elif treatment == TRANEXAMIC_ACID:
        person["clotting"] *= tranexamic_effect(p, person["state_at_s"] - person["injured_at_s"])
    else:
        _later_effect(person, p, treatment)


@kernel
def _later_effect(person: Any, p: Any, treatment: int) -> None:
    if treatment == CRYSTALLOID:
        person["volume"] = min(person["volume"] + p["crystalloid_volume"], 1.0)
        person["clotting"] *= p["crystalloid_dilution"]
        person["strain"] *= p["fluid_strain_factor"]
    elif treatment in (RED_CELLS, WHOLE_BLOOD):
        person["volume"] = min(person["volume"] + p["blood_unit_volume"], 1.0)
        person["transfused"] += 1
    elif treatment == KETAMINE:
        person["pain"] *= p["ketamine_pain_factor"]
    elif treatment == IBUPROFEN:
        person["pain"] *= p["ibuprofen_pain_factor"]
    elif treatment in (MOXIFLOXACIN, CEFAZOLIN, DOXYCYCLINE, ORAL_REHYDRATION, WOUND_IRRIGATION, ACTIVE_COOLING):
        person["hazard"][ILLNESS] *= p["antibiotic_hazard_factor"]
        person["strain"] *= p["medicine_strain_factor"]
    elif treatment == PARACETAMOL:
        person["fever"] *= p["paracetamol_fever_factor"]
    elif treatment == ATROPINE:
        person["hazard"][ILLNESS] *= p["atropine_hazard_factor"]
        person["obstruction"] *= p["atropine_obstruction_factor"]
