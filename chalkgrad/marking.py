"""Marking: every written number beside the exact one, and beside the one that follows from the writer's own figures.

A written number stands for a whole interval, half a unit of its last place each way. The engine's derivatives say how
far the half units of the figures that a number was worked out from can move it, and that far it is accepted.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

from autograd import Value, leaves, recorded
from autograd.text import decimal, exact
from chalkgrad.mistakes import Hint, hints
from chalkgrad.problem import ExpressionProblem, Problem
from chalkgrad.submission import ROUNDING, Figure, Submission, figures, working_of
from chalkgrad.working import Cell, Number, Rule, Working

Verdict = Literal["right", "rounding", "follows", "slip"]

#: The verdicts, from the best on.
VERDICTS: Final[tuple[Verdict, ...]] = ("right", "rounding", "follows", "slip")


# Where a wrong figure is one of these, the slope of a sigmoid or of a tanh vanishes, or a product.
_TRIVIAL: Final = (-1.0, 0.0, 1.0)

# What share of its true influence a number has at most where that is called lost.
_LOST: Final = 0.01


@dataclass(frozen=True, slots=True)
class Mark:
    """One written number, judged.

    Attributes:
        cell: which number of the working it is.
        figure: as it was written.
        expected: the exact value.
        from_own: the value that follows from the writer's own earlier figures.
        tolerance: how far from that the roundings of those figures can lead, the figure's own half unit included.
        verdict: "right" (the exact value, rounded), "rounding" (a faithful working with rounded figures can give it),
            "follows" (wrong, but right from the writer's own figures), "slip" (it went wrong here).
        hints: for a slip, the likeliest mistakes, each of which gives the number.
        note: what else is to be said, as a sentence; may be empty.
        line: for a slip, how the line should read, with the writer's own numbers.
    """

    cell: Cell
    figure: Figure
    expected: float
    from_own: float
    tolerance: float
    verdict: Verdict
    hints: tuple[Hint, ...] = ()
    note: str = ""
    line: str = ""


@dataclass(frozen=True, slots=True)
class Marking:
    """A submission, judged number by number in the order of the working.

    Attributes:
        marks: one for each number that was written.
        singles: the quantities that are one number, not a matrix of one.
    """

    marks: tuple[Mark, ...]
    singles: frozenset[str]

    def __getitem__(self, cell: Cell) -> Mark:
        """The mark of one number.

        Raises:
            KeyError: it was not written.
        """
        for mark in self.marks:
            if mark.cell == cell:
                return mark
        raise KeyError(f"{cell.quantity}[{cell.row},{cell.column}] was not written")

    @property
    def is_sound(self) -> bool:
        """Whether there is no slip."""
        return all(mark.verdict != "slip" for mark in self.marks)

    def to_json(self, file: str) -> str:
        """One line of JSON: the file, and its numbers."""
        return json.dumps({"file": file, "numbers": [self._json(mark) for mark in self.marks]})

    def _json(self, mark: Mark) -> dict[str, Any]:
        cell = mark.cell
        return {
            "quantity": cell.quantity,
            "index": [] if cell.quantity in self.singles else [cell.row, cell.column],
            "written": mark.figure.text,
            "expected": _finite(mark.expected),
            "from_own": _finite(mark.from_own),
            "verdict": mark.verdict,
            "hint": " or ".join(hint.sentence for hint in mark.hints) or mark.note,
        }


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None


def mark(problem: Problem | ExpressionProblem, work: Mapping[str, Any]) -> Marking:
    """Judge every number that was written for a problem.

    Args:
        work: for each quantity its numbers, as in the ``[work]`` table of a file. Text keeps the places of a number,
            "0.690" having three; a float has those of its shortest form.

    Raises:
        ProblemError: a quantity is unknown, of the wrong shape, or no numbers.
    """
    return mark_submission(Submission(problem, figures(problem, work)))


def mark_submission(submission: Submission) -> Marking:
    """Judge every number of a submission that was read from a file."""
    return _Marker(submission).marking()


class _Way(NamedTuple):
    """One way of working a number out.

    Attributes:
        value: what it gives with the writer's own figures.
        slopes: its derivatives by them.
        reach: how far their roundings can move it.
        agrees: whether the figure stands for that.
    """

    rule: Rule
    value: float
    slopes: dict[Cell, float]
    reach: float
    agrees: bool


class _Desk:
    """The numbers of a working with some of them written down: the others follow from the nearest written ones."""

    def __init__(self, working: Working, written: Mapping[Cell, float]) -> None:
        self.working, self.written = working, written
        self._found: dict[Cell, Number] = {}
        self._cells: dict[int, Cell] = {}
        self._between: dict[int, Cell] = {}

    def look(self, cell: Cell) -> Number:
        """A given number, a leaf for a written one, else what follows from those."""
        if cell in self._found:
            return self._found[cell]
        if cell.quantity in self.working.given:
            return self.working.given[cell.quantity][cell.row][cell.column]
        if cell in self.written:
            leaf = self._found[cell] = Value(self.written[cell])
            self._cells[id(leaf)] = cell
            return leaf
        found = self.working.rules(cell)[0](self.look)
        # Also where it rests on given numbers alone, so that what follows tells how much it weighs.
        found = self._found[cell] = found if isinstance(found, Value) else Value(found)
        self._between[id(found)] = cell
        return found

    def follow(self, rule: Rule) -> tuple[float, dict[Cell, float], dict[Cell, tuple[float, float]]]:
        """What a rule gives, its derivative by each written number that it uses, and by each number between.

        Numbers between were not written; with each derivative by one comes the number itself.
        """
        result = rule(self.look)
        if not isinstance(result, Value):
            return float(result), {}, {}
        ends = leaves(result)
        for leaf in ends:
            leaf.grad = 0.0
        result.backward()
        used = [leaf for leaf in ends if id(leaf) in self._cells]
        between = [node for node in (*ends, *recorded(result)) if id(node) in self._between and node is not result]
        slopes = {self._cells[id(leaf)]: leaf.grad for leaf in used}
        return result.data, slopes, {self._between[id(node)]: (node.grad, node.data) for node in between}

    def line(self, rule: Rule) -> dict[Cell, float]:
        """The derivative of what a rule gives by each number of its line, whether written, given or neither."""
        found: dict[Cell, Value] = {}

        def look(cell: Cell) -> Number:
            return found.setdefault(cell, Value(float(self.look(cell))))

        result = rule(look)
        if isinstance(result, Value):
            result.backward()
        return {cell: leaf.grad for cell, leaf in found.items()}

    def behind(self, cell: Cell) -> set[Cell]:
        """The written numbers that a number rests on: itself, where it is one."""
        number = self.look(cell)
        ends = leaves(number) if isinstance(number, Value) else []
        return {self._cells[id(leaf)] for leaf in ends if id(leaf) in self._cells}


class _Marker:
    """Judges one submission."""

    def __init__(self, submission: Submission) -> None:
        self.figures = submission.figures
        self.working = working_of(submission.problem)
        self.own = _Desk(self.working, {cell: figure.value for cell, figure in self.figures.items()})
        truth = _Desk(self.working, {})
        self.exact = {cell: float(truth.look(cell)) for cell in self.working.cells()}
        self.true = _Desk(self.working, {cell: self.exact[cell] for cell in self.figures})
        # How far a written figure may be from what it stands for: for its writer, and in a faithful working at all.
        self.carried: dict[Cell, float] = {}
        self.drift: dict[Cell, float] = {}
        # A wrong 0 or 1 that no calculation gives, right or wrong, and each 0 that follows from one.
        self.hollow: set[Cell] = set()
        # Whether some figure can only be one that was cut off.
        self.cuts = False
        self.marks: dict[Cell, Mark] = {}

    def marking(self) -> Marking:
        for cell in self.working.cells():
            if cell in self.figures:
                self.marks[cell] = self._mark(cell, self.figures[cell])
            # In the order of the working no number waits for a long chain of others.
            self.own.look(cell)
            self.true.look(cell)
        return Marking(tuple(self.marks.values()), self.working.singles)

    def _mark(self, cell: Cell, figure: Figure) -> Mark:
        ways = self._ways(cell, figure)
        way = next((way for way in ways if way.agrees), ways[0])
        _, true_slopes, between = self.true.follow(way.rule)
        true = self.exact[cell]
        drift = self._unwritten(figure, between)
        drift += sum(abs(slope) * self.drift[u] for u, slope in true_slopes.items() if slope)
        wrong = [u for u in way.slopes if self.marks[u].verdict in ("slip", "follows")]
        near = figure.stands_for(true, drift)
        # A wrong number without influence in the true working does not matter, unless it has led away from it all the
        # same, as through a step of relu.
        unsound = any(true_slopes.get(u) or not near for u in wrong)
        verdict = self._verdict(figure, true, near, way.agrees, unsound)
        culprit = None
        if verdict == "follows" and figure.value in _TRIVIAL:
            culprit = self._culprit(wrong, way.rule)
        if culprit in self.hollow:
            verdict = "slip"
        found: tuple[Hint, ...] = ()
        if verdict == "slip" and culprit is None:
            found = hints(self.working, cell, figure, self.own.look, [(way.value, way.reach) for way in ways])
        self._hand_on(cell, figure, way, verdict, drift)
        if self._is_hollow(figure, way, verdict, found):
            self.hollow.add(cell)
        note = self._vanished(culprit) if culprit else _remark(figure, true, verdict)
        line = self._line(cell, figure, way.value) if verdict == "slip" else ""
        return Mark(cell, figure, true, way.value, way.reach + figure.half, verdict, found, note, line)

    def _ways(self, cell: Cell, figure: Figure) -> list[_Way]:
        """The ways of working a number out, the usual one first."""
        ways = []
        for rule in self.working.rules(cell):
            value, slopes, between = self.own.follow(rule)
            reach = self._unwritten(figure, between) + sum(
                abs(slope) * self.carried[u] for u, slope in slopes.items() if slope
            )
            ways.append(_Way(rule, value, slopes, reach, figure.stands_for(value, reach)))
        return ways

    def _unwritten(self, figure: Figure, between: Mapping[Cell, tuple[float, float]]) -> float:
        """How far numbers that were not written can move a figure, each cut off to as many decimals as the figure."""
        inexact = (slope for slope, number in between.values() if not figure.has_places_for(number))
        return figure.unit * sum(map(abs, inexact))

    def _hand_on(self, cell: Cell, figure: Figure, way: _Way, verdict: Verdict, drift: float) -> None:
        """Keep what later numbers must know of this one."""
        away = abs(figure.value - way.value)
        # A figure that is what it stands for to the last bit, and rests on no rounding, has none to hand on.
        self.carried[cell] = 0.0 if way.reach == 0.0 and _same(figure.value, way.value) else figure.half
        if way.agrees:
            # Cut off rather than rounded, it may lie a whole unit from what its writer goes on with.
            self.carried[cell] = max(self.carried[cell], min(away + way.reach, figure.unit))
            self.cuts |= verdict == "rounding" and away > (figure.half + way.reach) * (1.0 + ROUNDING)
        elif self.cuts and verdict == "slip":
            self.carried[cell] = figure.unit
        self.drift[cell] = drift + (0.0 if drift == 0.0 and figure.has_places_for(self.exact[cell]) else figure.half)

    def _is_hollow(self, figure: Figure, way: _Way, verdict: Verdict, found: tuple[Hint, ...]) -> bool:
        if verdict == "slip":
            return figure.value in _TRIVIAL and not any(hint.is_calculation for hint in found)
        return verdict == "follows" and figure.value == 0.0 and not self.hollow.isdisjoint(way.slopes)

    def _line(self, cell: Cell, figure: Figure, from_own: float) -> str:
        def shown(other: Cell) -> str:
            if other in self.figures:
                return self.figures[other].text
            number = float(self.own.look(other))
            return exact(number) if other.quantity in self.working.given else decimal(number, figure.places)

        return f"{self.working.line(cell, shown, self.own.look)} = {decimal(from_own, figure.places)}"

    def _verdict(self, figure: Figure, true: float, near: bool, agrees: bool, unsound: bool) -> Verdict:
        if not math.isfinite(true):
            return "follows" if agrees and unsound else "slip"
        if abs(figure.value - true) <= figure.half * (1.0 + ROUNDING) + ROUNDING * abs(true):
            return "right"
        # The exact value cut off is no mistake, however the figures before it were cut off.
        if figure.stands_for(true):
            return "rounding"
        if agrees:
            return "follows" if unsound else "rounding"
        # Where an earlier number went wrong, the writer may have gone on with the right one.
        return "rounding" if unsound and near else "slip"

    def _culprit(self, wrong: list[Cell], rule: Rule) -> Cell | None:
        """The wrong number that left nothing to work out: all else has lost the influence that it should have by it."""
        slopes, true_slopes = self.own.line(rule), self.true.line(rule)

        def lost(cells: list[Cell]) -> bool:
            return bool(cells) and all(abs(slopes.get(v, 0.0)) <= _LOST * abs(true_slopes[v]) for v in cells)

        # Of each number of the line, written, given or neither, the wrong ones that it is or rests on.
        behind = {v: self.own.behind(v) for v, slope in true_slopes.items() if slope}
        # The further off, the likelier.
        suspects = sorted(wrong, key=lambda u: -abs(self.figures[u].value - self.exact[u]))
        for u in suspects:
            if lost([v for v, cells in behind.items() if cells.isdisjoint({u, *self.hollow})]):
                return u
        return suspects[0] if suspects and lost(list(behind)) else None

    def _vanished(self, culprit: Cell) -> str:
        name = culprit.quantity
        if name not in self.working.singles:
            name += f"[{culprit.row},{culprit.column}]"
        return f"follows only because {name} = {self.figures[culprit].text} leaves nothing to work out"


def _same(a: float, b: float) -> bool:
    return abs(a - b) <= ROUNDING * max(abs(a), abs(b), 1e-300)


def _remark(figure: Figure, true: float, verdict: Verdict) -> str:
    """What is to be said of a number that is accepted beside the exact one."""
    if verdict in ("right", "rounding") and figure.value == 0.0 and abs(true) > ROUNDING:
        digits = decimal(true, 2 - math.floor(math.log10(abs(true))))
        return f"{figure.text} shows no digit of {digits}: write more decimals"
    if verdict == "rounding":
        more = decimal(true, figure.places + 1)
        return f"{figure.text} is what {figure.places}-decimal working gives; to full precision {more}"
    return ""
