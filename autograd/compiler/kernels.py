"""What an operation is to a compiler: straight lines of a few primitives, a choice where its function branches.

Each kernel gives the number that the table's own function gives, to a few units in the last place, and its inf, nan
and signs of zero. A backend that has an operation of its own uses that; the others are made of these.
"""

import math
from collections.abc import Callable
from typing import Any, Final

from autograd import _ieee
from autograd import operations as o
from autograd.compiler.program import (
    Symbol,
    both,
    copysign,
    either,
    equal,
    floor,
    less,
    select,
)
from autograd.compiler.program import at_most as not_above
from autograd.compiler.program import opposite as no
from autograd.operations import Operation

Kernel = Callable[..., Any]


# Shared pieces --------------------------------------------------------------------------------------------------------


def _is_nan(x: Any) -> Any:
    return no(equal(x, x))


def _positive(x: Any) -> Any:
    return less(0.0, x)


def _is_infinite(x: Any) -> Any:
    return equal(o.abs(x), math.inf)


def _down(x: Any) -> Any:
    """e^−|x|, which never overflows, and 1/(1 + e^−|x|): what the sigmoid and its kin share."""
    z = o.exp(copysign(x, -1.0))
    return z, o.divide(1.0, 1.0 + z)


def exact_sum(x: Any, y: Any) -> tuple[Any, Any]:
    """x + y, and what it lacks of the exact sum; see ``_ieee``."""
    total = x + y
    y_seen = total - x
    lost = (x - (total - y_seen)) + (y - y_seen)
    return total, select(less(o.abs(total), math.inf), lost, 0.0)


def exact_product(x: Any, y: Any) -> tuple[Any, Any]:
    """x·y, and what it lacks of the exact product; see ``_ieee``."""
    return _ieee._exact_product(x, y)


def _sigmoid_of_sum(x: Any, small: Any) -> Any:
    z, r = _down(x)
    lost = z - ((1.0 + z) - 1.0)
    s, rest = select(less(x, 0.0), z * r, r), select(less(x, 0.0), r, z * r)
    return s + s * (small * rest - lost * r)


def _tail(factor: Any, x: Any) -> Any:
    half = o.exp(0.5 * x)
    return select(equal(half, 0.0), -0.0, half * factor * half)


def _bell(factor: Any, x: Any, rate: float) -> Any:
    square, lost = exact_product(x, x)
    corrected = factor - factor * (rate * lost)
    half = o.exp((-0.5 * rate) * square)
    near = select(less(square * rate, 700.0), o.exp(-rate * square) * corrected, half * corrected * half)
    return select(less(o.abs(x), 40.0), near, select(_is_nan(x), math.nan, 0.0 * factor))


# Arithmetic and choices -----------------------------------------------------------------------------------------------


def _truly(condition: Any) -> Any:
    """A number as a condition: whether it is not 0."""
    if not isinstance(condition, Symbol):
        return bool(condition)
    steps = condition.builder.steps
    step = steps[condition.place]
    if condition.asks:
        return condition
    if step.op is select and [steps[place].number for place in step.operands[1:]] == [1.0, 0.0]:
        return Symbol(condition.builder, step.operands[0])
    return no(equal(condition, 0.0))


def _add(x: Any, y: Any) -> Any:
    """The two sides of a ``where`` as one choice, or None for any other sum."""
    if not (isinstance(x, Symbol) and isinstance(y, Symbol)):
        return None
    steps = x.builder.steps
    left, right = steps[x.place], steps[y.place]
    if left.op is not select or right.op is not select or left.operands[0] != right.operands[0]:
        return None
    if _is_minus_zero(steps[left.operands[2]].number) and _is_minus_zero(steps[right.operands[1]].number):
        condition, one, other = (Symbol(x.builder, p) for p in (*left.operands[:2], right.operands[2]))
        return select(condition, one, other)
    return None


def _is_minus_zero(number: float | None) -> bool:
    return number is not None and number == 0.0 and math.copysign(1.0, number) < 0.0


def _remainder(x: Any, y: Any) -> Any:
    rest = o.fmod(x, y)
    other_side = no(equal(less(rest, 0.0), less(y, 0.0)))
    return select(equal(rest, 0.0), copysign(0.0, y), select(other_side, rest + y, rest))


def _floor_quotient(x: Any, y: Any) -> Any:
    rest = o.fmod(x, y)
    whole = o.divide(x - rest, y)
    other_side = both(no(equal(rest, 0.0)), no(equal(less(rest, 0.0), less(y, 0.0))))
    whole = select(other_side, whole - 1.0, whole)
    low = floor(whole)
    rounded = select(less(0.5, whole - low), low + 1.0, low)
    return select(equal(whole, 0.0), copysign(0.0, o.divide(x, y)), rounded)


def _sign(x: Any) -> Any:
    return select(_positive(x), 1.0, select(less(x, 0.0), -1.0, x))


def _maximum(x: Any, y: Any) -> Any:
    larger = select(not_above(y, x), x, y)
    zeros = both(equal(x, 0.0), equal(y, 0.0))
    return select(_is_nan(x), x, select(zeros, x + y, larger))


def _minimum(x: Any, y: Any) -> Any:
    smaller = select(not_above(x, y), x, y)
    zeros = both(equal(x, 0.0), equal(y, 0.0))
    return select(_is_nan(x), x, select(zeros, -(-x + -y), smaller))


def _fmax(x: Any, y: Any) -> Any:
    return select(_is_nan(x), y, select(_is_nan(y), x, _maximum(x, y)))


def _fmin(x: Any, y: Any) -> Any:
    return select(_is_nan(x), y, select(_is_nan(y), x, _minimum(x, y)))


def _prefer(x: Any, y: Any) -> Any:
    tie = select(equal(x, y), 0.5, math.nan)
    return select(less(y, x), 1.0, select(less(x, y), 0.0, tie))


def _fprefer(x: Any, y: Any) -> Any:
    without_x = select(_is_nan(y), math.nan, 0.0)
    return select(_is_nan(x), without_x, select(_is_nan(y), 1.0, _prefer(x, y)))


def _reach(x: Any, low: Any) -> Any:
    return select(not_above(low, x), 1.0, select(less(x, low), 0.0, math.nan))


def _step(x: Any) -> Any:
    return select(_positive(x), 1.0, select(not_above(x, 0.0), 0.0, x))


# Activations and their like -------------------------------------------------------------------------------------------


def _sigmoid(x: Any) -> Any:
    z, r = _down(x)
    return select(less(x, 0.0), z * r, r)


def _sigmoid_slope(x: Any) -> Any:
    z, r = _down(x)
    return z * r * r


def _softplus(x: Any) -> Any:
    return select(_positive(x), x, 0.0) + o.log1p(_down(x)[0])


def _logaddexp(x: Any, y: Any) -> Any:
    high, low = _maximum(x, y), _minimum(x, y)
    difference, lost = exact_sum(low, -high)
    excess = o.log1p(o.exp(difference)) + _sigmoid(difference) * lost
    return select(equal(low, high), high + math.log(2.0), high + excess)


def _share(x: Any, y: Any) -> Any:
    return _sigmoid_of_sum(*exact_sum(x, -y))


def _silu(x: Any) -> Any:
    return select(less(x, -700.0), _tail(x, x), x * _sigmoid(x))


def _silu_slope(x: Any) -> Any:
    z, r = _down(x)
    s, rest = select(less(x, 0.0), z * r, r), select(less(x, 0.0), r, z * r)
    near = select(equal(x, math.inf), 1.0, s * (1.0 + x * rest))
    return select(less(x, -700.0), _tail(1.0 + x, x), near)


def _normal_pdf(x: Any, factor: Any = 1.0) -> Any:
    return _bell(factor * (1.0 / math.sqrt(2.0 * math.pi)), x, 0.5)


def _normal_cdf(x: Any) -> Any:
    z, error = exact_product(x, _ieee._ROOT_HALF)
    error = error + x * _ieee._ROOT_HALF_ERROR
    near = 0.5 * (o.erfc(-z) + error * (2.0 / math.sqrt(math.pi)) * o.gauss(z))
    return select(less(o.abs(x), 40.0), near, _step(x))


def _gelu(x: Any) -> Any:
    far = _normal_pdf(x, -_ieee._mills(x))
    return select(less(x, -37.0), far, x * _normal_cdf(x))


def _gelu_slope(x: Any) -> Any:
    return select(less(o.abs(x), 40.0), _normal_cdf(x) + _normal_pdf(x, x), _step(x))


def _gelu_tanh(x: Any) -> Any:
    w, small = _gelu_tanh_inner(x)
    near = select(less(w, -700.0), _tail(x + x * small, w), x * _sigmoid_of_sum(w, small))
    return select(less(o.abs(x), 25.0), near, select(less(x, 0.0), -0.0, x))


def _gelu_tanh_slope(x: Any) -> Any:
    w, small = _gelu_tanh_inner(x)
    product, lost = exact_product(2.0 * _ieee._RATE, x)
    growth = 2.0 * w + ((w - product) + (3.0 * small - lost - 2.0 * _ieee._RATE_ERROR * x))
    far = _tail((1.0 + small) * (1.0 + growth), w)
    near = select(less(w, -700.0), far, _sigmoid_of_sum(w, small) * (1.0 + growth * _sigmoid_of_sum(-w, -small)))
    return select(less(o.abs(x), 25.0), near, _step(x))


def _gelu_tanh_inner(x: Any) -> tuple[Any, Any]:
    square, square_error = exact_product(x, x)
    cubic, error = exact_product(_ieee._RATE_CUBED, square)
    error = error + (_ieee._RATE_CUBED * square_error + _ieee._RATE_CUBED_ERROR * square)
    total, lost = exact_sum(_ieee._RATE, cubic)
    error = error + (lost + _ieee._RATE_ERROR)
    w, lost = exact_product(x, total)
    return w, lost + x * error


# Powers and quotients of squares --------------------------------------------------------------------------------------


def _power(x: Any, y: Any) -> Any:
    """A product where the exponent is a small whole constant; else None, for the primitive."""
    if isinstance(y, Symbol) or y not in (-1.0, 0.0, 1.0, 2.0, 3.0, 4.0):
        return None
    square = x * x
    return {-1.0: o.divide(1.0, x), 0.0: 1.0, 1.0: x, 2.0: square, 3.0: square * x, 4.0: square * square}[y]


def _power_slope(x: Any, y: Any) -> Any:
    if not isinstance(y, Symbol) and y in (1.0, 2.0, 3.0, 4.0):
        return y * o.power(x, y - 1.0)
    return _power_times(y, x, y, 1.0)


def _power_curve(x: Any, y: Any) -> Any:
    return _power_times(y * (y - 1.0), x, y, 2.0)


def _power_mixed(x: Any, y: Any) -> Any:
    return _power_times(select(equal(y, 0.0), 1.0, 1.0 + y * o.log(x)), x, y, 1.0)


def _power_times(factor: Any, x: Any, y: Any, order: float) -> Any:
    exponent, lost = exact_sum(y, -order)
    # Where the sum is not exact y is even; the exact exponent goes with the order.
    out = o.power(x, exponent)
    out = select(both(no(equal(lost, 0.0)), less(x, 0.0)), o.abs(out) * (-1.0) ** order, out)
    half = o.power(o.abs(x), 0.5 * exponent)
    factor_of_rest = select(equal(lost, 0.0), factor, factor * (1.0 + lost * o.log(o.abs(x))))
    near = factor_of_rest * out
    halves = half * factor_of_rest * copysign(half, out)
    size = o.abs(out)
    is_safe = both(less(_ieee._SAFE_LOW, size), less(size, _ieee._SAFE_HIGH))
    whole_halves = both(less(0.0, half), less(half, math.inf))
    result = select(is_safe, near, select(both(whole_halves, equal(out, out)), halves, factor * out))
    result = select(both(equal(out, 0.0), _is_infinite(factor)), 0.0, result)
    return select(equal(factor, 0.0), 0.0, result)


def _power_log(x: Any, y: Any) -> Any:
    out, log = o.power(x, y), o.log(x)
    half = o.power(x, 0.5 * y)
    is_safe = both(less(_ieee._SAFE_LOW, out), less(out, _ieee._SAFE_HIGH))
    result = select(is_safe, out * log, half * log * half)
    result = select(both(equal(out, 0.0), equal(x, math.inf)), 0.0, result)
    at_origin = select(not_above(0.0, y), 0.0, math.nan)
    return select(equal(x, 0.0), at_origin, result)


def _scaled(x: Any, y: Any) -> tuple[Any, Any, Any]:
    """x and √(x² + y²), both times the power of two that keeps the squares in range, and that power."""
    size = select(less(o.abs(x), o.abs(y)), o.abs(y), o.abs(x))
    scale = select(less(1e150, size), 2.0**-300, select(less(size, 1e-150), 2.0**600, 1.0))
    return x * scale, o.hypot(x * scale, y * scale), scale


def _direction(x: Any, y: Any) -> Any:
    raised, h, _ = _scaled(x, y)
    infinite_x, infinite_y = _is_infinite(x), _is_infinite(y)
    result = select(infinite_y, copysign(0.0, x), o.divide(raised, h))
    result = select(infinite_x, select(infinite_y, math.nan, copysign(1.0, x)), result)
    result = select(both(equal(x, 0.0), equal(y, 0.0)), 0.0, result)
    return select(either(_is_nan(x), _is_nan(y)), math.nan, result)


def _inversion(x: Any, y: Any) -> Any:
    raised, h, scale = _scaled(x, y)
    result = o.divide(o.divide(raised, h), h) * scale
    result = select(either(_is_infinite(x), _is_infinite(y)), copysign(0.0, x), result)
    undefined = either(either(_is_nan(x), _is_nan(y)), both(equal(x, 0.0), equal(y, 0.0)))
    return select(undefined, math.nan, result)


#: For each operation that can be made of others how it is; None from a kernel keeps the operation as it is.
KERNELS: Final[dict[Operation, Kernel]] = {
    o.add: _add,
    o.positive: lambda x: x,
    o.remainder: _remainder,
    o.power: _power,
    o.sign: _sign,
    o.logaddexp: _logaddexp,
    o.sigmoid: _sigmoid,
    o.log_sigmoid: lambda x: -_softplus(-x),
    o.softplus: _softplus,
    o.relu: lambda x: select(not_above(x, 0.0), 0.0, x),
    o.leaky_relu: lambda x: select(_positive(x), x, 0.01 * x),
    o.elu: lambda x: select(_positive(x), x, o.expm1(x)),
    o.silu: _silu,
    o.gelu: _gelu,
    o.gelu_tanh: _gelu_tanh,
    o.maximum: _maximum,
    o.minimum: _minimum,
    o.fmax: _fmax,
    o.fmin: _fmin,
    o.at_least: lambda x, low: select(either(less(x, low), _is_nan(low)), low, x),
    o.at_most: lambda x, high: select(either(less(high, x), _is_nan(high)), high, x),
    o.if_true: lambda condition, x: select(_truly(condition), x, -0.0),
    o.if_false: lambda condition, x: select(_truly(condition), -0.0, x),
    o.step: _step,
    o.truth: lambda condition: select(_truly(condition), 1.0, 0.0),
    o.defined: lambda x: select(equal(x, x), 1.0, math.nan),
    o.nonnegative: lambda x: select(not_above(0.0, x), o.abs(x), math.nan),
    o.prefer: _prefer,
    o.fprefer: _fprefer,
    o.reach: _reach,
    o.gate: lambda slope, upstream: select(equal(slope, 0.0), 0.0, slope * upstream),
    o.floor_quotient: _floor_quotient,
    o.complement: lambda x: (1.0 - x) * (1.0 + x),
    o.share: _share,
    o.sigmoid_slope: _sigmoid_slope,
    o.direction: _direction,
    o.inversion: _inversion,
    o.power_slope: _power_slope,
    o.power_curve: _power_curve,
    o.power_mixed: _power_mixed,
    o.power_log: _power_log,
    o.gauss: lambda x: _bell(1.0, x, 1.0),
    o.normal_pdf: _normal_pdf,
    o.silu_slope: _silu_slope,
    o.gelu_slope: _gelu_slope,
    o.gelu_tanh_slope: _gelu_tanh_slope,
}
