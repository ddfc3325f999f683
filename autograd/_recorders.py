"""Recorders: for each operation of the table a method that applies it to a Value and records the result.

They say what ``value.record`` says, written out for one operation each, which makes recording twice as fast: slopes
that are constants or operands stand in the code as such, and the floats of a rule meet no dispatch. The code is made
from the table alone; nothing a user names ever gets into it.
"""

import builtins
import dis
import operator
from collections.abc import Callable
from types import FunctionType
from typing import Any

from autograd.operations import Operation

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

_SPELLED = {
    operator.add: "x + y",
    operator.sub: "x - y",
    operator.mul: "x * y",
    operator.neg: "-x",
}


def recorder(op: Operation, names: dict[str, Any]) -> Callable[..., Any]:
    """The method that records op.

    Args:
        names: what the code above needs of the module that defines Value: Value, blank, plain and NO_GRADIENT.
    """
    arguments = ("x", "y")[: len(op.partials)]
    call = f"value({', '.join(arguments)})"
    slopes = {f"d{argument}": _spelled(op, index) for index, argument in enumerate(arguments)}
    template = _ONE_OPERAND if len(arguments) == 1 else _TWO_OPERANDS
    source = template.format(value=_SPELLED.get(op.value, call), **slopes)
    rules = {f"rule_d{argument}": slope_rule(op, index) for index, argument in enumerate(arguments)}
    scope = {**names, **rules, "op": op, "value": op.value}
    exec(compile(source, f"<recorder of {op.name}>", "exec"), scope)
    method: Callable[..., Any] = scope["method"]
    method.__name__ = method.__qualname__ = op.name
    return method


def slope_rule(op: Operation, index: int) -> Callable[..., float | None]:
    """How the slope for one operand is worked out on floats; None stands for a 0 that lets nothing through."""
    partial = op.partials[index]
    if not callable(partial):
        constant = None if op.routes and partial == 0.0 else partial
        return lambda *_: constant
    rule = _on_floats(partial)
    if op.routes:
        return lambda *numbers: rule(*numbers) or None
    return rule


def _on_floats(rule: Any) -> Callable[..., float]:
    """The same rule with the operations it names replaced by their functions of floats."""
    if not isinstance(rule, FunctionType):
        return rule  # type: ignore[no-any-return]
    names = {**vars(builtins), **rule.__globals__}
    needed = {step.argval for step in dis.get_instructions(rule) if step.opname == "LOAD_GLOBAL"}
    if not needed <= names.keys():
        # It names what is yet to be defined, and finds that by itself at the call.
        return rule
    floats = {name: names[name].value for name in needed if isinstance(names[name], Operation)}
    return FunctionType(rule.__code__, rule.__globals__ | floats, rule.__name__, rule.__defaults__, rule.__closure__)


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
