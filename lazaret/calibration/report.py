"""The calibration report: every target with its simulated value."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lazaret.calibration.cohort import Cohort, simulate_cohort
from lazaret.calibration.measures import MEASURES
from shared.clinical.rows import CalibrationTarget
from shared.clinical.tables import calibration_targets
from shared.scenarios import reference_scenarios


@dataclass(frozen=True, slots=True)
class Finding:
    """A target and what the simulation gives for it."""

    target: CalibrationTarget
    simulated: float

    @property
    def inside(self) -> bool:
        """Whether the simulated value lies in the target's interval."""
        return self.target.low <= self.simulated <= self.target.high


def simulate_references(patients: int) -> Mapping[str, Cohort]:
    """Each reference scenario with at least so many patients."""
    return {name: simulate_cohort(scenario, patients) for name, scenario in reference_scenarios().items()}


def findings(cohorts: Mapping[str, Cohort]) -> Iterator[Finding]:
    """Every target, in the order of its id."""
    for target in calibration_targets():
        yield Finding(target, MEASURES[target.measure](cohorts[target.scenario]))
