"""Both passes as a person writes them down: each line in symbols, with the numbers put in, and the result."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from autograd import Trace, Value, trace
from autograd.files import write_whole
from autograd.notation import Written, derivative, factor, filled, is_clear, name_parts, written_name, written_number
from autograd.text import decimal, exact
from autograd.trace import BackwardStep, ForwardStep, check_unchanged, check_whole
from viz import mathml
from viz.html import document
from viz.latex import escaped


@dataclass(frozen=True, slots=True)
class Derivation:
    """The working behind a graph's gradients; print it for Markdown, and notebooks show it set.

    Attributes:
        steps: the trace that it is written from; its numbers stand at the lines.
        decimals: of every worked-out number; given numbers are exact.
    """

    steps: Trace
    decimals: int

    def rounded(self, number: float) -> str:
        """A worked-out number with its decimals; in scientific notation where nothing would be left of it."""
        text = decimal(number, self.decimals)
        return f"{number:.{max(self.decimals - 1, 0)}e}" if number and not float(text) else text

    def to_markdown(self) -> str:
        """Markdown with LaTeX formulas, as GitHub, Jupyter and Pandoc set them."""
        sections = _sections(self, _LatexPen, _markdown_line)
        return "\n\n".join("\n\n".join((f"### {title}", *lines)) for title, lines in sections) + "\n"

    def to_latex(self) -> str:
        """A LaTeX document; it compiles with pdflatex, xelatex and lualatex and needs no more than amsmath."""
        body = "\n\n".join(
            f"\\section*{{{title}}}\n\\begin{{align*}}\n" + " \\\\\n".join(lines) + "\n\\end{align*}"
            for title, lines in _sections(self, _DocumentPen, _latex_line)
        )
        return f"{_LATEX_HEAD}\n{body}\n\\end{{document}}\n"

    def to_html(self) -> str:
        """A web page with the mathematics as MathML: no script, and nothing to load."""
        return document(f"Derivation of {self.steps.output}", f"<main>\n{self._html()}\n</main>", _STYLE)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the derivation in the format that the file's name ends in: .md, .tex or .html.

        Raises:
            ValueError: the name ends in something else.
            OSError: the file cannot be written.
        """
        ending = Path(path).suffix.lower()
        if ending not in WRITTEN_FORMATS:
            raise ValueError(f"{os.fspath(path)!r} ends in {ending!r}: use one of {', '.join(WRITTEN_FORMATS)}")
        write_whole(path, WRITTEN_FORMATS[ending](self))

    def __str__(self) -> str:
        return self.to_markdown().rstrip("\n")

    def _html(self) -> str:
        sections = _sections(self, mathml.Pen, _html_line)
        return "\n".join("\n".join((f"<h2>{title}</h2>", *lines)) for title, lines in sections)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        # The classes keep a notebook's MathJax from setting labels with dollar signs in them.
        inside = self._html().replace("h2>", "h4>")
        return {
            "text/html": f'<div class="mathjax_ignore tex2jax_ignore">\n{inside}\n</div>',
            "text/plain": self.to_markdown(),
        }


#: How a derivation is written, by the ending of the file's name.
WRITTEN_FORMATS: Final[dict[str, Callable[[Derivation], str]]] = {
    ".md": Derivation.to_markdown,
    ".tex": Derivation.to_latex,
    ".html": Derivation.to_html,
}


def derivation(output: Value, *, decimals: int = 4) -> Derivation:
    """Write down how output and its gradients are worked out, forward and backward.

    A line has the number that ``trace`` gives the step, and that ``draw(output, show=["steps", ...])`` puts into the
    picture.

    Args:
        decimals: of every worked-out number, from 0 up.

    Raises:
        TypeError: output is not a Value, or decimals no whole number.
        ValueError: decimals is below 0, or an input was changed after the recording.
    """
    if not isinstance(output, Value):
        raise TypeError(f"derivation of {output!r}: a Value is needed, such as Value(2.0) * Value(3.0)")
    check_whole("decimals", decimals, least=0)
    check_unchanged(output)
    return Derivation(trace(output), decimals)


# Lines ----------------------------------------------------------------------------------------------------------------


class _Pen(Protocol):
    """How the names and numbers of one line are written, and the line itself."""

    def name(self, name: str) -> Written: ...
    def number(self, shown: str) -> Written: ...
    def set(self, latex: str) -> str: ...


class _Line(NamedTuple):
    """``left = side = side = ...``, in LaTeX.

    Attributes:
        number: of the step; 0 for what is given.
        relation: the first of the signs; of several steps that add to one gradient ``+=``.
    """

    number: int
    left: str
    relation: str
    sides: tuple[str, ...]

    def pieces(self) -> list[str]:
        """The line in the pieces between which it may be broken."""
        first, *others = self.sides
        return [f"{self.left} {self.relation} {first}", *(f"= {side}" for side in others)]


def _sections(
    whole: Derivation, new_pen: Callable[[], _Pen], write: Callable[[_Line, _Pen], str]
) -> Iterator[tuple[str, list[str]]]:
    """Titles, and the lines below each."""
    for title, lines in (("Given", _given), ("Forward", _forward), ("Backward", _backward)):
        written = [write(line, pen) for line, pen in lines(whole, new_pen)]
        if written:
            yield title, written


_Lines = Iterator[tuple[_Line, _Pen]]


def _given(whole: Derivation, new_pen: Callable[[], _Pen]) -> _Lines:
    for name, value in whole.steps.inputs:
        pen = new_pen()
        yield _Line(0, pen.name(name).bare, "=", (pen.number(exact(value)).bare,)), pen


def _forward(whole: Derivation, new_pen: Callable[[], _Pen]) -> _Lines:
    numbers = _numbers(whole)
    for place, step in enumerate(whole.steps.forward, 1):
        pen = new_pen()
        sides = (filled(step.op, _named(step, pen)), filled(step.op, _put_in(step, pen, numbers)))
        result = pen.number(numbers[step.name]).bare
        yield _Line(place, pen.name(step.name).bare, "=", (*sides, result)), pen


def _backward(whole: Derivation, new_pen: Callable[[], _Pen]) -> _Lines:
    numbers = _numbers(whole)
    times = Counter(step.node for step in whole.steps.backward)
    received: set[str] = set()
    if whole.steps.backward:
        pen = new_pen()
        root = pen.name(whole.steps.output).bare
        yield _Line(0, derivative(root, root), "=", (pen.number(exact(whole.steps.seed)).bare,)), pen
    number = len(whole.steps.forward)
    edges = iter(whole.steps.backward)
    for step in reversed(whole.steps.forward):
        places = [place for place, operand in enumerate(step.operands) if isinstance(operand, str)]
        for place, edge in zip(places, edges, strict=False):
            number += 1
            pen = new_pen()
            slopes = _slopes(step, place, whole.rounded(edge.slope), pen, numbers)
            line = _chain_rule(number, edge, whole, slopes, pen)
            if times[edge.node] > 1:
                line = _adding_up(line, pen, whole.rounded(edge.total), edge.node in received)
            received.add(edge.node)
            yield line, pen


def _chain_rule(number: int, edge: BackwardStep, whole: Derivation, slopes: tuple[str | None, str], pen: _Pen) -> _Line:
    root, node, result = (pen.name(name).bare for name in (whole.steps.output, edge.node, edge.result))
    upstream = derivative(root, result)
    symbols, numbers = slopes
    sides = [rf"{upstream} \cdot {derivative(result, node)}"]
    if symbols is not None:
        sides.append(rf"{upstream} \cdot {symbols}")
    sides.append(rf"{pen.number(whole.rounded(edge.upstream)).bare} \cdot {numbers}")
    sides.append(pen.number(whole.rounded(edge.contribution)).bare)
    return _Line(number, derivative(root, node), "=", tuple(sides))


def _adding_up(line: _Line, pen: _Pen, total: str, goes_on: bool) -> _Line:
    *others, last = line.sides
    if goes_on:
        last += rf" \quad \text{{total }} {pen.number(total).bare}"
    return line._replace(relation=r"\;\text{+=}\;", sides=(*others, last))


def _slopes(step: ForwardStep, place: int, slope: str, pen: _Pen, numbers: dict[str, str]) -> tuple[str | None, str]:
    """The slope of an edge: in symbols where the table has a formula, and with the numbers put in."""
    symbols = factor(step.op, place, _named(step, pen), pen.name(step.name))
    put_in = factor(step.op, place, _put_in(step, pen, numbers), pen.number(numbers[step.name]))
    return symbols, put_in or pen.number(slope).guarded


def _named(step: ForwardStep, pen: _Pen) -> list[Written]:
    return [pen.name(op) if isinstance(op, str) else pen.number(exact(op)) for op in step.operands]


def _put_in(step: ForwardStep, pen: _Pen, numbers: dict[str, str]) -> list[Written]:
    return [pen.number(numbers[op] if isinstance(op, str) else exact(op)) for op in step.operands]


def _numbers(whole: Derivation) -> dict[str, str]:
    """What is written for each name: a given number is exact."""
    given = {name: exact(value) for name, value in whole.steps.inputs}
    return given | {step.name: whole.rounded(step.value) for step in whole.steps.forward}


# Formats --------------------------------------------------------------------------------------------------------------


class _LatexPen:
    """Writes for MathJax and KaTeX, which know all of Unicode."""

    def name(self, name: str) -> Written:
        return written_name(name)

    def number(self, shown: str) -> Written:
        return written_number(shown)

    def set(self, latex: str) -> str:
        return latex


# Characters of a name in TeX's own writing: more would not fit a line.
_LONGEST: Final = 60


class _DocumentPen(_LatexPen):
    """Writes for a TeX whose fonts may lack a letter."""

    def name(self, name: str) -> Written:
        if len(name) <= _LONGEST and name_parts(name) is not None:
            return written_name(name)
        bare = rf"\text{{{escaped(name, _LONGEST)}}}"
        return Written(bare, bare if is_clear(name) else f"({bare})")


def _markdown_line(line: _Line, pen: _Pen) -> str:
    number = rf"({line.number})\quad " if line.number else ""
    return f"$${number}{pen.set(' '.join(line.pieces()))}$$"


def _latex_line(line: _Line, pen: _Pen) -> str:
    sign = "=" if line.relation == "=" else r"\mathrel{\text{+=}}"
    tag = rf" \tag{{{line.number}}}" if line.number else ""
    first, *others = line.sides
    return " \\\\\n".join((rf"{line.left} &{sign} {first}{tag}", *(rf"&= {side}" for side in others)))


def _html_line(line: _Line, pen: _Pen) -> str:
    number = f"<b>({line.number})</b> " if line.number else ""
    first, *others = line.pieces()
    # Without something in front, a sign is set as one of a number.
    return f"<p>{number}{' '.join(map(pen.set, (first, *(f'{{}} {piece}' for piece in others))))}</p>"


_LATEX_HEAD: Final = r"""\documentclass{article}
\usepackage{amsmath}
\usepackage[margin=2cm]{geometry}
\allowdisplaybreaks
\begin{document}"""

_STYLE: Final = """
:root { color-scheme: light dark; }
main { max-width: 60rem; margin: auto; padding: 1rem; font: 1rem/1.6 system-ui, sans-serif; }
p { margin: 0.7rem 0; }
b { display: inline-block; min-width: 3rem; font-weight: normal; opacity: 0.7; }
"""
