"""Stage 3b, who is ill and with what: the disease, whether it is severe, how long it lasts, how dangerous it is, what is given."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from services.generator.simulation.lottery import TICKETS, draw, tickets
from services.generator.simulation.streams import Concern, stream
from services.generator.simulation.treatment import CARE_OF_ILLNESS, Treatment
from shared.clinical import tables
from shared.records.columns import Array

DAYS_SCALE = 10
INFECTIONS = frozenset(
    [
        "gastroenteritis",
        "upper_respiratory_infection",
        "pharyngitis",
        "acute_bronchitis",
        "influenza",
        "pneumonia",
        "covid_19",
        "cellulitis",
        "urinary_tract_infection",
        "malaria",
        "appendicitis",
        "fever",
    ]
)
PAINFUL = frozenset(["low_back_pain", "headache", "toothache", "kidney_stone", "appendicitis", "abdominal_pain", "cellulitis"])


@dataclass(frozen=True, slots=True, eq=False)
class Diseases:
    """Per casualty; zeros for the wounded."""

    condition: Array  # int16, row id
    severe: Array  # bool
    days: Array  # float64, median days to duty
    death_share: Array  # float64, of those untreated... by the tables' deaths per 1,000
    fever: Array  # bool
    painful: Array  # bool
    operated: Array  # bool, if severe


@dataclass(frozen=True, slots=True, eq=False)
class _Course:
    drawn: Array  # int16[TICKETS], rows of `illness_shares`
    condition: Array
    severe_ticket: Array
    days: Array
    death_share: Array
    fever: Array
    painful: Array
    operated: Array


@cache
def _course(mechanism: str) -> _Course:
    rows = [row for row in tables.illness_shares() if row.mechanism == mechanism]
    ids = {row.name: row.id for row in tables.conditions()}
    return _Course(
        tickets([row.share for row in rows]),
        np.array([ids[row.condition] for row in rows], dtype=np.int16),
        np.array([int(row.severe_share * TICKETS) for row in rows]),
        np.array([row.days_to_duty_median for row in rows]),
        np.array([row.deaths_per_1000 / 1000 for row in rows]),
        np.array([row.condition in INFECTIONS for row in rows]),
        np.array([row.condition in PAINFUL for row in rows]),
        np.array([row.condition == "appendicitis" for row in rows]),
    )


@cache
def illness_care() -> Array:
    """int16[condition id, CARE_OF_ILLNESS]: what a facility gives for a disease, in order; 0 for nothing more."""
    ids = {row.name: row.id for row in tables.conditions()}
    care = np.zeros((max(ids.values()) + 1, CARE_OF_ILLNESS), dtype=np.int16)
    given: dict[str, int] = {}
    for row in tables.illness_care():
        place = given[row.condition] = given.get(row.condition, -1) + 1
        care[ids[row.condition], place] = Treatment[row.treatment.upper()]
    return care


def diseases(seed: int, sector: int, mechanism: Array) -> Diseases:
    """What the ill among the casualties suffer from, by their mechanism."""
    rng = stream(seed, sector, Concern.DISEASES)
    patients = len(mechanism)
    which, severity = draw(rng, patients), draw(rng, patients)
    result = Diseases(
        np.zeros(patients, np.int16),
        np.zeros(patients, bool),
        np.zeros(patients),
        np.zeros(patients),
        np.zeros(patients, bool),
        np.zeros(patients, bool),
        np.zeros(patients, bool),
    )
    for row in tables.mechanisms():
        ill = np.flatnonzero(mechanism == row.id) if row.category == "disease" else np.empty(0, np.int64)
        if len(ill):
            _fall_ill(result, ill, _course(row.name), which, severity)
    return result


def _fall_ill(result: Diseases, ill: Array, course: _Course, which: Array, severity: Array) -> None:
    kind = course.drawn[which[ill]]
    result.condition[ill] = course.condition[kind]
    result.severe[ill] = severity[ill] < course.severe_ticket[kind]
    result.days[ill] = course.days[kind]
    result.death_share[ill] = course.death_share[kind]
    result.fever[ill] = course.fever[kind]
    result.painful[ill] = course.painful[kind]
    result.operated[ill] = course.operated[kind]
