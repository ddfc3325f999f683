"""Functions of doubles that answer as IEEE 754 and NumPy do: inf and nan, never an exception, never complex.

Python's ``math`` and ``/`` and ``**`` raise where arrays answer, so every call that can raise is wrapped once, here.
"""

import math
from collections.abc import Callable

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


def exp2(x: float) -> float:
    """2 ** x, inf from 1024 on."""
    try:
        return math.exp2(x)
    except OverflowError:
        return inf


def expm1(x: float) -> float:
    """e ** x − 1 without the cancellation near 0."""
    try:
        return math.expm1(x)
    except OverflowError:
        return inf


def _nan_outside(function: Callable[[float], float], doc: str) -> Callable[[float], float]:
    """A function of math's that answers nan where math refuses to."""

    def wrapped(x: float) -> float:
        try:
            return function(x)
        except ValueError:
            return nan

    wrapped.__doc__ = doc
    return wrapped


sqrt = _nan_outside(math.sqrt, "The square root: nan for negative numbers, −0 for −0.")
sin = _nan_outside(math.sin, "The sine of x radians: nan at ±inf.")
cos = _nan_outside(math.cos, "The cosine of x radians: nan at ±inf.")
tan = _nan_outside(math.tan, "The tangent of x radians: nan at ±inf.")
asin = _nan_outside(math.asin, "The angle in [−π/2, π/2] whose sine is x: nan outside [−1, 1].")
acos = _nan_outside(math.acos, "The angle in [0, π] whose cosine is x: nan outside [−1, 1].")
acosh = _nan_outside(math.acosh, "The number from 0 up whose hyperbolic cosine is x: nan below 1.")


def _logarithm(function: Callable[[float], float], pole: float, doc: str) -> Callable[[float], float]:
    """A logarithm of math's that answers −inf at its pole and nan below."""

    def wrapped(x: float) -> float:
        try:
            return function(x)
        except ValueError:
            return -inf if x == pole else nan

    wrapped.__doc__ = doc
    return wrapped


log = _logarithm(math.log, 0.0, "The natural logarithm: −inf at ±0, nan below.")
log2 = _logarithm(math.log2, 0.0, "The logarithm to the base 2: −inf at ±0, nan below.")
log10 = _logarithm(math.log10, 0.0, "The logarithm to the base 10: −inf at ±0, nan below.")
log1p = _logarithm(math.log1p, -1.0, "The natural logarithm of 1 + x: −inf at −1, nan below.")


def atanh(x: float) -> float:
    """The number whose hyperbolic tangent is x: ±inf at ±1, nan outside."""
    try:
        return math.atanh(x)
    except ValueError:
        return math.copysign(inf, x) if abs(x) == 1.0 else nan


def sinh(x: float) -> float:
    """The hyperbolic sine, ±inf from ±710.48 on."""
    try:
        return math.sinh(x)
    except OverflowError:
        return math.copysign(inf, x)


def cosh(x: float) -> float:
    """The hyperbolic cosine, inf from ±710.48 on."""
    try:
        return math.cosh(x)
    except OverflowError:
        return inf


tanh = math.tanh
asinh = math.asinh
atan = math.atan
cbrt = math.cbrt
erf = math.erf
erfc = math.erfc
hypot = math.hypot
atan2 = math.atan2


def sigmoid(x: float) -> float:
    """1 / (1 + e^−x), written so that nothing overflows and the left tail keeps its digits."""
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    z = math.exp(x)
    return z / (1.0 + z)


def softplus(x: float) -> float:
    """log(1 + e^x), written so that nothing overflows and both tails keep their digits."""
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def log_sigmoid(x: float) -> float:
    """log σ(x) = −softplus(−x)."""
    return -softplus(-x)


def logaddexp(x: float, y: float) -> float:
    """log(e^x + e^y), written so that nothing overflows."""
    if x == y:
        # The difference of two infinities would be nan.
        return x + math.log(2.0)
    return max(x, y) + math.log1p(exp(-abs(x - y))) if x - y == x - y else nan


def relu(x: float) -> float:
    """x where it is positive (or nan), +0 elsewhere."""
    return x if x > 0.0 or x != x else 0.0


def leaky_relu(x: float) -> float:
    """x where it is positive, x/100 elsewhere."""
    return x if x > 0.0 else 0.01 * x


def elu(x: float) -> float:
    """x where it is positive, e^x − 1 elsewhere."""
    return x if x > 0.0 else math.expm1(x)


def silu(x: float) -> float:
    """x·σ(x); −0 at −inf."""
    if x < -700.0:
        return _tail(x, x)
    return x * sigmoid(x)


def silu_slope(x: float) -> float:
    """The derivative of silu, σ(x)(1 + x·σ(−x)), with its limits at ±inf."""
    if x < -700.0:
        return _tail(1.0 + x, x)
    return 1.0 if x == inf else sigmoid(x) * (1.0 + x * sigmoid(-x))


def _tail(factor: float, x: float) -> float:
    """factor·e^x for x far below 0, in two halves, because e^x alone would lose its last digits to underflow."""
    half = math.exp(0.5 * x)
    return -0.0 if half == 0.0 else half * factor * half


def gauss(x: float) -> float:
    """e^(−x²), right to a few ULP although x² cannot be: what its rounding loses is worked out and put in."""
    if not abs(x) < 28.0:
        return nan if x != x else 0.0
    square, error = _exact_product(x, x)
    return math.exp(-square) * (1.0 - error)


def _exact_product(x: float, y: float) -> tuple[float, float]:
    """x·y as a double and what it lacks of the exact product (Dekker 1971; x and y far from overflow)."""
    product = x * y
    # Each factor in halves of 26 bits, whose products are exact.
    x_upper = x * 134217729.0 - (x * 134217729.0 - x)
    y_upper = y * 134217729.0 - (y * 134217729.0 - y)
    x_lower, y_lower = x - x_upper, y - y_upper
    return product, ((x_upper * y_upper - product) + x_upper * y_lower + x_lower * y_upper) + x_lower * y_lower


_ROOT_TAU = 2.5066282746310007
# √½ as a double and what it lacks.
_ROOT_HALF, _ROOT_HALF_ERROR = 0.7071067811865476, -4.833646656726457e-17


def normal_cdf(x: float) -> float:
    """Φ(x), the share of a standard normal distribution below x, = erfc(−x/√2)/2."""
    if not abs(x) < 40.0:
        return nan if x != x else float(x > 0.0)
    z, error = _exact_product(x, _ROOT_HALF)
    error += x * _ROOT_HALF_ERROR
    # erfc at the exact argument z + error, by its derivative at z.
    return 0.5 * (math.erfc(-z) + error * 2.0 / math.sqrt(math.pi) * gauss(z))


def normal_pdf(x: float, factor: float = 1.0) -> float:
    """factor·φ(x), with φ(x) = e^(−x²/2)/√(2π); in two halves, because φ alone may lose digits to underflow."""
    half = gauss(0.5 * x)
    return half * (factor / _ROOT_TAU) * half


def gelu(x: float) -> float:
    """x·Φ(x); −0 at −inf."""
    return normal_pdf(x, -_mills(x)) if x < -37.0 else x * normal_cdf(x)


def gelu_slope(x: float) -> float:
    """The derivative of gelu, Φ(x) + x·φ(x), with its limits at ±inf."""
    if abs(x) > 40.0:
        return float(x > 0.0)
    return normal_pdf(x, x - _mills(x) / x) if x < -37.0 else normal_cdf(x) + normal_pdf(x, x)


def _mills(x: float) -> float:
    """−x·Φ(x)/φ(x) for x below −37, by its asymptotic series."""
    r = 1.0 / (x * x)
    return 1.0 - r * (1.0 - r * (3.0 - r * (15.0 - r * (105.0 - r * (945.0 - r * 10395.0)))))


def gelu_tanh(x: float) -> float:
    """gelu by the tanh formula, x/2·(1 + tanh u) = x·σ(2u) with u = √(2/π)(x + 0.044715x³)."""
    if x < -25.0:
        return -0.0
    return x * sigmoid(_gelu_tanh_inner(x))


def gelu_tanh_slope(x: float) -> float:
    """The derivative of gelu_tanh, with its limits at ±inf."""
    if abs(x) > 25.0:
        return float(x > 0.0)
    s, t = sigmoid(_gelu_tanh_inner(x)), sigmoid(-_gelu_tanh_inner(x))
    return s * (1.0 + x * t * _GELU_RATE * (1.0 + 3.0 * 0.044715 * x * x))


_GELU_RATE = 2.0 * math.sqrt(2.0 / math.pi)


def _gelu_tanh_inner(x: float) -> float:
    return _GELU_RATE * x * (1.0 + 0.044715 * x * x)


def maximum(x: float, y: float) -> float:
    """The larger number; nan if either is; +0 is larger than −0."""
    if x != x or y != y:
        return nan
    if x == y == 0.0:
        return x + y
    return x if x >= y else y


def minimum(x: float, y: float) -> float:
    """The smaller number; nan if either is; −0 is smaller than +0."""
    return -maximum(-x, -y)


def fmax(x: float, y: float) -> float:
    """The larger number; the other one if one is nan."""
    if x != x:
        return y
    return x if y != y else maximum(x, y)


def fmin(x: float, y: float) -> float:
    """The smaller number; the other one if one is nan."""
    return -fmax(-x, -y)


def prefer(x: float, y: float) -> float:
    """1 where x > y, 1/2 where they are equal, 0 where x < y, nan if either is."""
    if x > y:
        return 1.0
    if x < y:
        return 0.0
    return 0.5 if x == y else nan


def fprefer(x: float, y: float) -> float:
    """As prefer, but a number is preferred to nan."""
    if x != x:
        return nan if y != y else 0.0
    return 1.0 if y != y else prefer(x, y)


def at_least(x: float, low: float) -> float:
    """x, or low where x is below it; nan if either is."""
    return low if x < low or low != low else x


def at_most(x: float, high: float) -> float:
    """x, or high where x is above it; nan if either is."""
    return high if x > high or high != high else x


def reach(x: float, low: float) -> float:
    """1 where x ≥ low, 0 where x < low, nan if either is nan."""
    if x >= low:
        return 1.0
    return 0.0 if x < low else nan


def if_true(condition: float, x: float) -> float:
    """x where the condition holds; elsewhere −0, which changes no sum."""
    return x if condition else -0.0


def if_false(condition: float, x: float) -> float:
    """x where the condition does not hold; elsewhere −0, which changes no sum."""
    return -0.0 if condition else x


def truth(condition: float) -> float:
    """1 where the condition holds, else 0."""
    return 1.0 if condition else 0.0


def fmod(x: float, y: float) -> float:
    """The remainder of x / y with the sign of x, exact; nan for y = 0 or infinite x."""
    try:
        return math.fmod(x, y)
    except ValueError:
        return nan


def remainder(x: float, y: float) -> float:
    """Python's x % y: the remainder with the sign of y; nan for y = 0 or infinite x."""
    if y == 0.0 or math.isinf(x):
        return nan
    return x % y


def defined(x: float) -> float:
    """1 for a number, nan for nan."""
    return nan if x != x else 1.0


def direction(x: float, y: float) -> float:
    """x / √(x² + y²): 0 at the origin, nan where both are infinite."""
    if x == 0.0 and y == 0.0:
        return 0.0
    if math.isinf(x):
        return nan if math.isinf(y) or y != y else math.copysign(1.0, x)
    x, y, _ = _scaled(x, y)
    return x / math.hypot(x, y)


def inversion(x: float, y: float) -> float:
    """x / (x² + y²): nan at the origin, ±0 at infinity."""
    if x != x or y != y or (x == 0.0 and y == 0.0):
        return nan
    if math.isinf(x) or math.isinf(y):
        return math.copysign(0.0, x)
    x, y, exponent = _scaled(x, y)
    h = math.hypot(x, y)
    try:
        return math.ldexp(x / h / h, -exponent)
    except OverflowError:
        return math.copysign(inf, x)


def _scaled(x: float, y: float) -> tuple[float, float, int]:
    """x and y divided by the power of two that brings the larger one near 1, and its exponent."""
    if not (math.isfinite(x) and math.isfinite(y)):
        return x, y, 0
    exponent = math.frexp(max(abs(x), abs(y)))[1]
    return math.ldexp(x, -exponent), math.ldexp(y, -exponent), exponent


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
