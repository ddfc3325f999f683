"""Numbers as they are written down, matrix by matrix, before they are set as text or LaTeX."""

from collections.abc import Iterator
from typing import Final, TypeVar

from autograd.text import decimal, exact
from chalkgrad.problem import Matrix

_T = TypeVar("_T")

#: A matrix as text, number by number.
Cells = list[list[str]]

#: Quantities that are one number, not a matrix of one, in every notation.
SINGLE: Final = {"mse", "loss", "E_total", "n", "η", "l"}

#: A matrix put into a formula is shown by its corners beyond this size; a result is always whole.
MOST: Final = 8


def worked_cells(matrix: Matrix, decimals: int) -> Cells:
    """A matrix of worked-out numbers."""
    return [[decimal(value, decimals) for value in row] for row in matrix]


def given_cells(matrix: Matrix) -> Cells:
    """A matrix of given numbers."""
    return [[exact(value) for value in row] for row in matrix]


def elided(cells: Cells, most: int = MOST) -> Cells:
    """Of a matrix with more than ``most`` columns the first ones and the last, with dots between; of rows alike."""

    def shortened(whole: list[_T], most: int, dots: _T) -> list[_T]:
        if len(whole) <= most:
            return whole
        return [*whole[: most - 2], dots, whole[-1]] if most > 2 else [whole[0], dots]

    rows = [shortened(row, most, "…") for row in cells]
    return shortened(rows, MOST, ["⋮"] * len(rows[0]))


def runs(cells: Cells, room: int) -> Iterator[tuple[str, Cells]]:
    """A whole matrix in as many runs of columns as lines of ``room`` characters ask for, each with its title.

    The title is empty where one run is enough; columns count from 0, as they do in labels.
    """
    widest = max(len(cell) for row in cells for cell in row)
    # Each number takes a space or a bracket with it, and there is one bracket more than numbers.
    step = max(1, (room - 1) // (widest + 1))
    columns = len(cells[0])
    if columns <= step:
        yield "", cells
        return
    for start in range(0, columns, step):
        last = min(start + step, columns) - 1
        title = f"column {start}" if start == last else f"columns {start} to {last}"
        yield title, [row[start : last + 1] for row in cells]
