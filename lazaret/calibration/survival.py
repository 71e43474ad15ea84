"""Survival over time by Kaplan and Meier (1958)."""

from dataclasses import dataclass

import numpy as np

from shared.records.columns import Array


@dataclass(frozen=True, slots=True)
class SurvivalCurve:
    """A step function: from `at[i]` on, `share[i]` of the group is alive; `people` at the start."""

    at: Array
    share: Array
    people: int


def kaplan_meier(times: Array, died: Array) -> SurvivalCurve:
    """`times` until death where `died`, else until the person was last seen alive; of one unit,
    equally long.
    """
    at, position = np.unique(times, return_inverse=True)
    deaths = np.bincount(position, weights=died, minlength=len(at))
    leaving = np.bincount(position, minlength=len(at))
    at_risk = len(times) - np.concatenate(([0], np.cumsum(leaving)[:-1]))
    share = np.cumprod(1 - deaths / at_risk)
    steps = deaths > 0
    return SurvivalCurve(
        np.concatenate(([0], at[steps])), np.concatenate(([1.0], share[steps])), len(times)
    )
