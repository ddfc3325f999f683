"""The number that remembers: a Value keeps its data, its gradient, and the operation and operands that made it.

The methods of Value are made from the operation table once, when this module is imported. The slopes (the local
derivatives) are worked out while recording and kept on the edges, so the backward pass only multiplies and adds.
"""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, SupportsFloat, final

from autograd._methods import Methods
from autograd._recorders import recorder, slope_rule, value_rule
from autograd.operations import TAKEN, Operation, as_float, for_each_operation
from autograd.scalar import Scalar, give_methods

#: The zero that ``grad`` holds until a gradient has reached the Value; tell it apart with ``is``.
NO_GRADIENT: Final = float("0")


class _WithoutInit(type):
    """The type of Value: a Value has no ``__init__``, so that recorders can make one without the cost of calling it."""

    def __call__(cls, data: object, label: str | None = None) -> Any:
        if isinstance(data, Value):
            raise TypeError(f"{data!r} is a Value already: use it as it is, or copy its number with Value(v.data)")
        if label is not None and not isinstance(label, str):
            raise TypeError(f"label {label!r} is of type {type(label).__name__}: a label is text")
        number = as_float(data)
        leaf = blank()
        leaf._data = number
        leaf.grad = NO_GRADIENT
        leaf.label = label
        leaf.op = leaf._x = leaf._y = leaf._dx = leaf._dy = leaf._mark = None
        return leaf


@final
class Value(Scalar, Methods, metaclass=_WithoutInit):
    """A real number in a computation graph; ``Value(2.0, label="x")`` is a leaf of a new one.

    Making one raises a TypeError where data is not a real number or label is not text, and a ValueError where no
    double equals data.

    Attributes:
        data: the number, a double.
        grad: the derivative of the result that ``backward`` was called on, with respect to this Value.
        label: the name that traces and pictures show, or None.
        op: the operation that made this Value, or None for a leaf.
    """

    level = 0

    __slots__ = ("_data", "_dx", "_dy", "_line", "_mark", "_scope", "_x", "_y", "grad", "label", "op")

    _data: float
    grad: float
    label: str | None
    op: Operation | None
    # The operands, each a Value or a plain number, and the slope along each edge. A slope is None where nothing
    # flows: towards a plain number, and along the side that a branching operation did not take.
    # A leaf has none of these; ``derivatives`` marks its own inputs at ``_x`` when it is done with them.
    _x: Any
    _y: Any
    _dx: float | None
    _dy: float | None
    _mark: object
    # Where it was recorded; empty outside ``nonfinite.source_lines``, so that recording costs no more.
    _line: str | None
    # Empty outside a scope, for the same reason.
    _scope: tuple[str, ...]

    @property
    def data(self) -> float:
        """The number, a double; setting it takes any number that Value() takes."""
        return self._data

    @data.setter
    def data(self, number: SupportsFloat) -> None:
        self._data = number if number.__class__ is float else as_float(number)

    @property
    def scope(self) -> tuple[str, ...]:
        """The names of the parts of the calculation that it belongs to, the outermost first; see ``autograd.scope``."""
        return getattr(self, "_scope", ())

    @scope.setter
    def scope(self, path: tuple[str, ...]) -> None:
        self._scope = path

    @property
    def operands(self) -> tuple["Value | float", ...]:
        """What the operation was applied to, in order and with repeats; empty for a leaf."""
        if self.op is None:
            return ()
        return (self._x,) if len(self.op.partials) == 1 else (self._x, self._y)

    @property
    def slopes(self) -> tuple[float | None, ...]:
        """The local derivative for each operand; None where nothing flows, as towards a plain number."""
        if self.op is None:
            return ()
        return (self._dx,) if len(self.op.partials) == 1 else (self._dx, self._dy)

    def backward(self, seed: float = 1.0) -> None:
        """Work out the gradient of this Value with respect to every Value it was made from.

        Inner Values, this one included, get their gradient afresh; leaves add it to the one they have. The gradient
        is that of the recorded numbers: a leaf changed since then does not bend it.

        Args:
            seed: the gradient put in at this Value.

        Raises:
            TypeError, ValueError: seed is not a real number.
        """
        seed = as_float(seed)
        # One pass at a time: two threads that share a leaf must not lose each other's additions.
        with _backward_lock:
            if self.op is None:
                self.grad = seed if self.grad is NO_GRADIENT else self.grad + seed
                return
            order = recorded(self)
            nothing = NO_GRADIENT
            for node in order:
                node.grad = nothing
            self.grad = seed
            for node in reversed(order):
                upstream = node.grad
                if upstream is nothing:
                    # It lies behind a side not taken: not even 0 times an infinite slope comes from there.
                    continue
                # The first contribution is taken as it is: added to a 0, one of −0 would lose its sign.
                slope = node._dx
                if slope is not None:
                    x = node._x
                    if x.grad is nothing:
                        x.grad = slope * upstream
                    else:
                        x.grad += slope * upstream
                slope = node._dy
                if slope is not None:
                    y = node._y
                    if y.grad is nothing:
                        y.grad = slope * upstream
                    else:
                        y.grad += slope * upstream

    @classmethod
    def _apply(cls, op: Operation, operands: tuple[Any, ...]) -> "Value":
        method = _methods.get(op)
        if method is not None and operands[0].__class__ is Value:
            result = method(*operands)
            if result is not NotImplemented:
                return result
        return record(op, operands)

    def __repr__(self) -> str:
        label = "" if self.label is None else f", label={self.label!r}"
        return f"Value(data={self._data}, grad={self.grad}{label})"

    def __float__(self) -> float:
        return self._data

    def __init_subclass__(cls) -> None:
        raise TypeError(f"class {cls.__name__}: a Value cannot be subclassed, because its operations make plain Values")

    def __reduce__(self) -> tuple[Callable[..., "Value"], tuple[Any, ...]]:
        return _copies.reduced(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> "Value":
        return _copies.deep_copied(self, memo)

    def __copy__(self) -> "Value":
        return _copies.copied(self, {})

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        # Only notebooks come here, and the trace needs this module first.
        from html import escape

        from autograd.trace import label_of, shown

        def named(operand: Value | float) -> str:
            name = label_of(operand) if isinstance(operand, Value) else None
            number = shown(float(operand))
            return number if name is None else f"{name} = {number}"

        cells = {"label": label_of(self), "data": shown(self._data)}
        if self.grad is not NO_GRADIENT:
            cells["grad"] = shown(self.grad)
        if self.op is not None:
            cells |= {"operation": self.op.sign, "operands": ", ".join(map(named, self.operands))}
        columns = [(f"<th>{title}</th>", f"<td>{escape(text)}</td>") for title, text in cells.items() if text]
        head, row = map("".join, zip(*columns, strict=True))
        # MathJax, which sets what stands between dollar signs, goes by these classes.
        table = f'<table class="mathjax_ignore tex2jax_ignore"><tr>{head}</tr><tr>{row}</tr></table>'
        return {"text/html": table, "text/plain": repr(self)}

    if TYPE_CHECKING:

        def __init__(self, data: object, label: str | None = None) -> None: ...


# Recording -----------------------------------------------------------------------------------------------------------

# A Value with nothing in it yet. The metaclass's own call is passed by: this is the fastest way Python has.
blank: Callable[[], Value] = type.__call__.__get__(Value)


def record(op: Operation, operands: tuple[Any, ...]) -> Value:
    """Apply op to Values and plain numbers: the general way, which the recorders write out for speed.

    Raises:
        TypeError, ValueError: an operand is neither a Value nor a number that a double holds exactly.
    """
    operands = tuple(operand if operand.__class__ is Value else as_float(operand) for operand in operands)
    numbers = [operand._data if operand.__class__ is Value else operand for operand in operands]
    node = blank()
    node._data = out = value_rule(op)(*numbers)
    slopes = [
        slope_rule(op, index)(*numbers, out) if operand.__class__ is Value else None
        for index, operand in enumerate(operands)
    ]
    node.grad = NO_GRADIENT
    node.op = op
    node._x, node._y = (*operands, None)[:2]
    node._dx, node._dy = (*slopes, None)[:2]
    node.label = node._mark = None
    return node


def _plain(other: Any) -> Any:
    """other as a double, or NotImplemented, with which Python looks further and then says what it could not add."""
    if other.__class__ is int and -(2**53) <= other <= 2**53:
        return float(other)
    try:
        return as_float(other)
    except TypeError:
        if isinstance(other, str | bytes | list | tuple):
            # With these Python would try to repeat the sequence, and complain of that.
            raise
        return NotImplemented


_methods: dict[Operation, Callable[..., Value]] = {}
_reflected: dict[Operation, Callable[..., Value]] = {}


def _give_methods(op: Operation) -> None:
    method = reflected = _methods[op] = recorder(op, _RECORDER_NAMES)
    if len(op.partials) == 2:
        reflected = _reflected[op] = recorder(op, _RECORDER_NAMES, number_first=True)
    give_methods(Value, op, method, reflected)


TAKEN.update(dir(Value))
_RECORDER_NAMES = {"Value": Value, "blank": blank, "plain": _plain, "NO_GRADIENT": NO_GRADIENT}
for_each_operation(_give_methods)


# Walking the graph ---------------------------------------------------------------------------------------------------

_backward_lock = threading.RLock()


def recorded(output: Value) -> list[Value]:
    """Every Value that an operation made on the way to output, operands before results, output last.

    Raises:
        TypeError: output is not a Value.
    """
    order: list[Value] = []
    if not isinstance(output, Value):
        raise TypeError(f"{output!r} is of type {type(output).__name__}: a Value is needed, whose graph can be walked")
    if output.op is None:
        return order
    # An object of this pass's own marks what it has met: cheaper than a set, and an interrupted pass leaves no trace.
    met = object()
    path: list[Value] = []
    push, pop, done = path.append, path.pop, order.append
    node = output
    with _backward_lock:
        node._mark = met
        while True:
            x = node._x
            while x.__class__ is Value and x._mark is not met and x.op is not None:
                x._mark = met
                push(node)
                node = x
                x = node._x
            y = node._y
            while y.__class__ is not Value or y._mark is met or y.op is None:
                # All its operands are done, and so is it; on with the last one that waits for its second operand.
                done(node)
                if not path:
                    return order
                node = pop()
                y = node._y
            y._mark = met
            push(node)
            node = y


def leaves(output: Value) -> list[Value]:
    """Every Value that no operation made and output depends on, in the order of first use.

    Raises:
        TypeError: output is not a Value.
    """
    if isinstance(output, Value) and output.op is None:
        return [output]
    found = {
        id(operand): operand
        for node in recorded(output)
        for operand in node.operands
        if isinstance(operand, Value) and operand.op is None
    }
    return list(found.values())


# It needs the class, and the class's methods need it when they are called.
from autograd import _copies  # noqa: E402
