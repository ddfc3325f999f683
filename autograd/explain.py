"""The chain rule path by path: why a gradient is what it is.

Backward adds up at every Value on the way; here each path from a Value to the result stands on its own.
"""

import math
from dataclasses import dataclass
from typing import Any

from autograd.trace import backward_pass, check_whole, node_names, shown, table
from autograd.value import Value, recorded

# Counting goes no further, so that its numbers stay short: n doublings in a row make 2**n paths.
_COUNTED = 10**18

# Paths of a deep graph are long: so many steps in all need some hundred megabytes.
_MOST_STEPS = 10_000_000


@dataclass(frozen=True, slots=True)
class Path:
    """One way along which a change of a Value reaches the result.

    Attributes:
        names: the Values on the way, from the node to the output, both included.
        slopes: the slope along each edge between them.
        product: the slopes multiplied in the order of the backward pass, from the output to the node.
        share: product / gradient; None where the gradient is 0 or not finite, and nothing can be a part of it. The
            shares add up to 1 but for the rounding.
    """

    names: tuple[str, ...]
    slopes: tuple[float, ...]
    product: float
    share: float | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """A gradient as the sum over all paths; print it to read it.

    ``math.fsum`` of the products and the rounding is the gradient: to the bit, unless the products cancel so far that
    the rounding is of the gradient's own size, and to the rounding's last bit then.

    Attributes:
        output: the name of the result.
        node: the name of the Value whose gradient is explained.
        paths: those of the largest products first; a repeated operand, as in a + a, makes two.
        gradient: the derivative of output with respect to node, the very double that ``output.backward()`` works out.
        rounding: what backward, which adds up on the way, rounded off: the gradient less the exact sum of the products,
            or 0.0 where that sum, rounded once, is the gradient. It is 0.0 where the gradient is not finite, and inf
            or nan where only the products are too large for doubles.
    """

    output: str
    node: str
    paths: tuple[Path, ...]
    gradient: float
    rounding: float

    def __str__(self) -> str:
        derivative = f"d{self.output}/d{self.node}"
        if not self.paths:
            return f"{derivative} = 0: nothing flows back along any way from {self.node} to {self.output}"
        rows = [(" → ".join(path.names), _product(path), _percent(path.share)) for path in self.paths]
        if self.rounding != 0.0:
            rows.append(("rounding", shown(self.rounding), ""))
        whole = 1.0 if self.paths[0].share is not None else None
        rows.append((f"sum: {derivative}", shown(self.gradient), _percent(whole)))
        return table(("path", "product of the slopes", "share"), rows)


def explain(output: Value, node: Value, most: int = 1000) -> Explanation:
    """Every path from node to output, with the product of the slopes along it and its share of the gradient.

    The gradient is the one that ``output.backward()`` gives the node. Backward multiplies in the same order but rounds
    after every addition: where there is one path its product is the gradient, elsewhere ``rounding`` says what the
    products miss it by. An edge along which nothing flows, such as the side that relu did not take, is on no path.

    Args:
        output: the result.
        node: a Value that output was made from, or output itself.
        most: how many paths there may be.

    Raises:
        TypeError: output or node is not a Value, or most is no whole number.
        ValueError: node is no part of the graph of output, or there are more paths than ``most``, or than memory
            should be spent on; or most is below 0.
    """
    for value in (output, node):
        if not isinstance(value, Value):
            raise TypeError(f"explain of {value!r}: Values are needed, for the output and for the node")
    check_whole("most", most, least=0)
    names = node_names(output)
    if id(node) not in names:
        raise ValueError(f"{node!r} is no part of the graph of '{names[id(output)]}': explain a Value it was made from")
    ways = _ways(output, node)
    _check_bounds(*ways.get(id(output), (0, 0)), most, f"from '{names[id(node)]}' to '{names[id(output)]}'")
    gradient = _gradient(output, node)
    paths = [_path(trail, node, product, gradient, names) for product, trail in _followed(output, node, ways)]
    paths.sort(key=lambda path: (math.isnan(path.product), abs(path.product)), reverse=True)
    rounding = _rounding(gradient, [path.product for path in paths])
    return Explanation(names[id(output)], names[id(node)], tuple(paths), gradient, rounding)


def _check_bounds(paths: int, steps: int, most: int, where: str) -> None:
    if paths > most:
        number = f"{paths:,}" if paths < _COUNTED else f"over {_COUNTED:,}"
        raise ValueError(
            f"{number} paths lead {where}: more than {most:,}; explain a Value nearer to the output, or raise most"
        )
    if steps > _MOST_STEPS:
        raise ValueError(
            f"the paths {where} have {steps:,} steps in all: more than {_MOST_STEPS:,}; "
            "explain a Value nearer to the output"
        )


def _gradient(output: Value, node: Value) -> float:
    # To the output no edge leads, to every other Value of the graph at least one, even where nothing flows.
    gradient = 1.0
    for edge in backward_pass(output, seed=1.0):
        if edge.operand is node:
            _, gradient = edge.added
    return gradient


def _edges(value: Value) -> list[tuple[Value, float]]:
    """The operands that something flows to, and the slopes."""
    return [
        (operand, slope)
        for operand, slope in zip(value.operands, value.slopes, strict=True)
        if isinstance(operand, Value) and slope is not None
    ]


def _ways(output: Value, node: Value) -> dict[int, tuple[int, int]]:
    """For each Value that a path from node leads to, how many do and how many steps they have in all."""
    ways = {id(node): (1, 0)}
    for value in recorded(output):
        before = [ways[id(operand)] for operand, _ in _edges(value) if id(operand) in ways]
        if before:
            paths = sum(paths for paths, _ in before)
            steps = sum(steps for _, steps in before) + paths
            ways[id(value)] = min(paths, _COUNTED), min(steps, _COUNTED)
    return ways


def _followed(output: Value, node: Value, ways: dict[int, tuple[int, int]]) -> list[tuple[float, Any]]:
    """Each path's product and its trail, (value, slope, trail up to there) from the last step back to output."""
    found = []
    stack: list[tuple[Value, float, Any]] = [(output, 1.0, None)]
    while stack:
        value, product, trail = stack.pop()
        if value is node:
            found.append((product, trail))
            continue
        for operand, slope in reversed(_edges(value)):
            # Elsewhere the search would come to an end without having met node.
            if id(operand) in ways:
                stack.append((operand, slope * product, (value, slope, trail)))
    return found


def _path(trail: Any, node: Value, product: float, gradient: float, names: dict[int, str]) -> Path:
    passed, slopes = [names[id(node)]], []
    while trail is not None:
        value, slope, trail = trail
        passed.append(names[id(value)])
        slopes.append(slope)
    share = product / gradient if gradient != 0.0 and math.isfinite(gradient) else None
    return Path(tuple(passed), tuple(slopes), product, share)


def _rounding(gradient: float, products: list[float]) -> float:
    if not math.isfinite(gradient):
        # An inf or a nan is not made up of parts: there are no shares either.
        return 0.0
    try:
        return 0.0 if math.fsum(products) == gradient else math.fsum([gradient, *(-product for product in products)])
    except (OverflowError, ValueError):
        # Products of inf and −inf, or too large to be added.
        return math.nan


def _product(path: Path) -> str:
    if len(path.slopes) < 2:
        return shown(path.product)
    return f"{' × '.join(map(shown, path.slopes))} = {shown(path.product)}"


def _percent(share: float | None) -> str:
    return "" if share is None else f"{shown(100.0 * share, 4)} %"
