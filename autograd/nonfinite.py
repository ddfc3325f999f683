"""Where an inf or a nan came from: at once while recording, or afterwards in a recorded graph.

Nobody pays who does not ask: only while a ``with`` of this module is open do the recorders run through a watcher, and
only what is recorded inside that ``with``, in its own thread or task, is looked at.
"""

import linecache
import math
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, FunctionType
from typing import Any, Literal, cast

from autograd.operations import Operation
from autograd.trace import backward_pass, label_of, node_names, shown
from autograd.value import Value, _methods, _reflected, record, recorded

_Kind = Literal["value", "slope", "gradient"]


@dataclass(frozen=True, slots=True)
class NonFinite:
    """The first number of a graph that is inf or nan, and what made it; print it for a sentence.

    Attributes:
        kind: which number it is: the ``"value"`` of a result, or in the backward pass the ``"slope"`` for an operand
            or the ``"gradient"`` that it receives.
        node: the name of the Value that the number belongs to; None where it has no label and no graph to be named in.
        number: the inf or nan.
        op: the operation that made it; None where it is a leaf's own number.
        operands: name and number of each operand of op; a name is None as that of node is, and for a constant.
        line: where op was applied, as ``file:line: source``; None where it was not kept, see ``source_lines``.
    """

    kind: _Kind
    node: str | None
    number: float
    op: Operation | None
    operands: tuple[tuple[str | None, float], ...]
    line: str | None

    def __str__(self) -> str:
        where = "" if self.line is None else f" ({self.line})"
        return f"{self._sentence()}{where}"

    def _sentence(self) -> str:
        if self.op is None:
            return f"{_named(self.node, self.number)} is not finite to begin with"
        call = f"{self.op.name} of {' and '.join(_named(*operand) for operand in self.operands)}"
        if self.kind != "value":
            return f"{call}: the {self.kind} for '{self.node}' is {shown(self.number)}"
        numbers = [number for _, number in self.operands]
        if not all(map(math.isfinite, numbers)):
            return f"{call} gives {shown(self.number)}: an operand is not finite to begin with"
        # A quotient or a power may be infinite for being large alone; with a 0 in it, it is not.
        large = math.isinf(self.number) and len(numbers) == 2 and 0.0 not in numbers
        if self.op.needs and not large:
            return f"{call}: {self.op.needs}"
        reason = ": the result lies beyond the range of a double" if math.isinf(self.number) else ""
        return f"{call} gives {shown(self.number)}{reason}"


def first_nonfinite(output: Value) -> NonFinite | None:
    """The first inf or nan of a recorded graph, or None where every number of both passes is finite.

    First come the results, in the order of the forward pass: where output is inf or nan itself, the operation that it
    has that from; else whatever operation gave one, even if what follows made it finite again. Where all results are
    finite, the slopes and gradients of the backward pass are looked at, from the output on; what lies behind a side
    not taken is none of it.

    Raises:
        TypeError: output is not a Value.
    """
    if not isinstance(output, Value):
        raise TypeError(f"first_nonfinite of {output!r}: a Value is needed, such as Value(2.0) * Value(3.0)")
    order = recorded(output)
    found = _in_forward_pass(output, order) or _in_backward_pass(output)
    if found is None:
        return None
    kind, number, value, node = found
    names = node_names(output)
    # Nothing is kept in the slot of a Value recorded outside source_lines.
    line = getattr(node, "_line", None)
    return _described(kind, number, value, node, lambda named: names[id(named)], line)


@contextmanager
def raise_on_nonfinite() -> Iterator[None]:
    """Inside this ``with``, an operation on a Value that gives inf or nan raises at once.

    It holds for the thread or the task that entered it, and for tasks started inside. An operation on plain numbers
    is not looked at, nor are slopes and gradients: ask ``first_nonfinite``.

    Whatever is recorded is looked at, even the side that is not taken: ``where(x > 0, sqrt(x), 0.0)`` raises at −1,
    though result and gradient are finite. Put a safe number in first: ``sqrt(where(x > 0, x, 1.0))``. And ``gradient``
    records the operations of the rules: the slope of sqrt at 0 is told as a divide of 0.5 and 0.

    Raises:
        FloatingPointError: says which operation gave it, with its operands and the line of the program; its ``args``
            hold the NonFinite.
    """
    with watching(_refuse):
        yield


@contextmanager
def source_lines() -> Iterator[None]:
    """Inside this ``with``, every Value recorded keeps the line of the program, for first_nonfinite to name.

    It holds for the thread or the task that entered it, and for tasks started inside. A copy of a Value does not keep
    the line.
    """
    with watching(_keep_line):
        yield


# Looking through a graph ---------------------------------------------------------------------------------------------

# Which number it is, the number, the Value that it belongs to, and the Value whose operation made it.
_Found = tuple[_Kind, float, Value, Value]


def _in_forward_pass(output: Value, order: list[Value]) -> _Found | None:
    if output.op is None:
        return None if math.isfinite(output.data) else ("value", output.data, output, output)
    suspects = {id(output)} if not math.isfinite(output.data) else set(map(id, order))
    origin = None
    for node in reversed(order):
        if id(node) in suspects and not math.isfinite(node.data):
            origin = node
            suspects.update(map(id, node.operands))
    return None if origin is None else ("value", origin.data, origin, origin)


def _in_backward_pass(output: Value) -> _Found | None:
    for edge in backward_pass(output, seed=1.0):
        if edge.flows and not math.isfinite(edge.slope):
            return "slope", edge.slope, edge.operand, edge.node
        _, total = edge.added
        if edge.flows and not math.isfinite(total):
            return "gradient", total, edge.operand, edge.node
    return None


def _described(
    kind: _Kind, number: float, value: Value, node: Value, name: Callable[[Value], str | None], line: str | None
) -> NonFinite:
    operands = tuple(
        (name(operand), operand.data) if isinstance(operand, Value) else (None, operand) for operand in node.operands
    )
    return NonFinite(kind, name(value), number, node.op, operands, line)


def _named(name: str | None, number: float) -> str:
    return shown(number) if name is None else f"'{name}' = {shown(number)}"


# Watching what is recorded -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Watch:
    """An open ``with``, and what it does with each Value recorded inside."""

    look: Callable[[Value], None]


_lock = threading.Lock()
_open: set[_Watch] = set()
_watches: ContextVar[tuple[_Watch, ...]] = ContextVar("_watches", default=())


@contextmanager
def watching(look: Callable[[Value], None]) -> Iterator[None]:
    """Inside this ``with``, have a look at each Value recorded, in this thread or task."""
    watch = _Watch(look)
    with _lock:
        if not _open:
            _switch_on()
        _open.add(watch)
    _watches.set((*_watches.get(), watch))
    try:
        yield
    finally:
        # Not by a token: a generator may be closed in another context than the one it was entered in.
        _watches.set(tuple(other for other in _watches.get() if other is not watch))
        with _lock:
            _open.remove(watch)
            if not _open:
                _switch_off()


def _watched(*arguments: Any, unwatched: Callable[..., Any], watch: Callable[[Any], None]) -> Any:
    result = unwatched(*arguments)
    if result is not NotImplemented:
        watch(result)
    return result


def _recorders() -> list[FunctionType]:
    return [cast(FunctionType, function) for function in (*_methods.values(), *_reflected.values(), record)]


def _switch_on() -> None:
    """Give every recorder the code of _watched, with its own code as what that calls.

    New code in the same function reaches all its names at once, and leaves the class alone: CPython stops caching the
    attributes of a class that has been changed a thousand times.
    """
    for function in _recorders():
        own = FunctionType(function.__code__, function.__globals__, function.__name__)
        function.__kwdefaults__ = {"unwatched": own, "watch": _look_at}
        function.__code__ = _watched.__code__


def _switch_off() -> None:
    for function in _recorders():
        # An operation that was added in between has no other code.
        if function.__kwdefaults__ is not None:
            function.__code__ = function.__kwdefaults__["unwatched"].__code__
            function.__kwdefaults__ = None


def _look_at(value: Value) -> None:
    for watch in _watches.get():
        # A task may outlive the with that it was started in.
        if watch in _open:
            watch.look(value)


def _refuse(value: Value) -> None:
    if not math.isfinite(value.data):
        raise FloatingPointError(_described("value", value.data, value, value, label_of, _current_line()))


def _keep_line(value: Value) -> None:
    value._line = _current_line()


_OWN_CODE = (f"{Path(__file__).parent}{os.sep}", "<recorder of ")


def _current_line() -> str | None:
    """The line that is being executed outside this package and NumPy, or None where a thread began inside them."""
    numpy = sys.modules.get("numpy")
    passed_over = _OWN_CODE if numpy is None else (*_OWN_CODE, f"{numpy.__path__[0]}{os.sep}")
    frame: FrameType | None = sys._getframe()
    while frame is not None and frame.f_code.co_filename.startswith(passed_over):
        frame = frame.f_back
    if frame is None:
        return None
    file, number = frame.f_code.co_filename, frame.f_lineno
    source = linecache.getline(file, number, frame.f_globals).strip()
    # Many Values share a line; one copy of it will do.
    return sys.intern(f"{file}:{number}: {source}" if source else f"{file}:{number}")
