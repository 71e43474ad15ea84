"""Triage from what can be seen: category T1 to T4 at each contact, with error; MEDEVAC precedence; Revised Trauma Score."""

from typing import Any

from services.generator.simulation.kernel import kernel
from services.generator.simulation.physiology import bleeding_rate

URGENT, URGENT_SURGICAL, PRIORITY, ROUTINE = 1, 2, 3, 4


@kernel
def _true_category(person: Any, p: Any, row: Any) -> int:
    if person["burn_pct"] >= p["expectant_burn_pct"] or (row["gcs"] == 3 and person["head_ais"] >= 5):
        return 4
    if row["gcs"] <= 12 or row["systolic"] < 90 or row["respiratory_rate"] < 10 or row["respiratory_rate"] >= 30 or row["spo2"] < 90:
        return 1
    if row["heart_rate"] >= 125 or bleeding_rate(person) > p["triage_bleeding_per_min"] or person["obstruction"] > 0.2:
        return 1
    if person["surgery"] > 0 or person["worst_ais"] >= 3 or person["burn_pct"] >= 15 or row["heart_rate"] >= 108 or person["strain"] > 0.3:
        return 2
    return 3


@kernel
def categorise(person: Any, p: Any, row: Any, ticket: int) -> int:
    """Triage category of the vital signs in `row`; a uint16 `ticket` decides whether the assessor errs by one class."""
    true = _true_category(person, p, row)
    share = ticket / 65536.0
    if share < p["triage_under_share"] and true < 3:
        return true + 1
    if share > 1.0 - p["triage_over_share"] and 1 < true < 4:
        return true - 1
    return true


@kernel
def precedence_of(category: int, surgery: int, dialect_nato: int) -> int:
    """MEDEVAC precedence; NATO's dialect knows no urgent-surgical."""
    if category in (1, 4):
        return URGENT_SURGICAL if surgery > 0 and dialect_nato == 0 and category == 1 else URGENT
    return PRIORITY if category == 2 else ROUTINE


@kernel
def _code(value: int, four: int, three: int, two: int, one: int) -> int:
    if value >= four:
        return 4
    if value >= three:
        return 3
    if value >= two:
        return 2
    return 1 if value >= one else 0


@kernel
def revised_trauma_score(gcs: int, systolic: int, respiratory_rate: int) -> int:
    """RTS in ten-thousandths (Champion 1989; P008-P011)."""
    breaths = 3 if respiratory_rate > 29 else _code(respiratory_rate, 10, 99, 6, 1)
    return 9368 * _code(gcs, 13, 9, 6, 4) + 7326 * _code(systolic, 90, 76, 50, 1) + 2908 * breaths
