"""Losses: their formula, their gradient, their labels, and what they refuse."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
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


# Other losses ---------------------------------------------------------------------------------------------------------


def slopes(loss: Value, values: list[Value]) -> list[float]:
    loss.backward()
    return [value.grad for value in values]


@given(pairs=st.lists(st.tuples(numbers, numbers), min_size=1, max_size=6))
def test_the_mean_squared_error_is_twice_the_half(pairs: list[tuple[float, float]]) -> None:
    a, y = [Value(x) for x, _ in pairs], [t for _, t in pairs]
    # The half of the smallest double of all is 0.
    assert nn.mse(a, y).data == pytest.approx(2.0 * half_mse(a, y).data, rel=0.0, abs=1e-323)
    assert slopes(nn.mse(a, y), a) == pytest.approx([2.0 * (x - t) / len(pairs) for x, t in pairs], rel=1e-12)


@given(pairs=st.lists(st.tuples(numbers, st.floats(0.0, 1.0)), min_size=1, max_size=5))
def test_binary_cross_entropy_is_that_of_the_sigmoid(pairs: list[tuple[float, float]]) -> None:
    z, y = [Value(x) for x, _ in pairs], [t for _, t in pairs]
    p = [1.0 / (1.0 + math.exp(-x)) for x, _ in pairs]
    terms = [-t * math.log(q) - (1.0 - t) * math.log1p(-q) for q, t in zip(p, y, strict=True)]
    loss = nn.binary_cross_entropy(z, y)
    assert loss.data == pytest.approx(sum(terms) / len(pairs), rel=1e-9)
    expected = [(q - t) / len(pairs) for q, t in zip(p, y, strict=True)]
    assert slopes(loss, z) == pytest.approx(expected, rel=1e-9, abs=1e-15)


@pytest.mark.parametrize(("z", "y", "loss"), [(800.0, 0, 800.0), (-800.0, 1, 800.0), (50.0, 1, math.exp(-50.0))])
def test_binary_cross_entropy_neither_overflows_nor_loses_digits(z: float, y: int, loss: float) -> None:
    logit = Value(z)
    cost = nn.binary_cross_entropy([logit], [y])
    assert cost.data == pytest.approx(loss, rel=1e-14)
    assert slopes(cost, [logit]) == pytest.approx([1.0 if y == 0 else -min(loss, 1.0)], rel=1e-14)


logits = st.lists(st.lists(numbers, min_size=3, max_size=3), min_size=1, max_size=4)


@given(rows=logits, seed=st.integers(0, 1000))
def test_softmax_cross_entropy_of_a_class_and_of_its_one_hot_are_ln_p(rows: list[list[float]], seed: int) -> None:
    classes = np.random.default_rng(seed).integers(0, 3, len(rows))
    z = np.array(rows)
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    one_hot = np.eye(3)[classes]
    expected = -np.log(p[one_hot == 1.0]).mean()
    for targets in (classes, one_hot, classes[:, None].tolist()):
        a = [[Value(x) for x in row] for row in rows]
        loss = nn.softmax_cross_entropy(a, targets)
        assert loss.data == pytest.approx(expected, rel=1e-9, abs=1e-12)
        gradient = slopes(loss, [value for row in a for value in row])
        assert gradient == pytest.approx(((p - one_hot) / len(rows)).ravel(), rel=1e-9, abs=1e-13)


def test_softmax_cross_entropy_takes_probabilities() -> None:
    z = [Value(x) for x in (0.5, -1.0, 2.0)]
    parts = [nn.softmax_cross_entropy([z], [k]).data for k in range(3)]
    assert nn.softmax_cross_entropy([z], [[0.2, 0.3, 0.5]]).data == pytest.approx(
        0.2 * parts[0] + 0.3 * parts[1] + 0.5 * parts[2], rel=1e-14
    )


@pytest.mark.parametrize(("row", "loss"), [([1000.0, 0.0, 0.0], 0.0), ([0.0, 1000.0, 0.0], 1000.0)])
def test_softmax_cross_entropy_never_overflows(row: list[float], loss: float) -> None:
    assert nn.softmax_cross_entropy([list(map(Value, row))], [0]).data == loss


def test_softmax_cross_entropy_of_a_sure_right_answer_keeps_its_digits() -> None:
    row = [Value(60.0), Value(0.0), Value(0.0)]
    assert nn.softmax_cross_entropy([row], [0]).data == pytest.approx(2.0 * math.exp(-60.0), rel=1e-12)


@pytest.mark.parametrize(
    ("a", "y", "loss", "slope"), [(0.25, 1, 0.75, -1.0), (2.0, 1, 0.0, 0.0), (0.25, -1, 1.25, 1.0)]
)
def test_hinge(a: float, y: int, loss: float, slope: float) -> None:
    value = Value(a)
    cost = nn.hinge([value], [y])
    assert (cost.data, slopes(cost, [value])) == (loss, [slope])


@pytest.mark.parametrize("loss", [nn.mse, nn.binary_cross_entropy, nn.hinge])
def test_outputs_of_a_sample_add_up_and_samples_are_averaged(loss: Callable[..., Value]) -> None:
    rows = [[Value(0.5), Value(-0.25)], [Value(2.0), Value(1.0)]]
    targets = [[1.0, 0.0], [0.0, 1.0]]
    each = [loss([a], [y]).data for row, ys in zip(rows, targets, strict=True) for a, y in zip(row, ys, strict=True)]
    assert loss(rows, targets).data == pytest.approx(sum(each) / 2, rel=1e-15)


def test_every_loss_is_labelled() -> None:
    logit = [[Value(1.0), Value(2.0)]]
    for loss, targets in ((nn.binary_cross_entropy, [[0, 1]]), (nn.hinge, [[-1, 1]]), (nn.softmax_cross_entropy, [1])):
        cost = loss(logit, targets)
        labels = {node.label for node in recorded(cost)}
        assert cost.label == "loss"
        assert any(label and label.startswith("L[") for label in labels)


@pytest.mark.parametrize(
    ("loss", "kind", "message"),
    [
        (
            lambda: nn.binary_cross_entropy([Value(0.0)], [2.0]),
            ValueError,
            r"a target is 2\.0: a probability from 0 to 1",
        ),
        (
            lambda: nn.softmax_cross_entropy([[Value(0.0)]], [0]),
            ValueError,
            "sample 0 has 1 logit: give one for each class",
        ),
        (
            lambda: nn.softmax_cross_entropy([[Value(0.0)] * 3], [3]),
            ValueError,
            "the target of sample 0 is 3: the number of a class from 0 to 2 is needed",
        ),
        (lambda: nn.softmax_cross_entropy([[Value(0.0)] * 3], [0.5]), ValueError, r"the target of sample 0 is 0\.5"),
        (
            lambda: nn.softmax_cross_entropy([[Value(0.0)] * 3], [[1, 0]]),
            ValueError,
            "sample 0 has 3 logits and 2 targets: give the number of a class, or as many targets as logits",
        ),
        (
            lambda: nn.softmax_cross_entropy([[Value(0.0)] * 2], [[1, 1]]),
            ValueError,
            "the targets of sample 0 add up to 2: probabilities add up to 1",
        ),
        (lambda: nn.softmax_cross_entropy([[0.0, 1.0]], [0]), TypeError, r"the prediction of sample 0 is 0\.0"),
        (lambda: nn.softmax_cross_entropy([], []), ValueError, "a mean over no samples"),
        (lambda: nn.hinge([Value(0.0)], [1, 1]), ValueError, "1 prediction and 2 targets: give one for each"),
    ],
)
def test_what_does_not_fit_another_loss_is_told(loss: Callable[[], Value], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        loss()
