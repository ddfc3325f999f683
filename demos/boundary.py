"""What the demos show a trained network with: where it says which of two classes, as a picture of characters."""

from collections.abc import Callable, Sequence


def picture(
    score: Callable[[list[float]], float],
    X: Sequence[Sequence[float]],
    y: Sequence[float],
    columns: int = 64,
    rows: int = 24,
) -> str:
    """The plane around the points, shaded where the score is above 0, and the points: ``o`` below, ``x`` above.

    Args:
        score: of a point, by the network.
        X: points of the plane.
        y: the class of each, above 0 or not.
    """
    (left, right), (bottom, top) = (_bounds(axis) for axis in zip(*X, strict=True))
    width, height = (right - left) / (columns - 1), (top - bottom) / (rows - 1)
    cells = [
        ["·" if score([left + column * width, top - row * height]) > 0.0 else " " for column in range(columns)]
        for row in range(rows)
    ]
    for (x0, x1), target in zip(X, y, strict=True):
        cells[round((top - x1) / height)][round((x0 - left) / width)] = "x" if target > 0.0 else "o"
    return "\n".join("".join(row).rstrip() for row in cells)


def _bounds(numbers: Sequence[float]) -> tuple[float, float]:
    """From a bit below the smallest number to a bit above the largest."""
    margin = 0.15 * (max(numbers) - min(numbers))
    return min(numbers) - margin, max(numbers) + margin
