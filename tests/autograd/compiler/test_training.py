"""Training inside a backend: whatever the size of a step, the steps are those that one would do by hand."""

from collections.abc import Callable

import numpy as np
import pytest

from autograd import sigmoid, sqrt
from autograd.compiler import compile as compiling
from autograd.compiler import training as trainers
from autograd.compiler.plan import Plan, Training
from autograd.compiler.program import Builder, gradients
from autograd.compiler.training import trainer

rng = np.random.default_rng(5)
SAMPLES = 200
COLUMNS = [rng.normal(size=SAMPLES), rng.normal(size=SAMPLES)]
START = np.array([0.3, -0.2, 0.1])


def plain(parameter, gradient, kept, rate, step):
    return [parameter - rate * gradient]


def with_memory(parameter, gradient, kept, rate, step):
    """Uses all there is: two numbers kept, the rate and the step."""
    mean = 0.5 * kept[0] + gradient
    square = 0.5 * kept[1] + gradient * gradient
    return [parameter - rate * mean / (sqrt(square) + 0.1) / step, mean, square]


def training(rule: Callable = plain, kept: int = 0) -> Training:
    """The loss (σ(w x + v) c − y)² of parameters w, v, c, and an update."""
    builder = Builder()
    w, v, c, x, y = inputs = [builder.input(name) for name in "wvcxy"]
    loss = (sigmoid(w * x + v) * c - y) ** 2
    program = builder.program(inputs, [loss, *gradients(loss, [w, v, c])])
    plan = Plan(program, shared=3, is_batch=True, summed=(True,) * 4, is_mean=True)
    builder = Builder()
    parameter, gradient, *memory, rate, step = inputs = [builder.input("") for _ in range(kept + 4)]
    return Training(plan, builder.program(inputs, rule(parameter, gradient, memory, rate, step)))


def by_hand(rule: Callable, kept: int, steps: list[np.ndarray], rates: list[float], done: int = 0):
    """The same steps by NumPy: parameters, what is kept, losses."""
    parameters, memory, losses = START.copy(), np.zeros((kept, 3)), []
    for number, (chosen, rate) in enumerate(zip(steps, rates, strict=True), done + 1):
        x, y = (column[chosen] for column in COLUMNS)
        w, v, c = parameters
        s = 1.0 / (1.0 + np.exp(-(w * x + v)))
        error = s * c - y
        losses.append(np.mean(error**2))
        slope = 2.0 * error * c * s * (1.0 - s)
        gradient = np.array([np.mean(slope * x), np.mean(slope), np.mean(2.0 * error * s)])
        parameters, *memory = rule(parameters, gradient, memory, rate, float(number))
    return parameters, np.reshape(memory, (kept, 3)), losses


def trained(rule: Callable, kept: int, order, size: int, rates, done: int = 0, backend: str = "numpy", columns=COLUMNS):
    parameters, memory = START.copy(), np.zeros((kept, 3))
    losses = trainer(training(rule, kept), backend)(parameters, memory, columns, order, size, np.array(rates), done)
    return parameters, memory, losses


def same(ours, theirs, tolerance: float = 1e-12) -> None:
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=tolerance)


@pytest.mark.parametrize(("rule", "kept"), [(plain, 0), (with_memory, 2)])
@pytest.mark.parametrize("size", [1, 7, 64, 65, 130, 200, 1000])
def test_steps_go_through_the_samples_as_they_lie_over_and_over(rule: Callable, kept: int, size: int) -> None:
    epoch = [np.arange(start, min(start + size, SAMPLES)) for start in range(0, SAMPLES, size)]
    rates = [0.5 / (1 + step) for step in range(2 * len(epoch) + 1)]
    steps = [*epoch, *epoch, epoch[0]]
    same(trained(rule, kept, None, size, rates), by_hand(rule, kept, steps, rates))


@pytest.mark.parametrize("size", [8, 64, 90])
def test_an_order_says_which_samples_a_step_takes_and_its_end_may_be_short(size: int) -> None:
    order = rng.permutation(SAMPLES)
    steps = [order[start : start + size] for start in range(0, SAMPLES, size)]
    rates = [0.1] * len(steps)
    same(trained(with_memory, 2, order, size, rates), by_hand(with_memory, 2, steps, rates))


@pytest.mark.parametrize("size", [50, 100])
def test_one_call_of_many_steps_gives_the_bits_of_many_calls(size: int) -> None:
    train = trainer(training(with_memory, 2), "numpy")
    together = trained(with_memory, 2, None, size, [0.1] * 12)
    parameters, memory, losses = START.copy(), np.zeros((2, 3)), []
    steps = SAMPLES // size
    for done in range(0, 12, steps):
        losses += train(parameters, memory, COLUMNS, None, size, np.full(steps, 0.1), done).tolist()
    assert np.array_equal(together[0], parameters)
    assert np.array_equal(together[1], memory)
    assert together[2].tolist() == losses


@pytest.mark.parametrize("size", [20, 100])
def test_the_steps_done_before_count(size: int) -> None:
    steps = [np.arange(size)]
    same(trained(with_memory, 2, None, size, [0.1], done=6), by_hand(with_memory, 2, steps, [0.1], done=6))


def test_a_mean_of_what_no_sample_has_a_part_in_is_that() -> None:
    builder = Builder()
    inputs = w, _ = builder.input("w"), builder.input("x")
    plan = Plan(builder.program(inputs, [w * w, 2.0 * w]), shared=1, is_batch=True, summed=(True, True), is_mean=True)
    task = Training(plan, training().update)
    for samples in (4, 100):
        parameters = np.array([3.0])
        (loss,) = trainer(task, "numpy")(
            parameters, np.zeros((0, 1)), [np.zeros(samples)], None, samples, np.array([0.25]), 0
        )
        assert (loss, parameters[0]) == (9.0, 1.5)


@pytest.mark.parametrize("size", [10, 100])
def test_a_loss_out_of_range_is_infinite_and_no_exception(size: int) -> None:
    with np.errstate(all="ignore"):
        parameters, _, losses = trained(plain, 0, None, size, [1e300] * 4)
    assert not np.isfinite(losses[-1])
    assert not np.isfinite(parameters).all()


def test_an_unknown_backend_is_told() -> None:
    with pytest.raises(ValueError, match="backend 'torch': one of numpy, native, jax is needed"):
        trainer(training(), "torch")
    assert compiling.BACKENDS.keys() <= trainers.TRAINERS.keys()


@pytest.mark.parametrize(("backend", "package"), [("native", "llvmlite"), ("jax", "jax")])
@pytest.mark.parametrize("size", [30, 200])
def test_the_backends_agree(backend: str, package: str, size: int) -> None:
    pytest.importorskip(package, reason=f"the backend {backend!r} needs {package}")
    rates = [0.3] * 21
    ours = trained(with_memory, 2, None, size, rates, backend=backend)
    same(ours, trained(with_memory, 2, None, size, rates), 1e-10)
    order = np.concatenate([rng.permutation(SAMPLES) for _ in range(3)])
    rates = [0.3] * (len(order) // 20)
    ours = trained(with_memory, 2, order, 20, rates, backend=backend)
    same(ours, trained(with_memory, 2, order, 20, rates), 1e-10)
