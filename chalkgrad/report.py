"""A solution as a person would write it down: for each quantity the formula, the numbers put in, the result.

Text and Markdown say the same, in ``typeset``'s and in ``latex``'s equations. Both come in parts, so that the steps of
a long descent can be printed as they are made.
"""

import math
import re
import textwrap
from collections.abc import Iterable, Iterator
from typing import Final

from autograd.text import decimal, exact, printable
from chalkgrad import latex, typeset
from chalkgrad.cells import Cells, given_cells, worked_cells
from chalkgrad.problem import Problem
from chalkgrad.solution import Quantity, Solution, Step

#: Columns of text on a line.
WIDTH: Final = 100

_HEADINGS: Final = {"Z1": "Forward pass", "E": "Loss", "delta": "Backward pass", "dW": "Gradients", "W": "Update"}


def to_text(solution: Solution, decimals: int = 4, width: int = WIDTH) -> str:
    """The working as plain text.

    Args:
        decimals: of every worked-out number, 0 to 17; given numbers are shown as they were given.
        width: columns of a line. From 60 up, only a single number or name that is itself wider goes beyond it.

    Raises:
        ValueError: decimals or width is out of range.
    """
    steps = solution.steps
    return "".join(text_parts(solution.problem, steps, len(steps), decimals, width))


def to_markdown(solution: Solution, decimals: int = 4) -> str:
    """The working as Markdown with LaTeX formulas between dollar signs, as GitHub and Jupyter show them.

    Args:
        decimals: of every worked-out number, 0 to 17; given numbers are shown as they were given.

    Raises:
        ValueError: decimals is out of range.
    """
    steps = solution.steps
    return "".join(markdown_parts(solution.problem, steps, len(steps), decimals))


def text_parts(problem: Problem, steps: Iterable[Step], count: int, decimals: int, width: int) -> Iterator[str]:
    """The text of ``to_text`` in parts: what is given, then each step.

    Args:
        steps: of the problem, from the first.
        count: how many there are.
    """
    _check(decimals)
    if width < 1:
        raise ValueError(f"width = {width}: a number from 1 up is needed")
    given = _given(problem)
    paragraphs = [_filled(printable(problem.title), width), _underlined("Given", "-")]
    paragraphs += [typeset.equation(name, (), given, width) for name in given]
    yield _joined(paragraphs)
    for place, (step, numbers) in enumerate(_with_numbers(given, steps, decimals), 1):
        paragraphs = [_underlined(f"Step {place} of {count}", "=")] if count > 1 else []
        for heading, quantity in _with_headings(step):
            if heading:
                paragraphs.append(_underlined(heading, "-"))
            meaning = _filled(f"{quantity.name}: {quantity.meaning}", width)
            equation = typeset.equation(quantity.name, quantity.formulas, numbers, width)
            paragraphs.append(f"{meaning}\n{equation}")
        paragraphs.append(_filled(_closing(step, decimals), width))
        yield "\n" + _joined(paragraphs)


def markdown_parts(problem: Problem, steps: Iterable[Step], count: int, decimals: int) -> Iterator[str]:
    """The Markdown of ``to_markdown`` in parts; see ``text_parts``."""
    _check(decimals)
    given = _given(problem)
    title = re.sub(r"([\\`*_{}\[\]<>()#+!|$&~-])", r"\\\1", printable(problem.title))
    paragraphs = [f"# {title}" if title else "", "## Given"]
    yield _joined([*paragraphs, *(latex.equation(name, (), given) for name in given)])
    for place, (step, numbers) in enumerate(_with_numbers(given, steps, decimals), 1):
        several = f" (step {place} of {count})" if count > 1 else ""
        paragraphs = []
        for heading, quantity in _with_headings(step):
            if heading:
                paragraphs.append(f"## {heading}{several}")
            paragraphs.append(f"**{quantity.name}**: {quantity.meaning}")
            paragraphs.append(latex.equation(quantity.name, quantity.formulas, numbers))
        paragraphs.append(_closing(step, decimals))
        yield "\n" + _joined(paragraphs)


def _check(decimals: int) -> None:
    if not 0 <= decimals <= 17:
        raise ValueError(f"decimals = {decimals}: a number from 0 to 17 is needed")


def _given(problem: Problem) -> dict[str, Cells]:
    return {name: given_cells(matrix) for name, matrix in problem.given().items()}


def _with_numbers(
    given: dict[str, Cells], steps: Iterable[Step], decimals: int
) -> Iterator[tuple[Step, dict[str, Cells]]]:
    """Each step, with the numbers to put into its formulas: the given ones, and those worked out so far."""
    for step in steps:
        numbers = given | {quantity.name: worked_cells(quantity.matrix, decimals) for quantity in step.quantities}
        yield step, numbers
        updated = {name: cells for name, cells in numbers.items() if name.endswith("_new")}
        given = given | {name.removesuffix("_new"): cells for name, cells in updated.items()}


def _with_headings(step: Step) -> Iterator[tuple[str | None, Quantity]]:
    """Each quantity, with the heading of the part of the working that it begins."""
    headings = dict(_HEADINGS)
    for quantity in step.quantities:
        kind = quantity.name if quantity.name in headings else re.sub(r"[0-9].*", "", quantity.name)
        yield headings.pop(kind, None), quantity


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


def _filled(text: str, width: int) -> str:
    return textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False)


def _underlined(text: str, line: str) -> str:
    return f"{text}\n{line * len(text)}"


def _joined(paragraphs: Iterable[str]) -> str:
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph) + "\n"
