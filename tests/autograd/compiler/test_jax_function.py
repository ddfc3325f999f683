"""A compiled function as a function of JAX: under its transformations, with the table's own derivatives."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import OPERATIONS, Operation, Value, compile, recorded
from autograd.compiler.program import Builder, Program
from autograd.strategies import Expression, expressions

pytest.importorskip("jax", reason="needs JAX: pip install 'chalkgrad[jax]'")

import jax
import jax.numpy as jnp
from jax.sharding import Mesh, PartitionSpec

from autograd.compiler.jax_function import jax_function, jax_function_of

INPUTS = ("x", "y", "z")


def _program(f: Any, names: tuple[str, ...] = INPUTS) -> Program:
    builder = Builder()
    inputs = [builder.input(name) for name in names]
    return builder.program(inputs, [f(*inputs)])


def _value(f: Any, names: tuple[str, ...] = INPUTS) -> Any:
    function = jax_function(_program(f, names))
    return lambda *numbers: function(*numbers)[0]


def _of(compiled: Any, **arguments: Any) -> Any:
    return jax_function_of(compiled._recording(compiled._arguments(arguments)))


def loss(x, y, W, b):
    h = [autograd.tanh(sum(w * xi for w, xi in zip(row, x, strict=True)) + b) for row in W]
    return (sum(h) - y) ** 2


X = np.array([[0.5, -1.0], [2.0, 0.25], [-0.75, 1.5], [1.0, 1.0], [0.0, 3.0]])
Y = np.array([0.5, 1.0, -1.0, 0.0, 2.0])
W = np.array([[0.3, -0.2], [0.1, 0.7], [-0.5, 0.4]])


def test_it_has_the_value_and_the_gradient_of_the_compiled_function_under_jit() -> None:
    compiled = compile(loss, batch=("x", "y"))
    value, gradient = compiled.value_and_grad(x=X, y=Y, W=W, b=0.1)
    f = _of(compiled, x=X, y=Y, W=W, b=0.1)
    with jax.enable_x64(True):
        by_jax, (of_w, of_b) = jax.jit(jax.value_and_grad(f, argnums=(2, 3)))(X, Y, W, 0.1)
    assert by_jax.dtype == np.float64
    assert float(by_jax) == pytest.approx(value, rel=1e-14)
    assert np.allclose(of_w, gradient["W"], rtol=1e-13)
    assert float(of_b) == pytest.approx(gradient["b"], rel=1e-13)


@pytest.mark.parametrize("reduce", ["mean", "sum", None])
def test_it_takes_any_number_of_samples_and_arguments_by_place_or_by_name(reduce: Any) -> None:
    compiled = compile(loss, batch=("x", "y"), reduce=reduce)
    f = _of(compiled, x=X, y=Y, W=W, b=0.1)
    for samples in (1, 2, 5):
        right = compiled.value(x=X[:samples], y=Y[:samples], W=W, b=0.1)
        with jax.enable_x64(True):
            assert np.allclose(f(X[:samples], Y[:samples], b=0.1, W=W), right, rtol=1e-14)


def test_lists_may_stay_lists() -> None:
    f = _of(compile(loss), x=[1.0, 2.0], y=0.5, W=W.tolist(), b=0.1)
    with jax.enable_x64(True):
        slopes = jax.grad(lambda w: f([1.0, 2.0], 0.5, w, 0.1))(W.tolist())
    assert [len(row) for row in slopes] == [2, 2, 2]


def test_another_shape_than_was_recorded_is_refused() -> None:
    f = _of(compile(loss, batch=("x", "y")), x=X, y=Y, W=W, b=0.1)
    with pytest.raises(ValueError, match=r"W has the shape \(2, 2\): \(3, 2\) is needed, as was recorded"):
        f(X, Y, W[:2], 0.1)
    with pytest.raises(ValueError, match=r"x has the shape \(2,\): an axis over the samples, then \(2,\) is needed"):
        f(X[0], Y, W, 0.1)
    with pytest.raises(TypeError, match="missing a required argument: 'b'"):
        f(X, Y, W)


def test_what_is_no_number_is_refused() -> None:
    f = jax_function(_program(lambda x, y, z: x + y * z))
    with pytest.raises(TypeError, match="a program of 3 inputs was given 2: give a number for each"):
        f(1.0, 2.0)
    with pytest.raises(TypeError, match="was given complex64: real numbers are needed"):
        f(1.0, 2.0, 1j)


def test_it_computes_in_the_type_of_its_inputs() -> None:
    f = _value(lambda x, y, z: autograd.sigmoid(x) * y + 0.1 * z)
    single = np.float32([0.5, -3.0])
    assert f(single, single, 1.0).dtype == np.float32
    assert f(1, 2, 3).dtype == np.float32
    with jax.enable_x64(True):
        assert f(single, single, 1.0).dtype == np.float32
        assert f(1, 2, 3).dtype == np.float64
        double = f(*(single.astype(np.float64),) * 2, 1.0)
        assert np.allclose(f(single, single, 1.0), double, rtol=1e-6)
    assert not jax.config.jax_enable_x64


@pytest.mark.parametrize("op", list(OPERATIONS.values()), ids=lambda op: op.name)
def test_single_precision_is_as_good_as_it_can_be(op: Operation) -> None:
    points = np.float32([[0.3, 0.6], [-0.4, 0.5], [0.8, -0.7], [0.25, 0.25]])
    f = _value(lambda *operands: op(*operands), INPUTS[: len(op.partials)])
    with np.errstate(all="ignore"):
        numbers = f(*points.T[: len(op.partials)])
    for number, point in zip(numbers, points.astype(float), strict=True):
        assert float(number) == pytest.approx(op(*map(float, point[: len(op.partials)])), rel=2e-5, nan_ok=True)


@settings(max_examples=40)
@given(expressions(inputs=INPUTS), st.tuples(*[st.floats(-2.0, 2.0)] * 3))
def test_any_calculation_and_its_gradient(f: Expression, point: tuple[float, ...]) -> None:
    values = list(map(Value, point))
    out = f(*values)
    out.backward()
    numbers = [number or 0.0 for node in recorded(out) for number in (node.data, *node.slopes)]
    with jax.enable_x64(True):
        value, slopes = jax.value_and_grad(_value(f), argnums=(0, 1, 2))(*point)
    if all(abs(number) < 100.0 for number in numbers):
        right = [out.data, *(value.grad for value in values)]
        assert np.allclose([value, *slopes], right, rtol=1e-9, atol=1e-9, equal_nan=True)


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: autograd.where(x > 0.0, autograd.sqrt(x), 0.0), 0.0),
        (lambda x: autograd.where(x > 0.0, autograd.log(x), x), -1.0),
        (lambda x: autograd.sqrt(autograd.relu(x)), -1.0),
        (lambda x: autograd.relu(autograd.sqrt(x) - 1.0), 0.0),
        (lambda x: autograd.maximum(1.0 / x, 3.0), -0.0),
    ],
)
def test_nothing_leaks_from_a_side_not_taken(f: Any, x: float) -> None:
    both = np.array([x, 2.0])
    with jax.enable_x64(True):
        slopes = jax.vmap(jax.grad(_value(f, ("x",))))(both)
        again = jax.grad(lambda x: _value(f, ("x",))(x).sum())(both)
    right = [autograd.grad(f)(number) for number in both.tolist()]
    assert math.isfinite(right[0])
    assert slopes.tolist() == again.tolist() == right


def test_an_input_that_does_not_move_adds_nothing() -> None:
    f = _value(lambda x, y, z: autograd.sqrt(x) * y + z)
    with jax.enable_x64(True):
        assert jax.grad(f, argnums=1)(0.0, 3.0, 1.0) == 0.0
        assert jax.jvp(lambda z: f(0.0, 3.0, z), (1.0,), (1.0,))[1] == 1.0


def test_vmap_grad_and_jvp_agree() -> None:
    f = _value(lambda x, y, z: autograd.sin(x * y) * autograd.exp(z) + x**3)
    points = np.random.default_rng(1).normal(size=(3, 7))
    with jax.enable_x64(True):
        slopes = jax.vmap(jax.grad(f, argnums=(0, 1, 2)))(*points)
        for place, slope in enumerate(slopes):
            tangents = [np.full(7, 1.0 * (place == other)) for other in range(3)]
            value, move = jax.jit(lambda t: jax.jvp(f, tuple(points), tuple(t)))(tangents)
            assert np.allclose(move, slope, rtol=1e-14)
        assert np.allclose(value, f(*points), rtol=1e-15)
        assert jax.vmap(f, in_axes=(0, None, None))(points[0], 1.0, 2.0).shape == (7,)


def test_a_number_beside_an_array_gets_the_sum_of_its_slopes() -> None:
    f = _value(lambda x, y, z: x * y * y + z)
    with jax.enable_x64(True):
        assert jax.grad(lambda y: f(jnp.arange(4.0), y, 0.0).sum())(2.0) == 24.0
        assert f(jnp.arange(4.0), 2.0, jnp.ones((3, 1))).shape == (3, 4)


def test_derivatives_of_derivatives_are_those_of_the_rules() -> None:
    def f(x, y):
        return autograd.gelu(x * y) + autograd.softplus(x) ** 2 / y

    by_jax = _value(f, ("x", "y"))
    with jax.enable_x64(True):
        hessian = jax.jit(jax.hessian(lambda p: by_jax(p[0], p[1])))(jnp.array([0.7, 1.3]))
        third = jax.grad(jax.grad(jax.grad(by_jax)))(0.7, 1.3)
    assert np.allclose(hessian, autograd.hessian(lambda p: f(p[0], p[1]))([0.7, 1.3]), rtol=1e-12)
    right = autograd.grad(autograd.grad(autograd.grad(lambda x: f(x, 1.3))))(0.7)
    assert float(third) == pytest.approx(right, rel=1e-12)


def test_it_may_stand_in_a_shard_map() -> None:
    f = _value(lambda x, y, z: autograd.relu(x * y) + z)
    mesh = Mesh(np.array(jax.devices()), ("samples",))
    samples, same = PartitionSpec("samples"), PartitionSpec()
    points = np.linspace(-1.0, 1.0, 8 * jax.device_count())
    with jax.enable_x64(True):
        spread = jax.jit(jax.shard_map(f, mesh=mesh, in_specs=(samples, same, same), out_specs=samples))
        assert np.array_equal(spread(points, 2.0, 1.0), f(points, 2.0, 1.0))
        slope = jax.grad(lambda y: spread(points, y, 1.0).sum())(2.0)
    assert float(slope) == pytest.approx(points[points > 0.0].sum())


def test_an_operation_of_ones_own_is_called_back() -> None:
    def rounded_to_tenths(x: float) -> float:
        if not isinstance(x, float):
            raise TypeError
        return round(x, 1)

    try:
        tenths = Operation("tenths", "≈", r"{0}", rounded_to_tenths, partials=(lambda x, out: 2.0 * tenths(x),))
        f = _value(lambda x, y: tenths(x) * y, ("x", "y"))
        with jax.enable_x64(True):
            assert f(0.24, 3.0) == 0.2 * 3.0
            assert jax.jit(jax.grad(f))(0.24, 3.0) == 0.4 * 3.0
            assert jax.vmap(f, in_axes=(0, None))(jnp.array([0.24, 0.26]), 1.0).tolist() == [0.2, 0.3]
        assert f(np.float32(0.24), np.float32(1.0)) == np.float32(0.2)
    finally:
        OPERATIONS.pop("tenths", None)


def test_a_compiled_function_gives_its_function_of_jax() -> None:
    compiled = autograd.compile(lambda x, w: autograd.relu(x * w), batch="x")
    value = compiled.jax_function(x=[0.0], w=0.0)
    with jax.enable_x64(True):
        x = jax.numpy.array([1.0, -2.0, 3.0])
        assert float(jax.jit(value)(x, 2.0)) == compiled.value(x=[1.0, -2.0, 3.0], w=2.0)
        assert float(jax.grad(value, argnums=1)(x, 2.0)) == compiled.grad(x=[1.0, -2.0, 3.0], w=2.0)["w"]
