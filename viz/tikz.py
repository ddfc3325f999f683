"""A drawing as a TikZ picture for LaTeX, laid out by Graphviz."""

import json
from collections.abc import Sequence
from typing import Final

from viz.dot import FILLS
from viz.drawing import Drawing, Node
from viz.latex import escaped

_DOCUMENT: Final = r"""\documentclass[tikz, border=4pt]{standalone}
\usetikzlibrary{arrows.meta, shadows, shapes.geometric, shapes.misc}
%(colours)s
\begin{document}
\begin{tikzpicture}[
  x=1bp, y=1bp, >=Stealth, font=\ttfamily\small, every node/.style={align=center, inner sep=0pt},
  input/.style={draw}, value/.style={draw, rounded corners}, output/.style={draw, double, rounded corners},
  parameter/.style={
    draw, chamfered rectangle, chamfered rectangle xsep=2pt, chamfered rectangle ysep=2pt,
    chamfered rectangle corners={north west, north east, south west, south east},
  },
  constant/.style={}, operation/.style={draw, ellipse},
  fold/.style={draw, fill=white, double copy shadow={shadow xshift=2pt, shadow yshift=2pt}},
  slope/.style={font=\ttfamily\scriptsize, inner sep=1pt},
  marked/.style={fill=black!15, dotted}, highlight/.style={draw=magenta!80!black, very thick},
]
%(body)s
\end{tikzpicture}
\end{document}
"""


def tikz(drawing: Drawing, layout: str) -> str:
    """A document of its own, whose picture can be cut out of it; it compiles with pdflatex, xelatex and lualatex.

    Args:
        layout: what Graphviz gives for the drawing in its format json0.
    """
    places = json.loads(layout)
    nodes = {node.name: node for node in drawing.nodes}
    body = [_node(nodes[place["name"]], place) for place in places["objects"] if place["name"] in nodes]
    # Graphviz keeps the order of the edges.
    for edge, place in zip(drawing.edges, places.get("edges", []), strict=True):
        looks = "->, highlight" if edge.highlighted else "->"
        body.append(rf"  \draw[{looks}] {_curve(place['pos'])};")
        if edge.lines:
            body.append(rf"  \node[slope] at ({place['lp']}) {{{_text(edge.lines)}}};")
    colours = "\n".join(
        rf"\definecolor{{level{_letters(level)}}}{{HTML}}{{{fill[1:].upper()}}}" for level, fill in FILLS.items()
    )
    return _DOCUMENT % {"colours": colours, "body": "\n".join(body)}


def _node(node: Node, place: dict[str, str]) -> str:
    # As large as the layout has it, so that the arrows end where the box begins.
    looks: list[str] = [node.kind, f"minimum width={place['width']}in", f"minimum height={place['height']}in"]
    if node.level:
        looks.append(f"fill=level{_letters(node.level)}")
    if node.level < 0:
        looks.append("dashed")
    if node.mark:
        looks.append("marked")
    if node.highlighted:
        looks.append("highlight")
    return rf"  \node[{', '.join(looks)}] ({node.name.replace('_', '-')}) at ({place['pos']}) {{{_text(node.text)}}};"


def _letters(level: int) -> str:
    return ("minus" if level < 0 else "plus") * (level != 0) + ("zero", "one", "two", "three")[abs(level)]


def _curve(position: str) -> str:
    """Graphviz's points, "e,tip start control control end ...", as a path that ends at the tip of the arrow."""
    end, start, *others = position.removeprefix("e,").split()
    curves = zip(others[::3], others[1::3], others[2::3], strict=True)
    return f"({start})" + "".join(f" .. controls ({a}) and ({b}) .. ({c})" for a, b, c in curves) + f" -- ({end})"


def _text(lines: Sequence[str]) -> str:
    return r"\\".join(map(escaped, lines))
