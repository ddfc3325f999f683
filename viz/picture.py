"""A picture of a graph: every value with its number and gradient, every operation, every slope on its edge."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import graphviz

from autograd import NO_GRADIENT, Operation, Value, leaves, recorded
from autograd.text import printable
from viz.files import write_whole
from viz.layout import LayoutError, lay_out

# Every monospaced font is 0.6 em wide, so text fits its box whichever one the viewer has.
_FONT = "Courier"
_GRAPH = {"rankdir": "LR", "bgcolor": "white", "ranksep": "0.4", "nodesep": "0.15"}
_NODE = {"fontname": _FONT, "fontsize": "11", "margin": "0.1,0.05"}
_EDGE = {"fontname": _FONT, "fontsize": "9", "arrowsize": "0.6"}
_VALUE = {"shape": "box", "style": "rounded"}
_LEAF = {"shape": "box", "style": "rounded,filled", "fillcolor": "#eef3fb"}
_CONSTANT = {"shape": "plain"}
_OPERATION = {"shape": "circle", "margin": "0.02", "width": "0.35"}

_LONGEST = 60


class Picture:
    """A graph as DOT, and through a layout engine as SVG or PNG. Notebooks show it as it is."""

    def __init__(self, source: str) -> None:
        #: The DOT text.
        self.source = source

    def svg(self) -> str:
        """The picture as an SVG document.

        Raises:
            LayoutError: no engine was found, or it failed.
        """
        return lay_out(self.source, "svg").decode()

    def png(self) -> bytes:
        """The picture as a PNG file's bytes.

        Raises:
            LayoutError: no engine was found, or it failed.
        """
        return lay_out(self.source, "png")

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture in the format that the file's name ends in: .svg, .png, .dot or .gv.

        Raises:
            ValueError: the name ends in something else.
            LayoutError: no engine was found, or it failed; the DOT text is then in the file of that name with
                ``.dot`` added.
            OSError: the file cannot be written.
        """
        ending = Path(path).suffix.lower()
        if ending not in FORMATS:
            raise ValueError(f"{os.fspath(path)!r} ends in {ending!r}: use one of {', '.join(FORMATS)}")
        try:
            content = FORMATS[ending](self)
        except LayoutError as error:
            rescue = f"{os.fspath(path)}.dot"
            write_whole(rescue, self.source)
            raise LayoutError(f"{error}; the graph itself is saved as {rescue}", self.source) from None
        write_whole(path, content)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        try:
            return {"image/svg+xml": self.svg(), "text/plain": repr(self)}
        except LayoutError as error:
            return {"text/plain": f"{self!r}: {error}"}

    def __repr__(self) -> str:
        return f"<Picture of {len(self.source.splitlines())} lines of DOT: .svg(), .png(), .save(path)>"


#: How a picture is written, by the ending of the file's name.
FORMATS: Final[dict[str, Callable[[Picture], str | bytes]]] = {
    ".svg": Picture.svg,
    ".png": Picture.png,
    ".dot": lambda picture: picture.source,
    ".gv": lambda picture: picture.source,
}


def draw(output: Value) -> Picture:
    """Draw the graph that ends in output, from left to right.

    A box is a value, with its label, its number and, once a backward pass has reached output, its gradient. A circle
    is an operation. An edge into an operation shows the local derivative along it. A plain number has neither box nor
    gradient. The same graph gives the same picture, byte for byte.

    Raises:
        TypeError: output is not a Value.
    """
    if not isinstance(output, Value):
        raise TypeError(f"draw of {output!r}: a Value is needed, such as Value(2.0) * Value(3.0)")
    dot = graphviz.Digraph(graph_attr=_GRAPH, node_attr=_NODE, edge_attr=_EDGE)
    # Gradients that an earlier graph left in the leaves are not this graph's.
    with_grad = output.grad is not NO_GRADIENT
    names: dict[int, str] = {}

    def add_value(node: Value, style: dict[str, str]) -> None:
        name = names[id(node)] = f"v{len(names)}"
        lines = [] if node.label is None else [node.label]
        lines.append(f"data {_number(node.data)}")
        if with_grad:
            lines.append(f"grad {_number(node.grad)}")
        dot.node(name, _text(lines), **style)

    for leaf in leaves(output):
        add_value(leaf, _LEAF)
    for node in recorded(output):
        add_value(node, _VALUE)
        _add_operation(dot, names, node)
    return Picture(dot.source)


def _add_operation(dot: graphviz.Digraph, names: dict[int, str], node: Value) -> None:
    assert isinstance(node.op, Operation)
    result = names[id(node)]
    operation = f"{result}_op"
    dot.node(operation, _text([node.op.sign]), **_OPERATION)
    dot.edge(operation, result)
    for place, (operand, slope) in enumerate(zip(node.operands, node.slopes, strict=True)):
        if isinstance(operand, Value):
            dot.edge(names[id(operand)], operation, _text([_number(slope or 0.0)]))
        else:
            constant = f"{result}_{place}"
            dot.node(constant, _text([_number(operand)]), **_CONSTANT)
            dot.edge(constant, operation)


def _number(number: float) -> str:
    return f"{number:z.4g}"


def _text(lines: Sequence[str]) -> str:
    """Lines as a DOT label that comes out as the same text, whatever is in it."""
    label: str = graphviz.nohtml("\\n".join(_line(line) for line in lines))
    return label


def _line(line: str) -> str:
    return str(graphviz.escape(printable(line, _LONGEST))).replace("&", "&amp;")
