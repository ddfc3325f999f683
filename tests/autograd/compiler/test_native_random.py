"""Random calculations: as machine code they give what they give on Values."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Value, recorded
from autograd.compiler.plan import Plan
from autograd.compiler.program import Builder, gradients
from autograd.compiler.source import python_function
from autograd.strategies import Expression, expressions

pytest.importorskip("llvmlite", reason="needs llvmlite: pip install 'chalkgrad[native]'")

from autograd.compiler.native import point_function, run_natively

#: Operations that every backend carries out alike to the last bit.
EXACT = (
    *("add", "subtract", "multiply", "divide", "negative", "abs", "sqrt", "relu", "leaky_relu", "maximum", "minimum"),
    *("fmax", "fmin", "at_least", "at_most", "if_true", "if_false", "step", "sign", "gate", "nonnegative", "truth"),
)

awkward = st.sampled_from((0.0, -0.0, 1.0, -1.0, 2.0, -4.0, 0.25, math.inf, -math.inf, math.nan))


def on_values(f: Expression, point: tuple[float, ...]) -> tuple[list[float], bool]:
    """The value and the gradient, and whether all numbers on the way are of a size that rounding does little to."""
    values = list(map(Value, point))
    out = f(*values)
    out.backward()
    numbers = [number or 0.0 for node in recorded(out) for number in (node.data, *node.slopes)]
    return [out.data, *(value.grad for value in values)], all(abs(number) < 100.0 for number in numbers)


def natively(f: Expression, points: list[tuple[float, ...]]) -> list[list[float]]:
    """The same for each point, by machine code for a batch; that for one point gives the bits of Python."""
    builder = Builder()
    inputs = [builder.input(name) for name in "xy"]
    out = builder.symbol(f(*inputs))
    program = builder.program(inputs, [out, *gradients(out, inputs)])
    one, right = point_function(program), python_function(program)
    for point in points:
        np.testing.assert_array_equal(one(*point), right(*point))
    plan = Plan(program, 0, True, (False,) * 3, False)
    columns = [np.array(column) for column in zip(*points, strict=True)]
    return np.stack(run_natively(plan)([], columns, len(points)), axis=-1).tolist()


@settings(max_examples=40)
@given(expressions(inputs=("x", "y")), st.lists(st.tuples(*[st.floats(-2.0, 2.0)] * 2), min_size=1, max_size=9))
def test_any_calculation(f: Expression, points: list[tuple[float, ...]]) -> None:
    for point, numbers in zip(points, natively(f, points), strict=True):
        right, is_tame = on_values(f, point)
        assert not is_tame or numbers == pytest.approx(right, rel=1e-9, abs=1e-9, nan_ok=True), f"at {point}"


@settings(max_examples=40)
@given(expressions(operations=EXACT, inputs=("x", "y")), st.lists(st.tuples(awkward, awkward), min_size=4, max_size=12))
def test_nothing_leaks_from_a_side_not_taken(f: Expression, points: list[tuple[float, ...]]) -> None:
    for point, numbers in zip(points, natively(f, points), strict=True):
        assert numbers == pytest.approx(on_values(f, point)[0], rel=1e-12, abs=1e-12, nan_ok=True), f"at {point}"
