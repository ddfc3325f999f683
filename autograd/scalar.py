"""What every number that the rules of the table work on has in common: it compares, converts and meets NumPy.

A Value records what is done to it, a Dual carries its tangent along; both behave like the number they hold.
"""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Self

from autograd import operations
from autograd.operations import Operation

if TYPE_CHECKING:
    import numpy

#: Python's methods for the signs of arithmetic.
SYMBOLS: Final[dict[Operation, str]] = {
    operations.add: "add",
    operations.subtract: "sub",
    operations.multiply: "mul",
    operations.divide: "truediv",
    operations.remainder: "mod",
    operations.power: "pow",
    operations.negative: "neg",
    operations.positive: "pos",
    operations.abs: "abs",
}

_NUMPY_NAMES: Final[dict[str, Callable[..., Any]]] = {
    "square": lambda x: operations.multiply(x, x),
    "reciprocal": lambda x: operations.divide(1.0, x),
}


class Scalar:
    """A number with a history or a tangent, which compares, converts and prints as the number it is."""

    __slots__ = ()

    #: Of two kinds of number that meet in an operation, the one of the higher level decides what it means.
    level: int

    def __float__(self) -> float:
        raise NotImplementedError

    def __int__(self) -> int:
        return int(float(self))

    def __trunc__(self) -> int:
        return math.trunc(float(self))

    def __floor__(self) -> int:
        return math.floor(float(self))

    def __ceil__(self) -> int:
        return math.ceil(float(self))

    def __round__(self, digits: int | None = None) -> float:
        return round(float(self), digits)

    def __bool__(self) -> bool:
        return float(self) != 0.0

    def __format__(self, spec: str) -> str:
        return format(float(self), spec) if spec else repr(self)

    def clip(self, low: Any = None, high: Any = None, out: None = None) -> Any:
        """What ``autograd.clip`` gives, with None for no bound; np.clip asks for it.

        Raises:
            TypeError: out is given.
        """
        if out is not None:
            raise TypeError("clip of a Value takes no out: leave it out")
        return operations.clip(self, -math.inf if low is None else low, math.inf if high is None else high)

    def conjugate(self) -> Self:
        """Itself, as a real number; np.std and its like ask for it."""
        return self

    # Against an array a comparison goes element by element, as NumPy has it.

    def __lt__(self, other: Any) -> Any:
        return float(self) < _number(other)

    def __le__(self, other: Any) -> Any:
        return float(self) <= _number(other)

    def __gt__(self, other: Any) -> Any:
        return float(self) > _number(other)

    def __ge__(self, other: Any) -> Any:
        return float(self) >= _number(other)

    def __eq__(self, other: object) -> Any:
        return float(self) == _number(other)

    def __hash__(self) -> int:
        # By identity: equal numbers in two places of a graph are two nodes.
        return object.__hash__(self)

    def __array_ufunc__(self, ufunc: "numpy.ufunc", method: str, *inputs: Any, **options: Any) -> Any:
        """What NumPy asks when it meets one of us: the table's operation, element by element.

        Raises:
            TypeError: the table has nothing for the ufunc, or NumPy is to write into an array of plain numbers.
        """
        out = options.pop("out", (None,))[0]
        if method != "__call__":
            raise TypeError(f"np.{ufunc.__name__}.{method} is for arrays: put the Values into one, as np.array([v, w])")
        if options:
            raise TypeError(f"np.{ufunc.__name__} of a Value takes no {' or '.join(options)}: leave it out")
        if out is not None and out.dtype != object:
            raise TypeError(
                f"an array of {out.dtype} cannot hold the Values that np.{ufunc.__name__} gives: "
                "assign the result to a new name, or use an array of dtype object"
            )
        result = operations.elementwise(_meaning(ufunc), inputs)
        if out is None:
            return result
        out[...] = result
        return out


def give_methods(kind: type[Scalar], op: Operation, method: Callable[..., Any], reflected: Callable[..., Any]) -> None:
    """Make an operation a method of a kind of number: under its name, NumPy's, and Python's for its sign.

    Args:
        method: applies it, the number being the first operand; where the other one is of no kind it knows,
            it may give NotImplemented, as Python wants it of a sign.
        reflected: the same with the number as the second operand.
    """
    if not op.helper:
        named = method if len(op.partials) == 1 else lambda *operands: op(*operands)
        for name in {op.name, op.numpy or op.name}:
            setattr(kind, name, named)
    symbol = SYMBOLS.get(op)
    if symbol is not None:
        setattr(kind, f"__{symbol}__", method)
        if len(op.partials) == 2:
            setattr(kind, f"__r{symbol}__", reflected)


def _remember(op: Operation) -> None:
    if op.numpy is not None:
        _NUMPY_NAMES[op.numpy] = op


operations.for_each_operation(_remember)


def _meaning(ufunc: "numpy.ufunc") -> Callable[..., Any]:
    known = _NUMPY_NAMES.get(ufunc.__name__)
    if known is not None:
        return known
    if any(types.endswith("d->?") for types in ufunc.types):
        # A question about the number, such as isnan or less.
        return lambda *operands: ufunc(*map(float, operands))
    raise TypeError(
        f"np.{ufunc.__name__} has no rule for a Value: use an operation of autograd's table, or float(v) for its number"
    )


def _number(other: Any) -> Any:
    return float(other) if isinstance(other, Scalar) else other
