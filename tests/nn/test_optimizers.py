"""Gradient descent: the update, and what it refuses."""

import math
import random
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


def test_a_gradient_counts_as_no_more_than_clip() -> None:
    assert moved(nn.SGD, [100.0, -0.25, -3.0], clip=0.5) == pytest.approx([0.95, 0.975, 1.025])
    assert moved(nn.Momentum, [100.0, 100.0], clip=1.0, momentum=0.5) == pytest.approx([0.9, 0.75])


@pytest.mark.parametrize("samples", [4, 100])
def test_fit_clips_as_a_loop_of_ones_own(samples: int) -> None:
    X, y = [[0.1 * place, 1.0] for place in range(samples)], [20.0] * samples
    fitted, stepped = nn.MLP(2, [1], random=random.Random(1)), nn.MLP(2, [1], random=random.Random(1))
    nn.fit(fitted, X, y, optimizer=nn.Adam(clip=0.01), learning_rate=0.1, epochs=3, progress=False)
    descent = nn.Adam(stepped.parameters(), 0.1, clip=0.01)
    for _ in range(3):
        descent.zero_grad()
        nn.half_mse([stepped(x) for x in X], y).backward()
        descent.step()
    assert [p.data for p in fitted.parameters()] == pytest.approx([p.data for p in stepped.parameters()], rel=1e-12)


@pytest.mark.parametrize("clip", [-1.0, math.inf, math.nan])
def test_clip_is_a_finite_number(clip: float) -> None:
    with pytest.raises(ValueError, match=r"clip = .* of SGD: a finite number from 0 up is needed"):
        nn.SGD(clip=clip)


def parameters_with(*gradients: float) -> list[Value]:
    parameters = [Value(1.0) for _ in gradients]
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = gradient
    return parameters


def test_a_gradient_that_is_too_long_is_shortened_and_keeps_its_direction() -> None:
    parameters = parameters_with(3.0, -4.0, 0.0)
    assert nn.clip_norm(iter(parameters), 1.0) == 5.0
    assert [p.grad for p in parameters] == pytest.approx([0.6, -0.8, 0.0])
    assert nn.clip_norm(parameters, 1.0) == pytest.approx(1.0)
    assert [p.grad for p in parameters] == pytest.approx([0.6, -0.8, 0.0])


def test_a_gradient_that_is_short_enough_stays_to_the_bit() -> None:
    parameters = parameters_with(0.1, 1e-320)
    assert nn.clip_norm(parameters, 0.1) == 0.1
    assert [p.grad for p in parameters] == [0.1, 1e-320]
    assert nn.clip_norm([], 1.0) == 0.0


def test_very_long_gradients_are_shortened_too() -> None:
    parameters = parameters_with(3e200, 4e200)
    assert nn.clip_norm(parameters, 1.0) == pytest.approx(5e200)
    assert [p.grad for p in parameters] == pytest.approx([0.6, 0.8])


@pytest.mark.parametrize("gradient", [math.nan, math.inf])
def test_a_gradient_without_a_length_is_told_and_stays(gradient: float) -> None:
    parameters = parameters_with(3.0, gradient)
    with pytest.raises(FloatingPointError, match=r"the gradient has the length (nan|inf): lower the learning rate"):
        nn.clip_norm(parameters, 1.0)
    assert parameters[0].grad == 3.0


@pytest.mark.parametrize("largest", [0.0, -1.0, math.nan])
def test_a_length_is_above_0(largest: float) -> None:
    with pytest.raises(ValueError, match=r"largest = .*: a length above 0 is needed"):
        nn.clip_norm([], largest)


def test_a_length_is_that_of_values() -> None:
    with pytest.raises(TypeError, match=r"parameter 0 is 1\.0: a Value is needed"):
        nn.clip_norm([1.0], 1.0)  # type: ignore[list-item]
