"""exp, log and the normal quantile, made of + - * / and sqrt only: libm's differ in the last bits
from machine to machine.
"""

from decimal import Decimal, localcontext
from math import factorial
from typing import Any

import numpy as np

from shared.simulation.kernel import entry, kernel

# its last 21 bits are zero, so k * _LN2_HIGH is exact for small k
_LN2_HIGH = 6.93147180369123816490e-01
_LN2_LOW = 1.90821492927058770002e-10
_EXPONENT_MAX = 709.0
_I3, _I4, _I5 = (1.0 / factorial(term) for term in range(3, 6))
_R3, _R5, _R7, _R9, _R11, _R13, _R15, _R17, _R19, _R21 = (1.0 / term for term in range(3, 23, 2))
_MANTISSA_BITS = 52
_EXPONENT_BIAS = 1023


# of the table of powers of two: what is left over is below 0.0055, so five terms of the series are
# enough
_STEPS = 64
_STEP_BITS = 6


def _root_of_two(number: int) -> float:
    """Two to the `number` / _STEPS rounded once."""
    with localcontext(prec=40):
        return float((Decimal(2).ln() * number / _STEPS).exp())


_ROOTS = np.array([_root_of_two(number) for number in range(_STEPS)])


@kernel
def exp(x: float) -> float:
    """E to the x, within 2 units in the last place; 0 below -708, held at x = 709 above."""
    if x < -708.0:
        return 0.0
    x = min(x, _EXPONENT_MAX)
    steps = int(x * (_STEPS * 1.4426950408889634) + (0.5 if x >= 0.0 else -0.5))
    rest = (x - steps * (_LN2_HIGH / _STEPS)) - steps * (_LN2_LOW / _STEPS)
    series = rest + rest * rest * (0.5 + rest * (_I3 + rest * (_I4 + rest * _I5)))
    root = _ROOTS[steps & (_STEPS - 1)]
    return float(
        (root + root * series)
        * np.int64(((steps >> _STEP_BITS) + _EXPONENT_BIAS) << _MANTISSA_BITS).view(np.float64)
    )


@kernel
def log(x: float) -> float:
    """Natural logarithm of a normal number above 0, within 2 units in the last place."""
    bits = np.float64(x).view(np.int64)
    twos = (bits >> _MANTISSA_BITS) - _EXPONENT_BIAS
    mantissa = np.int64((bits & 0xFFFFFFFFFFFFF) | (_EXPONENT_BIAS << _MANTISSA_BITS)).view(
        np.float64
    )
    if mantissa > 1.4142135623730951:
        mantissa = mantissa * 0.5
        twos = twos + 1
    ratio = (mantissa - 1.0) / (mantissa + 1.0)
    square = ratio * ratio
    fourth = square * square
    even = 1.0 + fourth * (_R5 + fourth * (_R9 + fourth * (_R13 + fourth * (_R17 + fourth * _R21))))
    odd = _R3 + fourth * (_R7 + fourth * (_R11 + fourth * (_R15 + fourth * _R19)))
    return float(twos * _LN2_HIGH + (2.0 * ratio * (even + square * odd) + twos * _LN2_LOW))


@kernel
def _tail(share: float) -> float:
    t = np.sqrt(-2.0 * log(share))
    above = 2.515517 + t * (0.802853 + t * 0.010328)
    below = 1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308))
    return float(t - above / below)


@entry
def normal_quantile(share: float) -> float:
    """Standard normal deviate below which `share` (0 to 1, both excluded) lies; error below 4.5e-4
    (Abramowitz and Stegun 26.2.23).
    """
    if share < 0.5:
        return -_tail(share)
    return _tail(1.0 - share)


@entry
def normal_table(table: Any) -> None:
    """Fill float64[n] with the quantiles at the middle of n equal shares: a uniform whole number
    becomes a normal deviate by look-up.
    """
    for place in range(len(table)):
        table[place] = normal_quantile((place + 0.5) / len(table))


@entry
def exponential_table(table: Any) -> None:
    """Fill float64[n] with quantiles of the exponential distribution with mean 1, as
    `normal_table`.
    """
    for place in range(len(table)):
        table[place] = -log(1.0 - (place + 0.5) / len(table))


@entry
def exp_each(values: Any) -> None:
    """Replace every x in float64[n] by e to the x."""
    for place in range(len(values)):
        values[place] = exp(values[place])
