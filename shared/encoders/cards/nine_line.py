"""The 9-line request for evacuation: one for each time that a casualty's evacuation was asked for.

A line that the record knows nothing of is null: the frequency (2), the state of security at the
pick-up site (6), its marking (7).
"""

from collections.abc import Iterator
from functools import cache

import mgrs

from shared.clinical.tables import mechanisms
from shared.encoders.cards.casualties import Document, until
from shared.encoders.cards.precedence import DIALECTS
from shared.scenarios import Scenario
from shared.scenarios.vocabulary import PrecedenceDialect, Warfare

GRID_DIGITS = 4  # of easting and of northing: ten metres
EQUIPMENT = {"A": "None", "D": "Ventilator"}
PEACETIME = frozenset({Warfare.EARTHQUAKE, Warfare.EPIDEMIC})
_CONTAMINATION = {"radiation": "N", "nerve_agent": "C", "blister_agent": "C", "choking_agent": "C"}
_CONTAMINATIONS = {"N": "Nuclear", "C": "Chemical"}
_US_STATUS = {
    "A": "US military",
    "B": "US civilian",
    "C": "Non-US military",
    "D": "Non-US civilian",
}
_NATO_STATUS = {"A": "Coalition military", "D": "Civilian"}


def nine_lines(casualty: Document, scenario: Scenario) -> Iterator[Document]:
    """One document a request, numbered from 0 in the order of time."""
    requests = [event for event in casualty["events"] if event["kind"] == "evacuation_requested"]
    for number, request in enumerate(requests):
        yield {
            "id": f"{casualty['id']}-evacuation{number}",
            "patient_id": casualty["id"],
            "requested_at": request["at"],
            "dialect": scenario.evacuation.precedence.value,
            "lines": _lines(casualty, request, scenario),
        }


def _lines(casualty: Document, request: Document, scenario: Scenario) -> Document:
    precedence = DIALECTS[scenario.evacuation.precedence][request["detail"]]
    moved = _carried(casualty, request)
    equipment = "D" if _ventilated(casualty, request) else "A"
    return {
        "1": {"name": "Location of pick-up site", **_location(casualty, request, scenario)},
        "2": {
            "name": "Frequency and call sign",
            "frequency": None,
            "call_sign": request["facility"] or casualty["unit"],
        },
        "3": {"name": "Patients by precedence", "count": 1, **precedence._asdict()},
        "4": {"name": "Special equipment", "letter": equipment, "display": EQUIPMENT[equipment]},
        "5": {
            "name": "Patients by type",
            "count": 1,
            "letter": moved,
            "display": {"L": "Litter", "A": "Ambulatory"}[moved],
        },
        "6": _security(casualty, scenario),
        "7": {"name": "Marking of pick-up site", "letter": None, "display": None},
        "8": {
            "name": "Nationality and status",
            "nation": casualty["nation"]["code"],
            **_status(casualty, scenario),
        },
        "9": _contamination(casualty, scenario),
    }


def _location(casualty: Document, request: Document, scenario: Scenario) -> Document:
    """Where the casualty waits: at a facility, or where it was hurt."""
    latitude, longitude = casualty["latitude_deg"], casualty["longitude_deg"]
    for facility in scenario.facilities:
        if facility.name == request["facility"]:
            latitude, longitude = facility.latitude_deg, facility.longitude_deg
    return {
        "mgrs": _grid().toMGRS(latitude, longitude, MGRSPrecision=GRID_DIGITS),
        "latitude_deg": latitude,
        "longitude_deg": longitude,
    }


@cache
def _grid() -> mgrs.MGRS:
    return mgrs.MGRS()


def _carried(casualty: Document, request: Document) -> str:
    """L for litter, A for ambulatory: the lightly wounded walk."""
    triages = [
        event["detail"]
        for event in until(casualty["events"], request["at"])
        if event["kind"] == "triaged"
    ]
    return "A" if (triages or [casualty["triage_first"]])[-1] == "T3" else "L"


def _ventilated(casualty: Document, request: Document) -> bool:
    return any(
        item["treatment"]["name"] == "mechanical_ventilation"
        and item["at"] <= request["at"] < item["ended_at"]
        for item in casualty["treatments"]
    )


def _security(casualty: Document, scenario: Scenario) -> Document:
    """Line 6 asks for wounds in peacetime."""
    if scenario.warfare in PEACETIME:
        return {
            "name": "Number and type of wounds",
            "letter": None,
            "display": casualty["mechanism"]["display"],
        }
    return {"name": "Security at pick-up site", "letter": None, "display": None}


def _status(casualty: Document, scenario: Scenario) -> Document:
    civilian = casualty["branch"] == "civilian"
    if scenario.evacuation.precedence is PrecedenceDialect.NATO:
        letter = "D" if civilian else "A"
        return {"letter": letter, "display": _NATO_STATUS[letter]}
    letter = ("AC", "BD")[civilian][casualty["nation"]["code"] != "USA"]
    return {"letter": letter, "display": _US_STATUS[letter]}


def _contamination(casualty: Document, scenario: Scenario) -> Document:
    """Line 9 asks for the terrain in peacetime."""
    if scenario.warfare in PEACETIME:
        return {
            "name": "Terrain at pick-up site",
            "letter": None,
            "display": scenario.terrain.value,
        }
    letter = _CONTAMINATION.get(_kinds()[casualty["mechanism"]["name"]])
    return {
        "name": "Contamination",
        "letter": letter,
        "display": _CONTAMINATIONS[letter] if letter else "None",
    }


@cache
def _kinds() -> dict[str, str]:
    return {row.name: row.kind for row in mechanisms()}
