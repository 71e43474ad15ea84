import hashlib
import math
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lazaret.calibration.cohort import simulate_cohort
from lazaret.calibration.measures import MEASURES
from lazaret.calibration.report import Finding
from lazaret.cli.calibrate import print_findings
from shared.clinical.evidence import cited, evidence
from shared.clinical.rows import CalibrationTarget
from shared.clinical.tables import calibration_omissions, calibration_targets
from shared.scenarios import Scenario, list_presets, reference_scenarios

ROOT = Path(__file__).parents[3]
Z_95 = 1.959963984540054
TWINS = ("helicopters-with-blood", "helicopters-without-blood")


def test_targets_measures_and_scenarios_agree() -> None:
    """Each target can be measured, each measure is wanted, each reference scenario has a target and
    is no preset.
    """
    targets = calibration_targets()
    assert {target.measure for target in targets} == set(MEASURES)
    assert {target.scenario for target in targets} == set(reference_scenarios())
    assert not set(reference_scenarios()) & {preset.name for preset in list_presets()}
    assert len({(target.scenario, target.measure) for target in targets}) == len(targets)
    for target in targets:
        assert target.low <= target.value <= target.high, target
        assert target.use in {"fit", "check"}


def test_the_split_is_drawn_by_rule_and_frozen() -> None:
    """A digest of scenario and measure decides which figures are checks, never a result; the page
    holds the digest of the whole split.
    """
    lines = []
    for target in calibration_targets():
        drawn = hashlib.sha256(f"{target.scenario}/{target.measure}".encode()).hexdigest()
        assert target.use == ("check" if int(drawn, 16) % 3 == 0 else "fit"), target
        lines.append(f"{target.id} {target.scenario} {target.measure} {target.use}\n")
    frozen = hashlib.sha256("".join(lines).encode()).hexdigest()
    assert frozen in (ROOT / "docs" / "calibration.md").read_text(encoding="utf-8")


def test_targets_and_omissions_cite_the_evidence() -> None:
    """Every target rests on figures of the evidence tables; none of them is both used and left
    out.
    """
    for target in calibration_targets():
        assert cited(target.source), target
        assert set(cited(target.source)) <= set(evidence())
    for omission in calibration_omissions():
        assert omission.evidence in evidence()
        assert omission.evidence not in {
            figure for target in calibration_targets() for figure in cited(target.source)
        }


@pytest.mark.parametrize(
    "target",
    [row for row in calibration_targets() if row.interval.startswith("Wilson")],
    ids=lambda row: row.id,
)
def test_a_wilson_interval_follows_from_its_counts(target: CalibrationTarget) -> None:
    """Value and bounds are those of the counts that the row names."""
    hits, of = map(int, re.search(r"(\d+)/(\d+)", target.interval).groups())  # type: ignore[union-attr]
    share, spread = hits / of, Z_95**2 / of
    centre = (share + spread / 2) / (1 + spread)
    half = Z_95 * math.sqrt(share * (1 - share) / of + spread / 4 / of) / (1 + spread)
    assert (target.value, target.low, target.high) == pytest.approx(
        (share, centre - half, centre + half), abs=6e-5
    )


@pytest.mark.parametrize(
    "target",
    [row for row in calibration_targets() if "% about" in row.interval],
    ids=lambda row: row.id,
)
def test_a_relative_interval_follows_from_its_share(target: CalibrationTarget) -> None:
    """Bounds lie the named share below and above the value."""
    part = float(target.interval.split(" %")[0]) / 100
    assert target.low == pytest.approx(target.value * (1 - part), rel=0.01)
    assert target.high == pytest.approx(target.value * (1 + part), rel=0.01)


def _but(scenario: Scenario, *fields: str) -> dict[str, object]:
    return {
        name: value
        for name, value in scenario.model_dump().items()
        if name not in {"title", "description", *fields}
    }


def test_twins_differ_in_blood_alone() -> None:
    """The same casualties, crews, helicopters and hospitals, so that the difference is the
    blood's.
    """
    with_blood, without = (reference_scenarios()[name] for name in TWINS)
    assert _but(with_blood, "point_of_injury") == _but(without, "point_of_injury")
    assert with_blood.point_of_injury.forward_blood_share == 1
    assert without.point_of_injury.forward_blood_share == 0
    assert _but(reference_scenarios()["oef-after-mandate"], "point_of_injury") == _but(
        without, "point_of_injury"
    )


def test_a_cohort_holds_whole_sectors() -> None:
    """As many patients as were asked for, in whole sectors, each row with its patient."""
    hospital = reference_scenarios()["surgical-hospital-2003"]
    assert (
        len(simulate_cohort(hospital, 1_000).flat["category"])
        == 2 * hospital.sector_patients
        >= 1_000
    )
    cohort = simulate_cohort(reference_scenarios()["oif-oef-us"], 1_000)
    for rows in (cohort.wounds, cohort.events, cohort.vitals, cohort.treatments):
        assert rows.patient.max() < 1_000
        assert (np.diff(rows.patient) >= 0).all()
    assert cohort.battle.all()


def test_calibrate_reports_every_target(report: dict[str, Any]) -> None:
    """For programs as JSON, with the verdicts that the numbers give."""
    assert [target["id"] for target in report["targets"]] == [
        row.id for row in calibration_targets()
    ]
    for target in report["targets"]:
        assert target["inside"] == (
            target["simulated"] is not None
            and target["low"] <= target["simulated"] <= target["high"]
        )
    assert report["inside_share"] == pytest.approx(
        np.mean([target["inside"] for target in report["targets"]])
    )
    fitted = [target["inside"] for target in report["targets"] if target["use"] == "fit"]
    assert report["inside_share_fit"] == pytest.approx(np.mean(fitted))
    assert report["parameters"]["total"] >= report["parameters"]["assumption"] > 0


def test_calibrate_prints_every_target(
    found: Sequence[Finding], capsys: pytest.CaptureFixture[str]
) -> None:
    """For people as a table, with a reason for what is missed and a count at the end."""
    print_findings([replace(found[0], simulated=0.9, reason="nobody knows")])
    printed = capsys.readouterr().out
    assert "1 is outside: nobody knows" in printed
    assert "0 of 1 targets are inside their interval" in printed
    assert (
        "figures for checking are inside: 0%" in printed or "for fitting are inside: 0%" in printed
    )
    print_findings(found)
    assert (
        f"of {len(calibration_targets())} targets are inside their interval"
        in capsys.readouterr().out
    )
