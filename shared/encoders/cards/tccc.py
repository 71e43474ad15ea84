"""The field set of the TCCC card (DD Form 1380): care at the point of injury and on the way to the
first facility.

Boxes that the record knows nothing of (the limb under a tourniquet, the first responder's name) are
null.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from shared.clinical.rows import Treatment
from shared.clinical.tables import treatments
from shared.encoders.cards.casualties import Document, handed_over_at, injuries, on_the_way
from shared.encoders.cards.precedence import DIALECTS
from shared.scenarios import Scenario

SIGNS_COLUMNS_MAX = 4
NO_ALLERGIES = "NKDA"

MECHANISMS: Mapping[str, str] = {
    "artillery_fragment": "artillery",
    "assault_blunt": "blunt",
    "structural_collapse": "blunt",
    "falling_debris": "blunt",
    "fire": "burn",
    "accidental_burn": "burn",
    "fall": "fall",
    "rocket_grenade": "grenade_rpg",
    "gunshot": "gsw",
    "negligent_discharge": "gsw",
    "improvised_explosive_device": "ied",
    "landmine": "landmine",
    "combat_vehicle_crash": "mvc",
    "vehicle_crash": "mvc",
    "vehicle_ramming": "mvc",
}
OTHER = "other"
# Boxes by what was done.
CIRCULATION = {
    "haemostatic_dressing": "haemostatic",
    "pressure_dressing": "pressure",
    "wound_dressing": "other",
    "burn_dressing": "other",
}
AIRWAY = {"nasopharyngeal_airway": "npa", "cricothyroidotomy": "cric", "intubation": "et_tube"}
BREATHING = {
    "oxygen": "o2",
    "needle_decompression": "needle_d",
    "chest_drain": "chest_tube",
    "chest_seal": "chest_seal",
}
ANALGESICS = frozenset({"ketamine", "fentanyl_lozenge", "morphine", "paracetamol", "ibuprofen"})
ANTIBIOTICS = frozenset(
    {"moxifloxacin", "ertapenem", "cefazolin", "ceftriaxone", "ciprofloxacin", "doxycycline"}
)
OTHER_BOXES = {
    "splint": "splint",
    "cervical_collar": "splint",
    "pelvic_binder": "pelvic_binder",
    "hypothermia_prevention": "hypothermia",
}
# Lowest Glasgow coma score of each answer to voice and pain.
_AVPU = ((14, "A"), (9, "V"), (4, "P"), (3, "U"))


def tccc(casualty: Document, scenario: Scenario) -> Iterator[Document]:
    """One document a casualty."""
    moment = handed_over_at(casualty)
    done = on_the_way(casualty["treatments"], moment)
    precedence = casualty["precedence"]
    yield {
        "patient_id": casualty["id"],
        "battle_roster_number": _roster_number(casualty),
        "evacuation_category": DIALECTS[scenario.evacuation.precedence][precedence].display
        if precedence
        else None,
        "family_name": casualty["family_name"],
        "given_name": casualty["given_name"],
        "last_4": casualty["service_number"][-4:],
        "sex": casualty["sex"],
        "injured_at": casualty["injured_at"],
        "handed_over_at": moment,
        "service": casualty["branch"],
        "nation": casualty["nation"]["code"],
        "unit": casualty["unit"],
        "allergies": [allergy["display"] for allergy in casualty["allergies"]] or [NO_ALLERGIES],
        "mechanism": {
            "box": MECHANISMS.get(casualty["mechanism"]["name"], OTHER),
            "display": casualty["mechanism"]["display"],
        },
        "injuries": injuries(casualty, moment),
        "burn_tbsa_pct": casualty["burn_tbsa_pct"],
        "tourniquets": [
            {"limb": None, "at": item["at"]}
            for item in done
            if item["treatment"]["name"] == "tourniquet"
        ],
        "signs": [_signs(row) for row in _chosen(on_the_way(casualty["vitals"], moment))],
        "care": _care(done),
        "first_responder": None,
    }


def _roster_number(casualty: Document) -> str:
    """Initials and the last four digits of the service number."""
    initials = casualty["given_name"][0] + casualty["family_name"][0]
    return f"{initials}{casualty['service_number'][-4:]}".upper()


def _chosen(rows: Sequence[Document]) -> Sequence[Document]:
    """As many measurements as the card has columns: the first ones, and the last."""
    return rows if len(rows) <= SIGNS_COLUMNS_MAX else [*rows[: SIGNS_COLUMNS_MAX - 1], rows[-1]]


def _signs(row: Document) -> Document:
    return {
        "at": row["at"],
        "pulse": row["heart_rate"],
        "blood_pressure": f"{row['systolic']}/{row['diastolic']}",
        "respiratory_rate": row["respiratory_rate"],
        "spo2_pct": row["spo2_pct"],
        "avpu": next(letter for lowest, letter in _AVPU if row["gcs"] >= lowest),
        "pain": row["pain"],
    }


def _care(done: Sequence[Document]) -> Document:
    named = [(item["treatment"]["name"], item) for item in done]
    return {
        "dressings": _boxes(named, CIRCULATION),
        "airway": _boxes(named, AIRWAY),
        "breathing": _boxes(named, BREATHING),
        "fluids": [
            _given(item) for name, item in named if _rows()[name].kind in ("fluid", "blood")
        ],
        "analgesics": [_given(item) for name, item in named if name in ANALGESICS],
        "antibiotics": [_given(item) for name, item in named if name in ANTIBIOTICS],
        "other_drugs": [
            _given(item)
            for name, item in named
            if _rows()[name].kind == "drug" and name not in ANALGESICS | ANTIBIOTICS
        ],
        "other": _boxes(named, OTHER_BOXES),
        "notes": [item["treatment"]["display"] for name, item in named if _unboxed(name)],
    }


def _boxes(named: Sequence[tuple[str, Document]], boxes: Mapping[str, str]) -> list[str]:
    """The boxes that are ticked, each once, in the order of time."""
    return list(dict.fromkeys(boxes[name] for name, _ in named if name in boxes))


def _unboxed(name: str) -> bool:
    return (
        _rows()[name].kind == "procedure"
        and name != "tourniquet"
        and not any(name in boxes for boxes in (CIRCULATION, AIRWAY, BREATHING, OTHER_BOXES))
    )


def _given(item: Document) -> dict[str, Any]:
    name = item["treatment"]["name"]
    return {
        "display": item["treatment"]["display"],
        "dose": item["dose"],
        "unit": item["unit"],
        "route": _rows()[name].route,
        "at": item["at"],
    }


@cache
def _rows() -> Mapping[str, Treatment]:
    return {row.name: row for row in treatments()}
