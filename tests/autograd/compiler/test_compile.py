"""What a user of ``compile`` may rely on: arguments in, values and gradients out, and sentences where it cannot be."""

import math
import threading
from fractions import Fraction

import numpy as np
import pytest

import autograd
from autograd import RecordingError, Value, compile, grad, gradient, hvp, jvp, sigmoid, where
from autograd.compiler import arrays

WEIGHTS = {"W": [[0.2, 0.4], [0.3, 0.5]], "b": np.array([0.3, 0.5]), "v": (0.4, 0.6), "c": 0.5}
X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = np.array([0.0, 1.0, 1.0, 1.0])


def network(x, y, W, b, v, c):
    hidden = [sigmoid(row[0] * x[0] + row[1] * x[1] + bias) for row, bias in zip(W, b, strict=True)]
    return (sigmoid(v[0] * hidden[0] + v[1] * hidden[1] + c) - y) ** 2


def eager(x, y) -> tuple[float, dict[str, np.ndarray]]:
    """The loss of a sample, and its gradient by each argument but y."""
    leaves = {name: np.vectorize(Value, otypes=[object])(np.asarray(n)) for name, n in {**WEIGHTS, "x": x}.items()}
    loss = network(y=y, **{**leaves, "c": leaves["c"].item()})
    loss.backward()
    return loss.data, {name: np.vectorize(lambda leaf: leaf.grad)(array) for name, array in leaves.items()}


@pytest.mark.parametrize("copies", [1, 100, 5000], ids=lambda copies: f"{4 * copies} samples")
@pytest.mark.parametrize("reduce", ["mean", "sum", None])
def test_a_batch_gives_what_its_samples_give_on_values(copies: int, reduce: str | None) -> None:
    losses, slopes = zip(*(eager(x, y) for x, y in zip(X, Y, strict=True)), strict=True)
    compiled = compile(network, wrt=("W", "c", "x"), batch=("x", "y"), reduce=reduce)
    arguments = {"x": np.tile(X, (copies, 1)), "y": np.tile(Y, copies), **WEIGHTS}
    value, gradients = compiled.value_and_grad(**arguments)
    samples = 4 * copies
    scale = {"mean": 1.0 / samples, "sum": 1.0, None: 1.0}[reduce]
    expected = {name: np.tile([s[name] for s in slopes], (copies,) + (1,) * slopes[0][name].ndim) for name in slopes[0]}
    if reduce is None:
        assert np.allclose(value, np.tile(losses, copies), rtol=1e-14)
    else:
        assert value == pytest.approx(sum(losses) * copies * scale, rel=1e-13)
        expected = {n: array * scale if n == "x" else array.sum(axis=0) * scale for n, array in expected.items()}
    for name, array in gradients.items():
        assert np.shape(array) == expected[name].shape
        assert np.allclose(array, expected[name], rtol=1e-12, atol=1e-17)
    assert list(gradients) == ["W", "c", "x"]
    assert compiled.value(**arguments) == pytest.approx(value, rel=1e-15)
    assert np.array_equal(compiled.grad(**arguments)["W"], gradients["W"])


def test_one_point_gives_floats_and_arrays_in_the_shapes_given() -> None:
    compiled = compile(network, wrt=("c", "v"))
    value, gradients = compiled.value_and_grad(x=[0.0, 1.0], y=1.0, **WEIGHTS)
    loss, slopes = eager(np.array([0.0, 1.0]), 1.0)
    assert (type(value), value) == (float, pytest.approx(loss, rel=1e-15))
    assert (type(gradients["c"]), gradients["c"]) == (float, pytest.approx(float(slopes["c"])))
    assert gradients["v"].tolist() == pytest.approx(slopes["v"].tolist())


def test_without_wrt_everything_outside_the_batch_is_derived_for() -> None:
    assert compile(network, batch=("x", "y")).wrt == ("W", "b", "v", "c")


def test_the_function_is_run_once_for_arguments_of_one_shape() -> None:
    calls = []

    def f(x):
        calls.append(x)
        return x * x if not isinstance(x, list) else x[0] * x[1]

    compiled = compile(f)
    assert [compiled.value(x=x) for x in (2.0, 3.0, 4, Fraction(1, 2))] == [4.0, 9.0, 16.0, 0.25]
    assert compiled.value(x=[2.0, 5.0]) == compiled.value(x=[5.0, 2.0]) == 10.0
    assert len(calls) == 2


def test_lists_stay_lists_and_arrays_arrays() -> None:
    assert compile(lambda x: (x + x)[1] if isinstance(x, np.ndarray) else (x + x)[2]).value(x=[3.0, 4.0]) == 3.0
    assert compile(lambda x: (x + x)[1]).value(x=np.array([3.0, 4.0])) == 8.0
    assert compile(lambda A, x: (A @ x).sum()).value(A=np.eye(2) * 3.0, x=np.array([1.0, 2.0])) == 9.0


def test_both_sides_of_a_branch_are_right_in_one_batch() -> None:
    compiled = compile(lambda x: where(x > 0.0, autograd.sqrt(x), 0.0) + where(x <= 1.0, 0.0, x), batch="x", wrt="x")
    x = np.tile([-1.0, 0.0, 0.25, 1.0, 4.0, math.inf, math.nan], 20)
    value, gradients = compile(compiled.function, batch="x", wrt="x", reduce=None).value_and_grad(x=x)
    assert value[:5].tolist() == [0.0, 0.0, 0.5, 1.0, 6.0]
    assert gradients["x"][:6].tolist() == [0.0, 0.0, 1.0, 0.5, 1.25, 1.0]


@pytest.mark.parametrize("use", [bool, float, int, lambda x: x.data, lambda x: "yes" if x < 1.0 else "no", max])
def test_a_branch_while_recording_is_refused_with_its_line(use) -> None:
    def f(x, y):
        return x if use(x) else y

    if use is max:

        def f(x, y):
            return max(x, y)

    with pytest.raises(RecordingError, match=r"test_compile\.py:\d+: .*autograd\.where\(condition, x, y\)"):
        compile(f).value(x=1.0, y=2.0)


def test_a_value_of_somebody_else_is_refused() -> None:
    with pytest.raises(RecordingError, match=r"Value\(data=3\.0.*give it as an argument"):
        compile(lambda x: x * Value(3.0)).value(x=1.0)


def test_derivatives_inside_are_recorded_as_well() -> None:
    def newton(x):
        f = lambda u: autograd.sin(u) * u**3 + autograd.relu(u)  # noqa: E731
        return x - grad(f)(x) / grad(grad(f))(x)

    compiled = compile(newton)
    assert compiled.value(x=1.3) == pytest.approx(newton(1.3), rel=1e-14)
    assert compiled.grad(x=1.3)["x"] == pytest.approx(grad(newton)(1.3), rel=1e-12)
    # The inner derivative is by u alone.
    assert compile(lambda x: grad(lambda u: u * x)(x)).value_and_grad(x=3.0) == (3.0, {"x": 1.0})
    slope = jvp(autograd.tanh, (0.3,), (2.0,))[1]
    assert compile(lambda x: jvp(autograd.tanh, (x,), (2.0,))[1]).value(x=0.3) == pytest.approx(slope, rel=1e-14)
    assert compile(lambda x: hvp(lambda v: v[0] ** 2 * v[1], x, [1.0, 0.0])[1]).value(x=[3.0, 2.0]) == 6.0
    assert compile(lambda x: gradient(x * x, [x], 3.0)[0]).value(x=2.0) == 12.0


def test_a_constant_counts_once_for_each_sample() -> None:
    def f(x, w):
        return 3.0 * w + 0.0 * w * w

    x = np.zeros(100)
    assert compile(f, batch="x", reduce="sum").value_and_grad(x=x, w=2.0) == (600.0, {"w": 300.0})
    assert compile(f, batch="x", reduce="mean").value_and_grad(x=x, w=2.0) == (6.0, {"w": 3.0})
    value, gradients = compile(f, wrt=("w", "x"), batch="x", reduce=None).value_and_grad(x=x, w=2.0)
    assert value.tolist() == [6.0] * 100
    assert gradients["w"].tolist() == [3.0] * 100
    assert gradients["x"].tolist() == [0.0] * 100
    assert compile(lambda x: 7.0).value_and_grad(x=1.0) == (7.0, {"x": 0.0})


def test_memory_is_bounded_by_the_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    empty = np.empty

    def counted(shape, dtype=float):
        sizes.append(np.dtype(dtype).itemsize * int(np.prod(shape)))
        return empty(shape, dtype)

    compiled = compile(network, batch=("x", "y"))
    arguments = {"x": np.tile(X, (50_000, 1)), "y": np.tile(Y, 50_000), **WEIGHTS}
    compiled.value_and_grad(**arguments)
    monkeypatch.setattr(np, "empty", counted)
    compiled.value_and_grad(**arguments)
    assert 0 < sum(sizes) < 2 * arrays.CACHE


def test_threads_may_share_a_compiled_function() -> None:
    compiled = compile(network, batch=("x", "y"))
    x, y = np.random.default_rng(0).normal(size=(50_000, 2)), np.zeros(50_000)
    alone = [compiled.value(x=x * factor, y=y, **WEIGHTS) for factor in (1.0, 2.0, 3.0, 4.0)]
    together = [0.0] * 4

    def work(index: int) -> None:
        together[index] = compiled.value(x=x * (index + 1.0), y=y, **WEIGHTS)

    threads = [threading.Thread(target=work, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == alone


def test_columns_may_lie_apart_in_memory() -> None:
    compiled = compile(lambda x, w: x[0] * w - x[1], batch="x", reduce="sum")
    wide = np.random.default_rng(1).normal(size=(2, 20_000))
    assert compiled.value(x=wide.T, w=2.0) == pytest.approx(compiled.value(x=np.ascontiguousarray(wide.T), w=2.0))
    assert compiled.value(x=wide.T[::-3], w=2.0) == pytest.approx(float((wide[0] * 2.0 - wide[1])[::-3].sum()))


def test_one_point_as_a_plain_function() -> None:
    flat = compile(lambda x, W: x * W[0] + W[1]).flat(x=0.0, W=[0.0, 0.0])
    assert flat(2.0, 3.0, 4.0) == (10.0, 3.0, 2.0, 1.0)


def test_a_program_reads_like_a_calculation() -> None:
    assert str(compile(lambda x, W: autograd.exp(x * W[1]) + 2.0, wrt="x").program(x=1.0, W=[1.0, 1.0])) == (
        "v3 = multiply(x, W[1])\nv4 = exp(v3)\nv6 = add(v4, 2.0)\nv7 = multiply(W[1], v4)\nreturn v6, v7"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"wrt": "z"}, "wrt has 'z': one of x, w is needed"),
        ({"batch": ("x", "q")}, "batch has 'q': one of x, w is needed"),
        ({"reduce": "max"}, "reduce 'max': 'mean', 'sum' or None is needed"),
        ({"backend": "fortran"}, "backend 'fortran': one of numpy"),
    ],
)
def test_a_wrong_option_is_named(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        compile(lambda x, w: x * w, **options)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"x": X}, TypeError, "the function|f needs 'w': give x, w by name"),
        ({"x": X, "w": 1.0, "z": 1.0}, TypeError, "f has no parameter 'z': give x, w by name"),
        ({"x": 1.0, "w": 1.0}, ValueError, "x = 1.0: an argument of the batch has a leading axis over the samples"),
        ({"x": np.zeros((0, 2)), "w": 1.0}, ValueError, "x has no samples: give at least one"),
        ({"x": [[1.0], [1.0, 2.0]], "w": 1.0}, ValueError, "x is a list of parts of different lengths"),
        ({"x": X, "w": 1j}, TypeError, "w holds complex128: real numbers are needed"),
        ({"x": X, "w": "2"}, TypeError, "w holds <U1: real numbers are needed"),
        ({"x": X, "w": 2**53 + 1}, ValueError, r"w: np.int64\(9007199254740993\) equals no double exactly"),
    ],
)
def test_a_wrong_argument_is_named(arguments: dict[str, object], error: type[Exception], message: str) -> None:
    def f(x, w):
        return x[0] * w

    with pytest.raises(error, match=message):
        compile(f, batch="x").value(**arguments)


def test_batches_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="x has 4 samples, y has 3: make them equal"):
        compile(network, batch=("x", "y")).value(x=X, y=Y[:3], **WEIGHTS)


@pytest.mark.parametrize("result", [None, [1.0, 2.0], "text"])
def test_a_result_that_is_no_number_is_refused(result: object) -> None:
    def f(x):
        return result

    with pytest.raises(TypeError, match=r"f gave .*: compile needs one number"):
        compile(f).value(x=1.0)


def test_parameters_without_a_name_are_refused() -> None:
    with pytest.raises(TypeError, match=r"has the parameter \*x: compile needs parameters it can name"):
        compile(lambda *x: x[0])


def test_names_never_get_into_the_code() -> None:
    hostile = "__import__('os').system('false')"
    namespace: dict[str, object] = {}
    exec("def f(ｘ, __class__): return ｘ * __class__", namespace)
    compiled = compile(namespace["f"])
    assert compiled.value_and_grad(**{"x": 2.0, "__class__": 3.0}) == (6.0, {"x": 3.0, "__class__": 2.0})
    x = Value(1.0, label=hostile)
    assert compile(lambda x: x * 2.0).value(x=x) == 2.0


@pytest.mark.parametrize("reduce", ["mean", "sum"])
def test_chunks_give_what_the_whole_batch_gives(reduce: str) -> None:
    compiled = compile(network, batch=("x", "y"), reduce=reduce)
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(1000, 2)), rng.random(1000)
    chunks = ({"x": x[start : start + 300], "y": y[start : start + 300]} for start in range(0, 1000, 300))
    value, gradients = compiled.streamed(chunks, **WEIGHTS)
    whole, whole_gradients = compiled.value_and_grad(x=x, y=y, **WEIGHTS)
    assert value == pytest.approx(whole, rel=1e-13)
    for name, right in whole_gradients.items():
        assert np.allclose(gradients[name], right, rtol=1e-12)
    with pytest.raises(ValueError, match="there are no chunks: give at least one"):
        compiled.streamed([], **WEIGHTS)


def test_what_is_kept_for_each_sample_cannot_be_streamed() -> None:
    with pytest.raises(ValueError, match="streamed adds up over the samples"):
        compile(network, batch=("x", "y"), reduce=None).streamed([], **WEIGHTS)


def test_a_parameter_with_a_default_may_be_left_out() -> None:
    def f(x, k=2.0):
        return x * k

    compiled = compile(f)
    assert compiled.value_and_grad(x=3.0) == (6.0, {"x": 2.0, "k": 3.0})
    assert compiled.value_and_grad(x=3.0, k=5.0) == (15.0, {"x": 5.0, "k": 3.0})


def test_a_default_may_be_a_list() -> None:
    compiled = compile(lambda x, w=[3.0, 2.0]: x * w[0] + w[1] if isinstance(w, list) else x + w)
    assert compiled.value_and_grad(x=1.0)[0] == 5.0
    assert compiled.value_and_grad(x=1.0, w=7.0) == (8.0, {"x": 1.0, "w": 1.0})
    assert compiled.value_and_grad(x=1.0)[1]["w"].tolist() == [1.0, 1.0]
