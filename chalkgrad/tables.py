"""A trace as tables for a terminal: with as many digits as fit its width, and field by field where none do."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from autograd import Trace
from autograd.trace import parts, shown

#: How many significant digits the numbers of a table have: the first of these with which it fits.
DIGITS: Final = (10, 8, 6, 4)

# Orange and blue, as in pictures, in shades that stand out from black and from white.
_POSITIVE, _NEGATIVE = "color(166)", "color(33)"


def tables(steps: Trace, console: Console) -> Group:
    """What the printed trace says, as tables no wider than the console, with a colour for each sign of a derivative.

    Where a table would be too wide even with the fewest digits, each field of its steps has a line of its own.
    """
    return Group(*_lines(steps, console))


def _lines(steps: Trace, console: Console) -> Iterator[RenderableType]:
    for versions in zip(*(_parts_of(steps, digits) for digits in DIGITS), strict=True):
        if versions[0].title:
            yield Text(f"\n{versions[0].title}", "bold")
        fitting = (table for table in map(_Part.table, versions) if _fits(table, console))
        yield next(fitting, None) or versions[0].fields()


def _fits(table: Table, console: Console) -> bool:
    endless = console.options.update(max_width=1_000_000)
    return Measurement.get(console, endless, table).maximum <= console.width


class _Number(str):
    """A number as it is shown; a name is any other text."""

    __slots__ = ()


class _Part(NamedTuple):
    """One of the tables of a trace; ``signed`` where its numbers are derivatives."""

    title: str
    header: tuple[str, ...]
    rows: list[tuple[str, ...]]
    signed: bool

    def table(self) -> Table:
        """A line for each step."""
        table = Table(*self.header, box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
        columns = [_lined_up([row[place] for row in self.rows]) for place in range(len(self.header))]
        for row in zip(self.rows, zip(*columns, strict=True), strict=True):
            table.add_row(*map(self._coloured, *row))
        return table

    def fields(self) -> Table:
        """A line for each field of each step, and a blank one between steps."""
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(overflow="fold")
        grid.add_column(overflow="fold")
        for place, row in enumerate(self.rows):
            if place:
                grid.add_row()
            for name, cell in zip(self.header, row, strict=True):
                grid.add_row(Text(name, "bold"), self._coloured(cell, cell))
        return grid

    def _coloured(self, cell: str, text: str) -> Text:
        """The text of a cell."""
        if not self.signed or not isinstance(cell, _Number) or cell in ("0", "nan"):
            return Text(text)
        return Text(text, _NEGATIVE if cell.startswith("-") else _POSITIVE)


def _parts_of(steps: Trace, digits: int) -> Iterator[_Part]:
    *given, backward = parts(steps, str, lambda number: _Number(shown(number, digits)))
    yield from (_Part(*part, signed=False) for part in given)
    yield _Part(*backward, signed=True)


def _lined_up(cells: list[str]) -> list[str]:
    """The cells of a column, numbers with their points below each other."""
    lengths = [len(re.split("[.e]", cell)[0]) if isinstance(cell, _Number) else 0 for cell in cells]
    widest = max(lengths, default=0)
    return [" " * (widest - length) + cell if length else cell for cell, length in zip(cells, lengths, strict=True)]
