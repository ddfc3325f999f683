"""The steps of both passes, written out: what the engine did, in the order in which a person would follow it."""

import math
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, NamedTuple, SupportsIndex

from autograd.notation import derivative, filled, latex_name, latex_number, written_name, written_number
from autograd.operations import Operation, as_float
from autograd.text import printable, quoted
from autograd.value import Value, leaves, recorded


@dataclass(frozen=True, slots=True)
class ForwardStep:
    """One operation: ``name = operation(operands) = value``.

    Attributes:
        name: the name of the result.
        op: the table's entry.
        operands: the name of each operand, or the number itself where it is a constant.
        numbers: the number of each operand.
        value: the number of the result.
    """

    name: str
    op: Operation
    operands: tuple[str | float, ...]
    numbers: tuple[float, ...]
    value: float

    @property
    def operation(self) -> str:
        """The operation's sign."""
        return self.op.sign


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
        seed: the gradient put in at the result.
        inputs: name and number of each leaf.
        forward: one step for each operation, operands before results.
        backward: one step for each edge, results before operands.
    """

    output: str
    seed: float
    inputs: tuple[tuple[str, float], ...]
    forward: tuple[ForwardStep, ...]
    backward: tuple[BackwardStep, ...]

    def __str__(self) -> str:
        printed = ((title, table(header, rows)) for title, header, rows in parts(self, str, shown))
        return "\n\n".join("\n".join(filter(None, part)) for part in printed)

    def to_rows(self) -> list[dict[str, str | float | int | tuple[str | float, ...]]]:
        """Each step of both passes as a dictionary, with exact numbers: for JSON, CSV or a data frame.

        Every row has ``step``, the number that the printed trace gives it, and ``pass``. Where that is
        ``"forward"``, there follow ``name``, ``operation`` (its name in the table), ``operands`` (names, and the
        numbers of constants), ``numbers`` (of the operands) and ``value``; where it is ``"backward"``, ``node``,
        ``result``, ``upstream``, ``slope``, ``contribution`` and ``total``, the fields of BackwardStep.
        """
        rows: list[dict[str, Any]] = [
            {
                "pass": "forward",
                "name": step.name,
                "operation": step.op.name,
                "operands": step.operands,
                "numbers": step.numbers,
                "value": step.value,
            }
            for step in self.forward
        ]
        fields = BackwardStep.__slots__
        rows += ({"pass": "backward"} | {field: getattr(step, field) for field in fields} for step in self.backward)
        return [{"step": number} | row for number, row in enumerate(rows, 1)]

    def to_markdown(self, digits: int = 6) -> str:
        """The printed trace as tables of Markdown, in which a label is always text and never markup.

        Args:
            digits: how many significant digits a number has, from 1 up.

        Raises:
            TypeError, ValueError: digits is no whole number, or below 1.
        """
        check_whole("digits", digits, least=1)
        written = parts(self, _markdown_text, lambda number: shown(number, digits))
        return "\n\n".join(
            "\n\n".join(filter(None, (title, _markdown_table(header, rows)))) for title, header, rows in written
        )

    def to_latex(self, digits: int = 6) -> str:
        r"""Both passes as an ``aligned`` block, to stand between ``\[`` and ``\]``; amsmath, MathJax and KaTeX set it.

        A forward step reads name = formula = the formula with the numbers put in = value; a backward step is the
        chain rule, with += as several steps may add to one gradient. A label ``W1[0,1]`` becomes W with an index, a
        word is set upright, and any other label is text.

        Args:
            digits: how many significant digits a number has, from 1 up.

        Raises:
            TypeError, ValueError: digits is no whole number, or below 1.
        """
        check_whole("digits", digits, least=1)
        name = latex_name(self.output)
        seed = latex_number(shown(self.seed, digits))
        # Put in at the result, a seed makes everything the derivative of that many times the result.
        whole = name if self.seed == 1.0 else rf"({seed} \, {name})"
        lines = [_latex_forward(step, digits) for step in self.forward]
        lines.append(rf"{derivative(whole, name)} &= {seed}")
        lines += (_latex_backward(step, whole, digits) for step in self.backward)
        return "\n".join((r"\begin{aligned}", " \\\\\n".join(lines), r"\end{aligned}"))

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        # No LaTeX beside it: some notebooks would show that instead. The classes keep MathJax from setting labels with
        # dollar signs in them.
        tables = f'<div class="mathjax_ignore tex2jax_ignore">\n\n{self.to_markdown()}\n\n</div>'
        return {"text/markdown": tables, "text/plain": str(self)}


def trace(output: Value, seed: float = 1.0) -> Trace:
    """Follow the forward and the backward pass of a recorded graph, step by step.

    Nothing is changed: the gradients are worked out beside those that ``backward`` left. A Value without a label is
    called v1, v2, ... in the order of the forward pass. A leaf changed since the recording shows its new number; the
    results and the slopes are those recorded.

    Args:
        output: the result whose gradient is followed.
        seed: the gradient put in at the result.

    Raises:
        TypeError: output is not a Value.
    """
    if not isinstance(output, Value):
        raise TypeError(f"trace of {output!r}: a Value is needed, such as Value(2.0) * Value(3.0)")
    seed = as_float(seed)
    order = recorded(output)
    names = node_names(output)
    forward = tuple(
        ForwardStep(
            names[id(node)],
            node.op,
            tuple(names[id(operand)] if isinstance(operand, Value) else operand for operand in node.operands),
            tuple(map(float, node.operands)),
            node.data,
        )
        for node in order
        if node.op is not None
    )
    backward = tuple(
        BackwardStep(names[id(edge.operand)], names[id(edge.node)], edge.upstream, edge.slope, *edge.added)
        for edge in backward_pass(output, seed)
    )
    inputs = tuple((names[id(leaf)], leaf.data) for leaf in leaves(output))
    return Trace(names[id(output)], seed, inputs, forward, backward)


class Edge(NamedTuple):
    """A step of the backward pass, from a node to an operand of its.

    Attributes:
        flows: False where nothing does, along or behind a side not taken; the numbers are then 0 or what they were.
        added: the contribution, and the operand's gradient with it.
    """

    node: Value
    operand: Value
    flows: bool
    upstream: float
    slope: float
    added: tuple[float, float]


def backward_pass(output: Value, seed: float) -> Iterator[Edge]:
    """Every edge that the backward pass goes along, in its order, without touching any ``grad``."""
    totals = {id(output): seed}
    for node in reversed(recorded(output)):
        # None where nothing has come: the node lies behind a side that was not taken.
        upstream = totals.get(id(node))
        for operand, slope in zip(node.operands, node.slopes, strict=True):
            if not isinstance(operand, Value):
                continue
            before = totals.get(id(operand))
            if upstream is None or slope is None:
                yield Edge(node, operand, False, upstream or 0.0, slope or 0.0, (0.0, totals.get(id(operand), 0.0)))
                continue
            contribution = slope * upstream
            total = totals[id(operand)] = contribution if before is None else before + contribution
            yield Edge(node, operand, True, upstream, slope, (contribution, total))


def node_names(output: Value) -> dict[int, str]:
    """A name of its own for each Value of the graph, by id.

    It is the label; with a number behind it from the second Value of that label on; and v1, v2, ... where there is no
    label, as far as no label says that already.

    Raises:
        TypeError: a label is not text.
    """
    nodes = [*leaves(output), *recorded(output)]
    labels = [*map(label_of, nodes)]
    taken = {*labels}
    names = {label: _names_of(label, taken) for label in taken}
    return {id(node): next(names[label]) for node, label in zip(nodes, labels, strict=True)}


def check_unchanged(output: Value) -> None:
    """Refuse a graph an input of which was changed after the recording: its numbers do not belong together.

    Raises:
        ValueError: a result is not what its operands give.
    """
    for node in recorded(output):
        assert node.op is not None
        now = node.op.value(*map(float, node.operands))
        # Nearly the same will do: a pickle may come from a machine whose functions round otherwise.
        if not (math.isclose(now, node.data, rel_tol=1e-9) or (now != now and node.data != node.data)):
            raise ValueError(
                f"'{node_names(output)[id(node)]}' was recorded as {shown(node.data)} and would be {shown(now)} now: "
                "an input was changed after the recording; record the calculation again"
            )


def label_of(value: Value) -> str | None:
    """The label, made safe to show; None where there is none, or an empty one.

    Raises:
        TypeError: it is not text, as can happen where it was set after the Value was made.
    """
    label: object = value.label
    if label is not None and not isinstance(label, str):
        raise TypeError(f"label {quoted(label)} is of type {type(label).__name__}: set it to text, or to None")
    return printable(label) if label else None


def _names_of(label: str | None, taken: set[str | None]) -> Iterator[str]:
    """Names for the Values of one label, in their order; none that is numbered is what another label says."""
    if label is not None:
        yield label
    numbered = (f"v{n}" for n in count(1)) if label is None else (f"{label} ({n})" for n in count(2))
    yield from (name for name in numbered if name not in taken)


# Tables --------------------------------------------------------------------------------------------------------------


def parts(
    steps: Trace, text: Callable[[str], str], number: Callable[[float], str]
) -> Iterator[tuple[str, tuple[str, ...], list[tuple[str, ...]]]]:
    """Title, header and rows of each table, its names and numbers as the two functions show them."""
    yield "", ("input", "value"), [(text(name), number(value)) for name, value in steps.inputs]
    forward: list[tuple[str, ...]] = [
        (
            str(place),
            text(step.name),
            text(step.operation),
            ", ".join(text(operand) if isinstance(operand, str) else number(operand) for operand in step.operands),
            number(step.value),
        )
        for place, step in enumerate(steps.forward, 1)
    ]
    yield "forward", ("step", "name", "operation", "operands", "value"), forward
    fields = ("upstream", "slope", "contribution", "total")
    backward: list[tuple[str, ...]] = [
        (str(place), text(step.node), text(step.result), *(number(getattr(step, field)) for field in fields))
        for place, step in enumerate(steps.backward, len(steps.forward) + 1)
    ]
    name, seed = text(steps.output), number(steps.seed)
    whole = name if steps.seed == 1.0 else f"({seed} {name})"
    title = f"backward, from d{whole}/d{name} = {seed}"
    yield title, ("step", "node", "through", "upstream", "× slope", "= contribution", "total"), backward


def shown(number: float, digits: int = 10) -> str:
    """A number for people: so many significant digits, and a zero without a sign."""
    return f"{number:z.{digits}g}"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Columns of text, each as wide as it needs to be, on a terminal where some letters take two places."""
    cells = [header, *rows]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    lines = (
        "  ".join(text + " " * (width - _width(text)) for text, width in zip(row, widths, strict=True)) for row in cells
    )
    return "\n".join(map(str.rstrip, lines))


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def check_whole(name: str, number: SupportsIndex, least: int) -> None:
    """Refuse what is no whole number from the least up, as an argument of that name.

    Raises:
        TypeError: it is no whole number.
        ValueError: it is below the least.
    """
    wanted = f"{name}={quoted(number)}: a whole number from {least} up is needed"
    try:
        below = operator.index(number) < least
    except TypeError:
        raise TypeError(wanted) from None
    if below:
        raise ValueError(wanted)


# Markdown ------------------------------------------------------------------------------------------------------------

# What every renderer takes after a backslash; the others as the number that HTML has for them, which also keeps a |
# from ending a cell.
_MARKDOWN: dict[int, str] = {ord(ch): f"\\{ch}" for ch in r"\`*_{}[]#!."}
_MARKDOWN |= {ord(ch): f"&#{ord(ch)};" for ch in "|<>&$~@:^"}


def _markdown_text(text: str) -> str:
    return text.translate(_MARKDOWN)


def _markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (header, ["---"] * len(header), *rows))


# LaTeX ---------------------------------------------------------------------------------------------------------------


def _latex_forward(step: ForwardStep, digits: int) -> str:
    numbers = [shown(number, digits) for number in step.numbers]
    names = [
        written_name(operand) if isinstance(operand, str) else written_number(number)
        for operand, number in zip(step.operands, numbers, strict=True)
    ]
    sides = filled(step.op, names), filled(step.op, [*map(written_number, numbers)]), shown(step.value, digits)
    return rf"{latex_name(step.name)} &= {sides[0]} = {sides[1]} = {latex_number(sides[2])}"


def _latex_backward(step: BackwardStep, whole: str, digits: int) -> str:
    node, result = latex_name(step.node), latex_name(step.result)
    upstream, slope = (written_number(shown(number, digits)).guarded for number in (step.upstream, step.slope))
    contribution, total = (latex_number(shown(number, digits)) for number in (step.contribution, step.total))
    sides = (
        rf"{derivative(whole, result)} \cdot {derivative(result, node)}",
        rf"{upstream} \cdot {slope}",
        contribution,
    )
    line = rf"{derivative(whole, node)} &\mathrel{{+}}= {' = '.join(sides)}"
    return line if total == contribution else rf"{line} \quad \text{{total }} {total}"
