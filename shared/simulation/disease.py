"""Stage 3b, who is ill and with what: the disease, whether it is severe, how long it lasts, how
dangerous it is, what is given.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from shared.clinical import tables
from shared.records.columns import Array
from shared.simulation.kernel import entry
from shared.simulation.lottery import TICKETS, Runs, draw, runs, tickets, value_of
from shared.simulation.streams import Concern, stream
from shared.simulation.treatment import CARE_OF_ILLNESS, Treatment

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
PAINFUL = frozenset(
    [
        "low_back_pain",
        "headache",
        "toothache",
        "kidney_stone",
        "appendicitis",
        "abdominal_pain",
        "cellulitis",
    ]
)


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


@cache
def _illnesses() -> tuple[Runs, tuple[Array, ...]]:
    """Rows of `illness_shares` by mechanism, -1 for what wounds; and a column each of those
    rows.
    """
    rows, ids = tables.illness_shares(), {row.name: row.id for row in tables.conditions()}
    mechanisms = [row for row in tables.mechanisms() if row.category == "disease"]
    drawn = [np.full(TICKETS, -1, dtype=np.int16)] * (
        max(row.id for row in tables.mechanisms()) + 1
    )
    for mechanism in mechanisms:
        own = [index for index, row in enumerate(rows) if row.mechanism == mechanism.name]
        drawn[mechanism.id] = tickets([rows[index].share for index in own], own)
    columns = (
        np.array([ids[row.condition] for row in rows], dtype=np.int16),
        np.array([int(row.severe_share * TICKETS) for row in rows]),
        np.array([row.days_to_duty_median for row in rows]),
        np.array([row.deaths_per_1000 / 1000 for row in rows]),
        np.array([row.condition in INFECTIONS for row in rows]),
        np.array([row.condition in PAINFUL for row in rows]),
        np.array([row.condition == "appendicitis" for row in rows]),
    )
    return runs(drawn), columns


@cache
def illness_care() -> Array:
    """int16[condition id, CARE_OF_ILLNESS]: what a facility gives for a disease, in order; 0 for
    nothing more.
    """
    ids = {row.name: row.id for row in tables.conditions()}
    care = np.zeros((max(ids.values()) + 1, CARE_OF_ILLNESS), dtype=np.int16)
    given: dict[str, int] = {}
    for row in tables.illness_care():
        place = given[row.condition] = given.get(row.condition, -1) + 1
        care[ids[row.condition], place] = Treatment[row.treatment.upper()]
    return care


@entry
def _fall_ill(mechanism: Any, drawn: Any, rows: Any, shared: Any, columns: Any) -> None:
    which, severity = drawn
    condition_of, severe_ticket, days_of, death_share_of, is_fever, is_painful, is_operated = shared
    condition, severe, days, death_share, fever, painful, operated = columns
    for who in range(len(mechanism)):
        row = value_of(rows, mechanism[who], which[who])
        if row >= 0:
            condition[who] = condition_of[row]
            severe[who] = severity[who] < severe_ticket[row]
            days[who] = days_of[row]
            death_share[who] = death_share_of[row]
            fever[who] = is_fever[row]
            painful[who] = is_painful[row]
            operated[who] = is_operated[row]


def diseases(seed: int, sector: int, mechanism: Array) -> Diseases:
    """What the ill among the casualties suffer from, by their mechanism."""
    rng = stream(seed, sector, Concern.DISEASES)
    patients = len(mechanism)
    columns = tuple(
        np.zeros(patients, dtype=dtype)
        for dtype in (np.int16, bool, np.float64, np.float64, bool, bool, bool)
    )
    _fall_ill(mechanism, (draw(rng, patients), draw(rng, patients)), *_illnesses(), columns)
    return Diseases(*columns)
