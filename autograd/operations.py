"""The one table: every scalar operation, with its sign, its value and its partial derivatives, defined once.

Everything else in the house reads this table: Values, derivatives of derivatives, traces and pictures. A rule is
written in generic arithmetic, so the same rule answers for floats and for Values; that is why no rule may branch in
Python on an operand (the functions of floats in ``_ieee`` may, and an operation is how a rule reaches them).
"""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from numbers import Real
from typing import Any, Final

from autograd import _ieee

#: A partial derivative: a function of the operands and then the result. A constant partial is a plain number.
Partial = Callable[..., Any] | float

OPERATIONS: Final[dict[str, "Operation"]] = {}


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """One scalar operation, callable on numbers and on Values alike.

    Attributes:
        name: what code calls it; NumPy's name for it, where NumPy has one.
        sign: what a picture or a trace shows.
        value: the operation on floats; it never raises and follows IEEE 754 and NumPy at awkward points.
        partials: the partial derivative for each operand.
        routes: whether a partial of 0 means that nothing flows along that edge, not even an inf or a nan from
            upstream (the side that relu did not take, for one).
    """

    name: str
    sign: str
    value: Callable[..., float]
    partials: tuple[Partial, ...]
    routes: bool = False

    def __post_init__(self) -> None:
        if OPERATIONS.setdefault(self.name, self) is not self:
            raise ValueError(f"operation {self.name!r} is in the table already: choose another name")

    def __call__(self, *operands: Any) -> Any:
        """Apply the operation: a float for numbers, a recorded Value as soon as one operand is a Value.

        Raises:
            TypeError: a wrong number of operands, or an operand that is neither a number nor a Value.
            ValueError: a number that no double holds exactly.
        """
        for operand in operands:
            if operand.__class__ is not float:
                return self._interpret(operands)
        return self.value(*operands)

    def _interpret(self, operands: tuple[Any, ...]) -> Any:
        if len(operands) != len(self.partials):
            raise TypeError(f"{self.name} takes {len(self.partials)} operand(s), {len(operands)} were given")
        for operand in operands:
            # The kind of number decides what applying an operation to it means: a Value records it.
            apply = getattr(operand, "_apply", None)
            if apply is not None:
                return apply(self, operands)
        return self.value(*map(as_float, operands))

    def __repr__(self) -> str:
        return f"<operation {self.name}>"

    def __reduce__(self) -> tuple[Callable[[str], "Operation"], tuple[str]]:
        return operation_named, (self.name,)


def operation_named(name: str) -> Operation:
    """The table's entry of that name.

    Raises:
        ValueError: there is none.
    """
    try:
        return OPERATIONS[name]
    except KeyError:
        raise ValueError(f"no operation is called {name!r}: the table has {', '.join(OPERATIONS)}") from None


def as_float(number: Any) -> float:
    """The double equal to a real number of any numeric type: int, bool, Fraction, Decimal, NumPy's scalars.

    Raises:
        TypeError: it is not a real number.
        ValueError: no double equals it.
    """
    kind = number.__class__
    if kind is float:
        return number  # type: ignore[no-any-return]
    # NumPy's own bool is the one real number it does not register as such.
    if not isinstance(number, Real | Decimal) and kind.__name__ not in ("bool", "bool_"):
        raise TypeError(f"{_shown(number)} is of type {kind.__name__}: a real number is needed, such as 2 or 0.5")
    try:
        result = float(number)
        exact = result == number or number != number
    except (ArithmeticError, ValueError):
        exact = False
    if not exact:
        raise ValueError(f"{_shown(number)} equals no double exactly: round it yourself, with float(...)")
    return result


def _shown(thing: object) -> str:
    text = repr(thing)
    return text if len(text) <= 40 else f"{text[:37]}..."


add: Operation = Operation(
    name="add",
    sign="+",
    value=operator.add,
    partials=(1.0, 1.0),
)

subtract: Operation = Operation(
    name="subtract",
    sign="−",
    value=operator.sub,
    partials=(1.0, -1.0),
)

multiply: Operation = Operation(
    name="multiply",
    sign="×",
    value=operator.mul,
    partials=(lambda x, y, out: y, lambda x, y, out: x),
)

divide: Operation = Operation(
    name="divide",
    sign="÷",
    value=_ieee.divide,
    # −(x/y)/y and not the book's −x/y²: y² leaves the range of a double long before the quotient does.
    partials=(lambda x, y, out: divide(1.0, y), lambda x, y, out: divide(-out, y)),
)

power: Operation = Operation(
    name="power",
    sign="**",
    value=_ieee.power,
    partials=(lambda x, y, out: power_slope(x, y), lambda x, y, out: power_log(x, y)),
)

negative: Operation = Operation(
    name="negative",
    sign="neg",
    value=operator.neg,
    partials=(-1.0,),
)

abs: Operation = Operation(
    name="abs",
    sign="abs",
    value=operator.abs,
    # The sign of x, with +0 at both zeros.
    partials=(lambda x, out: step(x) - step(-x),),
)

exp: Operation = Operation(
    name="exp",
    sign="exp",
    value=_ieee.exp,
    partials=(lambda x, out: out,),
)

log: Operation = Operation(
    name="log",
    sign="log",
    value=_ieee.log,
    # 1/x where the logarithm has a value: +inf at both zeros, nan below.
    partials=(lambda x, out: divide(1.0, nonnegative(x)),),
)

sqrt: Operation = Operation(
    name="sqrt",
    sign="√",
    value=_ieee.sqrt,
    # abs, because the root of −0 is −0 and the slope there is +inf all the same.
    partials=(lambda x, out: divide(0.5, abs(out)),),
)

sin: Operation = Operation(
    name="sin",
    sign="sin",
    value=_ieee.sin,
    partials=(lambda x, out: cos(x),),
)

cos: Operation = Operation(
    name="cos",
    sign="cos",
    value=_ieee.cos,
    partials=(lambda x, out: -sin(x),),
)

tanh: Operation = Operation(
    name="tanh",
    sign="tanh",
    value=_ieee.tanh,
    # 1 − tanh²x = 4σ(2x)σ(−2x), which keeps its digits where tanh x rounds to ±1.
    partials=(lambda x, out: 4.0 * sigmoid(2.0 * x) * sigmoid(-2.0 * x),),
)

sigmoid: Operation = Operation(
    name="sigmoid",
    sign="σ",
    value=_ieee.sigmoid,
    # σ(x)(1 − σ(x)) = σ(x)σ(−x), which keeps its digits where σ(x) rounds to 1.
    partials=(lambda x, out: out * sigmoid(-x),),
)

relu: Operation = Operation(
    name="relu",
    sign="relu",
    value=_ieee.relu,
    partials=(lambda x, out: step(x),),
    routes=True,
)

# The operations below serve as the derivatives of those above.

sign: Operation = Operation(
    name="sign",
    sign="sign",
    value=_ieee.sign,
    # 0, and nan where there is no value.
    partials=(lambda x, out: out - out,),
    routes=True,
)

step: Operation = Operation(
    name="step",
    sign="step",
    value=_ieee.step,
    # 0, and nan where there is no value.
    partials=(lambda x, out: out - out,),
    routes=True,
)

nonnegative: Operation = Operation(
    name="nonnegative",
    sign="nonneg",
    value=_ieee.nonnegative,
    partials=(1.0,),
)

gate: Operation = Operation(
    name="gate",
    sign="gate",
    value=_ieee.gate,
    partials=(lambda slope, upstream, out: upstream, lambda slope, upstream, out: slope),
    routes=True,
)

power_slope: Operation = Operation(
    name="power_slope",
    sign="∂(**)",
    value=_ieee.power_slope,
    partials=(
        # y(y−1)x^(y−2), which is 0 for y = 0 even where the power is infinite.
        lambda x, y, out: gate(y, power_slope(x, y - 1.0)),
        lambda x, y, out: power(x, y - 1.0) + y * power_log(x, y - 1.0),
    ),
)

power_log: Operation = Operation(
    name="power_log",
    sign="**·log",
    value=_ieee.power_log,
    partials=(
        lambda x, y, out: power_slope(x, y) * log(x) + power(x, y - 1.0),
        lambda x, y, out: power_log(x, y) * log(x),
    ),
)
