"""Equations in LaTeX, with no macro that GitHub's Markdown or Jupyter refuses."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from chalkgrad.activations import NOTATION, Formula
from chalkgrad.cells import MOST, SINGLE, Cells, elided, runs
from chalkgrad.names import parsed
from chalkgrad.typeset import broken

# Characters of text after which a result is split into runs of columns.
_ROOM: Final = 100

_TOKENS: Final = {
    "−": "-",
    "⊙": r"\odot",
    "step": r"\mathrm{step}",
    "ᵀ": r"^{\mathsf T}",
    "²": r"^{2}",
    "Σ": r"\sum",
    "½": r"\tfrac{1}{2}",
    "1/n": r"\tfrac{1}{n}",
    "η": r"\eta",
    "E_total": r"E_{\text{total}}",
    "…": r"\cdots",
    "(": r"\left(",
    ")": r"\right)",
    **{activation.sign: activation.latex for activation in NOTATION.values() if activation.sign},
    **{f"{activation.sign}′": f"{activation.latex}'" for activation in NOTATION.values() if activation.sign},
}
_STEMS: Final = {
    **{"delta": r"\delta", "dW": r"\mathrm{d}W", "db": r"\mathrm{d}b"},
    **{"ΔW": r"\Delta W", "Δθ": r"\Delta\theta", "θ": r"\theta"},
}
_CELLS: Final = {"…": r"\cdots", "⋮": r"\vdots", "inf": r"\infty", "-inf": r"-\infty", "nan": r"\mathrm{nan}"}


def equation(name: str, formulas: Sequence[Formula], numbers: Mapping[str, Cells]) -> str:
    """``name = formula`` and, below it, the other formulas, the last one with its numbers put in, and the result."""
    sides = [" ".join(map(symbol, formula)) for formula in formulas]
    # A formula that only names another quantity has no numbers to put in that the result would not repeat.
    if formulas and len(formulas[-1]) > 1:
        sides.append(" ".join(_put_in(token, numbers) for token in formulas[-1]))
    lines = [f"&= {side}" for side in (*sides, *_result(name, numbers[name], _ROOM))]
    if len(lines) == 1:
        return f"$$\n{symbol(name)} {lines[0].removeprefix('&')}\n$$"
    return "$$\n\\begin{aligned}\n" + symbol(name) + " " + " \\\\\n".join(lines) + "\n\\end{aligned}\n$$"


def lines(name: str, formulas: Sequence[Formula], numbers: Mapping[str, Cells], room: int) -> Iterator[tuple[str, str]]:
    """The same in lines of about so many characters of text: ``=`` or nothing, and what follows."""
    for formula in formulas:
        yield "=", " ".join(map(symbol, formula))
    if formulas and len(formulas[-1]) > 1:
        most, pieces = broken(formulas[-1], numbers, room)
        for place, piece in enumerate(pieces):
            # In braces, as it may become the base of a power.
            tokens = (
                f"{{{_put_in(token, numbers, most)}}}" if token in numbers else _put_in(token, numbers)
                for token in piece
            )
            yield "" if place else "=", _closed(" ".join(tokens))
    for place, result in enumerate(_result(name, numbers[name], room)):
        yield "" if place else "=", result


def _closed(line: str) -> str:
    """A line whose parentheses may begin or end on another one, which LaTeX must be told."""
    depth = lowest = 0
    for sign in re.findall(r"\\(left|right)(?![a-z])", line):
        depth += 1 if sign == "left" else -1
        lowest = min(lowest, depth)
    return r"\left. " * -lowest + line + r" \right." * (depth - lowest)


def _result(name: str, cells: Cells, room: int) -> Iterator[str]:
    for title, run in runs(cells, room):
        yield rf"\text{{{title}:}} {_matrix(name, run)}" if title else _matrix(name, run)


def symbol(token: str) -> str:
    """A name or a sign."""
    if token in _TOKENS:
        return _TOKENS[token]
    name = parsed(token)
    if name is None:
        return token
    stem = _STEMS.get(name.stem, name.stem if len(name.stem) == 1 else rf"\text{{{name.stem}}}")
    written = stem + (f"_{{{name.layer}}}" if name.layer else "") + (r"^{\text{new}}" if name.new else "")
    # In braces, as it may be transposed, which is written as a second power.
    return rf"{{{written}^{{({name.sample})}}}}" if name.sample else written


def _put_in(token: str, numbers: Mapping[str, Cells], most: int = MOST) -> str:
    if token == "1/n":
        return rf"\tfrac{{1}}{{{numbers['n'][0][0]}}}"
    return _matrix(token, elided(numbers[token], most)) if token in numbers else symbol(token)


def _matrix(name: str, cells: Cells) -> str:
    rows = r" \\ ".join(" & ".join(map(_cell, row)) for row in cells)
    return rows if name in SINGLE else rf"\begin{{bmatrix}} {rows} \end{{bmatrix}}"


def _cell(text: str) -> str:
    digits, _, exponent = text.partition("e")
    return rf"{digits} \times 10^{{{int(exponent)}}}" if exponent else _CELLS.get(text, text)
