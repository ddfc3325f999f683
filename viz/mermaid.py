"""A drawing in Mermaid's language, which GitHub and many editors draw by themselves."""

from typing import Final

from viz.dot import FILLS
from viz.drawing import Drawing, Node

_SHAPES: Final = {
    "input": ("[", "]"),
    "parameter": ("[/", "/]"),
    "value": ("(", ")"),
    "output": ("([", "])"),
    "constant": ("[", "]"),
    "operation": ("((", "))"),
    "fold": ("[[", "]]"),
}


def mermaid(drawing: Drawing) -> str:
    """The Mermaid text of a drawing: a flowchart from left to right."""
    lines = ["flowchart LR"]
    for node in drawing.nodes:
        opening, closing = _SHAPES[node.kind]
        lines.append(f"  {node.name}{opening}{_text(node.text)}{closing}")
        style = _style(node)
        if style:
            lines.append(f"  style {node.name} {style}")
    for place, edge in enumerate(drawing.edges):
        label = f"|{_text(edge.lines)}|" if edge.lines else ""
        lines.append(f"  {edge.tail} -->{label} {edge.head}")
        if edge.highlighted:
            lines.append(f"  linkStyle {place} stroke-width:3px")
    return "\n".join(lines) + "\n"


def _style(node: Node) -> str:
    style = []
    if node.level:
        style += [f"fill:{FILLS[node.level]}", "color:#000000"]
    if node.level < 0:
        style.append("stroke-dasharray:4")
    if node.mark:
        style.append("stroke-dasharray:2")
    if node.kind == "constant":
        style += ["fill:none", "stroke:none"]
    if node.highlighted:
        style.append("stroke-width:3px")
    return ",".join(style)


def _text(lines: tuple[str, ...]) -> str:
    """Lines as a label that comes out as the same text: what could mean something to Mermaid is a number to it."""
    return '"' + "<br/>".join("".join(map(_character, line)) for line in lines) + '"'


def _character(ch: str) -> str:
    return ch if ch.isalnum() or ch in " .,+-=" else f"#{ord(ch)};"
