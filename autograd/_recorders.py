"""Recorders: for each operation of the table a method that applies it to a Value and records the result.

They say what ``value.record`` says, written out for one operation each, which makes recording twice as fast: slopes
that are constants or operands stand in the code as such, and the floats of a rule meet no dispatch. The code is made
from the table alone; nothing a user names ever gets into it.
"""

import operator
from collections.abc import Callable
from functools import cache
from types import FunctionType
from typing import Any

from autograd import operations
from autograd.operations import BUILT_IN, Operation, as_float

_ONE_OPERAND = """
def method(self):
    x = self._data
    node = blank()
    node._data = out = {value}
    node.grad = NO_GRADIENT
    node.op = op
    node._x = self
    node._dx = {dx}
    node._y = node._dy = node.label = node._mark = None
    return node
"""

_TWO_OPERANDS = """
def method(self, other):
    x = self._data
    node = blank()
    if other.__class__ is Value:
        y = other._data
        node._data = out = {value}
        node._dy = {dy}
    else:
        if other.__class__ is not float:
            other = plain(other)
            if other is NotImplemented:
                return NotImplemented
        y = other
        node._data = out = {value}
        node._dy = None
    node.grad = NO_GRADIENT
    node.op = op
    node._x = self
    node._dx = {dx}
    node._y = other
    node.label = node._mark = None
    return node
"""

_NUMBER_FIRST = """
def method(self, other):
    if other.__class__ is not float:
        other = plain(other)
        if other is NotImplemented:
            return NotImplemented
    x = other
    y = self._data
    node = blank()
    node._data = out = {value}
    node.grad = NO_GRADIENT
    node.op = op
    node._x = other
    node._dx = None
    node._y = self
    node._dy = {dy}
    node.label = node._mark = None
    return node
"""

_SPELLED = {
    operator.add: "x + y",
    operator.sub: "x - y",
    operator.mul: "x * y",
    operator.neg: "-x",
}


def recorder(op: Operation, names: dict[str, Any], number_first: bool = False) -> Callable[..., Any]:
    """The method that records op.

    Args:
        number_first: whether it is that of the second operand, the first being a plain number, as in ``2.0 - x``.
        names: what the code above needs of the module that defines Value: Value, blank, plain and NO_GRADIENT.
    """
    arguments = ("x", "y")[: len(op.partials)]
    call = f"value({', '.join(arguments)})"
    slopes = {f"d{argument}": _spelled(op, index) for index, argument in enumerate(arguments)}
    template = _NUMBER_FIRST if number_first else _ONE_OPERAND if len(arguments) == 1 else _TWO_OPERANDS
    source = template.format(value=_SPELLED.get(op.value, call), **slopes)
    rules = {f"rule_d{argument}": slope_rule(op, index) for index, argument in enumerate(arguments)}
    scope = {**names, **rules, "op": op, "value": value_rule(op)}
    exec(compile(source, f"<recorder of {op.name}>", "exec"), scope)
    method: Callable[..., Any] = scope["method"]
    method.__name__ = method.__qualname__ = op.name
    method.__doc__ = f"The operation {op.name} of the table, recorded."
    return method


@cache
def value_rule(op: Operation) -> Callable[..., float]:
    """How the value is worked out on floats."""
    return op.value if op in BUILT_IN else _held_to_floats(op.value, f"the value of {op.name}")


# Kept, because it takes longer to make than to call.
@cache
def slope_rule(op: Operation, index: int) -> Callable[..., float | None]:
    """How the slope for one operand is worked out on floats; None stands for a 0 that lets nothing through."""
    partial = op.partials[index]
    if not callable(partial):
        constant = None if op.routes and partial == 0.0 else as_float(partial)
        return lambda *_: constant
    if op in BUILT_IN:
        rule = _on_floats(partial)
    else:
        rule = _held_to_floats(partial, f"the partial of {op.name} for operand {index + 1}")
    if op.routes:
        return lambda *numbers: rule(*numbers) or None
    return rule


def _on_floats(rule: Callable[..., Any]) -> Callable[..., float]:
    """A rule of the table with the operations it names replaced by their functions of floats."""
    assert isinstance(rule, FunctionType)
    return FunctionType(rule.__code__, _FUNCTIONS_OF_FLOATS, rule.__name__)


_FUNCTIONS_OF_FLOATS = {
    name: thing.value if isinstance(thing, Operation) else thing for name, thing in vars(operations).items()
}


def _held_to_floats(rule: Callable[..., Any], what: str) -> Callable[..., float]:
    """A rule that somebody else wrote, which may give another kind of number than a double, or fail."""

    def held(*numbers: float) -> float:
        remedy = "write divide(x, y) and power(x, y), which give inf and nan where / and ** fail"
        try:
            return as_float(rule(*numbers))
        except (ArithmeticError, TypeError, ValueError) as error:
            raise type(error)(f"{what} at {', '.join(map(repr, numbers))}: {error}: {remedy}") from error

    return held


def _spelled(op: Operation, index: int) -> str:
    """The slope for one operand as an expression: a constant or an operand itself, else a call of its rule."""
    rule = slope_rule(op, index)
    arguments = (*("x", "y")[: len(op.partials)], "out")
    if not callable(op.partials[index]):
        return repr(rule())
    if not op.routes:
        # A rule that hands back one of its arguments untouched can do without being called.
        stand_ins = {argument: object() for argument in arguments}
        try:
            result = rule(*stand_ins.values())
        except Exception:
            # It does arithmetic, as most rules do, which a stand-in does not take part in.
            result = None
        for argument, stand_in in stand_ins.items():
            if result is stand_in:
                return argument
    return f"rule_d{arguments[index]}({', '.join(arguments)})"
