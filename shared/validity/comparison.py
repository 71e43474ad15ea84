"""Published figures beside a job's, where the job's scenario is of the kind that they were found
in.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from shared.clinical.rows import CalibrationTarget
from shared.clinical.tables import calibration_targets, mechanisms
from shared.records.columns import Array
from shared.records.vocabulary import Outcome
from shared.scenarios import Scenario, reference_scenarios
from shared.scenarios.vocabulary import Warfare
from shared.validity.groups import Groups

PATIENTS_MIN = 30  # below this a share says nothing
Z_95 = 1.959963984540054
CIVIL = frozenset({Warfare.EARTHQUAKE, Warfare.MASS_CASUALTY_ATTACK, Warfare.EPIDEMIC})

Part = Callable[[Groups], tuple[Array, Array]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A share (0 to 1) with its Wilson interval, beside the lowest and highest bound of the studies
    that fit.

    `agrees`: the two intervals meet.
    """

    measure: str
    counted: int
    simulated: float
    simulated_low: float
    simulated_high: float
    published_low: float
    published_high: float
    agrees: bool
    sources: tuple[str, ...]
    populations: tuple[str, ...]


def compare(groups: Groups, scenario: Scenario) -> Iterator[Comparison]:
    """Every share that published figures exist for, if enough patients are counted in it."""
    for name, part in _SHARES.items():
        targets = [
            target
            for target in calibration_targets()
            if target.measure == name and _fits(target, scenario)
        ]
        hits, whole = part(groups)
        counted = groups.count(whole)
        if targets and counted >= PATIENTS_MIN:
            yield _comparison(name, targets, groups.count(hits & whole), counted)


def _fits(target: CalibrationTarget, scenario: Scenario) -> bool:
    # Illness and accidents are alike wherever forces are deployed; wounds follow the kind of
    # fighting.
    if target.measure.startswith("others_"):
        return scenario.warfare not in CIVIL
    return reference_scenarios()[target.scenario].warfare is scenario.warfare


def _comparison(
    measure: str, targets: list[CalibrationTarget], hits: int, counted: int
) -> Comparison:
    low, high = _wilson(hits, counted)
    published_low, published_high = (
        min(target.low for target in targets),
        max(target.high for target in targets),
    )
    return Comparison(
        measure=measure,
        counted=counted,
        simulated=hits / counted,
        simulated_low=low,
        simulated_high=high,
        published_low=published_low,
        published_high=published_high,
        agrees=low <= published_high and published_low <= high,
        sources=tuple(dict.fromkeys(target.source for target in targets)),
        populations=tuple(
            dict.fromkeys(reference_scenarios()[target.scenario].title for target in targets)
        ),
    )


def _wilson(hits: int, counted: int) -> tuple[float, float]:
    share, spread = hits / counted, Z_95**2 / counted
    centre = (share + spread / 2) / (1 + spread)
    half = Z_95 * math.sqrt(share * (1 - share) / counted + spread / 4 / counted) / (1 + spread)
    return centre - half, centre + half


def _killed_by(groups: Groups, minutes: int) -> tuple[Array, Array]:
    return groups.lived_min <= minutes, groups.killed


def _of_kind(groups: Groups, kind: str) -> tuple[Array, Array]:
    wanted = [row.id for row in mechanisms() if row.kind == kind]
    return np.isin(groups.mechanism, wanted), groups.battle & ~groups.dead


def _others(groups: Groups, outcome: Outcome) -> tuple[Array, Array]:
    return np.equal(groups.outcome, outcome), ~groups.battle


_SHARES: Mapping[str, Part] = {
    "killed_in_action_share": lambda groups: (
        groups.killed,
        groups.battle & (groups.returned == 0),
    ),
    "died_of_wounds_share": lambda groups: (
        groups.died_of_wounds,
        groups.battle & ~groups.killed & (groups.returned == 0),
    ),
    "case_fatality": lambda groups: (groups.dead, groups.battle),
    "deaths_before_facility_share": lambda groups: (groups.killed, groups.battle & groups.dead),
    **{
        f"killed_dead_by_{minutes}_min": partial(_killed_by, minutes=minutes)
        for minutes in (0, 10, 60, 120)
    },
    "explosion_share": partial(_of_kind, kind="explosion"),
    "gunshot_share": partial(_of_kind, kind="gunshot"),
    "others_returned_share": partial(_others, outcome=Outcome.RETURNED_TO_DUTY),
    "others_evacuated_share": partial(_others, outcome=Outcome.EVACUATED),
    "others_died_share": partial(_others, outcome=Outcome.DIED_NON_BATTLE),
}
