"""What is exported runs without us, in each library, and gives what the engine gives."""

import ast
import builtins
import importlib
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nn
from autograd import OPERATIONS, Operation, RecordingError, Value, compile, grad, gradient, leaves, tanh, where
from autograd.compiler.export import export
from autograd.strategies import Expression, expressions

POINTS = (
    *(-math.inf, -1000.0, -745.0, -40.0, -3.5, -1.0, -0.3, -1e-9, -0.0),
    *(0.0, 1e-9, 0.3, 1.0, 2.5, 40.0, 710.0, 1000.0, math.inf, math.nan),
)

#: Where a library's own function has another number: (operation, a point) by library.
THEIRS = {
    "numpy": (),
    # 0 times infinity.
    "jax": (("silu", -math.inf), ("gelu", -math.inf), ("gelu_tanh", -math.inf)),
    # And e^710 is infinite, half of it is not.
    "torch": (
        *(("silu", -math.inf), ("gelu", -math.inf), ("gelu_tanh", -math.inf)),
        *(("sinh", 710.0), ("cosh", 710.0)),
    ),
}


@contextmanager
def library_of(name: str) -> Iterator[str]:
    """A library, if it is here, in doubles and without NumPy's warnings."""
    if name == "torch":
        pytest.importorskip("torch", reason="needs PyTorch, too large to be installed for the tests: pip install torch")
    if name == "jax":
        pytest.importorskip("jax", reason="needs JAX: pip install 'chalkgrad[jax]'")
    doubles = importlib.import_module("jax").enable_x64(True) if name == "jax" else nullcontext()
    with doubles, np.errstate(all="ignore"):
        yield name


@pytest.fixture(params=["numpy", "torch", "jax"])
def library(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Each library that is here."""
    with library_of(request.param) as name:
        yield name


def run(source: str) -> dict[str, Any]:
    """What a module of that source has in it."""
    names: dict[str, Any] = {}
    exec(builtins.compile(source, "<exported>", "exec"), names)
    return names


def function(source: str) -> Callable[..., Any]:
    f: Callable[..., Any] = run(source)["f"]
    return f


def same(numbers: Any, right: Any, near: float = 1e-26) -> bool:
    return np.allclose(np.asarray(numbers, float), np.asarray(right, float), rtol=1e-12, atol=near, equal_nan=True)


def test_every_operation_is_the_engines(library: Any) -> None:
    for op in OPERATIONS.values():
        inputs = [Value(0.5), Value(0.25)][: len(op.partials)]
        grid = [point for point in product(POINTS, repeat=len(inputs)) if (op.name, point[0]) not in THEIRS[library]]
        results = function(export(op(*inputs), to=library))(np.array(grid).T)
        # The gelu of PyTorch and JAX cancels in its tails.
        near = 1e-15 if op.name.startswith("gelu") and library != "numpy" else 1e-26
        assert same(results, [op(*point) for point in grid], near), op.name


@pytest.mark.parametrize("name", ["numpy", "jax"])
@settings(max_examples=60)
@given(f=expressions(), points=st.lists(st.tuples(*[st.floats(-2.0, 2.0)] * 2), min_size=1, max_size=3))
def test_any_graph(name: Any, f: Expression, points: list[tuple[float, float]]) -> None:
    x, y = Value(0.5), Value(0.25)
    output = f(x, y)
    with library_of(name):
        exported = function(export(output, to=name))
        for point in points:
            given_ = [point[0] if leaf is x else point[1] for leaf in leaves(output)]
            assert np.allclose(float(exported(given_)), float(f(*point)), rtol=1e-9, atol=1e-9, equal_nan=True)


def test_a_network_is_one_function_of_a_sample_and_its_parameters(library: str) -> None:
    network = nn.MLP(2, [3, 2], "tanh")
    names = run(export(network, [0.0, 0.0], to=library))
    for sample in ([0.0, 1.0], [0.3, -2.0]):
        right = [value.data for value in network(sample)]
        assert same(names["f"](sample), right)
        assert same(names["f"](sample, names["P"]), right)
    assert [p.data for p in network.parameters()] == names["P"]
    network.parameters()[0].data = 5.0
    assert same(names["f"]([1.0, 1.0], [p.data for p in network.parameters()]), [v.data for v in network([1.0, 1.0])])


@pytest.mark.parametrize("name", ["torch", "jax"])
def test_a_library_derives_what_was_exported(name: Any) -> None:
    with library_of(name) as library:
        module = importlib.import_module(library)
        for activation in nn.ACTIVATIONS:
            network = nn.MLP.of_layers([nn.Layer(2, 2, activation), nn.Layer(2, 1, "sigmoid")])
            network([0.3, -0.8]).backward()
            names = run(export(network, [0.0, 0.0], to=name))
            if library == "jax":
                gradient = module.jit(module.grad(names["f"], 1))(np.array([0.3, -0.8]), np.array(names["P"]))
            else:
                p = module.tensor(names["P"], dtype=module.float64, requires_grad=True)
                names["f"]([0.3, -0.8], p).backward()
                gradient = p.grad
            assert same(gradient, [parameter.grad for parameter in network.parameters()]), activation


def test_the_numbers_of_the_leaves_stand_beside_their_labels() -> None:
    x, y = Value(2.0, "x"), Value(math.inf, "y")
    names = run(source := export(x * y - math.nan))
    assert names["X"] == [2.0, math.inf]
    assert '    2.0,  # x\n    float("inf"),  # y\n' in source
    assert math.isnan(names["f"]())
    assert export(Value(3.0)).endswith("    return x[0]\n")


def test_a_further_axis_is_a_batch(library: str) -> None:
    network = nn.two_two_one()
    X = np.array([[0.0, 0.0, 1.0, 1.0], [0.0, 1.0, 0.0, 1.0]])
    assert same(function(export(network, [0.0, 0.0], to=library))(X), [network(x).data for x in X.T])


def test_a_function_keeps_its_arguments_and_the_form_of_its_result(library: str) -> None:
    def f(W: Any, x: Any, s: Any) -> Any:
        return [W @ x, (s * W[0, 1], 7.0)]

    W, x = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.array([0.5, -1.0])
    exported = function(export(f, W, x, 0.0, to=library))
    vector, (product_, constant) = exported(W, x, 3.0)
    assert same(vector, W @ x)
    assert (float(product_), constant) == (6.0, 7.0)


def test_derivatives_are_functions_too(library: str) -> None:
    def loss(w: Any, x: Any) -> Any:
        a = tanh(w[0] * x + w[1])
        return where(a > 0.0, (a - 1.0) ** 2, 2.0**a)

    exported = function(export(grad(loss), [0.0, 0.0], 0.0, to=library))
    for w, x in (([0.5, 0.1], 0.7), ([0.5, 0.1], -0.7)):
        assert same(exported(w, x), grad(loss)(w, x))

    x = Value(0.5)
    y = x**3 * tanh(x)
    first, second = function(export([*gradient(y, [x]), *gradient(gradient(y, [x])[0], [x])], to=library))([0.9])

    def cubic(v: Any) -> Any:
        return v**3 * tanh(v)

    assert same([first, second], [grad(cubic)(0.9), grad(grad(cubic))(0.9)])


def test_what_compile_gave_is_its_function() -> None:
    def square(x: Any) -> Any:
        return x * x

    assert export(compile(square), 1.0) == export(square, 1.0)


def test_the_text_is_the_same_each_time_and_a_line_is_an_operation() -> None:
    network = nn.two_two_one()
    source = export(network, [0, 0], to="torch")
    assert source == export(nn.two_two_one(), [0, 0], to="torch")
    assert "    v3 = v2 + p[4]  # z1[0]\n" in source
    assert "= torch.sigmoid(v3)  # a1[0]\n" in source
    for line in ast.walk(ast.parse(source)):
        if isinstance(line, ast.Assign) and line.targets[0].id.startswith("v"):
            assert isinstance(line.value, ast.BinOp | ast.Call)
            assert not any(isinstance(part, ast.BinOp | ast.Call) for part in list(ast.walk(line.value))[1:])


def test_a_sum_of_two_switches_is_written_as_one_choice() -> None:
    x = Value(2.0)
    source = export(where(x, 3.0 * x, -1.0))
    assert "np.where(" in source
    assert "if_true" not in source
    exported = function(source)
    assert [float(exported([number])) for number in (2.0, 0.0)] == [6.0, -1.0]


@pytest.mark.parametrize(
    "label",
    [
        'a\nimport os; os.system("x")',
        "a\rb",
        "\u2028raise\u2029\x85\x0b\x0c\x1c",
        '"""',
        "\\",
        "{0} {x}",
        "-*- coding: rot13 -*-",
        "\x00\ud800\u202e",
        "a" * 1000,
        "# fmt: off",
    ],
)
def test_a_label_stays_in_its_comment(label: str) -> None:
    def source(label: str | None) -> str:
        x = Value(2.0, label)
        y = x * 3.0
        y.label = label
        return export(y)

    named = source(label)
    assert max(map(len, named.splitlines())) < 100
    assert ast.dump(ast.parse(named.encode())) == ast.dump(ast.parse(source(None)))
    assert float(function(named)()) == 6.0


def test_a_long_graph_needs_no_deep_stack() -> None:
    x = Value(1.0)
    y = x
    for _ in range(5_000):
        y = y * 1.0001
    assert float(function(export(y))([2.0])) == pytest.approx(2.0 * y.data)


@pytest.fixture
def _as_it_was() -> Iterator[None]:
    """The table is everybody's."""
    names = set(OPERATIONS)
    yield
    for name in OPERATIONS.keys() - names:
        del OPERATIONS[name]


@pytest.mark.usefixtures("_as_it_was")
def test_an_operation_of_ones_own_is_written_by_its_value() -> None:
    def added(name: str, value: Any) -> Operation:
        return Operation(name=name, sign=name, formula="", value=value, partials=(1.0,))

    halved = added("halved", lambda x: tanh(x) * 0.5)
    assert float(function(export(halved(Value(1.0))))([3.0])) == pytest.approx(0.5 * math.tanh(3.0))
    opaque = added("opaque", lambda x: math.floor(x) * 1.0)
    with pytest.raises(ValueError, match="operation 'opaque' is not in generic arithmetic: export cannot write it"):
        export(opaque(Value(1.0)))


def test_what_cannot_be_exported_is_told() -> None:
    outer = Value(2.0)
    for what, error, message in (
        (lambda: export(outer, to="fortran"), ValueError, "to 'fortran': one of numpy, torch, jax is needed"),
        (lambda: export(3.0), TypeError, r"export of 3\.0: a Value, a function or a model is needed"),
        (lambda: export(outer, 1.0), TypeError, "export of a Value with 1 argument: it takes none"),
        (lambda: export([outer, 1.0]), TypeError, r"export of 1\.0: a Value is needed"),
        (lambda: export(lambda x: "x", 1.0), TypeError, "gave 'x': export needs numbers, or lists of them"),
        (lambda: export(lambda x: x * outer, 1.0), RecordingError, "give it as an argument"),
        (lambda: export(lambda x: x if x else 1.0, 1.0), RecordingError, "no value yet"),
        (lambda: export(lambda x: x, "one"), TypeError, "argument 0 holds"),
    ):
        with pytest.raises(error, match=message):
            what()
