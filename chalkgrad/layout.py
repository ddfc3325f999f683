"""In which order a step is written: quantity by quantity with a column for each sample, or sample by sample."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from chalkgrad.activations import Formula
from chalkgrad.names import parsed, stem
from chalkgrad.problem import Matrix
from chalkgrad.solution import Quantity, Step

_HEADINGS: Final = {"Z1": "Forward pass", "E": "Loss", "delta": "Backward pass", "dW": "Gradients", "W": "Update"}

# What each sample has a column of.
_FORWARD: Final = {"Z", "A", "E"}
_BACKWARD: Final = {"delta", "backpropagated"}
_COLUMNS: Final = {"X", "y", *_FORWARD, *_BACKWARD}

# A sum over more samples is written with dots.
_MOST_TERMS: Final = 4


@dataclass(frozen=True, slots=True)
class Section:
    """Quantities under a heading."""

    heading: str
    quantities: tuple[Quantity, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """An order to write a step in.

    Attributes:
        sections: of a step.
        given: what the formulas refer to besides the quantities in the sections, from what the problem gives.
    """

    sections: Callable[[Step], Iterator[Section]]
    given: Callable[[Mapping[str, Matrix]], Mapping[str, Matrix]]


def _by_quantity(step: Step) -> Iterator[Section]:
    yield from _under_headings(step.quantities)


def _under_headings(quantities: tuple[Quantity, ...]) -> Iterator[Section]:
    starts = []
    headings = dict(_HEADINGS)
    for place, quantity in enumerate(quantities):
        kind = quantity.name if quantity.name in headings else stem(quantity.name)
        heading = headings.pop(kind, None)
        if heading is not None:
            starts.append((place, heading))
    ends = [place for place, _ in starts[1:]] + [len(quantities)]
    for (start, heading), end in zip(starts, ends, strict=True):
        yield Section(heading, quantities[start:end])


def _by_sample(step: Step) -> Iterator[Section]:
    samples = len(step.problem.X[0])
    forward = [quantity for quantity in step.quantities if stem(quantity.name) in _FORWARD]
    backward = [quantity for quantity in step.quantities if stem(quantity.name) in _BACKWARD]
    gradients = [quantity for quantity in step.quantities if stem(quantity.name) == "dW"]
    for sample in range(samples):
        yield Section(f"Sample {sample}: forward pass", tuple(_of_sample(quantity, sample) for quantity in forward))
        parts = (_part_of_sample(quantity, step, sample) for quantity in gradients)
        yield Section(
            f"Sample {sample}: backward pass", (*(_of_sample(quantity, sample) for quantity in backward), *parts)
        )
    together = tuple(_added_up(q, samples) for q in step.quantities if stem(q.name) not in _FORWARD | _BACKWARD)
    # Without E, the loss begins with mse.
    loss = tuple(q for q in together if q.name in ("mse", "loss"))
    yield Section("All samples: loss", loss)
    for section in _under_headings(together[len(loss) :]):
        yield Section(f"All samples: {section.heading.lower()}", section.quantities)


def _of_sample(quantity: Quantity, sample: int) -> Quantity:
    return replace(
        quantity,
        name=_named(quantity.name, sample),
        formulas=tuple(_formula_of_sample(formula, sample) for formula in quantity.formulas),
        matrix=_column(quantity.matrix, sample),
    )


def _part_of_sample(quantity: Quantity, step: Step, sample: int) -> Quantity:
    """What a sample adds to a gradient of weights, before it is divided by n."""
    (_, delta, inputs, transposed) = quantity.formulas[-1]
    columns = step.problem.X if inputs == "X" else step[inputs]
    return Quantity(
        _named(quantity.name, sample),
        # The gradient of a sum over samples is the sum of what each adds.
        f"what this sample adds to n·∂loss/∂{quantity.name.removeprefix('d')}",
        (_formula_of_sample((delta, inputs, transposed), sample),),
        tuple(tuple(row[sample] * column[sample] for column in columns) for row in step[delta]),
    )


def _added_up(quantity: Quantity, samples: int) -> Quantity:
    """A gradient as the sum of what the samples add to it; anything else as it is."""
    kind = stem(quantity.name)
    if kind not in ("dW", "db"):
        return quantity
    added = quantity.name if kind == "dW" else quantity.formulas[-1][-1]
    shown = range(samples) if samples <= _MOST_TERMS else (0, 1, None, samples - 1)
    terms = ["…" if sample is None else _named(added, sample) for sample in shown]
    total = tuple(token for term in terms for token in ("+", term))[1:]
    formula: Formula = ("1/n", *total) if samples == 1 else ("1/n", "(", *total, ")")
    return replace(quantity, formulas=(formula,))


def _named(name: str, sample: int) -> str:
    parts = parsed(name)
    return name if parts is None else str(replace(parts, sample=str(sample)))


def _formula_of_sample(formula: Formula, sample: int) -> Formula:
    return tuple(_named(token, sample) if stem(token) in _COLUMNS else token for token in formula)


def _column(matrix: Matrix, sample: int) -> Matrix:
    return tuple((row[sample],) for row in matrix)


def _columns(given: Mapping[str, Matrix]) -> Mapping[str, Matrix]:
    return {
        _named(name, sample): _column(given[name], sample)
        for name in ("X", "y")
        for sample in range(len(given["X"][0]))
    }


#: By their names on the command line.
LAYOUTS: Final = {
    "matrix": Layout(_by_quantity, lambda given: {}),
    "samples": Layout(_by_sample, _columns),
}
