"""Checking gradients: reverse mode against forward mode against differences that know their own error.

A difference quotient is only as good as its step. Here the step is halved again and again and the quotients are
extrapolated, which gives each input an estimate of its derivative together with an estimate of that estimate's error.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from autograd.derivatives import flattened, grad, hvp, jvp
from autograd.operations import Operation
from autograd.trace import node_names
from autograd.value import Value, recorded

_EPSILON = 2.0**-52


@dataclass(frozen=True, slots=True)
class Estimate:
    """A derivative by differences.

    Attributes:
        derivative: the extrapolated quotient.
        error: how far from the true derivative it may be, judged by how much the extrapolations disagree.
        left, right: the one-sided slopes at the smallest step that rounding leaves of use.
        kink: whether they stay apart however small the step, which curvature does not explain.
    """

    derivative: float
    error: float
    left: float
    right: float
    kink: bool

    def agrees(self, derivative: float) -> bool:
        """Whether a derivative is within the error, or just as undefined."""
        if not math.isfinite(derivative) or not math.isfinite(self.derivative):
            return derivative == self.derivative or not math.isfinite(self.error)
        return abs(derivative - self.derivative) <= self.error


@dataclass(frozen=True, slots=True)
class InputCheck:
    """What the three ways give for one input.

    Attributes:
        order: 1 for the gradient, 2 for its derivative along the direction (1, 1, ..., 1).
        input: as in the call: ``0`` for the first argument, ``1[2]`` for a part of the second.
        reverse: by reverse mode.
        forward: by forward mode (over reverse mode where order is 2).
        difference: by central differences.
    """

    order: int
    input: str
    reverse: float
    forward: float
    difference: Estimate


@dataclass(frozen=True, slots=True)
class GradientReport:
    """A line for each input and order; print it to read it."""

    checks: tuple[InputCheck, ...]

    def __str__(self) -> str:
        lines = [f"{'order':5} {'input':8} {'reverse':>24} {'forward':>24} {'difference':>24} {'± error':>9}"]
        for check in self.checks:
            numbers = (check.reverse, check.forward, check.difference.derivative)
            columns = " ".join(f"{number:24.17g}" for number in numbers)
            lines.append(f"{check.order:5} {check.input:8} {columns} {check.difference.error:9.1e}")
        return "\n".join(lines)


class GradientMismatchError(AssertionError):
    """The ways to a derivative disagree; the message names the input, the numbers and the operation at fault."""


def check_gradients(function: Callable[..., Any], *arguments: Any) -> GradientReport:
    """Check the first and second derivatives of a function of numbers at a point, for every input.

    Reverse mode is held against forward mode, to rounding, and against central differences, within the error that
    these estimate for themselves.

    Args:
        function: gives one number.
        arguments: numbers, or lists, tuples or NumPy arrays of numbers.

    Raises:
        GradientMismatchError: a derivative is wrong. The message names the operation at fault, found by checking every
            slope of the recorded graph on its own, or the kink that lies within the step of the differences.
        TypeError, ValueError: as value_and_grad.
    """
    point = _Point(function, arguments)
    places = range(len(point.numbers))
    units = [[float(place == other) for other in places] for place in places]
    gradient = point.gradient(point.numbers)
    checks = []
    for place, unit in zip(places, units, strict=True):
        forward = float(jvp(point.call, (point.numbers,), (unit,))[1])
        estimate = central_difference(point.value_along(unit), point.scale(place))
        checks.append(_checked(point, 1, place, gradient[place], forward, estimate))
    ones = [1.0] * len(places)
    reverse_over_reverse = grad(lambda numbers: sum(grad(point.call)(numbers)))(point.numbers)
    forward_over_reverse = hvp(point.call, point.numbers, ones)
    for place in places:
        estimate = central_difference(point.gradient_along(ones, place), max(map(point.scale, places)))
        second = (float(reverse_over_reverse[place]), float(forward_over_reverse[place]))
        checks.append(_checked(point, 2, place, *second, estimate))
    return GradientReport(tuple(checks))


class _Point:
    """A function of many arguments as one of a list of numbers, at a point."""

    def __init__(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        self.function = function
        numbers, self._rebuilt = flattened(arguments)
        self.numbers = [float(number) for number in numbers]
        self.names = [name for place, argument in enumerate(arguments) for name in _names(argument, str(place))]

    def call(self, numbers: list[Any]) -> Any:
        return self.function(*self._rebuilt(numbers))

    def value(self, numbers: list[float]) -> float:
        return float(self.call([Value(number) for number in numbers]))

    def gradient(self, numbers: list[float]) -> list[float]:
        return list(map(float, grad(self.call)(numbers)))

    def value_along(self, direction: list[float]) -> Callable[[float], float]:
        return lambda t: self.value(self.moved(direction, t))

    def gradient_along(self, direction: list[float], place: int) -> Callable[[float], float]:
        return lambda t: self.gradient(self.moved(direction, t))[place]

    def moved(self, direction: list[float], t: float) -> list[float]:
        return [number + t * step for number, step in zip(self.numbers, direction, strict=True)]

    def scale(self, place: int) -> float:
        return _scale(self.numbers[place])


def _names(argument: Any, name: str) -> list[str]:
    if isinstance(argument, list | tuple):
        return [inner for place, part in enumerate(argument) for inner in _names(part, f"{name}[{place}]")]
    shape = getattr(argument, "shape", ())
    if shape:
        import numpy

        return [f"{name}[{','.join(map(str, index))}]" for index in numpy.ndindex(*shape)]
    return [name]


def _checked(point: _Point, order: int, place: int, reverse: float, forward: float, estimate: Estimate) -> InputCheck:
    check = InputCheck(order, point.names[place], reverse, forward, estimate)
    same = reverse == forward or abs(reverse - forward) <= 1e-9 * (1.0 + abs(reverse)) or reverse != reverse
    if same and estimate.agrees(reverse):
        return check
    ways = f"reverse mode gives {reverse:.10g}, forward mode {forward:.10g}, differences {estimate.derivative:.10g}"
    what = "the derivative" if order == 1 else "the second derivative"
    raise GradientMismatchError(
        f"{what} for input {check.input} is in doubt: {ways} (± {estimate.error:.1e}); {_cause(point, estimate)}"
    )


def _cause(point: _Point, estimate: Estimate) -> str:
    output = point.call([Value(number, name) for number, name in zip(point.numbers, point.names, strict=True)])
    fault = operation_at_fault(output) if isinstance(output, Value) else None
    if fault is not None:
        return fault
    if estimate.kink:
        return (
            f"kink within the step: the slope is {estimate.left:.6g} on the left and {estimate.right:.6g} on the right"
        )
    return (
        "every slope in the graph is right: is a part of the calculation done on plain numbers, by float(v) or v.data?"
    )


def operation_at_fault(output: Value) -> str | None:
    """The first operation of a graph with a slope that differences at its own operands do not confirm, in a sentence.

    None where every slope is confirmed. A kink of the operation at its operands is no fault.
    """
    for node in recorded(output):
        numbers = [float(operand) for operand in node.operands]
        for place, slope in enumerate(node.slopes):
            if slope is None or node.op is None:
                continue
            estimate = central_difference(_along(node.op, numbers, place), _scale(numbers[place]))
            if not estimate.agrees(slope) and not estimate.kink:
                culprit = f"the operation {node.op.name!r} that gives {node_names(output)[id(node)]!r}"
                slopes = f"is {slope:.10g}, differences give {estimate.derivative:.10g}"
                return f"{culprit} is at fault: its slope for operand {place} {slopes}"
    return None


def _scale(number: float) -> float:
    return max(abs(number), 1e-3)


def _along(op: Operation, numbers: list[float], place: int) -> Callable[[float], float]:
    return lambda t: op.value(*numbers[:place], numbers[place] + t, *numbers[place + 1 :])


def central_difference(function: Callable[[float], float], scale: float) -> Estimate:
    """The derivative of a function of one number at 0, by central differences extrapolated to the step 0.

    The step starts at an eighth of ``scale`` and is halved; the quotients are extrapolated as Ridders does (Ridders
    1982, "Accurate computation of F′(x) and F′(x) F″(x)"), and the entry of the table that its neighbours confirm
    best is the result. Its error counts their disagreement, ten times, and the rounding of the function's values.
    """
    best, smallest_error = math.nan, math.inf
    row: list[float] = []
    step = scale / 8.0
    for _ in range(24):
        above, below = function(step), function(-step)
        new = [(above - below) / (2.0 * step)]
        for power, before in enumerate(row, 1):
            new.append(new[-1] + (new[-1] - before) / (4.0**power - 1.0))
        noise = _EPSILON * (abs(above) + abs(below)) / step
        for place in range(1, len(new)):
            error = 10.0 * max(abs(new[place] - new[place - 1]), abs(new[place] - row[place - 1])) + 4.0 * noise
            if error < smallest_error:
                best, smallest_error = new[place], error
        row = new[:10] if math.isfinite(new[0]) else []
        step /= 2.0
    return Estimate(best, smallest_error, *_one_sided(function, scale))


def _one_sided(function: Callable[[float], float], scale: float) -> tuple[float, float, bool]:
    """The slopes to the left and to the right, and whether a kink keeps them apart."""
    middle = function(0.0)
    gaps = []
    for step in (scale * 2.0**-14, scale * 2.0**-18):
        left, right = (middle - function(-step)) / step, (function(step) - middle) / step
        gaps.append(abs(right - left))
    # Curvature would make the second gap a sixteenth of the first.
    return left, right, gaps[1] > 0.5 * gaps[0] and gaps[1] > 1e-4 * (abs(left) + abs(right))
