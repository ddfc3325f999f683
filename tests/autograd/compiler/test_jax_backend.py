"""Batches and training by JAX: what the NumPy backend gives, compiled for few shapes, with the user's settings kept."""

import sys
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import OPERATIONS, Operation, compile
from autograd.compiler.plan import Training
from autograd.compiler.program import Builder, Program
from autograd.compiler.training import train_by_numpy

pytest.importorskip("jax", reason="needs JAX: pip install 'chalkgrad[jax]'")

import jax

from autograd.compiler import with_jax
from autograd.compiler.with_jax import run_by_jax, train_by_jax


def loss(x, y, W, b):
    h = [autograd.sigmoid(sum(w * xi for w, xi in zip(row, x, strict=True)) + b) for row in W]
    return autograd.softplus(sum(h) - y)


RNG = np.random.default_rng(3)
W = RNG.normal(size=(3, 2))


def _arguments(samples: int) -> dict[str, Any]:
    return {"x": RNG.normal(size=(samples, 2)), "y": RNG.normal(size=samples), "W": W, "b": 0.1}


def _same(given: Any, right: Any, rtol: float = 1e-12) -> bool:
    return type(given) is type(right) and np.allclose(given, right, rtol=rtol, atol=1e-15, equal_nan=True)


# Batches --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reduce", ["mean", "sum", None])
@pytest.mark.parametrize("samples", [1, 5, 100, 10_007])
def test_a_batch_gives_what_numpy_gives(reduce: Any, samples: int) -> None:
    arguments = _arguments(samples)
    made = [
        compile(loss, wrt=("W", "b", "x"), batch=("x", "y"), reduce=reduce, backend=backend)
        for backend in ("jax", "numpy")
    ]
    (value, slopes), (right, right_slopes) = (one.value_and_grad(**arguments) for one in made)
    assert _same(value, right)
    assert slopes.keys() == right_slopes.keys()
    for name, slope in slopes.items():
        assert _same(slope, right_slopes[name], 1e-11), name
        assert np.shape(slope) == np.shape(right_slopes[name])


def test_a_single_point_gives_what_numpy_gives() -> None:
    arguments = {"x": [0.5, -1.0], "y": 0.25, "W": W, "b": 0.1}
    (value, slopes), (right, right_slopes) = (
        compile(loss, backend=backend).value_and_grad(**arguments) for backend in ("jax", "numpy")
    )
    assert _same(value, right)
    for name, slope in slopes.items():
        assert _same(slope, right_slopes[name]), name


def test_what_samples_have_no_part_in_is_counted_as_numpy_counts_it() -> None:
    def f(x, w):
        return w * w

    for reduce in ("mean", "sum", None):
        made = [compile(f, batch="x", reduce=reduce, backend=backend) for backend in ("jax", "numpy")]
        value, right = (one.value_and_grad(x=np.ones(5), w=3.0) for one in made)
        assert _same(value[0], right[0])
        assert _same(value[1]["w"], right[1]["w"])


def test_samples_that_fill_up_a_batch_have_no_part_in_it() -> None:
    # 1/(x − 1) has no number where the filling stands.
    f = compile(lambda x: 1.0 / (x - 1.0), batch="x", wrt="x", reduce="sum", backend="jax")
    value, slopes = f.value_and_grad(x=np.full(9, 2.0))
    assert value == 9.0
    assert slopes["x"].tolist() == [-1.0] * 9


def test_infinities_and_nan_of_a_sample_reach_the_sum() -> None:
    f = compile(lambda x: autograd.log(x), batch="x", wrt=(), reduce="sum", backend="jax")
    assert f.value(x=np.array([1.0, 0.0])) == -np.inf
    assert np.isnan(f.value(x=np.array([1.0, -1.0])))


def test_few_shapes_are_compiled() -> None:
    lengths = {with_jax._padded(samples) for samples in range(1, 100_001)}
    assert len(lengths) < 70
    for samples in (1, 2, 9, 1_000, 4_096, 70_001):
        assert samples <= with_jax._padded(samples) <= 1.25 * samples


def test_devices_share_samples_equally_and_in_blocks_of_one_length() -> None:
    for samples in (1, 2, 9, 1_000, 4_096, 70_001, 1_000_003):
        for devices in (1, 3, 8):
            shared_out = with_jax._shared_out(samples, devices, 4_096)
            each = shared_out // devices
            blocks = -(-each // 4_096)
            assert shared_out % devices == each % blocks == 0
            assert samples <= shared_out < samples + devices * (blocks + 1)


def test_a_batch_in_blocks_gives_what_it_gives_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = _arguments(1_000)
    results = []
    for block in (32_768, 64):
        monkeypatch.setattr(with_jax, "BLOCK", block)
        made = compile(loss, wrt=("W", "x"), batch=("x", "y"), reduce="sum", backend="jax")
        results.append(made.value_and_grad(**arguments))
    (value, slopes), (right, right_slopes) = results
    assert _same(value, right)
    assert _same(slopes["W"], right_slopes["W"])
    assert np.array_equal(slopes["x"], right_slopes["x"])


def test_numbers_are_doubles_and_the_users_setting_stays() -> None:
    f = compile(lambda x: x / 3.0, batch="x", wrt=(), reduce=None, backend="jax")
    assert f.value(x=np.array([1.0])).tolist() == [1.0 / 3.0]
    assert not jax.config.jax_enable_x64
    assert jax.numpy.ones(1).dtype == np.float32


def test_columns_may_lie_anywhere_in_memory() -> None:
    f = compile(lambda x: x[0] - 2.0 * x[1], batch="x", wrt=(), reduce=None, backend="jax")
    x = RNG.normal(size=(2, 16))
    assert np.array_equal(f.value(x=x.T), x[0] - 2.0 * x[1])


def test_without_jax_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("with_jax", "jax_operations"):
        monkeypatch.delitem(sys.modules, f"autograd.compiler.{name}", raising=False)
    monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(ImportError, match=r"backend 'jax' needs JAX: pip install 'chalkgrad\[jax\]'"):
        compile(lambda x: x * x, backend="jax").value(x=1.0)


# Training -------------------------------------------------------------------------------------------------------------


def _sgd() -> Program:
    builder = Builder()
    inputs = [builder.input(name) for name in ("parameter", "gradient", "rate", "step")]
    parameter, gradient, rate, _ = inputs
    return builder.program(inputs, [parameter - rate * gradient])


def _adam() -> Program:
    builder = Builder()
    inputs = [builder.input(name) for name in ("parameter", "gradient", "mean", "square", "rate", "step")]
    parameter, gradient, mean, square, rate, step = inputs
    mean = 0.9 * mean + 0.1 * gradient
    square = 0.999 * square + 0.001 * gradient * gradient
    change = mean / (1.0 - 0.9**step) / (autograd.sqrt(square / (1.0 - 0.999**step)) + 1e-8)
    return builder.program(inputs, [parameter - rate * change, mean, square])


X, Y = RNG.normal(size=(103, 2)), RNG.normal(size=103)


def _training(update: Program, f: Any = loss) -> Training:
    compiled = compile(f, batch=("x", "y"))
    recording = compiled._recording(compiled._arguments({"x": X, "y": Y, "W": W, "b": 0.1}))
    return Training(recording.plan("both"), update)


def _trained(trainer: Any, training: Training, order: Any, size: int, steps: int, done: int) -> list[np.ndarray]:
    parameters, kept = np.array([*W.ravel(), 0.1]), np.full((training.kept, 7), 0.25)
    rates = np.linspace(0.5, 0.1, steps)
    losses = trainer(parameters, kept, [X[:, 0], X[:, 1], Y], order, size, rates, done)
    return [parameters, kept, losses]


ORDER = RNG.permutation(103)


@pytest.mark.parametrize("update", [_sgd(), _adam()], ids=["sgd", "adam"])
def test_training_gives_what_numpy_gives(update: Program) -> None:
    training = _training(update)
    by_jax, by_numpy = train_by_jax(training), train_by_numpy(training)
    for order, size, steps, done in (
        (None, 10, 25, 3),
        (ORDER, 10, 11, 2),
        (ORDER[:25], 10, 3, 0),
        (None, 1_000, 4, 0),
    ):
        results = [_trained(trainer, training, order, size, steps, done) for trainer in (by_jax, by_numpy)]
        for given, right in zip(*results, strict=True):
            assert np.allclose(given, right, rtol=1e-12, atol=1e-14), (size, steps)


def test_training_is_the_same_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    training = _training(_sgd())
    whole = _trained(train_by_jax(training), training, ORDER, 10, 11, 0)
    # So few that every call to the devices takes two steps.
    monkeypatch.setattr(with_jax, "LARGEST", 60)
    parts = _trained(train_by_jax(training), training, ORDER, 10, 11, 0)
    assert all(np.array_equal(one, other) for one, other in zip(whole, parts, strict=True))


def test_training_is_repeatable_to_the_bit() -> None:
    training = _training(_sgd())
    first, second = (_trained(train_by_jax(training), training, ORDER, 8, 13, 5) for _ in range(2))
    assert all(np.array_equal(one, other) for one, other in zip(first, second, strict=True))


def test_an_operation_of_ones_own_can_be_trained_with() -> None:
    def clipped_by_python(x: float) -> float:
        return min(max(float(x), -1.0), 1.0)

    def between(x: float) -> float:
        return float(-1.0 < float(x) < 1.0)

    try:
        inside = Operation("inside", "in", r"{0}", between, partials=(0.0,))
        clipped = Operation("clipped", "[]", r"{0}", clipped_by_python, partials=(lambda x, out: inside(x),))
        training = _training(_sgd(), lambda x, y, W, b: (clipped(loss(x, y, W, b)) - 0.5) ** 2)
        results = [_trained(made(training), training, None, 50, 6, 0) for made in (train_by_jax, train_by_numpy)]
        for given, right in zip(*results, strict=True):
            assert np.allclose(given, right, rtol=1e-12)
        plan = training.plan
        assert len(run_by_jax(plan)([*W.ravel(), 0.1], [X[:, 0], X[:, 1], Y], 103)) == 8
    finally:
        OPERATIONS.pop("clipped", None)
        OPERATIONS.pop("inside", None)
