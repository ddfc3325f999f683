"""Sheets as people write them: faithful ones, every number rounded, and ones with a single slip of a known kind."""

import random
from collections.abc import Callable
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Final

from chalkgrad import Problem
from chalkgrad.submission import Figure, Submission
from chalkgrad.working import Cell, NetworkWorking

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


class Writer:
    """Works a sheet out, from the figures written so far or with all digits carried on."""

    def __init__(self, problem: Problem, decimals: int, rounding: str, carries: bool = False) -> None:
        self.problem, self.decimals, self.rounding, self.carries = problem, decimals, rounding, carries
        self.working = NetworkWorking(problem)
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

    def sheet(self, slip: tuple[Cell, Callable[["Writer", Cell], float]] | None = None) -> Submission:
        for cell in self.working.cells():
            number = self.value(cell)
            if slip is not None and slip[0] == cell:
                number = slip[1](self, cell)
            self.write(cell, number)
        return Submission(self.problem, dict(self.figures))


# Slips, each by what the hint should call it ------------------------------------------------------------------------


def _put(name: str, other: str) -> Callable[[Writer, Cell], float]:
    """One quantity in the place of another."""

    def wrong(writer: Writer, cell: Cell) -> float:
        swap = lambda c: writer.look(c._replace(quantity=other) if c.quantity == name else c)  # noqa: E731
        return float(writer.working.rules(cell)[0](swap))

    return wrong


def _misread(writer: Writer, cell: Cell) -> float:
    text = list(figure(writer.value(cell), writer.decimals, writer.rounding).text)
    place = max(p for p, ch in enumerate(text) if ch.isdigit())
    text[place] = str((int(text[place]) + 5) % 10)
    return float("".join(text))


def _swapped(writer: Writer, cell: Cell) -> float:
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
