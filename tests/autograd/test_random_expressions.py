"""Random expressions, with sharing and any seed: every way to a value or to a derivative leads to the same number."""

import math
import struct
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from autograd import Operation, Value, gradient, jvp, recorded, trace
from autograd.strategies import Expression, expressions

thorough = settings(max_examples=250)

INPUTS = ("x", "y", "z")

#: Smooth, and defined for every number.
SMOOTH = (
    "add",
    "subtract",
    "multiply",
    "negative",
    "sin",
    "cos",
    "atan",
    "tanh",
    "asinh",
    "exp",
    "sigmoid",
    "softplus",
    "silu",
    "gelu",
    "erf",
    "logaddexp",
)

points = st.tuples(*[st.floats(-2.0, 2.0)] * len(INPUTS))
seeds = st.floats(-8.0, 8.0)


@dataclass(frozen=True)
class Case:
    """An expression and a point to evaluate it at."""

    f: Expression
    point: tuple[float, ...]

    def evaluated(self) -> tuple[Value, list[Value]]:
        """The result and the inputs."""
        xs = list(map(Value, self.point, INPUTS))
        return self.f(*xs), xs

    def backward(self, seed: float = 1.0) -> list[float]:
        """The gradient that backward leaves in the inputs."""
        out, xs = self.evaluated()
        out.backward(seed)
        return [x.grad for x in xs]


#: Any operation, anywhere: many of these meet inf and nan.
wild = st.builds(Case, expressions(inputs=INPUTS), points)


@st.composite
def moderate(draw: st.DrawFn, operations: tuple[str, ...] | None = None) -> Case:
    """A case with no large number or slope in it, so that what rounding does to the result can be told."""
    case = Case(draw(expressions(operations=operations, inputs=INPUTS)), draw(points))
    out, _ = case.evaluated()
    assume(all(abs(number or 0.0) < 100.0 for node in recorded(out) for number in (node.data, *node.slopes)))
    return case


smooth = moderate(SMOOTH)


def bits(number: float) -> bytes:
    """A double's bits, all nans taken for one."""
    return struct.pack("<d", number if number == number else math.nan)


def gross(output: Value, inputs: list[Value]) -> list[float]:
    """The gradients of a recorded graph with all signs dropped: rounding errors are in proportion to these."""
    sizes: defaultdict[int, float] = defaultdict(float, {id(output): 1.0})
    for node in reversed(recorded(output)):
        for operand, slope in zip(node.operands, node.slopes, strict=True):
            sizes[id(operand)] += abs(slope or 0.0) * sizes[id(node)]
    return [sizes[id(x)] for x in inputs]


def is_slope(
    slope: float, function: Callable[[tuple[float, ...]], float], point: tuple[float, ...], place: int
) -> bool:
    """Whether central differences, as far as they can be trusted, give that slope of a function along an input."""

    def along(h: float) -> float:
        ends = (function((*point[:place], point[place] + t, *point[place + 1 :])) for t in (h, -h))
        return (next(ends) - next(ends)) / (2.0 * h)

    # Richardson's extrapolation, whose error term tells how far to trust it.
    once, twice = along(1e-4), along(2e-4)
    estimate, error = (4.0 * once - twice) / 3.0, abs(once - twice)
    return abs(slope - estimate) <= error + 1e-7 * max(1.0, abs(function(point)), abs(slope))


def by_numpy(operation: Operation, *operands: float) -> float:
    """The operation in NumPy's words where it has any."""
    function = getattr(np, operation.numpy) if operation.numpy else operation.value
    with np.errstate(all="ignore"):
        return float(function(*operands))


class TestValues:
    @thorough
    @given(case=wild)
    def test_every_step_is_numpys_within_a_few_ulps(self, case: Case) -> None:
        out, _ = case.evaluated()
        for node in recorded(out):
            assert node.op is not None
            expected = by_numpy(node.op, *map(float, node.operands))
            if math.isfinite(expected):
                assert abs(node.data - expected) <= 4.0 * math.ulp(expected)
            else:
                assert bits(node.data) == bits(expected)

    @thorough
    @given(case=smooth)
    def test_the_result_is_numpys_but_for_what_rounding_makes_of_each_step(self, case: Case) -> None:
        out, _ = case.evaluated()
        out.backward()
        known: dict[Any, float] = dict(zip(INPUTS, case.point, strict=True))
        for step in case.f.steps:
            known[step.name] = by_numpy(step.operation, *(known.get(operand, operand) for operand in step.operands))
        errors = sum(abs(node.grad) * math.ulp(node.data) for node in recorded(out))
        assert abs(out.data - known[case.f.steps[-1].name]) <= 4.0 * errors


class TestGradients:
    @thorough
    @given(case=smooth)
    def test_they_are_those_of_central_differences(self, case: Case) -> None:
        for place, grad in enumerate(case.backward()):
            assert is_slope(grad, lambda point: case.f(*point), case.point, place)

    @thorough
    @given(case=moderate(), seed=seeds, other=seeds)
    def test_they_are_linear_in_the_seed(self, case: Case, seed: float, other: float) -> None:
        out, xs = case.evaluated()
        out.backward(seed)
        out.backward(other)
        for x, one, size in zip(xs, case.backward(), gross(out, xs), strict=True):
            assert abs(x.grad - (seed + other) * one) <= 1e-14 * (abs(seed) + abs(other)) * size + 1e-300

    @thorough
    @given(case=wild, seed=seeds)
    def test_a_trace_follows_backward_to_the_bit(self, case: Case, seed: float) -> None:
        out, xs = case.evaluated()
        totals = {step.node: step.total for step in trace(out, seed).backward}
        out.backward(seed)
        for x in xs:
            assert bits(totals.get(x.label or "", 0.0)) == bits(x.grad)

    @thorough
    @given(case=wild, seed=seeds)
    def test_those_that_can_be_derived_again_are_the_same_to_the_bit(self, case: Case, seed: float) -> None:
        again = gradient(*case.evaluated(), seed)
        assert [bits(g.data) for g in again] == [bits(g) for g in case.backward(seed)]

    @thorough
    @given(case=moderate(), seed=seeds, direction=points)
    def test_forward_mode_agrees_but_for_rounding(self, case: Case, seed: float, direction: tuple[float, ...]) -> None:
        value, tangent = jvp(case.f, case.point, direction)
        assert bits(value) == bits(case.f(*case.point))
        grads, sizes = case.backward(seed), gross(*case.evaluated())
        errors = sum(abs(d) * size for d, size in zip(direction, sizes, strict=True))
        assert abs(seed * tangent - np.dot(grads, direction)) <= 1e-14 * abs(seed) * errors + 1e-300

    @thorough
    @given(case=smooth)
    def test_second_derivatives_are_symmetric(self, case: Case) -> None:
        out, xs = case.evaluated()
        first = gradient(out, xs)
        second = [[h.data for h in gradient(g, xs)] for g in first]
        sizes = [gross(g, xs) for g in first]
        for i in range(len(xs)):
            for j in range(i):
                assert abs(second[i][j] - second[j][i]) <= 1e-13 * (sizes[i][j] + sizes[j][i]) + 1e-300

    @thorough
    @given(case=smooth, place=st.sampled_from(range(len(INPUTS))))
    def test_second_derivatives_are_central_differences_of_first_ones(self, case: Case, place: int) -> None:
        out, xs = case.evaluated()
        for i, second in enumerate(gradient(gradient(out, xs)[place], xs)):
            assert is_slope(second.data, lambda point: Case(case.f, point).backward()[place], case.point, i)
