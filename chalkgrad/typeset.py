"""Equations as lines of text: matrices in tall brackets, signs at half their height, broken where the room ends.

Everything is a block, lines of equal length; blocks are set beside each other, each centred on the height of the line.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Final

from chalkgrad.activations import NOTATION, Formula
from chalkgrad.cells import MOST, SINGLE, Cells, elided, runs

_Block = list[str]
# The pieces of a formula that stand on a line, and what they look like.
_Line = tuple[Formula, _Block]

_SIGNS: Final = {activation.sign for activation in NOTATION.values() if activation.sign}
_TIGHT_AFTER: Final = {"(", "-", "step", *_SIGNS, *(f"{sign}′" for sign in _SIGNS)}
_TIGHT_BEFORE: Final = {")", "ᵀ", "²"}
_BETWEEN: Final = {"+", "−", "⊙"}


def equation(name: str, formulas: Sequence[Formula], numbers: Mapping[str, Cells], width: int) -> str:
    """``name = formula`` and, below it, the other formulas, the last one with its numbers put in, and the result."""
    room = width - len(name) - 3
    sides = [_blocks(_set(formula, _symbol, room)) for formula in formulas]
    # A formula that only names another quantity has no numbers to put in that the result would not repeat.
    if formulas and len(formulas[-1]) > 1:
        _, lines = _with_numbers(formulas[-1], numbers, room)
        sides.append(_blocks(lines))
    sides.append(_result(name, numbers[name], room))
    return "\n".join(_equated(name, sides))


def broken(formula: Formula, numbers: Mapping[str, Cells], room: int) -> tuple[int, list[Formula]]:
    """How many columns of each matrix fit when its numbers are put into a formula, and the formula line by line."""
    most, lines = _with_numbers(formula, numbers, room)
    return most, [tokens for tokens, _ in lines]


def _equated(name: str, sides: Iterable[Sequence[_Block]]) -> Iterator[str]:
    left = name
    for side in sides:
        sign = "="
        for block in side:
            for line in _beside([[left.ljust(len(name))], [sign], block], [" ", " "]):
                yield line.rstrip()
            left, sign = "", " "


def _result(name: str, cells: Cells, room: int) -> list[_Block]:
    blocks = []
    for title, run in runs(cells, room):
        if title:
            blocks.append([title])
        blocks.append(_matrix(name, run))
    return blocks


def _with_numbers(formula: Formula, numbers: Mapping[str, Cells], room: int) -> tuple[int, list[_Line]]:
    """The formula with as many columns of each matrix as fit the room; if none do, broken inside its parentheses."""
    for whole, most in product((True, False), range(MOST, 0, -1)):
        lines = _set(formula, lambda token: _put_in(token, numbers, most), room, whole)  # noqa: B023 - called at once
        if max(len(block[0]) for block in _blocks(lines)) <= room:
            break
    return most, lines


def _set(formula: Formula, block_of: Callable[[str], _Block], room: int, whole: bool = True) -> list[_Line]:
    """A formula in lines, one under another where a line would be wider than ``room``."""
    lines: list[_Line] = []
    for group in _groups(formula, whole):
        block = _group(group, block_of)
        if lines and len(lines[-1][1][0]) + 1 + len(block[0]) <= room:
            tokens, before = lines[-1]
            lines[-1] = ((*tokens, *group), _beside([before, block], [" "]))
        else:
            lines.append((tuple(group), block))
    return lines


def _blocks(lines: Iterable[_Line]) -> list[_Block]:
    return [block for _, block in lines]


def _groups(formula: Formula, whole: bool) -> Iterator[list[str]]:
    """The pieces of a formula between which a line may end; ``whole`` keeps parentheses in one piece."""
    group: list[str] = []
    depth = 0
    for token in formula:
        may_end = depth == 0 or not whole
        if group and may_end and group[-1] not in _TIGHT_AFTER | _BETWEEN and token not in _TIGHT_BEFORE:
            yield group
            group = []
        depth += (token == "(") - (token == ")")
        group.append(token)
    yield group


def _group(group: Sequence[str], block_of: Callable[[str], _Block]) -> _Block:
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


def _symbol(token: str) -> _Block:
    return [token]


def _put_in(token: str, numbers: Mapping[str, Cells], most: int) -> _Block:
    if token == "1/n":
        return [f"1/{numbers['n'][0][0]}"]
    return _matrix(token, elided(numbers[token], most)) if token in numbers else [token]


def _matrix(name: str, cells: Cells) -> _Block:
    if name in SINGLE:
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
