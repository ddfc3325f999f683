"""Naming a slip: the mistakes that people make, each tried on the writer's own figures.

A mistake is named only where it gives the very number that was written.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal
from typing import Final

from chalkgrad.expression import ExpressionWorking
from chalkgrad.submission import Figure
from chalkgrad.working import Cell, Look, NetworkWorking, Number, Working, activated, slope_at, split


@dataclass(frozen=True, slots=True)
class Hint:
    """A mistake that gives a written number.

    Attributes:
        kind: the mistake's short name, such as "sign".
        sentence: what it was, in words.
    """

    kind: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a slip happened.

    Attributes:
        figure: what was written.
        look: the writer's own earlier figures, and what follows from them.
        value: what should have been written, worked out from those.
    """

    working: Working
    cell: Cell
    figure: Figure
    look: Look
    value: float

    def worked(self, look: Look, cell: Cell | None = None) -> float:
        """The usual rule with other numbers, or at another place."""
        return float(self.working.rules(cell or self.cell)[0](look))

    def at(self, quantity: str) -> float:
        """The number of another quantity at the same place."""
        return float(self.look(self.cell._replace(quantity=quantity)))


@dataclass(frozen=True, slots=True)
class NetworkScene(Scene):
    """A slip in a network's working."""

    working: NetworkWorking

    @property
    def stem(self) -> str:
        return split(self.cell.quantity)[0]

    @property
    def layer(self) -> int:
        return split(self.cell.quantity)[1]

    @property
    def is_update(self) -> bool:
        return split(self.cell.quantity)[2]


@dataclass(frozen=True, slots=True)
class ExpressionScene(Scene):
    """A slip in an expression's working."""

    working: ExpressionWorking


def hints(working: Working, cell: Cell, figure: Figure, look: Look, reach: float) -> tuple[Hint, ...]:
    """The likeliest mistakes that give the figure; those of the first kind that does.

    Args:
        look: the writer's own earlier figures.
        reach: how far their roundings can move the number.
    """
    value = float(working.rules(cell)[0](look))
    for tried in _tried(working, cell, figure, look, value):
        found: dict[str, Hint] = {}
        for kind, sentence, number in tried:
            scale = abs(number / value) if value else 1.0
            if figure.stands_for(number, reach * max(1.0, min(scale, 10.0))):
                found.setdefault(kind, Hint(kind, sentence))
        if found:
            return tuple(found.values())
    return ()


def _tried(
    working: Working, cell: Cell, figure: Figure, look: Look, value: float
) -> Iterator[Iterator[tuple[str, str, float]]]:
    """The mistakes that can be made here, the likeliest first; those of one iterator are as likely as one another."""
    if isinstance(working, NetworkWorking):
        network = NetworkScene(working, cell, figure, look, value)
        yield from (mistakes(network) for mistakes in _NETWORK)
    else:
        assert isinstance(working, ExpressionWorking)
        yield from (mistakes(ExpressionScene(working, cell, figure, look, value)) for mistakes in _EXPRESSION)
    yield from (mistakes(Scene(working, cell, figure, look, value)) for mistakes in _ANYWHERE)


# The mistakes ---------------------------------------------------------------------------------------------------------


def _order(scene: NetworkScene) -> Iterator[tuple[str, str, float]]:
    if scene.stem == "delta" and scene.layer == len(scene.working.sizes) - 1:
        yield "order", "y − a was taken for a − y", -scene.value


def _sign(scene: Scene) -> Iterator[tuple[str, str, float]]:
    yield "sign", "the sign is flipped", -scene.value


def _paths(scene: ExpressionScene) -> Iterator[tuple[str, str, float]]:
    factors = [(float(upstream), float(slope)) for upstream, slope in scene.working.factors(scene.cell, scene.look)]
    for place, (upstream, slope) in enumerate(factors):
        if len(factors) > 1:
            yield "path", f"path {place + 1} of {len(factors)} was forgotten", scene.value - upstream * slope
            yield "path", f"only path {place + 1} of {len(factors)} was taken", upstream * slope
    if factors:
        yield "upstream", "the upstream gradient was forgotten", sum(slope for _, slope in factors)
        yield "slope", "the local derivative was forgotten", sum(upstream for upstream, _ in factors)


def _updates(scene: NetworkScene) -> Iterator[tuple[str, str, float]]:
    if not scene.is_update:
        return
    old = scene.cell.quantity.removesuffix("_new")
    before, gradient, rate = scene.at(old), scene.at(f"d{old}"), scene.working.problem.learning_rate
    yield "plus", "the step was added, not taken away", before + rate * gradient
    yield "rate forgotten", "the learning rate was left out", before - gradient
    yield "rate twice", "the learning rate was used twice", before - rate * rate * gradient
    yield "not updated", "the old value was copied", before
    yield "gradient", "the gradient was written, not the updated parameter", gradient


def _factors(scene: NetworkScene) -> Iterator[tuple[str, str, float]]:
    n = scene.working.samples
    if scene.stem in ("mse", "dW", "db", "loss") and not scene.is_update and n > 1:
        yield "lost 1/n", "the division by the number of samples was left out", scene.value * n
        yield "1/n twice", "the number of samples was divided by twice", scene.value / n
    if scene.stem in ("loss", "E", "delta", "mse"):
        yield "lost ½", "a factor of 2 is too much: the ½ was left out", scene.value * 2.0
        yield "½ twice", "a factor of ½ is too much", scene.value * 0.5
    if scene.stem == "E":
        yield "not squared", "the error was not squared", scene.at(f"A{len(scene.working.sizes) - 1}") - scene.at("y")


def _slopes(scene: NetworkScene) -> Iterator[tuple[str, str, float]]:
    if scene.stem != "delta":
        return
    upstream = float(scene.working.upstream(scene.cell, scene.look))
    slope = scene.value / upstream if upstream else 0.0
    z, a = scene.at(f"Z{scene.layer}"), scene.at(f"A{scene.layer}")
    name = scene.working.problem.activations[scene.layer - 1]
    yield "forgot slope", "the slope of the activation was left out", upstream
    yield "slope alone", "only the slope of the activation was written", slope
    if name == "sigmoid":
        yield "z for a", "z was put where a belongs: z (1 − z)", upstream * z * (1.0 - z)
        yield "half slope", "only a of a (1 − a) was used", upstream * a
        yield "half slope", "only 1 − a of a (1 − a) was used", upstream * (1.0 - a)
    if name == "tanh":
        yield "z for a", "z was put where a belongs: 1 − z²", upstream * (1.0 - z * z)
        yield "half slope", "1 − a was used for 1 − a²", upstream * (1.0 - a)
    yield "a for z", "the activation was applied twice", upstream * float(slope_at(name, a))


def _activations(scene: NetworkScene) -> Iterator[tuple[str, str, float]]:
    if scene.stem == "A":
        yield "z for a", "the activation was left out", scene.at(f"Z{scene.layer}")
        name = scene.working.problem.activations[scene.layer - 1]
        yield "sign inside", "the sign of z is flipped", float(activated(name, -scene.at(f"Z{scene.layer}")))
    if scene.stem in ("Z", "dW") and scene.layer > 1:
        below = f"A{scene.layer - 1}"
        yield (
            "z for a",
            f"Z{scene.layer - 1} was used for {below}",
            scene.worked(_instead(scene, below, f"Z{scene.layer - 1}")),
        )


def _instead(scene: NetworkScene, quantity: str, other: str) -> Look:
    return lambda cell: scene.look(cell._replace(quantity=other) if cell.quantity == quantity else cell)


def _weights(scene: NetworkScene) -> Iterator[tuple[str, str, float]]:
    layer = scene.layer + (scene.stem == "backpropagated")
    W = f"W{layer}"
    if scene.stem not in ("Z", "backpropagated") or W not in scene.working.given:
        return
    rows, columns = scene.working.sizes[layer], scene.working.sizes[layer - 1]
    if rows == columns and rows > 1:

        def transposed(cell: Cell) -> Number:
            return scene.look(Cell(W, cell.column, cell.row) if cell.quantity == W else cell)

        yield "transpose", f"{W} was used with rows and columns swapped", scene.worked(transposed)
    if scene.stem == "backpropagated":

        def updated(cell: Cell) -> Number:
            return scene.look(cell._replace(quantity=f"{W}_new") if cell.quantity == W else cell)

        yield "new weight", f"the updated {W} was used", scene.worked(updated)


def _terms(scene: NetworkScene) -> Iterator[tuple[str, str, float]]:
    if scene.stem not in ("Z", "backpropagated", "dW", "db", "mse") or scene.is_update:
        return
    terms = [float(term) for term in scene.working.terms(scene.cell, scene.look)]
    total = sum(terms)
    factor = scene.value / total if total else 1.0
    if scene.stem == "Z":
        yield "bias", "the bias was left out", total - terms[-1]
        yield "bias", "the bias was taken away, not added", total - 2.0 * terms[-1]
        terms = terms[:-1]
    if len(terms) > 1:
        for place, term in enumerate(terms):
            yield "term", f"term {place + 1} of the sum was left out", (total - term) * factor
            yield "term sign", f"term {place + 1} of the sum has the wrong sign", (total - 2.0 * term) * factor


def _lines(scene: NetworkScene) -> Iterator[tuple[str, str, float]]:
    """Another row or column of one factor."""
    if scene.is_update or scene.stem not in ("Z", "backpropagated", "dW"):
        return
    layer, row, column = scene.layer, scene.cell.row, scene.cell.column
    sizes, below = scene.working.sizes, scene.working.inputs_of(scene.layer)
    # For each factor: its quantity, the place of the number that names a line of it, and how many lines there are.
    if scene.stem == "Z":
        factors = ((f"W{layer}", "row", row, sizes[layer]), (below, "column", column, scene.working.samples))
    elif scene.stem == "backpropagated":
        factors = (
            (f"W{layer + 1}", "column", row, sizes[layer]),
            (f"delta{layer + 1}", "column", column, scene.working.samples),
        )
    else:
        factors = ((f"delta{layer}", "row", row, sizes[layer]), (below, "row", column, sizes[layer - 1]))
    for quantity, line, place, lines in factors:
        for other in range(lines):
            if other == place:
                continue

            def moved(cell: Cell, quantity: str = quantity, line: str = line, other: int = other) -> Number:
                if cell.quantity != quantity:
                    return scene.look(cell)
                return scene.look(cell._replace(row=other) if line == "row" else cell._replace(column=other))

            yield "line", f"{line} {other} of {quantity} was used for {line} {place}", scene.worked(moved)
    # The number of a neighbour is one of these as well.
    yield from _neighbours(scene)
    if scene.stem == "dW" and sizes[layer] == sizes[layer - 1] and row != column:
        yield (
            "transpose",
            "rows and columns were swapped",
            scene.worked(scene.look, Cell(scene.cell.quantity, column, row)),
        )


def _neighbours(scene: Scene) -> Iterator[tuple[str, str, float]]:
    rows, columns = scene.working.shapes[scene.cell.quantity]
    quantity, row, column = scene.cell
    for i, j in ((row - 1, column), (row, column - 1), (row, column + 1), (row + 1, column)):
        if 0 <= i < rows and 0 <= j < columns:
            number = scene.worked(scene.look, Cell(quantity, i, j))
            yield "neighbour", f"it is the number of {quantity}[{i},{j}]", number


def _points(scene: Scene) -> Iterator[tuple[str, str, float]]:
    for places in (1, 2, 3):
        for factor, way in ((10.0**places, "right"), (10.0**-places, "left")):
            yield "decimal point", f"the decimal point is {places} to the {way}", scene.value * factor


def _digits(scene: Scene) -> Iterator[tuple[str, str, float]]:
    # Beyond 25 digits there is nothing to be read.
    if (scene.value < 0.0) != (scene.figure.value < 0.0) or not abs(scene.value) < 1e25 * scene.figure.unit:
        return
    unit = Decimal(1).scaleb(round(math.log10(scene.figure.unit)))
    written = str(abs(Decimal(scene.figure.value)).quantize(unit))
    for rounding in (ROUND_HALF_EVEN, ROUND_DOWN):
        should = str(abs(Decimal(scene.value)).quantize(unit, rounding))
        if len(should) != len(written):
            continue
        differing = [place for place, (a, b) in enumerate(zip(should, written, strict=True)) if a != b]
        if len(differing) == 1:
            a, b = should[differing[0]], written[differing[0]]
            yield "digit", f"a digit is wrong: {b} for {a}, in {written} for {should}", scene.figure.value
        if len(differing) == 2 and [should[p] for p in differing] == [written[p] for p in reversed(differing)]:
            yield "swapped digits", f"two digits are swapped: {written} for {should}", scene.figure.value


def _misread(scene: Scene) -> Iterator[tuple[str, str, float]]:
    yield from _points(scene)
    yield from _digits(scene)


_NETWORK: Final = (_order, _sign, _updates, _factors, _slopes, _activations, _weights, _terms, _lines)
_EXPRESSION: Final = (_sign, _paths)
_ANYWHERE: Final = (_neighbours, _misread)
