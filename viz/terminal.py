"""A drawing for the terminal: a tree from the output back to the leaves, what is shared being drawn once."""

from viz.drawing import Drawing, Node


def terminal(drawing: Drawing) -> str:
    """The lines of a tree: each value with its numbers and, behind the operation that made it, its operands.

    A value that is used again is drawn the first time only; later an arrow, ↑, stands behind its name.
    """
    nodes = {node.name: node for node in drawing.nodes}
    operands: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for edge in drawing.edges:
        operands.setdefault(edge.head, []).append((edge.tail, edge.lines))
    lines: list[str] = []
    drawn: set[str] = set()
    # What is still to be drawn: a node's name, what leads to it, and how its line and those below it are indented.
    output = next(node.name for node in drawing.nodes if node.kind == "output")
    waiting: list[tuple[str, tuple[str, ...], str, str]] = [(output, (), "", "")]
    while waiting:
        name, on_the_way, first, rest = waiting.pop()
        again = name in drawn
        drawn.add(name)
        made_by, below = _made_by(name, nodes, operands)
        lines.append(first + _line(nodes[name], made_by, on_the_way, again and bool(below)))
        if again:
            continue
        branches = [("├─ ", "│  ")] * (len(below) - 1) + [("└─ ", "   ")] * bool(below)
        for (operand, slope), (branch, indent) in reversed(list(zip(below, branches, strict=True))):
            waiting.append((operand, slope, rest + branch, rest + indent))
    return "\n".join(lines) + "\n"


def _made_by(
    name: str, nodes: dict[str, Node], operands: dict[str, list[tuple[str, tuple[str, ...]]]]
) -> tuple[Node | None, list[tuple[str, tuple[str, ...]]]]:
    """The operation that made a value, None for a leaf or a fold, and the operands with the text of their edges."""
    tails = operands.get(name, [])
    if tails and nodes[tails[0][0]].kind == "operation":
        return nodes[tails[0][0]], operands[tails[0][0]]
    return None, tails


def _line(node: Node, made_by: Node | None, on_the_way: tuple[str, ...], again: bool) -> str:
    parts = [*node.lines]
    if again:
        parts.append("↑")
    elif made_by is not None:
        parts.append("= " + " ".join(made_by.text))
    if on_the_way:
        parts.append(f"[{', '.join(on_the_way)}]")
    if node.highlighted:
        parts.append("◀")
    return "  ".join(parts)
