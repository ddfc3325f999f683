"""What a person wrote: the [work] table of a problem file, every figure with as many places as it was written with."""

import math
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from autograd.text import counted, printable, quoted
from chalkgrad.expression import ExpressionWorking
from chalkgrad.problem import ExpressionProblem, Problem, ProblemError, read_problem
from chalkgrad.working import Cell, NetworkWorking, Working

#: The largest file that is read, in bytes: a person writes less in a lifetime of sheets.
LARGEST: Final = 200_000

#: How many operations a working may have: a person has not the time for more.
MOST: Final = 6_000

# How many characters a number may have, and how small its last place may be; nobody writes more.
_LONGEST: Final = 30
_SMALLEST: Final = -25

# A number as a person writes it, in the digits that are on every keyboard. A word processor makes the minus a longer
# one, and half the world has a comma where the other half has a point.
_NUMBER: Final = re.compile(r"[-+]?(?:[0-9]+(?:[.][0-9]*)?|[.][0-9]+)(?:[eE][-+]?[0-9]{1,9})?")
_PLAIN: Final = str.maketrans("−,", "-.")

# The last place of a number that is meant to the last.
_EXACT: Final = 1e-12

#: What working in doubles may add to a bound, as a share of it.
ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Figure:
    """A number as it was written.

    Attributes:
        text: as it stands in the file, with a plain minus and a decimal point.
        value: the number.
        unit: one in its last place, such as 0.001 for 0.690; next to nothing for a bare 0, 1 or −1.
    """

    text: str
    value: float
    unit: float

    @property
    def places(self) -> int:
        """How many decimals a number beside it is shown with: as many as it has, a whole number's being four."""
        return 4 if self.unit == _EXACT else max(0, round(-math.log10(self.unit)))

    @property
    def half(self) -> float:
        """Half a unit in the last place: how far a rounded number may lie from what it stands for."""
        return 0.5 * self.unit

    def stands_for(self, value: float, reach: float = 0.0) -> bool:
        """Whether it is a value rounded, to even or up, or cut off; the value may lie as far as reach to both sides."""
        if not math.isfinite(reach):
            return False  # Where a slope is infinite, it says nothing.
        slack = ROUNDING * (abs(value) + self.unit)
        # Cut off, 0.75 stands for all from 0.75 to below 0.76, and 0.00 for all between −0.01 and 0.01. A number that
        # doubles make a last bit less than 0.76 may be cut off to 0.75, as by a calculator; 0.76 itself may not.
        is_next = not reach and _is_written_as(value, self.value + math.copysign(self.unit, value), self.places)
        cut = self.half if is_next else self.unit
        below = cut if self.value <= 0.0 else self.half
        above = cut if self.value >= 0.0 else self.half
        return self.value - below <= value + reach + slack and value - reach - slack <= self.value + above

    def has_places_for(self, value: float) -> bool:
        """Whether a value can be written with as many decimals without being rounded."""
        return math.isfinite(value) and abs(value - round(value, self.places)) <= 1e-6 * self.unit


def _is_written_as(value: float, number: float, places: int) -> bool:
    """Whether a double is written in as few digits as a number with so many decimals."""
    return value == round(number, places)


@dataclass(frozen=True, slots=True)
class Submission:
    """A problem and what was written for it."""

    problem: Problem | ExpressionProblem
    figures: Mapping[Cell, Figure]


class _Written(float):
    """A number of a TOML file that remembers its text."""

    text: str

    def __new__(cls, text: str) -> "_Written":
        number = super().__new__(cls, text)
        number.text = text
        return number


def load_submission(path: str | os.PathLike[str], problem: Problem | ExpressionProblem | None = None) -> Submission:
    """Read a problem file with what was written for it in its ``[work]`` table.

    Quantities that are missing, and numbers left blank (``""``), were not written.

    Args:
        problem: what a file without a [problem] table is work on; None if each has to have one.

    Raises:
        ProblemError: the file cannot be read, is larger than 200 kB, has nothing written in it, or something in it is
            missing, unknown or of the wrong shape.
    """
    problem, document = read_problem(path, parse_float=_Written, largest=LARGEST, instead=problem)
    name = printable(os.fspath(path))
    work = document.get("work")
    if not isinstance(work, Mapping) or not work:
        raise ProblemError(f"{name}: work is missing or empty: a [work] table with what was written is expected")
    if working_of(problem).effort() > MOST:
        raise ProblemError(f"{name}: takes more than {MOST:,} operations to work out: give a smaller problem")
    try:
        written = figures(problem, work)
    except ProblemError as error:
        raise ProblemError(f"{name}: {error}") from None
    if not written:
        raise ProblemError(f'{name}: work is blank: put what was written between the quotation marks, as in "0.690"')
    return Submission(problem, written)


def working_of(problem: Problem | ExpressionProblem) -> Working:
    """The numbers of a problem, each with its rules."""
    return ExpressionWorking(problem) if isinstance(problem, ExpressionProblem) else NetworkWorking(problem)


def figures(problem: Problem | ExpressionProblem, work: Mapping[str, Any]) -> dict[Cell, Figure]:
    """The figures of a [work] table.

    Raises:
        ProblemError: a quantity is unknown, of the wrong shape, or no numbers.
    """
    return dict(_figures(work, working_of(problem)))


def _figures(work: Mapping[str, Any], working: Working) -> Iterator[tuple[Cell, Figure]]:
    for name, written in work.items():
        if name not in working.shapes:
            raise ProblemError(f"work.{printable(name, 40)} is unknown: one of {', '.join(working.shapes)} is expected")
        for (i, j), number in _placed(name, written, working.shapes[name]):
            if not isinstance(number, str) or number.strip():
                yield Cell(name, i, j), _figure(f"work.{name}[{i},{j}]", number)


def _placed(name: str, written: Any, shape: tuple[int, int]) -> Iterator[tuple[tuple[int, int], Any]]:
    """Each number with its place; a single number, and the list of a column or of a row, need no inner lists."""
    rows, columns = shape
    if shape == (1, 1) and not isinstance(written, list):
        written = [[written]]
    elif isinstance(written, list) and not any(isinstance(row, list) for row in written):
        written = [written] if rows == 1 and columns > 1 else [[number] for number in written]
    if not isinstance(written, list) or len(written) != rows:
        found = counted(len(written), "row") if isinstance(written, list) else quoted(written)
        raise ProblemError(f"work.{name} has {found}: {counted(rows, 'row')} of {columns} is expected")
    for i, row in enumerate(written):
        if not isinstance(row, list) or len(row) != columns:
            found = counted(len(row), "number") if isinstance(row, list) else quoted(row)
            raise ProblemError(f"work.{name}[{i}] has {found}: {columns} expected")
        yield from (((i, j), number) for j, number in enumerate(row))


def _figure(place: str, number: Any) -> Figure:
    if isinstance(number, bool) or not isinstance(number, int | float | str):
        raise ProblemError(f'{place} is {quoted(number)}: a number is expected, or "" for one that was not written')
    text = (getattr(number, "text", None) or str(number)).strip()
    plain = text.translate(_PLAIN)
    # A comma and a point would be two points: whether one of them parts thousands is not guessed.
    if not _NUMBER.fullmatch(plain):
        raise ProblemError(f"{place} is {printable(text, 40)}: a number in the digits 0 to 9 is expected, as in -0.056")
    exact = Decimal(plain if len(plain) <= _LONGEST else "nan")
    value, exponent = float(exact), exact.as_tuple().exponent
    if not isinstance(exponent, int) or not abs(value) <= 1e15 or exponent < _SMALLEST:
        raise ProblemError(f"{place} is {printable(text, 40)}: a number that somebody can have written is expected")
    # In 2e3 no place is left open: 0e3 would else stand for anything.
    places = min(exponent, 0)
    # A bare 0 or 1 is meant: it would else stand for any share whatever.
    is_meant = places == 0 and abs(value) <= 1.0
    return Figure(plain, value, _EXACT if is_meant else float(Decimal(1).scaleb(places)))
