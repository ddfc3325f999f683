"""The one table: every scalar operation, with its sign, its value and its partial derivatives, defined once.

Everything else in the house reads this table: Values, derivatives of derivatives, traces and pictures. A rule is
written in generic arithmetic, so the same rule answers for floats and for Values; that is why no rule may branch in
Python on an operand (the functions of floats in ``_ieee`` may, and an operation is how a rule reaches them).
"""

import keyword
import math
import operator
import sys
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, Final, overload

from autograd import _ieee
from autograd.text import counted, quoted

if TYPE_CHECKING:
    from autograd.value import Value

#: A partial derivative: a function of the operands and then the result. A constant partial is a plain number.
Partial = Callable[..., Any] | float

OPERATIONS: Final[dict[str, "Operation"]] = {}


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """One scalar operation, callable on numbers and on Values alike.

    Attributes:
        name: what code calls it.
        sign: what a picture or a trace shows.
        formula: the textbook's notation in LaTeX, with {0} and {1} for the operands.
        value: the operation on floats; it never raises and follows IEEE 754 and NumPy at awkward points.
        partials: the partial derivative for each operand.
        partial_formulas: the textbook's notation of each, with {out} for the result; empty where it is left out. The
            partial itself may be worked out in another way, which keeps more digits.
        routes: whether a partial of 0 means that nothing flows along that edge, not even an inf or a nan from
            upstream (the side that relu did not take, for one).
        needs: what the operands must be for a finite result, as the end of a sentence; empty where any will do.
        numpy: NumPy's name for it, or None where NumPy has none.
        helper: whether it only serves the rules of others: it is no method, and no name that users see.

    A name of the table's own is taken for good. A name that was added later may be added again, as happens where a
    cell of a notebook is run twice, and means the new entry from then on.

    Raises:
        ValueError: the name is taken or is not one, there are neither one nor two partials, or not a formula for each.
    """

    name: str
    sign: str
    formula: str
    value: Callable[..., float]
    partials: tuple[Partial, ...]
    partial_formulas: tuple[str, ...] = ()
    routes: bool = False
    needs: str = ""
    numpy: str | None = None
    helper: bool = False

    def __post_init__(self) -> None:
        if not self.name.isidentifier() or keyword.iskeyword(self.name):
            raise ValueError(f"operation {self.name!r}: choose a name that code can use, such as 'softsign'")
        if not isinstance(self.partials, tuple) or len(self.partials) not in (1, 2):
            raise ValueError(
                f"operation {self.name!r} has the partials {quoted(self.partials)}: a tuple of one or two is needed"
            )
        if self.partial_formulas and len(self.partial_formulas) != len(self.partials):
            raise ValueError(
                f"operation {self.name!r} has {counted(len(self.partials), 'partial')} and the formulas "
                f"{quoted(self.partial_formulas)}: a tuple of one for each partial is needed"
            )
        if OPERATIONS.get(self.name) in BUILT_IN:
            raise ValueError(f"operation {self.name!r} is in the table already: choose another name")
        if self.name in TAKEN:
            raise ValueError(f"operation {self.name!r}: numbers have something else of that name, choose another")
        for act in _watchers:
            act(self)
        OPERATIONS[self.name] = self

    @property
    def __name__(self) -> str:
        return self.name

    @overload
    def __call__(self, *operands: float) -> float: ...  # type: ignore[overload-overlap]
    @overload
    def __call__(self, *operands: "Value | float") -> "Value": ...
    @overload
    def __call__(self, *operands: Any) -> Any: ...
    def __call__(self, *operands: Any) -> Any:
        """Apply the operation: a float for numbers, a recorded Value as soon as one operand is a Value.

        Raises:
            TypeError: a wrong number of operands, or an operand that is neither a number nor a Value.
            ValueError: a number that no double holds exactly.
        """
        if len(operands) != len(self.partials):
            needed = counted(len(self.partials), "operand")
            raise TypeError(f"{self.name} of {counted(len(operands), 'operand')}: it takes {needed}")
        for operand in operands:
            if operand.__class__ is not float:
                return self._interpret(operands)
        return self.value(*operands)

    def _interpret(self, operands: tuple[Any, ...]) -> Any:
        if _has_array(operands):
            return elementwise(self, operands)
        return _applied(self, operands, operands)

    def __repr__(self) -> str:
        return f"<operation {self.name}>"

    def __reduce__(self) -> tuple[Callable[[str], "Operation"], tuple[str]]:
        return operation_named, (self.name,)


_watchers: list[Callable[[Operation], None]] = []

#: What the kinds of number have before the table gives them more.
TAKEN: Final[set[str]] = set()

#: The entries of this module.
BUILT_IN: frozenset[Operation] = frozenset()


def for_each_operation(act: Callable[[Operation], None]) -> None:
    """Do something with every entry of the table, those that are still to come included."""
    for op in OPERATIONS.values():
        act(op)
    _watchers.append(act)


def operation_named(name: str) -> Operation:
    """The table's entry of that name.

    Raises:
        ValueError: there is none.
    """
    try:
        return OPERATIONS[name]
    except KeyError:
        raise ValueError(f"no operation is called {name!r}: the table has {', '.join(OPERATIONS)}") from None


def elementwise(function: Callable[..., Any], operands: tuple[Any, ...]) -> Any:
    """Apply a function of scalars to arrays, element by element and broadcast as NumPy does.

    An array of floats where every result is a float, of objects otherwise. As with NumPy's own functions, the result
    is a scalar where no operand has a dimension.
    """
    import numpy

    if not _has_array(operands):
        return function(*operands)
    # NumPy would ask a Value beside the arrays what to do, and so come back here: put it into an array too.
    boxes = [numpy.empty(numpy.shape(operand), dtype=object) for operand in operands]
    for box, operand in zip(boxes, operands, strict=True):
        box[...] = operand
    # The table's functions answer as IEEE does and leave nothing to warn of.
    with numpy.errstate(all="ignore"):
        results = numpy.asarray(numpy.frompyfunc(function, len(boxes), 1)(*boxes), dtype=object)
    if results.ndim == 0:
        return results[()]
    kinds = {type(result) for result in results.flat} or {float}
    return results.astype(kinds.pop()) if kinds in ({float}, {bool}, {numpy.bool_}) else results


def _applied(op: Operation, operands: tuple[Any, ...], among: tuple[Any, ...]) -> Any:
    # The kind of number decides what applying an operation means, the highest among several: a Value records it.
    highest = max(among, key=lambda number: getattr(number, "level", -1))
    if hasattr(highest, "_apply"):
        return highest._apply(op, operands)
    return op.value(*map(as_float, operands))


def _has_array(operands: tuple[Any, ...]) -> bool:
    # Where NumPy has not been imported there are no arrays of its.
    numpy = sys.modules.get("numpy")
    return numpy is not None and any(isinstance(operand, numpy.ndarray) for operand in operands)


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
    if not isinstance(number, Real | Decimal) and (kind.__module__ != "numpy" or "bool" not in kind.__name__):
        raise TypeError(f"{quoted(number)} is of type {kind.__name__}: a real number is needed, such as 2 or 0.5")
    try:
        result = float(number)
        # NumPy compares its whole numbers as doubles, after it has rounded them.
        exact = result == (int(number) if isinstance(number, Integral) else number) or number != number
    except (ArithmeticError, ValueError):
        exact = False
    if not exact:
        raise ValueError(f"{quoted(number)} equals no double exactly: round it to one first")
    return result


# Arithmetic -----------------------------------------------------------------------------------------------------------

add: Operation = Operation(
    name="add",
    sign="+",
    formula=r"{0} + {1}",
    value=operator.add,
    partials=(1.0, 1.0),
    partial_formulas=("1", "1"),
    numpy="add",
)

subtract: Operation = Operation(
    name="subtract",
    sign="−",
    formula=r"{0} - {1}",
    value=operator.sub,
    partials=(1.0, -1.0),
    partial_formulas=("1", "-1"),
    numpy="subtract",
)

multiply: Operation = Operation(
    name="multiply",
    sign="×",
    formula=r"{0} \times {1}",
    value=operator.mul,
    partials=(lambda x, y, out: y, lambda x, y, out: x),
    partial_formulas=("{1}", "{0}"),
    numpy="multiply",
)

divide: Operation = Operation(
    name="divide",
    sign="÷",
    formula=r"\frac{{{0}}}{{{1}}}",
    value=_ieee.divide,
    # −(x/y)/y and not the book's −x/y²: y² leaves the range of a double long before the quotient does.
    partials=(lambda x, y, out: divide(1.0, y), lambda x, y, out: divide(-out, y)),
    partial_formulas=(r"\frac{{1}}{{{1}}}", r"-\frac{{{0}}}{{{1}^2}}"),
    needs="a quotient needs a divisor other than 0",
    numpy="divide",
)

remainder: Operation = Operation(
    name="remainder",
    sign="%",
    formula=r"{0} \bmod {1}",
    value=_ieee.remainder,
    # x − y·⌊x/y⌋; at the jumps the slopes are those of the flat parts.
    partials=(lambda x, y, out: defined(out), lambda x, y, out: -floor_quotient(x, y)),
    partial_formulas=("1", r"-\left\lfloor \frac{{{0}}}{{{1}}} \right\rfloor"),
    needs="a remainder needs a divisor other than 0",
    numpy="remainder",
)

fmod: Operation = Operation(
    name="fmod",
    sign="fmod",
    formula=r"\operatorname{{fmod}}\left({0}, {1}\right)",
    value=_ieee.fmod,
    # As remainder, the quotient rounded towards 0.
    partials=(
        lambda x, y, out: defined(out),
        lambda x, y, out: -sign(x) * sign(y) * floor_quotient(abs(x), abs(y)),
    ),
    partial_formulas=("1", r"-\operatorname{{trunc}}\left(\frac{{{0}}}{{{1}}}\right)"),
    needs="a remainder needs a divisor other than 0",
    numpy="fmod",
)

power: Operation = Operation(
    name="power",
    sign="**",
    formula=r"{{{0}}}^{{{1}}}",
    value=_ieee.power,
    partials=(lambda x, y, out: power_slope(x, y), lambda x, y, out: power_log(x, y)),
    partial_formulas=(r"{1} \cdot {{{0}}}^{{{1} - 1}}", r"{{{0}}}^{{{1}}} \cdot \ln\left({0}\right)"),
    needs="a power of a negative number needs a whole exponent, and a power of 0 one from 0 up",
    numpy="power",
)

negative: Operation = Operation(
    name="negative",
    sign="neg",
    formula=r"-{0}",
    value=operator.neg,
    partials=(-1.0,),
    partial_formulas=("-1",),
    numpy="negative",
)

positive: Operation = Operation(
    name="positive",
    sign="pos",
    formula=r"{0}",
    value=operator.pos,
    partials=(1.0,),
    partial_formulas=("1",),
    numpy="positive",
)

abs: Operation = Operation(
    name="abs",
    sign="abs",
    formula=r"\left|{0}\right|",
    value=operator.abs,
    # The sign of x, with +0 at both zeros.
    partials=(lambda x, out: step(x) - step(-x),),
    partial_formulas=(r"\operatorname{{sign}}\left({0}\right)",),
    numpy="absolute",
)

sign: Operation = Operation(
    name="sign",
    sign="sign",
    formula=r"\operatorname{{sign}}\left({0}\right)",
    value=_ieee.sign,
    # 0, and nan where there is no value.
    partials=(lambda x, out: out - out,),
    partial_formulas=("0",),
    routes=True,
    numpy="sign",
)

hypot: Operation = Operation(
    name="hypot",
    sign="hypot",
    formula=r"\sqrt{{{0}^2 + {1}^2}}",
    value=_ieee.hypot,
    partials=(lambda x, y, out: direction(x, y), lambda x, y, out: direction(y, x)),
    partial_formulas=(r"\frac{{{0}}}{{{out}}}", r"\frac{{{1}}}{{{out}}}"),
    numpy="hypot",
)

# Exponentials and logarithms ------------------------------------------------------------------------------------------

exp: Operation = Operation(
    name="exp",
    sign="exp",
    formula=r"e^{{{0}}}",
    value=_ieee.exp,
    partials=(lambda x, out: out,),
    partial_formulas=("e^{{{0}}}",),
    numpy="exp",
)

exp2: Operation = Operation(
    name="exp2",
    sign="exp2",
    formula=r"2^{{{0}}}",
    value=_ieee.exp2,
    # ln 2 · 2^x in halves, because it may be a double where 2^x alone is not.
    partials=(lambda x, out: math.log(2.0) * exp2(0.5 * x) * exp2(0.5 * x),),
    partial_formulas=(r"2^{{{0}}} \ln 2",),
    numpy="exp2",
)

expm1: Operation = Operation(
    name="expm1",
    sign="expm1",
    formula=r"e^{{{0}}} - 1",
    value=_ieee.expm1,
    partials=(lambda x, out: exp(x),),
    partial_formulas=("e^{{{0}}}",),
    numpy="expm1",
)

log: Operation = Operation(
    name="log",
    sign="log",
    formula=r"\ln\left({0}\right)",
    value=_ieee.log,
    # 1/x where the logarithm has a value: +inf at both zeros, nan below.
    partials=(lambda x, out: divide(1.0, nonnegative(x)),),
    partial_formulas=(r"\frac{{1}}{{{0}}}",),
    needs="the logarithm needs a positive number",
    numpy="log",
)

log2: Operation = Operation(
    name="log2",
    sign="log2",
    formula=r"\log_2\left({0}\right)",
    value=_ieee.log2,
    partials=(lambda x, out: divide(1.0 / math.log(2.0), nonnegative(x)),),
    partial_formulas=(r"\frac{{1}}{{{0} \ln 2}}",),
    needs="the logarithm needs a positive number",
    numpy="log2",
)

log10: Operation = Operation(
    name="log10",
    sign="log10",
    formula=r"\log_{{10}}\left({0}\right)",
    value=_ieee.log10,
    partials=(lambda x, out: divide(1.0 / math.log(10.0), nonnegative(x)),),
    partial_formulas=(r"\frac{{1}}{{{0} \ln 10}}",),
    needs="the logarithm needs a positive number",
    numpy="log10",
)

log1p: Operation = Operation(
    name="log1p",
    sign="log1p",
    formula=r"\ln\left(1 + {0}\right)",
    value=_ieee.log1p,
    partials=(lambda x, out: divide(1.0, nonnegative(1.0 + x)),),
    partial_formulas=(r"\frac{{1}}{{1 + {0}}}",),
    needs="the logarithm of 1 + x needs a number above −1",
    numpy="log1p",
)

logaddexp: Operation = Operation(
    name="logaddexp",
    sign="logaddexp",
    formula=r"\ln\left(e^{{{0}}} + e^{{{1}}}\right)",
    value=_ieee.logaddexp,
    partials=(lambda x, y, out: share(x, y), lambda x, y, out: share(y, x)),
    partial_formulas=(r"\frac{{e^{{{0}}}}}{{e^{{{0}}} + e^{{{1}}}}}", r"\frac{{e^{{{1}}}}}{{e^{{{0}}} + e^{{{1}}}}}"),
    numpy="logaddexp",
)

sqrt: Operation = Operation(
    name="sqrt",
    sign="√",
    formula=r"\sqrt{{{0}}}",
    value=_ieee.sqrt,
    # + 0, because the root of −0 is −0 and the slope there is +inf all the same.
    partials=(lambda x, out: divide(0.5, out + 0.0),),
    partial_formulas=(r"\frac{{1}}{{2 \cdot {out}}}",),
    needs="the square root needs a number from 0 up",
    numpy="sqrt",
)

cbrt: Operation = Operation(
    name="cbrt",
    sign="∛",
    formula=r"\sqrt[3]{{{0}}}",
    value=_ieee.cbrt,
    partials=(lambda x, out: divide(divide(1.0 / 3.0, out), out),),
    partial_formulas=(r"\frac{{1}}{{3 \cdot {out}^2}}",),
    numpy="cbrt",
)

# Trigonometry ---------------------------------------------------------------------------------------------------------

sin: Operation = Operation(
    name="sin",
    sign="sin",
    formula=r"\sin\left({0}\right)",
    value=_ieee.sin,
    partials=(lambda x, out: cos(x),),
    partial_formulas=(r"\cos\left({0}\right)",),
    needs="the sine needs a finite number",
    numpy="sin",
)

cos: Operation = Operation(
    name="cos",
    sign="cos",
    formula=r"\cos\left({0}\right)",
    value=_ieee.cos,
    partials=(lambda x, out: -sin(x),),
    partial_formulas=(r"-\sin\left({0}\right)",),
    needs="the cosine needs a finite number",
    numpy="cos",
)

tan: Operation = Operation(
    name="tan",
    sign="tan",
    formula=r"\tan\left({0}\right)",
    value=_ieee.tan,
    partials=(lambda x, out: 1.0 + out * out,),
    partial_formulas=("1 + {out}^2",),
    needs="the tangent needs a finite number",
    numpy="tan",
)

asin: Operation = Operation(
    name="asin",
    sign="asin",
    formula=r"\arcsin\left({0}\right)",
    value=_ieee.asin,
    partials=(lambda x, out: divide(1.0, sqrt(complement(x))),),
    partial_formulas=(r"\frac{{1}}{{\sqrt{{1 - {0}^2}}}}",),
    needs="the arcsine needs a number from −1 to 1",
    numpy="arcsin",
)

acos: Operation = Operation(
    name="acos",
    sign="acos",
    formula=r"\arccos\left({0}\right)",
    value=_ieee.acos,
    partials=(lambda x, out: divide(-1.0, sqrt(complement(x))),),
    partial_formulas=(r"-\frac{{1}}{{\sqrt{{1 - {0}^2}}}}",),
    needs="the arccosine needs a number from −1 to 1",
    numpy="arccos",
)

atan: Operation = Operation(
    name="atan",
    sign="atan",
    formula=r"\arctan\left({0}\right)",
    value=_ieee.atan,
    # 1/(1 + x²), without forming x².
    partials=(lambda x, out: inversion(1.0, x),),
    partial_formulas=(r"\frac{{1}}{{1 + {0}^2}}",),
    numpy="arctan",
)

atan2: Operation = Operation(
    name="atan2",
    sign="atan2",
    formula=r"\operatorname{{atan2}}\left({0}, {1}\right)",
    value=_ieee.atan2,
    # x/(x² + y²) and −y/(x² + y²), without forming the squares.
    partials=(lambda y, x, out: inversion(x, y), lambda y, x, out: -inversion(y, x)),
    partial_formulas=(r"\frac{{{1}}}{{{0}^2 + {1}^2}}", r"-\frac{{{0}}}{{{0}^2 + {1}^2}}"),
    numpy="arctan2",
)

sinh: Operation = Operation(
    name="sinh",
    sign="sinh",
    formula=r"\sinh\left({0}\right)",
    value=_ieee.sinh,
    partials=(lambda x, out: cosh(x),),
    partial_formulas=(r"\cosh\left({0}\right)",),
    numpy="sinh",
)

cosh: Operation = Operation(
    name="cosh",
    sign="cosh",
    formula=r"\cosh\left({0}\right)",
    value=_ieee.cosh,
    partials=(lambda x, out: sinh(x),),
    partial_formulas=(r"\sinh\left({0}\right)",),
    numpy="cosh",
)

tanh: Operation = Operation(
    name="tanh",
    sign="tanh",
    formula=r"\tanh\left({0}\right)",
    value=_ieee.tanh,
    # 1 − tanh²x = 4σ′(2x), which keeps its digits where tanh x rounds to ±1.
    partials=(lambda x, out: 4.0 * sigmoid_slope(2.0 * x),),
    partial_formulas=("1 - {out}^2",),
    numpy="tanh",
)

asinh: Operation = Operation(
    name="asinh",
    sign="asinh",
    formula=r"\operatorname{{arsinh}}\left({0}\right)",
    value=_ieee.asinh,
    partials=(lambda x, out: divide(1.0, hypot(1.0, x)),),
    partial_formulas=(r"\frac{{1}}{{\sqrt{{{0}^2 + 1}}}}",),
    numpy="arcsinh",
)

acosh: Operation = Operation(
    name="acosh",
    sign="acosh",
    formula=r"\operatorname{{arcosh}}\left({0}\right)",
    value=_ieee.acosh,
    # Two quotients: the derivative of a product of roots would be 0 · inf at x = 1.
    partials=(lambda x, out: divide(divide(1.0, sqrt(x - 1.0)), sqrt(x + 1.0)),),
    partial_formulas=(r"\frac{{1}}{{\sqrt{{{0}^2 - 1}}}}",),
    needs="the inverse hyperbolic cosine needs a number from 1 up",
    numpy="arccosh",
)

atanh: Operation = Operation(
    name="atanh",
    sign="atanh",
    formula=r"\operatorname{{artanh}}\left({0}\right)",
    value=_ieee.atanh,
    partials=(lambda x, out: divide(1.0, nonnegative(complement(x))),),
    partial_formulas=(r"\frac{{1}}{{1 - {0}^2}}",),
    needs="the inverse hyperbolic tangent needs a number between −1 and 1",
    numpy="arctanh",
)

# Activations and their like -------------------------------------------------------------------------------------------

sigmoid: Operation = Operation(
    name="sigmoid",
    sign="σ",
    formula=r"\sigma\left({0}\right)",
    value=_ieee.sigmoid,
    # σ(x)(1 − σ(x)), which a helper works out so that it keeps its digits where σ(x) rounds to 1.
    partials=(lambda x, out: sigmoid_slope(x),),
    partial_formulas=(r"{out} \left(1 - {out}\right)",),
)

log_sigmoid: Operation = Operation(
    name="log_sigmoid",
    sign="log σ",
    formula=r"\ln \sigma\left({0}\right)",
    value=_ieee.log_sigmoid,
    partials=(lambda x, out: sigmoid(-x),),
    partial_formulas=(r"1 - \sigma\left({0}\right)",),
)

softplus: Operation = Operation(
    name="softplus",
    sign="softplus",
    formula=r"\ln\left(1 + e^{{{0}}}\right)",
    value=_ieee.softplus,
    partials=(lambda x, out: sigmoid(x),),
    partial_formulas=(r"\sigma\left({0}\right)",),
)

relu: Operation = Operation(
    name="relu",
    sign="relu",
    formula=r"\operatorname{{relu}}\left({0}\right)",
    value=_ieee.relu,
    partials=(lambda x, out: step(x),),
    partial_formulas=(r"\left[{0} > 0\right]",),
    routes=True,
)

leaky_relu: Operation = Operation(
    name="leaky_relu",
    sign="leaky relu",
    formula=r"\text{{leaky relu}}\left({0}\right)",
    value=_ieee.leaky_relu,
    # 1 above 0 and 0.01 elsewhere; the sum of the two is exactly 1.
    partials=(lambda x, out: 0.01 + 0.99 * step(x),),
    partial_formulas=(r"\left[{0} > 0\right] + 0.01 \left[{0} \le 0\right]",),
)

elu: Operation = Operation(
    name="elu",
    sign="elu",
    formula=r"\operatorname{{elu}}\left({0}\right)",
    value=_ieee.elu,
    partials=(lambda x, out: exp(-relu(-x)),),
    partial_formulas=(r"\min\left(1, e^{{{0}}}\right)",),
)

silu: Operation = Operation(
    name="silu",
    sign="silu",
    formula=r"{0} \, \sigma\left({0}\right)",
    value=_ieee.silu,
    partials=(lambda x, out: silu_slope(x),),
    partial_formulas=(r"\sigma\left({0}\right) \left(1 + {0} \left(1 - \sigma\left({0}\right)\right)\right)",),
)

gelu: Operation = Operation(
    name="gelu",
    sign="gelu",
    formula=r"{0} \, \Phi\left({0}\right)",
    value=_ieee.gelu,
    partials=(lambda x, out: gelu_slope(x),),
    partial_formulas=(r"\Phi\left({0}\right) + {0} \, \varphi\left({0}\right)",),
)

gelu_tanh: Operation = Operation(
    name="gelu_tanh",
    sign="gelu tanh",
    formula=r"\operatorname{{gelu}}_{{\tanh}}\left({0}\right)",
    value=_ieee.gelu_tanh,
    partials=(lambda x, out: gelu_tanh_slope(x),),
    partial_formulas=(r"\operatorname{{gelu}}_{{\tanh}}'\left({0}\right)",),
)

erf: Operation = Operation(
    name="erf",
    sign="erf",
    formula=r"\operatorname{{erf}}\left({0}\right)",
    value=_ieee.erf,
    partials=(lambda x, out: 2.0 / math.sqrt(math.pi) * gauss(x),),
    partial_formulas=(r"\frac{{2}}{{\sqrt{{\pi}}}} e^{{-{0}^2}}",),
)

erfc: Operation = Operation(
    name="erfc",
    sign="erfc",
    formula=r"\operatorname{{erfc}}\left({0}\right)",
    value=_ieee.erfc,
    partials=(lambda x, out: -2.0 / math.sqrt(math.pi) * gauss(x),),
    partial_formulas=(r"-\frac{{2}}{{\sqrt{{\pi}}}} e^{{-{0}^2}}",),
)

# Choices --------------------------------------------------------------------------------------------------------------

maximum: Operation = Operation(
    name="maximum",
    sign="max",
    formula=r"\max\left({0}, {1}\right)",
    value=_ieee.maximum,
    partials=(lambda x, y, out: prefer(x, y), lambda x, y, out: prefer(y, x)),
    partial_formulas=(r"\left[{0} > {1}\right]", r"\left[{1} > {0}\right]"),
    routes=True,
    numpy="maximum",
)

minimum: Operation = Operation(
    name="minimum",
    sign="min",
    formula=r"\min\left({0}, {1}\right)",
    value=_ieee.minimum,
    partials=(lambda x, y, out: prefer(y, x), lambda x, y, out: prefer(x, y)),
    partial_formulas=(r"\left[{0} < {1}\right]", r"\left[{1} < {0}\right]"),
    routes=True,
    numpy="minimum",
)

fmax: Operation = Operation(
    name="fmax",
    sign="fmax",
    formula=r"\operatorname{{fmax}}\left({0}, {1}\right)",
    value=_ieee.fmax,
    partials=(lambda x, y, out: fprefer(x, y), lambda x, y, out: fprefer(y, x)),
    partial_formulas=(r"\left[{0} > {1}\right]", r"\left[{1} > {0}\right]"),
    routes=True,
    numpy="fmax",
)

fmin: Operation = Operation(
    name="fmin",
    sign="fmin",
    formula=r"\operatorname{{fmin}}\left({0}, {1}\right)",
    value=_ieee.fmin,
    partials=(lambda x, y, out: fprefer(-x, -y), lambda x, y, out: fprefer(-y, -x)),
    partial_formulas=(r"\left[{0} < {1}\right]", r"\left[{1} < {0}\right]"),
    routes=True,
    numpy="fmin",
)

at_least: Operation = Operation(
    name="at_least",
    sign="at least",
    formula=r"\max\left({0}, {1}\right)",
    value=_ieee.at_least,
    # As maximum, but at a tie all goes to x: the bounds of clip belong to its slope of 1.
    partials=(lambda x, low, out: reach(x, low), lambda x, low, out: 1.0 - reach(x, low)),
    partial_formulas=(r"\left[{0} \ge {1}\right]", r"\left[{0} < {1}\right]"),
    routes=True,
    helper=True,
)

at_most: Operation = Operation(
    name="at_most",
    sign="at most",
    formula=r"\min\left({0}, {1}\right)",
    value=_ieee.at_most,
    partials=(lambda x, high, out: reach(high, x), lambda x, high, out: 1.0 - reach(high, x)),
    partial_formulas=(r"\left[{0} \le {1}\right]", r"\left[{0} > {1}\right]"),
    routes=True,
    helper=True,
)

if_true: Operation = Operation(
    name="if_true",
    sign="if",
    formula=r"\left[{0}\right] {1}",
    value=_ieee.if_true,
    partials=(0.0, lambda condition, x, out: truth(condition)),
    partial_formulas=("0", r"\left[{0}\right]"),
    routes=True,
    helper=True,
)

if_false: Operation = Operation(
    name="if_false",
    sign="if not",
    formula=r"\left[\lnot {0}\right] {1}",
    value=_ieee.if_false,
    partials=(0.0, lambda condition, x, out: 1.0 - truth(condition)),
    partial_formulas=("0", r"\left[\lnot {0}\right]"),
    routes=True,
    helper=True,
)

# What serves as a derivative of the operations above ------------------------------------------------------------------

step: Operation = Operation(
    name="step",
    sign="step",
    formula=r"\operatorname{{step}}\left({0}\right)",
    value=_ieee.step,
    # 0, and nan where there is no value.
    partials=(lambda x, out: out - out,),
    partial_formulas=("0",),
    routes=True,
)

truth: Operation = Operation(
    name="truth",
    sign="truth",
    formula=r"\left[{0}\right]",
    value=_ieee.truth,
    partials=(0.0,),
    partial_formulas=("0",),
    routes=True,
    helper=True,
)

defined: Operation = Operation(
    name="defined",
    sign="defined",
    formula=r"\operatorname{{defined}}\left({0}\right)",
    value=_ieee.defined,
    partials=(lambda x, out: out - out,),
    partial_formulas=("0",),
    routes=True,
    helper=True,
)

nonnegative: Operation = Operation(
    name="nonnegative",
    sign="nonneg",
    formula=r"\operatorname{{nonneg}}\left({0}\right)",
    value=_ieee.nonnegative,
    # x where it is from 0 up, nan elsewhere: what keeps a derivative inside the domain.
    partials=(lambda x, out: defined(out),),
    partial_formulas=("1",),
    helper=True,
)

prefer: Operation = Operation(
    name="prefer",
    sign="prefer",
    formula=r"\left[{0} > {1}\right]",
    value=_ieee.prefer,
    partials=(lambda x, y, out: out - out, lambda x, y, out: out - out),
    partial_formulas=("0", "0"),
    routes=True,
    helper=True,
)

fprefer: Operation = Operation(
    name="fprefer",
    sign="fprefer",
    formula=r"\left[{0} > {1}\right]",
    value=_ieee.fprefer,
    partials=(lambda x, y, out: out - out, lambda x, y, out: out - out),
    partial_formulas=("0", "0"),
    routes=True,
    helper=True,
)

reach: Operation = Operation(
    name="reach",
    sign="reach",
    formula=r"\left[{0} \ge {1}\right]",
    value=_ieee.reach,
    partials=(lambda x, low, out: out - out, lambda x, low, out: out - out),
    partial_formulas=("0", "0"),
    routes=True,
    helper=True,
)

gate: Operation = Operation(
    name="gate",
    sign="gate",
    formula=r"{0} \times {1}",
    value=_ieee.gate,
    # slope × upstream, except that a slope of 0 lets nothing through.
    partials=(lambda slope, upstream, out: upstream, lambda slope, upstream, out: slope),
    partial_formulas=("{1}", "{0}"),
    routes=True,
    helper=True,
)

floor_quotient: Operation = Operation(
    name="floor_quotient",
    sign="⌊÷⌋",
    formula=r"\left\lfloor \frac{{{0}}}{{{1}}} \right\rfloor",
    value=_ieee.floor_quotient,
    # 0, and nan where there is no value.
    partials=(lambda x, y, out: defined(out) - 1.0, lambda x, y, out: defined(out) - 1.0),
    partial_formulas=("0", "0"),
    routes=True,
    helper=True,
)

complement: Operation = Operation(
    name="complement",
    sign="1 − x²",
    formula=r"\left(1 - {0}^2\right)",
    value=_ieee.complement,
    partials=(lambda x, out: -2.0 * x,),
    partial_formulas=(r"-2 \cdot {0}",),
    helper=True,
)

share: Operation = Operation(
    name="share",
    sign="share",
    formula=r"\frac{{e^{{{0}}}}}{{e^{{{0}}} + e^{{{1}}}}}",
    value=_ieee.share,
    partials=(lambda x, y, out: out * share(y, x), lambda x, y, out: -out * share(y, x)),
    partial_formulas=(r"{out} \left(1 - {out}\right)", r"-{out} \left(1 - {out}\right)"),
    helper=True,
)

sigmoid_slope: Operation = Operation(
    name="sigmoid_slope",
    sign="σ′",
    formula=r"\sigma'\left({0}\right)",
    value=_ieee.sigmoid_slope,
    partials=(lambda x, out: -out * tanh(0.5 * x),),
    partial_formulas=(r"{out} \left(1 - 2 \sigma\left({0}\right)\right)",),
    helper=True,
)

direction: Operation = Operation(
    name="direction",
    sign="direction",
    formula=r"\frac{{{0}}}{{\sqrt{{{0}^2 + {1}^2}}}}",
    value=_ieee.direction,
    partials=(
        lambda x, y, out: direction(y, x) * inversion(y, x),
        lambda x, y, out: -out * inversion(y, x),
    ),
    partial_formulas=(
        r"\frac{{{1}^2}}{{\left({0}^2 + {1}^2\right)^{{3/2}}}}",
        r"-\frac{{{0} \cdot {1}}}{{\left({0}^2 + {1}^2\right)^{{3/2}}}}",
    ),
    helper=True,
)

inversion: Operation = Operation(
    name="inversion",
    sign="inversion",
    formula=r"\frac{{{0}}}{{{0}^2 + {1}^2}}",
    value=_ieee.inversion,
    partials=(
        # (y − x)(y + x)/(x² + y²)², turned by 45° so that nothing cancels.
        lambda x, y, out: -4.0 * gate(inversion(x - y, x + y), inversion(x + y, x - y)),
        lambda x, y, out: -2.0 * out * inversion(y, x),
    ),
    partial_formulas=(
        r"\frac{{{1}^2 - {0}^2}}{{\left({0}^2 + {1}^2\right)^2}}",
        r"-\frac{{2 \cdot {0} \cdot {1}}}{{\left({0}^2 + {1}^2\right)^2}}",
    ),
    helper=True,
)

power_slope: Operation = Operation(
    name="power_slope",
    sign="∂(**)",
    formula=r"\partial_1 \left({{{0}}}^{{{1}}}\right)",
    value=_ieee.power_slope,
    partials=(
        lambda x, y, out: power_curve(x, y),
        lambda x, y, out: power_mixed(x, y),
    ),
    helper=True,
)

power_curve: Operation = Operation(
    name="power_curve",
    sign="∂²(**)",
    formula=r"\partial_1^2 \left({{{0}}}^{{{1}}}\right)",
    value=_ieee.power_curve,
    partials=(
        # y(y−1)(y−2)x^(y−3), which is 0 for y = 0 even where the power is infinite.
        lambda x, y, out: gate(y, power_curve(x, y - 1.0)),
        lambda x, y, out: power_slope(x, y - 1.0) + y * power_mixed(x, y - 1.0),
    ),
    helper=True,
)

power_mixed: Operation = Operation(
    name="power_mixed",
    sign="∂∂(**)",
    formula=r"\partial_1 \partial_2 \left({{{0}}}^{{{1}}}\right)",
    value=_ieee.power_mixed,
    partials=(
        lambda x, y, out: power_slope(x, y - 1.0) + y * power_mixed(x, y - 1.0),
        lambda x, y, out: power_log(x, y - 1.0) + out * log(x),
    ),
    helper=True,
)

power_log: Operation = Operation(
    name="power_log",
    sign="**·log",
    formula=r"{{{0}}}^{{{1}}} \ln {0}",
    value=_ieee.power_log,
    partials=(
        lambda x, y, out: power_mixed(x, y),
        lambda x, y, out: out * log(x),
    ),
    helper=True,
)

gauss: Operation = Operation(
    name="gauss",
    sign="gauss",
    formula=r"e^{{-{0}^2}}",
    value=_ieee.gauss,
    # gate, because far out it is 0 times more than a double holds.
    partials=(lambda x, out: -2.0 * gate(out, x),),
    partial_formulas=(r"-2 \cdot {0} \cdot e^{{-{0}^2}}",),
    helper=True,
)

normal_pdf: Operation = Operation(
    name="normal_pdf",
    sign="φ",
    formula=r"\varphi\left({0}\right)",
    value=_ieee.normal_pdf,
    partials=(lambda x, out: -gate(out, x),),
    partial_formulas=(r"-{0} \, \varphi\left({0}\right)",),
    helper=True,
)

silu_slope: Operation = Operation(
    name="silu_slope",
    sign="silu′",
    formula=r"\operatorname{{silu}}'\left({0}\right)",
    value=_ieee.silu_slope,
    partials=(lambda x, out: gate(sigmoid_slope(x), 2.0 - x * tanh(0.5 * x)),),
    helper=True,
)

gelu_slope: Operation = Operation(
    name="gelu_slope",
    sign="gelu′",
    formula=r"\operatorname{{gelu}}'\left({0}\right)",
    value=_ieee.gelu_slope,
    partials=(lambda x, out: gate(normal_pdf(x), 2.0 - x * x),),
    helper=True,
)

gelu_tanh_slope: Operation = Operation(
    name="gelu_tanh_slope",
    sign="gelu tanh′",
    formula=r"\operatorname{{gelu}}_{{\tanh}}'\left({0}\right)",
    value=_ieee.gelu_tanh_slope,
    partials=(lambda x, out: _gelu_tanh_curvature(x),),
    helper=True,
)


def _gelu_tanh_curvature(x: Any) -> Any:
    """The second derivative of x·σ(w), w = 2√(2/π)(x + 0.044715x³)."""
    rate = 2.0 * math.sqrt(2.0 / math.pi)
    w = rate * x * (1.0 + 0.044715 * x * x)
    w_slope = rate * (1.0 + 3.0 * 0.044715 * x * x)
    w_curvature = 6.0 * 0.044715 * rate * x
    return gate(sigmoid_slope(w), 2.0 * w_slope + x * w_curvature - x * tanh(0.5 * w) * w_slope * w_slope)


# Functions made of several entries -----------------------------------------------------------------------------------


@overload
def where(condition: Any, x: float, y: float) -> float: ...
@overload
def where(condition: Any, x: "Value | float", y: "Value | float") -> "Value": ...
@overload
def where(condition: Any, x: Any, y: Any) -> Any: ...
def where(condition: Any, x: Any, y: Any) -> Any:
    """x where the condition holds (is not 0), else y; nothing flows back along the side not taken.

    Both sides are recorded, each behind a switch, and what the other side leaves in the sum is a −0, which changes no
    number, not even −0. The condition gets no gradient.

    Raises:
        TypeError, ValueError: as for any operation.
    """
    operands = (condition, x, y)
    if _has_array(operands):
        return elementwise(where, operands)
    # A side that is a plain number is recorded with the other, so that a trace shows what was chosen from.
    return add(_applied(if_true, (condition, x), operands), _applied(if_false, (condition, y), operands))


@overload
def clip(x: float, low: float, high: float) -> float: ...  # type: ignore[overload-overlap]
@overload
def clip(x: "Value | float", low: "Value | float", high: "Value | float") -> "Value": ...
@overload
def clip(x: Any, low: Any, high: Any) -> Any: ...
def clip(x: Any, low: Any, high: Any) -> Any:
    """x, or the bound it lies beyond; the slope is 1 from bound to bound, both included, and 0 outside.

    Raises:
        TypeError, ValueError: as for any operation.
    """
    return at_most(at_least(x, low), high)


BUILT_IN = frozenset(OPERATIONS.values())

if not TYPE_CHECKING:
    # Type checkers cannot work this out, and take every public name of this module instead.
    __all__ = [
        *(name for name, op in OPERATIONS.items() if not op.helper),
        *("OPERATIONS", "Operation", "as_float", "clip", "operation_named", "where"),
    ]
