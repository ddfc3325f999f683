"""A drawing in Graphviz's DOT language."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from html import unescape
from typing import Final

import graphviz

from autograd.text import printable
from viz.drawing import LEVELS, Drawing, Edge, Node
from viz.folding import Scope

# Every monospaced font is 0.6 em wide, so text needs no stretching whichever one the viewer has.
FONT: Final = "Courier"
_GRAPH = {"rankdir": "LR", "bgcolor": "white", "ranksep": "0.4", "nodesep": "0.15", "fontname": FONT, "fontsize": "9"}
_NODE = {"fontname": FONT, "fontsize": "11", "margin": "0.1,0.05"}
_FAINT = "#8a8f98"
_BOX = {"style": "rounded", "color": _FAINT, "fontsize": "10", "margin": "6"}
_EDGE = {"fontname": FONT, "fontsize": "9", "arrowsize": "0.6"}

_SHAPES: Final[dict[str, dict[str, str]]] = {
    "input": {"shape": "box"},
    "parameter": {"shape": "box", "style": "diagonals"},
    "value": {"shape": "box", "style": "rounded"},
    "output": {"shape": "box", "style": "rounded", "peripheries": "2"},
    "constant": {"shape": "plain"},
    "fold": {"shape": "box3d"},
    "operation": {"shape": "circle", "margin": "0.02", "width": "0.35"},
}

#: Fills for a gradient's sign and size: blues and oranges are told apart with any kind of colour blindness, and
#: equal sizes are equally light. What grey printing leaves of the sign is the border, dashed for negative.
FILLS: Final = {
    -3: "#7fb2dd", -2: "#b3d1ea", -1: "#e0edf7", 0: "#ffffff", 1: "#fdebd3", 2: "#f9cf9c", 3: "#f0a95c",
}  # fmt: skip
MARKED: Final = "#d9d9d9"
_HIGHLIGHT = "#b5008c"
_HIGHLIGHTED = {"penwidth": "2.5", "color": _HIGHLIGHT}

#: In the dark the same picture has these colours instead; text and lines turn light.
DARK: Final = {
    "white": "#14161a", "#ffffff": "#14161a", "black": "#d5d9e0", MARKED: "#4a4d55", _HIGHLIGHT: "#ff7ad9",
    FILLS[-3]: "#23618f", FILLS[-2]: "#1d4766", FILLS[-1]: "#1a2f40",
    FILLS[1]: "#3b2c18", FILLS[2]: "#63441a", FILLS[3]: "#7f5318",
}  # fmt: skip


def dot(drawing: Drawing) -> str:
    """The DOT text of a drawing."""
    graph = graphviz.Digraph(graph_attr=_GRAPH, node_attr=_NODE, edge_attr=_EDGE)
    if len(drawing.edges) > max(60, 2 * len(drawing.nodes)):
        # Between layers of folds there are so many edges that only straight ones leave room to look through.
        graph.attr(splines="line", ranksep="1.2")
        graph.attr("edge", tailport="e", headport="w", arrowsize="0.4", color=_FAINT)
    _add_nodes(graph, (), drawing.nodes)
    for edge in drawing.edges:
        graph.edge(edge.tail, edge.head, _text(edge.lines), **_edge_style(edge))
    rows = [*_legend(drawing), *_folded(drawing)]
    if rows:
        table = f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="2">{"".join(rows)}</TABLE>'
        graph.attr(label=f"<{table}>", labelloc="b", labeljust="l")
    return str(graph.source)


def _add_nodes(graph: graphviz.Digraph, scope: Scope, nodes: Sequence[Node]) -> None:
    """Nodes that lie inside a scope, those of a scope further in inside a box of its own."""
    depth = len(scope)
    inner: dict[str, list[Node]] = {}
    for node in nodes:
        if len(node.scope) > depth:
            inner.setdefault(node.scope[depth], []).append(node)
        else:
            graph.node(node.name, _text(node.text), **_node_style(node))
    for name, members in inner.items():
        with graph.subgraph(name=f"cluster_{members[0].name}_{depth}") as box:
            box.attr(label=_text((printable(name, 60),)), **_BOX)
            _add_nodes(box, (*scope, name), members)


def _node_style(node: Node) -> dict[str, str]:
    style = dict(_SHAPES[node.kind])
    looks = style.pop("style", "").split()
    if node.level:
        looks += ["filled"] + ["dashed"] * (node.level < 0)
        style["fillcolor"] = FILLS[node.level]
    if node.mark:
        looks += ["filled", "dotted"]
        style |= {"shape": "ellipse", "fillcolor": MARKED}
    if node.highlighted:
        style |= _HIGHLIGHTED
    if looks:
        style["style"] = ",".join(looks)
    return style


def _edge_style(edge: Edge) -> dict[str, str]:
    return {**_HIGHLIGHTED, "fontcolor": _HIGHLIGHT} if edge.highlighted else {}


def _legend(drawing: Drawing) -> Iterator[str]:
    if drawing.largest:
        cells = "".join(
            f'<TD BGCOLOR="{FILLS[level]}" BORDER="1" STYLE="{"dashed" if level < 0 else "solid"}">{text}</TD>'
            for level, text in legend(drawing.largest)
        )
        yield f"<TR><TD>grad</TD>{cells}</TR>"


def legend(largest: float) -> list[tuple[int, str]]:
    """What the levels mean, in numbers: from the most negative to the largest gradient."""
    bounds = [f"{largest * share:.2g}" for share in (1.0, *reversed(LEVELS))]
    return list(zip(FILLS, [*(f"-{bound}" for bound in bounds), "0", *reversed(bounds)], strict=True))


def _folded(drawing: Drawing) -> Iterator[str]:
    if drawing.folded:
        folds = sum(node.kind == "fold" for node in drawing.nodes)
        text = f"{drawing.folded:,} values are folded into {folds} box{'' if folds == 1 else 'es'}"
        yield f'<TR><TD COLSPAN="{len(FILLS) + 1}" ALIGN="LEFT">{text}</TD></TR>'


def _text(lines: tuple[str, ...]) -> str:
    """Lines as a DOT label that comes out as the same text, whatever is in it."""
    # What nohtml returns is a text that says of itself that it is no HTML, and must not be made a plain one.
    text: str = graphviz.nohtml("\\n".join(str(graphviz.escape(line)).replace("&", "&amp;") for line in lines))
    return text


def for_viewers(svg: str) -> str:
    """A picture that Graphviz drew, made to turn dark where its viewer prefers that, and to fit with any font."""
    # In a notebook the rules reach the whole page, so they are kept to what Graphviz drew.
    rules = [
        f".graph [{what}={colour!r}]{{{what}:{dark}}}" for colour, dark in DARK.items() for what in ("fill", "stroke")
    ]
    style = f"@media (prefers-color-scheme:dark){{.graph text:not([fill]){{fill:{DARK['black']}}}{''.join(rules)}}}"
    head, start, body = svg.partition('<g id="graph0"')
    return f"{head}<style>{style}</style>\n{start}{_TEXT.sub(_as_wide_as_monospaced, body)}" if start else svg


_TEXT: Final = re.compile(r'<text ([^>]*font-size="([\d.]+)"[^>]*)>([^<]*)')


def _as_wide_as_monospaced(text: re.Match[str]) -> str:
    """A line of text that a viewer without a monospaced font squeezes into the room it has."""
    attributes, size, shown = text.groups()
    letters = unescape(shown)
    if any(map(_joins, letters)):
        return text[0]
    width = float(size) * sum(1.0 if unicodedata.east_asian_width(ch) in "WF" else 0.6 for ch in letters)
    return f'<text {attributes} textLength="{width:.2f}" lengthAdjust="spacingAndGlyphs">{shown}'


def _joins(letter: str) -> bool:
    """Whether how wide it is beside others is known to the font alone, as with accents and Arabic."""
    return unicodedata.category(letter) in ("Mn", "Mc", "Me", "Cf") or unicodedata.bidirectional(letter) == "AL"
