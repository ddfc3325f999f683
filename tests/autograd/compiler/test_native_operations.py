"""Native code answers as Values do, for every operation with its slopes: in batches, and at a point to the last bit."""

import math
import struct
from functools import cache
from itertools import product

import numpy as np
import pytest

import autograd
from autograd import OPERATIONS, Operation, Value
from autograd.compiler.plan import Plan
from autograd.compiler.program import Builder, Program, gradients
from autograd.compiler.source import python_function

pytest.importorskip("llvmlite", reason="needs llvmlite: pip install 'chalkgrad[native]'")

from autograd.compiler.native import point_function, run_natively

AWKWARD = (
    *(0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, -3.0, 0.1, -0.7, 7.3, -7.3, 1e-5, -1e-5, 0.999999),
    *(1e-300, -1e-300, 5e-324, -5e-324, 1e300, -1e300, 1.7976931348623157e308, math.inf, -math.inf, math.nan),
    *(20.0, -20.0, 25.5, -24.9, 38.0, -38.5, 40.0, -40.0, 1e10, -1e10, 710.0, -710.0, 745.2, -745.2),
)

#: What a result may be off in units in the last place.
BOUND = 5.0

#: Where it may be more, and why.
LOOSER = {
    # The logarithm of a sum close to 1 cancels; the table's own function goes on with decimals there.
    "logaddexp": 60.0,
    # Φ(x) + x·φ(x) cancels near its zero at −0.75, and the exponential there is another than the C library's.
    "gelu_slope": 20.0,
    "gelu": 20.0,
    # 1 + y·ln x cancels, and the logarithm is another than the C library's.
    "power_slope": 30.0,
    "power_curve": 30.0,
    "power_mixed": 30.0,
    "power_log": 30.0,
}

#: At random points any factor of a derivative may be close to its zero: so much, relative to the larger of it and 1.
NEAR = 1e-13

rng = np.random.default_rng(11)


def _of_arity(count: int) -> list[Operation]:
    return [op for op in OPERATIONS.values() if len(op.partials) == count and op in autograd.operations.BUILT_IN]


@cache
def _program(arity: int) -> Program:
    """All operations of so many operands, each followed by its slopes: compiled once, not one by one."""
    builder = Builder()
    inputs = [builder.input("") for _ in range(arity)]
    outputs = []
    for op in _of_arity(arity):
        out = op(*inputs)
        outputs += [out, *gradients(out, inputs)]
    return builder.program(inputs, outputs)


@cache
def _points(arity: int, kind: str) -> list[tuple[float, ...]]:
    if kind == "awkward":
        return list(product(AWKWARD, repeat=arity))
    columns = [np.concatenate([rng.uniform(-3.0, 3.0, 200), rng.normal(scale=50.0, size=100)]) for _ in range(arity)]
    return list(zip(*(column.tolist() for column in columns), strict=True))


@cache
def _by_batch(arity: int, kind: str) -> np.ndarray:
    program, points = _program(arity), _points(arity, kind)
    plan = Plan(program, 0, True, (False,) * len(program.outputs), False)
    columns = [np.array(column) for column in zip(*points, strict=True)]
    return np.stack(run_natively(plan)([], columns, len(points)), axis=-1)


def _rows(op: Operation, kind: str) -> list[tuple[tuple[float, ...], list[float], list[float]]]:
    """For each point the native results and those on Values."""
    arity = len(op.partials)
    first = _of_arity(arity).index(op) * (1 + arity)
    rows = _by_batch(arity, kind)[:, first : first + 1 + arity].tolist()
    return [(point, row, _eager(op, point)) for point, row in zip(_points(arity, kind), rows, strict=True)]


def _eager(op: Operation, numbers: tuple[float, ...]) -> list[float]:
    values = [Value(number) for number in numbers]
    out = op(*values)
    out.backward()
    return [out.data, *(value.grad for value in values)]


def _ulps(number: float, right: float) -> float:
    if math.isnan(number) or math.isnan(right):
        return 0.0 if math.isnan(number) and math.isnan(right) else math.inf
    if number == right:
        return 0.0 if math.copysign(1.0, number) == math.copysign(1.0, right) else math.inf
    return abs(number - right) / math.ulp(right) if math.isfinite(number) and math.isfinite(right) else math.inf


BUILT_IN = [*_of_arity(1), *_of_arity(2)]


@pytest.mark.parametrize("op", BUILT_IN, ids=lambda op: op.name)
def test_an_operation_and_its_slopes_are_those_of_values_at_awkward_points(op: Operation) -> None:
    bound = LOOSER.get(op.name, BOUND)
    for point, row, right in _rows(op, "awkward"):
        for number, exact in zip(row, right, strict=True):
            assert _ulps(number, exact) <= bound, f"{op.name} at {point}: {row}, on Values {right}"


@pytest.mark.parametrize("op", BUILT_IN, ids=lambda op: op.name)
def test_an_operation_and_its_slopes_are_those_of_values_at_random_points(op: Operation) -> None:
    for point, row, right in _rows(op, "random"):
        assert row == pytest.approx(right, rel=NEAR, abs=NEAR, nan_ok=True), f"{op.name} at {point}"


@pytest.mark.parametrize("kind", ["awkward", "random"])
@pytest.mark.parametrize("arity", [1, 2])
def test_at_a_point_the_bits_are_those_of_the_generated_python_function(arity: int, kind: str) -> None:
    native, python = point_function(_program(arity)), python_function(_program(arity))
    names = [op.name for op in _of_arity(arity) for _ in range(1 + arity)]
    for point in _points(arity, kind):
        for name, number, right in zip(names, native(*point), python(*point), strict=True):
            both_nan = math.isnan(number) and math.isnan(right)
            assert both_nan or struct.pack("d", number) == struct.pack("d", right), f"{name} at {point}"


def test_second_derivatives_are_those_of_values() -> None:
    def f(x, y):
        return autograd.sigmoid(x * y) * autograd.exp(-x * x) + autograd.tanh(y) * autograd.log1p(x * x)

    builder = Builder()
    x, y = inputs = [builder.input("x"), builder.input("y")]
    slope = gradients(f(x, y), inputs)[0]
    program = builder.program(inputs, gradients(slope, inputs))
    columns = [rng.normal(size=50), rng.normal(size=50)]
    result = np.stack(run_natively(Plan(program, 0, True, (False, False), False))([], columns, 50), axis=-1)
    for point, row in zip(zip(*columns, strict=True), result, strict=True):
        values = [Value(float(number)) for number in point]
        second = autograd.gradient(autograd.gradient(f(*values), values)[0], values)
        assert row == pytest.approx([value.data for value in second], rel=1e-12, abs=1e-14)
