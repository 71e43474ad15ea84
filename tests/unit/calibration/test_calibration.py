import json
import math

import numpy as np
import pytest
from click.testing import CliRunner

from lazaret.calibration.cohort import Cohort, simulate_cohort
from lazaret.calibration.measures import MEASURES
from lazaret.cli import main
from shared.clinical.tables import calibration_targets, conditions, mechanisms
from shared.records.vocabulary import BodyRegion, Category, Outcome
from shared.scenarios import list_presets, reference_scenarios

BATTLE, DISEASE = Category.BATTLE_INJURY, Category.DISEASE


def _id(table: tuple[object, ...], name: str) -> int:
    return int(next(row.id for row in table if row.name == name))  # type: ignore[attr-defined]


@pytest.fixture
def cohort() -> Cohort:
    """Ten people by hand: 2 killed (at 0 and 30 min), 1 died of wounds, 2 back within 72 h, 3 others treated, 2 ill."""
    landmine, gunshot = _id(mechanisms(), "landmine"), _id(mechanisms(), "gunshot")
    amputation, wound = _id(conditions(), "amputation_thigh"), _id(conditions(), "chest_wall_wound")
    flat = {
        "category": [BATTLE] * 8 + [DISEASE] * 2,
        "outcome": [Outcome.KIA] * 2
        + [Outcome.DOW]
        + [Outcome.RETURNED_TO_DUTY] * 2
        + [Outcome.EVACUATED] * 4
        + [Outcome.RETURNED_TO_DUTY],
        "returned_within_72h": [0, 0, 0, 1, 1, 0, 0, 0, 0, 0],
        "injured_at_s": [100] * 10,
        "ended_at_s": [100, 100 + 1800, 9000, 9000, 9000, 9000, 9000, 9000, 9000, 9000],
        "iss": [75, 30, 40, 1, 2, 9, 10, 25, 0, 0],
        "mechanism": [landmine] * 5 + [gunshot, landmine, landmine, 0, 0],
        "burn_tbsa_pct": [50, 0, 0, 0, 0, 0, 12, 0, 0, 0],
        "transfused_units": [0, 0, 12, 0, 0, 0, 2, 11, 0, 0],
    }
    return Cohort(
        {name: np.array(values) for name, values in flat.items()},
        wound_patient=np.array([0, 5, 5, 6, 7]),
        wound_region=np.array([BodyRegion.HEAD_NECK, BodyRegion.CHEST, BodyRegion.EXTERNAL, BodyRegion.EXTREMITIES, BodyRegion.CHEST]),
        wound_condition=np.array([wound, wound, wound, amputation, wound]),
    )


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        ("killed_in_action_share", 2 / 6),
        ("died_of_wounds_share", 1 / 4),
        ("case_fatality", 3 / 8),
        ("deaths_before_facility_share", 2 / 3),
        ("killed_dead_by_0_min", 1 / 2),
        ("killed_dead_by_60_min", 1.0),
        ("killed_iss_median", 52.5),
        ("wounds_mean", 4 / 5),
        ("wounds_chest_share", 2 / 3),
        ("wounds_head_neck_face_share", 0.0),
        ("explosion_share", 4 / 5),
        ("gunshot_share", 1 / 5),
        ("survivors_iss_median", 9.0),
        ("amputation_share", 1 / 3),
        ("amputations_by_explosion_share", 1.0),
        ("burn_share", 1 / 3),
        ("transfused_share", 3 / 6),
        ("massively_transfused_share", 2 / 6),
        ("others_returned_share", 1 / 2),
        ("others_died_share", 0.0),
    ],
)
def test_a_measure_counts_whom_its_study_counted(measure: str, expected: float, cohort: Cohort) -> None:
    """Numerators and denominators by hand."""
    assert MEASURES[measure](cohort) == pytest.approx(expected)


def test_targets_measures_and_scenarios_agree() -> None:
    """Each target can be measured, each measure is wanted, each reference scenario has a target and is no preset."""
    targets = calibration_targets()
    assert {target.measure for target in targets} == set(MEASURES)
    assert {target.scenario for target in targets} == set(reference_scenarios())
    assert not set(reference_scenarios()) & {preset.name for preset in list_presets()}
    for target in targets:
        assert target.low <= target.value <= target.high, target
        assert target.use in {"fit", "check"}


def test_a_cohort_holds_whole_sectors() -> None:
    """As many patients as were asked for, in whole sectors, each wound with its patient."""
    cohort = simulate_cohort(reference_scenarios()["oif-oef-us"], 1_500)
    assert len(cohort.flat["category"]) == 2_000
    assert cohort.wound_patient.max() < 2_000
    assert (np.diff(cohort.wound_patient) >= 0).all()
    assert cohort.battle.all()


def test_calibrate_reports_every_target() -> None:
    """As a table for people and as JSON for programs, with the verdicts that the numbers give."""
    runner = CliRunner()
    report = json.loads(runner.invoke(main, ["calibrate", "--patients", "1000", "--json"]).output)
    assert [target["id"] for target in sorted(report["targets"], key=lambda target: target["id"])] == [
        row.id for row in calibration_targets()
    ]
    for target in report["targets"]:
        assert math.isfinite(target["simulated"])
        assert target["inside"] == (target["low"] <= target["simulated"] <= target["high"])
    assert report["inside_share"] == pytest.approx(np.mean([target["inside"] for target in report["targets"]]))
    text = runner.invoke(main, ["calibrate", "--patients", "1000"]).output
    assert f"of {len(report['targets'])} targets are inside their interval" in text
