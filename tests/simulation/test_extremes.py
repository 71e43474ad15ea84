from typing import Any

import numpy as np
import pytest

from shared.clinical.tables import treatments
from shared.records.vocabulary import DeathCause, EventKind, Outcome
from shared.scenarios import Scenario, load_preset
from shared.simulation import simulate
from tests.simulation.stories import changed

DEADLY = (Outcome.KIA, Outcome.DOW)
NOTHING_ELSE = {"injury_mix__non_battle_injury": 0.0, "injury_mix__disease": 0.0}


def lost(scenario: Scenario, patients: int = 600) -> float:
    outcome = np.concatenate(
        [simulate(scenario, 5, sector, patients).patients.flat["outcome"] for sector in range(3)]
    )
    return float(np.isin(outcome, DEADLY).mean())


def without_beds(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row | {"beds": 0} for row in rows]


def one_vehicle(pools: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [pool | {"vehicles": 1, "capacity_patients": 1} for pool in pools]


def test_without_a_bed_nobody_is_evacuated() -> None:
    """With no bed anywhere nobody travels, and more of the wounded die than with beds."""
    scenario = changed("brigade-conventional", facilities=without_beds)
    output = simulate(scenario, 5, 0, 600)
    assert EventKind.DEPARTED not in output.patients.nested["events"].values["kind"]
    assert set(np.unique(output.patients.flat["outcome"])) <= {
        Outcome.KIA,
        Outcome.IN_CARE,
        Outcome.DIED_NON_BATTLE,
    }
    assert lost(scenario) > 1.2 * lost(load_preset("brigade-conventional"))


def test_a_single_vehicle_a_pool_makes_people_die_waiting() -> None:
    """With one vehicle for one patient in every pool, more of the wounded die."""
    few = changed("brigade-conventional", days=1, transport=one_vehicle)
    assert lost(few) > 1.15 * lost(changed("brigade-conventional", days=1))


def test_one_casualty_is_a_sector() -> None:
    """A sector of one casualty runs to its end."""
    output = simulate(load_preset("brigade-conventional"), 5, 0, 1)
    assert output.patients.rows == 1
    assert output.patients.nested["events"].values["kind"][0] == EventKind.INJURED


def test_fifty_thousand_casualties_are_a_sector() -> None:
    """The largest sector runs, overwhelms the system, and keeps everybody."""
    output = simulate(load_preset("brigade-conventional"), 5, 0, 50_000)
    outcome = output.patients.flat["outcome"]
    assert len(outcome) == 50_000
    assert np.isin(outcome, DEADLY).mean() > lost(load_preset("brigade-conventional"))


def test_a_sector_of_nerve_agent_alone_is_decontaminated_and_dies_of_it() -> None:
    """When nothing but nerve agent hurts, nobody bleeds, antidote and decontamination are given,
    most deaths are the agent's.
    """
    scenario = changed(
        "brigade-cbrn",
        mechanisms=[{"mechanism": "nerve_agent", "weight": 1}],
        injury_mix__battle_injury=1.0,
        **NOTHING_ELSE,
    )
    columns = simulate(scenario, 5, 0, 600).patients
    names = {row.id: row.name for row in treatments()}
    cause, treated = (
        columns.flat["death_cause"],
        {names[each] for each in columns.nested["treatments"].values["treatment"].tolist()},
    )
    assert (columns.flat["blood_volume_min_pct"] == 100).all()
    assert {"atropine", "decontamination"} <= treated
    assert "tourniquet" not in treated
    assert (cause > 0).any()
    assert (cause[cause > 0] == DeathCause.CBRN).mean() > 0.5


def test_a_sector_has_somebody() -> None:
    """No patients, or fewer, are refused."""
    with pytest.raises(ValueError, match="patients must be at least 1"):
        simulate(load_preset("brigade-conventional"), 5, 0, 0)
