"""Forward mode: a number that carries its tangent along, one more kind of number for the rules of the table."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any

from autograd.operations import TAKEN, Operation, for_each_operation, gate
from autograd.scalar import Scalar, give_methods

# Above those of the other kinds of number.
_levels = count(2)
_under_way: set[int] = set()


@contextmanager
def new_level() -> Iterator[int]:
    """A level of its own for a derivative, under way as long as the block is.

    So a derivative inside another keeps its tangents apart, and a Dual that outlives its derivative is known as such.
    """
    level = next(_levels)
    _under_way.add(level)
    try:
        yield level
    finally:
        _under_way.remove(level)


class Dual(Scalar):
    """A number and its tangent, its derivative along the direction that jvp follows.

    Attributes:
        primal: the number: a double, a Value, or a Dual of a lower level.
        tangent: its derivative, of the same kinds.
        level: of the jvp it belongs to; the higher level is that of the inner one.
    """

    __slots__ = ("level", "primal", "tangent")

    def __init__(self, primal: Any, tangent: Any, level: int) -> None:
        self.primal = primal
        self.tangent = tangent
        self.level = level

    @property
    def data(self) -> float:
        """The number alone, as a Value has it."""
        return float(self)

    @property
    def over(self) -> bool:
        """Whether its jvp has ended: then it is a constant to everybody else, and its tangent means nothing."""
        return self.level not in _under_way

    def at(self, level: int) -> tuple[Any, Any]:
        """The number and its tangent at a level; itself and None where it has no tangent there."""
        return (self.primal, self.tangent) if self.level == level else (self, None)

    def _apply(self, op: Operation, operands: tuple[Any, ...]) -> "Dual":
        pairs = [x.at(self.level) if isinstance(x, Dual) else (x, None) for x in operands]
        primals = [primal for primal, _ in pairs]
        out = op(*primals)
        tangent: Any = None
        for (_, direction), partial in zip(pairs, op.partials, strict=True):
            if direction is not None:
                slope = partial(*primals, out) if callable(partial) else partial
                # A side not taken passes nothing on, not even an infinite tangent.
                term = gate(slope, direction) if op.routes else slope * direction
                tangent = term if tangent is None else tangent + term
        return Dual(out, tangent, self.level)

    def __float__(self) -> float:
        return float(self.primal)

    def __repr__(self) -> str:
        return f"Dual({self.primal!r}, tangent={self.tangent!r})"

    if TYPE_CHECKING:
        # The methods that the table makes, arithmetic among them.
        def __getattr__(self, name: str) -> Callable[..., "Dual"]: ...


def _give_methods(op: Operation) -> None:
    give_methods(Dual, op, lambda *operands: op(*operands), lambda self, other: op(other, self))


TAKEN.update(dir(Dual))
for_each_operation(_give_methods)
