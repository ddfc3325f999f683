"""The work of a class: many files marked on every core, their marks by a mark scheme as CSV, a page for each writer."""

import csv
import io
import os
import re
import signal
import tomllib
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

from autograd.files import write_whole
from autograd.text import counted, printable, quoted
from chalkgrad.assignment import difference, load_answer
from chalkgrad.feedback import hint_of, name_of
from chalkgrad.feedback_page import PAGE_MARK, to_html
from chalkgrad.marking import VERDICTS, Mark, Marking, mark_submission
from chalkgrad.problem import ExpressionProblem, Problem, ProblemError
from chalkgrad.submission import ROUNDING, Figure, Submission, working_of

#: As many files as are marked before another process would have started.
FEW: Final = 30

# Results that wait for those before them, for each process: so many are kept, however many files there are.
_AHEAD: Final = 8

# A mark scheme is shorter than this, in bytes.
_LONGEST_SCHEME: Final = 100_000

# What makes a spreadsheet take text for a formula, at the start of a cell.
_FORMULA: Final = tuple("=+-@＝＋－＠")


# What is written with fewer decimals than asked for gets at most this share of its mark, under a key of its own.
_COARSE: Final = "coarse"

# For every quantity that has no number of decimals of its own.
_DEFAULT: Final = "default"


@dataclass(frozen=True, slots=True)
class Scheme:
    """How marks are given.

    Attributes:
        marks: what each quantity is worth, shared out evenly among its numbers, whether they were written or not; None
            to give one mark for each number that was written.
        credit: the share of its mark that a number of each verdict gets; "coarse" is the most that one gets which has
            fewer decimals than asked for.
        decimals: how many each quantity is to be written with; "default" stands for those not named.
    """

    marks: Mapping[str, float] | None = None
    credit: Mapping[str, float] = field(
        default_factory=lambda: {"right": 1.0, "rounding": 1.0, "follows": 1.0, "slip": 0.0, _COARSE: 0.0}
    )
    decimals: Mapping[str, int] = field(default_factory=dict)

    def score(self, submission: Submission, marking: Marking) -> dict[str, tuple[float, float]]:
        """For each quantity that counts its marks, and how many there were to get.

        Raises:
            ProblemError: the scheme names a quantity that the problem has not.
        """
        shapes = working_of(submission.problem).shapes
        for name in (*(self.marks or ()), *(name for name in self.decimals if name != _DEFAULT)):
            if name not in shapes:
                known = printable(", ".join(shapes), 300)
                raise ProblemError(f"the mark scheme names {quoted(name)}: one of {known} is expected")
        earned: defaultdict[str, float] = defaultdict(float)
        for mark in marking.marks:
            earned[mark.cell.quantity] += self._credit(mark)
        if self.marks is None:
            written = Counter(mark.cell.quantity for mark in marking.marks)
            return {name: (earned[name], float(times)) for name, times in written.items()}
        sizes = {name: rows * columns for name, (rows, columns) in shapes.items()}
        return {name: (worth * earned[name] / sizes[name], worth) for name, worth in self.marks.items()}

    def _credit(self, mark: Mark) -> float:
        share = self.credit[mark.verdict]
        return min(share, self.credit[_COARSE]) if self._is_coarse(mark) else share

    def _asked(self, mark: Mark) -> int:
        return self.decimals.get(mark.cell.quantity, self.decimals.get(_DEFAULT, 0))

    def _is_coarse(self, mark: Mark) -> bool:
        """Whether a number that is no slip has fewer decimals than asked for, and is not exact without them."""
        if mark.verdict == "slip" or _decimals_of(mark.figure) >= self._asked(mark):
            return False
        meant = mark.from_own if mark.verdict == "follows" else mark.expected
        return abs(mark.figure.value - meant) > ROUNDING * abs(meant)

    def note(self, marking: Marking) -> str:
        """A sentence about the numbers that have lost marks for their few decimals; empty where there are none."""
        lost = [mark for mark in marking.marks if self.marks is None or mark.cell.quantity in self.marks]
        lost = [mark for mark in lost if self._credit(mark) < self.credit[mark.verdict]]
        if not lost:
            return ""
        times = Counter((mark.cell.quantity, self._asked(mark)) for mark in lost)
        named = ", ".join(f"{number} of {name} ({asked} asked for)" for (name, asked), number in times.items())
        return f"{counted(len(lost), 'number')} with too few decimals: {named}."


def _decimals_of(figure: Figure) -> int:
    # A bare 0 or 1 has a unit of its own.
    is_bare = abs(figure.value) in (0.0, 1.0) and "." not in figure.text
    return 0 if is_bare else figure.places


def load_scheme(path: str | os.PathLike[str]) -> Scheme:
    """Read a mark scheme: TOML with the tables ``[marks]``, ``[credit]`` and ``[decimals]``, or some of them.

    Raises:
        ProblemError: the file cannot be read, or something in it is unknown or no number of marks.
    """
    name = printable(os.fspath(path))
    try:
        with Path(path).open("rb") as file:
            document = tomllib.loads(file.read(_LONGEST_SCHEME).decode("utf-8-sig"))
    except OSError as error:
        raise ProblemError(f"{name}: cannot be read ({error.strerror}): give the path of a mark scheme") from None
    except (ValueError, RecursionError) as error:
        raise ProblemError(f"{name}: is not a mark scheme in TOML: {printable(str(error))}") from None
    try:
        return _scheme(document)
    except ProblemError as error:
        raise ProblemError(f"{name}: {error}") from None


def _scheme(document: Mapping[str, Any]) -> Scheme:
    for key in document:
        if key not in ("marks", "credit", "decimals"):
            raise ProblemError(f"{printable(key, 40)} is unknown: a table [marks], [credit] or [decimals] is expected")
    credit = _table(document, "credit", 1.0)
    known = (*VERDICTS, _COARSE)
    for verdict in credit:
        if verdict not in known:
            raise ProblemError(f"credit.{printable(verdict, 40)} is unknown: one of {', '.join(known)} is expected")
    marks = _table(document, "marks", 1000.0) if "marks" in document else None
    decimals = _table(document, "decimals", 15.0)
    for name, number in decimals.items():
        if not number.is_integer():
            raise ProblemError(f"decimals.{printable(name, 40)} is {number:g}: a whole number is expected")
    return Scheme(marks, {**Scheme().credit, **credit}, {name: int(number) for name, number in decimals.items()})


def _table(document: Mapping[str, Any], key: str, most: float) -> dict[str, float]:
    table = document.get(key, {})
    if not isinstance(table, Mapping):
        raise ProblemError(f"{key} is {quoted(table)}: a table [{key}] is expected")
    for name, number in table.items():
        if isinstance(number, bool) or not isinstance(number, int | float) or not 0 <= number <= most:
            raise ProblemError(
                f"{key}.{printable(name, 40)} is {quoted(number)}: a number from 0 to {most:g} is expected"
            )
    return {name: float(number) for name, number in table.items()}


# Marking --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one file.

    Attributes:
        file: its path, as it was given.
        problem: what was worked on; None if the file could not be marked.
        marking: None if the file could not be marked.
        score: for each quantity that counts its marks, and how many there were to get.
        note: what else is to be said, in a sentence; may be empty.
        error: what was wrong with the file, in a sentence; else empty.
    """

    file: str
    problem: Problem | ExpressionProblem | None = None
    marking: Marking | None = None
    score: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    note: str = ""
    error: str = ""


def marked(
    files: Sequence[str],
    scheme: Scheme,
    folder: str | None = None,
    processes: int | None = None,
    assignment: Problem | ExpressionProblem | None = None,
) -> Iterator[Result]:
    """Mark files one after another; what is wrong with one of them never stops the rest.

    Args:
        folder: where a page goes for each; None for no pages.
        assignment: the problem that was set; None to go by the problem in each file.
        processes: how many work at it; None for as many as there are cores, if there are more than a few files.
    """
    jobs = zip(files, _pages(files, folder) if folder else (None for _ in files), strict=True)
    if processes is None:
        processes = 1 if len(files) <= FEW else os.cpu_count() or 1
    if processes == 1:
        yield from (mark_file(file, scheme, page, assignment) for file, page in jobs)
        return
    # Started afresh: a copy of this process would come with the locks that its threads happen to hold.
    with ProcessPoolExecutor(processes, get_context("spawn"), _leave_ctrl_c_to_the_parent) as pool:
        waiting: deque[Future[Result]] = deque()
        try:
            for file, page in jobs:
                with _ctrl_c_is_kept():
                    waiting.append(pool.submit(mark_file, file, scheme, page, assignment))
                if len(waiting) > _AHEAD * processes:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


@contextmanager
def _ctrl_c_is_kept() -> Iterator[None]:
    """Ctrl-C is acted on afterwards, and never by the processes that are started meanwhile, not even at their start."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _leave_ctrl_c_to_the_parent() -> None:
    """The same for Windows, from when a process has started."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def mark_file(
    file: str, scheme: Scheme, page: Path | None = None, assignment: Problem | ExpressionProblem | None = None
) -> Result:
    """Mark one file, and write its page."""
    name = printable(file)
    try:
        submission = load_answer(file, assignment)
        marking = mark_submission(submission)
        try:
            score = scheme.score(submission, marking)
        except ProblemError as error:
            raise ProblemError(f"{name}: {error}") from None
        note = scheme.note(marking)
        if page is not None:
            _write_page(page, to_html(submission, marking, file, note))
    except ProblemError as error:
        return Result(file, error=str(error))
    except OSError as error:
        return Result(file, error=f"{name}: {page}: cannot be written ({error.strerror or error})")
    except Exception as error:
        # Whatever one file brings up must not cost the others their marks.
        why = printable(f"{type(error).__name__}: {error}", 200)
        return Result(file, error=f"{name}: cannot be marked ({why}): simplify it, and tell the makers of chalkgrad")
    return Result(file, submission.problem, marking, score, note)


def _write_page(path: Path, content: str) -> None:
    # One who hands files in must not choose what is written to.
    if path.is_symlink():
        raise OSError(None, "it is a link: delete it or give another folder", str(path))
    # The folder may be the one with the sheets, which have pages of the same names.
    if path.exists() and PAGE_MARK not in path.read_text("utf-8", "replace"):
        raise OSError(None, "it is there already and is no feedback: give another folder", str(path))
    write_whole(path, content)


def _pages(files: Iterable[str], folder: str) -> Iterator[Path]:
    """A page for each file, called after it; a name that is taken gets a number."""
    taken: set[str] = set()
    for file in files:
        # Letters, digits, dots and hyphens are safe anywhere, but for a dot, which hides a page, or a hyphen in front.
        stem = re.sub(r"[^\w.-]+", "_", Path(file).stem)[:60].lstrip(".-") or "sheet"
        name, times = stem, 1
        # There are systems to which capitals are the same as small letters.
        while name.casefold() in taken:
            times += 1
            name = f"{stem}-{times}"
        taken.add(name.casefold())
        yield Path(folder) / f"{name}.html"


# Marks as CSV ---------------------------------------------------------------------------------------------------------


class Marksheet:
    """The marks of a class, a row for each file.

    Attributes:
        warning: a sentence where not all files are about one problem; empty where they are.
    """

    def __init__(self) -> None:
        self.warning = ""
        self._quantities: dict[str, None] = {}
        self._rows: list[tuple[Result, tuple[str, ...]]] = []
        self._first: Result | None = None

    def add(self, result: Result) -> None:
        """Add the row of a file, one that could not be marked included."""
        self._quantities |= dict.fromkeys(result.score)
        slip = hint = ""
        if result.marking is not None:
            first = next((mark for mark in result.marking.marks if mark.verdict == "slip"), None)
            if first is not None:
                slip, hint = name_of(first.cell, result.marking.singles), hint_of(first)
        note = " ".join(filter(None, (self._other_problem(result), result.note)))
        self._rows.append((Result(result.file, score=result.score), (slip, hint, note, result.error)))

    def _other_problem(self, result: Result) -> str:
        """What is said of the first file whose problem is not that of the file before it."""
        if result.problem is None or self.warning:
            return ""
        if self._first is None:
            self._first = result
        assert self._first.problem is not None
        change = difference(result.problem, self._first.problem)
        if not change:
            return ""
        sentence = f"{change} in {printable(self._first.file)}: say with --problem which one was set"
        self.warning = f"{printable(result.file)}: {sentence}"
        return f"{sentence}."

    def to_csv(self) -> str:
        """The marks as RFC 4180 has them; no cell is one that a spreadsheet takes for a formula."""
        written = io.StringIO()
        # Quoted, text stays one cell also where a spreadsheet expects semicolons.
        writer = csv.writer(written, quoting=csv.QUOTE_NONNUMERIC)
        writer.writerow(map(_text, ("file", "marks", "of", *self._quantities, "first slip", "hint", "note", "error")))
        for result, remarks in self._rows:
            scores = [result.score.get(name) for name in self._quantities]
            got = [_number(score[0]) if score else "" for score in scores]
            totals = [_number(sum(column)) for column in zip(*result.score.values(), strict=True)] or [0, 0]
            if remarks[-1]:
                totals = ["", ""]
            writer.writerow([_text(result.file), *totals, *got, *map(_text, remarks)])
        return written.getvalue()


def _number(number: float) -> float | str:
    return int(number) if number == int(number) else round(number, 4)


def _text(text: str) -> str:
    """Text that a spreadsheet takes for text; tabs and line ends come out as Python writes them."""
    safe = printable(text)
    return f"'{safe}" if safe.lstrip().startswith(_FORMULA) else safe
