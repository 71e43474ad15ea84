"""Triage by START, JumpSTART and SALT, with the facts that an exercise's players need for it.

START: Super, Groth and Hook, Newport Beach 1994. JumpSTART (one to eight years): Romig, JEMS 2002.
SALT: Lerner and others, Disaster Med Public Health Prep 2008. What the record does not hold is
taken from what it does, each time as an assumption that is named here.
"""

from collections.abc import Iterator
from typing import Any

from shared.encoders.cards.casualties import Document, age_years
from shared.scenarios import Scenario

START_BREATHS_MAX = 30  # START: above it, immediate
JUMPSTART_BREATHS_MIN, JUMPSTART_BREATHS_MAX = 15, 45  # JumpSTART: outside, immediate
JUMPSTART_YEARS_MAX = 8  # JumpSTART: up to eight years
# assumption: a pulse at the wrist is felt from a systolic pressure of 80 mmHg on, as taught
PULSE_SYSTOLIC_MIN = 80
# assumption: who is awake (A of AVPU, a Glasgow coma score of 14) follows simple commands
OBEYS_GCS_MIN = 14
# assumption: of SALT's respiratory distress, what the record has: 10 to 29 breaths, 90 % saturation
SALT_BREATHS, SALT_SPO2_MIN = range(10, 30), 90


def triage(casualty: Document, _scenario: Scenario) -> Iterator[Document]:
    """One document a casualty, as it is found first."""
    facts = _facts(casualty)
    child = facts["age_years"] <= JUMPSTART_YEARS_MAX
    yield {
        "patient_id": casualty["id"],
        "number": casualty["ordinal"] + 1,
        "found_at": casualty["injured_at"],
        "mechanism": casualty["mechanism"]["display"],
        "injuries": [item["condition"]["display"] for item in casualty["conditions"]],
        "facts": facts,
        "start": None if child else start(facts),
        "jumpstart": jumpstart(facts) if child else None,
        "salt": salt(facts, expectant=casualty["triage_first"] == "T4"),
        "recorded": casualty["triage_first"],
    }


def start(facts: Document) -> str:
    """START's category: minor, delayed, immediate or deceased."""
    if facts["walks"]:
        return "minor"
    if not facts["breathes"]:
        return "deceased"
    if facts["respiratory_rate"] > START_BREATHS_MAX or not facts["radial_pulse"]:
        return "immediate"
    return "delayed" if facts["obeys_commands"] else "immediate"


def jumpstart(facts: Document) -> str:
    """JumpSTART's, in which a child's breaths have a lower limit, too."""
    if facts["walks"]:
        return "minor"
    if not facts["breathes"]:
        return "deceased"
    breaths = facts["respiratory_rate"]
    if not JUMPSTART_BREATHS_MIN <= breaths <= JUMPSTART_BREATHS_MAX:
        return "immediate"
    return "delayed" if facts["radial_pulse"] and facts["obeys_commands"] else "immediate"


def salt(facts: Document, *, expectant: bool) -> str:
    """SALT's: minimal, delayed, immediate, expectant or dead."""
    if not facts["breathes"]:
        return "dead"
    easily = facts["respiratory_rate"] in SALT_BREATHS and facts["spo2_pct"] >= SALT_SPO2_MIN
    if facts["obeys_commands"] and facts["radial_pulse"] and easily:
        return "minimal" if facts["walks"] else "delayed"
    return "expectant" if expectant else "immediate"


def _facts(casualty: Document) -> dict[str, Any]:
    """By the first measurement; who had none because it was dead breathes no more."""
    row = next(iter(casualty["vitals"]), None)
    alive = row is not None and casualty["triage_first"] != "dead" and row["respiratory_rate"] > 0
    return {
        "age_years": age_years(casualty),
        # assumption: the lightly wounded walk, as in line 5 of the 9-line request
        "walks": alive and casualty["triage_first"] == "T3",
        "breathes": alive,
        "respiratory_rate": row["respiratory_rate"] if row and alive else 0,
        "radial_pulse": bool(row and alive and row["systolic"] >= PULSE_SYSTOLIC_MIN),
        "obeys_commands": bool(row and alive and row["gcs"] >= OBEYS_GCS_MIN),
        "spo2_pct": row["spo2_pct"] if row and alive else None,
    }
