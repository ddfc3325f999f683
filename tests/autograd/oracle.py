"""What every operation of the table is in high precision, with its derivatives, and how far a double is from that.

Written from the textbook and independently of the table. The tests hold the table against it at points that
Hypothesis thinks of; benchmarks/accuracy.py measures the largest error over a sample of the whole range.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from mpmath import mp

from autograd import Operation, Value, gradient

mp.dps = 60

Rule = Callable[..., Any]
Domain = Callable[..., bool]


@dataclass(frozen=True, slots=True)
class Exact:
    """An operation in high precision.

    Attributes:
        value: the operation.
        first: its derivatives by each operand, "x" and "y".
        second: its second derivatives: "xx", and with a second operand "xy" and "yy" too.
        domain: whether the value and the first derivatives exist at a point, given as doubles.
        second_domain: whether, besides, a second derivative is held to a bound there.
        order: which derivative the operation serves as; 0 for those that users mean.
        scales: by a quantity's name, what its error is counted against, where the quantity itself passes through 0:
            the sum of its terms without their signs.
    """

    value: Rule
    first: tuple[Rule, ...]
    second: tuple[Rule, ...]
    domain: Domain = lambda *operands: True
    second_domain: Domain = lambda *operands: True
    order: int = 0
    scales: dict[str, Rule] = field(default_factory=dict)


# Measuring -----------------------------------------------------------------------------------------------------------

#: The largest errors allowed, in units in the last place: of values, of first, second, third, fourth derivatives.
BOUNDS = (3.0, 4.0, 10.0, 20.0, 20.0)

#: Where more is allowed, and why.
EXCEPTIONS = {
    ("erfc", "value"): (4.0, "it is the C library's, which is 3.4 off near 1.2"),
    ("gelu", "value"): (4.0, "it is x·erfc(−x/√2)/2, two roundings on top of the C library's erfc"),
}

#: What smaller numbers are counted as, order by order: the factors of theirs have lost digits by underflow.
SMALLEST = tuple(map(mp.mpf, ("0", "0", "1e-300", "1e-250", "1e-250")))

TOP = math.nextafter(math.inf, 0.0)
BEYOND = mp.mpf(2) ** 1024


def ulps(result: float, exact: Any, scale: Any = 0) -> float:
    """How far a double is from an exact number, in units in the last place of that number, or of a larger scale.

    Beyond the largest double the count goes on as if the exponents did, so that inf is right from where the exact
    number rounds to it.
    """
    if math.isnan(result):
        return math.inf
    size = max(min(abs(exact), mp.mpf(TOP)), scale, mp.mpf(2) ** -1022)
    unit = mp.ldexp(1, int(mp.frexp(size)[1]) - 53)
    reached = math.copysign(1, result) * BEYOND if math.isinf(result) else result
    return float(abs(max(-BEYOND, min(BEYOND, exact)) - reached) / unit)


def order(op: Operation, quantity: str) -> int:
    """Which derivative "value", "x" or "xy" of op is."""
    return ORACLE[op.name].order + (0 if quantity == "value" else len(quantity))


def bound(op: Operation, quantity: str) -> float:
    """The largest error allowed, in units in the last place."""
    exception = EXCEPTIONS.get((op.name, quantity))
    return exception[0] if exception else BOUNDS[order(op, quantity)]


def errors(op: Operation, numbers: tuple[float, ...]) -> Iterator[tuple[str, float]]:
    """How far every quantity of op is off at a point, in units in the last place: what is held to a bound there."""
    exact = ORACLE[op.name]
    if not exact.domain(*numbers):
        return
    rules = dict(zip(("value", "x", "y"), (exact.value, *exact.first), strict=False))
    rules |= zip(("xx", "xy", "yy"), exact.second, strict=False)
    point = [mp.mpf(number) for number in numbers]
    for quantity, got in quantities(op, numbers):
        derivative = order(op, quantity)
        if (derivative == 2 and not exact.second_domain(*numbers)) or (derivative > 2 and not moderate(*numbers)):
            continue
        scale = exact.scales[quantity](*point) if quantity in exact.scales else 0
        yield quantity, ulps(got, rules[quantity](*point), max(scale, SMALLEST[derivative]))


def quantities(op: Operation, numbers: tuple[float, ...]) -> Iterator[tuple[str, float]]:
    """What the table says of op at a point: its value, its slopes, and its second derivatives where these are finite.

    The two mixed derivatives go by the same name.
    """
    operands = list(map(Value, numbers))
    out = op(*operands)
    # No slope is where nothing flows.
    slopes = [slope or 0.0 for slope in out.slopes]
    yield "value", out.data
    yield from zip("xy", slopes, strict=False)
    if all(map(math.isfinite, (out.data, *slopes))):
        for i, first in zip("xy", gradient(out, operands), strict=False):
            for j, second in zip("xy", gradient(first, operands), strict=False):
                yield "".join(sorted(i + j)), second.data


# Building blocks -----------------------------------------------------------------------------------------------------


def zero(*operands: Any) -> Any:
    return mp.mpf(0)


def one(*operands: Any) -> Any:
    return mp.mpf(1)


def minus_one(*operands: Any) -> Any:
    return mp.mpf(-1)


def step(x: Any) -> Any:
    return mp.mpf(1 if x > 0 else 0)


def flat(value: Rule, operands: int, domain: Domain = lambda *operands: True) -> Exact:
    """An operation without slope, which serves as a derivative."""
    return Exact(value, (zero,) * operands, (zero,) * (2 * operands - 1), domain, order=1)


def choice(value: Rule, takes_x: Rule) -> Exact:
    """An operation that hands on one of its two operands; takes_x is 1, 1/2 at a tie, or 0."""
    return Exact(value, (takes_x, lambda x, y: 1 - takes_x(x, y)), (zero, zero, zero))


def larger(x: Any, y: Any) -> Any:
    return mp.mpf((x > y) + (x >= y)) / 2


def positive(x: float) -> bool:
    return x > 0.0


def inside(x: float) -> bool:
    return abs(x) < 1.0


def not_zero(x: float) -> bool:
    return x != 0.0


def divisor_not_zero(x: float, y: float) -> bool:
    return y != 0.0


def moderate(*numbers: float) -> bool:
    """Far enough from the ends of the range for third and fourth derivatives."""
    return all(1e-9 < abs(number) < 1e9 for number in numbers)


# Exactly, for what cancels --------------------------------------------------------------------------------------------


def from_fraction(x: Fraction) -> Any:
    with mp.workprec(2300):
        return mp.mpf(x.numerator) / x.denominator


def total(x: Any, y: Any) -> Any:
    return from_fraction(Fraction(float(x)) + Fraction(float(y)))


def quotient_down(x: Any, y: Any) -> Fraction:
    return Fraction(Fraction(float(x)) // Fraction(float(y)))


def quotient_cut(x: Any, y: Any) -> Fraction:
    return Fraction(math.trunc(Fraction(float(x)) / Fraction(float(y))))


def remainder_by(quotient: Callable[[Any, Any], Fraction]) -> Exact:
    return Exact(
        lambda x, y: from_fraction(Fraction(float(x)) - quotient(x, y) * Fraction(float(y))),
        (one, lambda x, y: from_fraction(-quotient(x, y))),
        (zero, zero, zero),
        divisor_not_zero,
    )


# Families of functions ------------------------------------------------------------------------------------------------


def radius(x: Any, y: Any) -> Any:
    return mp.sqrt(x * x + y * y)


def not_origin(x: float, y: float) -> bool:
    return x != 0.0 or y != 0.0


def comparable(x: float, y: float) -> bool:
    """Whether the operands are far from the smallest doubles, and their quotient too."""
    small, large = sorted((abs(x), abs(y)))
    return large > 1e-150 and (small == 0.0 or small > 1e-290 * large)


def sigmoid(x: Any, order: int = 0) -> Any:
    """σ or one of its first three derivatives."""
    slope = 1 / (2 + 2 * mp.cosh(x))
    tilt = -mp.tanh(x / 2)
    return (1 / (1 + mp.exp(-x)), slope, slope * tilt, slope * (tilt * tilt - 2 * slope))[order]


def erf(x: Any) -> Any:
    return mp.erf(x) if abs(x) < 100 else mp.sign(x)


def erfc(x: Any) -> Any:
    # mpmath's own gives up far out, where e^(−x²) is as good a number below every double.
    return mp.erfc(x) if abs(x) < 100 else mp.exp(-x * x) if x > 0 else mp.mpf(2)


def normal_cdf(x: Any) -> Any:
    return erfc(-x / mp.sqrt(2)) / 2


def normal_pdf(x: Any) -> Any:
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def gauss(x: Any) -> Any:
    return mp.exp(-x * x)


def gelu_tanh(x: Any, order: int, plus: bool = False) -> Any:
    """x/2·(1 + tanh(w/2)) = x·σ(w) or one of its first three derivatives; plus makes all its terms positive."""
    rate, cube = 2 * mp.sqrt(2 / mp.pi), mp.mpf(44715) / 10**6
    w = (rate * (x + cube * x**3), rate * (1 + 3 * cube * x * x), rate * 6 * cube * x, rate * 6 * cube)
    s = tuple(sigmoid(w[0], k) for k in range(4))
    # The slopes go with the error of w, which e^w makes |w| times larger.
    sign, factor = (abs, 1 + abs(w[0]) if order > 1 else 1) if plus else (lambda term: term, 1)
    inner = (
        s[0],
        s[1] * w[1],
        sign(s[2] * w[1] ** 2) + sign(s[1] * w[2]),
        sign(s[3] * w[1] ** 3) + sign(3 * s[2] * w[1] * w[2]) + sign(s[1] * w[3]),
    )
    return factor * (sign(x * inner[order]) + (sign(order * inner[order - 1]) if order else 0))


def power(i: int, j: int, plus: bool = False) -> Rule:
    """∂ⁱ⁺ʲ(x ** y)/∂xⁱ∂yʲ for x > 0; plus makes all its terms positive, for a scale.

    x ** y differentiated i times by x is y(y−1)...(y−i+1)·x^(y−i); Leibniz gives the rest.
    """
    factors = [[1]]
    for k in range(i):
        last = [0, *factors[-1]]
        factors.append([shifted - k * same for shifted, same in zip(last, [*factors[-1], 0], strict=True)])
    polynomials = [factors[-1]]
    for _ in range(j):
        polynomials.append([n * c for n, c in enumerate(polynomials[-1])][1:] or [0])

    def rule(x: Any, y: Any) -> Any:
        log = mp.log(x)
        terms = [
            math.comb(j, k) * sum(c * y**n for n, c in enumerate(polynomial)) * log ** (j - k)
            for k, polynomial in enumerate(polynomials)
        ]
        return sum(map(abs, terms) if plus else terms) * mp.exp((y - i) * log)

    return rule


def power_fits(x: float, y: float) -> bool:
    """Whether x⁻¹, half of the power in a second derivative, is a double."""
    return x > 1e-300


def power_derivative(i: int, j: int) -> Exact:
    """The derivative of x ** y that a helper gives, with the ones that follow from it."""

    def unsure(rule: Rule) -> Rule:
        # The rules of the helpers round y − 1, which the power makes (1 + |y|)·|ln x| times larger.
        return lambda x, y: (1 + (1 + abs(y)) * abs(mp.log(x))) * rule(x, y)

    scales = {"value": power(i, j, plus=True)}
    scales |= {"x" * m + "y" * n: unsure(power(i + m, j + n, plus=True)) for m in range(3) for n in range(3) if m + n}
    return Exact(
        power(i, j),
        (power(i + 1, j), power(i, j + 1)),
        (power(i + 2, j), power(i + 1, j + 1), power(i, j + 2)),
        lambda x, y: x > 0.0,
        power_fits,
        order=i + j,
        scales=scales,
    )


root_pi = mp.sqrt(mp.pi)

# The operations, in the order of the table ----------------------------------------------------------------------------

ORACLE: dict[str, Exact] = {
    "add": Exact(total, (one, one), (zero, zero, zero)),
    "subtract": Exact(lambda x, y: total(x, -y), (one, minus_one), (zero, zero, zero)),
    "multiply": Exact(lambda x, y: x * y, (lambda x, y: y, lambda x, y: x), (zero, one, zero)),
    "divide": Exact(
        lambda x, y: x / y,
        (lambda x, y: 1 / y, lambda x, y: -x / y**2),
        (zero, lambda x, y: -1 / y**2, lambda x, y: 2 * x / y**3),
        divisor_not_zero,
        # A quotient below the normal numbers has lost digits.
        scales={"y": lambda x, y: mp.mpf(2) ** -1022 / abs(y)},
    ),
    "remainder": remainder_by(quotient_down),
    "fmod": remainder_by(quotient_cut),
    "power": Exact(
        power(0, 0),
        (power(1, 0), power(0, 1)),
        (power(2, 0), power(1, 1), power(0, 2)),
        lambda x, y: x > 0.0,
        power_fits,
        scales={"xy": power(1, 1, plus=True)},
    ),
    "negative": Exact(lambda x: -x, (minus_one,), (zero,)),
    "positive": Exact(lambda x: x, (one,), (zero,)),
    "abs": Exact(abs, (mp.sign,), (zero,)),
    "sign": Exact(mp.sign, (zero,), (zero,)),
    "hypot": Exact(
        radius,
        (lambda x, y: x / radius(x, y), lambda x, y: y / radius(x, y)),
        (
            lambda x, y: y * y / radius(x, y) ** 3,
            lambda x, y: -x * y / radius(x, y) ** 3,
            lambda x, y: x * x / radius(x, y) ** 3,
        ),
        not_origin,
        comparable,
    ),
    "exp": Exact(mp.exp, (mp.exp,), (mp.exp,)),
    "exp2": Exact(
        lambda x: mp.exp(x * mp.ln2),
        (lambda x: mp.exp(x * mp.ln2) * mp.ln2,),
        (lambda x: mp.exp(x * mp.ln2) * mp.ln2**2,),
    ),
    "expm1": Exact(mp.expm1, (mp.exp,), (mp.exp,)),
    "log": Exact(mp.log, (lambda x: 1 / x,), (lambda x: -1 / x**2,), positive),
    "log2": Exact(
        lambda x: mp.log(x) / mp.ln2, (lambda x: 1 / (x * mp.ln2),), (lambda x: -1 / (x**2 * mp.ln2),), positive
    ),
    "log10": Exact(
        lambda x: mp.log(x) / mp.ln10, (lambda x: 1 / (x * mp.ln10),), (lambda x: -1 / (x**2 * mp.ln10),), positive
    ),
    "log1p": Exact(mp.log1p, (lambda x: 1 / (1 + x),), (lambda x: -1 / (1 + x) ** 2,), lambda x: x > -1.0),
    "logaddexp": Exact(
        lambda x, y: max(x, y) + mp.log1p(mp.exp(-abs(x - y))),
        (lambda x, y: sigmoid(x - y), lambda x, y: sigmoid(y - x)),
        (lambda x, y: sigmoid(x - y, 1), lambda x, y: -sigmoid(x - y, 1), lambda x, y: sigmoid(x - y, 1)),
    ),
    "sqrt": Exact(mp.sqrt, (lambda x: 1 / (2 * mp.sqrt(x)),), (lambda x: -1 / (4 * mp.sqrt(x) ** 3),), positive),
    "cbrt": Exact(
        lambda x: mp.sign(x) * mp.cbrt(abs(x)),
        (lambda x: 1 / (3 * mp.cbrt(abs(x)) ** 2),),
        (lambda x: -2 / (9 * x * mp.cbrt(abs(x)) ** 2),),
        not_zero,
    ),
    "sin": Exact(mp.sin, (mp.cos,), (lambda x: -mp.sin(x),)),
    "cos": Exact(mp.cos, (lambda x: -mp.sin(x),), (lambda x: -mp.cos(x),)),
    "tan": Exact(mp.tan, (lambda x: 1 + mp.tan(x) ** 2,), (lambda x: 2 * mp.tan(x) * (1 + mp.tan(x) ** 2),)),
    "asin": Exact(mp.asin, (lambda x: 1 / mp.sqrt(1 - x * x),), (lambda x: x / mp.sqrt(1 - x * x) ** 3,), inside),
    "acos": Exact(mp.acos, (lambda x: -1 / mp.sqrt(1 - x * x),), (lambda x: -x / mp.sqrt(1 - x * x) ** 3,), inside),
    "atan": Exact(mp.atan, (lambda x: 1 / (1 + x * x),), (lambda x: -2 * x / (1 + x * x) ** 2,)),
    "atan2": Exact(
        mp.atan2,
        (lambda y, x: x / (x * x + y * y), lambda y, x: -y / (x * x + y * y)),
        (
            lambda y, x: -2 * x * y / (x * x + y * y) ** 2,
            lambda y, x: (y - x) * (y + x) / (x * x + y * y) ** 2,
            lambda y, x: 2 * x * y / (x * x + y * y) ** 2,
        ),
        # mpmath has no −0, which tells one side of the cut from the other.
        lambda y, x: y != 0.0 or x > 0.0,
        comparable,
    ),
    "sinh": Exact(mp.sinh, (mp.cosh,), (mp.sinh,)),
    "cosh": Exact(mp.cosh, (mp.sinh,), (mp.cosh,)),
    "tanh": Exact(mp.tanh, (lambda x: mp.sech(x) ** 2,), (lambda x: -2 * mp.tanh(x) * mp.sech(x) ** 2,)),
    "asinh": Exact(
        lambda x: mp.sign(x) * mp.asinh(abs(x)),
        (lambda x: 1 / mp.sqrt(1 + x * x),),
        (lambda x: -x / mp.sqrt(1 + x * x) ** 3,),
    ),
    "acosh": Exact(
        mp.acosh, (lambda x: 1 / mp.sqrt(x * x - 1),), (lambda x: -x / mp.sqrt(x * x - 1) ** 3,), lambda x: x > 1.0
    ),
    "atanh": Exact(
        mp.atanh, (lambda x: 1 / ((1 - x) * (1 + x)),), (lambda x: 2 * x / ((1 - x) * (1 + x)) ** 2,), inside
    ),
    "sigmoid": Exact(sigmoid, (lambda x: sigmoid(x, 1),), (lambda x: sigmoid(x, 2),)),
    "log_sigmoid": Exact(lambda x: -mp.log1p(mp.exp(-x)), (lambda x: sigmoid(-x),), (lambda x: -sigmoid(x, 1),)),
    "softplus": Exact(lambda x: mp.log1p(mp.exp(x)), (sigmoid,), (lambda x: sigmoid(x, 1),)),
    "relu": Exact(lambda x: x * step(x), (step,), (zero,)),
    "leaky_relu": Exact(lambda x: x if x > 0 else x / 100, (lambda x: mp.mpf(1 if x > 0 else 0.01),), (zero,)),
    "elu": Exact(
        lambda x: x if x > 0 else mp.expm1(x),
        (lambda x: one() if x > 0 else mp.exp(x),),
        (lambda x: zero() if x > 0 else mp.exp(x),),
        not_zero,
    ),
    "silu": Exact(
        lambda x: x * sigmoid(x),
        (lambda x: sigmoid(x) + x * sigmoid(x, 1),),
        (lambda x: 2 * sigmoid(x, 1) + x * sigmoid(x, 2),),
        scales={
            "x": lambda x: sigmoid(x) + abs(x) * sigmoid(x, 1),
            "xx": lambda x: 2 * sigmoid(x, 1) + abs(x * sigmoid(x, 2)),
        },
    ),
    "gelu": Exact(
        lambda x: x * normal_cdf(x),
        (lambda x: normal_cdf(x) + x * normal_pdf(x),),
        (lambda x: (2 - x * x) * normal_pdf(x),),
        scales={
            "x": lambda x: normal_cdf(x) + abs(x) * normal_pdf(x),
            "xx": lambda x: (2 + x * x) * normal_pdf(x),
        },
    ),
    "gelu_tanh": Exact(
        lambda x: gelu_tanh(x, 0),
        (lambda x: gelu_tanh(x, 1),),
        (lambda x: gelu_tanh(x, 2),),
        scales={"x": lambda x: gelu_tanh(x, 1, plus=True), "xx": lambda x: gelu_tanh(x, 2, plus=True)},
    ),
    "erf": Exact(erf, (lambda x: 2 / root_pi * gauss(x),), (lambda x: -4 / root_pi * x * gauss(x),)),
    "erfc": Exact(erfc, (lambda x: -2 / root_pi * gauss(x),), (lambda x: 4 / root_pi * x * gauss(x),)),
    "maximum": choice(max, larger),
    "minimum": choice(min, lambda x, y: larger(y, x)),
    "fmax": choice(max, larger),
    "fmin": choice(min, lambda x, y: larger(y, x)),
    "at_least": choice(max, lambda x, low: mp.mpf(1 if x >= low else 0)),
    "at_most": choice(min, lambda x, high: mp.mpf(1 if x <= high else 0)),
    "if_true": Exact(lambda x, y: y if x else zero(), (zero, lambda x, y: mp.mpf(1 if x else 0)), (zero, zero, zero)),
    "if_false": Exact(lambda x, y: zero() if x else y, (zero, lambda x, y: mp.mpf(0 if x else 1)), (zero, zero, zero)),
    # What serves as a derivative of the operations above.
    "step": flat(step, 1),
    "truth": flat(lambda x: mp.mpf(1 if x else 0), 1),
    "defined": flat(one, 1),
    "nonnegative": Exact(lambda x: x, (one,), (zero,), lambda x: x >= 0.0, order=1),
    "prefer": flat(larger, 2),
    "fprefer": flat(larger, 2),
    "reach": flat(lambda x, y: mp.mpf(1 if x >= y else 0), 2),
    "gate": Exact(
        lambda x, y: x * y,
        (lambda x, y: y, lambda x, y: x),
        (zero, one, zero),
        # A 0 lets nothing through.
        lambda x, y: x != 0.0 and y != 0.0,
        order=1,
    ),
    "floor_quotient": flat(lambda x, y: from_fraction(quotient_down(x, y)), 2, divisor_not_zero),
    "complement": Exact(lambda x: 1 - x * x, (lambda x: -2 * x,), (lambda x: mp.mpf(-2),), order=1),
    "share": Exact(
        lambda x, y: sigmoid(x - y),
        (lambda x, y: sigmoid(x - y, 1), lambda x, y: -sigmoid(x - y, 1)),
        (lambda x, y: sigmoid(x - y, 2), lambda x, y: -sigmoid(x - y, 2), lambda x, y: sigmoid(x - y, 2)),
        order=1,
        scales=dict.fromkeys(("xx", "xy", "yy"), lambda x, y: sigmoid(x - y, 1)),
    ),
    "sigmoid_slope": Exact(
        lambda x: sigmoid(x, 1),
        (lambda x: sigmoid(x, 2),),
        (lambda x: sigmoid(x, 3),),
        order=1,
        scales={"xx": lambda x: sigmoid(x, 1)},
    ),
    "direction": Exact(
        lambda x, y: x / radius(x, y),
        (lambda x, y: y * y / radius(x, y) ** 3, lambda x, y: -x * y / radius(x, y) ** 3),
        (
            lambda x, y: -3 * x * y * y / radius(x, y) ** 5,
            lambda x, y: y * (2 * x * x - y * y) / radius(x, y) ** 5,
            lambda x, y: x * (2 * y * y - x * x) / radius(x, y) ** 5,
        ),
        not_origin,
        comparable,
        order=1,
        scales=dict.fromkeys(("xx", "xy", "yy"), lambda x, y: radius(x, y) ** -2),
    ),
    "inversion": Exact(
        lambda x, y: x / (x * x + y * y),
        (lambda x, y: (y - x) * (y + x) / radius(x, y) ** 4, lambda x, y: -2 * x * y / radius(x, y) ** 4),
        (
            lambda x, y: 2 * x * (x * x - 3 * y * y) / radius(x, y) ** 6,
            lambda x, y: 2 * y * (3 * x * x - y * y) / radius(x, y) ** 6,
            lambda x, y: 2 * x * (3 * y * y - x * x) / radius(x, y) ** 6,
        ),
        not_origin,
        comparable,
        order=1,
        scales=dict.fromkeys(("xx", "xy", "yy"), lambda x, y: radius(x, y) ** -3),
    ),
    "power_slope": power_derivative(1, 0),
    "power_curve": power_derivative(2, 0),
    "power_mixed": power_derivative(1, 1),
    "power_log": power_derivative(0, 1),
    "gauss": Exact(
        gauss,
        (lambda x: -2 * x * gauss(x),),
        (lambda x: (4 * x * x - 2) * gauss(x),),
        order=1,
        scales={"xx": lambda x: (4 * x * x + 2) * gauss(x)},
    ),
    "normal_pdf": Exact(
        normal_pdf,
        (lambda x: -x * normal_pdf(x),),
        (lambda x: (x * x - 1) * normal_pdf(x),),
        order=1,
        scales={"xx": lambda x: (x * x + 1) * normal_pdf(x)},
    ),
    "silu_slope": Exact(
        lambda x: sigmoid(x) + x * sigmoid(x, 1),
        (lambda x: 2 * sigmoid(x, 1) + x * sigmoid(x, 2),),
        (lambda x: 3 * sigmoid(x, 2) + x * sigmoid(x, 3),),
        order=1,
        scales={
            "value": lambda x: sigmoid(x) + abs(x) * sigmoid(x, 1),
            "x": lambda x: 2 * sigmoid(x, 1) + abs(x * sigmoid(x, 2)),
            "xx": lambda x: (3 + abs(x)) * sigmoid(x, 1),
        },
    ),
    "gelu_slope": Exact(
        lambda x: normal_cdf(x) + x * normal_pdf(x),
        (lambda x: (2 - x * x) * normal_pdf(x),),
        (lambda x: x * (x * x - 4) * normal_pdf(x),),
        order=1,
        scales={
            "value": lambda x: normal_cdf(x) + abs(x) * normal_pdf(x),
            "x": lambda x: (2 + x * x) * normal_pdf(x),
            "xx": lambda x: abs(x) * (x * x + 4) * normal_pdf(x),
        },
    ),
    "gelu_tanh_slope": Exact(
        lambda x: gelu_tanh(x, 1),
        (lambda x: gelu_tanh(x, 2),),
        (lambda x: gelu_tanh(x, 3),),
        order=1,
        scales={
            "value": lambda x: gelu_tanh(x, 1, plus=True),
            "x": lambda x: gelu_tanh(x, 2, plus=True),
            "xx": lambda x: gelu_tanh(x, 3, plus=True),
        },
    ),
}
