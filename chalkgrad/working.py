"""The working of a problem number by number: which earlier numbers each follows from, and how.

Every rule is written in the arithmetic of Values, so that the engine says how much each earlier number matters.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Final, NamedTuple, Protocol

from autograd import OPERATIONS, Value
from chalkgrad.activations import NOTATION
from chalkgrad.problem import Matrix, Problem

Number = Value | float


class Cell(NamedTuple):
    """One number of the working: a quantity's name, and the place in its matrix, counted from 0."""

    quantity: str
    row: int
    column: int


#: Where a rule finds the numbers that it needs.
Look = Callable[[Cell], Number]

#: How a number follows from earlier ones.
Rule = Callable[[Look], Number]

_NAME: Final = re.compile(r"(Z|A|E|mse|loss|delta|backpropagated|dW|db|W|b)([0-9]*)(_new)?")


class Working(Protocol):
    """The numbers of a problem in the order in which a person works them out, each with its rules.

    Attributes:
        given: the numbers that nobody works out.
        shapes: rows and columns of every quantity, in the order of the working.
        singles: the quantities that are one number, not a matrix of one.
    """

    given: Mapping[str, Matrix]
    shapes: dict[str, tuple[int, int]]
    singles: frozenset[str]

    def effort(self) -> int:
        """About how many operations it takes to work all of it out."""
        ...

    def cells(self) -> Iterator[Cell]:
        """Every number, in the order of the working."""
        for name, (rows, columns) in self.shapes.items():
            yield from (Cell(name, i, j) for i in range(rows) for j in range(columns))

    def rules(self, cell: Cell) -> tuple[Rule, ...]:
        """The ways in which a person may work a number out, the usual one first."""
        ...

    def terms(self, cell: Cell, look: Look) -> list[Number]:
        """The terms of a number that is a sum, before anything is done to the sum; none of any other."""
        ...

    def line(self, cell: Cell, shown: Callable[[Cell], str], look: Look) -> str:
        """A number's rule with numbers put in, such as ``(0.770 − 1)²``; shown writes the number of a cell."""
        ...


class NetworkWorking(Working):
    """One step of gradient descent on a network's problem."""

    singles = frozenset({"mse", "loss"})

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.given = problem.given()
        self.samples = len(problem.X[0])
        self.sizes = [len(problem.X), *map(len, problem.weights)]
        self.shapes = dict(self._shapes())

    def _shapes(self) -> Iterator[tuple[str, tuple[int, int]]]:
        layers = range(1, len(self.sizes))
        for layer in layers:
            yield f"Z{layer}", (self.sizes[layer], self.samples)
            yield f"A{layer}", (self.sizes[layer], self.samples)
        yield from (("E", (self.sizes[-1], self.samples)), ("mse", (1, 1)), ("loss", (1, 1)))
        for layer in reversed(layers):
            if layer < layers[-1]:
                yield f"backpropagated{layer}", (self.sizes[layer], self.samples)
            yield f"delta{layer}", (self.sizes[layer], self.samples)
        for kind in ("d{}", "{}_new"):
            for layer in reversed(layers):
                yield kind.format(f"W{layer}"), (self.sizes[layer], self.sizes[layer - 1])
                yield kind.format(f"b{layer}"), (self.sizes[layer], 1)

    def effort(self) -> int:
        return 3 * self.samples * sum(before * after for before, after in pairwise(self.sizes))

    def rules(self, cell: Cell) -> tuple[Rule, ...]:
        stem, layer, new = split(cell.quantity)
        if new:
            return (lambda look: self.updated(cell, look),)
        if stem == "delta":
            from_z, from_a = self.slopes(layer)
            slopes = [from_a, from_z] if from_a is not None else [from_z]
            return tuple(lambda look, slope=slope: self.upstream(cell, look) * slope(cell, look) for slope in slopes)
        return (lambda look: getattr(self, f"_{stem}")(cell, layer, look),)

    def line(self, cell: Cell, shown: Callable[[Cell], str], look: Look) -> str:
        stem, layer, new = split(cell.quantity)

        def at(quantity: str, row: int = cell.row, column: int = cell.column) -> str:
            text = shown(Cell(quantity, row, column))
            return f"({text})" if text.startswith("-") else text

        if new:
            old = cell.quantity.removesuffix("_new")
            return f"{at(old)} − {self.problem.learning_rate:g}·{at(f'd{old}')}"
        if stem == "A":
            name = self.problem.activations[layer - 1]
            return f"{NOTATION[name].sign}({shown(cell._replace(quantity=f'Z{layer}'))})"
        if stem == "E":
            return f"({at(f'A{len(self.sizes) - 1}')} − {at('y')})²"
        if stem == "loss":
            return f"½·{at('mse', 0, 0)}"
        if stem == "delta":
            is_last = layer == len(self.sizes) - 1
            upstream = f"({at(f'A{layer}')} − {at('y')})" if is_last else at(f"backpropagated{layer}")
            slope = _SLOPE_LINES.get(self.problem.activations[layer - 1], "")
            return f"{upstream}{slope.format(a=at(f'A{layer}'), z=at(f'Z{layer}'))}"
        sums = " + ".join("·".join(at(*factor) for factor in term) for term in self._term_cells(cell))
        return f"({sums})/{self.samples}" if stem in ("mse", "dW", "db") else sums

    def _term_cells(self, cell: Cell) -> list[list[Cell]]:
        """The factors of each term of a number that is a sum."""
        stem, layer, _ = split(cell.quantity)
        i, j = cell.row, cell.column
        below, above = self.inputs_of(layer), layer + 1
        if stem == "Z":
            products = [[Cell(f"W{layer}", i, k), Cell(below, k, j)] for k in range(self.sizes[layer - 1])]
            return [*products, [Cell(f"b{layer}", i, 0)]]
        if stem == "backpropagated":
            return [[Cell(f"W{above}", k, i), Cell(f"delta{above}", k, j)] for k in range(self.sizes[above])]
        if stem == "dW":
            return [[Cell(f"delta{layer}", i, s), Cell(below, j, s)] for s in range(self.samples)]
        if stem == "db":
            return [[Cell(f"delta{layer}", i, s)] for s in range(self.samples)]
        if stem == "mse":
            return [[Cell("E", k, s)] for k in range(self.sizes[-1]) for s in range(self.samples)]
        return []

    def terms(self, cell: Cell, look: Look) -> list[Number]:
        return [math.prod(map(look, factors)) for factors in self._term_cells(cell)]

    def inputs_of(self, layer: int) -> str:
        """What a layer works on: X, or the activations below."""
        return "X" if layer == 1 else f"A{layer - 1}"

    def upstream(self, cell: Cell, look: Look) -> Number:
        """What a delta is made of besides the slope."""
        _, layer, _ = split(cell.quantity)
        if layer == len(self.sizes) - 1:
            return look(cell._replace(quantity=f"A{layer}")) - look(cell._replace(quantity="y"))
        return look(cell._replace(quantity=f"backpropagated{layer}"))

    def slopes(self, layer: int) -> tuple[Callable[[Cell, Look], Number], Callable[[Cell, Look], Number] | None]:
        """The slope of a layer's activation from Z, and from A where books have it so."""
        name = self.problem.activations[layer - 1]

        def from_z(cell: Cell, look: Look) -> Number:
            z = look(cell._replace(quantity=f"Z{layer}"))
            return slope_at(name, z)

        def from_a(cell: Cell, look: Look) -> Number:
            return _SLOPES[name](look(cell._replace(quantity=f"A{layer}")))

        return from_z, from_a if name in _SLOPES else None

    def updated(self, cell: Cell, look: Look) -> Number:
        """A parameter after the step."""
        old = cell.quantity.removesuffix("_new")
        return look(cell._replace(quantity=old)) - self.problem.learning_rate * look(cell._replace(quantity=f"d{old}"))

    def _Z(self, cell: Cell, layer: int, look: Look) -> Number:
        return sum(self.terms(cell, look))

    def _A(self, cell: Cell, layer: int, look: Look) -> Number:
        return activated(self.problem.activations[layer - 1], look(cell._replace(quantity=f"Z{layer}")))

    def _E(self, cell: Cell, layer: int, look: Look) -> Number:
        error = look(cell._replace(quantity=f"A{len(self.sizes) - 1}")) - look(cell._replace(quantity="y"))
        return error * error

    def _loss(self, cell: Cell, layer: int, look: Look) -> Number:
        return look(Cell("mse", 0, 0)) * 0.5

    def _dW(self, cell: Cell, layer: int, look: Look) -> Number:
        return sum(self.terms(cell, look)) * (1.0 / self.samples)

    _backpropagated = _Z
    _mse = _db = _dW


def split(quantity: str) -> tuple[str, int, bool]:
    """The stem of a network's quantity, its layer (0 where it has none), and whether it is an updated parameter."""
    match = _NAME.fullmatch(quantity)
    assert match is not None, quantity
    return match[1], int(match[2] or 0), match[3] is not None


def activated(name: str, z: Number) -> Number:
    """An activation, by its name in problem files."""
    if name == "linear":
        return z
    found: Number = OPERATIONS[name](z)
    return found


def slope_at(name: str, z: Number) -> Number:
    """An activation's slope at z."""
    if name == "linear":
        return 1.0
    (partial,) = OPERATIONS[name].partials
    assert callable(partial)
    found: Number = partial(z, activated(name, z))
    return found


# As books have it, from the activation; relu's is 1 where the unit is on.
_SLOPES: Final[dict[str, Callable[[Number], Number]]] = {
    "sigmoid": lambda a: a * (1.0 - a),
    "tanh": lambda a: 1.0 - a * a,
}

_SLOPE_LINES: Final = {"sigmoid": "·{a}·(1 − {a})", "tanh": "·(1 − {a}²)", "relu": "·step({z})"}
