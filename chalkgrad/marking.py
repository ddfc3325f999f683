"""Marking: every written number beside the exact one, and beside the one that follows from the writer's own figures.

A written number stands for a whole interval, half a unit of its last place each way. The engine's derivatives say how
far the half units of the figures that a number was worked out from can move it, and that far it is accepted.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from autograd import Value, leaves
from autograd.text import decimal, exact
from chalkgrad.mistakes import Hint, hints
from chalkgrad.problem import ExpressionProblem, Problem
from chalkgrad.submission import ROUNDING, Figure, Submission, figures, working_of
from chalkgrad.working import Cell, Number, Rule, Working

Verdict = Literal["right", "rounding", "follows", "slip"]

#: The verdicts, from the best on.
VERDICTS: Final[tuple[Verdict, ...]] = ("right", "rounding", "follows", "slip")


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


class _Desk:
    """The numbers of a working with some of them written down: the others follow from the nearest written ones."""

    def __init__(self, working: Working, written: Mapping[Cell, float]) -> None:
        self.working, self.written = working, written
        self._found: dict[Cell, Number] = {}
        self._cells: dict[int, Cell] = {}

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
        found = self._found[cell] = self.working.rules(cell)[0](self.look)
        return found

    def follow(self, rule: Rule) -> tuple[float, dict[Cell, float]]:
        """What a rule gives, and its derivative by each written number that it uses."""
        result = rule(self.look)
        if not isinstance(result, Value):
            return float(result), {}
        used = [leaf for leaf in leaves(result) if id(leaf) in self._cells]
        for leaf in used:
            leaf.grad = 0.0
        result.backward()
        return result.data, {self._cells[id(leaf)]: leaf.grad for leaf in used}


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
        # A wrong 0 or 1, and each 0 that follows from one.
        self.hollow: set[Cell] = set()
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
        ways = [self.own.follow(rule) for rule in self.working.rules(cell)]
        reaches = [sum(abs(slope) * self.carried[u] for u, slope in slopes.items() if slope) for _, slopes in ways]
        agreeing = [
            place
            for place, ((value, _), reach) in enumerate(zip(ways, reaches, strict=True))
            if figure.stands_for(value, reach)
        ]
        best = agreeing[0] if agreeing else 0
        from_own, slopes = ways[best]
        true = self.exact[cell]
        # A figure that is what it stands for to the last bit, and rests on no rounding, has none to hand on.
        is_exact = reaches[best] == 0.0 and _same(figure.value, from_own)
        self.carried[cell] = 0.0 if is_exact else figure.half
        if agreeing and figure.value != from_own:
            # Cut off rather than rounded, it may lie a whole unit from what its writer goes on with.
            away = abs(figure.value - from_own) + reaches[best]
            self.carried[cell] = max(self.carried[cell], min(away, figure.unit))
        _, true_slopes = self.true.follow(self.working.rules(cell)[best])
        drift = sum(abs(slope) * self.drift[u] for u, slope in true_slopes.items() if slope)
        self.drift[cell] = drift + (0.0 if drift == 0.0 and _same(figure.value, true) else figure.half)

        # What has no influence, here or in the true working, does not matter.
        used = [u for u, slope in slopes.items() if slope or true_slopes.get(u)]
        unsound = [u for u in used if self.marks[u].verdict in ("slip", "follows")]
        verdict = self._verdict(figure, true, drift, bool(agreeing), bool(unsound))
        note = ""
        if verdict == "follows":
            note = self._vanished(slopes, true_slopes)
            verdict = "slip" if note else verdict
        if (verdict == "slip" and figure.value in (0.0, 1.0)) or (
            verdict == "follows" and figure.value == 0.0 and not self.hollow.isdisjoint(slopes)
        ):
            self.hollow.add(cell)
        found = (
            hints(self.working, cell, figure, self.own.look, reaches[best]) if verdict == "slip" and not note else ()
        )
        if verdict == "rounding":
            note = _accepted(figure, true)
        line = self._line(cell, figure, from_own) if verdict == "slip" else ""
        return Mark(cell, figure, true, from_own, reaches[best] + figure.half, verdict, found, note, line)

    def _line(self, cell: Cell, figure: Figure, from_own: float) -> str:
        def shown(other: Cell) -> str:
            if other in self.figures:
                return self.figures[other].text
            number = float(self.own.look(other))
            return exact(number) if other.quantity in self.working.given else decimal(number, figure.places)

        return f"{self.working.line(cell, shown, self.own.look)} = {decimal(from_own, figure.places)}"

    def _verdict(self, figure: Figure, true: float, drift: float, agrees_with_own: bool, unsound: bool) -> Verdict:
        if not math.isfinite(true):
            return "slip"
        if abs(figure.value - true) <= figure.half * (1.0 + ROUNDING) + ROUNDING * abs(true):
            return "right"
        # The exact value cut off is no mistake, however the figures before it were cut off.
        if figure.stands_for(true):
            return "rounding"
        if agrees_with_own:
            return "follows" if unsound else "rounding"
        # Where an earlier number went wrong, the writer may have gone on with the right one.
        return "rounding" if unsound and figure.stands_for(true, drift) else "slip"

    def _vanished(self, slopes: Mapping[Cell, float], true_slopes: Mapping[Cell, float]) -> str:
        """Why a number is no work of the writer's: a wrong 0 or 1 has made all else that it depends on vanish."""
        for u in filter(self.hollow.__contains__, slopes):
            others = [v for v in slopes if true_slopes.get(v)]
            others = [v for v in others if v not in self.hollow] or others
            if others and not any(slopes[v] for v in others):
                name = f"{u.quantity}[{u.row},{u.column}]"
                return f"follows only because {name} = {self.figures[u].text} leaves nothing to work out"
        return ""


def _same(a: float, b: float) -> bool:
    return abs(a - b) <= ROUNDING * max(abs(a), abs(b), 1e-300)


def _accepted(figure: Figure, true: float) -> str:
    more = decimal(true, figure.places + 1)
    return f"{figure.text} is what {figure.places}-decimal working gives; to full precision {more}"
