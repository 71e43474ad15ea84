"""exp, log, power and the normal quantile, made of + - * / and sqrt only: libm's differ in the last bits from machine to machine."""

from math import factorial
from typing import Any

import numpy as np

from services.generator.simulation.kernel import entry, kernel

_LN2_HIGH = 6.93147180369123816490e-01  # its last 21 bits are zero, so k * _LN2_HIGH is exact for small k
_LN2_LOW = 1.90821492927058770002e-10
_EXPONENT_MAX = 709.0
_INVERSE_FACTORIALS = tuple(1.0 / factorial(term) for term in range(13, -1, -1))
_MANTISSA_BITS = 52
_EXPONENT_BIAS = 1023


@entry
def exp(x: float) -> float:
    """E to the x, within 2 units in the last place; 0 below -708, held at x = 709 above."""
    if x < -708.0:
        return 0.0
    x = min(x, _EXPONENT_MAX)
    twos = float(int(x * 1.4426950408889634 + (0.5 if x >= 0.0 else -0.5)))
    rest = (x - twos * _LN2_HIGH) - twos * _LN2_LOW
    series = 0.0
    for factor in _INVERSE_FACTORIALS:
        series = series * rest + factor
    return float(series * np.int64((np.int64(twos) + _EXPONENT_BIAS) << _MANTISSA_BITS).view(np.float64))


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
    series = 0.0
    for odd in range(23, 0, -2):
        series = series * square + 1.0 / odd
    return float(twos * _LN2_HIGH + (2.0 * ratio * series + twos * _LN2_LOW))


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
