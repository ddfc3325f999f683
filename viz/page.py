"""A web page that steps through both passes of a graph, as one file that needs neither a server nor a network."""

import json
import math
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from html import escape
from importlib.resources import files
from typing import Any, Final

from autograd import Operation, Value, leaves, recorded
from autograd.files import write_whole
from autograd.notation import Written, factor, filled, is_clear, name_parts
from autograd.text import printable
from autograd.trace import check_unchanged, node_names
from viz.dot import DARK, FILLS, MARKED, dot, legend
from viz.drawing import LEVELS, Drawing, Wishes, drawing
from viz.files import rescued
from viz.html import document
from viz.layout import LayoutError, lay_out
from viz.mathml import markup

#: How many Values a page steps through: there are two steps for each, and a person at the other end.
MOST: Final = 1000


def page(output: Value, path: str | os.PathLike[str], *, precision: int = 4, parameters: Iterable[Value] = ()) -> None:
    """Write a web page that steps through the forward and the backward pass of output's graph.

    It shows the graph beside the formula of each step, plays by itself or follows the arrow keys, explains the value
    under the pointer or the focus, can hand gradients on in a wrong order, recomputes the graph for other inputs, and
    prints as a contact sheet. It is one file with nothing to load.

    Args:
        path: where to, such as "steps.html".
        precision: the number of significant digits, from 1 to 17.
        parameters: which of the leaves are parameters, such as a network's ``parameters()``.

    Raises:
        TypeError: output is not a Value.
        ValueError: precision is out of range, the graph has more than 1,000 values, or an input was changed after the
            recording.
        LayoutError: no engine for the picture was found, or it failed; the DOT text is then in the file of that name
            with ``.dot`` added.
        OSError: the file cannot be written.
    """
    try:
        source = page_source(output, precision=precision, parameters=parameters)
    except LayoutError as error:
        raise rescued(error, path) from None
    write_whole(path, source)


def page_source(output: Value, *, precision: int = 4, parameters: Iterable[Value] = ()) -> str:
    """The HTML that ``page`` writes.

    Raises:
        TypeError, ValueError: as page.
    """
    if not isinstance(output, Value):
        raise TypeError(f"page of {output!r}: a Value is needed, such as Value(2.0) * Value(3.0)")
    values = [*leaves(output), *recorded(output)]
    names = node_names(output)
    if len(values) > MOST:
        raise ValueError(
            f"page of '{names[id(output)]}': its graph has {len(values):,} values, which is more than a person steps "
            f"through; make a page of a part of it, of at most {MOST:,}, or draw it, which folds"
        )
    check_unchanged(output)
    shown = drawing(output, Wishes(("names", "data", "partials", "steps"), precision, (), parameters, None, MOST))
    right = _right_order(output, values)
    grads = _grads(output, right, values)
    orders = {"right": right, "wrong": _wrong_order(output, values, right, grads)}
    picture = _with_numbers(lay_out(dot(_roomy(shown, precision)), "svg").decode(), values, grads, precision)
    largest = max(filter(math.isfinite, map(abs, grads)), default=1.0)
    title = f"Both passes of {names[id(output)]}"
    graph = _graph(output, values, names, precision, largest) | {"orders": orders}
    data = json.dumps(graph, ensure_ascii=True, separators=(",", ":"))
    # In a script element only "<" could end it.
    data = data.replace("<", "\\u003c")
    body = _file("page.html").format(
        title=escape(title), picture=picture[picture.index("<svg") :], legend=_legend(largest), data=data
    )
    script = "".join(map(_file, ("values.js", "steps.js", "panel.js", "page.js")))
    return document(title, body, _file("page.css") + _colours(), script)


def _legend(largest: float) -> str:
    return "".join(f'<span class="level{level}">{text}</span>' for level, text in legend(largest))


def _file(name: str) -> str:
    return files("viz").joinpath("web", name).read_text("utf-8")


def _roomy(shown: Drawing, precision: int) -> Drawing:
    """The drawing with room for any number in each box, which has the place of its Value instead of its numbers."""
    nodes = []
    for node in shown.nodes:
        if node.kind not in ("operation", "constant"):
            place = node.name.removeprefix("v").zfill(_room(precision))
            node = replace(node, lines=(*node.lines[:-1], f"data {place}", f"grad {place}"))
        nodes.append(node)
    return replace(shown, nodes=tuple(nodes), largest=0.0)


def _room(precision: int) -> int:
    # Sign, point, and an exponent of three places.
    return precision + 7


def _with_numbers(picture: str, values: list[Value], grads: list[float], precision: int) -> str:
    """The picture with the final numbers in its boxes, for a reader without JavaScript."""

    def number(found: re.Match[str]) -> str:
        place = int(found[2])
        shown = values[place].data if found[1] == "data" else grads[place]
        return f">{found[1]} {shown:z.{precision}g}<"

    return re.sub(rf">(data|grad)(?: |&#160;)(\d{{{_room(precision)}}})<", number, picture)


# What the script is told ----------------------------------------------------------------------------------------------


def _graph(output: Value, values: list[Value], names: dict[int, str], precision: int, largest: float) -> dict[str, Any]:
    places = {id(value): place for place, value in enumerate(values)}
    used = {value.op.name: value.op for value in values if value.op is not None}
    return {
        "precision": precision,
        "output": places[id(output)],
        "largest": largest,
        "levels": LEVELS,
        "nodes": [_node(value, places, names) for value in values],
        "operations": {name: _operation(op) for name, op in used.items()},
    }


def _node(value: Value, places: dict[int, int], names: dict[int, str]) -> dict[str, Any]:
    name = names[id(value)]
    node: dict[str, Any] = {
        "name": name,
        "parts": name_parts(name),
        "clear": is_clear(name),
        "labelled": bool(value.label),
        "data": _json_number(value.data),
    }
    if value.op is not None:
        node["operation"] = value.op.name
        node["operands"] = [
            {"node": places[id(operand)]} if isinstance(operand, Value) else {"number": _json_number(operand)}
            for operand in value.operands
        ]
        # None where nothing flows.
        node["slopes"] = [None if slope is None else _json_number(slope) for slope in value.slopes]
    return node


def _operation(op: Operation) -> dict[str, Any]:
    """Its sign, and its formulas in MathML with slots: @0, @1 and @2 for the operands and the result."""
    slots = [Written(rf"\text{{@{slot}}}", rf"\text{{!{slot}}}") for slot in range(3)]
    operands = slots[: len(op.partials)]
    partials = [factor(op, place, operands, slots[2]) for place in range(len(op.partials))]
    return {
        "sign": printable(op.sign),
        "formula": markup(filled(op, operands)),
        "partials": [None if partial is None else markup(partial) for partial in partials],
    }


#: Results by their places among the values, each with the places of those of its operands that it hands on to.
_Order = list[tuple[int, list[int]]]


def _right_order(output: Value, values: list[Value]) -> _Order:
    """Each result with its operands, in the order of the backward pass."""
    places = {id(value): place for place, value in enumerate(values)}
    return [(places[id(value)], [place for place, _ in _edges(value)]) for value in reversed(recorded(output))]


def _wrong_order(output: Value, values: list[Value], right: _Order, grads: list[float]) -> _Order:
    """An order in which a Value hands on what it has before all has come.

    Depth first, each Value handing on as soon as anything has come to it, and once; where that does no harm, from the
    inputs on.
    """
    order = _depth_first(output, values)
    harmless = [*map(repr, _grads(output, order, values))] == [*map(repr, grads)]
    return right[::-1] if harmless else order


def _depth_first(output: Value, values: list[Value]) -> _Order:
    places = {id(value): place for place, value in enumerate(values)}
    order: _Order = []
    met = {id(output)}
    stack = [(output, iter(_edges(output)))]
    while stack:
        value, edges = stack[-1]
        for place, operand in edges:
            if order and order[-1][0] == places[id(value)]:
                order[-1][1].append(place)
            else:
                order.append((places[id(value)], [place]))
            if id(operand) not in met and operand.op is not None:
                met.add(id(operand))
                stack.append((operand, iter(_edges(operand))))
                break
        else:
            stack.pop()
    return order


def _grads(output: Value, order: _Order, values: list[Value]) -> list[float]:
    """The gradient of each Value where the backward pass takes this order."""
    grads: dict[int, float] = {id(output): 1.0}
    for place, which in order:
        value = values[place]
        for each in which:
            operand, slope = value.operands[each], value.slopes[each]
            if slope is not None and id(value) in grads:
                contribution = slope * grads[id(value)]
                grads[id(operand)] = grads[id(operand)] + contribution if id(operand) in grads else contribution
    return [grads.get(id(value), 0.0) for value in values]


def _edges(value: Value) -> Iterator[tuple[int, Value]]:
    return ((place, operand) for place, operand in enumerate(value.operands) if isinstance(operand, Value))


def _json_number(number: float) -> float | str:
    """A number that JSON can hold; the script reads "inf" and its like as well."""
    return number if math.isfinite(number) else str(number)


def _colours() -> str:
    """The colours of gradients, light and dark, which are those of pictures."""
    light = "".join(f"--level{level}:{fill};" for level, fill in FILLS.items())
    dark = "".join(f"--level{level}:{DARK[fill]};" for level, fill in FILLS.items())
    rules = "".join(f".level{level}{{--fill:var(--level{level})}}" for level in FILLS)
    light += f"--marked:{MARKED};"
    dark += f"--marked:{DARK[MARKED]};"
    return f":root{{{light}}}@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}{rules}"
