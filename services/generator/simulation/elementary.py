"""exp, log, power and the normal quantile, made of + - * / and sqrt only: libm's differ in the last bits from machine to machine."""

from math import factorial
from typing import Any

import numpy as np

from services.generator.simulation.kernel import entry, kernel

_LN2_HIGH = 6.93147180369123816490e-01  # its last 21 bits are zero, so k * _LN2_HIGH is exact for small k
_LN2_LOW = 1.90821492927058770002e-10
_EXPONENT_MAX = 709.0
_I2, _I3, _I4, _I5, _I6, _I7, _I8, _I9, _I10, _I11, _I12, _I13 = (1.0 / factorial(term) for term in range(2, 14))
_R3, _R5, _R7, _R9, _R11, _R13, _R15, _R17, _R19, _R21 = (1.0 / term for term in range(3, 23, 2))
_MANTISSA_BITS = 52
_EXPONENT_BIAS = 1023


@entry
def exp(x: float) -> float:
    """E to the x, within 2 units in the last place; 0 below -708, held at x = 709 above."""
    if x < -708.0:
        return 0.0
    x = min(x, _EXPONENT_MAX)
    twos = int(x * 1.4426950408889634 + (0.5 if x >= 0.0 else -0.5))
    rest = (x - twos * _LN2_HIGH) - twos * _LN2_LOW
    square = rest * rest
    # Even and odd powers of the series apart: the processor works on both at once.
    even = 1.0 + square * (_I2 + square * (_I4 + square * (_I6 + square * (_I8 + square * (_I10 + square * _I12)))))
    odd = 1.0 + square * (_I3 + square * (_I5 + square * (_I7 + square * (_I9 + square * (_I11 + square * _I13)))))
    return float((even + rest * odd) * np.int64((twos + _EXPONENT_BIAS) << _MANTISSA_BITS).view(np.float64))


@entry
def log(x: float) -> float:
    """Natural logarithm of a normal number above 0, within 2 units in the last place."""
    bits = np.float64(x).view(np.int64)
    twos = (bits >> _MANTISSA_BITS) - _EXPONENT_BIAS
    mantissa = np.int64((bits & 0xFFFFFFFFFFFFF) | (_EXPONENT_BIAS << _MANTISSA_BITS)).view(np.float64)
    if mantissa > 1.4142135623730951:
        mantissa = mantissa * 0.5
        twos = twos + 1
    ratio = (mantissa - 1.0) / (mantissa + 1.0)
    square = ratio * ratio
    fourth = square * square
    even = 1.0 + fourth * (_R5 + fourth * (_R9 + fourth * (_R13 + fourth * (_R17 + fourth * _R21))))
    odd = _R3 + fourth * (_R7 + fourth * (_R11 + fourth * (_R15 + fourth * _R19)))
    return float(twos * _LN2_HIGH + (2.0 * ratio * (even + square * odd) + twos * _LN2_LOW))


@entry
def power(base: float, exponent: float) -> float:
    """`base` above 0 to the `exponent`."""
    return exp(exponent * log(base))


@kernel
def _tail(share: float) -> float:
    t = np.sqrt(-2.0 * log(share))
    above = 2.515517 + t * (0.802853 + t * 0.010328)
    below = 1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308))
    return float(t - above / below)


@entry
def normal_quantile(share: float) -> float:
    """Standard normal deviate below which `share` (0 to 1, both excluded) lies; error below 4.5e-4 (Abramowitz and Stegun 26.2.23)."""
    if share < 0.5:
        return -_tail(share)
    return _tail(1.0 - share)


@entry
def normal_table(table: Any) -> None:
    """Fill float64[n] with the quantiles at the middle of n equal shares: a uniform whole number becomes a normal deviate by look-up."""
    for place in range(len(table)):
        table[place] = normal_quantile((place + 0.5) / len(table))


@entry
def exponential_table(table: Any) -> None:
    """Fill float64[n] with quantiles of the exponential distribution with mean 1, as `normal_table`."""
    for place in range(len(table)):
        table[place] = -log(1.0 - (place + 0.5) / len(table))
