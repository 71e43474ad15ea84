import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic import BaseModel
from pydantic_core import from_json

from shared.records.digest import sector_digest
from shared.scenarios import Scenario, canonical_json, load_preset, parse_scenario
from shared.simulation import simulate

# What describes a scenario, or names its parts, decides nothing in a sector.
DESCRIPTIVE = {"schema_version", "title", "description"}
NAMES = re.compile(r"\.name$")
PATIENTS = 400

CHANGES: dict[str, object] = {
    "starts_at": "2027-05-10T15:00:00Z",
    "days": 4,
    "warfare": "urban",
    "intensity": "low",
    "tempo": "surge",
    "terrain": "mountain",
    "weather": "fog",
    "injury_mix": {"battle_injury": 0.5, "non_battle_injury": 0.25, "disease": 0.25},
    "mechanisms": [{"mechanism": "gunshot", "weight": 1}],
    "mechanisms[].mechanism": [
        {"mechanism": "fire", "weight": 1},
        {"mechanism": "blade", "weight": 1},
    ],
    "mechanisms[].weight": [
        {"mechanism": "gunshot", "weight": 3},
        {"mechanism": "blade", "weight": 1},
    ],
    "nations[0].share": None,
    "units[0].front": "Centre",
    "units[0].branch": "marines",
    "units[0].population_at_risk": 100,
    "fronts[0].latitude_deg": 54.3,
    "fronts[0].longitude_deg": 22.5,
    "facilities[0].front": "Centre",
    "facilities[0].latitude_deg": 54.5,
    "facilities[0].longitude_deg": 22.2,
    "facilities[3].beds": 1,
    "facilities[3].operating_tables": 1,
    "facilities[5].intensive_care_beds": 1,
    "facilities[5].ventilators": 0,
    "facilities[0].treatment_teams": 1,
    "facilities[3].surgical_teams": 1,
    "facilities[3].blood_units": 0,
    "facilities[0].evacuates_to": ["Role 2 Main"],
    "facilities[0].role": 2,
    "transport[0].kind": "rotary",
    "transport[0].vehicles": 2,
    "transport[1].capacity_patients": 1,
    "transport[0].speed_kmh": 12,
    "transport[0].availability_share": 0.1,
    "transport[0].notice_min": 45,
    "transport[0].from_role": 1,
    "transport[0].to_role": 3,
    "transport[1].moves_at_night": False,
    "transport[1].stopped_by": ["clear"],
    "point_of_injury.buddy_aid_share": 0.0,
    "point_of_injury.tourniquet_share": 0.0,
    "point_of_injury.medics_per_100": 0.1,
    "point_of_injury.forward_blood_share": 1.0,
    "evacuation.policy_days.role_1": 3,
    "evacuation.policy_days.role_2": 0,
    "evacuation.policy_days.role_3": 60,
    "evacuation.precedence": "us",
    "evacuation.hold_hours_max": 0,
}


@pytest.fixture(scope="module")
def undisturbed() -> bytes:
    return _digest(_document())


@pytest.mark.parametrize("path", CHANGES)
def test_an_option_changes_what_happens(path: str, undisturbed: bytes) -> None:
    """An option without an effect would be a promise that nobody keeps."""
    assert _digest(_changed(path)) != undisturbed


def test_every_option_is_tried() -> None:
    """A field added to the schema needs a change above."""
    tried = {re.sub(r"\[\d*\]", "[]", path) for path in CHANGES}
    tried |= {path.rpartition(".")[0].removesuffix("[]") for path in tried} | {
        "evacuation",
        "injury_mix",
    }
    expected = {
        path for path in _paths(Scenario) if path not in DESCRIPTIVE and not NAMES.search(path)
    }
    assert expected - tried == {"nations[].nation", "units[].nation", "sector_patients"} | {
        f"injury_mix.{share}" for share in ("battle_injury", "non_battle_injury", "disease")
    } | {"fronts[].share"}


def test_shares_move_what_they_share() -> None:
    """Nations and fronts take the share of casualties that they are given."""
    document = _document()
    document["fronts"] = [
        row | {"share": share}
        for row, share in zip(document["fronts"], (0.9, 0.05, 0.05), strict=True)
    ]
    patients = simulate(parse_scenario(document), 1, 0, PATIENTS).patients
    assert (patients.flat["front"] == 0).mean() > 0.8


def _document() -> dict[str, Any]:
    document: dict[str, Any] = from_json(canonical_json(load_preset("brigade-conventional")))
    return document


def _changed(path: str) -> dict[str, Any]:
    document = _document()
    if path == "nations[0].share":
        document["nations"] = [
            row | {"share": share}
            for row, share in zip(document["nations"], (0.1, 0.1, 0.8), strict=True)
        ]
        return document
    *steps, last = [
        int(step) if step.isdigit() else step
        for step in re.findall(r"\w+", path.partition("[]")[0])
    ]
    place: Any = document
    for step in steps:
        place = place[step]
    place[last] = CHANGES[path]
    return document


def _digest(document: dict[str, Any]) -> bytes:
    output = simulate(parse_scenario(document), 1, 0, PATIENTS)
    return sector_digest(output.patients, output.result)


def _paths(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield f"{prefix}{name}"
        for choice in (field.annotation, *get_args(field.annotation)):
            if isinstance(choice, type) and issubclass(choice, BaseModel):
                suffix = "" if choice is field.annotation else "[]"
                yield from _paths(choice, f"{prefix}{name}{suffix}.")
