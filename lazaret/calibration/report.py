"""The calibration report: every target with its simulated value."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from lazaret.calibration.cohort import Cohort, simulate_cohort
from lazaret.calibration.measures import MEASURES
from shared.clinical.rows import CalibrationTarget
from shared.clinical.tables import calibration_misses, calibration_targets
from shared.scenarios import reference_scenarios


@dataclass(frozen=True, slots=True)
class Finding:
    """A target, what the simulation gives for it (not a number when nobody was counted), and why it is missed if that is known."""

    target: CalibrationTarget
    simulated: float
    reason: str

    @property
    def inside(self) -> bool:
        """Whether the simulated value lies in the target's interval."""
        return self.target.low <= self.simulated <= self.target.high


def simulate_references(patients: int) -> Mapping[str, Cohort]:
    """Each reference scenario with at least so many patients."""
    return {name: simulate_cohort(scenario, patients) for name, scenario in reference_scenarios().items()}


def findings(cohorts: Mapping[str, Cohort]) -> Iterator[Finding]:
    """Every target, in the order of its id."""
    reasons = {miss.target: miss.reason for miss in calibration_misses()}
    for target in calibration_targets():
        finding = Finding(target, MEASURES[target.measure](cohorts[target.scenario]), "")
        yield finding if finding.inside else replace(finding, reason=reasons.get(target.id, ""))


def inside_share(found: Sequence[Finding], use: str | None = None) -> float:
    """How many of the findings, or of those with a use, are inside their interval (0 to 1)."""
    counted = [each.inside for each in found if use in (None, each.target.use)]
    return sum(counted) / len(counted)
