"""The native backend runs batches and points of any shape, size and number, whatever the arrays look like."""

import gc
import math
import subprocess
import sys
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import autograd
from autograd import Operation, compile
from autograd.compiler.arrays import run_by_numpy
from autograd.compiler.plan import Plan
from autograd.compiler.program import Builder, Program, gradients

pytest.importorskip("llvmlite", reason="needs llvmlite: pip install 'chalkgrad[native]'")

from autograd.compiler import llvm_program, native
from autograd.compiler.llvm_code import Lanes
from autograd.compiler.native import point_function, run_natively

rng = np.random.default_rng(7)


def loss(x, y, W, b, V, c):
    h = [autograd.sigmoid(sum(w * xi for w, xi in zip(row, x, strict=True)) + bi) for row, bi in zip(W, b, strict=True)]
    return 0.5 * (autograd.tanh(sum(v * hi for v, hi in zip(V, h, strict=True)) + c) - y) ** 2


PARAMETERS = {"W": rng.normal(size=(2, 2)), "b": rng.normal(size=2), "V": rng.normal(size=2), "c": 0.3}


def both_ways(reduce="mean", function=loss, batch=("x", "y"), wrt=None):
    return [compile(function, wrt=wrt, batch=batch, reduce=reduce, backend=name) for name in ("native", "numpy")]


def assert_same(result, right, rel=1e-12):
    value, gradients_by_name = result
    right_value, right_gradients = right
    assert np.shape(value) == np.shape(right_value)
    np.testing.assert_allclose(value, right_value, rtol=rel, atol=rel)
    assert gradients_by_name.keys() == right_gradients.keys()
    for name, gradient in gradients_by_name.items():
        assert np.shape(gradient) == np.shape(right_gradients[name])
        np.testing.assert_allclose(gradient, right_gradients[name], rtol=rel, atol=rel)


@pytest.mark.parametrize("reduce", ["mean", "sum", None])
@pytest.mark.parametrize("samples", [1, 2, 7, 8, 9, 64, 1000])
def test_values_and_gradients_are_those_of_numpy(reduce, samples: int) -> None:
    X, y = rng.normal(size=(samples, 2)), rng.normal(size=samples)
    fast, slow = both_ways(reduce)
    assert_same(fast.value_and_grad(x=X, y=y, **PARAMETERS), slow.value_and_grad(x=X, y=y, **PARAMETERS))


def test_derivatives_by_the_samples_come_one_for_each() -> None:
    X, y = rng.normal(size=(30, 2)), rng.normal(size=30)
    fast, slow = both_ways("sum", wrt=("x", "y", "c"))
    assert_same(fast.value_and_grad(x=X, y=y, **PARAMETERS), slow.value_and_grad(x=X, y=y, **PARAMETERS))


@pytest.mark.parametrize("reduce", ["mean", "sum", None])
def test_what_is_the_same_for_all_samples_is_so(reduce) -> None:
    fast, slow = both_ways(reduce, lambda x, p: autograd.exp(p), batch=("x",))
    assert_same(fast.value_and_grad(x=np.arange(20.0), p=0.5), slow.value_and_grad(x=np.arange(20.0), p=0.5))


def test_what_is_the_same_for_all_is_not_counted_once_for_each_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "_PIECE", 1)
    plan = Plan(_shared_program(), 1, True, (True, True), True)
    assert run_natively(plan)([3.0], [np.ones(2_000)], 2_000) == [9.0, 3.0]


def _shared_program() -> Program:
    builder = Builder()
    p, x = builder.input("p"), builder.input("x")
    return builder.program([p, x], [p * p, p * x])


def test_what_the_samples_and_the_parameters_are_may_be_the_result() -> None:
    fast, slow = both_ways(None, lambda x, p: x, batch=("x",), wrt=("x", "p"))
    assert_same(fast.value_and_grad(x=np.arange(9.0), p=2.0), slow.value_and_grad(x=np.arange(9.0), p=2.0))


def test_a_sum_of_infinities_is_that_of_ieee() -> None:
    f = compile(lambda x, p: x * p, batch=("x",), reduce="sum", backend="native")
    assert f.value(x=np.array([math.inf, 1.0, 2.0]), p=2.0) == math.inf
    assert math.isnan(f.value(x=np.array([math.inf, 1.0, -math.inf]), p=2.0))
    assert math.isnan(f.value(x=np.array([math.nan, 1.0]), p=2.0))


# The arrays -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arranged",
    [
        np.asfortranarray,
        lambda X: np.repeat(X, 3, axis=0)[::3],
        lambda X: np.repeat(X, 2, axis=1)[:, ::2],
        lambda X: X[::-1].copy()[::-1],
        lambda X: np.ndarray(X.shape, X.dtype, b"\0" + X.tobytes(), offset=1),
        lambda X: np.ndarray(X.shape, X.dtype, bytes(24) + X.tobytes(), offset=24),
        lambda X: np.ndarray(X.shape, X.dtype, b"".join(bytes(row) + bytes(4) for row in X), strides=(20, 8)),
        lambda X: X.astype(np.float32).astype(object),
    ],
    ids=["fortran", "rows apart", "columns apart", "backwards", "unaligned", "read-only", "20 bytes apart", "objects"],
)
def test_arrays_may_lie_in_memory_as_they_like(arranged) -> None:
    X, y = rng.normal(size=(37, 2)).astype(np.float32).astype(float), rng.normal(size=37)
    fast, _ = both_ways()
    right = fast.value_and_grad(x=X.copy(), y=y, **PARAMETERS)
    assert_same(fast.value_and_grad(x=arranged(X), y=y, **PARAMETERS), right, rel=0.0)


def test_one_number_for_all_samples_may_be_broadcast() -> None:
    fast, _ = both_ways()
    X, y = rng.normal(size=(20, 2)), np.broadcast_to(0.5, 20)
    assert_same(
        fast.value_and_grad(x=X, y=y, **PARAMETERS), fast.value_and_grad(x=X, y=y.copy(), **PARAMETERS), rel=0.0
    )


def test_the_arguments_are_left_alone() -> None:
    X, y = rng.normal(size=(20, 2)), rng.normal(size=20)
    before = X.copy(), y.copy(), PARAMETERS["W"].copy()
    both_ways(None)[0].value_and_grad(x=X, y=y, **PARAMETERS)
    assert all(map(np.array_equal, before, (X, y, PARAMETERS["W"])))


# Both sides of a branch -----------------------------------------------------------------------------------------------


def test_each_sample_takes_its_side_and_nothing_leaks_from_the_other() -> None:
    def f(x):
        root = autograd.where(x > 0.0, autograd.sqrt(x), -x)
        ratio = autograd.where(x == 0.0, 1.0, autograd.sin(x) / x)
        return root + ratio + autograd.relu(x) * autograd.log(autograd.maximum(x, 0.5)) + autograd.clip(x, -1.0, 1.0)

    x = np.array([-2.0, -0.0, 0.0, 0.25, 3.0, math.inf, -math.inf, math.nan, 1.0, -1.0])
    fast, slow = both_ways(None, f, batch=("x",), wrt="x")
    value, gradient = fast.value_and_grad(x=x)
    assert np.isfinite(gradient["x"][:5]).all()
    right_value, right_gradient = slow.value_and_grad(x=x)
    np.testing.assert_allclose(value, right_value, rtol=1e-14)
    np.testing.assert_allclose(gradient["x"], right_gradient["x"], rtol=1e-14)


def test_conditions_count_as_one_or_zero() -> None:
    fast, slow = both_ways(None, lambda x, p: (x > p) * 3.0 + (x == 1.0) + (x % p), batch=("x",))
    x = np.array([-1.5, 1.0, 2.0, math.nan])
    assert_same(fast.value_and_grad(x=x, p=0.75), slow.value_and_grad(x=x, p=0.75))


# Threads and processors -----------------------------------------------------------------------------------------------


def test_a_large_batch_gives_the_same_bits_on_any_number_of_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "_PIECE", 50_000)
    X, y = rng.normal(size=(20_011, 2)), rng.normal(size=20_011)
    threads = set()
    on_all = native._on_all_processors

    def watched(work, pieces):
        assert pieces > 10
        on_all(lambda piece: (threads.add(threading.get_ident()), work(piece)), pieces)

    monkeypatch.setattr(native, "_on_all_processors", watched)
    fast, slow = both_ways()
    results = []
    for processors in (1, 2, 5):
        monkeypatch.setattr(native, "_processors", lambda count=processors: count)
        results.append(fast.value_and_grad(x=X, y=y, **PARAMETERS))
    assert len(threads) > 1
    assert_same(results[1], results[0], rel=0.0)
    assert_same(results[2], results[0], rel=0.0)
    assert_same(results[0], slow.value_and_grad(x=X, y=y, **PARAMETERS))


def test_many_threads_may_call_at_once_from_the_first_call_on() -> None:
    fast, _ = both_ways()
    single = compile(lambda p, q: autograd.exp(p) * q, backend="native")
    batches = [(rng.normal(size=(50 + k, 2)), rng.normal(size=50 + k)) for k in range(40)]

    def work(batch):
        X, y = batch
        return fast.value(x=X, y=y, **PARAMETERS), single.value(p=float(y[0]), q=2.0)

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(work, batches))
    assert results == list(map(work, batches))


def test_a_program_is_compiled_once_whichever_thread_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    code = native.MachineCode
    monkeypatch.setattr(native, "MachineCode", lambda *arguments: made.append(1) or code(*arguments))
    run = run_natively(Plan(_long_program(200), 1, True, (True,) * 3, True))
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: run([0.5], [np.ones(9)], 9), range(8)))
    assert results == [results[0]] * 8
    assert len(made) == 1


@pytest.mark.parametrize("count", [2, 4])
def test_a_sample_gives_the_same_bits_in_registers_of_any_size(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = rng.normal(size=(21, 2)) * 300.0, rng.normal(size=21)
    wide = both_ways(None)[0].value_and_grad(x=X, y=y, **PARAMETERS)
    monkeypatch.setattr(native, "widest", lambda: Lanes(count))
    assert_same(both_ways(None)[0].value_and_grad(x=X, y=y, **PARAMETERS), wide, rel=0.0)


def test_machine_code_is_freed_with_what_uses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    class Watched(native.MachineCode):
        def __init__(self, *arguments) -> None:
            super().__init__(*arguments)
            made.append(weakref.ref(self))

    monkeypatch.setattr(native, "MachineCode", Watched)
    program = _long_program(20)
    point, batch = point_function(program), run_natively(Plan(program, 1, True, (True,) * 3, True))
    gc.disable()
    try:
        assert batch([0.5], [np.array([0.25])], 1)[0] == pytest.approx(point(0.5, 0.25)[0])
        assert [code() is None for code in made] == [False, False]
        del point, batch
        assert [code() is None for code in made] == [True, True]
    finally:
        gc.enable()


# Large programs -------------------------------------------------------------------------------------------------------


def _long_program(operations: int, conditions: bool = False) -> Program:
    """A calculation in which early lines are used late, with the derivatives by its two inputs."""
    builder = Builder()
    inputs = [builder.input("p"), builder.input("x")]
    lines = [*inputs, autograd.sigmoid(inputs[0])]
    while len(builder.steps) < operations:
        one, other, early = lines[-1], lines[-2], lines[len(lines) // 3]
        lines.append(autograd.tanh(0.9 * one + 0.3 * early) * 0.7 + 0.2 * other)
        if conditions:
            lines.append(autograd.where(lines[len(lines) // 2] > 0.1, lines[-1], 0.5 * early))
    out = sum(lines[-40:], 0.0)
    return builder.program(inputs, [out, *gradients(out, inputs)])


def test_a_program_of_thousands_of_operations_is_compiled_in_parts() -> None:
    program = _long_program(3_000, conditions=True)
    assert len(program) > llvm_program.WHOLE
    columns = [rng.normal(size=100)]
    for summed in ((True, True, False), (False, False, False)):
        plan = Plan(program, 1, True, summed, False)
        results = run_natively(plan)([0.4], columns, 100)
        for result, right in zip(results, run_by_numpy(plan)([0.4], columns, 100), strict=True):
            np.testing.assert_allclose(result, right, rtol=1e-9, atol=1e-12)
    point = Plan(program, 2, False, (False,) * 3, False)
    assert run_natively(point)([0.4, 0.3], [], 1) == run_by_numpy(point)([0.4, 0.3], [], 1)


def test_parts_give_what_the_whole_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    program, columns = _long_program(200, conditions=True), [rng.normal(size=50)[::2]]
    plan = Plan(program, 1, True, (True, True, False), True)
    whole = run_natively(plan)([0.4], columns, 25)
    monkeypatch.setattr(llvm_program, "WHOLE", 10)
    monkeypatch.setattr(llvm_program, "PART", 7)
    parts = run_natively(plan)([0.4], columns, 25)
    assert all(map(np.array_equal, parts, whole))


def test_a_program_too_large_for_the_best_code_is_right_too(monkeypatch: pytest.MonkeyPatch) -> None:
    program, columns = _long_program(300), [rng.normal(size=30)]
    plan = Plan(program, 1, True, (True, True, False), True)
    best = run_natively(plan)([0.4], columns, 30)
    monkeypatch.setattr("autograd.compiler.llvm_machine.LARGE", 250)
    for result, right in zip(run_natively(plan)([0.4], columns, 30), best, strict=True):
        np.testing.assert_allclose(result, right, rtol=1e-12)


# One point ------------------------------------------------------------------------------------------------------------


def test_the_function_of_a_point_takes_real_numbers_and_as_many_as_it_has_inputs() -> None:
    f = point_function(_long_program(10))
    assert f(1, np.float64(0.5)) == f(1.0, 0.5)
    with pytest.raises(TypeError):
        f(1.0)
    with pytest.raises(TypeError, match="must be real number, not str"):
        f(1.0, "x")


def test_a_point_by_name_gives_what_numpy_gives() -> None:
    fast, slow = both_ways("mean", lambda p, q: autograd.exp(p) * q[0] / q[1], batch=())
    right = slow.value_and_grad(p=0.25, q=[1.5, 3.0])
    assert_same(fast.value_and_grad(p=0.25, q=[1.5, 3.0]), right, rel=0.0)


# What cannot be run ---------------------------------------------------------------------------------------------------


def test_an_operation_that_only_python_can_carry_out_is_named() -> None:
    digits = Operation(
        name="digits_of_native_test",
        sign="digits",
        formula="{0}",
        value=lambda x: float(len(str(float(x)))),
        partials=(0.0,),
    )
    f = compile(lambda x: digits(x) * 2.0, backend="native")
    with pytest.raises(TypeError, match=r"operation 'digits_of_native_test': its value .* or use backend='numpy'"):
        f.value(x=2.0)


def test_an_operation_of_the_users_own_in_generic_arithmetic_runs() -> None:
    softsign = Operation(
        name="softsign_of_native_test",
        sign="softsign",
        formula="{0}",
        value=lambda x: x / (1.0 + abs(x)),
        partials=(lambda x, out: 1.0 / ((1.0 + abs(x)) * (1.0 + abs(x))),),
    )
    f = compile(lambda x: softsign(x), backend="native")
    assert f.value_and_grad(x=3.0) == (0.75, {"x": 0.0625})


def test_no_name_of_the_users_gets_into_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = []
    text = llvm_program.Module.text
    monkeypatch.setattr(llvm_program.Module, "text", lambda self: texts.append(text(self)) or texts[-1])

    def f(ret_void, unreachable):
        return autograd.exp(ret_void.named('"} define') if hasattr(ret_void, "named") else ret_void) * unreachable

    for batch in ((), ("unreachable",)):
        compile(f, batch=batch, backend="native").value_and_grad(ret_void=0.5, unreachable=[1.0] if batch else 1.0)
    assert len(texts) == 2
    assert not any(name in written for written in texts for name in ("ret_void", "unreachable", 'define"', "exp("))


def test_without_llvmlite_numpy_stands_in_and_that_is_said_once() -> None:
    code = """
import sys, warnings
sys.modules["llvmlite"] = None
from autograd import compile
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    for point in (2.0, 3.0):
        f = compile(lambda x, y: x * x * y, batch="y", backend="native")
        print(f.value_and_grad(x=point, y=[1.0, 3.0]), compile(lambda x: x * x, backend="native").value(x=point))
print(*(warning.message for warning in said), sep="|")
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    first, second, said = run.stdout.splitlines()
    assert first == "(8.0, {'x': 8.0}) 4.0"
    assert second == "(18.0, {'x': 12.0}) 9.0"
    assert said == "llvmlite is missing, so NumPy stands in for native code: pip install 'chalkgrad[native]'"
