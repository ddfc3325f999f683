"""Feedback to the writer of a sheet: a table for each quantity and a summary in words, as text and as a web page."""

import re
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from autograd.text import counted, decimal, printable
from chalkgrad.marking import VERDICTS, Mark, Marking, Verdict
from chalkgrad.submission import Submission, working_of
from chalkgrad.working import Cell, Number, Rule
from viz import LayoutError, Picture
from viz.drawing import Drawing, Edge, Node
from viz.html import document

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table as RichTable

#: What stands before each verdict, so that none is told by its colour alone.
SIGNS: Final[Mapping[Verdict, str]] = {"right": "✓", "rounding": "≈", "follows": "→", "slip": "✗"}

#: The same for terminals that have no others.
ASCII_SIGNS: Final[Mapping[Verdict, str]] = {"right": "+", "rounding": "~", "follows": ">", "slip": "x"}

#: What each verdict says of a number.
MEANINGS: Final[Mapping[Verdict, str]] = {
    "right": "the exact value, rounded to the digits written",
    "rounding": "what a faithful working with rounded figures can give",
    "follows": "wrong, but right from the figures that it was worked out from",
    "slip": "it went wrong here",
}

_HEADER: Final = ("number", "written", "exact", "from own", "tolerance", "verdict")

#: Columns of text on a line.
_WIDTH: Final = 100

# Shades that stand out from black and from white.
_COLOURS: Final[Mapping[Verdict, str]] = {
    "right": "", "rounding": "color(33)", "follows": "color(166)", "slip": "bold color(161)",
}  # fmt: skip

#: A graph with a box for each number has no more boxes than this; beyond, a quantity is a box.
MOST_BOXES: Final = 120

# Slips that a summary names.
_SOME: Final = 8


def signs(encoding: str | None) -> Mapping[Verdict, str]:
    """The signs that an encoding has characters for."""
    try:
        "".join(SIGNS.values()).encode(encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return ASCII_SIGNS
    return SIGNS


def name_of(cell: Cell, singles: frozenset[str]) -> str:
    """What a number is called: ``A2[0,1]``, or ``loss``."""
    return cell.quantity if cell.quantity in singles else f"{cell.quantity}[{cell.row},{cell.column}]"


def hint_of(mark: Mark) -> str:
    """What a slip was, in words; empty where nothing gives the number."""
    return " or ".join(hint.sentence for hint in mark.hints) or mark.note


def summary(marking: Marking) -> list[str]:
    """The whole in a few sentences: how much is sound, where the first slip is and what it was, and the rest."""
    marks = marking.marks
    if not marks:
        return ["Nothing was written."]
    times = Counter(mark.verdict for mark in marks)
    sound = times["right"] + times["rounding"]
    share = f"{times['right']} right, {times['rounding']} within rounding"
    if marking.is_sound:
        all_of = "The only number is" if len(marks) == 1 else f"All {len(marks)} numbers are"
        return [f"{all_of} sound: {share}."]
    first = next(place for place, mark in enumerate(marks) if mark.verdict == "slip")
    sentences = [f"{sound} of {len(marks)} numbers {_are(sound)} sound: {share}."]
    sentences.append(_told(marks[first], marking.singles))
    rest = marks[first + 1 :]
    if rest:
        sentences.append(_after(rest, marking.singles))
    return sentences


def _told(mark: Mark, singles: frozenset[str]) -> str:
    hint = hint_of(mark)
    told = f"The first slip is {name_of(mark.cell, singles)} = {mark.figure.text}{f': {hint}' if hint else ''}."
    return f"{told} It should read {mark.line}." if mark.line else told


def _after(rest: Sequence[Mark], singles: frozenset[str]) -> str:
    times = Counter(mark.verdict for mark in rest)
    sound, follows = times["right"] + times["rounding"], times["follows"]
    slips = [name_of(mark.cell, singles) for mark in rest if mark.verdict == "slip"]
    text = f"After it {sound} of {len(rest)} numbers {_are(sound)} sound"
    if follows:
        text += f" and {follows} {'follows' if follows == 1 else 'follow'} from what was written before"
    if not slips:
        return f"{text}."
    more = ", ..." if len(slips) > _SOME else ""
    return f"{text}; {counted(len(slips), 'more slip')}: {', '.join(slips[:_SOME])}{more}."


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


# Tables ---------------------------------------------------------------------------------------------------------------


class _Row(NamedTuple):
    """A number of a table; the cells are as many as the header's."""

    cells: tuple[str, ...]
    verdict: Verdict
    remark: str


class _Table(NamedTuple):
    """What is shown of one quantity."""

    title: str
    rows: list[_Row]


def _tables(marking: Marking, everything: bool, sign: Mapping[Verdict, str]) -> Iterator[_Table]:
    for quantity, group in groupby(marking.marks, key=lambda mark: mark.cell.quantity):
        marks = list(group)
        times = Counter(mark.verdict for mark in marks)
        counts = ", ".join(f"{times[verdict]} {verdict}" for verdict in VERDICTS if times[verdict])
        shown = [mark for mark in marks if everything or mark.verdict != "right"]
        title = f"{quantity}: {'all ' if times['right'] == len(marks) else ''}{counts}"
        yield _Table(title, [_row(mark, marking.singles, sign) for mark in shown])


def _row(mark: Mark, singles: frozenset[str], sign: Mapping[Verdict, str]) -> _Row:
    # Two digits more than were written show what they were rounded from.
    numbers = (decimal(number, mark.figure.places + 2) for number in (mark.expected, mark.from_own, mark.tolerance))
    name, verdict = name_of(mark.cell, singles), mark.verdict
    return _Row((name, mark.figure.text, *numbers, f"{sign[verdict]} {verdict}"), verdict, _remark(mark))


def _remark(mark: Mark) -> str:
    if mark.verdict == "follows":
        return MEANINGS["follows"]
    should = f"it should read {mark.line}" if mark.line else ""
    return "; ".join(filter(None, (hint_of(mark), should)))


def to_text(marking: Marking, heading: str, everything: bool, sign: Mapping[Verdict, str]) -> str:
    """The feedback as plain text.

    Args:
        everything: whether the tables have the numbers that are right as well.
        sign: what stands before each verdict.
    """
    lines = [heading, ""]
    tables = list(_tables(marking, everything, sign))
    widths = _widths(tables)
    for title, rows in tables:
        lines.append(title)
        if rows:
            lines += _lined_up(_HEADER, widths)
        for row in rows:
            lines += [*_lined_up(row.cells, widths), *_wrapped(row.remark, "      ")]
    lines.append("")
    for sentence in summary(marking):
        lines += _wrapped(sentence, "")
    return "\n".join(lines) + "\n"


def _widths(tables: Sequence[_Table]) -> list[int]:
    """How wide each column is, the same in all tables."""
    cells = [row.cells for table in tables for row in table.rows]
    return [max(map(len, column)) for column in zip(_HEADER, *cells, strict=True)]


def _lined_up(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    name, *numbers, verdict = cells
    columns = [name.ljust(widths[0]), *map(str.rjust, numbers, widths[1:-1]), verdict]
    return ["  " + "  ".join(columns)]


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def to_rich(
    marking: Marking, heading: str, everything: bool, sign: Mapping[Verdict, str], width: int
) -> Iterator["RenderableType"]:
    """The feedback as tables for a terminal of that width, with a colour for each verdict besides its sign."""
    from rich.text import Text

    yield Text(f"{heading}\n", "bold")
    tables = list(_tables(marking, everything, sign))
    widths = _widths(tables)
    # Remarks stand in the tables where there is room for a few words.
    beside, fits = (sum(widths) + len(widths) + room <= width for room in (30, 0))
    for table in tables:
        yield Text(table.title, "bold" if table.rows else "")
        if table.rows:
            yield _rich_table(table, widths, beside) if fits else _fields(table)
        if fits and not beside:
            yield from (Text(f"{row.cells[0]}: {row.remark}", "italic") for row in table.rows if row.remark)
    yield from map(Text, ("", *summary(marking)))


def _rich_table(table: _Table, widths: Sequence[int], remarks: bool) -> "RichTable":
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    made = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for place, (name, width) in enumerate(zip(_HEADER, widths, strict=True)):
        justify: Literal["left", "right"] = "right" if 0 < place < len(_HEADER) - 1 else "left"
        made.add_column(name, justify=justify, overflow="fold", min_width=width if remarks else None)
    if remarks:
        made.add_column("", overflow="fold", ratio=1)
    for row in table.rows:
        *numbers, verdict = row.cells
        remark = [Text(row.remark)] if remarks else []
        made.add_row(*map(Text, numbers), Text(verdict, _COLOURS[row.verdict]), *remark)
    return made


def _fields(table: _Table) -> "RichTable":
    """A line for each field, where a terminal is too narrow for more."""
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2, 0, 0))
    for row in table.rows:
        for name, cell in zip((*_HEADER, "remark"), (*row.cells, row.remark), strict=True):
            if cell:
                grid.add_row(Text(name, "bold"), Text(cell, _COLOURS[row.verdict] if name == "verdict" else ""))
        grid.add_row()
    return grid


# The page -------------------------------------------------------------------------------------------------------------


def to_html(submission: Submission, marking: Marking, file: str) -> str:
    """The feedback as a web page of one file, with the graph of the working, each number coloured by its verdict."""
    title = printable(submission.problem.title) or "Feedback"
    paragraphs = "".join(f"<p>{escape(sentence)}</p>\n" for sentence in summary(marking))
    legend = "".join(f'<li class="{v}"><b>{SIGNS[v]} {v}</b> {escape(MEANINGS[v])}</li>' for v in VERDICTS)
    tables = "".join(map(_html_table, _tables(marking, True, SIGNS)))
    body = (
        f"<h1>{escape(title)}</h1>\n<p>{escape(printable(file))}</p>\n<section>\n{paragraphs}</section>\n"
        f"<figure>{_graph(submission, marking)}</figure>\n<ul>{legend}</ul>\n{tables}"
    )
    return document(f"{title}: {printable(file)}", body, _STYLE)


def _html_table(table: _Table) -> str:
    head = "".join(f'<th scope="col">{text}</th>' for text in (*_HEADER, "remark"))
    rows = "".join(
        f'<tr class="{row.verdict}"><th scope="row">{escape(row.cells[0])}</th>'
        + "".join(f"<td>{escape(text)}</td>" for text in (*row.cells[1:], row.remark))
        + "</tr>\n"
        for row in table.rows
    )
    return f"<table>\n<caption>{escape(table.title)}</caption>\n<thead><tr>{head}</tr></thead>\n{rows}</table>\n"


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
figure { margin: 1rem 0; overflow-x: auto; }
svg { display: block; margin: auto; max-width: 100%; height: auto; }
svg .graph text { fill: var(--ink); }
svg .node path { stroke: var(--ink); fill: var(--right); }
svg .rounding path { fill: var(--rounding); stroke-dasharray: 1 2; }
svg .follows path { fill: var(--follows); stroke-dasharray: 5 2; }
svg .slip path { fill: var(--slip); stroke-width: 3; }
ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .3rem 1rem; }
li { padding: 0 .4rem; border: 1px solid var(--ink); }
table { border-collapse: collapse; margin: 1.2rem 0; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: bold; }
th, td { padding: .1rem .6rem; border-bottom: 1px solid var(--line); text-align: right; font-weight: normal; }
th:first-child, td:nth-last-child(-n+2), th:nth-last-child(-n+2) { text-align: left; }
.rounding { background: var(--rounding); border-style: dotted; }
.follows { background: var(--follows); border-style: dashed; }
.slip { background: var(--slip); border-width: 3px; }
tr.slip { font-weight: bold; }
@media print { * { print-color-adjust: exact; } tr, figure { break-inside: avoid; } }
"""
