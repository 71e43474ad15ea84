"""The simulation's own exp and log, which are tested against libm's elsewhere: a last bit more or
less would move a second.
"""

from typing import Any

import numpy as np

from shared.simulation import elementary
from shared.simulation.kernel import entry


@entry
def _log_first(values: Any) -> None:
    values[0] = elementary.log(values[0])


def exp(x: float) -> float:
    """E to the x."""
    values = np.array([x])
    elementary.exp_each(values)
    return float(values[0])


def log(x: float) -> float:
    """Natural logarithm."""
    values = np.array([x])
    _log_first(values)
    return float(values[0])
