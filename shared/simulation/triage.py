"""Triage from what can be seen: category T1 to T4 at each contact, with error; MEDEVAC precedence;
Revised Trauma Score.
"""

from typing import Any

from shared.records.vocabulary import Precedence, Triage
from shared.simulation import luck
from shared.simulation.kernel import kernel
from shared.simulation.physiology import bleeding_rate
from shared.simulation.treatment import CRITICAL, SERIOUS
from shared.simulation.vital_signs import gcs_of

URGENT, URGENT_SURGICAL, PRIORITY, ROUTINE = (int(each) for each in tuple(Precedence)[:4])
T1, T2, T3, T4 = int(Triage.T1), int(Triage.T2), int(Triage.T3), int(Triage.T4)


@kernel
def _true_category(person: Any, p: Any, row: Any) -> int:
    # Who sleeps under a tube is judged by what is known of the brain; a child by what is usual at
    # its age.
    deep = gcs_of(p, person) < p["gcs_least"] + p["gcs_hopeless_above"]
    if person["burn_pct"] >= p["expectant_burn_pct"] or (deep and person["brain_ais"] >= CRITICAL):
        return T4
    rate = row["respiratory_rate"] - person["breaths_age"]
    breathes = (
        p["triage_breaths_low"] <= rate < p["triage_breaths_high"]
        and row["spo2"] >= p["triage_spo2_low"]
    )
    pressure = row["systolic"] - person["systolic_age"]
    if row["gcs"] < p["triage_gcs_low"] or pressure < p["triage_systolic_low"] or not breathes:
        return T1
    bleeds = bleeding_rate(person) > p["triage_bleeding_per_min"]
    if (
        row["heart_rate"] - person["pulse_age"] >= p["triage_heart_rate_grave"]
        or bleeds
        or person["burn_pct"] >= p["burn_grave_pct"]
        or person["obstruction"] > p["triage_obstruction"]
    ):
        return T1
    wounded = (
        person["surgery"] > 0
        or person["worst_ais"] >= SERIOUS
        or person["burn_pct"] >= p["triage_burn_pct"]
    )
    raised = row["heart_rate"] - person["pulse_age"] >= p["triage_heart_rate_raised"]
    return T2 if wounded or raised or person["strain"] > p["strain_grave"] else T3


@kernel
def categorise(person: Any, p: Any, row: Any, ticket: int) -> int:
    """Triage category of the vital signs in `row`; a uint16 `ticket` decides whether the assessor
    errs by one class.
    """
    true = _true_category(person, p, row)
    share = ticket / luck.TICKETS
    if share < p["triage_under_share"] and true < T3:
        return true + 1
    if share > 1.0 - p["triage_over_share"] and T1 < true < T4:
        return true - 1
    return true


@kernel
def precedence_of(category: int, surgery: int, dialect_nato: int) -> int:
    """MEDEVAC precedence; NATO's dialect knows no urgent-surgical."""
    if category == T1:
        return URGENT_SURGICAL if surgery > 0 and dialect_nato == 0 else URGENT
    return PRIORITY if category == T2 else ROUTINE


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
