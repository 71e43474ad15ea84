"""Shares, means and percentiles within a group; not a number when the group is empty."""

import math

import numpy as np

from shared.records.columns import Array


def share(part: Array, whole: Array) -> float:
    """Of `whole`, how much is also `part` (0 to 1); both are masks."""
    return float((part & whole).sum() / whole.sum()) if whole.any() else math.nan


def mean(values: Array, group: Array) -> float:
    """Mean of the group's values."""
    return float(values[group].mean()) if group.any() else math.nan


def percentile(values: Array, group: Array, rank: int) -> float:
    """A percentile (0 to 100) of the group's values."""
    return float(np.percentile(values[group], rank)) if group.any() else math.nan
