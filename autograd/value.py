"""The number that remembers: a Value keeps its data, its gradient, and the operation and operands that made it.

The methods of Value are made from the operation table once, when this module is imported. The slopes (the local
derivatives) are worked out while recording and kept on the edges, so the backward pass only multiplies and adds.
"""

import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final, final

from autograd import operations
from autograd._recorders import recorder, slope_rule
from autograd.operations import OPERATIONS, Operation, as_float

#: The zero that ``grad`` holds until a gradient has reached the Value; tell it apart with ``is``.
NO_GRADIENT: Final = float("0")

Operand = "Value | float"


class _WithoutInit(type):
    """The type of Value: a Value has no ``__init__``, so that recorders can make one without the cost of calling it."""

    def __call__(cls, data: object, label: str | None = None) -> Any:
        if isinstance(data, Value):
            raise TypeError(f"{data!r} is a Value already: use it as it is, or copy its number with Value(v.data)")
        if label is not None and not isinstance(label, str):
            raise TypeError(f"label {label!r} is of type {type(label).__name__}: a label is text")
        number = as_float(data)
        leaf = _blank()
        leaf.data = number
        leaf.grad = NO_GRADIENT
        leaf.label = label
        leaf.op = leaf._x = leaf._y = leaf._dx = leaf._dy = leaf._mark = None
        return leaf


@final
class Value(metaclass=_WithoutInit):
    """A real number in a computation graph; ``Value(2.0, label="x")`` is a leaf of a new one.

    Making one raises a TypeError where data is not a real number or label is not text, and a ValueError where no
    double equals data.

    Attributes:
        data: the number, a double.
        grad: the derivative of the result that ``backward`` was called on, with respect to this Value.
        label: the name that traces and pictures show, or None.
        op: the operation that made this Value, or None for a leaf.
    """

    __slots__ = ("_dx", "_dy", "_mark", "_x", "_y", "data", "grad", "label", "op")

    data: float
    grad: float
    label: str | None
    op: Operation | None
    # The operands, each a Value or a plain number, and the slope along each edge. A slope is None where nothing
    # flows: towards a plain number, and along the side that a branching operation did not take.
    _x: Any
    _y: Any
    _dx: float | None
    _dy: float | None
    _mark: object

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

    # Arithmetic on the number itself -------------------------------------------------------------------------------

    def __repr__(self) -> str:
        label = "" if self.label is None else f", label={self.label!r}"
        return f"Value(data={self.data}, grad={self.grad}{label})"

    def __float__(self) -> float:
        return float(self.data)

    def __bool__(self) -> bool:
        return self.data != 0.0

    def __format__(self, spec: str) -> str:
        return format(self.data, spec) if spec else repr(self)

    def __lt__(self, other: object) -> bool:
        return bool(self.data < _number(other))

    def __le__(self, other: object) -> bool:
        return bool(self.data <= _number(other))

    def __gt__(self, other: object) -> bool:
        return bool(self.data > _number(other))

    def __ge__(self, other: object) -> bool:
        return bool(self.data >= _number(other))

    def __eq__(self, other: object) -> bool:
        return bool(self.data == _number(other))

    def __hash__(self) -> int:
        # By identity: equal numbers in two places of a graph are two Values.
        return object.__hash__(self)

    # Copies --------------------------------------------------------------------------------------------------------

    def __reduce__(self) -> tuple[Callable[..., "Value"], tuple[Any, ...]]:
        if self.op is None:
            return _restored_leaf, (self.data, _kept(self.grad), self.label)
        return _restored, (_flattened(self),)

    def __deepcopy__(self, memo: dict[int, Any]) -> "Value":
        for node in [*leaves(self), *recorded(self)]:
            if id(node) not in memo:
                memo[id(node)] = _copied(node, memo)
        return memo[id(self)]  # type: ignore[no-any-return]

    def __copy__(self) -> "Value":
        return _copied(self, {})

    if TYPE_CHECKING:

        def __init__(self, data: object, label: str | None = None) -> None: ...

        # The methods that the table makes: v.exp(), v.tanh(), ...
        def __getattr__(self, name: str) -> Callable[[], "Value"]: ...

        def __add__(self, other: object) -> "Value": ...
        def __radd__(self, other: object) -> "Value": ...
        def __sub__(self, other: object) -> "Value": ...
        def __rsub__(self, other: object) -> "Value": ...
        def __mul__(self, other: object) -> "Value": ...
        def __rmul__(self, other: object) -> "Value": ...
        def __truediv__(self, other: object) -> "Value": ...
        def __rtruediv__(self, other: object) -> "Value": ...
        def __pow__(self, other: object) -> "Value": ...
        def __rpow__(self, other: object) -> "Value": ...
        def __neg__(self) -> "Value": ...
        def __abs__(self) -> "Value": ...


# Recording -----------------------------------------------------------------------------------------------------------

# A Value with nothing in it yet. The metaclass's own call is passed by: this is the fastest way Python has.
_blank: Callable[[], Value] = type.__call__.__get__(Value)


def record(op: Operation, operands: tuple[Any, ...]) -> Value:
    """Apply op to Values and plain numbers: the general way, which the recorders write out for speed.

    Raises:
        TypeError, ValueError: an operand is neither a Value nor a number that a double holds exactly.
    """
    operands = tuple(operand if operand.__class__ is Value else as_float(operand) for operand in operands)
    numbers = [operand.data if operand.__class__ is Value else operand for operand in operands]
    node = _blank()
    node.data = out = op.value(*numbers)
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


def _reflected(op: Operation) -> Callable[[Value, Any], Value]:
    def method(self: Value, other: Any) -> Value:
        number = _plain(other)
        return number if number is NotImplemented else record(op, (number, self))

    return method


def _plain(other: Any) -> Any:
    """other as a double, or NotImplemented, with which Python looks further and then says what it could not add."""
    if other.__class__ is int and -(2**53) <= other <= 2**53:
        return float(other)
    try:
        return as_float(other)
    except TypeError:
        return NotImplemented


def _number(other: Any) -> Any:
    return other.data if other.__class__ is Value else other


_SYMBOLS = {
    operations.add: "add",
    operations.subtract: "sub",
    operations.multiply: "mul",
    operations.divide: "truediv",
    operations.power: "pow",
    operations.negative: "neg",
    operations.abs: "abs",
}


_methods: dict[Operation, Callable[..., Value]] = {}


def _give_methods(table: Iterable[Operation]) -> None:
    names = {"Value": Value, "blank": _blank, "plain": _plain, "NO_GRADIENT": NO_GRADIENT}
    for op in table:
        _methods[op] = recorder(op, names)
        if len(op.partials) == 1:
            setattr(Value, op.name, _methods[op])
    for op, symbol in _SYMBOLS.items():
        setattr(Value, f"__{symbol}__", _methods[op])
        if len(op.partials) == 2:
            setattr(Value, f"__r{symbol}__", _reflected(op))


_give_methods(OPERATIONS.values())


# Walking the graph ---------------------------------------------------------------------------------------------------

_backward_lock = threading.RLock()


def recorded(output: Value) -> list[Value]:
    """Every Value that an operation made on the way to output, operands before results, output last."""
    order: list[Value] = []
    if output.op is None:
        return order
    # Objects of this pass's own mark what it has seen: cheaper than a set, and an interrupted pass leaves no trace.
    entered, finished = object(), object()
    stack: list[Any] = [output]
    push, pop, done = stack.append, stack.pop, order.append
    with _backward_lock:
        while stack:
            node = pop()
            if node._mark is entered:
                # Its operands lay above it and are done by now.
                node._mark = finished
                done(node)
                continue
            while node._mark is not finished:
                x, y = node._x, node._y
                y_is_recorded = y.__class__ is Value and y.op is not None
                if x.__class__ is Value and x.op is not None:
                    node._mark = entered
                    push(node)
                    if y_is_recorded:
                        push(y)
                    node = x
                elif y_is_recorded:
                    node._mark = entered
                    push(node)
                    node = y
                else:
                    node._mark = finished
                    done(node)
    return order


def leaves(output: Value) -> list[Value]:
    """Every Value that no operation made and output depends on, in the order of first use."""
    if output.op is None:
        return [output]
    found = {
        id(operand): operand
        for node in recorded(output)
        for operand in node.operands
        if isinstance(operand, Value) and operand.op is None
    }
    return list(found.values())


# Copying and pickling ------------------------------------------------------------------------------------------------


def _kept(grad: float) -> float | None:
    """A gradient as it is stored: None for NO_GRADIENT, whose identity no copy in another process has."""
    return None if grad is NO_GRADIENT else grad


def _restored_leaf(data: float, grad: float | None, label: str | None) -> Value:
    leaf = Value(data, label)
    leaf.grad = NO_GRADIENT if grad is None else grad
    return leaf


def _flattened(output: Value) -> list[tuple[Any, ...]]:
    """The graph as rows without nesting, so that depth costs no recursion; leaves stay objects, to stay shared."""
    place: dict[int, int] = {}
    rows = []
    for node in recorded(output):
        x, y = (place.get(id(operand), operand) for operand in (node._x, node._y))
        rows.append((node.op, x, node._dx, y, node._dy, node.data, _kept(node.grad), node.label))
        place[id(node)] = len(place)
    return rows


def _restored(rows: list[tuple[Any, ...]]) -> Value:
    nodes: list[Value] = []
    for op, x, dx, y, dy, data, grad, label in rows:
        node = _restored_leaf(data, grad, label)
        node.op = op
        # A whole number is a place in the list; plain numbers are floats.
        node._x, node._y = (nodes[operand] if operand.__class__ is int else operand for operand in (x, y))
        node._dx, node._dy = dx, dy
        nodes.append(node)
    return nodes[-1]


def _copied(node: Value, memo: dict[int, Any]) -> Value:
    copy = _restored_leaf(node.data, _kept(node.grad), node.label)
    copy.op = node.op
    copy._x, copy._y = (memo.get(id(operand), operand) for operand in (node._x, node._y))
    copy._dx, copy._dy = node._dx, node._dy
    return copy
