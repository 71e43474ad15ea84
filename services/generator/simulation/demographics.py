"""Stage 2, who they are: nation, unit, sex, age, rank, body, blood group, name, number, allergies and background."""

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from services.generator.simulation.arrivals import Arrivals
from services.generator.simulation.lottery import TICKETS, Tickets, draw, tickets
from services.generator.simulation.model import DEVIATES, normal_deviates
from services.generator.simulation.setting import SETTINGS_MAX, number
from services.generator.simulation.streams import Concern, stream
from shared.clinical import tables
from shared.records.columns import Array, Nested
from shared.records.vocabulary import Branch, Category, Sex
from shared.scenarios import Scenario

# Service numbers begin with 90 and have eleven digits: no nation issues such numbers.
SERVICE_NUMBER_FIRST = 90_000_000_000
SERVICE_NUMBERS = 1_000_000_000
OFFICER_FIRST = 11
BLOOD_GROUPS = ("o_positive", "a_positive", "b_positive", "ab_positive", "o_negative", "a_negative", "b_negative", "ab_negative")
NAME_KINDS = ("given_male", "given_female", "family_male", "family_female")


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """Columns of the patient record that say who somebody is, and the age in years for the model."""

    flat: dict[str, Array]
    nested: dict[str, Nested]
    age: Array


@dataclass(frozen=True, slots=True, eq=False)
class _Units:
    by_front: Array  # int16[fronts, TICKETS]
    nation: Array  # int16[units], row in the nations' table
    nation_id: Array
    branch: Array


def demographics(scenario: Scenario, seed: int, sector: int, hurt: Arrivals) -> People:
    """The people behind the casualties."""
    count = len(hurt.front)
    units = _units(scenario)
    unit = units.by_front[hurt.front, draw(stream(seed, sector, Concern.FORCES), count)]
    nation, branch = units.nation[unit], units.branch[unit]
    persons = stream(seed, sector, Concern.PERSONS)
    civilian = branch == Branch.CIVILIAN
    female = persons.integers(0, TICKETS, count) < _female_tickets(civilian, hurt.category)
    rank = np.where(civilian, 0, _ranks()[draw(persons, count)])
    blood_group = _blood_groups()[nation, draw(persons, count) >> 4]
    age, birth_date = _ages(scenario, persons, civilian, rank)
    flat = {
        **_identity(seed, sector, nation, female),
        **_body(seed, sector, female),
        "birth_date": birth_date,
        "sex": np.where(female, Sex.FEMALE, Sex.MALE).astype(np.int8),
        "nation": units.nation_id[unit],
        "blood_group": blood_group,
        "branch": branch,
        "rank": rank.astype(np.int8),
        "unit": unit,
    }
    return People(flat, _history(seed, sector, civilian), age)


def _female_tickets(civilian: Array, category: Array) -> Array:
    """How many of all tickets make a woman: fewer women than men fight, so that fewer are hurt in battle than otherwise."""
    inhabitants, force, fighters = (int(number(f"female_{name}_share") * TICKETS) for name in ("civilian", "military", "battle"))
    return np.where(civilian, inhabitants, np.where(category == Category.BATTLE_INJURY, fighters, force))


@lru_cache(maxsize=SETTINGS_MAX)
def _units(scenario: Scenario) -> _Units:
    share = {row.nation: row.share for row in scenario.nations}
    row_of = {row.code: index for index, row in enumerate(tables.nations())}
    at_risk: dict[str, int] = {}
    for unit in scenario.units:
        at_risk[unit.nation] = at_risk.get(unit.nation, 0) + unit.population_at_risk
    by_front = []
    for front in scenario.fronts:
        weights = [
            share[unit.nation] * unit.population_at_risk / at_risk[unit.nation] if unit.front == front.name else 0.0
            for unit in scenario.units
        ]
        by_front.append(tickets(weights if sum(weights) else [1.0] * len(weights)))
    nation = np.array([row_of[unit.nation] for unit in scenario.units], dtype=np.int16)
    ids = np.array([row.id for row in tables.nations()], dtype=np.int16)
    branch = np.array([Branch[unit.branch.upper()] for unit in scenario.units], dtype=np.int8)
    return _Units(np.stack(by_front), nation, ids[nation], branch)


@cache
def _ranks() -> Tickets:
    return tickets([row.share for row in tables.ranks()], [row.id for row in tables.ranks()])


@cache
def _blood_groups() -> Array:
    rows = [tickets([getattr(nation, group) for group in BLOOD_GROUPS], range(1, 9))[::16] for nation in tables.nations()]
    return np.stack(rows).astype(np.int8)


def _ages(scenario: Scenario, rng: np.random.Generator, civilian: Array, rank: Array) -> tuple[Array, Array]:
    count = len(rank)
    mean = np.where(rank >= OFFICER_FIRST, number("officer_age_mean"), number("enlisted_age_mean"))
    soldier = mean + number("age_spread") * normal_deviates()[rng.integers(0, DEVIATES, count)]
    anybody = rng.integers(1, 86, count)
    age = np.where(civilian, anybody, np.clip(soldier, 18, 60)).astype(np.int64)
    first_day = scenario.starts_at.date().toordinal() - 719_163  # days of 1970-01-01
    birthday = first_day - age * 1461 // 4 - rng.integers(1, 365, count)
    return age, birthday.astype(np.int32)


@cache
def _names() -> tuple[Array, Array, Array]:
    """Ids of all names, grouped by nation and kind; first place and length of each group (int64[nations, NAME_KINDS])."""
    groups: dict[tuple[str, str], list[int]] = {}
    for row in tables.names():
        groups.setdefault((row.nation, row.kind), []).append(row.id)
    ids: list[int] = []
    first = np.zeros((len(tables.nations()), len(NAME_KINDS)), dtype=np.int64)
    length = np.zeros_like(first)
    for index, nation in enumerate(tables.nations()):
        for kind, name in enumerate(NAME_KINDS):
            group = groups.get((nation.code, name)) or groups[nation.code, "family"]
            first[index, kind], length[index, kind] = len(ids), len(group)
            ids += group
    return np.array(ids, dtype=np.int32), first, length


def _pick_name(rng: np.random.Generator, nation: Array, kind: Array) -> Array:
    ids, first, length = _names()
    place = first[nation, kind] + (rng.integers(0, TICKETS, len(nation)) * length[nation, kind] >> 16)
    names: Array = ids[place]
    return names


def _identity(seed: int, sector: int, nation: Array, female: Array) -> dict[str, Array]:
    rng = stream(seed, sector, Concern.IDENTIFIERS)
    return {
        "family_id": _pick_name(rng, nation, 2 + female),
        "given_id": _pick_name(rng, nation, 0 + female),
        "service_number": SERVICE_NUMBER_FIRST + rng.integers(0, SERVICE_NUMBERS, len(nation)),
    }


def _body(seed: int, sector: int, female: Array) -> dict[str, Array]:
    rng = stream(seed, sector, Concern.BODIES)
    deviates = normal_deviates()[rng.integers(0, DEVIATES, (2, len(female)))]
    height = np.where(female, number("height_female_cm"), number("height_male_cm")) + number("height_spread_cm") * deviates[0]
    height = np.clip(height, 140, 210).astype(np.int16)
    index = np.clip(number("body_mass_index_mean") + number("body_mass_index_spread") * deviates[1], 17, 40)
    return {"height_cm": height, "weight_hg": (height.astype(np.float64) * height * index / 1000).astype(np.int16)}


def _history(seed: int, sector: int, civilian: Array) -> dict[str, Nested]:
    rng = stream(seed, sector, Concern.BACKGROUND)
    allergies = [(row.id, row.prevalence, row.prevalence) for row in tables.allergies()]
    backgrounds = [(row.id, row.prevalence_military, row.prevalence_civilian) for row in tables.backgrounds()]
    return {"allergies": _present(rng, civilian, allergies), "background": _present(rng, civilian, backgrounds)}


def _present(rng: np.random.Generator, civilian: Array, rows: list[tuple[int, float, float]]) -> Nested:
    ids = np.array([row[0] for row in rows], dtype=np.int16)
    limits = np.array([[int(share * TICKETS) for share in row[1:]] for row in rows], dtype=np.uint16).T
    drawn = rng.integers(0, TICKETS, (len(civilian), len(rows)), dtype=np.uint16)
    who, which = np.divmod(np.flatnonzero(drawn < limits[civilian.astype(np.int8)]), len(rows))
    offsets = np.zeros(len(civilian) + 1, dtype=np.int32)
    np.cumsum(np.bincount(who, minlength=len(civilian)), out=offsets[1:])
    return Nested(offsets, {"item": ids[which]})
