"""What a finished treatment changes in the state of a casualty; every size is a parameter with its
source.
"""

from typing import Any

from shared.simulation import luck
from shared.simulation.elementary import exp
from shared.simulation.kernel import kernel
from shared.simulation.treatment import (
    ACTIVE_COOLING,
    ATROPINE,
    BAG_MASK_VENTILATION,
    CEFAZOLIN,
    CEFTRIAXONE,
    CHEST_DRAIN,
    CHEST_SEAL,
    CIPROFLOXACIN,
    CRICOTHYROIDOTOMY,
    CRYSTALLOID,
    DIAZEPAM,
    DIRECT_PRESSURE,
    DOXYCYCLINE,
    EPINEPHRINE,
    ERTAPENEM,
    FENTANYL_LOZENGE,
    HAEMOSTATIC_DRESSING,
    HYPOTHERMIA_PREVENTION,
    IBUPROFEN,
    INTUBATION,
    KETAMINE,
    MEDIC,
    MIDAZOLAM,
    MORPHINE,
    MOXIFLOXACIN,
    NASOPHARYNGEAL_AIRWAY,
    NEEDLE_DECOMPRESSION,
    ORAL_REHYDRATION,
    PARACETAMOL,
    PELVIC_BINDER,
    PRALIDOXIME,
    PRESSURE_DRESSING,
    RED_CELLS,
    REMEMBERED,
    SALBUTAMOL,
    TOURNIQUET,
    TRANEXAMIC_ACID,
    WHOLE_BLOOD,
    WOUND_DRESSING,
    WOUND_IRRIGATION,
)
from shared.simulation.world import EXTREMITY, ILLNESS, JUNCTIONAL, TRUNCAL

# What lowers the hazard of infection or illness, and its strain.
MEDICINES = (
    MOXIFLOXACIN,
    ERTAPENEM,
    CEFAZOLIN,
    CEFTRIAXONE,
    CIPROFLOXACIN,
    DOXYCYCLINE,
    ORAL_REHYDRATION,
    WOUND_IRRIGATION,
    EPINEPHRINE,
    MIDAZOLAM,
    SALBUTAMOL,
)


@kernel
def tranexamic_effect(p: Any, delay_s: int) -> float:
    """Factor on clotting by the delay since wounding (P025-P027): it helps for three hours, less
    each hour.
    """
    hours = delay_s / 3600.0
    return float(1.0 + p["tranexamic_gain"] * exp(-hours * p["tranexamic_decay_per_h"]))


@kernel
def take_effect(person: Any, p: Any, treatment: int, ticket: int) -> None:
    """Change the state as `treatment` does when it is finished; a uint16 `ticket` decides whether
    it works.
    """
    share = ticket / luck.TICKETS
    if treatment <= REMEMBERED:
        person["done"] |= 1 << treatment
    if treatment in (
        TOURNIQUET,
        DIRECT_PRESSURE,
        HAEMOSTATIC_DRESSING,
        PELVIC_BINDER,
        PRESSURE_DRESSING,
        WOUND_DRESSING,
        TRANEXAMIC_ACID,
    ):
        _on_bleeding(person, p, treatment, share)
    elif treatment in (NASOPHARYNGEAL_AIRWAY, CRICOTHYROIDOTOMY, BAG_MASK_VENTILATION, INTUBATION):
        _on_airway(person, p, treatment, share)
    elif treatment in (NEEDLE_DECOMPRESSION, CHEST_SEAL, CHEST_DRAIN):
        _on_chest(person, p, treatment, share)
    elif treatment in (CRYSTALLOID, RED_CELLS, WHOLE_BLOOD):
        _on_volume(person, p, treatment)
    else:
        _on_comfort(person, p, treatment)


@kernel
def _on_bleeding(person: Any, p: Any, treatment: int, share: float) -> None:
    if treatment == TOURNIQUET:
        person["bleeding"][EXTREMITY] *= (
            p["tourniquet_leak"]
            if share >= p["tourniquet_failure_share"]
            else p["tourniquet_failed_leak"]
        )
    elif treatment == DIRECT_PRESSURE:
        person["bleeding"][EXTREMITY] *= p["direct_pressure_leak"]
        person["bleeding"][JUNCTIONAL] *= p["direct_pressure_leak"]
    elif treatment == HAEMOSTATIC_DRESSING:
        person["bleeding"][JUNCTIONAL] *= p["packing_leak"]
    elif treatment == PELVIC_BINDER:
        person["bleeding"][JUNCTIONAL] *= p["pelvic_binder_leak"]
    elif treatment == WOUND_DRESSING:
        person["bleeding"][EXTREMITY] *= p["wound_dressing_leak"]
    elif treatment == PRESSURE_DRESSING:
        person["bleeding"][EXTREMITY] *= p["dressing_leak"]
        person["bleeding"][JUNCTIONAL] *= p["dressing_junctional_leak"]
    else:
        person["clotting"] *= tranexamic_effect(p, person["state_at_s"] - person["injured_at_s"])


@kernel
def _on_airway(person: Any, p: Any, treatment: int, share: float) -> None:
    if treatment == NASOPHARYNGEAL_AIRWAY:
        person["obstruction"] *= p["nasopharyngeal_leak"]
    elif treatment == CRICOTHYROIDOTOMY:
        fails = (
            p["cricothyroidotomy_medic_failure_share"]
            if person["level"] == MEDIC
            else p["cricothyroidotomy_physician_failure_share"]
        )
        person["obstruction"] *= 1.0 if share < fails else 0.0
    elif treatment == BAG_MASK_VENTILATION:
        person["obstruction"] *= p["bag_mask_leak"]
    else:
        person["obstruction"] = 0.0
        person["tube"] = 1


@kernel
def _on_chest(person: Any, p: Any, treatment: int, share: float) -> None:
    if treatment == NEEDLE_DECOMPRESSION:
        person["collapse"] *= 1.0 if share < p["needle_failure_share"] else p["needle_leak"]
    elif treatment == CHEST_SEAL:
        person["collapse"] *= p["chest_seal_leak"]
    else:
        person["collapse"] = 0.0
        person["bleeding"][TRUNCAL] *= p["chest_drain_leak"]


@kernel
def _on_volume(person: Any, p: Any, treatment: int) -> None:
    if treatment == CRYSTALLOID:
        person["volume"] = min(person["volume"] + p["crystalloid_volume"], 1.0)
        person["clotting"] *= p["crystalloid_dilution"]
        person["strain"] *= p["fluid_strain_factor"]
    else:
        person["volume"] = min(person["volume"] + p["blood_unit_volume"], 1.0)
        person["transfused"] += 1


@kernel
def _on_comfort(person: Any, p: Any, treatment: int) -> None:
    if treatment == KETAMINE:
        person["pain"] *= p["ketamine_pain_factor"]
    elif treatment == MORPHINE:
        person["pain"] *= p["morphine_pain_factor"]
    elif treatment == FENTANYL_LOZENGE:
        person["pain"] *= p["lozenge_pain_factor"]
    elif treatment == IBUPROFEN:
        person["pain"] *= p["ibuprofen_pain_factor"]
    elif treatment == PARACETAMOL:
        person["fever"] *= p["paracetamol_fever_factor"]
    elif treatment == HYPOTHERMIA_PREVENTION:
        person["fever"] = max(person["fever"], person["fever"] * p["warming_fever_factor"])
    elif treatment == ACTIVE_COOLING:
        person["fever"] *= p["cooling_fever_factor"]
    elif treatment == ATROPINE:
        person["hazard"][ILLNESS] *= p["atropine_hazard_factor"]
        person["obstruction"] *= p["atropine_obstruction_factor"]
    elif treatment == PRALIDOXIME:
        person["hazard"][ILLNESS] *= p["oxime_hazard_factor"]
    elif treatment == DIAZEPAM:
        person["hazard"][ILLNESS] *= p["diazepam_hazard_factor"]
    elif treatment in MEDICINES:
        person["hazard"][ILLNESS] *= p["antibiotic_hazard_factor"]
        person["soiling"] *= p["antibiotic_hazard_factor"]
        person["strain"] *= p["medicine_strain_factor"]
