"""Checking gradients: reverse mode against forward mode against differences that know their own error.

A difference quotient is only as good as its step. Here the step is halved again and again and the quotients are
extrapolated, which gives each input an estimate of its derivative together with an estimate of that estimate's error;
where that error leaves the matter open, the report says so.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise, product
from typing import Any

from autograd.derivatives import flattened, grad, hessian, jvp, value_and_grad
from autograd.trace import node_names
from autograd.value import Value, recorded

_EPSILON = 2.0**-52


@dataclass(frozen=True, slots=True)
class Estimate:
    """A derivative by differences.

    Attributes:
        derivative: the extrapolated quotient; nan where there is none.
        error: how far from the true derivative it may be; inf where the quotients tell nothing, as at a jump.
        settled: whether the error is small beside what the function does nearby, so that agreement means something.
        kink: the slopes to the left and to the right where they stay apart however small the step, else None.
    """

    derivative: float
    error: float
    settled: bool
    kink: tuple[float, float] | None = None

    def agrees(self, derivative: float) -> bool:
        """Whether a derivative is within the error; where differences tell nothing, any is."""
        return abs(derivative - self.derivative) <= self.error or self.error == math.inf


@dataclass(frozen=True, slots=True)
class InputCheck:
    """What the three ways give for one derivative.

    Attributes:
        order: 1 for an entry of the gradient, 2 for one of the Hessian.
        input: as in the call: ``0`` for the first argument, ``1[2]`` for a part of the second; where order is 2,
            ``0 and 1[2]``: what moves, and the entry of the gradient that follows.
        reverse: by reverse mode (over reverse mode where order is 2).
        forward: by forward mode (over reverse mode where order is 2).
        difference: by central differences (of the gradient where order is 2).
    """

    order: int
    input: str
    reverse: float
    forward: float
    difference: Estimate

    @property
    def verdict(self) -> str:
        """``agrees``, or ``inconclusive`` and why: then differences neither confirm the derivative nor refute it."""
        if self.difference.settled:
            return "agrees"
        if self.difference.error == math.inf:
            return "inconclusive: a jump, a pole, a wave or an edge of the domain is within the step"
        return "inconclusive: smaller than what differences can see"


@dataclass(frozen=True, slots=True)
class GradientReport:
    """A line for each entry of the gradient and of the Hessian; print it to read it."""

    checks: tuple[InputCheck, ...]

    @property
    def settled(self) -> bool:
        """Whether differences confirm every derivative, so that no verdict is inconclusive."""
        return all(check.difference.settled for check in self.checks)

    def __str__(self) -> str:
        width = max([8, *(len(check.input) for check in self.checks)])
        numbers = f"{'reverse':>24} {'forward':>24} {'difference':>24} {'± error':>9}"
        lines = [f"order {'input':{width}} {numbers} verdict"]
        for check in self.checks:
            difference = f"{check.difference.derivative:24.17g} {check.difference.error:9.1e}"
            numbers = f"{check.reverse:24.17g} {check.forward:24.17g} {difference}"
            lines.append(f"{check.order:5} {check.input:{width}} {numbers} {check.verdict}")
        return "\n".join(lines)


class GradientMismatchError(AssertionError):
    """The ways to a derivative disagree; the message names the input, the numbers and the operation at fault."""


def check_gradients(function: Callable[..., Any], *arguments: Any) -> GradientReport:
    """Check the gradient and the Hessian of a function of numbers at a point, entry by entry.

    Reverse mode is held against forward mode, to rounding, and against central differences, within the error that
    these estimate for themselves. The function is called at most 103 times for each input, and 2 times besides.

    Differences cannot see everything: a derivative that is lost in the rounding of the function's values (tanh at 20,
    expm1 at −50), or one at a jump, at a pole or at the edge of the domain. What they leave open raises no error, but
    the report calls it inconclusive; ``assert check_gradients(...).settled`` where that is not enough.

    Args:
        function: gives one number.
        arguments: numbers, or lists, tuples or NumPy arrays of numbers.

    Raises:
        GradientMismatchError: a derivative is wrong. The message names the operation at fault, found by checking every
            local derivative of the recorded graph on its own, or the kink that lies within the step of the differences.
        TypeError, ValueError: as value_and_grad.
    """
    point = _Point(function, arguments)
    _, *gradient = point.derived(point.numbers)
    rows = hessian(point.call)(point.numbers)
    first, second = [], []
    for place, slope in enumerate(gradient):
        along, *curvatures = point.differences(place)
        first.append(_checked(point, (place,), slope, point.forward(point.call, place), along))
        for other, column in enumerate(point.forward(grad(point.call), place)):
            second.append(_checked(point, (place, other), rows[other][place], column, curvatures[other]))
    return GradientReport((*first, *second))


class _Point:
    """A function of many arguments as one of a list of numbers, at a point."""

    def __init__(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        self.function = function
        numbers, self._rebuilt = flattened(arguments)
        self.numbers = [float(number) for number in numbers]
        self.names = [name for place, argument in enumerate(arguments) for name in _names(argument, str(place))]

    def call(self, numbers: Sequence[Any]) -> Any:
        return self.function(*self._rebuilt(list(numbers)))

    def derived(self, numbers: list[float]) -> list[float]:
        """The value and then the gradient."""
        value, gradient = value_and_grad(self.call)(numbers)
        return [float(value), *map(float, gradient)]

    def forward(self, function: Callable[[list[Any]], Any], place: int) -> Any:
        """The derivative of a function of the numbers for one of them, by forward mode."""
        # The others get no tangent of 0, which would be nan where their slope is infinite.
        others = [Value(number) for number in self.numbers]
        return jvp(lambda moved: function(_replaced(others, place, moved)), (self.numbers[place],), (1.0,))[1]

    def differences(self, place: int) -> list[Estimate]:
        """The derivative for one of the numbers of the value and then of each entry of the gradient."""
        # One evaluation serves them all.
        derived = cache(lambda moved: self.derived(_replaced(self.numbers, place, moved)))

        def entry(index: int) -> Estimate:
            return central_difference(lambda moved: derived(moved)[index], self.numbers[place])

        return [entry(index) for index in range(1 + len(self.numbers))]


def _replaced(numbers: Sequence[Any], place: int, number: Any) -> list[Any]:
    return [*numbers[:place], number, *numbers[place + 1 :]]


def _names(argument: Any, name: str) -> list[str]:
    if isinstance(argument, list | tuple):
        return [inner for place, part in enumerate(argument) for inner in _names(part, f"{name}[{place}]")]
    shape = getattr(argument, "shape", ())
    if shape:
        import numpy

        return [f"{name}[{','.join(map(str, index))}]" for index in numpy.ndindex(*shape)]
    return [name]


def _checked(point: _Point, places: tuple[int, ...], reverse: float, forward: float, estimate: Estimate) -> InputCheck:
    order, name = len(places), " and ".join(point.names[place] for place in places)
    reverse, forward = float(reverse), float(forward)
    check = InputCheck(order, name, reverse, forward, estimate)
    # Forward mode makes nan of a tangent of 0 and an infinite slope, which reverse mode may not even meet.
    no_number = forward != forward and (reverse != reverse or estimate.error == math.inf)
    same = no_number or math.isclose(reverse, forward, abs_tol=1e-9)
    if same and estimate.agrees(reverse):
        return check
    what = {1: "the derivative for input", 2: "the second derivative for inputs"}[order]
    ways = f"reverse mode gives {reverse:.10g}, forward mode {forward:.10g}, differences {estimate.derivative:.10g}"
    raise GradientMismatchError(
        f"{what} {check.input} is in doubt: {ways} (± {estimate.error:.1e}); {_cause(point, order, estimate)}"
    )


# Who is to blame -----------------------------------------------------------------------------------------------------

_DERIVATIVE = {1: "slope", 2: "second derivative"}


def _cause(point: _Point, order: int, estimate: Estimate) -> str:
    output = point.call([Value(number, name) for number, name in zip(point.numbers, point.names, strict=True)])
    told = (
        (operation_at_fault(output, order) or _awkward_operation(output, order)) if isinstance(output, Value) else None
    )
    if told is not None:
        return told
    if estimate.kink is not None:
        return f"kink within the step: {_sides(order, estimate.kink)}"
    return (
        "every slope in the graph is right: is a part of the calculation done on plain numbers, by float(v) or v.data?"
    )


def operation_at_fault(output: Value, order: int = 1) -> str | None:
    """The first operation of a graph with a derivative that differences at its own operands refute, in a sentence.

    None where none is refuted. A kink of the operation at its operands is no fault.

    Args:
        order: 1 for the slopes alone, 2 for each operation's second derivatives besides.
    """
    for local in _local_derivatives(output, order):
        if not local.estimate.agrees(local.claimed) and local.estimate.kink is None:
            culprit = f"the operation {local.operation!r} that gives {node_names(output)[id(local.node)]!r}"
            operands = f"operand{'s' if len(local.places) > 1 else ''} {' and '.join(map(str, local.places))}"
            numbers = f"is {local.claimed:.10g}, differences give {local.estimate.derivative:.10g}"
            return f"{culprit} is at fault: its {_DERIVATIVE[len(local.places)]} for {operands} {numbers}"
    return None


def _awkward_operation(output: Value, order: int) -> str | None:
    """The first operation with a kink at its operands (of its slope, where order is 2), or a jump, a pole, an edge."""
    for local in _local_derivatives(output, order):
        operand = local.node.operands[local.places[-1]]
        place = f"of {local.operation!r} at {node_names(output)[id(operand)]!r} = {float(operand):g}"
        if local.estimate.kink is not None:
            return f"kink within the step: kink {place}, where {_sides(len(local.places), local.estimate.kink)}"
        if local.estimate.error == math.inf:
            return f"jump, pole or edge of the domain within the step: {place}"
    return None


def _sides(order: int, kink: tuple[float, float]) -> str:
    return f"the {_DERIVATIVE[order]} is {kink[0]:.6g} on the left and {kink[1]:.6g} on the right"


@dataclass(frozen=True, slots=True)
class _LocalDerivative:
    """A derivative of one node for one of its operands, or for two, as its rule claims it and as differences see it."""

    operation: str
    node: Value
    places: tuple[int, ...]
    claimed: float
    estimate: Estimate


def _local_derivatives(output: Value, order: int) -> Iterator[_LocalDerivative]:
    """Every node's slopes and then, where order is 2, every node's second derivatives."""
    for node, depth in ((node, depth) for depth in range(1, order + 1) for node in recorded(output)):
        assert node.op is not None
        numbers = [float(operand) for operand in node.operands]
        inner = [place for place, operand in enumerate(node.operands) if isinstance(operand, Value)]
        for places in product(inner, repeat=depth):
            if depth == 1:
                # Along a side not taken nothing flows.
                function, claimed = node.op.value, node.slopes[places[0]] or 0.0
            else:
                function = grad(node.op, places[0])
                claimed = grad(function, places[1])(*numbers)
            yield _LocalDerivative(node.op.name, node, places, claimed, _difference(function, numbers, places[-1]))


def _difference(function: Callable[..., float], numbers: list[float], place: int) -> Estimate:
    return central_difference(lambda number: function(*_replaced(numbers, place, number)), numbers[place])


# Differences ---------------------------------------------------------------------------------------------------------


def central_difference(function: Callable[[float], float], number: float) -> Estimate:
    """The derivative of a function at a number, by central differences extrapolated to the step 0.

    The step starts at a quarter to a half of the number and is halved until rounding is all that is left. The quotients
    are extrapolated as Ridders does (Ridders 1982, "Accurate computation of F′(x) and F′(x) F″(x)"), and the entry of
    the table that its neighbours confirm best is the result, among those that no smaller step contradicts. Its error
    counts their disagreement, ten times, and the noise of the function's values. At most 101 calls.
    """
    if not math.isfinite(number):
        return _NOTHING
    middle = function(number)
    probes = [_Probe(step, function(number - step), middle, function(number + step)) for step in _steps(number)]
    if _breaks(probes):
        return _NOTHING
    useful = _without_stairs(probes)
    return _estimate(useful, _noise(useful), _last_digit(number))


_NOTHING = Estimate(math.nan, math.inf, settled=False)


@dataclass(frozen=True, slots=True)
class _Probe:
    """A function's values at a number and a step to either side."""

    step: float
    below: float
    middle: float
    above: float

    @property
    def quotient(self) -> float:
        return (self.above - self.below) / (2.0 * self.step)

    @property
    def sides(self) -> tuple[float, float]:
        """The slopes to the left and to the right."""
        return (self.middle - self.below) / self.step, (self.above - self.middle) / self.step

    @property
    def steepest(self) -> float:
        return max(map(abs, self.sides))

    @property
    def flat(self) -> bool:
        return self.below == self.middle == self.above

    @property
    def gap(self) -> float:
        """Between the slopes to the left and to the right."""
        return self.sides[1] - self.sides[0]


def _steps(number: float) -> list[float]:
    """Powers of two, which add to the number exactly, from a quarter of it or more down to where it rounds."""
    first = math.ldexp(0.25, math.frexp(max(abs(number), 2.0**-10))[1])
    smallest = 4.0 * _last_digit(number)
    return [step for step in (first * 0.5**halvings for halvings in range(64)) if step >= smallest]


def _last_digit(number: float) -> float:
    """What a calculation may lose of a number: whatever the number, there may be a 1 that it is added to."""
    return _EPSILON * max(abs(number), 1.0)


def _without_stairs(probes: list[_Probe]) -> list[_Probe]:
    """The probes without the smallest steps where the values are all the same, as they are in a tread of rounding."""
    varying = [place for place, probe in enumerate(probes) if not probe.flat]
    # What is flat from larger steps on may be so in truth.
    return probes[: varying[-1] + 1] if varying and varying[-1] >= 24 else probes


def _breaks(probes: list[_Probe]) -> bool:
    """Whether the smallest steps show no slope, or one that grows with each: at a jump, a pole or an edge."""
    growing = all(after.steepest > 1.01 * before.steepest for before, after in pairwise(probes[-12:]))
    return growing or not math.isfinite(probes[-1].steepest)


def _noise(probes: list[_Probe]) -> list[float]:
    """What rounding may do to each quotient; inf where the values are rough by more, as in a wave of finer steps."""
    # In the smallest steps the quotients differ by rounding alone.
    last = pairwise(probes[-7:])
    rounding = max(abs(after.step * (after.quotient - before.quotient)) for before, after in last)
    if rounding > 1e-3 * max(max(abs(probe.below), abs(probe.above)) for probe in probes):
        rounding = math.inf
    return [4.0 * max(rounding, _EPSILON * (abs(probe.below) + abs(probe.above))) / probe.step for probe in probes]


def _estimate(probes: list[_Probe], noise: list[float], last_digit: float) -> Estimate:
    """The best entry of Ridders's table; nothing where smaller steps contradict every one."""
    constant = all(probe.flat for probe in probes)
    best, smallest_error = _NOTHING, math.inf
    row: list[float] = []
    for place, probe in enumerate(probes):
        new = [probe.quotient]
        for power, before in enumerate(row, 1):
            new.append(new[-1] + (new[-1] - before) / (4.0**power - 1.0))
        # What becomes of the slope where the number is off by its last digit.
        allowance = last_digit * abs(probe.gap) / probe.step
        for column in range(1, len(new)):
            entry = new[column]
            error = 10.0 * max(abs(entry - new[column - 1]), abs(entry - row[column - 1])) + noise[place]
            # As the step shrinks the quotients must come no less close; in larger steps a wave may look like a line.
            slack = error + abs(probe.quotient - entry)
            smaller = zip(probes[place + 1 :], noise[place + 1 :], strict=True)
            if error < smallest_error and all(abs(at.quotient - entry) <= slack + rough for at, rough in smaller):
                settled = constant or error <= 1e-3 * max(abs(entry), probe.steepest)
                best, smallest_error = Estimate(entry, error + allowance, settled), error
        row = new
    return replace(best, kink=_kink(probes, noise))


def _kink(probes: list[_Probe], noise: list[float]) -> tuple[float, float] | None:
    """The slopes to either side, where they stay as far apart for the last 8 halvings that rounding lets them show."""
    shown = [probe for probe, rough in zip(probes, noise, strict=True) if abs(probe.gap) > rough][-8:]
    # Curvature would halve the gap with each step.
    gaps = [abs(probe.gap) for probe in shown]
    return shown[0].sides if len(shown) == 8 and max(gaps) < 2.0 * min(gaps) else None
