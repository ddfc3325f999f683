"""Mathematical functions as straight lines of arithmetic, which run on many samples at once, as no library's call does.

Each is written for numbers and Symbols alike: given floats it answers itself, given Symbols it becomes a program, of
which the native backend makes a function of its own. The series are those of the textbook, with as few terms as leave
an error of a tenth of the last place.
"""

import math
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from autograd import operations as o
from autograd.compiler.kernels import exact_product, exact_sum
from autograd.compiler.program import Primitive, both, copysign, either, equal, floor, less, select


def _two_to(n: float) -> float:
    return math.ldexp(1.0, int(n)) if math.isfinite(n) else math.nan


def _exponent(x: float) -> float:
    return float((bits(x) - bits(_ROOT_HALF)) >> 52)


def _mantissa(x: float) -> float:
    return math.ldexp(x, -int(_exponent(x))) if math.isfinite(x) else x


def bits(x: float) -> int:
    """The 64 bits of a double as a whole number."""
    number: int = struct.unpack("<q", struct.pack("<d", x))[0]
    return number


_ROOT_HALF: Final = math.sqrt(0.5)

#: Added to a small number this leaves no digits behind the point.
ROUNDER: Final = 1.5 * 2.0**52

#: x·y + z; the processor may round once or twice, and the functions here are right either way.
fused: Final = Primitive("fused", lambda x, y, z: x * y + z)

#: 2ⁿ for a whole n from −1022 to 1023; anything for another number, except that nan stays nan once it is multiplied.
two_to: Final = Primitive("two_to", _two_to)

#: x·2ⁿ, given n + ROUNDER, where x and the result are neither subnormal nor beyond the range of a double.
raised: Final = Primitive("raised", lambda x, n: math.ldexp(x, int(n - ROUNDER)))

#: k and m with x = 2ᵏ·m and √½ ≤ m < √2, for a positive x that is not subnormal; anything for another number.
exponent: Final = Primitive("exponent", _exponent)
mantissa: Final = Primitive("mantissa", _mantissa)

#: The platform's cube root, up to 3 ULP off.
near_cube_root: Final = Primitive("near_cube_root", math.cbrt)


@dataclass(frozen=True, slots=True)
class Inline:
    """An operation of the table that the native backend has as straight lines of its own.

    Attributes:
        function: on numbers or Symbols.
        ulps: the largest error in units in the last place, with and without a processor that has ``fused``.
        below: it holds for numbers of a smaller absolute value; None if for all.
        beyond: what answers for the others; the platform's library if None.
    """

    function: Callable[..., Any]
    ulps: float
    below: float | None = None
    beyond: Callable[..., Any] | None = None


# What several functions need ------------------------------------------------------------------------------------------

_hex = float.fromhex

# Constants in two parts: the first ends in so many zeros that its product with a whole number below 2048 is exact.
_LN2_HIGH, _LN2_LOW = _hex("0x1.62e42fefa3800p-1"), _hex("0x1.ef35793c76730p-45")
_LOG10_2_HIGH, _LOG10_2_LOW = _hex("0x1.34413509f7800p-2"), _hex("0x1.fef311f12b358p-46")

# 1/ln 2 and 1/ln 10 as doubles, and what these lack.
_LOG2_E, _LOG2_E_LOW = _hex("0x1.71547652b82fep+0"), _hex("0x1.777d0ffda0d24p-56")
_LOG10_E, _LOG10_E_LOW = _hex("0x1.bcb7b1526e50ep-2"), _hex("0x1.95355baaafad3p-57")


def _nearest(x: Any) -> Any:
    """The whole number nearest to one below 2⁵¹."""
    return (x + ROUNDER) - ROUNDER


def _polynomial(coefficients: Sequence[float], x: Any) -> Any:
    """c₀ + c₁x + c₂x² + …, even and odd powers side by side, so that a processor can work on both at once."""
    square = x * x
    even, odd = (_horner(coefficients[start::2], square) for start in (0, 1))
    return fused(odd, x, even)


def _horner(coefficients: Sequence[float], x: Any) -> Any:
    result: Any = coefficients[-1]
    for coefficient in reversed(coefficients[:-1]):
        result = fused(result, x, coefficient)
    return result


def _economised(series: Sequence[Fraction], bound: float, terms: int) -> list[float]:
    """A polynomial of fewer terms that is as near to a series as can be for |x| up to bound (Lanczos 1938).

    One power after the other is replaced by what is left of it when the Chebyshev polynomial of its degree, which
    swings evenly about 0, is taken away.
    """
    result, width = list(series), Fraction(bound)
    while len(result) > terms:
        top = result.pop()
        for power, share in _chebyshev(len(result)).items():
            if power < len(result):
                result[power] -= top * share * width ** (len(result) - power)
    return [float(coefficient) for coefficient in result]


def _chebyshev(degree: int) -> dict[int, Fraction]:
    """The coefficients of the Chebyshev polynomial of a degree, divided by the highest."""
    before, last = {0: Fraction(1)}, {1: Fraction(1)}
    for k in range(1, degree):
        higher = {power + 1: share for power, share in last.items()}
        for power, share in before.items():
            higher[power] = higher.get(power, Fraction(0)) - share * (Fraction(1, 2) if k == 1 else Fraction(1, 4))
        before, last = last, higher
    return last if degree else before


def _economised_even(series: Sequence[Fraction], bound: float, terms: int) -> list[float]:
    """The same for a series in x², for |x| up to bound."""
    spread = [coefficient for one in series for coefficient in (one, Fraction(0))][:-1]
    return _economised(spread, bound, 2 * terms - 1)[::2]


def _clamped(x: Any, low: float, high: float) -> Any:
    """x held between two bounds; nan stays."""
    return select(less(x, low), low, select(less(high, x), high, x))


# Exponentials ---------------------------------------------------------------------------------------------------------

# (e^r − 1 − r)/r² for |r| up to ln 2 / 2.
_EXPONENTIAL: Final = _economised([Fraction(1, math.factorial(k)) for k in range(2, 18)], 0.3466, 10)


def _scaled(x: Any, n: Any) -> Any:
    """x·2ⁿ, in two steps because 2ⁿ alone may leave the range of a double."""
    half = _nearest(0.5 * n)
    return x * two_to(half) * two_to(n - half)


def _power_of_e(x: Any) -> tuple[Any, Any]:
    """y and n + ROUNDER with e^x = y·2ⁿ."""
    rounded = fused(x, _LOG2_E, ROUNDER)
    n = rounded - ROUNDER
    r = fused(n, -_LN2_LOW, fused(n, -_LN2_HIGH, x))
    return 1.0 + fused(r * r, _polynomial(_EXPONENTIAL, r), r), rounded


# Up to here e^x and e^−x are neither infinite nor subnormal.
_EXP_RANGE: Final = 708.0


def _exp(x: Any) -> Any:
    return raised(*_power_of_e(x))


def _exp_beyond(x: Any) -> Any:
    y, rounded = _power_of_e(_clamped(x, -746.0, 710.0))
    return _scaled(y, rounded - ROUNDER)


def _exp2(x: Any) -> Any:
    x = _clamped(x, -1080.0, 1030.0)
    n = _nearest(x)
    r = (x - n) * math.log(2.0)
    return _scaled(1.0 + fused(r * r, _polynomial(_EXPONENTIAL, r), r), n)


def _expm1(x: Any) -> Any:
    bounded = _clamped(x, -40.0, 710.0)
    n = _nearest(bounded * _LOG2_E)
    high, low = fused(n, -_LN2_HIGH, bounded), n * _LN2_LOW
    r = high - low
    lost = (high - r) - low
    # 2ⁿe^r − 1 = 2ⁿ((1 − 2⁻ⁿ) + r + …), and the first sum is exact with what it loses.
    base = 1.0 - two_to(-select(less(1000.0, n), 1000.0, n))
    total = base + r
    rest = ((base - total) + r) + (lost + r * r * _polynomial(_EXPONENTIAL, r))
    return select(equal(x, 0.0), x, _scaled(total + rest, n))


def _tanh(x: Any) -> Any:
    falling = _expm1(-2.0 * o.abs(x))
    return copysign(o.divide(-falling, 2.0 + falling), x)


# Logarithms -----------------------------------------------------------------------------------------------------------

# (log((1 + s)/(1 − s)) − 2s)/s³ as a polynomial in s², for |s| up to 3 − √8.
_LOGARITHM: Final = _economised_even([Fraction(2, 2 * k + 3) for k in range(14)], 0.1716, 7)


def _bend(f: Any) -> Any:
    """f − log(1 + f) for 1 + f from √½ to √2."""
    s = o.divide(f, 2.0 + f)
    square = s * s
    return s * (f - square * _polynomial(_LOGARITHM, square))


def _split(x: Any) -> tuple[Any, Any]:
    """k and f with x = 2ᵏ(1 + f)."""
    tiny = less(x, 2.0**-1022)
    normal = select(tiny, x * 2.0**54, x)
    return exponent(normal) - select(tiny, 54.0, 0.0), mantissa(normal) - 1.0


def _at_the_ends(x: Any, pole: float, result: Any) -> Any:
    """A logarithm where its argument leaves the positive numbers: −inf at the pole, nan below, inf at inf."""
    inside = select(equal(x, math.inf), math.inf, result)
    return select(less(pole, x), inside, select(equal(x, pole), -math.inf, math.nan))


def _log(x: Any) -> Any:
    k, f = _split(x)
    return _at_the_ends(x, 0.0, fused(k, _LN2_HIGH, f - (_bend(f) - k * _LN2_LOW)))


def _log1p(x: Any) -> Any:
    u = 1.0 + x
    lost = select(less(o.abs(x), 1.0), x - (u - 1.0), 1.0 - (u - x))
    k = exponent(u)
    # What the sum lost is far below its last place once k is large.
    f = (mantissa(u) - 1.0) + lost * two_to(-select(less(1000.0, k), 1000.0, k))
    result = fused(k, _LN2_HIGH, f - (_bend(f) - k * _LN2_LOW))
    return select(equal(x, 0.0), x, _at_the_ends(x, -1.0, result))


def _log_to_base(x: Any, of_two: tuple[float, float], of_e: tuple[float, float]) -> Any:
    """The logarithm to a base of which those of 2 and e are given, in two parts each; whole results are exact."""
    k, f = _split(x)
    product, lost = exact_product(f, of_e[0])
    total, lost_too = exact_sum(k * of_two[0], product)
    small = (f * of_e[1] + k * of_two[1]) - _bend(f) * of_e[0]
    return _at_the_ends(x, 0.0, total + (small + (lost + lost_too)))


def _log2(x: Any) -> Any:
    return _log_to_base(x, (1.0, 0.0), (_LOG2_E, _LOG2_E_LOW))


def _log10(x: Any) -> Any:
    return _log_to_base(x, (_LOG10_2_HIGH, _LOG10_2_LOW), (_LOG10_E, _LOG10_E_LOW))


# Waves ----------------------------------------------------------------------------------------------------------------

#: Quarter turns below this many can be taken off a number without losing what is left.
_TURNS: Final = 2.0**17

# π/2 in three parts; the first two have 36 digits each, so that _TURNS of them are exact.
_QUARTER: Final = (_hex("0x1.921fb54440000p+0"), _hex("0x1.68c234c4c0000p-39"), _hex("0x1.98a2e03707345p-77"))

# (sin r − r)/r³ and (cos r − 1 + r²/2)/r⁴ as polynomials in r², for |r| up to π/4.
_SINE: Final = _economised_even([Fraction((-1) ** k, math.factorial(2 * k + 1)) for k in range(1, 12)], 0.7855, 6)
_COSINE: Final = _economised_even([Fraction((-1) ** k, math.factorial(2 * k)) for k in range(2, 13)], 0.7855, 6)


def _wave(x: Any, shift: float) -> Any:
    """The sine of x + shift quarter turns."""
    n = _nearest(x * (2.0 / math.pi))
    high, step = fused(n, -_QUARTER[0], x), n * _QUARTER[1]
    near = high - step
    lost = ((high - near) - step) - n * _QUARTER[2]
    r = near + lost
    lost = (near - r) + lost
    square = r * r
    sine = r + (fused(square * r, _polynomial(_SINE, square), lost) - 0.5 * square * lost)
    half = 0.5 * square
    whole = 1.0 - half
    cosine = whole + (((1.0 - whole) - half) + fused(square * square, _polynomial(_COSINE, square), -r * lost))
    quarter = (n + shift) - 4.0 * floor(0.25 * (n + shift))
    value = select(equal(o.abs(quarter - 2.0), 1.0), cosine, sine)
    return select(less(1.5, quarter), -value, value)


def _sin(x: Any) -> Any:
    return select(equal(x, 0.0), x, _wave(x, 0.0))


def _cos(x: Any) -> Any:
    return _wave(x, 1.0)


# Roots ----------------------------------------------------------------------------------------------------------------


def _hypot(x: Any, y: Any) -> Any:
    x_size, y_size = o.abs(x), o.abs(y)
    size = select(less(x_size, y_size), y_size, x_size)
    scale = select(less(1e120, size), 2.0**-600, select(less(size, 1e-120), 2.0**600, 1.0))
    back = select(less(1e120, size), 2.0**600, select(less(size, 1e-120), 2.0**-600, 1.0))
    x_square, x_lost = exact_product(x_size * scale, x_size * scale)
    y_square, y_lost = exact_product(y_size * scale, y_size * scale)
    total, lost = exact_sum(x_square, y_square)
    root = o.sqrt(total)
    square, lost_too = exact_product(root, root)
    missing = ((total - square) - lost_too) + (lost + (x_lost + y_lost))
    result = (root + o.divide(missing, 2.0 * root)) * back
    result = select(both(equal(x_size, 0.0), equal(y_size, 0.0)), 0.0, result)
    return select(either(equal(x_size, math.inf), equal(y_size, math.inf)), math.inf, result)


def _cbrt(x: Any) -> Any:
    size = o.abs(x)
    scale = select(less(1e120, size), 2.0**-600, select(less(size, 1e-120), 2.0**600, 1.0))
    back = select(less(1e120, size), 2.0**200, select(less(size, 1e-120), 2.0**-200, 1.0))
    cube_wanted = x * scale
    root = near_cube_root(cube_wanted)
    square, lost = exact_product(root, root)
    cube, lost_too = exact_product(square, root)
    # One step of Newton's.
    missing = (cube_wanted - cube) - (lost_too + lost * root)
    result = (root + o.divide(missing, 3.0 * square)) * back
    return select(less(0.0, size), select(less(size, math.inf), result, x), x)


#: What no library has as the table has it: these serve for a single point as well.
EXACT: Final = {"hypot": Inline(_hypot, 0.51), "cbrt": Inline(_cbrt, 0.51)}

#: What is worked out for many samples at once. All other operations of the table are made of these and of arithmetic,
#: or the platform's library answers, one sample after the other.
INLINE: Final = EXACT | {
    "exp": Inline(_exp, 1.1, _EXP_RANGE, _exp_beyond),
    "exp2": Inline(_exp2, 1.2),
    "expm1": Inline(_expm1, 1.5),
    "log": Inline(_log, 1.0),
    "log1p": Inline(_log1p, 1.0),
    "log2": Inline(_log2, 1.1),
    "log10": Inline(_log10, 1.0),
    "tanh": Inline(_tanh, 3.0),
    "sin": Inline(_sin, 1.0, _TURNS),
    "cos": Inline(_cos, 1.0, _TURNS),
}
