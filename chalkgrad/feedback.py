"""Feedback to the writer of a sheet: a table for each quantity and a summary in words."""

import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from autograd.text import counted, decimal
from chalkgrad.marking import VERDICTS, Mark, Marking, Verdict
from chalkgrad.working import Cell

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

#: The columns of a table.
HEADER: Final = ("number", "written", "exact", "from own", "tolerance", "verdict")

#: Columns of text on a line.
_WIDTH: Final = 100

# Shades that stand out from black and from white.
_COLOURS: Final[Mapping[Verdict, str]] = {
    "right": "", "rounding": "color(33)", "follows": "color(166)", "slip": "bold color(161)",
}  # fmt: skip

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


class FeedbackTable(NamedTuple):
    """What is shown of one quantity."""

    title: str
    rows: list[_Row]


def tables_of(marking: Marking, everything: bool, sign: Mapping[Verdict, str]) -> Iterator[FeedbackTable]:
    """A table for each quantity, with no rows where all is right unless everything is wanted."""
    for quantity, group in groupby(marking.marks, key=lambda mark: mark.cell.quantity):
        marks = list(group)
        times = Counter(mark.verdict for mark in marks)
        counts = ", ".join(f"{times[verdict]} {verdict}" for verdict in VERDICTS if times[verdict])
        shown = [mark for mark in marks if everything or mark.verdict != "right"]
        title = f"{quantity}: {'all ' if times['right'] == len(marks) else ''}{counts}"
        yield FeedbackTable(title, [_row(mark, marking.singles, sign) for mark in shown])


def _row(mark: Mark, singles: frozenset[str], sign: Mapping[Verdict, str]) -> _Row:
    # Two digits more than were written show what they were rounded from.
    numbers = (decimal(number, mark.figure.places + 2) for number in (mark.expected, mark.from_own, mark.tolerance))
    name, verdict = name_of(mark.cell, singles), mark.verdict
    return _Row((name, mark.figure.text, *numbers, f"{sign[verdict]} {verdict}"), verdict, _remark(mark))


def _remark(mark: Mark) -> str:
    if mark.verdict == "follows":
        return mark.note or MEANINGS["follows"]
    should = f"it should read {mark.line}" if mark.line else ""
    return "; ".join(filter(None, (hint_of(mark), should)))


def to_text(marking: Marking, heading: str, everything: bool, sign: Mapping[Verdict, str]) -> str:
    """The feedback as plain text.

    Args:
        everything: whether the tables have the numbers that are right as well.
        sign: what stands before each verdict.
    """
    lines = [heading, ""]
    tables = list(tables_of(marking, everything, sign))
    widths = _widths(tables)
    for title, rows in tables:
        lines.append(title)
        if rows:
            lines += _lined_up(HEADER, widths)
        for row in rows:
            lines += [*_lined_up(row.cells, widths), *_wrapped(row.remark, "      ")]
    lines.append("")
    for sentence in summary(marking):
        lines += _wrapped(sentence, "")
    return "\n".join(lines) + "\n"


def _widths(tables: Sequence[FeedbackTable]) -> list[int]:
    """How wide each column is, the same in all tables."""
    cells = [row.cells for table in tables for row in table.rows]
    return [max(map(len, column)) for column in zip(HEADER, *cells, strict=True)]


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
    tables = list(tables_of(marking, everything, sign))
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


def _rich_table(table: FeedbackTable, widths: Sequence[int], remarks: bool) -> "RichTable":
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    made = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for place, (name, width) in enumerate(zip(HEADER, widths, strict=True)):
        justify: Literal["left", "right"] = "right" if 0 < place < len(HEADER) - 1 else "left"
        made.add_column(name, justify=justify, overflow="fold", min_width=width if remarks else None)
    if remarks:
        made.add_column("", overflow="fold", ratio=1)
    for row in table.rows:
        *numbers, verdict = row.cells
        remark = [Text(row.remark)] if remarks else []
        made.add_row(*map(Text, numbers), Text(verdict, _COLOURS[row.verdict]), *remark)
    return made


def _fields(table: FeedbackTable) -> "RichTable":
    """A line for each field, where a terminal is too narrow for more."""
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2, 0, 0))
    for row in table.rows:
        for name, cell in zip((*HEADER, "remark"), (*row.cells, row.remark), strict=True):
            if cell:
                grid.add_row(Text(name, "bold"), Text(cell, _COLOURS[row.verdict] if name == "verdict" else ""))
        grid.add_row()
    return grid
