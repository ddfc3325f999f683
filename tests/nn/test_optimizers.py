"""Gradient descent: the update, and what it refuses."""

import math
from typing import Any

import pytest

import nn
from autograd import Value


def test_a_step_moves_against_the_gradient() -> None:
    x = Value(3.0)
    descent = nn.SGD([x], learning_rate=0.25)
    (x * x).backward()
    assert descent.updated(x) == 1.5
    assert x.data == 3.0
    descent.step()
    assert x.data == 1.5
    descent.zero_grad()
    assert (x.grad, math.copysign(1.0, x.grad)) == (0.0, 1.0)


def test_descent_finds_the_minimum_of_a_bowl() -> None:
    x, y = Value(4.0), Value(-3.0)
    descent = nn.SGD([x, y], learning_rate=0.1)
    for _ in range(200):
        descent.zero_grad()
        ((x - 1.0) ** 2 + 2.0 * (y + 2.0) ** 2).backward()
        descent.step()
    assert (x.data, y.data) == pytest.approx((1.0, -2.0), abs=1e-12)


def test_parameters_may_come_from_a_generator() -> None:
    network = nn.two_two_one()
    descent = nn.SGD((parameter for parameter in network.parameters()), learning_rate=0.5)
    losses = []
    for _ in range(5):
        loss = nn.half_mse([network([0, 1])], [1])
        losses.append(loss.data)
        descent.zero_grad()
        loss.backward()
        descent.step()
    assert losses == sorted(set(losses), reverse=True)


def test_a_parameter_is_a_value() -> None:
    with pytest.raises(TypeError, match=r"parameter 1 is 1\.0: a Value is needed, such as Value\(1\.0\)"):
        nn.SGD([Value(1.0), 1.0], 0.1)  # type: ignore[list-item]


@pytest.mark.parametrize("rate", [-0.1, math.nan, math.inf])
def test_a_learning_rate_is_finite_and_not_negative(rate: float) -> None:
    with pytest.raises(ValueError, match="a finite number from 0 up is needed"):
        nn.SGD([], rate)


@pytest.mark.parametrize("rate", ["0.1", None])
def test_a_learning_rate_is_a_number(rate: Any) -> None:
    with pytest.raises(TypeError):
        nn.SGD([], rate)
