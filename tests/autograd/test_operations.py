"""The table: each entry's value against NumPy and mpmath, its derivative against mpmath, in and out of a chain."""

import csv
import math
import re
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import oracle
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp

import autograd
from autograd import NO_GRADIENT, OPERATIONS, Operation, Value, clip, gradient, where
from autograd.value import record

UNARY = [op for op in OPERATIONS.values() if len(op.partials) == 1]
BINARY = [op for op in OPERATIONS.values() if len(op.partials) == 2]
ids = {"ids": lambda op: op.name}

doubles = st.floats()
finite = st.floats(allow_nan=False, allow_infinity=False)


def bits(number: float) -> bytes:
    """A double's bits, all nans taken for one."""
    return struct.pack("<d", number if number == number else math.nan)


def same(a: float | None, b: float | None) -> bool:
    return a is b if a is None or b is None else bits(a) == bits(b)


def alike(ours: float | None, expected: float | None) -> bool:
    """Whether two numbers are the same, up to 4 units in the last place where there is something to round."""
    if ours is None or expected is None or expected == 0.0 or not math.isfinite(expected):
        return same(ours, expected)
    return abs(ours - expected) <= 4 * math.ulp(expected)


def applied(op: Operation, *numbers: float) -> Value:
    return record(op, tuple(map(Value, numbers)))


@pytest.mark.parametrize("op", UNARY, **ids)
@given(x=doubles)
def test_a_method_records_what_the_general_way_records(op: Operation, x: float) -> None:
    fast, general = op(Value(x)), applied(op, x)
    assert fast.grad is general.grad is NO_GRADIENT
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


# In high precision ----------------------------------------------------------------------------------------------------

#: Numbers of every size, and enough of those that people calculate with.
numbers = st.one_of(finite, st.floats(-40.0, 40.0))


def assert_right(op: Operation, *point: float) -> None:
    for quantity, error in oracle.errors(op, point):
        assert error <= oracle.bound(op, quantity), f"{quantity} is {error} ULP off"


@pytest.mark.parametrize("op", UNARY, **ids)
@given(x=numbers)
def test_value_and_derivatives_are_right_over_the_whole_range(op: Operation, x: float) -> None:
    assert_right(op, x)


@pytest.mark.parametrize("op", BINARY, **ids)
@given(x=numbers, y=numbers)
def test_value_and_derivatives_are_right_for_any_two_operands(op: Operation, x: float, y: float) -> None:
    assert_right(op, x, y)


@pytest.mark.parametrize("op", BINARY, **ids)
@given(x=finite, exponent=st.floats(-60.0, 60.0), negative=st.booleans())
def test_value_and_derivatives_are_right_for_two_operands_of_like_size(
    op: Operation, x: float, exponent: float, negative: bool
) -> None:
    y = x * 2.0**exponent
    if math.isfinite(y):
        assert_right(op, x, -y if negative else y)


@pytest.mark.parametrize("op", [op for op in BINARY if op.name.startswith("power")], **ids)
@given(x=st.floats(0.0, exclude_min=True, allow_infinity=False), log=st.floats(-760.0, 720.0))
def test_a_power_is_right_wherever_its_result_is_a_double(op: Operation, x: float, log: float) -> None:
    if x != 1.0 and math.isfinite(log / math.log(x)):
        assert_right(op, x, log / math.log(x))


@given(x=finite, n=st.integers(-5, 6))
def test_a_whole_power_is_right_for_negative_numbers_too(x: float, n: int) -> None:
    if x == 0.0:
        return
    a = Value(x)
    (first,) = gradient(a**n, [a])
    (second,) = gradient(first, [a])
    X = mp.mpf(x)
    assert oracle.ulps((a**n).data, X**n) <= 1.0
    assert oracle.ulps(first.data, n * X ** (n - 1)) <= 4.0
    assert oracle.ulps(second.data, n * (n - 1) * X ** (n - 2), oracle.SMALLEST[2]) <= 10.0


@pytest.mark.parametrize("zero", [0.0, -0.0])
@pytest.mark.parametrize("k", range(6))
def test_every_derivative_of_a_whole_power_is_right_at_0(k: int, zero: float) -> None:
    a = Value(zero)
    derivative = a ** float(k)
    for n in range(8):
        assert derivative.data == (math.factorial(k) if n == k else 0.0)
        (derivative,) = gradient(derivative, [a])


def test_the_slope_of_a_power_has_the_sign_of_its_exact_exponent() -> None:
    # 2⁵³ + 2 is even, one less is odd and no double.
    assert Value(-1.0).power(2.0**53 + 2.0).slopes[0] == -(2.0**53) - 2.0
    assert OPERATIONS["power_curve"](-1.0, 2.0**53 + 2.0) == pytest.approx(2.0**106)


@pytest.mark.parametrize(
    ("x", "y", "mixed"),
    [
        (0.0, 0.0, math.inf),
        (math.inf, 0.0, 0.0),
        (0.0, 1.0, -math.inf),
        (0.0, 1.5, 0.0),
        (0.0, 3.0, 0.0),
        (1.0, 2.5, 1.0),
    ],
)
def test_the_mixed_derivative_of_a_power_has_its_limits(x: float, y: float, mixed: float) -> None:
    assert OPERATIONS["power_mixed"](x, y) == mixed


def test_the_oracle_knows_every_operation_of_the_table() -> None:
    assert {op.name for op in UNARY + BINARY} == oracle.ORACLE.keys()


def test_an_error_is_counted_in_units_of_the_exact_number() -> None:
    one = mp.mpf(1)
    assert oracle.ulps(1.0 + 2.0**-51, one) == 2.0
    assert oracle.ulps(1.0 + 2.0**-51, one, scale=4) == 0.5
    assert oracle.ulps(math.inf, one) > 1e15
    assert oracle.ulps(math.nan, one) == math.inf
    assert oracle.ulps(math.inf, mp.mpf(10) ** 400) == oracle.ulps(-math.inf, -(mp.mpf(10) ** 400)) == 0.0
    assert oracle.ulps(sys.float_info.max, mp.mpf(2) ** 1024) == 1.0
    assert oracle.ulps(5e-324, mp.mpf(0)) == 1.0


def test_the_document_on_accuracy_has_every_operation_and_its_bounds_hold(root: Path) -> None:
    command = [sys.executable, str(root / "benchmarks" / "accuracy.py"), "--check", "--size", "10"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


#: Where a formula hands over to another, and the last stretch before a result leaves the range of a double.
SEAMS = {
    "cbrt": (1.0, 8.0),
    "silu": (-746.0, -698.0),
    "silu_slope": (-746.0, -698.0),
    "gauss": (26.0, 27.5),
    "normal_pdf": (37.0, 38.8),
    "gelu": (-38.8, -36.8),
    "gelu_slope": (-38.8, -36.8),
    "gelu_tanh": (-21.8, -20.8),
    "gelu_tanh_slope": (-21.8, -20.8),
    "sigmoid": (-1.0, 1.0),
    "sigmoid_slope": (-746.0, -698.0),
}


def documented(root: Path, name: str) -> list[float]:
    """The largest errors that the document on accuracy has for an operation: value, first and second derivatives."""
    (row,) = re.findall(rf"^\| `{name}` \|(.*)\|$", (root / "docs" / "accuracy.md").read_text(encoding="utf-8"), re.M)
    return [float(cell.split()[0]) for cell in row.split("|")]


def test_a_cube_root_is_the_nearest_double_or_nearly() -> None:
    for x in np.linspace(1.0, 8.0, 1001).tolist():
        assert oracle.ulps(autograd.cbrt(x), mp.cbrt(x)) <= 0.51


def test_a_sum_of_exponentials_close_to_1_has_an_exact_logarithm() -> None:
    for x in np.linspace(-3.0, -0.01, 200).tolist():
        for y in (math.log(-math.expm1(x)) * factor for factor in (0.5, 1.0 - 1e-9, 1.0, 1.0 + 1e-9, 1.0 + 1e-3, 2.0)):
            ((_, error), *_) = oracle.errors(autograd.logaddexp, (x, y))
            assert error <= 1.3, (x, y)


#: What has a value, or a slope that is constant or an operand, although another operand is nan.
INDIFFERENT_TO_NAN = (
    *("negative", "positive", "add", "subtract", "multiply", "divide", "gate", "truth", "if_true", "if_false"),
    *("fmax", "fmin", "fprefer", "power", "power_log", "power_slope", "power_curve"),
)


@pytest.mark.parametrize("op", [op for op in OPERATIONS.values() if op.name not in INDIFFERENT_TO_NAN], **ids)
def test_nan_in_any_operand_gives_nan_and_slopes_of_nan(op: Operation) -> None:
    for place in range(len(op.partials)):
        result = applied(op, *(math.nan if place == index else 1.5 for index in range(len(op.partials))))
        assert all(map(math.isnan, (result.data, *(slope or 0.0 for slope in result.slopes))))


@pytest.mark.parametrize("op", [autograd.fmax, autograd.fmin], **ids)
def test_a_number_is_preferred_to_nan(op: Operation) -> None:
    assert (applied(op, math.nan, 1.0).data, applied(op, math.nan, 1.0).slopes) == (1.0, (None, 1.0))
    assert (applied(op, 1.0, math.nan).data, applied(op, 1.0, math.nan).slopes) == (1.0, (1.0, None))
    neither = applied(op, math.nan, math.nan)
    assert all(map(math.isnan, (neither.data, *(slope or 0.0 for slope in neither.slopes))))


@pytest.mark.parametrize("name", SEAMS)
def test_the_errors_in_the_document_are_not_passed_where_formulas_change_over(name: str, root: Path) -> None:
    op, largest = OPERATIONS[name], documented(root, name)
    for x in np.linspace(*SEAMS[name], 201).tolist():
        for quantity, error in oracle.errors(op, (x,)):
            derivative = 0 if quantity == "value" else len(quantity)
            assert error <= largest[derivative] + (0.5 if derivative == 0 else 1.0), (
                f"{quantity} at {x} is {error} ULP off"
            )


# At awkward points ----------------------------------------------------------------------------------------------------

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
    assert all(map(alike, [out.data, *(operand.grad for operand in operands)], [value, *slopes]))


ROOT = Path(__file__).parent.parent.parent
CONVENTION = re.compile(r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|", re.MULTILINE)
CONVENTIONS = CONVENTION.findall((ROOT / "docs" / "conventions.md").read_text(encoding="utf-8"))


def test_the_document_on_conventions_has_its_rows() -> None:
    assert len(CONVENTIONS) > 100


@pytest.mark.parametrize(("name", "point", "value", "slopes"), CONVENTIONS)
def test_a_convention_is_as_the_document_has_it(name: str, point: str, value: str, slopes: str) -> None:
    out = OPERATIONS[name](*(Value(float(text)) for text in point.split("; ")))
    assert alike(out.data, float(value))
    expected = [None if text == "none" else float(text) for text in slopes.split("; ")]
    assert len(expected) == len(out.slopes)
    assert all(map(alike, out.slopes, expected))


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


def test_an_unknown_name_is_told_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="no operation is called 'expp': the table has add"):
        autograd.operations.operation_named("expp")


def test_a_wrong_number_of_operands_is_told() -> None:
    with pytest.raises(TypeError, match=r"^add of 1 operand: it takes 2 operands$"):
        autograd.add(Value(1.0))
    for numbers in ((), (1.0,), (1.0, 2.0, 3.0)):
        with pytest.raises(TypeError, match=rf"^hypot of {len(numbers)} operands?: it takes 2 operands$"):
            autograd.hypot(*numbers)


@pytest.mark.parametrize(
    ("name", "edge", "signs"),
    [
        ("sqrt", 0.0, "+-+"),
        ("sqrt", -0.0, "+-+"),
        ("log", 0.0, "+-+"),
        ("log", -0.0, "+-+"),
        ("log2", 0.0, "+-+"),
        ("log10", 0.0, "+-+"),
        ("log1p", -1.0, "+-+"),
        ("asin", 1.0, "+++"),
        ("asin", -1.0, "+-+"),
        ("acos", 1.0, "---"),
        ("acos", -1.0, "-+-"),
        ("acosh", 1.0, "+-+"),
        ("atanh", 1.0, "+++"),
        ("atanh", -1.0, "+-+"),
    ],
)
def test_derivatives_of_every_order_at_the_edge_of_a_domain_are_limits_from_inside(
    name: str, edge: float, signs: str
) -> None:
    x = Value(edge)
    derivative = OPERATIONS[name](x)
    for sign in signs:
        (derivative,) = gradient(derivative, [x])
        assert derivative.data == float(f"{sign}inf")
