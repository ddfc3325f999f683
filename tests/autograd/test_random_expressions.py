"""Random expressions, with sharing: values against NumPy, gradients against central differences and by linearity."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from autograd import Value, trace

#: On Values and on NumPy's doubles alike: each stays within moderate numbers where its operands do.
STEPS: dict[str, tuple[int, Callable[..., Any], Callable[..., Any]]] = {
    "add": (2, lambda x, y: x + y, np.add),
    "subtract": (2, lambda x, y: x - y, np.subtract),
    "multiply": (2, lambda x, y: x * y, np.multiply),
    "divide": (2, lambda x, y: x / (2.0 + y * y), lambda x, y: x / (2.0 + y * y)),
    "power": (2, lambda x, y: (1.5 + x.sin()) ** y.tanh(), lambda x, y: (1.5 + np.sin(x)) ** np.tanh(y)),
    "cube": (1, lambda x: x.tanh() ** 3, lambda x: np.tanh(x) ** 3),
    "base": (1, lambda x: 2.0 ** x.tanh(), lambda x: 2.0 ** np.tanh(x)),
    "negative": (1, lambda x: -x, np.negative),
    "exp": (1, lambda x: x.tanh().exp(), lambda x: np.exp(np.tanh(x))),
    "log": (1, lambda x: (1.0 + x * x).log(), lambda x: np.log(1.0 + x * x)),
    "sqrt": (1, lambda x: (0.1 + x * x).sqrt(), lambda x: np.sqrt(0.1 + x * x)),
    "sin": (1, lambda x: x.sin(), np.sin),
    "cos": (1, lambda x: x.cos(), np.cos),
    "tanh": (1, lambda x: x.tanh(), np.tanh),
    "sigmoid": (1, lambda x: x.sigmoid(), lambda x: 1.0 / (1.0 + np.exp(-x))),
    "smooth abs": (1, lambda x: abs(x) * x, lambda x: np.abs(x) * x),
    "smooth relu": (1, lambda x: x.relu() * x, lambda x: np.maximum(x, 0.0) * x),
}


@dataclass(frozen=True)
class Expression:
    """Steps whose operands are places in the list of what came before: inputs first, then results."""

    inputs: int
    steps: tuple[tuple[str, tuple[int, ...]], ...]

    def __call__(self, xs: list[Any], kind: int) -> Any:
        """Evaluate on Values (kind 1) or on doubles (kind 2)."""
        made = list(xs[: self.inputs])
        for name, places in self.steps:
            made.append(STEPS[name][kind](*(made[place] for place in places)))
        return made[-1]


@st.composite
def expressions(draw: st.DrawFn) -> Expression:
    inputs = draw(st.integers(1, 4))
    steps = []
    for number in range(draw(st.integers(1, 12))):
        name = draw(st.sampled_from(sorted(STEPS)))
        place = st.integers(0, inputs + number - 1)
        steps.append((name, tuple(draw(place) for _ in range(STEPS[name][0]))))
    return Expression(inputs, tuple(steps))


points = st.lists(st.floats(-2.0, 2.0), min_size=4, max_size=4)


def gradient(expression: Expression, point: list[float], seed: float = 1.0) -> tuple[Value, list[float]]:
    xs = list(map(Value, point[: expression.inputs]))
    out = expression(xs, 1)
    out.backward(seed)
    return out, [x.grad for x in xs]


@given(expression=expressions(), point=points)
def test_the_value_is_numpys(expression: Expression, point: list[float]) -> None:
    out, _ = gradient(expression, point)
    expected = float(expression([np.float64(number) for number in point], 2))
    assert out.data == pytest.approx(expected, rel=1e-9, abs=1e-12)


@given(expression=expressions(), point=points)
def test_the_gradient_is_that_of_central_differences(expression: Expression, point: list[float]) -> None:
    out, grads = gradient(expression, point)
    assume(abs(out.data) < 1e6)
    for place, grad in enumerate(grads):

        def along(t: float, place: int = place) -> float:
            moved = [np.float64(number) for number in point]
            moved[place] += t
            return float(expression(moved, 2))

        h = 1e-4
        # Richardson's extrapolation, whose error term tells how far to trust it.
        once, twice = (along(h) - along(-h)) / (2 * h), (along(2 * h) - along(-2 * h)) / (4 * h)
        estimate, error = (4 * once - twice) / 3, abs(once - twice)
        assert abs(grad - estimate) <= error + 1e-7 * max(1.0, abs(out.data), abs(grad))


@given(expression=expressions(), point=points, seed=st.floats(-8.0, 8.0))
def test_the_gradient_is_linear_in_the_seed(expression: Expression, point: list[float], seed: float) -> None:
    _, ones = gradient(expression, point)
    _, scaled = gradient(expression, point, seed)
    for one, other in zip(ones, scaled, strict=True):
        assert other == pytest.approx(seed * one, rel=1e-9, abs=1e-9)


@given(expression=expressions(), point=points, seed=st.floats(-8.0, 8.0))
def test_a_trace_follows_backward_to_the_bit(expression: Expression, point: list[float], seed: float) -> None:
    xs = [Value(number, f"x{place}") for place, number in enumerate(point[: expression.inputs])]
    out = expression(xs, 1)
    steps = trace(out, seed).backward
    out.backward(seed)
    totals = {step.node: step.total for step in steps}
    for x in xs:
        assert totals.get(x.label or "", 0.0) == x.grad or out is x or math.isnan(x.grad)
