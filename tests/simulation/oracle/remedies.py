"""What the oracle's medics give next, and what it does."""

from collections.abc import Iterator

from shared.clinical.tables import conditions, illness_care, treatments
from shared.simulation.treatment import Treatment
from tests.simulation.oracle.chance import number
from tests.simulation.oracle.patient import BODY, GROIN, LIMB, TRUNK, Patient
from tests.simulation.oracle.series import exp
from tests.simulation.oracle.signs import gcs, gcs_seen

BYSTANDER, COMRADE, MEDIC, AID_POST, SURGEON, HOSPITAL = range(6)
AFRESH = {"ketamine", "morphine", "ibuprofen", "paracetamol", "oxygen", "hypothermia_prevention"}
BLOOD = {"red_cells", "whole_blood"}
ANTIBIOTICS = {
    "moxifloxacin",
    "ertapenem",
    "cefazolin",
    "ceftriaxone",
    "ciprofloxacin",
    "doxycycline",
}
MEDICINES = ANTIBIOTICS | {
    "oral_rehydration",
    "wound_irrigation",
    "epinephrine",
    "midazolam",
    "salbutamol",
}
KIND = {row.name: row for row in treatments()}
DISEASE = {row.id: row.name for row in conditions() if row.category == "disease"}
NUMBER = {treatment.name.lower(): int(treatment) for treatment in Treatment}


OPERATIONS = [
    "thoracotomy",
    "laparotomy",
    "pelvic_packing",
    "vascular_repair",
    "amputation_above_knee",
    "amputation_below_knee",
    "amputation_upper_limb",
    "craniotomy",
    "fasciotomy",
    "escharotomy",
    "appendicectomy",
    "debridement",
    "internal_fixation_femur",
    "external_fixation",
    "eye_surgery",
]
LATER = {"internal_fixation_femur", "eye_surgery"}  # not after another operation


def median_s(name: str) -> float:
    """Usual duration."""
    return number("blood_unit_s") if name in BLOOD else max(KIND[name].duration_min, 1) * 60


def _bleeding(patient: Patient, level: int) -> Iterator[tuple[str, bool]]:
    limb, groin = patient.bleeding[LIMB], patient.bleeding[GROIN]
    gushes, wells = (
        limb > number("tourniquet_bleeding_per_min"),
        groin > number("packing_bleeding_per_min"),
    )
    open_wound = bool(patient.body.open_wound)
    yield "tourniquet", gushes and (level >= MEDIC or (level == COMRADE and patient.own_tourniquet))
    yield "direct_pressure", level < MEDIC and (gushes or wells)
    yield "haemostatic_dressing", level >= MEDIC and wells
    yield "pelvic_binder", level >= MEDIC and needs(patient, "pelvic_packing")
    yield "pressure_dressing", open_wound and limb + groin > number("dressing_bleeding_per_min")
    yield "wound_dressing", open_wound and "pressure_dressing" not in patient.given


def _airway(patient: Patient, level: int) -> Iterator[tuple[str, bool]]:
    body, field = patient.body, level in (MEDIC, AID_POST)
    nerve = body.agent == 1
    shut, comatose = (
        body.obstruction > number("airway_obstruction_seen"),
        gcs(patient) < number("intubation_gcs"),
    )
    yield "decontamination", body.agent > 0 and level >= MEDIC
    yield "atropine", nerve
    yield "pralidoxime", nerve and level >= MEDIC
    yield "diazepam", nerve and level >= MEDIC and body.worst_ais >= 4
    yield "nasopharyngeal_airway", level >= COMRADE and shut
    yield "cricothyroidotomy", field and body.obstruction > number("cricothyroidotomy_obstruction")
    yield "bag_mask_ventilation", field and comatose
    swells = body.burn_pct >= number("burn_grave_pct")
    if level >= AID_POST and (shut or comatose or swells) and "intubation" not in patient.given:
        awake = level >= SURGEON and gcs(patient) > number("insensible_gcs")
        yield "propofol", awake and body.volume >= number("fluid_volume")
        yield "rocuronium", awake
        yield "intubation", True


def _breathing(patient: Patient, level: int) -> Iterator[tuple[str, bool]]:
    body, facility = patient.body, level >= AID_POST
    yield "chest_seal", body.collapse > number("chest_seal_collapse") and bool(body.open_wound)
    yield (
        "needle_decompression",
        level <= AID_POST and body.collapse > number("decompression_collapse"),
    )
    yield "chest_drain", facility and bool(body.pleura) and body.chest_ais >= 3
    yield (
        "oxygen",
        facility and body.collapse + body.strain + 1.0 - body.volume > number("oxygen_need"),
    )


def _line(patient: Patient) -> Iterator[tuple[str, bool]]:
    if not patient.given & {"intravenous_access", "intraosseous_access"}:
        empty = patient.body.volume < number("intraosseous_volume")
        yield ("intraosseous_access" if empty else "intravenous_access"), True


def _blood(patient: Patient, level: int, units: int) -> Iterator[tuple[str, bool]]:
    short = patient.body.volume < number(
        "blood_volume_target" if patient.units else "blood_volume_trigger"
    )
    if units > 0 and short and patient.units < number("blood_units_max"):
        name = "red_cells" if level >= SURGEON else "whole_blood"
        patient.given.discard(name)
        yield name, True


def _resuscitation(patient: Patient, level: int, units: int) -> Iterator[tuple[str, bool]]:
    breathes = patient.body.obstruction <= number("airway_obstruction_seen")
    if level >= SURGEON and breathes and patient.body.collapse <= number("decompression_collapse"):
        blood = list(_blood(patient, level, units))
        if blood:
            yield from _line(patient)
        yield from blood


def _circulation(patient: Patient, level: int, units: int) -> Iterator[tuple[str, bool]]:
    body = patient.body
    shocked = body.volume < number("fluid_volume")
    bleeds, burnt = (
        shocked or sum(patient.bleeding) >= number("packing_bleeding_per_min"),
        body.burn_pct >= number("burn_fluid_pct"),
    )
    if not bleeds and not burnt:
        return
    yield from _line(patient)
    early = patient.clock_s - body.injured_at_s < number("tranexamic_window_s")
    yield "tranexamic_acid", bleeds and early and body.category < 3
    yield from _blood(patient, level, units)
    yield "calcium_gluconate", level >= AID_POST and patient.units >= number("calcium_units")
    yield "crystalloid", shocked or burnt
    yield "hypothermia_prevention", True


def _against_pain(patient: Patient, level: int) -> Iterator[tuple[str, bool]]:
    body = patient.body
    if body.pain < number("pain_strong") or patient.given & {"ketamine", "morphine"}:
        return
    shaky = body.volume < number("fluid_volume") or gcs(patient) < number("gcs_telling")
    if shaky or body.collapse > number("chest_seal_collapse"):
        yield "ketamine", True
    elif level >= AID_POST:
        yield "morphine", True
    else:
        yield "fentanyl_lozenge", True


def covered(patient: Patient, now_s: int) -> bool:
    """Whether the last antibiotic still works."""
    given_s = patient.antibiotic_at_s
    return given_s is not None and now_s - given_s < number("antibiotic_interval_s")


def _swallows(patient: Patient) -> bool:
    return bool(
        patient.body.volume >= number("fluid_volume") and gcs_seen(patient) >= number("gcs_telling")
    )


def needs(patient: Patient, operation: str) -> bool:
    """Whether a surgeon is to do it."""
    return bool(patient.body.needs & (1 << OPERATIONS.index(operation)))


def _against_infection(patient: Patient, level: int) -> Iterator[tuple[str, bool]]:
    body = patient.body
    if not body.open_wound or covered(patient, patient.clock_s):
        return
    if level >= AID_POST:
        name = "ceftriaxone" if body.head_ais >= 3 or body.abdomen_ais >= 3 else "cefazolin"
        patient.given.discard(name)
        yield name, True
        return
    yield "moxifloxacin", _swallows(patient)
    yield "ertapenem", not _swallows(patient) and "moxifloxacin" not in patient.given


def _wounds(patient: Patient, level: int) -> Iterator[tuple[str, bool]]:
    body, facility = patient.body, level >= AID_POST
    yield "burn_dressing", body.burn_pct > 0
    yield "cervical_collar", body.head_ais >= 2
    yield "splint", body.limb_ais >= 2 or (facility and body.limb_ais > 0 and not body.open_wound)
    yield from _against_pain(patient, level)
    if facility and body.pain >= number("pain_felt") and not body.surgery and _swallows(patient):
        thins = body.head_ais < 3 and not body.brain_ais and not patient.units
        yield ("ibuprofen" if thins else "paracetamol"), True
    yield "wound_irrigation", bool(body.open_wound) and facility
    yield from _against_infection(patient, level)
    yield (
        "suture",
        bool(body.open_wound) and facility and body.worst_ais <= 2 and not body.war_wound,
    )


def _illness(patient: Patient, level: int) -> Iterator[tuple[str, bool]]:
    body = patient.body
    yield (
        "paracetamol",
        body.illness > 0 and body.fever >= number("fever_treated") and _swallows(patient),
    )
    yield "hypothermia_prevention", not body.illness and body.fever <= -number("fever_treated")
    if level < AID_POST:
        return
    yield "active_cooling", body.fever >= number("fever_cooled") and not body.illness
    for row in illness_care():
        if row.condition == DISEASE.get(body.illness):
            yield row.treatment, True
    if body.illness > 0 and body.strain > number("strain_grave"):
        yield from _line(patient)
        yield "crystalloid", True


def _considered(patient: Patient, level: int, units: int) -> Iterator[tuple[str, bool]]:
    yield from _bleeding(patient, level)
    yield from _resuscitation(patient, level, units)
    yield from _airway(patient, level)
    if level < MEDIC:
        return
    yield from _breathing(patient, level)
    yield from _circulation(patient, level, units)
    if patient.triage == 1 and patient.body.surgery:
        yield from _against_pain(patient, level)
        return
    yield from _wounds(patient, level)
    yield from _illness(patient, level)


def next_remedy(patient: Patient, units: int) -> str:
    """Empty if nothing more is to be done."""
    for name, indicated in _considered(patient, patient.level, units):
        if indicated and name not in patient.given:
            return name
    return ""


def operations(patient: Patient, role: int) -> list[str]:
    """What a surgeon of this role can do of what is needed, the most urgent first."""
    able = [name for name in OPERATIONS if needs(patient, name) and KIND[name].role_min <= role]
    return [
        name
        for name in able
        if name != "external_fixation" or "internal_fixation_femur" not in able
    ]


def _scale(patient: Patient, part: str, factor: float) -> None:
    setattr(patient.body, part, getattr(patient.body, part) * factor)


def take_effect(patient: Patient, name: str, luck: float) -> None:
    """Change the state as a finished treatment does."""
    patient.given.add(name)
    body, bleeding = patient.body, patient.bleeding
    if name == "tourniquet":
        bleeding[LIMB] *= number(
            "tourniquet_failed_leak"
            if luck < number("tourniquet_failure_share")
            else "tourniquet_leak"
        )
    elif name == "direct_pressure":
        bleeding[LIMB] *= number("direct_pressure_leak")
        bleeding[GROIN] *= number("direct_pressure_leak")
    elif name in ("haemostatic_dressing", "pelvic_binder"):
        bleeding[GROIN] *= number(
            "packing_leak" if name == "haemostatic_dressing" else "pelvic_binder_leak"
        )
    elif name == "wound_dressing":
        bleeding[LIMB] *= number("wound_dressing_leak")
    elif name == "pressure_dressing":
        bleeding[LIMB] *= number("dressing_leak")
        bleeding[GROIN] *= number("dressing_junctional_leak")
    elif name == "tranexamic_acid":
        hours = (patient.clock_s - body.injured_at_s) / 3600.0
        _scale(
            patient,
            "clotting",
            1.0 + number("tranexamic_gain") * exp(-hours * number("tranexamic_decay_per_h")),
        )
    elif name == "chest_drain":
        body.collapse = 0.0
        bleeding[TRUNK] *= number("chest_drain_leak")
    elif name in BLOOD:
        body.volume = min(body.volume + number("blood_unit_volume"), 1.0)
        patient.units += 1
    elif name == "crystalloid":
        body.volume = min(body.volume + number("crystalloid_volume"), 1.0)
        _scale(patient, "clotting", number("crystalloid_dilution"))
        _scale(patient, "strain", number("fluid_strain_factor"))
    else:
        _ease(patient, name, luck)


def _ease(patient: Patient, name: str, luck: float) -> None:
    who = "medic" if patient.level == MEDIC else "physician"
    fails = {
        "cricothyroidotomy": f"cricothyroidotomy_{who}_failure_share",
        "needle_decompression": "needle_failure_share",
    }
    if name in fails and luck < number(fails[name]):
        return
    factors = {
        "nasopharyngeal_airway": (("obstruction", "nasopharyngeal_leak"),),
        "needle_decompression": (("collapse", "needle_leak"),),
        "chest_seal": (("collapse", "chest_seal_leak"),),
        "bag_mask_ventilation": (("obstruction", "bag_mask_leak"),),
        "ketamine": (("pain", "ketamine_pain_factor"),),
        "morphine": (("pain", "morphine_pain_factor"),),
        "fentanyl_lozenge": (("pain", "lozenge_pain_factor"),),
        "ibuprofen": (("pain", "ibuprofen_pain_factor"),),
        "paracetamol": (("fever", "paracetamol_fever_factor"),),
        "active_cooling": (("fever", "cooling_fever_factor"),),
        "atropine": (("obstruction", "atropine_obstruction_factor"),),
    }
    for part, factor in factors.get(name, ()):
        _scale(patient, part, number(factor))
    if name == "hypothermia_prevention":
        patient.body.fever = max(
            patient.body.fever, patient.body.fever * number("warming_fever_factor")
        )
    if name in ("cricothyroidotomy", "intubation"):
        patient.body.obstruction = 0.0
        patient.tube = patient.tube or name == "intubation"
    for antidote, factor in (
        ("atropine", "atropine"),
        ("pralidoxime", "oxime"),
        ("diazepam", "diazepam"),
    ):
        if name == antidote:
            patient.hazard[BODY] *= number(f"{factor}_hazard_factor")
    if name in MEDICINES:
        patient.hazard[BODY] *= number("antibiotic_hazard_factor")
        _scale(patient, "soiling", number("antibiotic_hazard_factor"))
        _scale(patient, "strain", number("medicine_strain_factor"))
