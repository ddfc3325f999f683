"""Functions of doubles that answer as IEEE 754 and NumPy do: inf and nan, never an exception, never complex.

Python's ``math`` and ``/`` and ``**`` raise where arrays answer, so every call that can raise is wrapped once, here.
"""

import math
from collections.abc import Callable
from decimal import Context, Decimal

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
    return _power_times(y, x, y, 1.0)


def power_curve(x: float, y: float) -> float:
    """∂²(x ** y)/∂x² = y(y−1)·x^(y−2), 0 for y = 0 and y = 1."""
    return _power_times(y * (y - 1.0), x, y, 2.0)


def power_mixed(x: float, y: float) -> float:
    """∂²(x ** y)/∂x∂y = x^(y−1)·(1 + y·ln x); at x = 0 its limit; nan for x < 0."""
    return _power_times(1.0 + y * log(x) if y else 1.0, x, y, 1.0)


def _power_times(factor: float, x: float, y: float, order: float) -> float:
    """factor·x^(y − order), 0 for a factor of 0."""
    if factor == 0.0:
        return 0.0
    exponent, lost = _exact_sum(y, -order)
    out = power(x, exponent)
    if out == 0.0 and math.isinf(factor):
        return 0.0
    if lost and x < 0.0:
        # y is even, as all doubles of its size, and the rounded exponent too; the exact one goes with the order.
        out = abs(out) * (-1.0) ** order
    half, rest = 1.0, out
    if not _SAFE_LOW < abs(out) < _SAFE_HIGH:
        # The power leaves the range of a double although the product may not: multiply its two halves one by one.
        half = power(abs(x), 0.5 * exponent)
        rest = math.copysign(half, out)
        if out != out or not 0.0 < half < inf:
            return factor * out
    # What the rounding of y − order loses, the power would make hundreds of times larger.
    return half * (factor * (1.0 + lost * log(abs(x))) if lost else factor) * rest


def power_log(x: float, y: float) -> float:
    """∂(x ** y)/∂y = x^y·ln x; at x = 0 it is 0 for y ≥ 0 and nan for y < 0; nan for x < 0."""
    if x == 0.0:
        return 0.0 if y >= 0.0 else nan
    out = power(x, y)
    if out == 0.0 and x == inf:
        return 0.0
    if _SAFE_LOW < out < _SAFE_HIGH:
        return out * log(x)
    # As in _power_times.
    half = power(x, 0.5 * y)
    return half * log(x) * half


# Beyond these a factor may bring a power back into the range of a double.
_SAFE_LOW, _SAFE_HIGH = 1e-290, 1e290


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


def _nan_outside(function: Callable[[float], float], doc: str, pole: float = nan) -> Callable[[float], float]:
    """A function of math's that answers nan where math refuses to, and −inf at its pole if it has one."""

    def wrapped(x: float) -> float:
        try:
            return function(x)
        except ValueError:
            return -inf if x == pole else nan

    wrapped.__doc__ = doc
    return wrapped


sqrt = _nan_outside(math.sqrt, "The square root: nan for negative numbers, −0 for −0.")
sin = _nan_outside(math.sin, "The sine of x radians: nan at ±inf.")
cos = _nan_outside(math.cos, "The cosine of x radians: nan at ±inf.")
tan = _nan_outside(math.tan, "The tangent of x radians: nan at ±inf.")
asin = _nan_outside(math.asin, "The angle in [−π/2, π/2] whose sine is x: nan outside [−1, 1].")
acos = _nan_outside(math.acos, "The angle in [0, π] whose cosine is x: nan outside [−1, 1].")
acosh = _nan_outside(math.acosh, "The number from 0 up whose hyperbolic cosine is x: nan below 1.")
log = _nan_outside(math.log, "The natural logarithm: −inf at ±0, nan below.", pole=0.0)
log2 = _nan_outside(math.log2, "The logarithm to the base 2: −inf at ±0, nan below.", pole=0.0)
log10 = _nan_outside(math.log10, "The logarithm to the base 10: −inf at ±0, nan below.", pole=0.0)
log1p = _nan_outside(math.log1p, "The natural logarithm of 1 + x: −inf at −1, nan below.", pole=-1.0)


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
erf = math.erf
erfc = math.erfc
hypot = math.hypot
atan2 = math.atan2


def cbrt(x: float) -> float:
    """The cube root: the platform's, which may be 3 ULP off, and one step of Newton's from there."""
    if x == 0.0 or not math.isfinite(x):
        return x
    mantissa, exponent = math.frexp(x)
    third, rest = divmod(exponent, 3)
    near_one = math.ldexp(mantissa, rest)
    root = math.cbrt(near_one)
    square, lost = _exact_product(root, root)
    cube, lost_too = _exact_product(square, root)
    missing = (near_one - cube) - (lost_too + lost * root)
    return math.ldexp(root + missing / (3.0 * square), third)


def sigmoid(x: float) -> float:
    """1 / (1 + e^−x), written so that nothing overflows and the left tail keeps its digits."""
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    z = math.exp(x)
    # z/(1 + z), without the rounding of 1 + z where z is small.
    return z - z * z / (1.0 + z)


def sigmoid_slope(x: float) -> float:
    """σ(x)σ(−x), the derivative of sigmoid, which keeps its digits where σ(x) rounds to 1."""
    z = math.exp(-abs(x))
    # (1 + z)² multiplied out, since the rounding of 1 + z would count twice in its square.
    return z / (1.0 + z * (2.0 + z))


def _sigmoid_of_sum(x: float, small: float) -> float:
    """σ(x + small), for a small that x + small would lose; with what 1 + e^−x loses put in as well."""
    z = math.exp(-abs(x))
    whole = 1.0 + z
    lost = z - (whole - 1.0)
    s, rest = (1.0 / whole, z / whole) if x >= 0.0 else (z / whole, 1.0 / whole)
    return s + s * (small * rest - lost / whole)


def softplus(x: float) -> float:
    """log(1 + e^x), written so that nothing overflows and both tails keep their digits."""
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def log_sigmoid(x: float) -> float:
    """log σ(x) = −softplus(−x)."""
    return -softplus(-x)


def logaddexp(x: float, y: float) -> float:
    """log(e^x + e^y), written so that nothing overflows."""
    if x != x or y != y:
        return nan
    high, low = max(x, y), min(x, y)
    # The difference of two equal infinities would be nan.
    difference, lost = _exact_sum(low, -high) if low != high else (0.0, 0.0)
    excess = math.log1p(math.exp(difference)) + sigmoid(difference) * lost
    if high < 0.0 and 0.25 < excess / -high < 4.0:
        # e^x + e^y is close to 1 and its logarithm to 0: only more digits can tell how close.
        return float(_DIGITS.ln(_DIGITS.add(_DIGITS.exp(Decimal(x)), _DIGITS.exp(Decimal(y)))))
    return high + excess


# Decimals with these many digits stand in where doubles cancel; no trap of the user's own decimals is set off.
_DIGITS = Context(prec=50, traps=[])


def share(x: float, y: float) -> float:
    """e^x / (e^x + e^y) = σ(x − y), without the rounding of the difference, which e^x would make hundreds of ULP."""
    difference, lost = _exact_sum(x, -y)
    return _sigmoid_of_sum(difference, lost)


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
    """e^(−x²)."""
    return _bell(1.0, x, 1.0)


def normal_pdf(x: float, factor: float = 1.0) -> float:
    """factor·φ(x), with φ(x) = e^(−x²/2)/√(2π)."""
    return _bell(factor / math.sqrt(2.0 * math.pi), x, 0.5)


def _bell(factor: float, x: float, rate: float) -> float:
    """factor·e^(−rate·x²), right to a few ULP although x² cannot be: what its rounding loses is put in."""
    if not abs(x) < 40.0:
        return nan if x != x else 0.0 * factor
    square, lost = _exact_product(x, x)
    factor -= factor * rate * lost
    if square * rate < 700.0:
        return math.exp(-rate * square) * factor
    # In two halves, because the exponential alone would lose its last digits to underflow.
    half = math.exp(-0.5 * rate * square)
    return half * factor * half


def _exact_sum(x: float, y: float) -> tuple[float, float]:
    """x + y as a double and what it lacks of the exact sum (Knuth 1969), 0 where the sum is not finite."""
    total = x + y
    if not math.isfinite(total):
        return total, 0.0
    y_seen = total - x
    return total, (x - (total - y_seen)) + (y - y_seen)


def _exact_product(x: float, y: float) -> tuple[float, float]:
    """x·y as a double and what it lacks of the exact product (Dekker 1971; x and y far from overflow)."""
    product = x * y
    # Each factor in halves of 26 bits, whose products are exact.
    x_upper = x * 134217729.0 - (x * 134217729.0 - x)
    y_upper = y * 134217729.0 - (y * 134217729.0 - y)
    x_lower, y_lower = x - x_upper, y - y_upper
    return product, ((x_upper * y_upper - product) + x_upper * y_lower + x_lower * y_upper) + x_lower * y_lower


# √½ as a double and what it lacks.
_ROOT_HALF, _ROOT_HALF_ERROR = 0.7071067811865476, -4.833646656726457e-17


def normal_cdf(x: float) -> float:
    """Φ(x), the share of a standard normal distribution below x, = erfc(−x/√2)/2."""
    if not abs(x) < 40.0:
        return step(x)
    z, error = _exact_product(x, _ROOT_HALF)
    error += x * _ROOT_HALF_ERROR
    # erfc at the exact argument z + error, by its derivative at z.
    return 0.5 * (math.erfc(-z) + error * 2.0 / math.sqrt(math.pi) * gauss(z))


def gelu(x: float) -> float:
    """x·Φ(x); −0 at −inf."""
    return normal_pdf(x, -_mills(x)) if x < -37.0 else x * normal_cdf(x)


def gelu_slope(x: float) -> float:
    """The derivative of gelu, Φ(x) + x·φ(x), with its limits at ±inf."""
    if not abs(x) < 40.0:
        return step(x)
    return normal_cdf(x) + normal_pdf(x, x)


def _mills(x: float) -> float:
    """−x·Φ(x)/φ(x) for x below −37, by its asymptotic series."""
    r = 1.0 / (x * x)
    return 1.0 - r * (1.0 - r * (3.0 - r * (15.0 - r * (105.0 - r * (945.0 - r * 10395.0)))))


def gelu_tanh(x: float) -> float:
    """gelu by the tanh formula, x/2·(1 + tanh u) = x·σ(2u) with u = √(2/π)(x + 0.044715x³)."""
    if not abs(x) < 25.0:
        return max(x, -0.0)
    w, small = _gelu_tanh_inner(x)
    return _tail(x + x * small, w) if w < -700.0 else x * _sigmoid_of_sum(w, small)


def gelu_tanh_slope(x: float) -> float:
    """The derivative of gelu_tanh, with its limits at ±inf."""
    if not abs(x) < 25.0:
        return step(x)
    w, small = _gelu_tanh_inner(x)
    # x times the derivative of w = ax + bx³ is 3w − 2ax.
    product, lost = _exact_product(2.0 * _RATE, x)
    growth = 2.0 * w + ((w - product) + (3.0 * small - lost - 2.0 * _RATE_ERROR * x))
    if w < -700.0:
        return _tail((1.0 + small) * (1.0 + growth), w)
    return _sigmoid_of_sum(w, small) * (1.0 + growth * _sigmoid_of_sum(-w, -small))


# 2√(2/π), 0.044715 times that, and what the doubles lack.
_RATE, _RATE_ERROR = 1.5957691216057308, -9.96930880911092e-17
_RATE_CUBED, _RATE_CUBED_ERROR = 0.07135481627260025, -6.175149918155315e-19


def _gelu_tanh_inner(x: float) -> tuple[float, float]:
    """2u = 2√(2/π)(x + 0.044715x³) as a double and what it lacks, which e^2u would make hundreds of ULP."""
    square, square_error = _exact_product(x, x)
    cubic, error = _exact_product(_RATE_CUBED, square)
    error += _RATE_CUBED * square_error + _RATE_CUBED_ERROR * square
    total, lost = _exact_sum(_RATE, cubic)
    error += lost + _RATE_ERROR
    w, lost = _exact_product(x, total)
    return w, lost + x * error


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


def floor_quotient(x: float, y: float) -> float:
    """x / y rounded down, as x % y has it; nan for y = 0 or infinite x."""
    return nan if y == 0.0 or math.isinf(x) else x // y


def defined(x: float) -> float:
    """1 for a number, nan for nan."""
    return nan if x != x else 1.0


def direction(x: float, y: float) -> float:
    """x / √(x² + y²): 0 at the origin, nan where both are infinite."""
    if x != x or y != y:
        return nan
    if x == 0.0 and y == 0.0:
        return 0.0
    if math.isinf(x):
        return nan if math.isinf(y) else math.copysign(1.0, x)
    if math.isinf(y):
        return math.copysign(0.0, x)
    raised, h, _ = _scaled(x, y)
    return math.ldexp(raised / h, -_RAISE)


def inversion(x: float, y: float) -> float:
    """x / (x² + y²): nan at the origin, ±0 at infinity."""
    if x != x or y != y or (x == 0.0 and y == 0.0):
        return nan
    if math.isinf(x) or math.isinf(y):
        return math.copysign(0.0, x)
    raised, h, exponent = _scaled(x, y)
    try:
        return math.ldexp(raised / h / h, -_RAISE - exponent)
    except OverflowError:
        return math.copysign(inf, x)


# What a small x is raised by, as a power of two, so that no quotient of it underflows on the way.
_RAISE = 600


def _scaled(x: float, y: float) -> tuple[float, float, int]:
    """x raised, √(x² + y²), both divided by the power of two that brings the larger number near 1, and its exponent."""
    exponent = math.frexp(max(abs(x), abs(y)))[1]
    return (
        math.ldexp(x, _RAISE - exponent),
        math.hypot(math.ldexp(x, -exponent), math.ldexp(y, -exponent)),
        exponent,
    )


def complement(x: float) -> float:
    """1 − x², without the cancellation near ±1."""
    return (1.0 - x) * (1.0 + x)


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
