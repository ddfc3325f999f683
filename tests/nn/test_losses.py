"""Losses: their formula, their gradient, their labels, and what they refuse."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value, recorded
from nn import half_mse

numbers = st.floats(-10.0, 10.0)


@given(pairs=st.lists(st.tuples(numbers, numbers), min_size=1, max_size=6))
def test_half_the_mean_squared_error_and_its_gradient(pairs: list[tuple[float, float]]) -> None:
    a = [Value(x) for x, _ in pairs]
    y = [t for _, t in pairs]
    loss = half_mse(a, y)
    loss.backward()
    n = len(pairs)
    assert loss.data == pytest.approx(sum((x - t) ** 2 for x, t in pairs) / (2 * n), rel=1e-12)
    assert [v.grad for v in a] == pytest.approx([(x - t) / n for x, t in pairs], rel=1e-12)


def test_several_outputs_of_a_sample_add_up() -> None:
    a = [[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]]
    loss = half_mse(a, [[0.0, 0.0], [0.0, 0.0]])
    assert loss.data == (1 + 4 + 9 + 16) / (2 * 2)


def test_the_parts_have_their_names() -> None:
    labels = {node.label for node in recorded(half_mse([Value(1.0), Value(2.0)], [0, 0]))}
    assert {"E[0]", "E[1]", "mse", "loss"} <= labels
    labels = {node.label for node in recorded(half_mse([[Value(1.0), Value(2.0)]], [[0, 0]]))}
    assert {"E[0,0]", "E[1,0]", "mse", "loss"} <= labels


@pytest.mark.parametrize(
    ("predictions", "targets", "message"),
    [
        ([], [], "a mean over no samples"),
        ([Value(1.0)], [], "1 prediction and 0 targets: give one for each"),
        ([[Value(1.0), Value(2.0)]], [[1.0]], "sample 0 has 2 outputs and 1 target: make them equal"),
        ([[]], [[]], "a mean over no samples"),
    ],
)
def test_what_does_not_fit_is_told(predictions: list[Value], targets: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        half_mse(predictions, targets)
