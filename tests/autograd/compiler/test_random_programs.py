"""Random calculations: compiled they give what they give on Values."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Value, compile, recorded
from autograd.strategies import Expression, expressions

INPUTS = ("x", "y", "z")

#: Operations that every backend carries out alike to the last bit.
EXACT = (
    *("add", "subtract", "multiply", "divide", "negative", "abs", "sqrt", "relu", "leaky_relu", "maximum", "minimum"),
    *("fmax", "fmin", "at_least", "at_most", "if_true", "if_false", "step", "sign", "gate", "nonnegative", "truth"),
)

awkward = st.sampled_from((0.0, -0.0, 1.0, -1.0, 2.0, -4.0, 0.25, math.inf, -math.inf, math.nan))


def _same(numbers: list[float], right: list[float]) -> bool:
    return np.allclose(numbers, right, rtol=1e-9, atol=1e-9, equal_nan=True)


def _eager(f: Expression, point: tuple[float, ...]) -> tuple[list[float], bool]:
    """The value and the gradient, and whether all numbers on the way are of a size that rounding does little to."""
    values = list(map(Value, point))
    out = f(*values)
    out.backward()
    numbers = [number or 0.0 for node in recorded(out) for number in (node.data, *node.slopes)]
    return [out.data, *(value.grad for value in values)], all(abs(number) < 100.0 for number in numbers)


def _compiled(f: Expression, points: list[tuple[float, ...]]) -> list[list[float]]:
    """The same for each point: one after the other, then as a batch."""
    single = compile(lambda x, y, z: f(x, y, z))
    one_by_one = [single.value_and_grad(**dict(zip(INPUTS, point, strict=True))) for point in points]
    batch = compile(lambda x, y, z: f(x, y, z), wrt=INPUTS, batch=INPUTS, reduce=None)
    # So many that NumPy does it.
    columns = np.array((points * 70)[: max(70, len(points))]).T
    value, gradient = batch.value_and_grad(**dict(zip(INPUTS, columns, strict=True)))
    rows = np.stack([value, *(gradient[name] for name in INPUTS)], axis=-1)[: len(points)]
    return [[value, *gradient.values()] for value, gradient in one_by_one] + rows.tolist()


@settings(max_examples=150)
@given(expressions(inputs=INPUTS), st.lists(st.tuples(*[st.floats(-2.0, 2.0)] * 3), min_size=1, max_size=3))
def test_any_calculation(f: Expression, points: list[tuple[float, ...]]) -> None:
    for index, numbers in enumerate(_compiled(f, points)):
        right, is_tame = _eager(f, points[index % len(points)])
        assert not is_tame or _same(numbers, right), f"at {points[index % len(points)]}"


@settings(max_examples=300)
@given(
    expressions(operations=EXACT, inputs=INPUTS), st.lists(st.tuples(awkward, awkward, awkward), min_size=1, max_size=4)
)
def test_nothing_leaks_from_a_side_not_taken(f: Expression, points: list[tuple[float, ...]]) -> None:
    for index, numbers in enumerate(_compiled(f, points)):
        right, _ = _eager(f, points[index % len(points)])
        assert _same(numbers, right), f"at {points[index % len(points)]}"
