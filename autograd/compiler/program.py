"""A recorded calculation as a straight line of steps, which a backend turns into something that runs fast.

A Symbol is one more kind of number: put where a float was, it writes down what is done to it. The derivatives are
more steps, written down by the same rules of the table.
"""

import math
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING, Any, Final

from autograd import operations
from autograd.operations import TAKEN, Operation, as_float, for_each_operation
from autograd.scalar import Scalar, give_methods
from autograd.text import printable


@dataclass(frozen=True, slots=True, eq=False)
class Primitive:
    """What a program can say and the table does not: questions about numbers, and the choice by their answer.

    Attributes:
        name: what a program calls it.
        value: on floats and bools.
        asks: whether it gives a bool, a condition for ``select``.
    """

    name: str
    value: Callable[..., Any]
    asks: bool = False

    def __call__(self, *operands: Any) -> Any:
        """Apply it to numbers, or write it down where one of them is a Symbol."""
        for operand in operands:
            if isinstance(operand, Symbol):
                return operand.builder.apply(self, operands)
        return self.value(*operands)

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"


less: Final = Primitive("less", lambda x, y: x < y, asks=True)
at_most: Final = Primitive("at_most", lambda x, y: x <= y, asks=True)
equal: Final = Primitive("equal", lambda x, y: x == y, asks=True)
both: Final = Primitive("both", lambda p, q: p and q, asks=True)
either: Final = Primitive("either", lambda p, q: p or q, asks=True)
opposite: Final = Primitive("opposite", lambda p: not p, asks=True)
select: Final = Primitive("select", lambda condition, x, y: x if condition else y)
floor: Final = Primitive("floor", lambda x: float(math.floor(x)) if math.isfinite(x) else x)
copysign: Final = Primitive("copysign", math.copysign)


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a program: an input, a constant, or an operation on earlier lines.

    Attributes:
        op: what is applied; None for an input or a constant.
        operands: the numbers of the lines that it is applied to.
        number: of a constant.
        name: of an input, for people to read; a backend never puts it into code.
    """

    op: Operation | Primitive | None
    operands: tuple[int, ...] = ()
    number: float | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Program:
    """Steps in an order in which each uses only earlier ones.

    Attributes:
        steps: the inputs first, in their order.
        inputs: how many there are.
        outputs: the numbers of the lines that are results.
    """

    steps: tuple[Step, ...]
    inputs: int
    outputs: tuple[int, ...]

    def __len__(self) -> int:
        """How many operations it has."""
        return sum(step.op is not None for step in self.steps)

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        def shown(place: int) -> str:
            step = self.steps[place]
            return repr(step.number) if step.number is not None else step.name or f"v{place}"

        for place, step in enumerate(self.steps):
            if step.op is not None:
                yield f"v{place} = {step.op.name}({', '.join(map(shown, step.operands))})"
        yield f"return {', '.join(map(shown, self.outputs))}"


class RecordingError(TypeError):
    """A function asked for the number of something that has none yet, because it is only being recorded."""


class Builder:
    """Writes a program down: each number once, and what follows from constants alone not at all.

    Attributes:
        steps: what has been written so far.
    """

    def __init__(self, expand: "Callable[[Builder, Any, tuple[Any, ...]], Any] | None" = None) -> None:
        """
        Args:
            expand: gives what a backend that lacks an operation uses in its place, or None to keep it.
        """
        self.steps: list[Step] = []
        self._known: dict[Any, Symbol] = {}
        self._expand = expand

    def input(self, name: str) -> "Symbol":
        """The next input."""
        return self._written(Step(None, name=name))

    def constant(self, number: float) -> "Symbol":
        """A number that is always the same."""
        # By its digits, because 0 and −0 are equal, and nan is not equal to itself.
        return self._once((type(number), float(number).hex()), Step(None, number=number))

    def apply(self, op: Operation | Primitive, operands: Sequence[Any]) -> "Symbol | float | bool":
        """An operation on numbers, Symbols among them; a plain number where all of them are constant."""
        numbers = [self._number(operand) for operand in operands]
        if all(number is not None for number in numbers):
            return op.value(*numbers)
        simple = _simplified(op, operands, numbers)
        if simple is not None:
            return simple  # type: ignore[no-any-return]
        if self._expand is not None:
            expanded = self._expand(self, op, tuple(operands))
            if expanded is not None:
                return expanded  # type: ignore[no-any-return]
        places = tuple(self.symbol(operand, op).place for operand in operands)
        if op is operations.positive:
            # A derivative inside another takes it for an input of its own.
            return self._written(Step(op, places))
        key = tuple(sorted(places)) if op in _COMMUTATIVE else places
        return self._once((op, key), Step(op, places))

    def symbol(self, operand: Any, op: Operation | Primitive | None = None) -> "Symbol":
        """An operand as a Symbol of this program.

        Raises:
            TypeError, ValueError: it is no number.
            RecordingError: it is a Symbol of another program.
        """
        if not isinstance(operand, Symbol):
            return self.constant(self._number(operand))
        if operand.builder is not self:
            raise RecordingError("a number of another recording was used: give it to the function as an argument")
        if operand.asks and isinstance(op, Operation):
            # Where a condition is counted with, it is 1 or 0.
            return self.symbol(self.apply(select, (operand, 1.0, 0.0)))
        return operand

    def inline(self, program: Program, inputs: Sequence[Any]) -> list[Any]:
        """The outputs of a program that is written down once more, for these inputs."""
        lines: list[Any] = list(inputs)
        for step in program.steps[program.inputs :]:
            operands = [lines[place] for place in step.operands]
            lines.append(step.number if step.op is None else self.apply(step.op, operands))
        return [lines[place] for place in program.outputs]

    def program(self, inputs: Iterable["Symbol"], outputs: Iterable[Any]) -> Program:
        """What has been written down, without what the outputs do not need."""
        wanted, last = list(inputs), [self.symbol(output, operations.positive).place for output in outputs]
        needed = set(last)
        for place in range(len(self.steps) - 1, -1, -1):
            if place in needed:
                needed.update(self.steps[place].operands)
        order = [symbol.place for symbol in wanted]
        order += sorted(needed.difference(order))
        place_of = {old: new for new, old in enumerate(order)}
        steps = [self.steps[old] for old in order]
        moved = [Step(s.op, tuple(place_of[p] for p in s.operands), s.number, s.name) for s in steps]
        return Program(tuple(moved), len(wanted), tuple(place_of[place] for place in last))

    def _number(self, operand: Any) -> Any:
        """The number of a constant, else None."""
        if isinstance(operand, Symbol):
            return self.steps[operand.place].number
        if isinstance(operand, Scalar):
            raise RecordingError(f"{operand!r} is not the function's own: give it as an argument, or use v.data")
        return operand if isinstance(operand, bool) else as_float(operand)

    def _once(self, key: Any, step: Step) -> "Symbol":
        if key not in self._known:
            self._known[key] = self._written(step)
        return self._known[key]

    def _written(self, step: Step) -> "Symbol":
        self.steps.append(step)
        return Symbol(self, len(self.steps) - 1)


class Symbol(Scalar):
    """A number that is not known yet: what is done to it is written into a program.

    Attributes:
        builder: of the program.
        place: the number of its line there.
        label, scope: as a Value has them; they are not used.
    """

    __slots__ = ("builder", "label", "place", "scope")

    #: Below a Dual, which may hold one.
    level = 1

    def __init__(self, builder: Builder, place: int) -> None:
        self.builder = builder
        self.place = place
        self.label: str | None = None
        self.scope: tuple[str, ...] = ()

    @property
    def asks(self) -> bool:
        """Whether it is a condition."""
        op = self.builder.steps[self.place].op
        return isinstance(op, Primitive) and op.asks

    @property
    def data(self) -> float:
        """Raises a RecordingError: a Symbol has no number."""
        raise _refusal("its number was asked for")

    def _apply(self, op: Operation, operands: tuple[Any, ...]) -> Any:
        return self.builder.apply(op, operands)

    def __float__(self) -> float:
        raise _refusal("its number was asked for")

    def __bool__(self) -> bool:
        raise _refusal("the way to go on was to depend on it")

    def __lt__(self, other: Any) -> Any:
        return less(self, other)

    def __le__(self, other: Any) -> Any:
        return at_most(self, other)

    def __gt__(self, other: Any) -> Any:
        return less(other, self)

    def __ge__(self, other: Any) -> Any:
        return at_most(other, self)

    def __eq__(self, other: object) -> Any:
        return equal(self, other)

    def __ne__(self, other: object) -> Any:
        return opposite(equal(self, other))

    def __hash__(self) -> int:
        return object.__hash__(self)

    def __repr__(self) -> str:
        step = self.builder.steps[self.place]
        return f"Symbol({printable(step.name) if step.name else f'v{self.place}'})"

    if TYPE_CHECKING:
        # The methods that the table makes, arithmetic among them.
        def __getattr__(self, name: str) -> Callable[..., Any]: ...


def _give_methods(op: Operation) -> None:
    give_methods(Symbol, op, lambda *operands: op(*operands), lambda self, other: op(other, self))


TAKEN.update(dir(Symbol))
for_each_operation(_give_methods)


def _refusal(what: str) -> RecordingError:
    return RecordingError(
        f"{_line_of_user(sys._getframe(2))}a number that compile is recording has no value yet, and {what}: "
        "choose between two results with autograd.where(condition, x, y)"
    )


def _line_of_user(frame: FrameType | None) -> str:
    """Where the code that is not ours stands, as the start of a sentence."""
    ours = __name__.partition(".")[0]
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] in (ours, "numpy"):
        frame = frame.f_back
    return "" if frame is None else f"{frame.f_code.co_filename}:{frame.f_lineno}: "


# Steps that can be left out -------------------------------------------------------------------------------------------

_COMMUTATIVE: Final = frozenset((operations.add, operations.multiply, equal, both, either))


def _simplified(op: Operation | Primitive, operands: Sequence[Any], numbers: Sequence[Any]) -> Any:
    """What an operation gives to the last bit without being carried out, or None."""
    if op is operations.multiply:
        for number, other in zip(numbers, reversed(operands), strict=True):
            if number == 1.0:
                return other
    if op is operations.divide and numbers[1] == 1.0:
        return operands[0]
    if op is operations.add:
        for number, other in zip(numbers, reversed(operands), strict=True):
            # Not so with +0, which makes a −0 a +0.
            if number == 0.0 and math.copysign(1.0, number) < 0.0:
                return other
    if op is operations.subtract and numbers[1] == 0.0 and math.copysign(1.0, numbers[1]) > 0.0:
        return operands[0]
    if op in (both, either):
        for number, other in zip(numbers, reversed(operands), strict=True):
            if number is not None:
                return other if number is (op is both) else number
    if op is select and (numbers[0] is not None or operands[1] is operands[2]):
        return operands[1] if numbers[0] or operands[1] is operands[2] else operands[2]
    return None


# Derivatives ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Flow:
    """What reaches a line in the backward pass.

    Attributes:
        gradient: the sum of the contributions so far.
        reached: the condition on which anything flows there at all, or None if it always does. Behind a side that a
            branching operation did not take not even 0 times an infinite slope counts.
    """

    gradient: Any
    reached: Any = None


def gradients(output: Any, inputs: Sequence[Symbol]) -> list[Any]:
    """The derivative of an output with respect to each input, as more steps of the same program."""
    if not isinstance(output, Symbol):
        return [0.0] * len(inputs)
    builder, steps = output.builder, output.builder.steps
    needed = {symbol.place for symbol in inputs}
    for place, step in enumerate(steps[: output.place + 1]):
        if not needed.isdisjoint(step.operands):
            needed.add(place)
    flows: dict[int, _Flow] = {output.place: _Flow(1.0)}
    for place in range(output.place, -1, -1):
        step = steps[place]
        if place not in needed or place not in flows or not isinstance(step.op, Operation):
            continue
        flow, operands = flows[place], [_numbered(builder, operand) for operand in step.operands]
        for index, partial in enumerate(step.op.partials):
            if step.operands[index] in needed:
                slope = partial(*operands, Symbol(builder, place)) if callable(partial) else partial
                _contribute(flows, step.operands[index], slope, flow, step.op.routes)
    return [_settled(flows.get(symbol.place)) for symbol in inputs]


def _numbered(builder: Builder, place: int) -> Any:
    """A line as a rule takes it: a constant as the number it is."""
    number = builder.steps[place].number
    return Symbol(builder, place) if number is None else number


def _contribute(flows: dict[int, _Flow], place: int, slope: Any, flow: _Flow, routes: bool) -> None:
    if routes and isinstance(slope, float) and slope == 0.0:
        return
    reached = flow.reached
    if routes and isinstance(slope, Symbol):
        passes = opposite(equal(slope, 0.0))
        reached = passes if reached is None else both(reached, passes)
    contribution = flow.gradient if isinstance(slope, float) and slope == 1.0 else slope * flow.gradient
    if reached is not None and contribution is not flow.gradient:
        contribution = operations.if_true(reached, contribution)
    so_far = flows.get(place)
    if so_far is None:
        flows[place] = _Flow(contribution, reached)
        return
    so_far.gradient = so_far.gradient + contribution
    never = so_far.reached is None or reached is None
    so_far.reached = None if never else either(so_far.reached, reached)


def _settled(flow: _Flow | None) -> Any:
    if flow is None:
        return 0.0
    return flow.gradient if flow.reached is None else operations.where(flow.reached, flow.gradient, 0.0)
