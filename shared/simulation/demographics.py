"""Stage 2, who they are: nation, unit, sex, age, rank, body, blood group, name, number, allergies
and background.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np

from shared.clinical import tables
from shared.records.columns import Array, Nested
from shared.records.vocabulary import Branch, Category, Sex
from shared.scenarios import Scenario
from shared.simulation.arrivals import Arrivals
from shared.simulation.kernel import entry, kernel
from shared.simulation.lottery import TICKETS, Tickets, draw, tickets
from shared.simulation.model import DEVIATES, model
from shared.simulation.setting import SETTINGS_MAX, number
from shared.simulation.streams import Concern, stream
from shared.simulation.world import NOWHERE

# Service numbers begin with 90 and have eleven digits: no nation issues such numbers.
SERVICE_NUMBER_FIRST = 90_000_000_000
SERVICE_NUMBERS = 1_000_000_000
OFFICER_FIRST = 11
BLOOD_GROUPS = (
    "o_positive",
    "a_positive",
    "b_positive",
    "ab_positive",
    "o_negative",
    "a_negative",
    "b_negative",
    "ab_negative",
)
CIVILIAN, BATTLE_INJURY = int(Branch.CIVILIAN), int(Category.BATTLE_INJURY)
FEMALE, MALE = int(Sex.FEMALE), int(Sex.MALE)
DAY_OF_1970 = 719_163  # in Python's count of days
OF_FORCES = ("unit", "nation", "branch")
OF_PERSONS = ("sex", "rank", "blood_group", "birth_date")
CHILD, ADULT = 10, 18  # years: growth is known up to the one, over at the other
OF_BODIES = ("height_cm", "weight_hg")
OF_NAMES = ("family_id", "given_id", "service_number")
COLUMNS = {
    "unit": np.int16,
    "nation": np.int16,
    "branch": np.int8,
    "sex": np.int8,
    "rank": np.int8,
    "blood_group": np.int8,
    "birth_date": np.int32,
    "height_cm": np.int16,
    "weight_hg": np.int16,
    "family_id": np.int32,
    "given_id": np.int32,
    "service_number": np.int64,
}
NAME_KINDS = ("given_male", "given_female", "family_male", "family_female")


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """Columns of the patient record that say who somebody is, and the age in years for the
    model.
    """

    flat: dict[str, Array]
    nested: dict[str, Nested]
    age: Array


def demographics(scenario: Scenario, seed: int, sector: int, hurt: Arrivals) -> People:
    """The people behind the casualties."""
    count = len(hurt.front)
    flat: dict[str, Array] = {name: np.empty(count, dtype=dtype) for name, dtype in COLUMNS.items()}
    nation, age = np.empty(count, dtype=np.int16), np.empty(count, dtype=np.int64)
    _write_forces(
        hurt.front,
        draw(stream(seed, sector, Concern.FORCES), count),
        _units(scenario),
        _columns(flat, OF_FORCES),
        nation,
    )
    known = (hurt.category, nation, flat["branch"])
    shared = (_ranks(), _blood_groups(), model())
    _write_persons(
        known, _drawn_persons(seed, sector, count), shared, _columns(flat, OF_PERSONS), age
    )
    flat["birth_date"] += scenario.starts_at.date().toordinal() - DAY_OF_1970
    bodies = stream(seed, sector, Concern.BODIES).integers(0, DEVIATES, (2, count))
    bodied = (flat["sex"], age, flat["branch"])
    _write_bodies(bodied, bodies, model(), _columns(flat, OF_BODIES))
    _write_names(
        nation, flat["sex"], _drawn_names(seed, sector, count), _names(), _columns(flat, OF_NAMES)
    )
    return People(flat, _history(seed, sector, flat, age), age)


def _columns(flat: dict[str, Array], names: tuple[str, ...]) -> tuple[Array, ...]:
    return tuple(flat[name] for name in names)


def _drawn_persons(seed: int, sector: int, count: int) -> tuple[Array, ...]:
    """For each its chances of sex, rank, blood group, a soldier's age, anybody's age and the days
    since the birthday.
    """
    rng = stream(seed, sector, Concern.PERSONS)
    return (
        rng.integers(0, TICKETS, count),
        draw(rng, count),
        draw(rng, count),
        rng.integers(0, DEVIATES, count),
        rng.integers(1, 86, count),
        rng.integers(1, 365, count),
    )


def _drawn_names(seed: int, sector: int, count: int) -> tuple[Array, Array, Array]:
    rng = stream(seed, sector, Concern.IDENTIFIERS)
    return (
        rng.integers(0, TICKETS, count),
        rng.integers(0, TICKETS, count),
        rng.integers(0, SERVICE_NUMBERS, count),
    )


@entry
def _write_forces(front: Any, ticket: Any, units: Any, columns: Any, nation: Any) -> None:
    by_front, nation_of_unit, nation_id_of_unit, branch_of_unit = units
    unit, nation_id, branch = columns
    for who in range(len(front)):
        own = by_front[front[who], ticket[who]]
        unit[who] = own
        nation[who] = nation_of_unit[own]
        nation_id[who] = nation_id_of_unit[own]
        branch[who] = branch_of_unit[own]


@kernel
def _female_share(p: Any, branch: int, category: int) -> float:
    """Fewer women than men fight, so that fewer are hurt in battle than otherwise."""
    if branch == CIVILIAN:
        return float(p["female_civilian_share"])
    return float(
        p["female_battle_share"] if category == BATTLE_INJURY else p["female_military_share"]
    )


@kernel
def _soldiers_age(p: Any, rank: int, deviate: float) -> int:
    mean = p["officer_age_mean"] if rank >= OFFICER_FIRST else p["enlisted_age_mean"]
    # Promotion takes years: who would be too young for a rank is a little older than its youngest.
    youngest = p["youngest_of_rank"][rank]
    promoted = youngest + p["promotion_spread_years"] * abs(deviate)
    age = mean + p["age_spread"] * deviate
    return int(min(age if age >= youngest else promoted, p["soldier_oldest_years"]))


@entry
def _write_persons(known: Any, drawn: Any, shared: Any, columns: Any, age: Any) -> None:
    """Sex, rank, blood group, age in years, and the birthday as days before the scenario's
    first.
    """
    category, nation, branch = known
    of_sex, of_rank, of_blood, of_soldier, of_anybody, of_birthday = drawn
    ranks, blood_groups, medicine = shared
    sex, rank, blood_group, birth_date = columns
    p = medicine[0]
    for who in range(len(age)):
        female = of_sex[who] < int(_female_share(p, branch[who], category[who]) * TICKETS)
        civilian = branch[who] == CIVILIAN
        sex[who] = FEMALE if female else MALE
        rank[who] = 0 if civilian else ranks[of_rank[who]]
        blood_group[who] = blood_groups[nation[who], of_blood[who] >> 4]
        age[who] = (
            of_anybody[who]
            if civilian
            else _soldiers_age(p, rank[who], p["normal"][of_soldier[who]])
        )
        birth_date[who] = -(age[who] * 1461 // 4) - of_birthday[who]


@kernel
def _along(age: float, young: float, old: float, low: float, high: float) -> float:
    return low + (high - low) * min(max((age - young) / (old - young), 0.0), 1.0)


@kernel
def _share_of_height(p: Any, age: float) -> float:
    """Of the height as an adult, along straight lines between the ages that are known."""
    if age < CHILD / 2:
        return _along(age, 1.0, CHILD / 2, p["growth_age1_share"], p["growth_age5_share"])
    if age < CHILD:
        return _along(age, CHILD / 2, CHILD, p["growth_age5_share"], p["growth_age10_share"])
    return _along(age, CHILD, ADULT, p["growth_age10_share"], 1.0)


@kernel
def _mass_index(p: Any, branch: int, deviate: float) -> float:
    """Kilograms a square metre; civilians are heavier and differ more."""
    if branch == CIVILIAN:
        mean, spread = p["body_mass_index_civilian_mean"], p["body_mass_index_civilian_spread"]
    else:
        mean, spread = p["body_mass_index_mean"], p["body_mass_index_spread"]
    return float(mean + spread * deviate)


@entry
def _write_bodies(known: Any, drawn: Any, medicine: Any, columns: Any) -> None:
    sex, age, branch = known
    height_cm, weight_hg = columns
    p = medicine[0]
    for who in range(len(sex)):
        mean = p["height_female_cm"] if sex[who] == FEMALE else p["height_male_cm"]
        grown = mean + p["height_spread_cm"] * p["normal"][drawn[0, who]]
        grown = min(max(grown, p["height_least_cm"]), p["height_most_cm"])
        height = int(grown * _share_of_height(p, age[who]))
        index = _mass_index(p, branch[who], p["normal"][drawn[1, who]])
        least = p["body_mass_index_child_least"] if age[who] < ADULT else p["body_mass_index_least"]
        index *= _along(age[who], CHILD, ADULT, p["growth_mass_index_share"], 1.0)
        height_cm[who] = height
        index = min(max(index, least), p["body_mass_index_most"])
        weight_hg[who] = int(float(height * height) * index / 1000.0)


@entry
def _write_names(nation: Any, sex: Any, drawn: Any, names: Any, columns: Any) -> None:
    of_family, of_given, of_number = drawn
    ids, first, length = names
    family_id, given_id, service_number = columns
    for who in range(len(nation)):
        own = nation[who]
        given = 1 if sex[who] == FEMALE else 0
        family = 2 + given
        family_id[who] = ids[first[own, family] + (of_family[who] * length[own, family] >> 16)]
        given_id[who] = ids[first[own, given] + (of_given[who] * length[own, given] >> 16)]
        service_number[who] = SERVICE_NUMBER_FIRST + of_number[who]


@lru_cache(maxsize=SETTINGS_MAX)
def _units(scenario: Scenario) -> tuple[Array, Array, Array, Array]:
    """int16[fronts, TICKETS] of units; each unit's row in the nations' table, the nation's id, and
    branch.
    """
    share = {row.nation: row.share for row in scenario.nations}
    row_of = {row.code: index for index, row in enumerate(tables.nations())}
    at_risk: dict[str, int] = {}
    for unit in scenario.units:
        at_risk[unit.nation] = at_risk.get(unit.nation, 0) + unit.population_at_risk
    by_front = []
    for front in scenario.fronts:
        weights = [
            share[unit.nation] * unit.population_at_risk / at_risk[unit.nation]
            if unit.front == front.name
            else 0.0
            for unit in scenario.units
        ]
        by_front.append(tickets(weights if sum(weights) else [1.0] * len(weights)))
    nation = np.array([row_of[unit.nation] for unit in scenario.units], dtype=np.int16)
    ids = np.array([row.id for row in tables.nations()], dtype=np.int16)
    branch = np.array([Branch[unit.branch.upper()] for unit in scenario.units], dtype=np.int8)
    return np.stack(by_front), nation, ids[nation], branch


@cache
def _ranks() -> Tickets:
    return tickets([row.share for row in tables.ranks()], [row.id for row in tables.ranks()])


@cache
def _blood_groups() -> Array:
    rows = [
        tickets([getattr(nation, group) for group in BLOOD_GROUPS], range(1, 9))[::16]
        for nation in tables.nations()
    ]
    return np.stack(rows).astype(np.int8)


@cache
def _names() -> tuple[Array, Array, Array]:
    """Ids of all names, grouped by nation and kind; first place and length of each group
    (int64[nations, NAME_KINDS]).
    """
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


@cache
def _allergies() -> tuple[Array, Array]:
    return _prevalences([(row.id, row.prevalence, row.prevalence) for row in tables.allergies()])


@cache
def _backgrounds() -> tuple[Array, Array]:
    return _prevalences(
        [(row.id, row.prevalence_military, row.prevalence_civilian) for row in tables.backgrounds()]
    )


@cache
def _ages_of_backgrounds() -> tuple[Array, int]:
    """Years from which somebody may have each, and the place of obesity, which the body decides."""
    rows = tables.backgrounds()
    place = next(index for index, row in enumerate(rows) if row.name == "obesity")
    return np.array([row.youngest for row in rows]), place


def _prevalences(rows: list[tuple[int, float, float]]) -> tuple[Array, Array]:
    """Ids, and uint16[2, rows] of tickets below which somebody has it: military, civilian."""
    limits = [[int(share * TICKETS) for share in shares] for _, *shares in rows]
    return np.array([id_ for id_, *_ in rows], dtype=np.int16), np.array(
        limits, dtype=np.uint16
    ).T.copy()


def _history(seed: int, sector: int, flat: dict[str, Array], age: Array) -> dict[str, Nested]:
    rng = stream(seed, sector, Concern.BACKGROUND)
    obese = flat["weight_hg"] * 1000.0 / flat["height_cm"].astype(np.float64) ** 2
    known = (flat["branch"], age, obese >= number("obese_from"))
    any_age = (np.zeros(len(tables.allergies()), dtype=np.int64), NOWHERE)
    return {
        "allergies": _present(rng, known, *_allergies(), any_age),
        "background": _present(rng, known, *_backgrounds(), _ages_of_backgrounds()),
    }


def _present(
    rng: np.random.Generator,
    known: tuple[Array, ...],
    ids: Array,
    limits: Array,
    ages: tuple[Array, int],
) -> Nested:
    drawn = rng.integers(0, TICKETS, (len(known[0]), len(ids)), dtype=np.uint16)
    offsets = np.zeros(len(known[0]) + 1, dtype=np.int32)
    items = np.empty(drawn.size, dtype=np.int16)
    _write_present(drawn, known, (ids, limits, *ages), offsets, items)
    return Nested(offsets, {"item": items[: offsets[-1]].copy()})


@entry
def _write_present(drawn: Any, known: Any, shared: Any, offsets: Any, items: Any) -> None:
    branch, age, obese = known
    ids, limits, youngest, obesity = shared
    rows = 0
    for who in range(len(branch)):
        kind = 1 if branch[who] == CIVILIAN else 0
        for number_of_id in range(len(ids)):
            has = drawn[who, number_of_id] < limits[kind, number_of_id]
            if number_of_id == obesity:
                has = obese[who]
            if has and age[who] >= youngest[number_of_id]:
                items[rows] = ids[number_of_id]
                rows += 1
        offsets[who + 1] = rows
