"""Sheets as people write them: faithful ones, every number rounded, and ones with a single slip of a known kind."""

import random
from collections.abc import Callable
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Any, Final

from autograd import parse
from chalkgrad import ExpressionProblem, Problem
from chalkgrad.expression import ExpressionWorking
from chalkgrad.submission import Figure, Submission
from chalkgrad.working import Cell, NetworkWorking, Working

ROUNDINGS: Final = (ROUND_HALF_UP, ROUND_HALF_EVEN, ROUND_DOWN)


def figure(number: float, decimals: int, rounding: str) -> Figure:
    """A number as it is written down."""
    text = str(Decimal(f"{number:.12g}").quantize(Decimal(1).scaleb(-decimals), rounding))
    return Figure(text, float(text), 10.0**-decimals)


def problem(rng: random.Random) -> Problem:
    """A small network, such as is worked by hand."""
    sizes = [rng.randint(1, 3), *(rng.randint(1, 3) for _ in range(rng.randint(1, 2))), rng.randint(1, 2)]
    samples = rng.randint(1, 4)

    def matrix(rows: int, columns: int) -> tuple[tuple[float, ...], ...]:
        return tuple(tuple(rng.choice((-1, 1)) * rng.randint(1, 15) / 10 for _ in range(columns)) for _ in range(rows))

    return Problem(
        title="",
        X=matrix(sizes[0], samples),
        y=tuple(tuple(float(rng.randint(0, 1)) for _ in range(samples)) for _ in range(sizes[-1])),
        weights=tuple(matrix(after, before) for before, after in pairwise(sizes)),
        biases=tuple(matrix(1, after)[0] for after in sizes[1:]),
        activations=tuple(rng.choice(("sigmoid", "sigmoid", "tanh", "relu")) for _ in sizes[1:]),
        learning_rate=rng.choice((0.1, 0.5)),
    )


class _Writer:
    """Works a sheet out, from the figures written so far or with all digits carried on."""

    working: Working

    def __init__(
        self, problem: Problem | ExpressionProblem, decimals: int, rounding: str, carries: bool = False
    ) -> None:
        self.problem, self.decimals, self.rounding, self.carries = problem, decimals, rounding, carries
        self.numbers: dict[Cell, float] = {}
        self.figures: dict[Cell, Figure] = {}

    def look(self, cell: Cell) -> float:
        if cell.quantity in self.working.given:
            return self.working.given[cell.quantity][cell.row][cell.column]
        return self.numbers[cell]

    def value(self, cell: Cell) -> float:
        return float(self.working.rules(cell)[0](self.look))

    def write(self, cell: Cell, number: float) -> None:
        written = figure(number, self.decimals, self.rounding)
        self.figures[cell] = written
        self.numbers[cell] = number if self.carries else written.value

    def sheet(self, slip: tuple[Cell, Callable[[Any, Cell], float]] | None = None) -> Submission:
        for cell in self.working.cells():
            number = self.value(cell)
            if slip is not None and slip[0] == cell:
                number = slip[1](self, cell)
            self.write(cell, number)
        return Submission(self.problem, dict(self.figures))


class Writer(_Writer):
    """Works a network's sheet out."""

    problem: Problem

    def __init__(self, problem: Problem, decimals: int, rounding: str, carries: bool = False) -> None:
        super().__init__(problem, decimals, rounding, carries)
        self.working = NetworkWorking(problem)


# Slips, each by what the hint should call it ------------------------------------------------------------------------


def _put(name: str, other: str) -> Callable[[Writer, Cell], float]:
    """One quantity in the place of another."""

    def wrong(writer: Writer, cell: Cell) -> float:
        swap = lambda c: writer.look(c._replace(quantity=other) if c.quantity == name else c)  # noqa: E731
        return float(writer.working.rules(cell)[0](swap))

    return wrong


def _misread(writer: _Writer, cell: Cell) -> float:
    text = list(figure(writer.value(cell), writer.decimals, writer.rounding).text)
    place = max(p for p, ch in enumerate(text) if ch.isdigit())
    text[place] = str((int(text[place]) + 5) % 10)
    return float("".join(text))


def _swapped(writer: _Writer, cell: Cell) -> float:
    text = list(figure(writer.value(cell), writer.decimals, writer.rounding).text)
    text[-1], text[-2] = text[-2], text[-1]
    return float("".join(text))


def _slope_lost(writer: Writer, cell: Cell) -> float:
    return float(writer.working.upstream(cell, writer.look))


def _neighbour(writer: Writer, cell: Cell) -> float:
    _, columns = writer.working.shapes[cell.quantity]
    step = 1 if cell.column + 1 < columns else -1
    return writer.value(cell._replace(column=cell.column + step))


def _term_lost(writer: Writer, cell: Cell) -> float:
    terms = [float(term) for term in writer.working.terms(cell, writer.look)]
    total = sum(terms)
    return writer.value(cell) * (1.0 - terms[0] / total) if total else writer.value(cell)


def _term_turned(writer: Writer, cell: Cell) -> float:
    return 2.0 * _term_lost(writer, cell) - writer.value(cell)


def _line(layer: int) -> Callable[[Writer, Cell], float]:
    """The weights of another neuron."""

    def wrong(writer: Writer, cell: Cell) -> float:
        other = cell.row - 1 if cell.row else 1
        swap = lambda c: writer.look(c._replace(row=other) if c.quantity == f"W{layer}" else c)  # noqa: E731
        return float(writer.working.rules(cell)[0](swap))

    return wrong


def _transposed(layer: int) -> Callable[[Writer, Cell], float]:
    def wrong(writer: Writer, cell: Cell) -> float:
        name = f"W{layer}"
        swap = lambda c: writer.look(Cell(name, c.column, c.row) if c.quantity == name else c)  # noqa: E731
        return float(writer.working.rules(cell)[0](swap))

    return wrong


def _new_weight(layer: int) -> Callable[[Writer, Cell], float]:
    """The weight after the step, which a person who updates at once has already."""

    def wrong(writer: Writer, cell: Cell) -> float:
        def look(c: Cell) -> float:
            if c.quantity != f"W{layer}":
                return writer.look(c)
            gradient = writer.value(c._replace(quantity=f"dW{layer}"))
            return writer.look(c) - writer.problem.learning_rate * gradient

        return float(writer.working.rules(cell)[0](look))

    return wrong


def slips(working: NetworkWorking, cell: Cell) -> dict[str, Callable[[Writer, Cell], float]]:
    """The slips that can happen at a number, by the kind of hint that names them."""
    name, last = cell.quantity, len(working.sizes) - 1
    stem = name.rstrip("0123456789")
    n = working.samples
    found: dict[str, Callable[[Writer, Cell], float]] = {
        "sign": lambda w, c: -w.value(c),
        "decimal point": lambda w, c: 10.0 * w.value(c),
        "digit": _misread,
        "swapped digits": _swapped,
    }
    if working.shapes[name][1] > 1:
        found["neighbour"] = _neighbour
    if stem in ("backpropagated", "dW", "db", "mse") and len(working.terms(cell, lambda _: 1.0)) > 1:
        found["term"] = _term_lost
        found["term sign"] = _term_turned
    layer = int(name.lstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ").partition("_")[0] or 0)
    used = layer + (stem == "backpropagated")
    if stem in ("Z", "backpropagated") and working.sizes[used] == working.sizes[used - 1] > 1:
        found["transpose"] = _transposed(used)
    if stem == "backpropagated":
        found["new weight"] = _new_weight(used)
    if stem == "A":
        found["z for a"] = lambda w, c: w.look(c._replace(quantity=f"Z{layer}"))
    if stem == "E":
        found["not squared"] = lambda w, c: w.look(c._replace(quantity=f"A{last}")) - w.look(c._replace(quantity="y"))
    if stem == "delta":
        found["forgot slope"] = _slope_lost
    if stem in ("dW", "db", "mse") and n > 1:
        found["lost 1/n"] = lambda w, c: n * w.value(c)
    if name == "loss":
        found["lost ½"] = lambda w, c: 2.0 * w.value(c)
    if stem == "Z":
        found["bias"] = lambda w, c: w.value(c) - w.look(Cell(f"b{layer}", c.row, 0))
        if working.sizes[layer] > 1:
            found["line"] = _line(layer)
        if layer > 1:
            found["z for a"] = _put(f"A{layer - 1}", f"Z{layer - 1}")
    if name.endswith("_new"):
        old = name.removesuffix("_new")
        found["not updated"] = lambda w, c: w.look(c._replace(quantity=old))
        found["plus"] = lambda w, c: 2.0 * w.look(c._replace(quantity=old)) - w.value(c)
        found["rate twice"] = lambda w, c: (
            w.look(c._replace(quantity=old)) - w.problem.learning_rate**2 * w.look(c._replace(quantity=f"d{old}"))
        )
        found["rate forgotten"] = lambda w, c: w.look(c._replace(quantity=old)) - w.look(c._replace(quantity=f"d{old}"))
    if name == f"delta{last}":
        found["order"] = lambda w, c: -w.value(c)
        del found["sign"]
    return found


# Expressions --------------------------------------------------------------------------------------------------------

# Of each calculation its steps, each derivative as a book works it out, with a slope from the result where there is
# one, and what goes wrong by the kind of hint that names it. df/dq is spelled df_dq.
_NEURON: Final = {
    "z": "w*x + b", "a": "sigmoid(z)", "f": "(a - t)**2",
    "df_df": "1", "df_da": "df_df*2*(a - t)", "df_dz": "df_da*a*(1 - a)",
    "df_dw": "df_dz*x", "df_dx": "df_dz*w", "df_db": "df_dz", "df_dt": "-df_df*2*(a - t)",
}  # fmt: skip
_CALCULATIONS: Final[tuple[tuple[dict[str, str], dict[str, dict[str, str]]], ...]] = (
    (
        _NEURON,
        {
            "z": {"term": "w*x", "term sign": "w*x - b", "factor": "w + b"},
            "a": {"z for a": "z", "sign inside": "sigmoid(-z)"},
            "f": {"not squared": "a - t", "term sign": "(a + t)**2", "½ twice": "(a - t)**2/2"},
            "df_da": {"½ twice": "a - t", "lost ½": "4*(a - t)"},
            "df_dz": {"slope": "df_da", "upstream": "a*(1 - a)", "z for a": "df_da*z*(1 - z)"},
            "df_dw": {"other slope": "df_dz*w", "slope": "df_dz", "upstream": "x"},
        },
    ),
    (
        {
            "z": "w*x + b", "a": "tanh(z)", "f": "a*v",
            "df_df": "1", "df_da": "df_df*v", "df_dz": "df_da*(1 - a**2)",
            "df_dw": "df_dz*x", "df_dx": "df_dz*w", "df_db": "df_dz", "df_dv": "df_df*a",
        },
        {
            "a": {"z for a": "z"},
            "f": {"factor": "a", "neighbour": "z"},
            "df_da": {"other slope": "a"},
            "df_dz": {"slope": "df_da", "z for a": "df_da*(1 - z**2)"},
            "df_dw": {"other slope": "df_dz*w", "upstream": "x"},
        },
    ),
    (
        {
            "q": "x*y", "p": "x + y", "f": "q/p",
            "df_df": "1", "df_dp": "-df_df*f/p", "df_dq": "df_df/p",
            "df_dx": "df_dq*y + df_dp", "df_dy": "df_dq*x + df_dp",
        },
        {
            "p": {"term": "x"},
            "f": {"factor": "q"},
            "df_dp": {"sign": "f/p", "other slope": "1/p"},
            "df_dx": {"path": "df_dq*y", "term sign": "df_dq*y - df_dp", "other slope": "df_dq*x + df_dp"},
        },
    ),
    (
        {
            "r": "x*x + y*y", "d": "sqrt(r)", "s": "exp(-d)", "f": "s - z*d",
            "df_df": "1", "df_ds": "df_df", "df_dd": "-df_ds*s - df_df*z", "df_dr": "df_dd/(2*d)",
            "df_dx": "df_dr*2*x", "df_dy": "df_dr*2*y", "df_dz": "-df_df*d",
        },
        {
            "r": {"term": "x*x"},
            "d": {"z for a": "r"},
            "s": {"sign inside": "exp(d)"},
            "f": {"term": "s", "term sign": "s + z*d"},
            "df_dd": {"path": "-z", "term sign": "df_ds*s - z"},
            "df_dr": {"slope": "df_dd", "½ twice": "df_dd/(4*d)"},
            "df_dx": {"½ twice": "df_dr*x", "other slope": "df_dr*2*y"},
        },
    ),
)  # fmt: skip


def calculation(rng: random.Random) -> tuple[ExpressionProblem, dict[str, str], dict[str, dict[str, str]]]:
    """A small calculation, such as is derived by hand: the problem, how a book works it out, and what goes wrong."""
    book, wrong = rng.choice(_CALCULATIONS)
    steps = tuple((name, expression) for name, expression in book.items() if not name.startswith("df_"))
    inputs = {name.removeprefix("df_d"): rng.randint(2, 19) / 10 for name in book if name.startswith("df_")}
    return ExpressionProblem("", steps, {name: x for name, x in inputs.items() if name not in dict(steps)}), book, wrong


class ExpressionWriter(_Writer):
    """Works an expression's sheet out as a book does."""

    def __init__(
        self, problem: ExpressionProblem, book: dict[str, str], decimals: int, rounding: str, carries: bool = False
    ) -> None:
        super().__init__(problem, decimals, rounding, carries)
        self.working, self.book = ExpressionWorking(problem), book

    def value(self, cell: Cell) -> float:
        return self.worked(self.book[cell.quantity.replace("/", "_")])

    def worked(self, expression: str) -> float:
        """What an expression of the writer's numbers comes to."""
        known = {cell.quantity.replace("/", "_"): number for cell, number in self.numbers.items()}
        return parse(expression, **known, **{name: rows[0][0] for name, rows in self.working.given.items()}).data


def expression_slips(
    wrong: dict[str, dict[str, str]], cell: Cell
) -> dict[str, Callable[[ExpressionWriter, Cell], float]]:
    """The slips that can happen at a number, by the kind of hint that names them."""
    found: dict[str, Callable[[ExpressionWriter, Cell], float]] = {
        "sign": lambda w, c: -w.value(c),
        "decimal point": lambda w, c: 10.0 * w.value(c),
        "digit": _misread,
        "swapped digits": _swapped,
    }
    for kind, expression in wrong.get(cell.quantity.replace("/", "_"), {}).items():
        found[kind] = lambda w, c, expression=expression: w.worked(expression)
    if cell.quantity == "r":
        # Nobody goes on with the root of a negative number.
        del found["sign"]
    return found
