"""What a scenario would bring, before anything is kept: planners' rates, and one sector simulated
in memory.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from shared.clinical.tables import wounding_rates
from shared.records.columns import Array, Columns, Nested
from shared.records.vocabulary import Category, Outcome, ResourceKind
from shared.scenarios import Scenario
from shared.scenarios.vocabulary import Warfare
from shared.simulation import simulate

DAY_S = 86_400
# Planners' rates are those of conventional and irregular fighting.
WITHOUT_RATE = frozenset(
    {Warfare.CBRN, Warfare.EARTHQUAKE, Warfare.MASS_CASUALTY_ATTACK, Warfare.EPIDEMIC}
)


@dataclass(frozen=True, slots=True)
class Expected:
    """Casualties of all categories a day by planners' rates, lowest and highest."""

    people_at_risk: int
    low_per_day: float
    high_per_day: float


@dataclass(frozen=True, slots=True)
class Day:
    """Casualties of a day of the previewed sector, by category."""

    day: int
    battle_injury: int
    non_battle_injury: int
    disease: int


@dataclass(frozen=True, slots=True)
class Load:
    """What the previewed sector asks of a facility, or of a pool of vehicles (`beds` and
    `present_max` None).

    `scarcest` is the resource with the longest mean wait, or `stopped_by_weather` for a pool that
    never moves; `busy_share` is the share of its time that it was in use.
    """

    name: str
    role: int | None
    beds: int | None
    present_max: int | None
    scarcest: str
    wait_mean_min: float
    wait_max_min: float
    queue_max: int
    busy_share: float


@dataclass(frozen=True, slots=True)
class Preview:
    """A scenario's expected casualties, and one sector of it."""

    expected: Expected | None
    patients: int
    days: tuple[Day, ...]
    outcomes: dict[str, int]
    loads: tuple[Load, ...]


def preview(scenario: Scenario, seed: int) -> Preview:
    """Simulate the scenario's first sector and look at its casualties and bottlenecks."""
    sector = simulate(scenario, seed, 0, scenario.sector_patients)
    return Preview(
        expected_casualties(scenario),
        sector.patients.rows,
        tuple(_days(scenario, sector.patients)),
        _outcomes(sector.patients),
        tuple(_loads(scenario, sector.result)),
    )


def expected_casualties(scenario: Scenario) -> Expected | None:
    """Battle injuries by the planners' rate, with the share of other casualties that the scenario
    asks for; None where no rate fits.
    """
    at_risk = sum(unit.population_at_risk for unit in scenario.units)
    share = scenario.injury_mix.battle_injury
    if scenario.warfare in WITHOUT_RATE or not share:
        return None
    rate = next(row for row in wounding_rates() if row.intensity == scenario.intensity)
    return Expected(
        at_risk,
        at_risk / 1000 * rate.low_per_1000_day / share,
        at_risk / 1000 * rate.high_per_1000_day / share,
    )


def _days(scenario: Scenario, patients: Columns) -> Iterator[Day]:
    day, category = patients.flat["injured_at_s"] // DAY_S, patients.flat["category"]
    for number in range(scenario.days):
        counts = np.bincount(category[day == number], minlength=len(Category) + 1)
        yield Day(
            number + 1,
            int(counts[Category.BATTLE_INJURY]),
            int(counts[Category.NON_BATTLE_INJURY]),
            int(counts[Category.DISEASE]),
        )


def _outcomes(patients: Columns) -> dict[str, int]:
    counts = np.bincount(patients.flat["outcome"], minlength=len(Outcome) + 1)
    return {outcome.name.lower(): int(counts[outcome]) for outcome in Outcome}


def _loads(scenario: Scenario, result: Columns) -> Iterator[Load]:
    resources, census = result.nested["resources"], result.nested["census"]
    for index, facility in enumerate(scenario.facilities):
        present = census.values["present"][census.values["facility"] == index]
        peak = int(present.max()) if len(present) else 0
        yield _load(
            facility.name,
            (facility.role, facility.beds, peak),
            resources,
            resources.values["facility"] == index,
        )
    for index, pool in enumerate(scenario.transport):
        yield _load(pool.name, (None, None, None), resources, resources.values["pool"] == index)


def _load(
    name: str, place: tuple[int | None, int | None, int | None], resources: Nested, mine: Array
) -> Load:
    rows = np.flatnonzero(mine)
    if not len(rows):
        return Load(name, *place, "stopped_by_weather", 0.0, 0.0, 0, 0.0)
    worst = int(rows[np.argmax(resources.values["wait_mean_s"][rows])])
    row = {column: float(values[worst]) for column, values in resources.values.items()}
    scarcest = ResourceKind(int(row["kind"])).name.lower()
    return Load(
        name,
        *place,
        scarcest,
        row["wait_mean_s"] / 60,
        row["wait_max_s"] / 60,
        int(row["queue_max"]),
        row["busy_share"],
    )
