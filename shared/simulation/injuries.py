"""Stage 3a, what hurt them and how: mechanism, wounds by body region, AIS grade and condition, ISS
and NISS.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np

from shared.clinical import tables
from shared.records.columns import Array
from shared.records.vocabulary import BodyRegion, Category
from shared.scenarios import Scenario
from shared.simulation.arrivals import Arrivals
from shared.simulation.kernel import entry, kernel
from shared.simulation.lottery import Runs, draw, runs, tickets, value_of
from shared.simulation.setting import SETTINGS_MAX, number
from shared.simulation.streams import Concern, stream

WOUNDS_MAX = 24
FINE = 4096  # tickets of the wound tables, which are many
REGIONS_END, GRADES_END = len(BodyRegion) + 1, 7  # regions and AIS grades begin at 1
GRADE_BITS, GRADE_MASK = 4, 15
TO_FINE = 4  # bits that a ticket has more than these tables
CATEGORIES = {
    "battle_injury": Category.BATTLE_INJURY,
    "non_battle_injury": Category.NON_BATTLE_INJURY,
    "disease": Category.DISEASE,
}
REGIONS = {region.name.lower(): region for region in BodyRegion} | {"chest": BodyRegion.CHEST}


@dataclass(frozen=True, slots=True, eq=False)
class Injuries:
    """Wounds of all casualties, in order; casualty i has wounds `offsets[i]` to before `offsets[i +
    1]`, none when ill.
    """

    mechanism: Array  # int16[patients], row id of the mechanism
    kind: Array  # int8[patients], position in `kinds()`, -1 for disease
    offsets: Array  # int32[patients + 1]
    condition: Array  # int16[wounds]
    region: Array  # int8[wounds]
    side: Array  # int8[wounds]
    ais: Array  # int8[wounds]
    iss: Array  # int8[patients]
    niss: Array  # int8[patients]


@cache
def kinds() -> tuple[str, ...]:
    """The physics of mechanisms that wound, in the order of the clinical tables."""
    return tuple(dict.fromkeys(row.kind for row in tables.region_shares()))


@lru_cache(maxsize=SETTINGS_MAX)
def _mechanisms(scenario: Scenario) -> Runs:
    """Mechanism ids by category."""
    chosen = {row.mechanism: row.weight for row in scenario.mechanisms}
    usual = {
        (row.category, row.mechanism): row.share
        for row in tables.mechanism_shares()
        if row.warfare == scenario.warfare
    }
    drawn = [np.zeros(1, dtype=np.int16)] * (len(Category) + 1)
    for name, category in CATEGORIES.items():
        rows = [row for row in tables.mechanisms() if row.category == name]
        weights = [chosen.get(row.name, 0.0) for row in rows]
        if not sum(weights):
            weights = [usual.get((name, row.name), 0.0) for row in rows]
        drawn[category] = tickets(weights, [row.id for row in rows])
    return runs(drawn)


@cache
def _kind_of_mechanism() -> Array:
    position = {kind: index for index, kind in enumerate(kinds())}
    kind = np.full(max(row.id for row in tables.mechanisms()) + 1, -1, dtype=np.int8)
    for row in tables.mechanisms():
        kind[row.id] = position.get(row.kind, -1)
    return kind


@cache
def _wound_counts() -> Array:
    """int16[kinds, FINE]: a geometric number of wounds with the kind's mean, at most WOUNDS_MAX."""
    rows = []
    for kind in kinds():
        again = 1 - 1 / number(f"wounds_{kind}_mean")
        weights = [1.0]
        for _ in range(WOUNDS_MAX - 1):
            weights.append(weights[-1] * again)
        rows.append(tickets(weights, range(1, WOUNDS_MAX + 1), FINE))
    return np.stack(rows)


@cache
def _regions() -> Array:
    """int16[kinds, FINE] of body regions."""
    rows = []
    for kind in kinds():
        shares = [row for row in tables.region_shares() if row.kind == kind]
        rows.append(
            tickets([row.share for row in shares], [REGIONS[row.region] for row in shares], FINE)
        )
    return np.stack(rows)


@cache
def _grades() -> Array:
    """int8[kinds, regions, FINE] of AIS grades; 0 where a kind wounds no such region."""
    grades = np.zeros((len(kinds()), REGIONS_END, FINE), dtype=np.int8)
    for index, kind in enumerate(kinds()):
        for name, region in REGIONS.items():
            shares = [
                row for row in tables.severity_shares() if row.kind == kind and row.region == name
            ]
            if shares:
                grades[index, region] = tickets(
                    [row.share for row in shares], [row.ais for row in shares], FINE
                )
    return grades


@cache
def _conditions() -> Runs:
    """Condition ids by kind, region and AIS; 0 where there is none."""
    drawn = [np.zeros(FINE, dtype=np.int16)] * (len(kinds()) * REGIONS_END * GRADES_END)
    for index, kind in enumerate(kinds()):
        for name, region in REGIONS.items():
            for ais in range(1, GRADES_END):
                rows = [
                    row
                    for row in tables.conditions()
                    if row.category == "injury"
                    and kind in row.kinds
                    and row.region == name
                    and row.ais_min <= ais <= row.ais_max
                ]
                if rows:
                    number_of_table = (index * REGIONS_END + region) * GRADES_END + ais
                    drawn[number_of_table] = tickets(
                        [row.weight for row in rows], [row.id for row in rows], FINE
                    )
    return runs(drawn)


@cache
def _sided() -> Array:
    sided = np.zeros(max(row.id for row in tables.conditions()) + 1, dtype=bool)
    sided[[row.id for row in tables.conditions() if row.sided]] = True
    return sided


@kernel
def _ranked(first: int, second: int, third: int, grade: int) -> tuple[int, int, int]:
    """The three greatest of four, without branches: which is greatest cannot be foreseen."""
    below = min(first, grade)
    return max(first, grade), max(second, below), max(third, min(second, below))


@kernel
def _score(first: int, second: int, third: int) -> int:
    return 75 if first == 6 else first * first + second * second + third * third


@entry
def _scores(offsets: Any, region: Any, ais: Any, iss: Any, niss: Any) -> None:
    """ISS from the worst grade of the three worst regions (Baker 1974; P013), NISS from the three
    worst grades.
    """
    for who in range(len(iss)):
        first = second = third = 0
        worst = 0  # grade of each region, GRADE_BITS each
        for wound in range(offsets[who], offsets[who + 1]):
            grade = int(ais[wound])
            first, second, third = _ranked(first, second, third, grade)
            place = int(region[wound]) * GRADE_BITS
            known = (worst >> place) & GRADE_MASK
            worst += max(grade - known, 0) << place
        niss[who] = _score(first, second, third)
        one = two = three = 0
        for place in range(GRADE_BITS, REGIONS_END * GRADE_BITS, GRADE_BITS):
            one, two, three = _ranked(one, two, three, (worst >> place) & GRADE_MASK)
        iss[who] = _score(one, two, three)


@entry
def _write_mechanisms(category: Any, drawn: Any, shared: Any, columns: Any) -> None:
    of_mechanism, of_count = drawn
    mechanisms, kind_of_mechanism, wound_counts = shared
    mechanism, kind, offsets = columns
    for who in range(len(category)):
        mechanism[who] = value_of(mechanisms, category[who], of_mechanism[who])
        kind[who] = kind_of_mechanism[mechanism[who]]
        count = wound_counts[kind[who], of_count[who] >> TO_FINE] if kind[who] >= 0 else 0
        offsets[who + 1] = offsets[who] + count


@entry
def _write_wounds(kind: Any, offsets: Any, drawn: Any, shared: Any, columns: Any) -> None:
    of_region, of_grade, of_condition, of_side = drawn
    regions, grades, conditions, sided, left_out_of_256 = shared
    condition, region, side, ais = columns
    for who in range(len(kind)):
        own = int(kind[who])
        for wound in range(offsets[who], offsets[who + 1]):
            # Harder fighting moves grades towards the grave end, by leaving less of what is above.
            above = (FINE - (int(of_grade[wound]) >> TO_FINE)) * left_out_of_256 >> 8
            place = regions[own, of_region[wound] >> TO_FINE]
            grade = grades[own, place, max(FINE - above - 1, 0)]
            found = value_of(
                conditions,
                (own * REGIONS_END + place) * GRADES_END + grade,
                of_condition[wound] >> TO_FINE,
            )
            region[wound] = place
            ais[wound] = grade
            condition[wound] = found
            side[wound] = 1 + (of_side[wound] & 1) if sided[found] else 0


def injuries(scenario: Scenario, seed: int, sector: int, hurt: Arrivals) -> Injuries:
    """Mechanism and wounds of every casualty."""
    patients = len(hurt.category)
    rng = stream(seed, sector, Concern.MECHANISMS)
    shared = (_mechanisms(scenario), _kind_of_mechanism(), _wound_counts())
    mechanism, kind = np.empty(patients, np.int16), np.empty(patients, np.int8)
    offsets = np.zeros(patients + 1, dtype=np.int32)
    _write_mechanisms(
        hurt.category,
        (draw(rng, patients), draw(rng, patients)),
        shared,
        (mechanism, kind, offsets),
    )
    wounds = int(offsets[-1])
    condition, region, side, ais = (
        np.empty(wounds, dtype=dtype) for dtype in (np.int16, np.int8, np.int8, np.int8)
    )
    rng = stream(seed, sector, Concern.WOUNDS)
    drawn = (draw(rng, wounds), draw(rng, wounds), draw(rng, wounds), draw(rng, wounds))
    left_out_of_256 = int(256 / number(f"severity_{scenario.intensity}"))
    _write_wounds(
        kind,
        offsets,
        drawn,
        (_regions(), _grades(), _conditions(), _sided(), left_out_of_256),
        (condition, region, side, ais),
    )
    iss, niss = np.empty(patients, np.int8), np.empty(patients, np.int8)
    _scores(offsets, region, ais, iss, niss)
    return Injuries(mechanism, kind, offsets, condition, region, side, ais, iss, niss)
