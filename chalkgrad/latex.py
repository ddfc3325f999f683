"""Equations in LaTeX, with no macro that GitHub's Markdown or Jupyter refuses."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from chalkgrad.activations import NOTATION, Formula
from chalkgrad.cells import SINGLE, Cells, elided, runs

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
    "(": r"\left(",
    ")": r"\right)",
    **{activation.sign: activation.latex for activation in NOTATION.values() if activation.sign},
    **{f"{activation.sign}′": f"{activation.latex}'" for activation in NOTATION.values() if activation.sign},
}
_STEMS: Final = {"delta": r"\delta", "dW": r"\mathrm{d}W", "db": r"\mathrm{d}b"}
_CELLS: Final = {"…": r"\cdots", "⋮": r"\vdots", "inf": r"\infty", "-inf": r"-\infty", "nan": r"\mathrm{nan}"}


def equation(name: str, formulas: Sequence[Formula], numbers: Mapping[str, Cells]) -> str:
    """``name = formula`` and, below it, the other formulas, the last one with its numbers put in, and the result."""
    sides = [" ".join(map(_token, formula)) for formula in formulas]
    # A formula that only names another quantity has no numbers to put in that the result would not repeat.
    if formulas and len(formulas[-1]) > 1:
        sides.append(" ".join(_put_in(token, numbers) for token in formulas[-1]))
    lines = [f"&= {side}" for side in (*sides, *_result(name, numbers[name]))]
    if len(lines) == 1:
        return f"$$\n{_token(name)} {lines[0].removeprefix('&')}\n$$"
    return "$$\n\\begin{aligned}\n" + _token(name) + " " + " \\\\\n".join(lines) + "\n\\end{aligned}\n$$"


def _result(name: str, cells: Cells) -> Iterator[str]:
    for title, run in runs(cells, _ROOM):
        yield rf"\text{{{title}:}} {_matrix(name, run)}" if title else _matrix(name, run)


def _token(token: str) -> str:
    if token in _TOKENS:
        return _TOKENS[token]
    match = re.fullmatch(r"(delta|backpropagated|dW|db|[A-Za-z]+?)([0-9]*)(_new)?", token)
    if match is None:
        return token
    stem, layer, new = match.groups()
    stem = _STEMS.get(stem, stem if len(stem) == 1 else rf"\text{{{stem}}}")
    return stem + (f"_{{{layer}}}" if layer else "") + (r"^{\text{new}}" if new else "")


def _put_in(token: str, numbers: Mapping[str, Cells]) -> str:
    if token == "1/n":
        return rf"\tfrac{{1}}{{{numbers['n'][0][0]}}}"
    return _matrix(token, elided(numbers[token])) if token in numbers else _token(token)


def _matrix(name: str, cells: Cells) -> str:
    rows = r" \\ ".join(" & ".join(map(_cell, row)) for row in cells)
    return rows if name in SINGLE else rf"\begin{{bmatrix}} {rows} \end{{bmatrix}}"


def _cell(text: str) -> str:
    digits, _, exponent = text.partition("e")
    return rf"{digits} \times 10^{{{int(exponent)}}}" if exponent else _CELLS.get(text, text)
