"""A solution as a person would write it down: for each quantity the formula, the numbers put in, the result.

Text and Markdown say the same, in ``typeset``'s and in ``latex``'s equations. Both come in parts, so that the steps of
a long descent can be printed as they are made.
"""

import re
import textwrap
from collections.abc import Iterable, Iterator
from typing import Final

from autograd.text import printable
from chalkgrad import latex, typeset
from chalkgrad.content import PLAIN, Part, Style, parts
from chalkgrad.problem import Problem
from chalkgrad.solution import Solution, Step

#: Columns of text on a line.
WIDTH: Final = 100


def to_text(
    solution: Solution, decimals: int = 4, width: int = WIDTH, *, layout: str = "matrix", notation: str = "ours"
) -> str:
    """The working as plain text.

    Args:
        decimals: of every worked-out number, 0 to 17; given numbers are shown as they were given.
        width: columns of a line. From 60 up, only a single number or name that is itself wider goes beyond it.
        layout: quantity by quantity ("matrix") or sample by sample ("samples").
        notation: whose names and signs: "ours", "mazur" or "han".

    Raises:
        ValueError: decimals or width is out of range, or there is no such layout or notation.
    """
    steps = solution.steps
    return "".join(text_parts(solution.problem, steps, len(steps), Style(decimals, layout, notation), width))


def to_markdown(solution: Solution, decimals: int = 4, *, layout: str = "matrix", notation: str = "ours") -> str:
    """The working as Markdown with LaTeX formulas between dollar signs, as GitHub and Jupyter show them.

    Args:
        decimals: of every worked-out number, 0 to 17; given numbers are shown as they were given.
        layout: quantity by quantity ("matrix") or sample by sample ("samples").
        notation: whose names and signs: "ours", "mazur" or "han".

    Raises:
        ValueError: decimals is out of range, or there is no such layout or notation.
    """
    steps = solution.steps
    return "".join(markdown_parts(solution.problem, steps, len(steps), Style(decimals, layout, notation)))


def text_parts(
    problem: Problem, steps: Iterable[Step], count: int, style: Style = PLAIN, width: int = WIDTH
) -> Iterator[str]:
    """The text of ``to_text`` in parts: what is given, then each step.

    Args:
        steps: of the problem, from the first.
        count: how many there are.

    Raises:
        ValueError: width is less than 1.
    """
    if width < 1:
        raise ValueError(f"width = {width}: a number from 1 up is needed")
    for part in parts(problem, steps, count, style):
        paragraphs = [_underlined(f"Step {part.step} of {count}", "=")] if part.step and count > 1 else []
        if not part.step:
            paragraphs.append(_filled(printable(problem.title), width))
        paragraphs += [*_text(part, width), _filled(part.closing, width)]
        yield ("\n" if part.step else "") + _joined(paragraphs)


def _text(part: Part, width: int) -> Iterator[str]:
    for heading, equations in part.sections:
        yield _underlined(heading, "-")
        for whole in equations:
            meaning = f"{_filled(f'{whole.name}: {whole.meaning}', width)}\n" if whole.meaning else ""
            yield meaning + typeset.equation(whole.name, whole.formulas, whole.numbers, width)


def markdown_parts(problem: Problem, steps: Iterable[Step], count: int, style: Style = PLAIN) -> Iterator[str]:
    """The Markdown of ``to_markdown`` in parts; see ``text_parts``."""
    for part in parts(problem, steps, count, style):
        paragraphs = [*([] if part.step else [markdown_heading(problem.title)]), *_markdown(part), part.closing]
        yield ("\n" if part.step else "") + _joined(paragraphs)


def markdown_heading(title: str) -> str:
    """A title as the heading of a page, with nothing in it that Markdown acts on; empty if it is."""
    text = re.sub(r"([\\`*_{}\[\]<>()#+!|$&~-])", r"\\\1", printable(title))
    return f"# {text}" if text else ""


def _markdown(part: Part) -> Iterator[str]:
    several = f" (step {part.step} of {part.count})" if part.step and part.count > 1 else ""
    for heading, equations in part.sections:
        yield f"## {heading}{several}"
        for whole in equations:
            if whole.meaning:
                yield f"**{whole.name}**: {whole.meaning}"
            yield latex.equation(whole.name, whole.formulas, whole.numbers)


def _filled(text: str, width: int) -> str:
    return textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False)


def _underlined(text: str, line: str) -> str:
    return f"{text}\n{line * len(text)}"


def _joined(paragraphs: Iterable[str]) -> str:
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph) + "\n"
