"""The table: each entry's value against NumPy and mpmath, its derivative against mpmath, in and out of a chain."""

import csv
import math
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp

import autograd
from autograd import OPERATIONS, Operation, Value, clip, where
from autograd.value import record

mp.dps = 50

UNARY = [op for op in OPERATIONS.values() if len(op.partials) == 1]
BINARY = [op for op in OPERATIONS.values() if len(op.partials) == 2]
ids = {"ids": lambda op: op.name}

doubles = st.floats()
finite = st.floats(allow_nan=False, allow_infinity=False)

#: Values and derivatives in high precision: the oracle. The domain is where both exist.
ORACLE: dict[str, tuple[Callable[..., Any], Callable[..., Any], Callable[[float], bool]]] = {
    "negative": (lambda x: -x, lambda x: mp.mpf(-1), lambda x: True),
    "abs": (abs, mp.sign, lambda x: True),
    "exp": (mp.exp, mp.exp, lambda x: abs(x) < 1e4),
    "log": (mp.log, lambda x: 1 / x, lambda x: x > 0),
    "sqrt": (mp.sqrt, lambda x: 1 / (2 * mp.sqrt(x)), lambda x: x > 0),
    "sin": (mp.sin, mp.cos, lambda x: abs(x) < 1e15),
    "cos": (mp.cos, lambda x: -mp.sin(x), lambda x: abs(x) < 1e15),
    "tanh": (mp.tanh, lambda x: mp.sech(x) ** 2, lambda x: abs(x) < 1e4),
    "sigmoid": (lambda x: 1 / (1 + mp.exp(-x)), lambda x: 1 / (2 + 2 * mp.cosh(x)), lambda x: abs(x) < 1e4),
    "relu": (lambda x: max(x, mp.mpf(0)), lambda x: mp.mpf(1 if x > 0 else 0), lambda x: True),
}


def bits(number: float) -> bytes:
    """A double's bits, all nans taken for one."""
    return struct.pack("<d", number if number == number else math.nan)


def same(a: float | None, b: float | None) -> bool:
    return a is b if a is None or b is None else bits(a) == bits(b)


def ulps(result: float, exact: mpmath.mpf) -> float:
    """How far a double is from an exact number, in units of that number's last place."""
    nearest = float(exact)
    if math.isinf(nearest) or math.isinf(result):
        return 0.0 if nearest == result else math.inf
    return float(abs(mp.mpf(result) - exact) / math.ulp(nearest))


def applied(op: Operation, *numbers: float) -> Value:
    return record(op, tuple(map(Value, numbers)))


@pytest.mark.parametrize("op", UNARY, **ids)
@given(x=doubles)
def test_a_method_records_what_the_general_way_records(op: Operation, x: float) -> None:
    fast, general = getattr(Value(x), op.name)(), applied(op, x)
    assert same(fast.data, general.data)
    assert all(map(same, fast.slopes, general.slopes))
    assert fast.op is general.op is op


@pytest.mark.parametrize("op", BINARY, **ids)
@given(x=doubles, y=doubles)
def test_an_operation_of_two_records_what_the_general_way_records(op: Operation, x: float, y: float) -> None:
    for operands in ((Value(x), Value(y)), (Value(x), y), (x, Value(y))):
        fast, general = op(*operands), record(op, operands)
        assert same(fast.data, general.data)
        assert all(map(same, fast.slopes, general.slopes))
        assert fast.operands == general.operands or x != x or y != y


@pytest.mark.parametrize("op", OPERATIONS.values(), **ids)
@given(numbers=st.lists(doubles, min_size=2, max_size=2))
def test_a_number_gives_a_float_and_a_value_the_same_number(op: Operation, numbers: list[float]) -> None:
    numbers = numbers[: len(op.partials)]
    result = op(*numbers)
    assert type(result) is float
    assert same(result, op(*map(Value, numbers)).data)


#: What NumPy rounds correctly; the others are held against the exact result, see below.
EXACT = {"add", "subtract", "multiply", "divide", "remainder", "fmod", "negative", "positive", "abs", "sign", "sqrt"}
EXACT |= {"maximum", "minimum", "fmax", "fmin"}


@pytest.mark.parametrize("op", [op for op in OPERATIONS.values() if op.numpy], **ids)
@given(numbers=st.lists(doubles, min_size=2, max_size=2))
def test_the_value_is_numpys(op: Operation, numbers: list[float]) -> None:
    numbers = numbers[: len(op.partials)]
    ours = op(*numbers)
    with np.errstate(all="ignore"):
        theirs = float(getattr(np, op.numpy or "")(*map(np.float64, numbers)))
    if op.name not in EXACT and math.isfinite(theirs):
        assert abs(ours - theirs) <= 4 * math.ulp(theirs)
    elif op is autograd.sign and theirs == 0.0:
        # A zero keeps its sign, as an odd function should; NumPy drops it.
        assert bits(ours) == bits(numbers[0])
    else:
        assert bits(ours) == bits(theirs)


@pytest.mark.parametrize("name", ORACLE)
@given(x=finite)
def test_value_and_derivative_are_right_to_a_few_units_in_the_last_place(name: str, x: float) -> None:
    value, derivative, domain = ORACLE[name]
    if not domain(x) or x == 0.0:
        return
    v = Value(x)
    out = getattr(v, name)()
    out.backward()
    with mp.workdps(400 if name in ("sin", "cos") else 50):
        exact = mp.mpf(x)
        assert ulps(out.data, value(exact)) <= 2.0
        assert ulps(v.grad, derivative(exact)) <= 4.0


moderate = st.floats(1e-8, 1e8)


@given(x=moderate, y=st.floats(-30, 30))
def test_both_derivatives_of_a_power_are_right_to_a_few_units_in_the_last_place(x: float, y: float) -> None:
    a, b = Value(x), Value(y)
    (a**b).backward()
    X, Y = mp.mpf(x), mp.mpf(y)
    assert ulps(a.grad, Y * X**Y / X) <= 4.0
    assert ulps(b.grad, X**Y * mp.log(X)) <= 4.0


@given(x=finite, n=st.integers(-5, 6))
def test_a_whole_power_is_right_over_the_whole_range(x: float, n: int) -> None:
    if x == 0.0:
        return
    a = Value(x)
    out = a**n
    out.backward()
    X = mp.mpf(x)
    assert ulps(out.data, X**n) <= 1.0
    assert ulps(a.grad, n * X ** (n - 1)) <= 4.0


@given(x=finite, y=finite)
def test_both_derivatives_of_a_quotient_are_right(x: float, y: float) -> None:
    if abs(y) < 1e-150 or abs(x) < 1e-150 or abs(x / y) < 1e-300:
        return
    a, b = Value(x), Value(y)
    (a / b).backward()
    X, Y = mp.mpf(x), mp.mpf(y)
    assert ulps(a.grad, 1 / Y) <= 0.5001
    if abs(X / Y / Y) > 1e-300 and math.isfinite(x / y):
        assert ulps(b.grad, -X / (Y * Y)) <= 1.5001


CSV_NAMES = {"sub": "subtract", "mul": "multiply", "div": "divide", "pow": "power", "logsigmoid": "log_sigmoid"}


def awkward_points() -> list[Any]:
    path = Path(__file__).parent.parent / "data" / "awkward_points.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["op"] != "op"]
    points = []
    for row in rows:
        numbers = [float(text) for text in row["args"].split(";")]
        slopes = [float(text) for text in row["recommended_grad"].split(";")]
        name = f"{row['op']}({row['args']})"
        points.append(pytest.param(expression(row["op"]), numbers, float(row["recommended_value"]), slopes, id=name))
    return points


def expression(name: str) -> Callable[..., Value]:
    """The function a row of the file is about."""
    if name.startswith("powc["):
        return lambda x: x ** float(name[5:-1])
    if name.startswith("rpowc["):
        return lambda x: float(name[6:-1]) ** x
    special: dict[str, Callable[..., Value]] = {
        "recip": lambda x: 1.0 / x,
        "norm0": lambda x: (x * x).sqrt(),
        "sinc_naive": lambda x: x.sin() / x,
        "x_times_logx": lambda x: x * x.log(),
        "clip01": lambda x: clip(x, 0.0, 1.0),
        "where_sqrt": lambda x: where(x > 0, x.sqrt(), 0.0),
        "where_div": lambda x: where(x != 0, 1.0 / x, 0.0),
        "where_log": lambda x: where(x > 0, x.log(), 0.0),
    }
    return special.get(name) or OPERATIONS[CSV_NAMES.get(name, name)]


def test_the_awkward_points_are_all_read() -> None:
    assert len(awkward_points()) >= 392


@pytest.mark.parametrize(("function", "numbers", "value", "slopes"), awkward_points())
def test_an_awkward_point_has_the_value_and_the_gradient_of_the_convention(
    function: Callable[..., Value], numbers: list[float], value: float, slopes: list[float]
) -> None:
    operands = list(map(Value, numbers))
    out = function(*operands)
    out.backward()
    for ours, expected in zip([out.data, *(operand.grad for operand in operands)], [value, *slopes], strict=True):
        if expected != expected or math.isinf(expected) or expected == 0.0:
            assert bits(ours) == bits(expected)
        else:
            assert abs(ours - expected) <= 4 * math.ulp(expected)


#: Where an operation has a finite derivative, if not from 0.1 to 3.
TAME = {"asin": (-0.9, 0.9), "acos": (-0.9, 0.9), "atanh": (-0.9, 0.9), "acosh": (1.1, 3.0)}


@pytest.mark.parametrize("op", OPERATIONS.values(), **ids)
@given(shares=st.lists(st.floats(0.0, 1.0), min_size=2, max_size=2), scale=st.floats(-4.0, 4.0))
def test_an_operation_inside_a_chain_passes_on_what_comes_from_upstream(
    op: Operation, shares: list[float], scale: float
) -> None:
    """The operand is shared, and the upstream gradient is not 1: scale at one use, 3·scale at the other."""
    low, high = TAME.get(op.name, (0.1, 3.0))
    numbers = [low + share * (high - low) for share in shares[: len(op.partials)]]
    alone = list(map(Value, numbers))
    op(*alone).backward()
    shared = list(map(Value, numbers))
    (scale * (op(*shared) + 3.0 * op(*shared))).backward()
    for one, both in zip(alone, shared, strict=True):
        assert both.grad == pytest.approx(4.0 * scale * one.grad, rel=1e-12, abs=1e-300)


@pytest.mark.parametrize("name", ["relu"])
@pytest.mark.parametrize("upstream", [math.inf, -math.inf, math.nan])
def test_nothing_leaks_in_along_a_side_that_was_not_taken(name: str, upstream: float) -> None:
    x = Value(-2.0)
    getattr(x, name)().backward(upstream)
    assert bits(x.grad) == bits(0.0)


def test_a_name_is_taken_only_once() -> None:
    with pytest.raises(ValueError, match="'exp' is in the table already"):
        Operation("exp", "exp", "", math.exp, (1.0,))


def test_an_unknown_name_is_told_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="no operation is called 'expp': the table has add"):
        autograd.operations.operation_named("expp")


def test_a_wrong_number_of_operands_is_told() -> None:
    with pytest.raises(TypeError, match="add takes 2 operand"):
        autograd.add(Value(1.0))
