"""Functions of doubles that answer as IEEE 754 and NumPy do: inf and nan, never an exception, never complex.

Python's ``math`` and ``/`` and ``**`` raise where arrays answer, so every call that can raise is wrapped once, here.
"""

import math

inf = math.inf
nan = math.nan


def divide(x: float, y: float) -> float:
    """x / y, with x / ±0 = ±inf and 0 / 0 = nan."""
    try:
        return x / y
    except ZeroDivisionError:
        if x == 0.0 or x != x:
            return nan
        return math.copysign(inf, x) * math.copysign(1.0, y)


def power(x: float, y: float) -> float:
    """x ** y as C's pow, with nan for a fractional power of a negative number."""
    try:
        return math.pow(x, y)
    except OverflowError:
        return -inf if x < 0.0 and _is_odd(y) else inf
    except ValueError:
        if x == 0.0:
            return math.copysign(inf, x) if _is_odd(y) else inf
        return nan


def power_slope(x: float, y: float) -> float:
    """∂(x ** y)/∂x = y·x^(y−1), 0 for y = 0, within a few ULP over the whole range."""
    if y == 2.0:
        # The square, which every loss takes.
        return 2.0 * x
    if y == 0.0:
        return 0.0
    if x != 0.0 and math.isfinite(y) and not y.is_integer():
        # y − 1 is rounded for a fractional y, and the power makes that error large; x^y / x has no such step.
        out = power(x, y)
        if 1e-290 < out < 1e290:
            return divide(y * out, x)
    out = power(x, y - 1.0)
    if out == 0.0 and math.isinf(y):
        return 0.0
    if out == 0.0 or math.isinf(out):
        # x^(y−1) leaves the range of a double although y·x^(y−1) may not: multiply its two halves one by one.
        half = power(abs(x), 0.5 * (y - 1.0))
        if 0.0 < half < inf:
            return half * y * math.copysign(half, out)
    return y * out


def power_log(x: float, y: float) -> float:
    """∂(x ** y)/∂y = x^y·ln x; at x = 0 it is 0 for y ≥ 0 and nan for y < 0; nan for x < 0."""
    if x == 0.0:
        return 0.0 if y >= 0.0 else nan
    out = power(x, y)
    if out == 0.0 and x == inf:
        return 0.0
    if out == 0.0 or out == inf:
        # As in power_slope: the product may be a double where the power alone is not.
        half = power(x, 0.5 * y)
        return half * log(x) * half
    return out * log(x)


def exp(x: float) -> float:
    """e ** x, inf from 709.79 on."""
    try:
        return math.exp(x)
    except OverflowError:
        return inf


def log(x: float) -> float:
    """The natural logarithm: −inf at ±0, nan below."""
    try:
        return math.log(x)
    except ValueError:
        return -inf if x == 0.0 else nan


def sqrt(x: float) -> float:
    """The square root: nan for negative numbers, −0 for −0."""
    try:
        return math.sqrt(x)
    except ValueError:
        return nan


def sin(x: float) -> float:
    """The sine of x radians: nan at ±inf."""
    try:
        return math.sin(x)
    except ValueError:
        return nan


def cos(x: float) -> float:
    """The cosine of x radians: nan at ±inf."""
    try:
        return math.cos(x)
    except ValueError:
        return nan


def tanh(x: float) -> float:
    """The hyperbolic tangent."""
    return math.tanh(x)


def sigmoid(x: float) -> float:
    """1 / (1 + e^−x), written so that nothing overflows and the left tail keeps its digits."""
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    z = math.exp(x)
    return z / (1.0 + z)


def relu(x: float) -> float:
    """x where it is positive (or nan), +0 elsewhere."""
    return x if x > 0.0 or x != x else 0.0


def sign(x: float) -> float:
    """−1 or 1; ±0 and nan are their own sign."""
    if x > 0.0:
        return 1.0
    return -1.0 if x < 0.0 else x


def step(x: float) -> float:
    """1 for positive numbers, 0 for the others (nan for nan)."""
    if x > 0.0:
        return 1.0
    return 0.0 if x <= 0.0 else nan


def nonnegative(x: float) -> float:
    """x where it is positive, +0 at ±0, nan below."""
    return abs(x) if x >= 0.0 else nan


def gate(slope: float, upstream: float) -> float:
    """slope · upstream, except that a slope of 0 lets nothing through, not even inf or nan."""
    return 0.0 if slope == 0.0 else slope * upstream


def _is_odd(y: float) -> bool:
    return math.fmod(y, 2.0) in (1.0, -1.0)
