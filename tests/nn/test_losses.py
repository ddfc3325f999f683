"""Losses: their formula, their gradient, their labels, and what they refuse."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value, recorded
from nn import half_mse, half_mse_parts

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


def values(shape: tuple[int, ...]) -> Any:
    """An array of Values 1, 2, 3, ..."""
    array = np.empty(shape, dtype=object)
    array.flat = [Value(float(number)) for number in range(1, array.size + 1)]
    return array


@pytest.mark.parametrize("shape", [(3,), (3, 1), (3, 2)])
@pytest.mark.parametrize("dtype", [float, "float32", int])
def test_arrays_do_as_well_as_lists(shape: tuple[int, ...], dtype: Any) -> None:
    targets = np.zeros(shape, dtype=dtype)
    predictions = values(shape)
    expected = half_mse(predictions.tolist(), targets.tolist()).data
    assert half_mse(predictions, targets).data == half_mse(predictions.tolist(), targets).data == expected


def test_a_column_of_targets_goes_with_single_predictions() -> None:
    assert half_mse([Value(1.0), Value(2.0)], np.array([[0.0], [1.0]])).data == 0.5


def test_generators_do_as_well_as_lists() -> None:
    assert half_mse((Value(x) for x in (1.0, 2.0)), (y for y in (0.0, 0.0))).data == 1.25


def test_the_parts_are_those_of_the_loss() -> None:
    parts = half_mse_parts([[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]], [[0, 0], [0, 0]])
    assert [[error.data for error in row] for row in parts.errors] == [[1.0, 4.0], [9.0, 16.0]]
    assert parts.loss.operands == (parts.mse, 2.0)
    assert (parts.mse.data, parts.mse.label, parts.loss.label) == (15.0, "mse", "loss")


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (lambda: half_mse([0.5], [1.0]), r"the prediction of sample 0 is 0\.5: a Value is needed"),  # type: ignore[list-item]
        (lambda: half_mse(0.5, [1.0]), r"predictions are 0\.5: a list with one entry for each sample is needed"),  # type: ignore[arg-type]
        (lambda: half_mse([Value(1.0)], 1.0), r"targets are 1\.0: a list with one entry for each sample is needed"),  # type: ignore[arg-type]
        (lambda: half_mse(Value(1.0), [1.0]), "a list with one entry for each sample is needed"),  # type: ignore[arg-type]
        (lambda: half_mse([Value(1.0)], ["1"]), "'1' is of type str: a real number is needed"),
        (lambda: half_mse([Value(1.0)], [None]), "None is of type NoneType: a real number is needed"),  # type: ignore[list-item]
    ],
)
def test_what_is_no_prediction_or_target_is_told(loss: Callable[[], Value], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        loss()
