"""Random numbers and expressions for property tests with Hypothesis, an optional extra that only this module needs.

Whatever must hold for any calculation can be put to any calculation:

    from hypothesis import given

    from autograd import Value
    from autograd.strategies import Expression, expressions, values

    @given(f=expressions(operations=["add", "sin", "tanh"]), x=values(), y=values())
    def test_a_double_seed_gives_a_double_gradient(f: Expression, x: Value, y: Value) -> None:
        f(x, y).backward()
        once, x.grad = x.grad, 0.0
        f(x, y).backward(2.0)
        assert x.grad == 2.0 * once

Where it does not hold, Hypothesis prints the simplest expression it can find, as code to paste into a shell.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from inspect import Parameter, Signature
from itertools import count, islice
from keyword import iskeyword
from math import inf, nan
from typing import Any

from autograd import operations as table
from autograd.operations import OPERATIONS, Operation, operation_named
from autograd.value import Value

try:
    from hypothesis import strategies as st
except ImportError as error:
    raise ImportError("autograd.strategies needs Hypothesis: pip install hypothesis") from error

__all__ = ["Expression", "Step", "expressions", "values"]


@dataclass(frozen=True, slots=True)
class Step:
    """One operation of an expression: ``name = operation(operands)``.

    Attributes:
        name: what later steps call the result.
        operation: an entry of the table.
        operands: each the name of an input or of an earlier step, or a number.
    """

    name: str
    operation: Operation
    operands: tuple[str | float, ...]

    def code(self, module: str = "") -> str:
        """The right side in Python, with the functions of the table looked up in a module."""
        if self.operation in _SIGNS:
            left, right = self.operands
            return f"{left} {_SIGNS[self.operation]} {right}"
        name = self.operation.name
        if module and (self.operation.helper or self.operation not in table.BUILT_IN):
            # The module has no name for it.
            name = f"OPERATIONS[{name!r}]"
        return f"{module}{name}({', '.join(map(str, self.operands))})"


# Of the signs of arithmetic those that mean the same on floats, Values and arrays: 1.0 / 0.0 and (-1.0) ** 0.5 do not.
_SIGNS = {table.add: "+", table.subtract: "-", table.multiply: "*"}


@dataclass(frozen=True, slots=True)
class Expression:
    """A small calculation with named inputs, to be called like the function that it is.

    ``repr`` is a lambda that behaves alike once autograd is imported; ``str`` has one statement for each step, which
    ``from autograd import *`` or ``autograd.parse`` can read.

    >>> shared = Step("v1", table.sin, ("x",))
    >>> f = Expression(("x", "y"), (shared, Step("v2", table.multiply, ("v1", "v1"))))
    >>> f
    lambda x, y: (v1 := autograd.sin(x), v1 * v1)[-1]
    >>> print(f)
    v1 = sin(x)
    v1 * v1
    >>> f(1.0, y=0.0) == table.sin(1.0) ** 2
    True

    Attributes:
        inputs: the names of the arguments; an expression need not use them all.
        steps: at least one, in an order in which they can be carried out; the last one gives the result.
    """

    inputs: tuple[str, ...]
    steps: tuple[Step, ...]

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """The result: a float for numbers, a recorded Value for Values, an array for arrays, element by element.

        Raises:
            TypeError: an argument is missing, is one too many, or is of no type that operations take.
        """
        signature = Signature([Parameter(name, Parameter.POSITIONAL_OR_KEYWORD) for name in self.inputs])
        known = signature.bind(*arguments, **named).arguments
        for step in self.steps:
            operands = [known[operand] if isinstance(operand, str) else operand for operand in step.operands]
            known[step.name] = step.operation(*operands)
        return known[self.steps[-1].name]

    @property
    def size(self) -> int:
        """The number of operations."""
        return len(self.steps)

    def __repr__(self) -> str:
        body = ", ".join(self._code(" := ", "autograd."))
        return f"lambda {', '.join(self.inputs)}: {body if self.size == 1 else f'({body})[-1]'}"

    def __str__(self) -> str:
        return "\n".join(self._code(" = ", ""))

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        # What Hypothesis and IPython ask for; without it they would list the fields.
        printer.text(repr(self))

    def _code(self, gets: str, module: str) -> list[str]:
        """Each step in Python; all but the last give their result a name."""
        *before, last = self.steps
        return [*(f"{step.name}{gets}{step.code(module)}" for step in before), last.code(module)]


def values(
    min_value: float = -10.0,
    max_value: float = 10.0,
    *,
    allow_nan: bool = False,
    allow_infinity: bool = False,
    labels: st.SearchStrategy[str | None] | None = None,
) -> st.SearchStrategy[Value]:
    """Leaves whose number lies from min_value to max_value, both included.

    Args:
        allow_nan: whether nan may come besides.
        allow_infinity: whether ±inf may come besides.
        labels: where the labels come from, such as ``st.text()`` or ``st.just("x")``; no labels if left out.
    """
    numbers = st.floats(min_value, max_value, allow_infinity=False)
    if allow_infinity:
        numbers |= st.sampled_from([inf, -inf])
    if allow_nan:
        numbers |= st.just(nan)
    return st.builds(Value, numbers) if labels is None else st.builds(Value, numbers, label=labels)


def expressions(
    *,
    operations: Iterable[Operation | str] | None = None,
    max_size: int = 10,
    inputs: int | Sequence[str] = ("x", "y"),
) -> st.SearchStrategy[Expression]:
    """Expressions of up to max_size operations, whose operands are inputs, numbers and the results of earlier steps.

    A result may be used more than once. Every step leads to the result and depends on an input, so that Values give
    a Value. The simplest expressions come of the operations listed first.

    Args:
        operations: entries of the table or their names. Left out: its own, without those that only serve as
            derivatives. Results stay finite with those that need no particular operands and do not grow fast (add,
            sin, tanh, ...).
        max_size: 1 or more.
        inputs: names for the arguments, or how many (x1, x2, ...).

    Raises:
        ValueError: no such operation, none at all, no input, a max_size below 1, or a name that cannot be an input's.
    """
    chosen = _default_operations() if operations is None else [_operation(given) for given in operations]
    if not chosen:
        raise ValueError("operations are empty: name at least one, such as 'add'")
    if max_size < 1:
        raise ValueError(f"max_size is {max_size}: an expression has at least 1 operation")
    names = tuple(f"x{number}" for number in range(1, inputs + 1)) if isinstance(inputs, int) else tuple(inputs)
    if not names:
        raise ValueError(f"inputs are {inputs!r}: an expression needs at least one, such as ('x',)")
    for place, name in enumerate(names):
        if not name.isidentifier() or iskeyword(name) or name in OPERATIONS or name in ("autograd", *names[:place]):
            raise ValueError(f"input {name!r}: choose a name that code can use and that nothing else has, such as 'x'")
    return _expressions(_Material(chosen, names, _step_names(names, max_size)))


def _operation(given: Operation | str) -> Operation:
    return operation_named(given) if isinstance(given, str) else given


def _default_operations() -> list[Operation]:
    return [op for op in OPERATIONS.values() if not op.helper]


def _step_names(inputs: tuple[str, ...], number: int) -> tuple[str, ...]:
    return tuple(islice((name for name in map("v{}".format, count(1)) if name not in inputs), number))


# Drawing --------------------------------------------------------------------------------------------------------------

# Hypothesis simplifies by putting in the place of a draw another of the same strategy that happened within it. So the
# operands of a step are drawn within it: that is how an expression gives way to a part of itself.


@dataclass(frozen=True, slots=True)
class _Material:
    """What expressions are made of; there are as many names as there may be steps."""

    operations: Sequence[Operation]
    inputs: tuple[str, ...]
    names: tuple[str, ...]


_NUMBERS = st.floats(-10.0, 10.0)


@st.composite
def _expressions(draw: st.DrawFn, material: _Material) -> Expression:
    steps: list[Step] = []
    draw(_results(material, steps, len(material.names)))
    return Expression(material.inputs, tuple(steps))


@st.composite
def _results(draw: st.DrawFn, material: _Material, steps: list[Step], most: int) -> str:
    """The name of one more step, put into steps, after those that it needs; then there are no more than most steps."""
    operation = draw(st.sampled_from(material.operations))
    operands: list[str | float] = []
    for places_left in reversed(range(len(operation.partials))):
        # Numbers alone would give a number, which has no gradient.
        may_be_number = places_left > 0 or any(isinstance(operand, str) for operand in operands)
        operands.append(draw(_operands(material, steps, most - 1, may_be_number)))
    steps.append(Step(material.names[len(steps)], operation, tuple(operands)))
    return steps[-1].name


@st.composite
def _operands(draw: st.DrawFn, material: _Material, steps: list[Step], most: int, may_be_number: bool) -> str | float:
    # Three times in four: enough for sharing, while many expressions still end before there is no room left.
    if len(steps) < most and draw(st.integers(0, 3)):
        return draw(_results(material, steps, most))
    names = [*material.inputs, *(step.name for step in steps)]
    name = draw(st.sampled_from([*names, None] if may_be_number else names))
    return draw(_NUMBERS) if name is None else name
