"""What is done for a casualty next, by the level of whoever treats: MARCH order, one treatment at a
time.
"""

from typing import Any

from shared.simulation.kernel import kernel
from shared.simulation.physiology import bleeding_rate
from shared.simulation.surgery import PELVIS
from shared.simulation.treatment import (
    ACTIVE_COOLING,
    AID_POST,
    ATROPINE,
    BAG_MASK_VENTILATION,
    BUDDY,
    BURN_DRESSING,
    CALCIUM_GLUCONATE,
    CARE_OF_ILLNESS,
    CEFAZOLIN,
    CEFTRIAXONE,
    CERVICAL_COLLAR,
    CHEST_DRAIN,
    CHEST_SEAL,
    CRICOTHYROIDOTOMY,
    CRYSTALLOID,
    DECONTAMINATION,
    DIAZEPAM,
    DIRECT_PRESSURE,
    ERTAPENEM,
    FENTANYL_LOZENGE,
    GRAVE,
    HAEMOSTATIC_DRESSING,
    HYPOTHERMIA_PREVENTION,
    IBUPROFEN,
    ILL,
    INTRAOSSEOUS_ACCESS,
    INTRAVENOUS_ACCESS,
    INTUBATION,
    KETAMINE,
    MEDIC,
    MODERATE,
    MORPHINE,
    MOXIFLOXACIN,
    NASOPHARYNGEAL_AIRWAY,
    NEEDLE_DECOMPRESSION,
    OXYGEN,
    PARACETAMOL,
    PELVIC_BINDER,
    PRALIDOXIME,
    PRESSURE_DRESSING,
    PROPOFOL,
    RED_CELLS,
    ROCURONIUM,
    SERIOUS,
    SPLINT,
    SURGICAL,
    SUTURE,
    TOURNIQUET,
    TRANEXAMIC_ACID,
    WHOLE_BLOOD,
    WOUND_DRESSING,
    WOUND_IRRIGATION,
)
from shared.simulation.vital_signs import gcs_of, gcs_shown
from shared.simulation.world import EXTREMITY, JUNCTIONAL

NERVE_AGENT = 1  # `agent` of a casualty

# What a unit at the next role starts afresh.
REPEATED = (
    (1 << KETAMINE)
    | (1 << MORPHINE)
    | (1 << IBUPROFEN)
    | (1 << PARACETAMOL)
    | (1 << OXYGEN)
    | (1 << HYPOTHERMIA_PREVENTION)
)


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
    gushes = limb > p["tourniquet_bleeding_per_min"]
    open_wound = person["open_wound"] > 0
    return (
        _due(person, TOURNIQUET, tourniquet and gushes)
        or _due(
            person,
            DIRECT_PRESSURE,
            level < MEDIC and (gushes or junction > p["packing_bleeding_per_min"]),
        )
        or _due(
            person,
            HAEMOSTATIC_DRESSING,
            level >= MEDIC and junction > p["packing_bleeding_per_min"],
        )
        or _due(person, PELVIC_BINDER, level >= MEDIC and person["needs"] & PELVIS != 0)
        or _due(
            person,
            PRESSURE_DRESSING,
            open_wound and limb + junction > p["dressing_bleeding_per_min"],
        )
        or _due(person, WOUND_DRESSING, open_wound and not _had(person, PRESSURE_DRESSING))
    )


@kernel
def _antidote_next(person: Any, level: int) -> int:
    if person["agent"] == 0:
        return 0
    nerve = person["agent"] == NERVE_AGENT
    return (
        _due(person, DECONTAMINATION, level >= MEDIC)
        or _due(person, ATROPINE, nerve)
        or _due(person, PRALIDOXIME, nerve and level >= MEDIC)
        or _due(person, DIAZEPAM, nerve and level >= MEDIC and person["worst_ais"] >= GRAVE)
    )


@kernel
def _airway_next(person: Any, p: Any, level: int) -> int:
    shut = person["obstruction"]
    in_the_field = level in (MEDIC, AID_POST)
    comatose = gcs_of(p, person) < p["intubation_gcs"]
    swells = person["burn_pct"] >= p["burn_grave_pct"]
    return (
        _antidote_next(person, level)
        or _due(
            person, NASOPHARYNGEAL_AIRWAY, level >= BUDDY and shut > p["airway_obstruction_seen"]
        )
        or _due(
            person, CRICOTHYROIDOTOMY, in_the_field and shut > p["cricothyroidotomy_obstruction"]
        )
        or _due(person, BAG_MASK_VENTILATION, in_the_field and comatose)
        or _intubation_next(
            person, p, level, shut > p["airway_obstruction_seen"] or comatose or swells
        )
    )


@kernel
def _intubation_next(person: Any, p: Any, level: int, indicated: Any) -> int:
    if level < AID_POST or not indicated or _had(person, INTUBATION):
        return 0
    awake = level >= SURGICAL and gcs_of(p, person) > p["insensible_gcs"]
    asleep = _due(person, PROPOFOL, awake and person["volume"] >= p["fluid_volume"]) or _due(
        person, ROCURONIUM, awake
    )
    return asleep or INTUBATION


@kernel
def _chest_next(person: Any, p: Any, level: int) -> int:
    collapse = person["collapse"]
    short_of_air = collapse + person["strain"] + 1.0 - person["volume"] > p["oxygen_need"]
    in_the_field = level in (MEDIC, AID_POST)
    return (
        _due(
            person,
            CHEST_SEAL,
            level >= MEDIC and collapse > p["chest_seal_collapse"] and person["open_wound"] > 0,
        )
        or _due(
            person, NEEDLE_DECOMPRESSION, in_the_field and collapse > p["decompression_collapse"]
        )
        or _due(
            person,
            CHEST_DRAIN,
            level >= AID_POST and person["pleura"] > 0 and person["chest_ais"] >= SERIOUS,
        )
        or _due(person, OXYGEN, level >= AID_POST and short_of_air)
    )


@kernel
def _line_next(person: Any, p: Any) -> int:
    if _had(person, INTRAVENOUS_ACCESS) or _had(person, INTRAOSSEOUS_ACCESS):
        return 0
    return (
        INTRAOSSEOUS_ACCESS if person["volume"] < p["intraosseous_volume"] else INTRAVENOUS_ACCESS
    )


@kernel
def _blood_next(person: Any, p: Any, level: int, blood_units: int) -> int:
    enough = p["blood_volume_trigger"] if person["transfused"] == 0 else p["blood_volume_target"]
    if (
        blood_units == 0
        or person["volume"] >= enough
        or person["transfused"] >= p["blood_units_max"]
    ):
        return 0
    return RED_CELLS if level >= SURGICAL else WHOLE_BLOOD


@kernel
def _resuscitation_next(person: Any, p: Any, level: int, blood_units: int) -> int:
    """In a hospital blood comes before tube and drain, unless the airway is shut or a lung under
    tension: sleep kills in shock.
    """
    if (
        level < SURGICAL
        or person["obstruction"] > p["airway_obstruction_seen"]
        or person["collapse"] > p["decompression_collapse"]
    ):
        return 0
    blood = _blood_next(person, p, level, blood_units)
    return (_line_next(person, p) or blood) if blood > 0 else 0


@kernel
def _circulation_next(person: Any, p: Any, level: int, blood_units: int) -> int:
    shocked = person["volume"] < p["fluid_volume"]
    bleeds = shocked or bleeding_rate(person) >= p["packing_bleeding_per_min"]
    burnt = person["burn_pct"] >= p["burn_fluid_pct"]
    if not bleeds and not burnt:
        return 0
    early = person["state_at_s"] - person["injured_at_s"] < p["tranexamic_window_s"]
    found = _line_next(person, p) or _due(
        person, TRANEXAMIC_ACID, bleeds and early and person["category"] < ILL
    )
    found = found or _blood_next(person, p, level, blood_units)
    if found > 0:
        return found
    calcium = _due(
        person, CALCIUM_GLUCONATE, level >= AID_POST and person["transfused"] >= p["calcium_units"]
    )
    return (
        calcium
        or _due(person, CRYSTALLOID, shocked or burnt)
        or _due(person, HYPOTHERMIA_PREVENTION, 1)
    )


@kernel
def _analgesic_next(person: Any, p: Any, level: int) -> int:
    """For strong pain: ketamine in shock or with a clouded mind, a lozenge in the field, morphine
    in a facility; once a level.
    """
    if person["pain"] < p["pain_strong"] or _had(person, KETAMINE) or _had(person, MORPHINE):
        return 0
    if (
        person["volume"] < p["fluid_volume"]
        or gcs_of(p, person) < p["gcs_telling"]
        or person["collapse"] > p["chest_seal_collapse"]
    ):
        return KETAMINE
    return MORPHINE if level >= AID_POST else _due(person, FENTANYL_LOZENGE, 1)


@kernel
def swallows(person: Any, p: Any) -> bool:
    """Awake, not in shock and not about to be put to sleep."""
    return bool(person["volume"] >= p["fluid_volume"] and gcs_shown(p, person) >= p["gcs_telling"])


@kernel
def _tablet_next(person: Any, p: Any, facility: Any) -> int:
    """For light pain, by mouth: nothing that thins the blood for heads or who bled."""
    if (
        not facility
        or person["pain"] < p["pain_felt"]
        or person["surgery"] > 0
        or not swallows(person, p)
    ):
        return 0
    thins = person["head_ais"] < SERIOUS and person["brain_ais"] == 0 and person["transfused"] == 0
    return _due(person, IBUPROFEN if thins else PARACETAMOL, 1)


@kernel
def _antibiotic_next(person: Any, p: Any, level: int) -> int:
    if person["open_wound"] == 0:
        return 0
    if (
        person["antibiotic_at_s"] > 0
        and person["state_at_s"] - person["antibiotic_at_s"] < p["antibiotic_interval_s"]
    ):
        return 0
    if level >= AID_POST:
        deep = person["head_ais"] >= SERIOUS or person["abdomen_ais"] >= SERIOUS
        return CEFTRIAXONE if deep else CEFAZOLIN
    by_mouth = swallows(person, p)
    return _due(person, MOXIFLOXACIN, by_mouth) or _due(
        person, ERTAPENEM, not by_mouth and not _had(person, MOXIFLOXACIN)
    )


@kernel
def _wounds_next(person: Any, p: Any, level: int) -> int:
    facility = level >= AID_POST
    open_wound = person["open_wound"] > 0
    return (
        _due(person, BURN_DRESSING, person["burn_pct"] > 0)
        or _due(person, CERVICAL_COLLAR, person["head_ais"] >= MODERATE)
        or _due(
            person,
            SPLINT,
            person["limb_ais"] >= MODERATE
            or (facility and person["limb_ais"] > 0 and not open_wound),
        )
        or _analgesic_next(person, p, level)
        or _tablet_next(person, p, facility)
        or _due(person, WOUND_IRRIGATION, open_wound and facility)
        or _antibiotic_next(person, p, level)
        or _due(
            person,
            SUTURE,
            open_wound
            and facility
            and person["worst_ais"] <= MODERATE
            and person["war_wound"] == 0,
        )
    )


@kernel
def _illness_next(person: Any, p: Any, level: int) -> int:
    if person["illness"] == 0:
        return _due(
            person, ACTIVE_COOLING, level >= AID_POST and person["fever"] >= p["fever_cooled"]
        ) or _due(person, HYPOTHERMIA_PREVENTION, person["fever"] <= -p["fever_treated"])
    found = _due(person, PARACETAMOL, person["fever"] >= p["fever_treated"] and swallows(person, p))
    if found > 0 or level < AID_POST:
        return found
    for place in range(CARE_OF_ILLNESS):
        given = int(p["care"][person["illness"], place])
        found = found or _due(person, given, given > 0)
    grave = person["strain"] > p["strain_grave"]
    return found or (_line_next(person, p) if grave else 0) or _due(person, CRYSTALLOID, grave)


@kernel
def next_treatment(person: Any, p: Any, level: int, blood_units: int) -> int:
    """The most pressing treatment that `level` can give and that is not given yet, in MARCH order;
    0 if there is none.

    `blood_units` are at hand.
    """
    found = (
        _bleeding_next(person, p, level)
        or _resuscitation_next(person, p, level, blood_units)
        or _airway_next(person, p, level)
    )
    if found > 0 or level < MEDIC:
        return found
    found = _chest_next(person, p, level) or _circulation_next(person, p, level, blood_units)
    if found > 0:
        return found
    if person["triage"] == 1 and person["surgery"] > 0:
        # Whoever must be operated on at once is not kept for dressings.
        return _analgesic_next(person, p, level)
    return _wounds_next(person, p, level) or _illness_next(person, p, level)
