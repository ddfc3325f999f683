"""Training as machine code takes the steps that one takes on Values, whatever the order and the size of a step."""

from collections.abc import Callable

import numpy as np
import pytest

import autograd
from autograd import Value
from autograd.compiler.plan import Plan, Training
from autograd.compiler.program import Builder, gradients
from autograd.compiler.training import train_by_numpy

pytest.importorskip("llvmlite", reason="needs llvmlite: pip install 'chalkgrad[native]'")

from autograd.compiler import llvm_program
from autograd.compiler.native import train_natively

rng = np.random.default_rng(13)

X, Y = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0.0, 1.0, 1.0, 1.0])
OR_GATE = [X[:, 0], X[:, 1], Y]
START = [0.2, 0.4, 0.3, 0.5, 0.3, 0.5, 0.4, 0.6, 0.5]


def loss(w11, w12, w21, w22, b1, b2, v1, v2, c, x1, x2, y):
    h1 = autograd.sigmoid(w11 * x1 + w12 * x2 + b1)
    h2 = autograd.sigmoid(w21 * x1 + w22 * x2 + b2)
    return 0.5 * (autograd.sigmoid(v1 * h1 + v2 * h2 + c) - y) ** 2


def plain(parameter, gradient, rate, step):
    return [parameter - rate * gradient]


def adam(parameter, gradient, mean, square, rate, step):
    """Kingma and Ba 2015; it uses all that there is: two numbers kept, the rate and the number of the step."""
    mean, square = 0.9 * mean + 0.1 * gradient, 0.999 * square + 0.001 * gradient * gradient
    unbiased = autograd.sqrt(square / (1.0 - 0.999**step))
    return [parameter - rate * mean / (1.0 - 0.9**step) / (unbiased + 1e-8), mean, square]


def training(rule: Callable = plain, kept: int = 0) -> Training:
    builder = Builder()
    inputs = [builder.input("") for _ in range(12)]
    out = loss(*inputs)
    plan = Plan(builder.program(inputs, [out, *gradients(out, inputs[:9])]), 9, True, (True,) * 10, True)
    builder = Builder()
    inputs = [builder.input("") for _ in range(4 + kept)]
    return Training(plan, builder.program(inputs, rule(*inputs)))


def trained(task: Training, columns=OR_GATE, order=None, size=4, rates=(0.5,) * 50, done=0, train=train_natively):
    parameters, kept = np.array(START), np.zeros((task.kept, 9))
    losses = train(task)(parameters, kept, columns, order, size, np.array(rates), done)
    return parameters, kept, losses


def on_values(rule: Callable, kept: int, steps: list[list[int]], rate: float) -> tuple[list[float], list[float]]:
    """The parameters after these steps, and the loss before each, by backward on Values."""
    numbers, memory, losses = list(START), [[0.0] * kept for _ in START], []
    for number, step in enumerate(steps, 1):
        parameters = [Value(number) for number in numbers]
        total = sum((loss(*parameters, *map(float, X[k]), float(Y[k])) for k in step), Value(0.0)) / len(step)
        total.backward()
        losses.append(total.data)
        for place, parameter in enumerate(parameters):
            numbers[place], *memory[place] = rule(numbers[place], parameter.grad, *memory[place], rate, float(number))
    return numbers, losses


def assert_same(ours, theirs, rel: float) -> None:
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=rel, atol=rel)


@pytest.mark.parametrize(("rule", "kept"), [(plain, 0), (adam, 2)])
def test_steps_are_those_on_values(rule: Callable, kept: int) -> None:
    parameters, _, losses = trained(training(rule, kept), rates=[0.1] * 200)
    assert_same((parameters, losses), on_values(rule, kept, [[0, 1, 2, 3]] * 200, 0.1), 1e-12)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_without_an_order_the_last_step_of_an_epoch_takes_what_is_left(size: int) -> None:
    epoch = [list(range(start, min(start + size, 4))) for start in range(0, 4, size)]
    steps = (epoch * 5)[: 2 * len(epoch) + 1]
    parameters, _, losses = trained(training(), size=size, rates=[0.5] * len(steps))
    assert_same((parameters, losses), on_values(plain, 0, steps, 0.5), 1e-13)


def test_an_order_says_which_samples_a_step_takes() -> None:
    order = np.array([3, 1, 1, 0, 2, 3, 0])
    parameters, _, losses = trained(training(), order=order, size=3, rates=[0.5] * 3)
    steps = [[3, 1, 1], [0, 2, 3], [0]]
    assert_same((parameters, losses), on_values(plain, 0, steps, 0.5), 1e-13)


def test_there_are_no_more_steps_than_the_order_has_samples_for() -> None:
    order = np.array([3, 1, 1])
    two = trained(training(), order=order, size=2, rates=[0.5] * 2)
    five = trained(training(), order=order, size=2, rates=[0.5] * 5)
    assert len(five[2]) == 2
    assert all(map(np.array_equal, two, five))


@pytest.mark.parametrize("order", [[0, 4], [-1, 0]])
def test_an_order_beyond_the_samples_is_refused(order: list[int]) -> None:
    with pytest.raises(IndexError, match=r"the order goes from .*: there are 4 samples"):
        trained(training(), order=np.array(order), size=2, rates=[0.5])


@pytest.mark.parametrize("samples", [5, 8, 100, 1003])
def test_batches_of_any_size_are_those_of_numpy(samples: int) -> None:
    data = rng.normal(size=(samples, 3))
    task = training(adam, 2)
    for columns in ([*data.T], [column.copy() for column in data.T]):
        for order in (None, rng.permutation(samples)):
            size = samples if order is None else samples // 2
            ours = trained(task, columns, order, size, [0.05] * 3)
            assert_same(ours, trained(task, columns, order, size, [0.05] * 3, train=train_by_numpy), 1e-11)


def test_two_calls_give_the_bits_of_one() -> None:
    task = training(adam, 2)
    together = trained(task, rates=[0.1] * 20)
    train, parameters, kept = train_natively(task), np.array(START), np.zeros((2, 9))
    losses = [train(parameters, kept, OR_GATE, None, 4, np.full(10, 0.1), done) for done in (0, 10)]
    assert all(map(np.array_equal, together, (parameters, kept, np.concatenate(losses))))


def test_parameters_may_lie_in_memory_as_they_like() -> None:
    task = training(adam, 2)
    right = trained(task)
    parameters, kept = np.repeat(START, 2)[::2], np.zeros((9, 2)).T
    losses = train_natively(task)(parameters, kept, OR_GATE, None, 4, np.repeat([0.5], 100)[::2], 0)
    assert all(map(np.array_equal, right, (parameters, kept, losses)))


def test_parts_give_what_the_whole_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = trained(training(adam, 2))
    monkeypatch.setattr(llvm_program, "WHOLE", 10)
    monkeypatch.setattr(llvm_program, "PART", 9)
    for order in (None, np.tile([0, 1, 2, 3], 50)):
        assert all(map(np.array_equal, whole, trained(training(adam, 2), order=order)))


def test_an_operation_that_only_python_can_carry_out_is_named() -> None:
    noise = autograd.Operation("noise_of_native_test", "~", "{0}", lambda x: float(str(float(x))), (1.0,))
    with pytest.raises(TypeError, match="operation 'noise_of_native_test'"):
        train_natively(training(lambda p, g, rate, step: [noise(p) - rate * g]))
