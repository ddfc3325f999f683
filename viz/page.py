"""A web page that steps through both passes of a graph, as one file that needs neither a server nor a network."""

import json
import math
import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from html import escape
from importlib.resources import files
from typing import Any, Final

from autograd import Operation, Value, leaves, recorded
from autograd.notation import Written, factor, filled, is_clear, name_parts
from autograd.trace import backward_pass, node_names
from viz.dot import DARK, FILLS, MARKED, dot, legend
from viz.drawing import LEVELS, Drawing, Wishes, drawing
from viz.files import write_whole
from viz.html import document
from viz.layout import lay_out
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
        ValueError: precision is out of range, or the graph has more than 1,000 values.
        LayoutError: no engine for the picture was found, or it failed.
        OSError: the file cannot be written.
    """
    write_whole(path, page_source(output, precision=precision, parameters=parameters))


def page_source(output: Value, *, precision: int = 4, parameters: Iterable[Value] = ()) -> str:
    """The HTML that ``page`` writes."""
    if not isinstance(output, Value):
        raise TypeError(f"page of {output!r}: a Value is needed, such as Value(2.0) * Value(3.0)")
    values = [*leaves(output), *recorded(output)]
    names = node_names(output)
    if len(values) > MOST:
        raise ValueError(
            f"page of '{names[id(output)]}': its graph has {len(values):,} values, which is more than a person steps "
            f"through; make a page of a part of it, of at most {MOST:,}, or draw it, which folds"
        )
    shown = drawing(output, Wishes(("names", "data", "partials"), precision, (), parameters, None, MOST))
    picture = lay_out(dot(_roomy(shown, precision)), "svg").decode()
    title = f"Both passes of {names[id(output)]}"
    data = json.dumps(_graph(output, values, names, precision), ensure_ascii=True, separators=(",", ":"))
    # In a script element only "<" could end it.
    data = data.replace("<", "\\u003c")
    body = _file("page.html").format(
        title=escape(title), picture=picture[picture.index("<svg") :], legend=_legend(_largest(output)), data=data
    )
    return document(title, body, _file("page.css") + _colours(), _file("values.js") + _file("page.js"))


def _legend(largest: float) -> str:
    return "".join(f'<span class="level{level}">{text}</span>' for level, text in legend(largest))


def _file(name: str) -> str:
    return files("viz").joinpath(name).read_text("utf-8")


def _roomy(shown: Drawing, precision: int) -> Drawing:
    """The drawing with as much room in each box as any number and any gradient needs."""
    # Sign, point, and an exponent of three places.
    widest = "0" * (precision + 7)
    numbers = f"data {widest}", f"grad {widest}"
    nodes = tuple(
        node if node.kind in ("operation", "constant") else replace(node, lines=(*node.lines[:-1], *numbers))
        for node in shown.nodes
    )
    return replace(shown, nodes=nodes, largest=0.0)


# What the script is told ----------------------------------------------------------------------------------------------


def _graph(output: Value, values: list[Value], names: dict[int, str], precision: int) -> dict[str, Any]:
    places = {id(value): place for place, value in enumerate(values)}
    used = {value.op.name: value.op for value in values if value.op is not None}
    return {
        "precision": precision,
        "output": places[id(output)],
        "largest": _json_number(_largest(output)),
        "levels": LEVELS,
        "nodes": [_node(value, places, names) for value in values],
        "operations": {name: _operation(op) for name, op in used.items()},
        "orders": {"right": _right_order(output, places), "wrong": _wrong_order(output, places)},
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
        "sign": op.sign,
        "formula": markup(filled(op, operands)),
        "partials": [None if partial is None else markup(partial) for partial in partials],
    }


def _right_order(output: Value, places: dict[int, int]) -> list[tuple[int, list[int]]]:
    """Each result with its operands, in the order of the backward pass."""
    return [
        (places[id(value)], [place for place, operand in enumerate(value.operands) if isinstance(operand, Value)])
        for value in reversed(recorded(output))
    ]


def _wrong_order(output: Value, places: dict[int, int]) -> list[tuple[int, list[int]]]:
    """An order in which a Value hands on what it has before all has come.

    Depth first, each Value handing on as soon as anything has come to it, and once; where that does no harm, from the
    inputs on.
    """
    order = _depth_first(output, places)
    right = _right_order(output, places)
    # It does harm where a Value that has handed on receives more.
    done: set[int] = set()
    operands = {places[id(value)]: value.operands for value in recorded(output)}
    for place, which in order:
        done.add(place)
        if any(places[id(operands[place][each])] in done for each in which):
            return order
    return right[::-1]


def _depth_first(output: Value, places: dict[int, int]) -> list[tuple[int, list[int]]]:
    order: list[tuple[int, list[int]]] = []
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


def _edges(value: Value) -> Iterator[tuple[int, Value]]:
    return ((place, operand) for place, operand in enumerate(value.operands) if isinstance(operand, Value))


def _largest(output: Value) -> float:
    """The largest gradient of the graph, as a size."""
    # Of an operand's totals the last one stays.
    totals = {id(edge.operand): edge.added[1] for edge in backward_pass(output, 1.0)}
    return max(filter(math.isfinite, map(abs, totals.values())), default=1.0)


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
    return f":root{{{light}}}@media (prefers-color-scheme:dark){{:root{{{dark}}}}}{rules}"
