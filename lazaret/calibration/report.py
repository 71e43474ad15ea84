"""The calibration report: every target with its simulated value."""

from collections.abc import Iterator
from dataclasses import dataclass

from lazaret.calibration.cohort import simulate_cohort
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


def findings(patients: int) -> Iterator[Finding]:
    """Simulate each reference scenario with at least so many patients and compare it with its targets."""
    for name, scenario in reference_scenarios().items():
        cohort = simulate_cohort(scenario, patients)
        for target in calibration_targets():
            if target.scenario == name:
                yield Finding(target, MEASURES[target.measure](cohort))
