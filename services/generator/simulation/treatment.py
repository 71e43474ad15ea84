"""What is done for a casualty next, by whom, for how long, and what it changes: MARCH order, by the level of whoever treats."""

from enum import IntEnum
from typing import Any

from services.generator.simulation.kernel import kernel
from services.generator.simulation.physiology import bleeding_rate
from services.generator.simulation.vital_signs import gcs_of
from services.generator.simulation.world import EXTREMITY, JUNCTIONAL

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
    return bool((person["done"] >> treatment) & 1)


@kernel
def _due(person: Any, treatment: int, indicated: Any) -> int:
    return treatment if indicated and not _had(person, treatment) else 0


@kernel
def _bleeding_next(person: Any, p: Any, level: int) -> int:
    limb, junction = person["bleeding"][EXTREMITY], person["bleeding"][JUNCTIONAL]
    tourniquet = level >= MEDIC or (level == BUDDY and person["own_tourniquet"] > 0)
    return (
        _due(person, TOURNIQUET, tourniquet and limb > p["tourniquet_bleeding_per_min"])
        or _due(person, HAEMOSTATIC_DRESSING, level >= MEDIC and junction > p["packing_bleeding_per_min"])
        or _due(person, PRESSURE_DRESSING, person["open_wound"] > 0)
    )


@kernel
def _airway_next(person: Any, level: int) -> int:
    shut = person["obstruction"]
    in_the_field = level in (MEDIC, AID_POST)
    return (
        _due(person, DECONTAMINATION, person["agent"] > 0 and level >= MEDIC)
        or _due(person, ATROPINE, person["agent"] == NERVE_AGENT)
        or _due(person, NASOPHARYNGEAL_AIRWAY, level >= BUDDY and shut > 0.1)
        or _due(person, CRICOTHYROIDOTOMY, in_the_field and shut > 0.5)
        or _due(person, INTUBATION, level >= AID_POST and (shut > 0.2 or gcs_of(person) < 9.0))
    )


@kernel
def _chest_next(person: Any, level: int) -> int:
    collapse = person["collapse"]
    short_of_air = collapse + person["strain"] + 1.0 - person["volume"] > 0.2
    in_the_field = level in (MEDIC, AID_POST)
    return (
        _due(person, CHEST_SEAL, level >= MEDIC and collapse > 0.2 and person["open_wound"] > 0)
        or _due(person, NEEDLE_DECOMPRESSION, in_the_field and collapse > 0.3)
        or _due(person, CHEST_DRAIN, level >= AID_POST and person["chest_ais"] >= 3)
        or _due(person, OXYGEN, level >= AID_POST and short_of_air)
    )


@kernel
def _circulation_next(person: Any, p: Any, level: int, blood_units: int) -> int:
    shocked = person["volume"] < p["fluid_volume"]
    if not shocked and bleeding_rate(person) < p["packing_bleeding_per_min"]:
        return 0
    early = person["state_at_s"] - person["injured_at_s"] < p["tranexamic_window_s"]
    found = _due(person, INTRAVENOUS_ACCESS, 1) or _due(person, TRANEXAMIC_ACID, early and person["category"] < 3)
    if found > 0:
        return found
    enough = p["blood_volume_trigger"] if person["transfused"] == 0 else p["blood_volume_target"]
    if blood_units > 0 and person["volume"] < enough and person["transfused"] < p["blood_units_max"]:
        return RED_CELLS if level >= SURGICAL else WHOLE_BLOOD
    return _due(person, CRYSTALLOID, shocked) or _due(person, HYPOTHERMIA_PREVENTION, 1)


@kernel
def _wounds_next(person: Any, level: int) -> int:
    facility = level >= AID_POST
    open_wound = person["open_wound"] > 0
    return (
        _due(person, BURN_DRESSING, person["burn_pct"] > 0)
        or _due(person, CERVICAL_COLLAR, person["head_ais"] >= 2)
        or _due(person, SPLINT, person["limb_ais"] >= 2)
        or _due(person, KETAMINE, person["pain"] >= 5.0)
        or _due(person, IBUPROFEN, facility and person["pain"] >= 2.0)
        or _due(person, MOXIFLOXACIN, open_wound and not facility)
        or _due(person, WOUND_IRRIGATION, open_wound and facility)
        or _due(person, CEFAZOLIN, open_wound and facility)
        or _due(person, SUTURE, open_wound and facility and person["worst_ais"] <= 2)
    )


@kernel
def _illness_next(person: Any, p: Any, level: int) -> int:
    found = _due(person, PARACETAMOL, person["fever"] >= 0.8)
    if found > 0 or level < AID_POST:
        return found
    found = _due(person, ACTIVE_COOLING, person["fever"] >= 1.6 and person["illness"] == 0)
    for place in range(CARE_OF_ILLNESS):
        given = int(p["care"][person["illness"], place])
        found = found or _due(person, given, given > 0)
    grave = person["illness"] > 0 and person["strain"] > 0.3
    return found or _due(person, INTRAVENOUS_ACCESS, grave) or _due(person, CRYSTALLOID, grave)


@kernel
def next_treatment(person: Any, p: Any, level: int, blood_units: int) -> int:
    """The most pressing treatment that `level` can give and that is not given yet, in MARCH order; 0 if there is none.

    `blood_units` are at hand.
    """
    found = _bleeding_next(person, p, level) or _airway_next(person, level)
    if found > 0 or level < MEDIC:
        return found
    found = _chest_next(person, level) or _circulation_next(person, p, level, blood_units)
    if found > 0:
        return found
    if person["triage"] == 1 and person["surgery"] > 0:
        # Whoever must be operated on at once is not kept for dressings.
        return _due(person, KETAMINE, person["pain"] >= 5.0)
    return _wounds_next(person, level) or _illness_next(person, p, level)


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
