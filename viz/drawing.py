"""What a picture shows, before it is written in any format: boxes, circles, arrows, their texts and their weight."""

import math
from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from autograd import NO_GRADIENT, Value, leaves, recorded
from autograd.text import counted, printable, quoted
from autograd.trace import node_names
from viz.folding import Inputs, Repetition, Scope, common_scope, folding, scopes_of

Kind = Literal["input", "parameter", "constant", "operation", "value", "output", "fold"]

#: What a picture can show, in the order in which it is shown.
PARTS: Final = ("names", "data", "grad", "partials", "contributions", "steps")

#: From which shares of the largest gradient on a gradient counts as level 2 and as level 3.
LEVELS: Final = (0.1, 0.5)

_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Node:
    """A box, a circle or a bare number.

    Attributes:
        name: what edges call it; stable for the same graph.
        kind: a Value that is an input, a parameter, inner or the output; an operation; a plain number; or a fold, which
            stands for many of them.
        lines: its text.
        level: how large its gradient is beside the largest in the picture, from −3 to 3; 0 for none.
        mark: "saturated" or "dead" where an activation lets little or nothing through, else empty.
        highlighted: whether it lies on the path that was asked for.
        scope: the names of the boxes around it, the outermost first.
    """

    name: str
    kind: Kind
    lines: tuple[str, ...]
    level: int = 0
    mark: str = ""
    highlighted: bool = False
    scope: Scope = ()

    @property
    def text(self) -> tuple[str, ...]:
        """The lines, and the mark below them."""
        return (*self.lines, self.mark) if self.mark else self.lines


@dataclass(frozen=True, slots=True)
class Edge:
    """An arrow from an operand to an operation, or from an operation to its result."""

    tail: str
    head: str
    lines: tuple[str, ...] = ()
    highlighted: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything that a picture shows.

    Attributes:
        largest: the largest gradient, which level 3 begins at half of; 0 where no gradient is shown.
        folded: how many Values the folds stand for.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    largest: float
    folded: int


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a graph is to be drawn; the attributes are draw's arguments."""

    show: Collection[str]
    precision: int
    highlight: Value | Iterable[Value]
    parameters: Iterable[Value]
    fold: int | Collection[str] | None
    most: int


def drawing(output: Value, wishes: Wishes) -> Drawing:
    """What the picture of output's graph shows.

    Raises:
        TypeError, ValueError: as draw.
    """
    parts = _checked_parts(wishes.show)
    if not isinstance(wishes.precision, int) or not 1 <= wishes.precision <= 17:
        raise ValueError(f"precision {wishes.precision!r}: a whole number of significant digits from 1 to 17 is needed")
    _check_fold(wishes.fold)
    # Gradients that an earlier graph left in the leaves are not this graph's.
    if output.grad is NO_GRADIENT:
        parts -= {"grad", "contributions"}
    return _Draughtsman(output, parts, wishes).drawing()


def _checked_parts(show: Collection[str]) -> set[str]:
    if isinstance(show, str):
        raise TypeError(f"show {show!r}: put the parts into a list, as [{show!r}]")
    for part in show:
        if part not in PARTS:
            raise ValueError(f"show has {part!r}: choose from {', '.join(PARTS)}")
    return set(show)


def _check_fold(fold: int | Collection[str] | None) -> None:
    if isinstance(fold, str):
        raise TypeError(f"fold {fold!r}: put the names into a list, as [{fold!r}]")
    if isinstance(fold, int) and fold < 0:
        raise ValueError(f"fold {fold}: a depth from 0, the outermost scopes, up is needed")


class _Draughtsman:
    """Draws one graph."""

    def __init__(self, output: Value, parts: set[str], wishes: Wishes) -> None:
        self.output, self.parts, self.precision = output, parts, wishes.precision
        order, outer = recorded(output), leaves(output)
        self.values = [*outer, *order]
        self.scopes = scopes_of(order, outer)
        self._check_named(wishes.fold)
        self.keys = folding(order, outer, self.scopes, wishes.fold, wishes.most)
        self.folds: dict[Hashable, list[Value]] = {}
        for value in self.values:
            if id(value) in self.keys:
                self.folds.setdefault(self.keys[id(value)], []).append(value)
        # Of each Value the name of the box that shows it; folds are numbered by themselves.
        numbers = {key: f"f{place}" for place, key in enumerate(self.folds)}
        self.names = {
            id(value): numbers[self.keys[id(value)]] if id(value) in self.keys else f"v{place}"
            for place, value in enumerate(self.values)
        }
        self.steps = _steps(order) if "steps" in parts else {}
        self.traced = node_names(output) if "steps" in parts else {}
        self.chosen = _chosen(wishes.highlight, order)
        self._check_chosen()
        self.parameters = {id(value) for value in wishes.parameters}
        grads = [abs(value.grad) for value in self.values] if "grad" in parts else []
        self.largest = max(filter(math.isfinite, grads), default=0.0)
        self.nodes: list[Node] = []
        self.edges: list[Edge] = []

    def _check_named(self, fold: int | Collection[str] | None) -> None:
        known = {name for scope in self.scopes.values() for name in scope}
        for name in () if fold is None or isinstance(fold, int) else fold:
            if name not in known:
                some = ", ".join(map(repr, sorted(known)[:6])) or "none"
                raise ValueError(f"fold has {quoted(name)}: no scope has that name; of those in the graph are {some}")

    def _check_chosen(self) -> None:
        if not self.chosen <= {id(value) for value in self.values}:
            raise ValueError("highlight has a Value that is no part of the graph: give one that output was made from")

    def drawing(self) -> Drawing:
        for key, members in self.folds.items():
            self.nodes.append(self._fold(key, members))
        bundles: dict[tuple[str, str], None] = {}
        for value in self.values:
            if id(value) in self.keys:
                operands = [operand for operand in value.operands if isinstance(operand, Value)]
                bundles |= {(self.names[id(operand)], self.names[id(value)]): None for operand in operands}
                continue
            self.nodes.append(self._box(value))
            if value.op is not None:
                self._add_operation(value)
        self.edges += [Edge(tail, head) for tail, head in bundles if tail != head]
        return Drawing(tuple(self.nodes), tuple(self.edges), self.largest, len(self.keys))

    def _box(self, value: Value) -> Node:
        lines = [printable(name, _LONGEST)] if (name := self._name(value)) is not None else []
        return Node(
            self.names[id(value)],
            self._kind(value),
            (*lines, *self._numbers([value])),
            self._level([value]),
            highlighted=id(value) in self.chosen,
            scope=self.scopes[id(value)],
        )

    def _name(self, value: Value) -> str | None:
        """The label; where steps are numbered, the name that a trace has for it."""
        if "names" not in self.parts:
            return None
        return self.traced[id(value)] if self.traced else value.label

    def _fold(self, key: Hashable, members: list[Value]) -> Node:
        scope = common_scope(self.scopes[id(value)] for value in members)
        if isinstance(key, Repetition):
            lines = [f"{printable(key.op.sign, _LONGEST)}  {len(members):,}×"]
        elif isinstance(key, Inputs):
            kinds = Counter(self._kind(value) for value in members)
            lines = [f"{times:,} {kind}{'s' if times > 1 else ''}" for kind, times in kinds.items()]
        else:
            assert isinstance(key, tuple)
            scope, lines = key[:-1], [printable(key[-1], _LONGEST), counted(len(members), "value")]
        chosen = any(id(value) in self.chosen for value in members)
        name = self.names[id(members[0])]
        text = (*lines, *self._numbers(members))
        return Node(name, "fold", text, self._level(members), highlighted=chosen, scope=scope)

    def _numbers(self, values: list[Value]) -> Iterator[str]:
        """The data and the gradient, or of several Values their range."""
        if "data" in self.parts:
            yield f"data {self._range([value.data for value in values])}"
        if "grad" in self.parts:
            yield f"grad {self._range([value.grad for value in values])}"

    def _range(self, numbers: list[float]) -> str:
        known = [number for number in numbers if not math.isnan(number)]
        ends = dict.fromkeys(map(self._number, (min(known), max(known)))) if known else {}
        return ", ".join(filter(None, (" to ".join(ends), "nan" if len(known) < len(numbers) else "")))

    def _kind(self, value: Value) -> Kind:
        if value is self.output:
            return "output"
        if value.op is not None:
            return "value"
        return "parameter" if id(value) in self.parameters else "input"

    def _level(self, values: list[Value]) -> int:
        if "grad" not in self.parts:
            return 0
        grad = max((value.grad for value in values if not math.isnan(value.grad)), key=abs, default=0.0)
        if grad == 0.0:
            return 0
        share = abs(grad) / self.largest if self.largest else math.inf
        level = 1 + sum(share >= bound for bound in LEVELS)
        return level if grad > 0.0 else -level

    def _add_operation(self, value: Value) -> None:
        assert value.op is not None
        result, scope = self.names[id(value)], self.scopes[id(value)]
        operation = f"{result}_op"
        highlighted = id(value) in self.chosen and any(id(operand) in self.chosen for operand in value.operands)
        lines = (printable(value.op.sign, _LONGEST), *self._step(value))
        self.nodes.append(Node(operation, "operation", lines, mark=_mark(value), highlighted=highlighted, scope=scope))
        self.edges.append(Edge(operation, result, (), highlighted))
        for place, (operand, slope) in enumerate(zip(value.operands, value.slopes, strict=True)):
            if isinstance(operand, Value):
                on_path = highlighted and id(operand) in self.chosen
                lines = (*self._edge_lines(value, slope or 0.0), *self._step(value, place))
                self.edges.append(Edge(self.names[id(operand)], operation, lines, on_path))
            else:
                constant = f"{result}_{place}"
                self.nodes.append(Node(constant, "constant", (self._number(operand),), scope=scope))
                self.edges.append(Edge(constant, operation))

    def _edge_lines(self, value: Value, slope: float) -> Iterator[str]:
        if "partials" in self.parts:
            yield self._number(slope)
        if "contributions" in self.parts:
            # Nothing flows along an edge of slope 0, not even an inf.
            yield f"grad {self._number(slope * value.grad if slope else 0.0)}"

    def _step(self, value: Value, place: int | None = None) -> Iterator[str]:
        if (id(value), place) in self.steps:
            yield f"({self.steps[id(value), place]})"

    def _number(self, number: float) -> str:
        return f"{number:z.{self.precision}g}"


def _steps(order: list[Value]) -> dict[tuple[int, int | None], int]:
    """The number that a trace gives to each operation, and to each edge back to an operand at its place."""
    forward: list[tuple[int, int | None]] = [(id(value), None) for value in order]
    backward: list[tuple[int, int | None]] = [
        (id(value), place)
        for value in reversed(order)
        for place, operand in enumerate(value.operands)
        if isinstance(operand, Value)
    ]
    return {step: number for number, step in enumerate(forward + backward, 1)}


# An activation is saturated where its slope is less than a hundredth of what it is at best.
_STEEPEST: Final = {
    "sigmoid": 0.25,
    "tanh": 1.0,
    "softplus": 1.0,
    "log_sigmoid": 1.0,
    "elu": 1.0,
    "silu": 1.0,
    "gelu": 1.0,
}


def _mark(value: Value) -> str:
    assert value.op is not None
    slopes = [
        slope or 0.0 for operand, slope in zip(value.operands, value.slopes, strict=True) if isinstance(operand, Value)
    ]
    if value.op.routes and not any(slopes):
        return "dead"
    steepest = _STEEPEST.get(value.op.name)
    return "saturated" if steepest is not None and abs(slopes[0]) < 0.01 * steepest else ""


def _chosen(highlight: Value | Iterable[Value], order: list[Value]) -> set[int]:
    """The Values to highlight: those given, or all that lie between one given Value and the output."""
    if not isinstance(highlight, Value):
        return {id(value) for value in highlight}
    chosen = {id(highlight)}
    for value in order:
        if any(id(operand) in chosen for operand in value.operands):
            chosen.add(id(value))
    return chosen
