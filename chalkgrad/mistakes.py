"""Naming a slip: the mistakes that people make, each tried on the writer's own figures.

A mistake is named only where it gives the very number that was written; several are where they are as likely.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal
from itertools import chain, takewhile
from typing import Final, Literal

from chalkgrad.expression import ExpressionWorking
from chalkgrad.miswritten import miswritten
from chalkgrad.submission import ROUNDING, Figure
from chalkgrad.working import Cell, Look, NetworkWorking, Number, Working, activated, slope_at, split

#: The mistakes, by their short names.
Kind = Literal[
    "sign", "order", "digit", "swapped digits", "decimal point", "neighbour",
    "bias", "term", "term sign", "line", "transpose", "new weight",
    "z for a", "a for z", "sign inside", "forgot slope", "slope alone", "half slope",
    "not squared", "lost 1/n", "1/n twice", "lost ½", "½ twice",
    "plus", "rate forgotten", "rate twice", "not updated", "gradient",
    "factor", "path", "upstream", "slope", "other slope",
]  # fmt: skip

#: Mistakes: of each the kind, what it was in words, and the number that it gives.
Mistakes = Iterator[tuple[Kind, str, float]]

# How many mistakes are named: where more give the number, it tells nothing.
_MOST: Final = 3

# Each pair is one mistake, named by the first.
_SAME: Final[set[tuple[Kind, Kind]]] = {("order", "sign"), ("sign", "sign inside"), ("sign", "term sign")}


@dataclass(frozen=True, slots=True)
class Hint:
    """A mistake that gives a written number.

    Attributes:
        kind: the mistake's short name, such as "sign".
        sentence: what it was, in words.
    """

    kind: Kind
    sentence: str

    @property
    def is_calculation(self) -> bool:
        """Whether it is one of working out, not of reading and writing."""
        return self.kind not in ("neighbour", "decimal point", "digit", "swapped digits")


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a slip happened.

    Attributes:
        figure: what was written.
        look: the writer's own earlier figures, and what follows from them.
        value: what should have been written, worked out from those.
        reach: how far their roundings can move it.
        way: in which way that was, counted from 0.
    """

    working: Working
    cell: Cell
    figure: Figure
    look: Look
    value: float
    reach: float
    way: int

    def worked(self, look: Look, cell: Cell | None = None) -> float:
        """The same rule with other numbers, or at another place."""
        return float(self.working.rules(cell or self.cell)[self.way](look))

    def instead(self, quantity: str, change: Callable[[Cell], Cell]) -> float:
        """The same rule with other numbers in the place of a quantity's."""
        return self.worked(lambda cell: self.look(change(cell) if cell.quantity == quantity else cell))

    def at(self, quantity: str) -> float:
        """The number of another quantity at the same place."""
        return float(self.look(self.cell._replace(quantity=quantity)))


@dataclass(frozen=True, slots=True)
class NetworkScene(Scene):
    """A slip in a network's working."""

    working: NetworkWorking

    @property
    def stem(self) -> str:
        """The quantity without its layer, such as "delta"."""
        return split(self.cell.quantity)[0]

    @property
    def layer(self) -> int:
        """The layer that the quantity belongs to, from 1 up."""
        return split(self.cell.quantity)[1]

    @property
    def is_update(self) -> bool:
        """Whether it is a parameter after the step."""
        return split(self.cell.quantity)[2]


@dataclass(frozen=True, slots=True)
class ExpressionScene(Scene):
    """A slip in an expression's working."""

    working: ExpressionWorking


def hints(
    working: Working, cell: Cell, figure: Figure, look: Look, ways: Sequence[tuple[float, float]]
) -> tuple[Hint, ...]:
    """The likeliest mistakes that give the figure, at most three: of calculation, or else of reading and writing.

    Args:
        look: the writer's own earlier figures.
        ways: what each way of working the number out gives, and how far the roundings of those can move it.
    """
    kind = NetworkScene if isinstance(working, NetworkWorking) else ExpressionScene
    scenes: list[Scene] = [
        kind(working, cell, figure, look, *given, way)  # type: ignore[arg-type]
        for way, given in enumerate(ways)
        if given not in ways[:way]
    ]
    for tried in zip(*map(_tried, scenes), strict=True):
        for scene, mistakes in zip(scenes, tried, strict=True):
            found = _fitting(mistakes, figure, scene.value, scene.reach)
            told = [hint for kind, hint in found.items() if not any((other, kind) in _SAME for other in found)]
            if told:
                return tuple(told[:_MOST])
    return ()


def _fitting(mistakes: Mistakes, figure: Figure, value: float, reach: float) -> dict[Kind, Hint]:
    """The mistakes that give a figure: where some give it rounded, those; else those that roundings lead to it."""
    rounded: dict[Kind, Hint] = {}
    near: dict[Kind, Hint] = {}
    for kind, sentence, number in mistakes:
        # What is ten times as large has been moved ten times as far; moved by more than a tenth, it tells nothing.
        scale = abs(number / value) if value else 1.0
        if figure.stands_for(number, max(reach, min(reach * scale, 0.1 * abs(number)))):
            near.setdefault(kind, Hint(kind, sentence))
            if abs(number - figure.value) <= figure.half * (1.0 + ROUNDING):
                rounded.setdefault(kind, Hint(kind, sentence))
    return rounded or near


def _tried(scene: Scene) -> Iterator[Mistakes]:
    """The mistakes that can be made here, the likeliest first; those of one iterator are as likely as one another."""
    if isinstance(scene, NetworkScene):
        yield chain.from_iterable(mistakes(scene) for mistakes in _NETWORK)
    elif isinstance(scene, ExpressionScene):
        yield chain.from_iterable(mistakes(scene) for mistakes in _EXPRESSION)
        yield _copied(scene)
    yield chain.from_iterable(mistakes(scene) for mistakes in _WRITING)


# The mistakes ---------------------------------------------------------------------------------------------------------


def _order(scene: NetworkScene) -> Mistakes:
    if scene.stem == "delta" and scene.layer == len(scene.working.sizes) - 1:
        yield "order", "y − a was taken for a − y", -scene.value


def _sign(scene: Scene) -> Mistakes:
    yield "sign", "the sign is flipped", -scene.value


def _steps(scene: ExpressionScene) -> Mistakes:
    """A step that was miswritten."""
    if scene.cell.quantity in scene.working.steps:
        for kind, sentence, expression in miswritten(scene.working.steps[scene.cell.quantity]):
            yield kind, sentence, float(scene.working.value(scene.cell.quantity, scene.look, expression))


def _paths(scene: ExpressionScene) -> Mistakes:
    pairs = scene.working.factors(scene.cell, scene.look, from_result=scene.way > 0)
    factors = [(float(upstream), float(slope)) for upstream, slope in pairs]
    for place, (upstream, slope) in enumerate(factors):
        if len(factors) > 1:
            path = f"path {place + 1} of {len(factors)}"
            yield "path", f"{path} was forgotten", scene.value - upstream * slope
            yield "path", f"only {path} was taken", upstream * slope
            yield "term sign", f"{path} has the wrong sign", scene.value - 2.0 * upstream * slope
    for result, (upstream, slope) in zip(scene.working.paths(scene.cell), factors, strict=False):
        for kind, sentence, other in scene.working.other_slopes(scene.cell, result, scene.look):
            yield kind, sentence, scene.value + upstream * (other - slope)
    if factors:
        yield "upstream", "the upstream gradient was forgotten", sum(slope for _, slope in factors)
        yield "slope", "the local derivative was forgotten", sum(upstream for upstream, _ in factors)


def _doubled(scene: ExpressionScene) -> Mistakes:
    yield "lost ½", "a factor of 2 is too much: the ½ was left out", scene.value * 2.0
    yield "½ twice", "a factor of ½ is too much", scene.value * 0.5


def _copied(scene: ExpressionScene) -> Mistakes:
    """The number of another quantity: for a value one from before, for a derivative any other derivative."""
    name, steps = scene.cell.quantity, scene.working.steps
    before = [*scene.working.given, *takewhile(lambda step: step != name, steps)]

    def look(cell: Cell) -> Number:
        # What rests on the number itself is not what was copied.
        return scene.value if cell == scene.cell else scene.look(cell)

    for other in before if name in steps else scene.working.shapes:
        cell = Cell(other, 0, 0)
        if name in steps:
            yield "neighbour", f"it is the number of {other}", float(scene.look(cell))
        elif other not in (name, *steps):
            yield "neighbour", f"it is the number of {other}", scene.worked(look, cell)


def _updates(scene: NetworkScene) -> Mistakes:
    if not scene.is_update:
        return
    old = scene.cell.quantity.removesuffix("_new")
    before, gradient, rate = scene.at(old), scene.at(f"d{old}"), scene.working.problem.learning_rate
    yield "plus", "the step was added, not taken away", before + rate * gradient
    yield "rate forgotten", "the learning rate was left out", before - gradient
    yield "rate twice", "the learning rate was used twice", before - rate * rate * gradient
    yield "not updated", "the old value was copied", before
    yield "gradient", "the gradient was written, not the updated parameter", gradient


def _factors(scene: NetworkScene) -> Mistakes:
    n = scene.working.samples
    if scene.stem in ("mse", "dW", "db", "loss") and not scene.is_update and n > 1:
        yield "lost 1/n", "the division by the number of samples was left out", scene.value * n
        yield "1/n twice", "the number of samples was divided by twice", scene.value / n
    if scene.stem in ("loss", "E", "delta", "mse"):
        yield "lost ½", "a factor of 2 is too much: the ½ was left out", scene.value * 2.0
        yield "½ twice", "a factor of ½ is too much", scene.value * 0.5
    if scene.stem == "E":
        yield "not squared", "the error was not squared", scene.at(f"A{len(scene.working.sizes) - 1}") - scene.at("y")


def _slopes(scene: NetworkScene) -> Mistakes:
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


def _activations(scene: NetworkScene) -> Mistakes:
    if scene.stem == "A":
        yield "z for a", "the activation was left out", scene.at(f"Z{scene.layer}")
        name = scene.working.problem.activations[scene.layer - 1]
        yield "sign inside", "the sign of z is flipped", float(activated(name, -scene.at(f"Z{scene.layer}")))
    if scene.stem in ("Z", "dW") and not scene.is_update and scene.layer > 1:
        a, z = f"A{scene.layer - 1}", f"Z{scene.layer - 1}"
        yield "z for a", f"{z} was used for {a}", scene.instead(a, lambda cell: cell._replace(quantity=z))


def _weights(scene: NetworkScene) -> Mistakes:
    if scene.stem not in ("Z", "backpropagated"):
        return
    layer = scene.layer + (scene.stem == "backpropagated")
    W, rows, columns = f"W{layer}", scene.working.sizes[layer], scene.working.sizes[layer - 1]
    if rows == columns > 1:
        number = scene.instead(W, lambda cell: Cell(W, cell.column, cell.row))
        yield "transpose", f"{W} was used with rows and columns swapped", number
    if scene.stem == "backpropagated":
        number = scene.instead(W, lambda cell: cell._replace(quantity=f"{W}_new"))
        yield "new weight", f"the updated {W} was used", number


def _terms(scene: NetworkScene) -> Mistakes:
    if scene.stem not in ("Z", "backpropagated", "dW", "db", "mse") or scene.is_update:
        return
    terms = [float(term) for term in scene.working.terms(scene.cell, scene.look)]
    total = sum(terms)
    factor = 1.0 / scene.working.samples if scene.stem in ("mse", "dW", "db") else 1.0
    if scene.stem == "Z":
        yield "bias", "the bias was left out", total - terms[-1]
        yield "bias", "the bias was taken away, not added", total - 2.0 * terms[-1]
        terms = terms[:-1]
    if len(terms) > 1:
        for place, term in enumerate(terms):
            yield "term", f"term {place + 1} of the sum was left out", (total - term) * factor
            yield "term sign", f"term {place + 1} of the sum has the wrong sign", (total - 2.0 * term) * factor


def _lines(scene: NetworkScene) -> Mistakes:
    """Another row or column of one factor."""
    for quantity, line, place, lines in _factor_lines(scene):
        for other in range(lines):
            if other != place:
                number = scene.instead(quantity, _to_row(other) if line == "row" else _to_column(other))
                yield "line", f"{line} {other} of {quantity} was used for {line} {place}", number
    name, row, column = scene.cell
    sizes = scene.working.sizes
    if scene.stem == "dW" and sizes[scene.layer] == sizes[scene.layer - 1] and row != column:
        yield "transpose", "rows and columns were swapped", scene.worked(scene.look, Cell(name, column, row))


def _factor_lines(scene: NetworkScene) -> tuple[tuple[str, str, int, int], ...]:
    """Of each factor of a product: its quantity, whether its rows or its columns count, the one used, how many."""
    _, row, column = scene.cell
    layer, sizes, samples = scene.layer, scene.working.sizes, scene.working.samples
    below = scene.working.inputs_of(layer)
    if scene.is_update:
        return ()
    if scene.stem == "Z":
        return (f"W{layer}", "row", row, sizes[layer]), (below, "column", column, samples)
    if scene.stem == "backpropagated":
        above = layer + 1
        return (f"W{above}", "column", row, sizes[layer]), (f"delta{above}", "column", column, samples)
    if scene.stem == "dW":
        return (f"delta{layer}", "row", row, sizes[layer]), (below, "row", column, sizes[layer - 1])
    return ()


def _to_row(row: int) -> Callable[[Cell], Cell]:
    return lambda cell: cell._replace(row=row)


def _to_column(column: int) -> Callable[[Cell], Cell]:
    return lambda cell: cell._replace(column=column)


def _neighbours(scene: Scene) -> Mistakes:
    rows, columns = scene.working.shapes[scene.cell.quantity]
    quantity, row, column = scene.cell
    for i, j in ((row - 1, column), (row, column - 1), (row, column + 1), (row + 1, column)):
        if 0 <= i < rows and 0 <= j < columns:
            number = scene.worked(scene.look, Cell(quantity, i, j))
            yield "neighbour", f"it is the number of {quantity}[{i},{j}]", number


def _points(scene: Scene) -> Mistakes:
    for places in (1, 2, 3):
        for factor, way in ((10.0**places, "right"), (10.0**-places, "left")):
            yield "decimal point", f"the decimal point is {places} to the {way}", scene.value * factor


def _digits(scene: Scene) -> Mistakes:
    # Beyond 25 digits there is nothing to be read.
    if (scene.value < 0.0) != (scene.figure.value < 0.0) or not abs(scene.value) < 1e25 * scene.figure.unit:
        return
    digits = abs(Decimal(scene.figure.text))
    written = f"{digits:f}"
    for number in _meant(scene, Decimal(1).scaleb(min(0, int(digits.as_tuple().exponent)))):
        should = f"{number:f}"
        if len(should) != len(written):
            continue
        differing = [place for place, (a, b) in enumerate(zip(should, written, strict=True)) if a != b]
        if len(differing) == 1:
            a, b = should[differing[0]], written[differing[0]]
            yield "digit", f"a digit is wrong: {b} for {a}, in {written} for {should}", scene.figure.value
        if len(differing) == 2 and [should[p] for p in differing] == [written[p] for p in reversed(differing)]:
            yield "swapped digits", f"two digits are swapped: {written} for {should}", scene.figure.value


def _meant(scene: Scene, unit: Decimal) -> Iterator[Decimal]:
    """What may have been in the writer's mind, without sign: the number rounded or cut off, or near it, in units."""
    exact = abs(Decimal(scene.value))
    rounded = exact.quantize(unit, ROUND_HALF_EVEN)
    yield rounded
    yield exact.quantize(unit, ROUND_DOWN)
    # Where the roundings of earlier figures reach further than a few units, nearly any number is a digit from one.
    for step in (1, -1, 2, -2):
        number = rounded + step * unit
        if number >= 0 and abs(number - exact) <= Decimal(scene.reach) + unit / 2:
            yield number


_NETWORK: Final = (
    _order, _sign, _updates, _factors, _slopes, _activations, _weights, _terms, _neighbours, _lines,
)  # fmt: skip
_EXPRESSION: Final = (_sign, _steps, _paths, _doubled)
_WRITING: Final = (_points, _digits)
