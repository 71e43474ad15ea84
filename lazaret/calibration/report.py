"""The calibration report: every target with its simulated value."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from math import isnan, nan, sqrt
from multiprocessing import get_context
from statistics import fmean, stdev

from lazaret.calibration.cohort import simulate_cohort
from lazaret.calibration.measures import MEASURES
from shared.clinical.rows import CalibrationTarget
from shared.clinical.tables import calibration_misses, calibration_targets
from shared.scenarios import reference_scenarios


@dataclass(frozen=True, slots=True)
class Finding:
    """A target, what the simulation gives for it, and why it is missed if that is known.

    `simulated` is the mean of the repeats that counted somebody, not a number when none did;
    `standard_error` is that of the mean, not a number when fewer than two did.
    """

    target: CalibrationTarget
    simulated: float
    standard_error: float
    reason: str

    @property
    def inside(self) -> bool:
        """Whether the simulated value lies in the target's interval."""
        return self.target.low <= self.simulated <= self.target.high


def findings(patients: int, repeats: int) -> Iterator[Finding]:
    """Every target, in the order of its id; each reference scenario is simulated `repeats` times,
    with at least `patients` each.
    """
    names = [name for name in reference_scenarios() for _ in range(repeats)]
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as processes:
        measured = list(
            processes.map(
                _measured,
                names,
                [patients] * len(names),
                [*range(repeats)] * len(reference_scenarios()),
            )
        )
    reasons = {miss.target: miss.reason for miss in calibration_misses()}
    for target in calibration_targets():
        values = [each[target.id] for each in measured if not isnan(each.get(target.id, nan))]
        error = stdev(values) / sqrt(len(values)) if len(values) > 1 else nan
        found = Finding(target, fmean(values) if values else nan, error, reasons.get(target.id, ""))
        yield replace(found, reason="") if found.inside else found


def _measured(name: str, patients: int, repeat: int) -> Mapping[int, float]:
    cohort = simulate_cohort(reference_scenarios()[name], patients, repeat)
    return {
        target.id: MEASURES[target.measure](cohort)
        for target in calibration_targets()
        if target.scenario == name
    }


Z_95 = 1.959963984540054


def wilson(hits: int, of: int) -> tuple[float, float]:
    """Bounds of Wilson's 95 % interval of a share."""
    share, spread = hits / of, Z_95**2 / of
    centre = (share + spread / 2) / (1 + spread)
    half = Z_95 * sqrt(share * (1 - share) / of + spread / 4 / of) / (1 + spread)
    return max(centre - half, 0.0), min(centre + half, 1.0)


def inside_share(found: Sequence[Finding], use: str | None = None) -> float:
    """How many of the findings, or of those with a use, are inside their interval (0 to 1)."""
    counted = [each.inside for each in found if use in (None, each.target.use)]
    return sum(counted) / len(counted)
