"""Feedback as a web page of one file: the summary, the graph of the working coloured by verdict, and every number."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from autograd.text import printable
from chalkgrad.feedback import HEADER, MEANINGS, SIGNS, FeedbackTable, name_of, summary, tables_of
from chalkgrad.marking import VERDICTS, Mark, Marking, Verdict
from chalkgrad.submission import Submission, working_of
from chalkgrad.working import Cell, Number, Rule
from viz import LayoutError, Picture
from viz.drawing import Drawing, Edge, Node
from viz.html import document

#: A graph with a box for each number has no more boxes than this; beyond, a quantity is a box.
MOST_BOXES: Final = 120

#: By this a page of feedback is told from any other.
PAGE_MARK: Final = '<main id="feedback">'


def to_html(submission: Submission, marking: Marking, file: str, note: str = "") -> str:
    """The feedback as a web page of one file, with the graph of the working, each number coloured by its verdict.

    Args:
        note: a sentence to go with the summary; may be empty.
    """
    title = printable(submission.problem.title) or "Feedback"
    sentences = (*summary(marking), *filter(None, [note]))
    paragraphs = "".join(f"<p>{escape(sentence)}</p>\n" for sentence in sentences)
    legend = "".join(f'<li class="{v}"><b>{SIGNS[v]} {v}</b> {escape(MEANINGS[v])}</li>' for v in VERDICTS)
    tables = "".join(map(_html_table, tables_of(marking, True, SIGNS)))
    body = (
        f"{PAGE_MARK}\n<h1>{escape(title)}</h1>\n<p>{escape(printable(file))}</p>\n<section>\n{paragraphs}</section>\n"
        f"<figure>{_graph(submission, marking)}</figure>\n<ul>{legend}</ul>\n{tables}</main>"
    )
    return document(f"{title}: {printable(file)}", body, _STYLE)


def _html_table(table: FeedbackTable) -> str:
    head = "".join(f'<th scope="col">{text}</th>' for text in (*HEADER, "remark"))
    rows = "".join(
        f'<tr class="{row.verdict}"><th scope="row">{escape(row.cells[0])}</th>'
        + "".join(f"<td>{escape(text)}</td>" for text in (*row.cells[1:], row.remark))
        + "</tr>\n"
        for row in table.rows
    )
    caption = f"<caption>{escape(table.title)}</caption>"
    return f"<div><table>\n{caption}\n<thead><tr>{head}</tr></thead>\n{rows}</table></div>\n"


def _graph(submission: Submission, marking: Marking) -> str:
    """The picture; a sentence where it cannot be made."""
    if not marking.marks:
        return ""
    try:
        svg = Picture(_drawing(submission, marking)).svg()
    except LayoutError as error:
        return f"<figcaption>The graph is missing: {escape(printable(str(error)))}</figcaption>"
    # A box is called by its verdict and a number: that makes it one of a class, whose colour the page knows.
    return re.sub(r'class="node">\s*<title>([a-z]+)\d+</title>', r'class="node \1">', svg[svg.index("<svg") :])


def _drawing(submission: Submission, marking: Marking) -> Drawing:
    """A box for each written number, or where those are many for each quantity."""
    boxes: dict[Cell, list[Mark]] = {}
    for mark in marking.marks:
        boxes.setdefault(mark.cell, []).append(mark)
    whole = len(boxes) > MOST_BOXES
    if whole:
        boxes = {}
        for mark in marking.marks:
            boxes.setdefault(Cell(mark.cell.quantity, 0, 0), []).append(mark)
    names = {cell: f"{_worst(marks)}{place}" for place, (cell, marks) in enumerate(boxes.items())}
    nodes = tuple(
        Node(names[cell], "value", _counts(cell, marks) if whole else _figure(marks[0], marking.singles))
        for cell, marks in boxes.items()
    )

    def box(cell: Cell) -> str:
        return names[Cell(cell.quantity, 0, 0) if whole else cell]

    arrows = {(box(tail), box(head)): None for tail, head in arrows_of(submission)}
    return Drawing(nodes, tuple(Edge(tail, head) for tail, head in arrows if tail != head), 0.0, 0)


def _worst(marks: Sequence[Mark]) -> Verdict:
    return max((mark.verdict for mark in marks), key=VERDICTS.index)


def _figure(mark: Mark, singles: frozenset[str]) -> tuple[str, ...]:
    return name_of(mark.cell, singles), f"{SIGNS[mark.verdict]} {mark.figure.text}"


def _counts(cell: Cell, marks: Sequence[Mark]) -> tuple[str, ...]:
    times = Counter(mark.verdict for mark in marks)
    return cell.quantity, *(f"{SIGNS[verdict]} {times[verdict]}" for verdict in VERDICTS if times[verdict])


def arrows_of(submission: Submission) -> Iterator[tuple[Cell, Cell]]:
    """From each written number to those that are worked out from it, over steps that were not written."""
    working = working_of(submission.problem)
    written_behind: dict[Cell, dict[Cell, None]] = {}
    for cell in working.cells():
        behind: dict[Cell, None] = {}
        for used in _used(working.rules(cell)[0]):
            if used in submission.figures:
                behind[used] = None
            else:
                behind |= written_behind.get(used, {})
        written_behind[cell] = behind
        if cell in submission.figures:
            yield from ((tail, cell) for tail in behind)


def _used(rule: Rule) -> list[Cell]:
    """The numbers that a rule asks for."""
    asked: list[Cell] = []

    def look(cell: Cell) -> Number:
        asked.append(cell)
        return 1.0

    rule(look)
    return asked


# Fills are equally light but for a slip's, which in grey is the darkest; its border is the thickest.
_STYLE: Final = """
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1b1e24; --line: #c9cdd4;
  --right: #ffffff; --rounding: #dcebf8; --follows: #fde6c8; --slip: #f4a3b4;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14161a; --ink: #d5d9e0; --line: #3b4049;
    --right: #14161a; --rounding: #1d3a55; --follows: #553a14; --slip: #8a1f3d;
  }
}
body { margin: 1rem auto; padding: 0 1rem; max-width: 75rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.4rem; }
figure { margin: 1rem 0; }
figure, div { overflow-x: auto; }
svg { display: block; margin: auto; max-width: max(100%, 60rem); height: auto; }
svg .graph text { fill: var(--ink); }
svg .node path { stroke: var(--ink); fill: var(--right); }
svg .rounding path { fill: var(--rounding); stroke-dasharray: 1 2; }
svg .follows path { fill: var(--follows); stroke-dasharray: 5 2; }
svg .slip path { fill: var(--slip); stroke-width: 3; }
ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .3rem 1rem; }
li { padding: 0 .4rem; border: 1px solid var(--ink); }
table { border-collapse: collapse; margin: 1.2rem 0; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: bold; }
th, td { padding: .1rem .6rem; border-bottom: 1px solid var(--line); text-align: right; font-weight: normal;
  white-space: nowrap; min-width: 4.5rem; }
th:first-child { min-width: 11rem; }
td:last-child { white-space: normal; min-width: 16rem; }
th:first-child, td:nth-last-child(-n+2), th:nth-last-child(-n+2) { text-align: left; }
.rounding { background: var(--rounding); border-style: dotted; }
.follows { background: var(--follows); border-style: dashed; }
.slip { background: var(--slip); border-width: 3px; }
tr.slip { font-weight: bold; }
@media print {
  * { print-color-adjust: exact; }
  body { font-size: 10pt; }
  div, tr, figure { break-inside: avoid; }
  svg { max-width: 100%; }
  th, td, th:first-child, td:last-child { min-width: 0; }
}
"""
