"""A solution as a person would write it down: for each quantity the formula, the numbers put in, the result.

Text and Markdown say the same; the first sets matrices in brackets line by line, the second in LaTeX.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeVar

from autograd.text import printable
from chalkgrad.problem import Matrix
from chalkgrad.solution import Formula, Quantity, Solution, Step

_T = TypeVar("_T")

# A matrix as text, number by number.
_Cells = list[list[str]]

#: Columns of text on a line.
WIDTH: Final = 100

# A matrix with numbers put into a formula is shown by its corners beyond this size; results are always whole.
_MOST_ROWS: Final = 8
_MOST_COLUMNS: Final = 8

_HEADINGS: Final = {"Z1": "Forward pass", "E": "Loss", "delta": "Backward pass", "dW": "Gradients", "W": "Update"}
# Quantities that are one number, not a matrix of one.
_SINGLE: Final = {"mse", "loss", "n", "η"}
_TIGHT_AFTER: Final = {"(", "σ", "tanh", "relu", "step", "σ′", "tanh′", "relu′"}
_TIGHT_BEFORE: Final = {")", "ᵀ", "²"}
_BETWEEN: Final = {"+", "−", "⊙"}
_LATEX: Final = {
    "−": "-",
    "⊙": r"\odot",
    "σ": r"\sigma",
    "σ′": r"\sigma'",
    "tanh": r"\tanh",
    "tanh′": r"\tanh'",
    "relu": r"\operatorname{relu}",
    "relu′": r"\operatorname{relu}'",
    "step": r"\operatorname{step}",
    "ᵀ": r"^{\mathsf T}",
    "²": r"^{2}",
    "Σ": r"\sum",
    "½": r"\tfrac{1}{2}",
    "1/n": r"\tfrac{1}{n}",
    "η": r"\eta",
    "(": r"\left(",
    ")": r"\right)",
}


def to_text(solution: Solution, decimals: int = 4, width: int = WIDTH) -> str:
    """The working as plain text.

    Args:
        decimals: of every worked-out number, 0 to 17.
        width: columns after which a line is broken between two signs.

    Raises:
        ValueError: decimals is out of range.
    """
    _check(decimals)
    parts = [printable(solution.problem.title), *_given_text(solution.steps[0], decimals)]
    for count, step in enumerate(solution.steps, 1):
        if len(solution.steps) > 1:
            parts.append(_heading(f"Step {count} of {len(solution.steps)}", "="))
        for heading, quantity in _with_headings(step):
            if heading:
                parts.append(_heading(heading, "-"))
            parts.append(_quantity_text(step, quantity, decimals, width))
        parts.append(_closing(step, decimals))
    return "\n\n".join(part for part in parts if part) + "\n"


def to_markdown(solution: Solution, decimals: int = 4) -> str:
    """The working as Markdown with LaTeX formulas between dollar signs, as GitHub and Jupyter show them.

    Args:
        decimals: of every worked-out number, 0 to 17.

    Raises:
        ValueError: decimals is out of range.
    """
    _check(decimals)
    title = re.sub(r"([\\`*_{}\[\]<>()#+!|$&~-])", r"\\\1", printable(solution.problem.title))
    parts = [f"# {title}" if title else "", "## Given"]
    for name, matrix in solution.steps[0].given().items():
        parts.append(f"$$\n{_latex_token(name)} = {_latex_matrix(name, _given_cells(matrix, decimals))}\n$$")
    for count, step in enumerate(solution.steps, 1):
        several = f" (step {count} of {len(solution.steps)})" if len(solution.steps) > 1 else ""
        for heading, quantity in _with_headings(step):
            if heading:
                parts.append(f"## {heading}{several}")
            parts.append(f"**{quantity.name}**: {quantity.meaning}")
            parts.append(_quantity_latex(step, quantity, decimals))
        parts.append(_closing(step, decimals))
    return "\n\n".join(part for part in parts if part) + "\n"


def _check(decimals: int) -> None:
    if not 0 <= decimals <= 17:
        raise ValueError(f"decimals = {decimals}: a number from 0 to 17 is needed")


def _with_headings(step: Step) -> Iterable[tuple[str | None, Quantity]]:
    """Each quantity, with the heading of the part of the working that it begins."""
    headings = dict(_HEADINGS)
    for quantity in step.quantities:
        kind = quantity.name if quantity.name in headings else re.sub(r"[0-9].*", "", quantity.name)
        yield headings.pop(kind, None), quantity


def _closing(step: Step, decimals: int) -> str:
    # As many decimals as it takes to see that the loss has moved.
    for places in range(decimals, 18):
        before, after = number(step.loss.data, places), number(step.loss_after, places)
        if before != after:
            break
    return f"After the step the loss is {after} (it was {before}): ready for another forward pass."


def number(value: float, decimals: int) -> str:
    """value with so many decimals, or in scientific notation where that would run to over 15 digits."""
    return f"{value:z.{decimals}f}" if abs(value) < 1e15 or value - value != 0.0 else f"{value:.{decimals}e}"


# Text ----------------------------------------------------------------------------------------------------------------

# Lines of equal length that are set beside others, each block centred on the height of the line.
_Block = list[str]


def _heading(text: str, line: str) -> str:
    return f"{text}\n{line * len(text)}"


def _given_text(step: Step, decimals: int) -> list[str]:
    parts = [_heading("Given", "-")]
    for name, matrix in step.given().items():
        blocks = _result_blocks(name, _given_cells(matrix, decimals), WIDTH - len(name) - 3)
        parts.append("\n".join(_equations(name, [blocks])))
    return parts


def _quantity_text(step: Step, quantity: Quantity, decimals: int, width: int) -> str:
    room = width - len(quantity.name) - 3
    numbers = _numbers(step, decimals)
    symbols = [_lines_of_blocks(formula, _symbol_block, room) for formula in quantity.formulas]
    worked = _lines_of_blocks(quantity.formulas[-1], lambda token: _number_block(token, numbers), room)
    result = _result_blocks(quantity.name, _cells(quantity.matrix, decimals), room)
    # A formula that only names another quantity has no numbers to put in that the result would not repeat.
    sides = [*symbols, result] if len(quantity.formulas[-1]) == 1 else [*symbols, worked, result]
    return "\n".join([f"{quantity.name}: {quantity.meaning}", *_equations(quantity.name, sides)])


def _equations(name: str, sides: Sequence[Sequence[_Block]]) -> Iterable[str]:
    """``name = side`` and under it ``= side`` for each further one; a side is one or more blocks, one under another."""
    left = name
    for side in sides:
        sign = "="
        for block in side:
            for line in _beside([[left.ljust(len(name))], [sign], block], [" ", " "]):
                yield line.rstrip()
            left, sign = "", " "


def _lines_of_blocks(formula: Formula, block_of: Callable[[str], _Block], room: int) -> list[_Block]:
    """A formula set in blocks, broken outside its parentheses where a line would be wider than ``room``."""
    lines: list[_Block] = []
    for group in _groups(formula):
        block = _group_block(group, block_of)
        if lines and len(lines[-1][0]) + 1 + len(block[0]) <= room:
            lines[-1] = _beside([lines[-1], block], [" "])
        else:
            lines.append(block)
    return lines


def _groups(formula: Formula) -> Iterable[list[str]]:
    """The pieces of a formula between which there is a space, parentheses and what is tied to them kept whole."""
    group: list[str] = []
    depth = 0
    for token in formula:
        if group and depth == 0 and group[-1] not in _TIGHT_AFTER | _BETWEEN and token not in _TIGHT_BEFORE:
            yield group
            group = []
        depth += (token == "(") - (token == ")")
        group.append(token)
    yield group


def _group_block(group: Sequence[str], block_of: Callable[[str], _Block]) -> _Block:
    blocks = [block_of(token) for token in group]
    height = max(map(len, blocks))
    gaps = []
    for place, token in enumerate(group):
        if token in "()":
            blocks[place] = _stretched(token, height)
        if token in ("ᵀ", "²"):
            blocks[place] = [token, *[" "] * (len(blocks[place - 1]) - 1)]
        tight = place == 0 or group[place - 1] in _TIGHT_AFTER or token in _TIGHT_BEFORE
        gaps.append("" if tight else " ")
    return _beside(blocks, gaps[1:])


def _beside(blocks: Sequence[_Block], gaps: Sequence[str]) -> _Block:
    height = max(map(len, blocks))
    padded = []
    for block in blocks:
        above = (height - len(block)) // 2
        blank = " " * len(block[0])
        padded.append([*[blank] * above, *block, *[blank] * (height - len(block) - above)])
    return [
        "".join(part for pair in zip(("", *gaps), line, strict=True) for part in pair)
        for line in zip(*padded, strict=True)
    ]


def _symbol_block(token: str) -> _Block:
    return [token]


def _number_block(token: str, numbers: Mapping[str, _Cells]) -> _Block:
    if token == "1/n":
        return [f"1/{numbers['n'][0][0]}"]
    return _matrix_block(token, numbers[token]) if token in numbers else [token]


def _result_blocks(name: str, cells: _Cells, room: int) -> list[_Block]:
    """A whole matrix, in as many runs of columns as the room asks for, one under another."""
    width = max(len(cell) for row in cells for cell in row)
    step = max(1, (room - 2) // (width + 1))
    if len(cells[0]) <= step:
        return [_matrix_block(name, cells)]
    blocks = []
    for start in range(0, len(cells[0]), step):
        run = [row[start : start + step] for row in cells]
        blocks += [[f"columns {start} to {start + len(run[0]) - 1}"], _matrix_block(name, run)]
    return blocks


def _matrix_block(name: str, cells: _Cells) -> _Block:
    if name in _SINGLE:
        return [cells[0][0]]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    rows = [" ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in cells]
    if len(rows) == 1:
        return [f"[{rows[0]}]"]
    last = len(rows) - 1
    return [f"{_corner('⎡⎢⎣', i, last)}{row}{_corner('⎤⎥⎦', i, last)}" for i, row in enumerate(rows)]


def _stretched(parenthesis: str, height: int) -> _Block:
    if height == 1:
        return [parenthesis]
    shapes = "⎛⎜⎝" if parenthesis == "(" else "⎞⎟⎠"
    return [_corner(shapes, i, height - 1) for i in range(height)]


def _corner(shapes: str, place: int, last: int) -> str:
    return shapes[0] if place == 0 else shapes[2] if place == last else shapes[1]


# Both ----------------------------------------------------------------------------------------------------------------


def _cells(matrix: Matrix, decimals: int) -> _Cells:
    return [[number(value, decimals) for value in row] for row in matrix]


def _given_cells(matrix: Matrix, decimals: int) -> _Cells:
    """A given matrix as it was given, with as few decimals as show it, and at most ``decimals``."""
    numbers = [value for row in matrix for value in row]
    enough = (d for d in range(decimals) if all(float(number(value, d)) == value for value in numbers))
    return _cells(matrix, next(enough, decimals))


def _numbers(step: Step, decimals: int) -> dict[str, _Cells]:
    """What to put into a formula for each name in it."""
    given = {name: _given_cells(matrix, decimals) for name, matrix in step.given().items()}
    worked = {quantity.name: _cells(quantity.matrix, decimals) for quantity in step.quantities}
    return {name: _elided(cells) for name, cells in (given | worked).items()}


def _elided(cells: _Cells) -> _Cells:
    """Of a large matrix only the corners, with dots for the rest."""

    def shortened(whole: list[_T], most: int, dots: _T) -> list[_T]:
        return whole if len(whole) <= most else [*whole[: most - 2], dots, whole[-1]]

    rows = [shortened(row, _MOST_COLUMNS, "…") for row in cells]
    return shortened(rows, _MOST_ROWS, ["⋮"] * len(rows[0]))


# LaTeX ---------------------------------------------------------------------------------------------------------------


def _quantity_latex(step: Step, quantity: Quantity, decimals: int) -> str:
    numbers = _numbers(step, decimals)
    lines = [" ".join(map(_latex_token, formula)) for formula in quantity.formulas]
    worked = quantity.formulas[-1]
    if len(worked) > 1:
        lines.append(" ".join(_latex_numbers(token, numbers) for token in worked))
    lines.append(_latex_matrix(quantity.name, _cells(quantity.matrix, decimals)))
    equations = " \\\\\n".join(f"&= {line}" for line in lines)
    return f"$$\n\\begin{{aligned}}\n{_latex_token(quantity.name)} {equations}\n\\end{{aligned}}\n$$"


def _latex_token(token: str) -> str:
    if token in _LATEX:
        return _LATEX[token]
    match = re.fullmatch(r"(delta|backpropagated|dW|db|[A-Za-z]+?)([0-9]*)(_new)?", token)
    if match is None:
        return token
    stem, layer, new = match.groups()
    stem = {"delta": r"\delta", "dW": r"\mathrm{d}W", "db": r"\mathrm{d}b"}.get(stem, stem)
    if len(stem) > 1 and not stem.startswith("\\"):
        stem = rf"\text{{{stem}}}"
    return stem + (f"_{{{layer}}}" if layer else "") + (r"^{\text{new}}" if new else "")


def _latex_numbers(token: str, numbers: Mapping[str, _Cells]) -> str:
    if token == "1/n":
        return rf"\tfrac{{1}}{{{numbers['n'][0][0]}}}"
    return _latex_matrix(token, numbers[token]) if token in numbers else _latex_token(token)


def _latex_matrix(name: str, cells: _Cells) -> str:
    if name in _SINGLE:
        return cells[0][0]
    dots = {"…": r"\cdots", "⋮": r"\vdots"}
    rows = r" \\ ".join(" & ".join(dots.get(cell, cell) for cell in row) for row in cells)
    return rf"\begin{{bmatrix}} {rows} \end{{bmatrix}}"
