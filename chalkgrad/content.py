"""What a working says and in which order, before it is set in any format.

It comes in parts, what is given and then each step, so that a long descent can be written as it is made.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from autograd.text import decimal, exact
from chalkgrad.activations import Formula
from chalkgrad.cells import Cells, given_cells, worked_cells
from chalkgrad.layout import LAYOUTS
from chalkgrad.notation import NOTATIONS
from chalkgrad.problem import Matrix, Problem
from chalkgrad.solution import Step


@dataclass(frozen=True, slots=True)
class Style:
    """How a working is written.

    Attributes:
        decimals: of every worked-out number, 0 to 17; given numbers are shown as they were given.
        layout: quantity by quantity ("matrix") or sample by sample ("samples").
        notation: whose names and signs: "ours", "mazur" or "han".

    Raises:
        ValueError: decimals is out of range, or there is no such layout or notation.
    """

    decimals: int = 4
    layout: str = "matrix"
    notation: str = "ours"

    def __post_init__(self) -> None:
        if not 0 <= self.decimals <= 17:
            raise ValueError(f"decimals = {self.decimals}: a number from 0 to 17 is needed")
        for kind, name, known in (("layout", self.layout, LAYOUTS), ("notation", self.notation, NOTATIONS)):
            if name not in known:
                raise ValueError(f"{kind} = {name!r}: one of {', '.join(known)} is needed")


#: As everything is written unless asked otherwise.
PLAIN: Final = Style()


@dataclass(frozen=True, slots=True)
class Equation:
    """A quantity with its formulas, and the numbers to put into the last of them.

    Attributes:
        meaning: what it is, in a few words; empty for what is given.
        numbers: by their names; the quantity's own are among them.
    """

    name: str
    meaning: str
    formulas: tuple[Formula, ...]
    numbers: Mapping[str, Cells]


@dataclass(frozen=True, slots=True)
class Part:
    """What is given, or a step.

    Attributes:
        step: its number, from 1 up; 0 for what is given.
        count: how many steps there are.
        sections: headings, and the equations under each.
        closing: a sentence at its end; may be empty.
    """

    step: int
    count: int
    sections: tuple[tuple[str, tuple[Equation, ...]], ...]
    closing: str = ""


def parts(problem: Problem, steps: Iterable[Step], count: int, style: Style) -> Iterator[Part]:
    """The parts of a working.

    Args:
        steps: of the problem, from the first.
        count: how many there are.
    """
    name = NOTATIONS[style.notation].name
    given = problem.given()
    shown = _renamed(given, style)
    yield Part(0, count, (("Given", tuple(Equation(name(key), "", (), shown) for key in given)),))
    known = _renamed({**given, **LAYOUTS[style.layout].given(given)}, style)
    for place, step in enumerate(steps, 1):
        part, updated = _step(place, count, step, known, style)
        yield part
        known = {**known, **updated}


def _renamed(given: Mapping[str, Matrix], style: Style) -> dict[str, Cells]:
    name = NOTATIONS[style.notation].name
    return {name(key): given_cells(matrix) for key, matrix in given.items()}


def _step(
    place: int, count: int, step: Step, known: Mapping[str, Cells], style: Style
) -> tuple[Part, dict[str, Cells]]:
    """A step as a part, and the parameters of the next one, which are worked-out numbers."""
    write = NOTATIONS[style.notation].quantity
    whole = map(write, step.quantities)
    numbers = {**known, **{quantity.name: worked_cells(quantity.matrix, style.decimals) for quantity in whole}}
    sections = []
    for section in LAYOUTS[style.layout].sections(step):
        quantities = [*map(write, section.quantities)]
        numbers |= {quantity.name: worked_cells(quantity.matrix, style.decimals) for quantity in quantities}
        equations = tuple(Equation(q.name, q.meaning, q.formulas, numbers) for q in quantities)
        sections.append((section.heading, equations))
    updated = {name.removesuffix("_new"): cells for name, cells in numbers.items() if name.endswith("_new")}
    return Part(place, count, tuple(sections), _closing(step, style.decimals)), updated


def _closing(step: Step, decimals: int) -> str:
    before, after = step.loss.data, step.loss_after
    if not math.isfinite(after):
        return f"After the step the loss is {after} (it was {decimal(before, decimals)}): the step has diverged."
    if before == after:
        return f"After the step the loss is the same, {decimal(after, decimals)}: ready for another forward pass."
    # As many decimals as it takes to see that the loss has moved.
    written = ((decimal(before, places), decimal(after, places)) for places in range(decimals, 18))
    was, now = next((pair for pair in written if pair[0] != pair[1]), (exact(before), exact(after)))
    return f"After the step the loss is {now} (it was {was}): ready for another forward pass."
