"""What the oracle's medics give next, and what it does."""

from collections.abc import Iterator

from services.generator.simulation.treatment import Treatment
from shared.clinical.tables import conditions, treatments
from tests.simulation.oracle.chance import number
from tests.simulation.oracle.patient import BODY, GROIN, LIMB, TRUNK, Patient
from tests.simulation.oracle.series import exp
from tests.simulation.oracle.signs import gcs

BYSTANDER, COMRADE, MEDIC, AID_POST, SURGEON, HOSPITAL = range(6)
AFRESH = {"ketamine", "ibuprofen", "cefazolin", "oxygen", "hypothermia_prevention"}
BLOOD = {"red_cells", "whole_blood"}
ENTERIC = {"gastroenteritis", "diarrhoea", "dehydration"}
BACTERIAL = {"acute_bronchitis", "pneumonia", "cellulitis", "urinary_tract_infection", "conjunctivitis", "malaria"}
OF_THE_MIND = {"acute_stress_reaction", "adjustment_disorder", "major_depression", "anxiety"}
KIND = {row.name: row for row in treatments()}
DISEASE = {row.id: row.name for row in conditions() if row.category == "disease"}
NUMBER = {treatment.name.lower(): int(treatment) for treatment in Treatment}


def median_s(name: str) -> float:
    """Usual duration."""
    return number("blood_unit_s") if name in BLOOD else max(KIND[name].duration_min, 1) * 60


def _for_disease(name: str) -> list[str]:
    care = []
    if name in ENTERIC:
        care += ["oral_rehydration", "ondansetron" if name == "gastroenteritis" else "loperamide"]
    care += ["doxycycline"] * (name in BACTERIAL) + ["psychological_first_aid"] * (name in OF_THE_MIND)
    return (care + ["physiotherapy"] * (name == "low_back_pain"))[:2]


def _bleeding(patient: Patient, level: int) -> Iterator[tuple[str, bool]]:
    tourniquet = level >= MEDIC or (level == COMRADE and patient.own_tourniquet)
    yield "tourniquet", tourniquet and patient.bleeding[LIMB] > number("tourniquet_bleeding_per_min")
    yield "haemostatic_dressing", level >= MEDIC and patient.bleeding[GROIN] > number("packing_bleeding_per_min")
    yield "pressure_dressing", bool(patient.body.open_wound)


def _airway(patient: Patient, level: int) -> Iterator[tuple[str, bool]]:
    body, field = patient.body, level in (MEDIC, AID_POST)
    yield "decontamination", body.agent > 0 and level >= MEDIC
    yield "atropine", body.agent == 1
    yield "nasopharyngeal_airway", level >= COMRADE and body.obstruction > 0.1
    yield "cricothyroidotomy", field and body.obstruction > 0.5
    yield "intubation", level >= AID_POST and (body.obstruction > 0.2 or gcs(patient) < 9.0)


def _breathing(patient: Patient, level: int) -> Iterator[tuple[str, bool]]:
    body, facility = patient.body, level >= AID_POST
    yield "chest_seal", body.collapse > 0.2 and bool(body.open_wound)
    yield "needle_decompression", level <= AID_POST and body.collapse > 0.3
    yield "chest_drain", facility and body.chest_ais >= 3
    yield "oxygen", facility and body.collapse + body.strain + 1.0 - body.volume > 0.2


def _circulation(patient: Patient, level: int, units: int) -> Iterator[tuple[str, bool]]:
    body = patient.body
    shocked = body.volume < number("fluid_volume")
    if not shocked and sum(patient.bleeding) < number("packing_bleeding_per_min"):
        return
    yield "intravenous_access", True
    early = patient.clock_s - body.injured_at_s < number("tranexamic_window_s")
    yield "tranexamic_acid", early and body.category < 3
    short = body.volume < number("blood_volume_target" if patient.units else "blood_volume_trigger")
    if units > 0 and short and patient.units < number("blood_units_max"):
        name = "red_cells" if level >= SURGEON else "whole_blood"
        patient.given.discard(name)
        yield name, True
    yield "crystalloid", shocked
    yield "hypothermia_prevention", True


def _wounds(patient: Patient, level: int) -> Iterator[tuple[str, bool]]:
    body, facility = patient.body, level >= AID_POST
    yield "burn_dressing", body.burn_pct > 0
    yield "cervical_collar", body.head_ais >= 2
    yield "splint", body.limb_ais >= 2
    yield "ketamine", body.pain >= 5.0
    yield "ibuprofen", facility and body.pain >= 2.0
    yield "moxifloxacin", bool(body.open_wound) and not facility
    yield "wound_irrigation", bool(body.open_wound) and facility
    yield "cefazolin", bool(body.open_wound) and facility
    yield "suture", bool(body.open_wound) and facility and body.worst_ais <= 2


def _illness(patient: Patient, level: int) -> Iterator[tuple[str, bool]]:
    body = patient.body
    yield "paracetamol", body.fever >= 0.8
    if level < AID_POST:
        return
    yield "active_cooling", body.fever >= 1.6 and not body.illness
    for name in _for_disease(DISEASE.get(body.illness, "")):
        yield name, True
    grave = body.illness > 0 and body.strain > 0.3
    yield "intravenous_access", grave
    yield "crystalloid", grave


def _considered(patient: Patient, level: int, units: int) -> Iterator[tuple[str, bool]]:
    yield from _bleeding(patient, level)
    yield from _airway(patient, level)
    if level < MEDIC:
        return
    yield from _breathing(patient, level)
    yield from _circulation(patient, level, units)
    if patient.triage == 1 and patient.body.surgery:
        yield "ketamine", patient.body.pain >= 5.0
        return
    yield from _wounds(patient, level)
    yield from _illness(patient, level)


def next_remedy(patient: Patient, units: int) -> str:
    """Empty if nothing more is to be done."""
    for name, indicated in _considered(patient, patient.level, units):
        if indicated and name not in patient.given:
            return name
    return ""


def operation(patient: Patient) -> str:
    """What the gravest wound asks for."""
    body = patient.body
    by_need = (
        ("laparotomy", body.abdomen_ais >= 3),
        ("thoracotomy", body.chest_ais >= 4),
        ("craniotomy", body.head_ais >= 4),
        ("amputation_below_knee", body.amputation),
        ("external_fixation", body.limb_ais >= 3),
        ("debridement", True),
    )
    return next(name for name, needed in by_need if needed)


def _scale(patient: Patient, part: str, factor: float) -> None:
    setattr(patient.body, part, getattr(patient.body, part) * factor)


def take_effect(patient: Patient, name: str, luck: float) -> None:
    """Change the state as a finished treatment does."""
    patient.given.add(name)
    body, bleeding = patient.body, patient.bleeding
    if name == "tourniquet":
        bleeding[LIMB] *= number("tourniquet_failed_leak" if luck < number("tourniquet_failure_share") else "tourniquet_leak")
    elif name == "haemostatic_dressing":
        bleeding[GROIN] *= number("packing_leak")
    elif name == "pressure_dressing":
        bleeding[LIMB] *= number("dressing_leak")
        bleeding[GROIN] *= number("dressing_junctional_leak")
    elif name == "tranexamic_acid":
        hours = (patient.clock_s - body.injured_at_s) / 3600.0
        _scale(patient, "clotting", 1.0 + number("tranexamic_gain") * exp(-hours * number("tranexamic_decay_per_h")))
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
    fails = {"cricothyroidotomy": f"cricothyroidotomy_{who}_failure_share", "needle_decompression": "needle_failure_share"}
    if name in fails and luck < number(fails[name]):
        return
    factors = {
        "nasopharyngeal_airway": (("obstruction", "nasopharyngeal_leak"),),
        "needle_decompression": (("collapse", "needle_leak"),),
        "chest_seal": (("collapse", "chest_seal_leak"),),
        "ketamine": (("pain", "ketamine_pain_factor"),),
        "ibuprofen": (("pain", "ibuprofen_pain_factor"),),
        "paracetamol": (("fever", "paracetamol_fever_factor"),),
        "active_cooling": (("fever", "cooling_fever_factor"),),
        "atropine": (("obstruction", "atropine_obstruction_factor"),),
    }
    for part, factor in factors.get(name, ()):
        _scale(patient, part, number(factor))
    if name in ("cricothyroidotomy", "intubation"):
        patient.body.obstruction = 0.0
    if name == "atropine":
        patient.hazard[BODY] *= number("atropine_hazard_factor")
    if name in ("moxifloxacin", "cefazolin", "doxycycline", "oral_rehydration", "wound_irrigation"):
        patient.hazard[BODY] *= number("antibiotic_hazard_factor")
        _scale(patient, "strain", number("medicine_strain_factor"))
