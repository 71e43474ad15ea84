import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from shared.records.columns import Array
from shared.records.vocabulary import Category, Outcome, ResourceKind, Triage
from shared.scenarios import Scenario, load_preset
from shared.simulation import simulate
from tests.simulation.stories import changed, column

SECTORS, PATIENTS = 8, 1000


def deaths_of_battle(scenario: Scenario) -> tuple[Array, Array, Array]:
    outcome, category, iss, triage = column(
        scenario, ("outcome", "category", "iss", "triage_first"), SECTORS, PATIENTS
    )
    battle = category == Category.BATTLE_INJURY
    return np.isin(outcome, (Outcome.KIA, Outcome.DOW))[battle], iss[battle], triage[battle]


def mortality(scenario: Scenario) -> float:
    return float(deaths_of_battle(scenario)[0].mean())


def mean_wait_s(scenario: Scenario, kind: ResourceKind) -> float:
    waits = []
    for sector in range(SECTORS):
        rows = simulate(scenario, 11, sector, PATIENTS).result.nested["resources"].values
        waits.append(rows["wait_mean_s"][rows["kind"] == kind].mean())
    return float(np.mean(waits))


def test_mortality_rises_with_injury_severity() -> None:
    """Each band of ISS is at least half as deadly again as the one below it, from nearly nobody to
    nearly everybody.
    """
    died, iss, _ = deaths_of_battle(load_preset("brigade-conventional"))
    rates = [
        died[(iss >= low) & (iss <= high)].mean()
        for low, high in ((1, 8), (9, 15), (16, 24), (25, 75))
    ]
    assert rates[0] < 0.02
    assert all(above > 1.5 * below for below, above in itertools.pairwise(rates))
    assert rates[-1] > 0.6


def test_triage_orders_mortality() -> None:
    """T1 dies at least three times as often as T2, T2 at least twice as often as T3."""
    died, _, triage = deaths_of_battle(load_preset("brigade-conventional"))
    first, second, third = (
        died[triage == each].mean() for each in (Triage.T1, Triage.T2, Triage.T3)
    )
    assert first > 3 * second
    assert second > 2 * third


def test_slow_evacuation_kills() -> None:
    """With vehicles at a fifth of their speed at least a tenth more of the wounded die."""
    slow = changed(
        "brigade-conventional",
        transport=lambda pools: [pool | {"speed_kmh": pool["speed_kmh"] / 5} for pool in pools],
    )
    assert mortality(slow) > 1.1 * mortality(load_preset("brigade-conventional"))


def test_tourniquets_save() -> None:
    """Without trained comrades and tourniquets more of the wounded die."""
    without = changed(
        "brigade-conventional",
        point_of_injury__buddy_aid_share=0.0,
        point_of_injury__tourniquet_share=0.0,
    )
    assert mortality(without) > 1.02 * mortality(load_preset("brigade-conventional"))


def test_blood_saves() -> None:
    """Without blood on any shelf and with no crew more of the wounded die."""
    dry = changed(
        "brigade-conventional",
        facilities=lambda rows: [row | {"blood_units": 0} for row in rows],
        point_of_injury__forward_blood_share=0.0,
    )
    assert mortality(dry) > 1.02 * mortality(load_preset("brigade-conventional"))


def with_facilities(limit: Callable[[dict[str, Any]], dict[str, Any]]) -> Scenario:
    return changed(
        "brigade-conventional", facilities=lambda rows: [row | limit(row) for row in rows]
    )


def one_table(row: dict[str, Any]) -> dict[str, Any]:
    return {name: min(row[name], 1) for name in ("operating_tables", "surgical_teams")}


def quarter_of_beds(row: dict[str, Any]) -> dict[str, Any]:
    return {"beds": max(row["beds"] // 4, 1)} if row["role"] < 3 else {}


def test_fewer_tables_make_longer_queues() -> None:
    """With one operating table where there were several, the wait for surgery grows by at least a
    third.
    """
    usual = mean_wait_s(load_preset("brigade-conventional"), ResourceKind.OPERATING_TABLE)
    assert mean_wait_s(with_facilities(one_table), ResourceKind.OPERATING_TABLE) > 1.3 * usual


def test_fewer_beds_make_longer_waits_for_vehicles() -> None:
    """With a quarter of the beds at Roles 1 and 2, casualties wait at least half as long again for
    their journey.
    """
    usual = mean_wait_s(load_preset("brigade-conventional"), ResourceKind.GROUND_AMBULANCE)
    assert (
        mean_wait_s(with_facilities(quarter_of_beds), ResourceKind.GROUND_AMBULANCE) > 1.5 * usual
    )
