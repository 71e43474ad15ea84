"""The state of a casualty and its hazards run on the clock, whoever looks: with the same casualties
and the same chances, less care never saves lives.
"""

import itertools
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest

from shared.records.columns import Array
from shared.records.vocabulary import Category, Outcome
from shared.scenarios import Scenario, load_preset
from shared.simulation.arrivals import arrivals
from shared.simulation.demographics import demographics
from shared.simulation.disease import diseases
from shared.simulation.injuries import injuries
from shared.simulation.sector import run_sector
from shared.simulation.setting import setting_of
from shared.simulation.treatment import REMEMBERED, Treatment
from shared.simulation.wounding import casualties
from tests.simulation.stories import changed

PRESET = "brigade-conventional"
SEED, SECTORS, PATIENTS = 2027, 20, 1000
# Of the wounded, how much fewer may die with less care: chance, as whoever dies early leaves a
# vehicle or a table to somebody else.
TOLERANCE = 0.002
DEATHS = (Outcome.KIA, Outcome.DOW)
KEPT = ("injured_at_s", "category", "ended_at_s", "outcome")


@cache
def wounded(scenario: Scenario, sector: int) -> Array:
    hurt = arrivals(scenario, SEED, sector, PATIENTS)
    people = demographics(scenario, SEED, sector, hurt)
    wounds = injuries(scenario, SEED, sector, hurt)
    ill = diseases(SEED, sector, wounds.mechanism)
    return casualties(SEED, sector, hurt, people, wounds, ill)


def course(scenario: Scenario, given: int = 0, sectors: int = SECTORS) -> Array:
    """The wounded at their end; treatments whose bits are in `given` are not given any more."""
    ends = []
    for sector in range(sectors):
        rows = wounded(load_preset(PRESET), sector).copy()
        rows["done"] |= given
        people = run_sector(setting_of(scenario), rows).people
        ends.append(people[list(KEPT)][people["category"] == Category.BATTLE_INJURY])
    return np.concatenate(ends)


@cache
def fatality(scenario: Scenario, given: int = 0) -> float:
    return float(np.isin(course(scenario, given)["outcome"], DEATHS).mean())


def with_facilities(limit: Callable[[dict[str, Any]], dict[str, Any]]) -> Scenario:
    return changed(PRESET, facilities=lambda rows: [row | limit(row) for row in rows])


def with_transport(limit: Callable[[dict[str, Any]], dict[str, Any]]) -> Scenario:
    return changed(PRESET, transport=lambda pools: [pool | limit(pool) for pool in pools])


def one_vehicle() -> Scenario:
    """The first pool alone, with one vehicle, for every leg of the way."""
    return changed(
        PRESET,
        transport=lambda pools: [
            pools[0]
            | {
                "vehicles": 1,
                "availability_share": 1.0,
                "to_role": max(pool["to_role"] for pool in pools),
            }
        ],
    )


NOTHING = with_facilities(lambda _: {"beds": 0})
ROLE_1_ONLY = with_facilities(lambda row: {} if row["role"] == 1 else {"beds": 0})
LESS = {
    "beds": with_facilities(lambda row: {"beds": row["beds"] // 3}),
    "vehicles": with_transport(lambda pool: {"vehicles": max(pool["vehicles"] // 3, 1)}),
    "surgeons": with_facilities(lambda _: {"surgical_teams": 0, "operating_tables": 0}),
    "blood": changed(
        PRESET,
        facilities=lambda rows: [row | {"blood_units": 0} for row in rows],
        point_of_injury__forward_blood_share=0.0,
    ),
    "medics": changed(PRESET, point_of_injury__medics_per_100=0.0),
    "teams": with_facilities(lambda row: {"treatment_teams": max(row["treatment_teams"] // 3, 1)}),
    "speed": with_transport(lambda pool: {"speed_kmh": pool["speed_kmh"] / 5}),
}


def test_care_is_worth_what_it_reaches() -> None:
    """No bed anywhere kills most, then Role 1 alone, then one vehicle for everybody, then the
    preset; from the first to the last case fatality falls by a quarter at least.
    """
    rates = [fatality(each) for each in (NOTHING, ROLE_1_ONLY, one_vehicle(), load_preset(PRESET))]
    assert all(more >= less - TOLERANCE for more, less in itertools.pairwise(rates)), rates
    assert rates[0] > 1.25 * rates[-1]


@pytest.mark.parametrize("means", LESS)
def test_less_never_saves(means: str) -> None:
    """A third of the beds, vehicles or teams, no surgeon, no blood, no medic, a fifth of the speed:
    none saves lives.
    """
    assert fatality(LESS[means]) >= fatality(load_preset(PRESET)) - TOLERANCE


def test_delay_kills_the_more_the_longer() -> None:
    """With vehicles that start 10, 60, 180 and 600 minutes after the call ever more die."""
    rates = [
        fatality(with_transport(lambda _, notice=notice: {"notice_min": notice}))  # type: ignore[misc]
        for notice in (10, 60, 180, 600)
    ]
    assert rates == sorted(rates)
    assert rates[-1] > 1.1 * rates[0]


EVERYWHERE = {"beds": 2000, "treatment_teams": 500, "blood_units": 20_000}
IN_HOSPITAL = {"operating_tables": 200, "surgical_teams": 200, "intensive_care_beds": 2000}
# Nobody waits for another here, so that who dies early leaves nothing that saves somebody else.
PLENTY = changed(
    PRESET,
    facilities=lambda rows: [
        row | EVERYWHERE | (IN_HOSPITAL if row["role"] > 1 else {}) for row in rows
    ],
    transport=lambda pools: [pool | {"vehicles": 900} for pool in pools],
)
TREATMENTS = [
    Treatment.TOURNIQUET,
    Treatment.HAEMOSTATIC_DRESSING,
    Treatment.PRESSURE_DRESSING,
    Treatment.NEEDLE_DECOMPRESSION,
    Treatment.NASOPHARYNGEAL_AIRWAY,
    Treatment.TRANEXAMIC_ACID,
    Treatment.CHEST_DRAIN,
]


@pytest.mark.parametrize("treatment", TREATMENTS, ids=lambda each: each.name.lower())
def test_a_treatment_left_out_kills(treatment: Treatment) -> None:
    """Without one treatment, everything else alike and enough of it, more die."""
    assert fatality(PLENTY, 1 << treatment) > fatality(PLENTY)


def untreated(scenario: Scenario) -> Array:
    """Nobody is treated: everything counts as given already."""
    return course(scenario, (1 << (REMEMBERED + 1)) - 1, sectors=8)


def test_a_state_kills_alike_waiting_moving_and_lying() -> None:
    """Without treatment, whoever waits in the field, rides for days or lies in a facility dies at
    the same minute of the same wounds: the rates from an hour after the wound on differ by less
    than a twentieth, where a fifth were allowed.
    """
    bare = {"operating_tables": 0, "surgical_teams": 0, "blood_units": 0, "intensive_care_beds": 0}
    dry = {"point_of_injury__forward_blood_share": 0.0}
    waiting = untreated(
        changed(PRESET, **dry, facilities=lambda rows: [row | bare | {"beds": 0} for row in rows])
    )
    moving = untreated(
        changed(
            PRESET,
            **dry,
            facilities=lambda rows: [row | bare for row in rows],
            transport=lambda pools: [
                pool | {"speed_kmh": 1.0, "vehicles": 900, "notice_min": 0} for pool in pools
            ],
        )
    )
    lying = untreated(
        changed(
            PRESET,
            **dry,
            facilities=lambda rows: [
                row | bare | {"beds": 2000, "treatment_teams": 0} for row in rows
            ],
            transport=lambda pools: [pool | {"vehicles": 900, "notice_min": 0} for pool in pools],
        )
    )
    rates = [late_deaths_per_minute(each) for each in (waiting, moving, lying)]
    assert max(rates) < 1.05 * min(rates), rates
    lived_s = [each["ended_at_s"] - each["injured_at_s"] for each in (waiting, lying)]
    late = (lived_s[0] > 3600) & (lived_s[1] > 3600)
    both = late & np.isin(waiting["outcome"], DEATHS) & np.isin(lying["outcome"], DEATHS)
    assert np.mean(np.abs(lived_s[0][both] - lived_s[1][both]) <= 60) > 0.95


def late_deaths_per_minute(people: Array) -> float:
    """Of those who lived for an hour, until the end of the second day."""
    lived_min = (people["ended_at_s"] - people["injured_at_s"]) / 60
    died = np.isin(people["outcome"], DEATHS) & (lived_min > 60) & (lived_min <= 2880)
    at_risk = np.clip(np.minimum(lived_min, 2880) - 60, 0, None).sum()
    return float(died.sum() / at_risk)
