"""Problem files: what was given, read from TOML and checked before anything is done with it."""

import math
import os
import re
import stat
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Final

from autograd import ParseError, parse
from autograd.text import counted, printable
from chalkgrad.activations import NOTATION

Matrix = tuple[tuple[float, ...], ...]

_SETTINGS = ("activation", "loss", "learning_rate", "X", "y")
_PARAMETER = re.compile(r"[Wb][1-9][0-9]*")

# tomllib takes the square of the time for a key a.b.c... of many parts, each of which may be a text in quotes.
_MANY_DOTS: Final = re.compile(rb"(?:\.[^.,=\n]*){50}")
_TEXTS: Final = re.compile(rb"\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'|#[^\n]*")

# What a key that is missing should have been; W1 and the like by their first letter.
_EXPECTED: Final = {
    "activation": f"one of {', '.join(NOTATION)} is expected, or a list of them, one for each layer",
    "learning_rate": "a number from 0 up is expected",
    "X": "a list of rows is expected, one for each input, with a column for each sample",
    "y": "a list of rows is expected, one for each output, with a column for each sample",
    "W": "a list of rows is expected, one for each neuron, with a column for each of its inputs",
    "b": "a list of numbers is expected, one for each neuron",
}


class ProblemError(ValueError):
    """A problem that cannot be read; the message names the file, the key and what was expected."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A network with its starting parameters, its samples, and how it learns.

    Attributes:
        title: what the problem is called; may be empty.
        X: the inputs, a row for each input and a column for each sample.
        y: the targets, a row for each output and a column for each sample.
        weights: for each layer a matrix, a row for each neuron and a column for each of its inputs.
        biases: for each layer one number for each neuron.
        activations: for each layer a name from ``chalkgrad.activations.NOTATION``.
        learning_rate: how far one step of gradient descent goes.
    """

    title: str
    X: Matrix
    y: Matrix
    weights: tuple[Matrix, ...]
    biases: tuple[tuple[float, ...], ...]
    activations: tuple[str, ...]
    learning_rate: float

    def given(self) -> dict[str, Matrix]:
        """What the formulas of the first step refer to and nobody works out: X, y, the parameters, n and the rate η."""
        given = {"X": self.X, "y": self.y}
        for number, (W, b) in enumerate(zip(self.weights, self.biases, strict=True), 1):
            given |= {f"W{number}": W, f"b{number}": tuple((bias,) for bias in b)}
        return given | {"n": ((float(len(self.X[0])),),), "η": ((self.learning_rate,),)}


@dataclass(frozen=True, slots=True)
class ExpressionProblem:
    """A calculation in named steps, whose derivatives are wanted.

    Attributes:
        title: what the problem is called; may be empty.
        steps: for each step its name and its expression, which may use inputs and earlier steps.
        inputs: the given numbers by their names.
    """

    title: str
    steps: tuple[tuple[str, str], ...]
    inputs: Mapping[str, float]

    @property
    def text(self) -> str:
        """The steps as one text for ``autograd.parse``."""
        return "\n".join(f"{name} = {expression}" for name, expression in self.steps)


def load(path: str | os.PathLike[str]) -> Problem | ExpressionProblem:
    """Read a problem, a network's or an expression's, from a TOML file with a ``[problem]`` table.

    Raises:
        ProblemError: the file cannot be read, or something in it is missing, unknown or of the wrong shape.
    """
    problem, _ = read_problem(path)
    return problem


def read_problem(
    path: str | os.PathLike[str],
    parse_float: Callable[[str], float] = float,
    largest: int | None = None,
    instead: Problem | ExpressionProblem | None = None,
) -> tuple[Problem | ExpressionProblem, Mapping[str, Any]]:
    """A problem, and all that its file says.

    Args:
        parse_float: makes a number of its text.
        largest: how many bytes the file may have; any number if None.
        instead: the problem of a file that has none; None if each has to have one.

    Raises:
        ProblemError: as load; or the file is too large.
    """
    name = printable(os.fspath(path))
    try:
        content = Path(path).read_bytes() if largest is None else _read_file(path, largest + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise ProblemError(f"{name}: cannot be read ({why}): give the path of a problem file") from None
    if largest is not None and len(content) > largest:
        raise ProblemError(f"{name}: has more than {largest:,} bytes: nobody writes that much by hand")
    if _MANY_DOTS.search(_TEXTS.sub(b"", content)):
        raise ProblemError(f"{name}: has a key of too many parts: give its numbers keys such as A1")
    try:
        document = tomllib.loads(content.decode("utf-8-sig"), parse_float=parse_float)
        return _problem(document, instead), document
    except ProblemError as error:
        raise ProblemError(f"{name}: {error}") from None
    except UnicodeDecodeError as error:
        raise ProblemError(f"{name}: byte {error.start} is not UTF-8: save the file as UTF-8 text") from None
    except RecursionError:
        raise ProblemError(f"{name}: is nested too deeply: a problem needs no more than lists of lists") from None
    except ValueError as error:
        # TOMLDecodeError, or Python's own limit on the digits of a whole number.
        raise ProblemError(f"{name}: is not TOML: {printable(str(error))}") from None


def _read_file(path: str | os.PathLike[str], most: int) -> bytes:
    """The first bytes of a regular file; whoever handed in anything else, such as a pipe, is not waited for.

    Raises:
        OSError: it is not one, or cannot be read.
    """
    # A pipe that nobody writes to would be waited for before there is anything to ask what it is. Windows has neither.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(None, "it is not a regular file")
        return file.read(most)


def _problem(
    document: Mapping[str, Any], instead: Problem | ExpressionProblem | None = None
) -> Problem | ExpressionProblem:
    _refuse_unknown(document, ("title", "problem", "work"), "")
    title = document.get("title", "")
    if not isinstance(title, str):
        raise ProblemError(f"title is {_kind(title)}: text is expected")
    given = document.get("problem")
    if given is None and instead is not None:
        return instead
    if not isinstance(given, Mapping):
        raise ProblemError("problem is missing or not a table: a [problem] table is expected")
    return _expression(title, given) if "steps" in given else _network(title, given)


def _expression(title: str, given: Mapping[str, Any]) -> ExpressionProblem:
    inputs = {
        name: _number(number, f"problem.{printable(name, 40)}") for name, number in given.items() if name != "steps"
    }
    written = given["steps"]
    if not isinstance(written, list) or not written or not all(isinstance(step, str) for step in written):
        raise ProblemError(f'problem.steps is {_kind(written)}: a list of steps is expected, such as ["q = x + y"]')
    steps: list[tuple[str, str]] = []
    for place, step in enumerate(written):
        name, sign, expression = (part.strip() for part in step.partition("="))
        if not sign or not name.isidentifier() or any(ch in expression for ch in "\n;"):
            raise ProblemError(f'problem.steps[{place}] is {_kind(step)}: one step is expected, such as "q = x + y"')
        if name in inputs or name in dict(steps):
            raise ProblemError(f"problem.steps[{place}]: {name} has a value already, give the step a name of its own")
        steps.append((name, expression))
    problem = ExpressionProblem(title, tuple(steps), inputs)
    try:
        parse(problem.text, **inputs)
    except ParseError as error:
        raise ProblemError(f"problem.steps: {error}") from None
    return problem


def _network(title: str, given: Mapping[str, Any]) -> Problem:
    known = [*_SETTINGS, *(key for key in given if _PARAMETER.fullmatch(key))]
    _refuse_unknown(given, known, "problem.")

    X, y = _matrix(given, "X"), _matrix(given, "y")
    samples = len(X[0])
    if len(y[0]) != samples:
        expected = f"{_are(samples)} expected, one for each sample in X"
        raise ProblemError(f"problem.y has {counted(len(y[0]), 'column')}: {expected}")
    weights, biases = _parameters(given, len(X))
    if len(y) != len(biases[-1]):
        expected = f"{_are(len(biases[-1]))} expected, one for each output neuron"
        raise ProblemError(f"problem.y has {counted(len(y), 'row')}: {expected}")
    if given.get("loss", "half_mse") != "half_mse":
        raise ProblemError(f"problem.loss is {_kind(given['loss'])}: 'half_mse' is expected")
    learning_rate = _number(_required(given, "learning_rate"), "problem.learning_rate")
    if learning_rate < 0.0:
        raise ProblemError(f"problem.learning_rate is {learning_rate:g}: a number from 0 up is expected")
    return Problem(title, X, y, weights, biases, _activations(given, len(weights)), learning_rate)


def _parameters(given: Mapping[str, Any], inputs: int) -> tuple[tuple[Matrix, ...], tuple[tuple[float, ...], ...]]:
    weights: list[Matrix] = []
    biases: list[tuple[float, ...]] = []
    for layer in count(1):
        W = _matrix(given, f"W{layer}")
        if len(W[0]) != inputs:
            expected = f"{_are(inputs)} expected, one for each row of {'X' if layer == 1 else f'W{layer - 1}'}"
            raise ProblemError(f"problem.W{layer} has {counted(len(W[0]), 'column')}: {expected}")
        b = _row(_required(given, f"b{layer}"), f"problem.b{layer}")
        if len(b) != len(W):
            expected = f"{_are(len(W))} expected, one for each row of W{layer}"
            raise ProblemError(f"problem.b{layer} has {counted(len(b), 'number')}: {expected}")
        weights.append(W)
        biases.append(b)
        inputs = len(W)
        if not any(int(key[1:]) > layer for key in given if _PARAMETER.fullmatch(key)):
            break
    return tuple(weights), tuple(biases)


def _activations(given: Mapping[str, Any], layers: int) -> tuple[str, ...]:
    named = _required(given, "activation")
    names = named if isinstance(named, list) else [named] * layers
    if len(names) != layers:
        raise ProblemError(f"problem.activation names {len(names)}: {_are(layers)} expected, one for each layer")
    for name in names:
        if not isinstance(name, str) or name not in NOTATION:
            raise ProblemError(f"problem.activation has {_kind(name)}: one of {', '.join(NOTATION)} is expected")
    return tuple(names)


def _matrix(given: Mapping[str, Any], key: str) -> Matrix:
    rows = _required(given, key)
    place = f"problem.{key}"
    if not isinstance(rows, list) or not rows:
        raise ProblemError(f"{place} is {_kind(rows)}: a list of rows is expected, such as [[1, 2], [3, 4]]")
    # Places are written as labels have them, counted from 0.
    matrix = tuple(_row(row, f"{place}[{i}]") for i, row in enumerate(rows))
    for i, row in enumerate(matrix):
        if len(row) != len(matrix[0]):
            expected = f"{_are(len(matrix[0]))} expected, as in {key}[0]"
            raise ProblemError(f"{place}[{i}] has {counted(len(row), 'number')}: {expected}")
    return matrix


def _row(numbers: object, place: str) -> tuple[float, ...]:
    if not isinstance(numbers, list) or not numbers:
        raise ProblemError(f"{place} is {_kind(numbers)}: a list of numbers is expected, such as [1, 2]")
    # b1[0] or, in row 1 of W1, W1[1,0].
    before = f"{place[:-1]}," if place.endswith("]") else f"{place}["
    return tuple(_number(number, f"{before}{j}]") for j, number in enumerate(numbers))


def _number(number: object, place: str) -> float:
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise ProblemError(f"{place} is {_kind(number)}: a number is expected")
    try:
        result = float(number)
    except OverflowError:
        result = math.inf
    if not math.isfinite(result):
        raise ProblemError(f"{place} is {_kind(number)}: a finite number is expected")
    return result


def _required(given: Mapping[str, Any], key: str) -> Any:
    if key not in given:
        expected = _EXPECTED[key[0] if _PARAMETER.fullmatch(key) else key]
        raise ProblemError(f"problem.{key} is missing: {expected}")
    return given[key]


def _refuse_unknown(table: Mapping[str, Any], known: tuple[str, ...] | list[str], place: str) -> None:
    for key in table:
        if key not in known:
            example = ", W1, b1, ..." if place else ""
            expected = ", ".join(name for name in known if not _PARAMETER.fullmatch(name))
            raise ProblemError(f"{place}{printable(key, 40)} is unknown: one of {expected}{example} is expected")


def _kind(thing: object) -> str:
    match thing:
        case bool():
            return str(thing).lower()
        case int() | float():
            text = f"{thing:g}" if isinstance(thing, float) or abs(thing) < 10**16 else "a number of too many digits"
            return text
        case str():
            return f"the text '{printable(thing, 40)}'"
        case []:
            return "an empty list"
        case list():
            return "a list"
        case Mapping():
            return "a table"
        case _:
            return f"a {type(thing).__name__}"


def _are(number: int) -> str:
    return f"{number} {'is' if number == 1 else 'are'}"
