"""Problem sheets: networks whose starting values are good to work by hand, with blanks to fill in and an answer key.

The same seed gives the same sheets everywhere: only the generator's ``random()`` and IEEE arithmetic decide, and
numbers that another mathematics library might round to the other side are not taken.
"""

import errno
import math
import os
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

from autograd import Value
from autograd.files import write_whole
from autograd.text import decimal, quoted
from chalkgrad import handout
from chalkgrad.problem import Matrix, Problem
from chalkgrad.solution import Step, descend
from chalkgrad.working import Cell, NetworkWorking, activated, slope_at, split

LEARNING_RATE: Final = 0.5

#: The least and the most of what may be asked for; what is worked by hand is smaller still.
LIMITS: Final = {"layers": (1, 6), "samples": (1, 8), "decimals": (1, 10), "seed": (0, 2**63), "variants": (1, 1000)}

#: How much of its steepest slope an activation keeps at every neuron and sample.
FLATTEST: Final = 0.1

# The activations that a sheet may have, and the steepest slope of each.
_STEEPEST: Final = {"linear": 1.0, "relu": 1.0, "sigmoid": 0.25, "tanh": 1.0}
_TARGETS: Final = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0)}

# How many networks are tried for a sheet, and how many starting values for each of their neurons.
_NETWORKS, _NEURONS = 300, 200

# How near to the middle between two figures a number may lie, in units of the last place: from there on, it could be
# rounded either way. It cannot where every mathematics library gets the same number.
_NEAREST: Final = 1e-3
_EXACT: Final = {"linear", "relu"}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A problem to work by hand, one step of gradient descent, with its answers.

    Attributes:
        problem: the network, its starting values and its samples.
        decimals: of every worked-out number, from 1 to 10.

    Raises:
        ValueError: decimals is out of range.
        TypeError: the problem is not a network's.
    """

    problem: Problem
    decimals: int

    def __post_init__(self) -> None:
        _check("decimals", self.decimals)
        if not isinstance(self.problem, Problem):
            kind = type(self.problem).__name__
            raise TypeError(f"problem is of the type {kind}: a network's problem is needed, a Problem")

    def to_toml(self, *, answers: bool = False) -> str:
        """A problem file with blanks for a person's figures, or with the answers in their place."""
        return handout.to_toml(self._step(), self.decimals, answers)

    def to_html(self, *, answers: bool = False) -> str:
        """A web page to print: the problem, and tables to fill in, or filled in; no script and nothing to load."""
        return handout.to_html(self._step(), self.decimals, answers)

    def to_latex(self, *, answers: bool = False) -> str:
        """A LaTeX document of the same; it compiles with pdflatex and needs no more than amsmath and geometry."""
        return handout.to_latex(self._step(), self.decimals, answers)

    def _step(self) -> Step:
        return next(descend(self.problem))


def sheets(
    layers: Sequence[int] = (2, 2, 1),
    activation: str | Sequence[str] = "sigmoid",
    *,
    samples: int = 4,
    decimals: int = 4,
    seed: int = 1,
    variants: int = 1,
) -> list[Sheet]:
    """Make problem sheets, each with starting values of one decimal.

    They are such that nothing saturates: everywhere, an activation is at least a tenth as steep as it gets. At the
    decimals asked for no number of the working becomes 0, rounded or cut off; no two numbers of a gradient look alike;
    and every parameter moves.

    Args:
        layers: how many inputs, and how many neurons in each layer.
        activation: "linear", "relu", "sigmoid" or "tanh", or one for each layer.
        samples: how many columns X has.
        decimals: to which the sheet is worked.
        seed: the same one gives the same sheets; more variants go on after the first ones.
        variants: how many sheets.

    Raises:
        ValueError: an argument is out of range, or no such starting values were found; the message says what to change.
    """
    wanted = _wanted(layers, activation, samples, decimals)
    _check("seed", seed)
    _check("variants", variants)
    rng = random.Random(seed)
    shape = "-".join(map(str, wanted.layers))
    made: list[Sheet] = []
    for number in range(1, variants + 1):
        title = f"Sheet {number} of seed {seed}: one step of gradient descent on a {shape} network"
        made.append(Sheet(_problem(rng, wanted, title), decimals))
    return made


def save(made: Sequence[Sheet], folder: str | os.PathLike[str]) -> None:
    """Write each sheet and its answer key as TOML, HTML and LaTeX: sheet_1.toml, key_1.toml and so on.

    Raises:
        OSError: a file is there already, and then nothing is written, or one cannot be written.
    """
    files = {
        Path(folder) / f"{name}_{number}.{ending}": (write, name == "key")
        for number, sheet in enumerate(made, 1)
        for name in ("sheet", "key")
        for ending, write in (("toml", sheet.to_toml), ("html", sheet.to_html), ("tex", sheet.to_latex))
    }
    for path in files:
        # Somebody's figures may be in it.
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, "it is there already: choose another folder", os.fspath(path))
    Path(folder).mkdir(parents=True, exist_ok=True)
    for path, (write, answers) in files.items():
        write_whole(path, write(answers=answers))


# What is wanted -------------------------------------------------------------------------------------------------------


class _Wanted(NamedTuple):
    layers: tuple[int, ...]
    activations: tuple[str, ...]
    samples: int
    decimals: int


def _wanted(layers: Sequence[int], activation: str | Sequence[str], samples: int, decimals: int) -> _Wanted:
    if not 2 <= len(layers) <= 4:
        raise ValueError(
            f"layers = {quoted(layers)}: from 2 to 4 numbers are needed, the inputs and each layer's neurons"
        )
    for size in layers:
        _check("layers", size)
    names = (activation,) * (len(layers) - 1) if isinstance(activation, str) else tuple(activation)
    if len(names) != len(layers) - 1:
        raise ValueError(f"activation = {quoted(activation)}: one name is needed, or {len(layers) - 1}, one a layer")
    for name in names:
        if name not in _STEEPEST:
            raise ValueError(f"activation = {quoted(name)}: one of {', '.join(_STEEPEST)} is needed")
    _check("samples", samples)
    _check("decimals", decimals)
    return _Wanted(tuple(layers), names, samples, decimals)


def _check(name: str, number: int) -> None:
    least, most = LIMITS[name]
    if isinstance(number, bool) or not isinstance(number, int) or not least <= number <= most:
        raise ValueError(f"{name} = {quoted(number)}: a whole number from {least} to {most} is needed")


# Starting values ------------------------------------------------------------------------------------------------------


def _problem(rng: random.Random, wanted: _Wanted, title: str) -> Problem:
    """The first network that is good to work by hand."""
    faults: Counter[str] = Counter()
    for _ in range(_NETWORKS):
        problem = _network(rng, wanted, title)
        fault = "nothing saturates" if problem is None else _fault(problem, wanted.decimals)
        if problem is not None and not fault:
            return problem
        faults[fault] += 1
    ((fault, _),) = faults.most_common(1)
    raise ValueError(
        f"decimals = {wanted.decimals}: no starting values were found with which {fault} in layers "
        f"{','.join(map(str, wanted.layers))}, ask for more decimals, fewer samples or smaller layers"
    )


def _network(rng: random.Random, wanted: _Wanted, title: str) -> Problem | None:
    """A network that does not saturate, or nothing where luck is out."""
    X = _matrix(rng, wanted.layers[0], wanted.samples)
    columns = [*zip(*X, strict=True)]
    weights, biases = [], []
    for name, (_, size) in zip(wanted.activations, pairwise(wanted.layers), strict=True):
        neurons = [_neuron(rng, columns, name) for _ in range(size)]
        found = [neuron for neuron in neurons if neuron is not None]
        if len(found) < size:
            return None
        weights.append(tuple(neuron.w for neuron in found))
        biases.append(tuple(neuron.b for neuron in found))
        columns = [*zip(*(neuron.activations for neuron in found), strict=True)]
    last = wanted.activations[-1]
    y = tuple(tuple(_target(rng, last) for _ in columns) for _ in range(wanted.layers[-1]))
    return Problem(title, X, y, tuple(weights), tuple(biases), wanted.activations, LEARNING_RATE)


class _Neuron(NamedTuple):
    w: tuple[float, ...]
    b: float
    activations: tuple[float, ...]


def _neuron(rng: random.Random, columns: Sequence[Sequence[float]], name: str) -> _Neuron | None:
    for _ in range(_NEURONS):
        w, b = tuple(_tenths(rng) for _ in columns[0]), _tenths(rng)
        zs = []
        for column in columns:
            z = b
            # Python's own sum has changed its roundings from version to version.
            for weight, x in zip(w, column, strict=True):
                z += weight * x
            zs.append(z)
        if all(float(slope_at(name, z)) >= FLATTEST * _STEEPEST[name] for z in zs):
            return _Neuron(w, b, tuple(float(activated(name, z)) for z in zs))
    return None


def _matrix(rng: random.Random, rows: int, columns: int) -> Matrix:
    return tuple(tuple(_tenths(rng) for _ in range(columns)) for _ in range(rows))


def _target(rng: random.Random, name: str) -> float:
    """What an output may be asked to be."""
    if name in _TARGETS:
        return _TARGETS[name][int(2 * rng.random())]
    target = _tenths(rng)
    return abs(target) if name == "relu" else target


def _tenths(rng: random.Random) -> float:
    """One of ±0.1, ±0.2, ..., ±1."""
    place = int(20 * rng.random()) - 10
    return (place if place < 0 else place + 1) / 10


# What makes them good -------------------------------------------------------------------------------------------------


def _fault(problem: Problem, decimals: int) -> str:
    """What keeps the problem from being good to work by hand, as what has not been found; empty if nothing does."""
    working, unit = NetworkWorking(problem), float(f"1e-{decimals}")
    numbers: dict[Cell, float] = {}

    def look(cell: Cell) -> Value:
        # A Value adds the same way in every version of Python; see _neuron.
        given = working.given.get(cell.quantity)
        return Value(numbers[cell] if given is None else given[cell.row][cell.column])

    for cell in working.cells():
        number = numbers[cell] = float(working.rules(cell)[0](look))
        # Some cut off what others round.
        if abs(number) < unit:
            return "all numbers keep a digit"
        if _is_gradient(cell.quantity) and LEARNING_RATE * abs(number) < unit:
            return "all parameters move"
    if _has_twins(working, numbers, decimals):
        return "the numbers of a gradient all differ"
    if not _EXACT.issuperset(problem.activations) and any(_is_between(n, decimals) for n in numbers.values()):
        return "every number lies nearer to one figure"
    return ""


def _is_gradient(quantity: str) -> bool:
    return split(quantity)[0] in ("dW", "db")


def _has_twins(working: NetworkWorking, numbers: Mapping[Cell, float], decimals: int) -> bool:
    """Whether two numbers of one gradient are alike but for their signs."""
    for name, (rows, columns) in working.shapes.items():
        if _is_gradient(name):
            sizes = [decimal(abs(numbers[Cell(name, i, j)]), decimals) for i in range(rows) for j in range(columns)]
            if len({*sizes}) < len(sizes):
                return True
    return False


def _is_between(number: float, decimals: int) -> bool:
    return abs(math.fmod(abs(number) * 10.0**decimals, 1.0) - 0.5) < _NEAREST
