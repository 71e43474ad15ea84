"""The finished sector's casualties as columns under the Arrow schema: logs sorted by casualty,
diagnoses, flat fields.
"""

from functools import cache
from typing import Any

import numpy as np

from shared.clinical import tables
from shared.records.columns import Array, Columns
from shared.records.vocabulary import Outcome
from shared.simulation.arrivals import Arrivals
from shared.simulation.conditions import conditions
from shared.simulation.demographics import People
from shared.simulation.elementary import exp
from shared.simulation.injuries import Injuries
from shared.simulation.kernel import entry
from shared.simulation.logs import events_by_casualty, treatments_by_casualty, vitals_by_casualty
from shared.simulation.treatment import Treatment
from shared.simulation.world import EVENT_ROWS, NOWHERE, TREATMENT_ROWS, VITALS_ROWS, World

RTD_LIMIT_S = 72 * 3600
PENETRATING = frozenset({"gunshot", "blade", "explosion"})
RETURNED_TO_DUTY = int(Outcome.RETURNED_TO_DUTY)
OF_WOUNDING = (
    "injured_at_s",
    "category",
    "front",
    "compound_event",
    "latitude_udeg",
    "longitude_udeg",
)
OF_COURSE = {
    "triage_first": np.int8,
    "precedence": np.int8,
    "rts_e4": np.int32,
    "outcome": np.int8,
    "role_first": np.int8,
    "role_last": np.int8,
    "facility_last": np.int16,
    "ended_at_s": np.int32,
    "blood_volume_min_pct": np.int8,
    "burn_tbsa_pct": np.int8,
    "transfused_units": np.int16,
    "death_cause": np.int8,
    "returned_within_72h": np.int8,
}


@cache
def _treatment_ids() -> Array:
    ids = {row.name: row.id for row in tables.treatments()}
    return np.array([0, *(ids[treatment.name.lower()] for treatment in Treatment)], dtype=np.int16)


@cache
def _penetrates() -> Array:
    flags = np.zeros(max(row.id for row in tables.mechanisms()) + 1, dtype=bool)
    flags[[row.id for row in tables.mechanisms() if row.kind in PENETRATING]] = True
    return flags


@entry
def _write_survival(people: Any, known: Any, medicine: Any, survival: Any) -> None:
    """TRISS probability of survival in ten-thousandths (Boyd 1987, MTOS coefficients; P006,
    P007).
    """
    mechanism, penetrates, age = known
    p = medicine[0]
    for who in range(len(people)):
        iss = people[who]["iss"]
        if iss == 0:
            survival[who] = -1
            continue
        rts = people[who]["rts_e4"] / 10000.0
        old = 1 if age[who] >= p["triss_old_years"] else 0
        if penetrates[mechanism[who]]:
            b = p["triss_penetrating"] + p["triss_penetrating_rts"] * rts
            b += p["triss_penetrating_iss"] * iss + p["triss_penetrating_old"] * old
        else:
            b = p["triss_blunt"] + p["triss_blunt_rts"] * rts
            b += p["triss_blunt_iss"] * iss + p["triss_blunt_old"] * old
        survival[who] = int(10000.0 / (1.0 + exp(-b)) + 0.5)


@entry
def _write_course(people: Any, columns: Any) -> None:
    """The fields of `OF_COURSE`."""
    triage_first, precedence, rts_e4, outcome, role_first, role_last, facility_last, ended_at_s = (
        columns[:8]
    )
    blood_volume_min_pct, burn_tbsa_pct, transfused_units, death_cause, returned_within_72h = (
        columns[8:]
    )
    for who in range(len(people)):
        person = people[who]
        triage_first[who] = person["triage_first"]
        precedence[who] = person["precedence"]
        rts_e4[who] = person["rts_e4"]
        outcome[who] = person["outcome"]
        role_first[who] = person["role_first"]
        role_last[who] = person["role_last"]
        facility_last[who] = person["facility_last"]
        ended_at_s[who] = person["ended_at_s"]
        blood_volume_min_pct[who] = int(person["volume_min"] * 100 + 0.5)
        burn_tbsa_pct[who] = person["burn_pct"]
        transfused_units[who] = person["transfused"]
        death_cause[who] = 0 if person["alive"] == 1 else person["death_cause"]
        soon = person["ended_at_s"] - person["injured_at_s"] <= RTD_LIMIT_S
        returned_within_72h[who] = 1 if soon and person["outcome"] == RETURNED_TO_DUTY else 0


@entry
def _name_rows(events: Any, transport: Any, treatments: Any, treatment_ids: Any) -> None:
    """Put the scenario's vehicle pools and the tables' treatments in the place of the event loop's
    numbers.
    """
    for row in range(len(events)):
        if events[row]["vehicle"] != NOWHERE:
            events[row]["vehicle"] = transport[events[row]["vehicle"]]
    for row in range(len(treatments)):
        treatments[row]["treatment"] = treatment_ids[treatments[row]["treatment"]]


def _flat(w: World, hurt: Arrivals, people: People, wounds: Injuries) -> dict[str, Array]:
    course = {name: np.empty(len(w.people), dtype=dtype) for name, dtype in OF_COURSE.items()}
    _write_course(w.people, tuple(course.values()))
    survival = np.empty(len(w.people), dtype=np.int16)
    known = (wounds.mechanism, _penetrates(), people.age)
    _write_survival(w.people, known, w.model, survival)
    wounded = {name: getattr(hurt, name) for name in OF_WOUNDING}
    wounds_ = {
        "mechanism": wounds.mechanism,
        "iss": wounds.iss,
        "niss": wounds.niss,
        "triss_e4": survival,
    }
    return {**people.flat, **wounded, **wounds_, **course}


def patient_columns(w: World, hurt: Arrivals, people: People, wounds: Injuries) -> Columns:
    """Every column of the patient schema but `ordinal` and `sector`."""
    patients = len(w.people)
    events, treatments = (
        w.events[: w.counters[EVENT_ROWS]],
        w.treatments[: w.counters[TREATMENT_ROWS]],
    )
    _name_rows(events, w.pools["transport"], treatments, _treatment_ids())
    nested = {
        **people.nested,
        "events": events_by_casualty(events, patients),
        "vitals": vitals_by_casualty(w.vitals[: w.counters[VITALS_ROWS]], patients),
        "conditions": conditions(w.people, wounds),
        "treatments": treatments_by_casualty(treatments, patients),
    }
    return Columns(patients, _flat(w, hurt, people, wounds), nested)
