"""Copies and pickles of graphs of any depth: a graph is laid out flat first, so that no nesting costs recursion."""

import weakref
from collections.abc import Callable
from typing import Any

from autograd.value import NO_GRADIENT, Value, blank, leaves, recorded


class Recording:
    """Recorded Values as pickle keeps them: rows without nesting.

    An operand in a row is the place of another row, or what it is: a plain number, a leaf, or a Value that an earlier
    recording of the same pickle has. So Values pickled one by one stay the one graph that they were.
    """

    def __init__(self, nodes: list[Value]) -> None:
        self.nodes = nodes
        self.places = {id(node): place for place, node in enumerate(nodes)}

    def __reduce__(self) -> tuple[Callable[..., "Recording"], tuple[Any, ...]]:
        rows = [
            (node.op, *(self.places.get(id(x), x) for x in (node._x, node._y)), node._dx, node._dy, *_own(node))
            for node in self.nodes
        ]
        return _recording, (rows,)


# Which living recording has a Value, by id: a pickler keeps what it has pickled alive until it is done.
_recordings: "weakref.WeakValueDictionary[int, Recording]" = weakref.WeakValueDictionary()


def reduced(value: Value) -> tuple[Callable[..., Value], tuple[Any, ...]]:
    """What pickle is to keep of a Value: a leaf's own numbers, or its place in a recording."""
    if value.op is None:
        return _leaf, _own(value)
    recording = _recordings.get(id(value))
    if recording is None:
        recording = Recording([node for node in recorded(value) if id(node) not in _recordings])
        _recordings.update({id(node): recording for node in recording.nodes})
    return _taken, (recording, recording.places[id(value)])


def deep_copied(value: Value, memo: dict[int, Any]) -> Value:
    """The copy of a graph that ends in a Value, as far as memo does not have it yet."""
    for node in [*leaves(value), *recorded(value)]:
        if id(node) not in memo:
            memo[id(node)] = copied(node, memo)
    return memo[id(value)]  # type: ignore[no-any-return]


def copied(node: Value, memo: dict[int, Any]) -> Value:
    """The copy of one Value, on the copies of its operands in memo, or on the operands themselves."""
    x, y = (memo.get(id(operand), operand) for operand in (node._x, node._y))
    return _node(node.op, x, y, node._dx, node._dy, *_own(node))


def _own(node: Value) -> tuple[float, float | None, str | None]:
    """A Value's own numbers; None for NO_GRADIENT, whose identity no copy in another process has."""
    return node.data, None if node.grad is NO_GRADIENT else node.grad, node.label


def _node(op: Any, x: Any, y: Any, dx: Any, dy: Any, data: float, grad: float | None, label: str | None) -> Value:
    node = blank()
    node.op = op
    node._x, node._y, node._dx, node._dy = x, y, dx, dy
    node._data, node.label = data, label
    node.grad = NO_GRADIENT if grad is None else grad
    node._mark = None
    return node


def _leaf(data: float, grad: float | None, label: str | None) -> Value:
    return _node(None, None, None, None, None, data, grad, label)


def _recording(rows: list[tuple[Any, ...]]) -> Recording:
    nodes: list[Value] = []
    for op, *operands, dx, dy, data, grad, label in rows:
        # A whole number is a place; plain numbers are floats.
        x, y = (nodes[operand] if operand.__class__ is int else operand for operand in operands)
        nodes.append(_node(op, x, y, dx, dy, data, grad, label))
    return Recording(nodes)


def _taken(recording: Recording, place: int) -> Value:
    return recording.nodes[place]
