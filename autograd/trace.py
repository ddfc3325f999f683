"""The steps of both passes, written out: what the engine did, in the order in which a person would follow it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count

from autograd.operations import as_float
from autograd.text import printable
from autograd.value import Value, leaves, recorded


@dataclass(frozen=True, slots=True)
class ForwardStep:
    """One operation: ``name = operation(operands) = value``."""

    name: str
    operation: str
    operands: tuple[str, ...]
    value: float


@dataclass(frozen=True, slots=True)
class BackwardStep:
    """One edge: the contribution that ``node`` receives from ``result``, which it is an operand of.

    Attributes:
        node: the operand whose gradient grows.
        result: the Value through which the gradient comes.
        upstream: the gradient of result, complete by now.
        slope: the local derivative of result with respect to node.
        contribution: upstream · slope.
        total: the gradient of node so far; after the node's last step, its gradient.
    """

    node: str
    result: str
    upstream: float
    slope: float
    contribution: float
    total: float


@dataclass(frozen=True, slots=True)
class Trace:
    """Both passes over one graph; print it to read it.

    Attributes:
        output: the name of the result.
        inputs: name and number of each leaf.
        forward: one step for each operation, operands before results.
        backward: one step for each edge, results before operands.
    """

    output: str
    inputs: tuple[tuple[str, float], ...]
    forward: tuple[ForwardStep, ...]
    backward: tuple[BackwardStep, ...]

    def __str__(self) -> str:
        inputs = _table(("input", "value"), ((name, _shown(value)) for name, value in self.inputs))
        forward = _table(
            ("step", "name", "operation", "operands", "value"),
            (
                (str(number), step.name, step.operation, ", ".join(step.operands), _shown(step.value))
                for number, step in enumerate(self.forward, 1)
            ),
        )
        numbers = ("upstream", "slope", "contribution", "total")
        backward = _table(
            ("step", "node", "through", "upstream", "× slope", "= contribution", "total"),
            (
                (str(number), step.node, step.result, *(_shown(getattr(step, field)) for field in numbers))
                for number, step in enumerate(self.backward, len(self.forward) + 1)
            ),
        )
        seed = f"backward, from d{self.output}/d{self.output} = 1"
        return "\n".join((inputs, "", "forward", forward, "", seed, backward))


def trace(output: Value, seed: float = 1.0) -> Trace:
    """Follow the forward and the backward pass of a recorded graph, step by step.

    Nothing is changed: the gradients are worked out beside those that ``backward`` left. A Value without a label is
    called v1, v2, ... in the order of the forward pass.

    Args:
        output: the result whose gradient is followed.
        seed: the gradient put in at the result.

    Raises:
        TypeError: output is not a Value.
    """
    if not isinstance(output, Value):
        raise TypeError(f"trace of {output!r}: a Value is needed, such as Value(2.0) * Value(3.0)")
    order = recorded(output)
    names = node_names(output)

    def name(operand: Value | float) -> str:
        return names[id(operand)] if isinstance(operand, Value) else _shown(operand)

    forward = tuple(
        ForwardStep(name(node), node.op.sign, tuple(map(name, node.operands)), node.data)
        for node in order
        if node.op is not None
    )
    totals = {id(output): as_float(seed)}
    backward = []
    for node in reversed(order):
        # None where nothing has come: the node lies behind a side that was not taken.
        upstream = totals.get(id(node))
        for operand, slope in zip(node.operands, node.slopes, strict=True):
            if not isinstance(operand, Value):
                continue
            contribution = 0.0
            if upstream is not None and slope is not None:
                contribution = slope * upstream
                before = totals.get(id(operand))
                totals[id(operand)] = contribution if before is None else before + contribution
            total = totals.get(id(operand), 0.0)
            step = BackwardStep(name(operand), name(node), upstream or 0.0, slope or 0.0, contribution, total)
            backward.append(step)
    inputs = tuple((name(leaf), leaf.data) for leaf in leaves(output))
    return Trace(name(output), inputs, forward, tuple(backward))


def node_names(output: Value) -> dict[int, str]:
    """A name for each Value of the graph, by id: its label, or v1, v2, ... as far as no label says that already."""
    nodes = [*leaves(output), *recorded(output)]
    taken = {node.label for node in nodes}
    free = (name for name in map("v{}".format, count(1)) if name not in taken)
    return {id(node): next(free) if node.label is None else printable(node.label) for node in nodes}


def _shown(number: float) -> str:
    return f"{number:z.10g}"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    cells = [header, *rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells
    )
