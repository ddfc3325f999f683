"""Gradient descent: the update, and what it refuses."""

import math
from typing import Any

import pytest

import nn
from autograd import Value, sign


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


ALL = [nn.SGD, nn.Momentum, nn.Nesterov, nn.RMSProp, nn.Adam, nn.AdamW]


def moved(optimizer: type[nn.Optimizer], gradients: list[float], **constants: float) -> list[float]:
    """The parameter, 1 at first, after each of some steps with the gradients given and a rate of 0.1."""
    x = Value(1.0)
    descent = optimizer([x], 0.1, **constants)
    path = []
    for gradient in gradients:
        descent.zero_grad()
        (gradient * x).backward()
        expected = descent.updated(x)
        descent.step()
        assert x.data == expected
        path.append(x.data)
    return path


GRADIENTS = [2.0, -1.0, 0.5]


def published(name: str) -> list[float]:
    """The same by the formulas of the papers, each quantity by its name there."""
    x, v, s, m = 1.0, 0.0, 0.0, 0.0
    path = []
    for t, g in enumerate(GRADIENTS, 1):
        if name == "Momentum":
            v = 0.8 * v + g
            x -= 0.1 * v
        elif name == "Nesterov":
            # Sutskever's form steps to the point ahead first; in its terms x is that point.
            old, v = v, 0.8 * v - 0.1 * g
            x += -0.8 * old + (1.0 + 0.8) * v
        elif name == "RMSProp":
            s = 0.7 * s + 0.3 * g**2
            x -= 0.1 * g / (math.sqrt(s) + 1e-8)
        else:
            m = 0.9 * m + 0.1 * g
            s = 0.999 * s + 0.001 * g**2
            step = (m / (1 - 0.9**t)) / (math.sqrt(s / (1 - 0.999**t)) + 1e-8)
            x -= 0.1 * (step + (0.2 * x if name == "AdamW" else 0.0))
        path.append(x)
    return path


@pytest.mark.parametrize(
    ("optimizer", "constants"),
    [
        (nn.Momentum, {"momentum": 0.8}),
        (nn.Nesterov, {"momentum": 0.8}),
        (nn.RMSProp, {"decay": 0.7}),
        (nn.Adam, {}),
        (nn.AdamW, {"weight_decay": 0.2}),
    ],
)
def test_the_steps_are_those_of_the_published_formulas(
    optimizer: type[nn.Optimizer], constants: dict[str, float]
) -> None:
    assert moved(optimizer, GRADIENTS, **constants) == pytest.approx(published(optimizer.__name__), rel=1e-13)


def test_the_first_step_of_adam_is_as_long_as_the_rate_whatever_the_gradient() -> None:
    assert moved(nn.Adam, [1e-3]) == pytest.approx([0.9], rel=1e-5)
    assert moved(nn.Adam, [1e6]) == pytest.approx([0.9], rel=1e-5)


@pytest.mark.parametrize("optimizer", ALL)
def test_decay_pulls_a_parameter_without_gradient_towards_0(optimizer: type[nn.Optimizer]) -> None:
    assert moved(optimizer, [0.0, 0.0], weight_decay=0.5) == pytest.approx([0.95, 0.95**2], rel=1e-15)


@pytest.mark.parametrize("optimizer", ALL)
def test_every_optimiser_finds_the_minimum_of_a_bowl(optimizer: type[nn.Optimizer]) -> None:
    x, y = Value(4.0), Value(-3.0)
    descent = optimizer([x, y], 0.02)
    for _ in range(600):
        descent.zero_grad()
        ((x - 1.0) ** 2 + 2.0 * (y + 2.0) ** 2).backward()
        descent.step()
    assert (x.data, y.data) == pytest.approx((1.0, -2.0), abs=0.05)


def test_the_rate_may_be_changed_between_steps() -> None:
    x = Value(1.0)
    descent = nn.SGD([x], 0.5)
    descent.learning_rate = 0.25
    x.grad = 2.0
    descent.step()
    assert x.data == 0.5


def test_an_optimiser_of_ones_own_is_a_direction() -> None:
    class Signs(nn.Optimizer):
        def direction(self, gradient: Any, kept: Any, step: Any) -> Any:
            return sign(gradient), kept

    assert moved(Signs, [7.0, -0.1]) == [0.9, 1.0]
    model = nn.two_two_one()
    before = [p.data for p in model.parameters()]
    nn.fit(model, [[0, 1]], [1], optimizer=Signs(), learning_rate=0.25, epochs=1)
    assert all(p.data in (old - 0.25, old, old + 0.25) for p, old in zip(model.parameters(), before, strict=True))
    assert before != [p.data for p in model.parameters()]


def test_an_optimiser_without_a_direction_is_told() -> None:
    with pytest.raises(NotImplementedError, match="Optimizer does not say where to go: define direction"):
        moved(nn.Optimizer, [1.0])


def test_a_step_without_parameters_is_told() -> None:
    with pytest.raises(TypeError, match=r"Adam has no parameters to move: give them first, as in Adam\(model"):
        nn.Adam(learning_rate=0.1).step()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: nn.Adam(beta1=1.0), r"beta1 = 1\.0 of Adam: a number from 0 to below 1 is needed"),
        (lambda: nn.Momentum(momentum=-0.1), r"momentum = -0\.1 of Momentum: a number from 0 to below 1"),
        (lambda: nn.RMSProp(epsilon=math.inf), "epsilon = inf of RMSProp: a finite number from 0 up is needed"),
        (lambda: nn.SGD(weight_decay=math.nan), "weight_decay = nan of SGD: a finite number from 0 up"),
        (lambda: nn.SGD(learning_rate=-1.0), r"learning_rate = -1\.0: a finite number from 0 up"),
    ],
)
def test_constants_are_in_their_range(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_parameters_need_a_rate_that_is_a_number() -> None:
    with pytest.raises(TypeError, match="a real number is needed"):
        nn.SGD([Value(1.0)], lambda epoch: 0.1)
