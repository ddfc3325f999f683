"""At home with NumPy and Python: ufuncs, arrays and scalars beside Values, and sentences where nonsense would come."""

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import OPERATIONS, Operation, Value, clip, jvp, leaves, where

WITH_NUMPY = [op for op in OPERATIONS.values() if op.numpy]


@pytest.mark.parametrize("op", WITH_NUMPY, ids=lambda op: op.name)
def test_numpys_function_of_a_value_records_the_operation(op: Operation) -> None:
    ufunc = getattr(np, op.numpy or "")
    operands = [Value(number) for number in (0.25, 0.75)[: len(op.partials)]]
    result = ufunc(*operands)
    assert type(result) is Value
    assert result.op is op
    assert all(mine is given for mine, given in zip(result.operands, operands, strict=True))


@pytest.mark.parametrize("op", WITH_NUMPY, ids=lambda op: op.name)
def test_numpys_function_of_an_array_of_values_records_each(op: Operation) -> None:
    arrays = [np.array([Value(1.0), Value(0.5)]), np.array([Value(0.75), Value(0.5)])][: len(op.partials)]
    result = op(*arrays)
    assert result.dtype == object
    assert [type(value) for value in result] == [Value, Value]
    assert result[0].data == op.value(*(array[0].data for array in arrays))


@pytest.mark.parametrize("name", ["exp", "log", "sqrt", "tanh", "arcsin", "cbrt", "log1p"])
def test_numpys_own_loop_over_objects_finds_the_method(name: str) -> None:
    result = getattr(np, name)(np.array([Value(0.25), Value(0.5)], dtype=object))
    assert [value.op.numpy for value in result] == [name, name]


@pytest.mark.parametrize(
    "apply",
    [
        lambda x, v: x * v,
        lambda x, v: v * x,
        lambda x, v: x + v,
        lambda x, v: v - x,
        lambda x, v: x / v,
        lambda x, v: x**v,
        lambda x, v: v**x,
        lambda x, v: v % x,
        np.maximum,
        lambda x, v: np.hypot(v, x),
    ],
)
class TestArithmetic:
    def test_with_an_array_goes_element_by_element(self, apply: Callable[[Any, Any], Any]) -> None:
        v = Value(1.5)
        array = np.array([[1.0, 2.0, 3.0]])
        result = apply(array, v)
        assert result.shape == (1, 3)
        for element, number in zip(result[0], array[0], strict=True):
            assert type(element) is Value
            assert element.data == apply(float(number), 1.5)
            assert leaves(element) == [v]

    @pytest.mark.parametrize("kind", [np.float64, np.float32, np.int64, np.uint8, np.bool_])
    def test_with_a_scalar_of_any_type_gives_one_value(self, apply: Callable[[Any, Any], Any], kind: Any) -> None:
        result = apply(kind(1), Value(1.5))
        assert type(result) is Value
        assert result.data == apply(1.0, 1.5)


def test_a_dot_product_has_its_gradient() -> None:
    w, x = np.array([Value(1.0), Value(2.0)]), np.array([3.0, 4.0])
    out = np.dot(w, x)
    out.backward()
    assert [v.grad for v in w] == [3.0, 4.0]
    matrix = np.array([[Value(1.0), Value(0.0)], [Value(0.0), Value(1.0)]])
    assert [v.data for v in matrix @ x] == [3.0, 4.0]


def test_sums_of_every_kind() -> None:
    values = [Value(1.0), Value(2.0)]
    assert sum(values).data == np.sum(values).data == np.array(values).sum().data == 3.0
    assert np.mean(np.array(values)).data == 1.5


def test_a_function_of_a_plain_array_gives_a_plain_array() -> None:
    result = autograd.sigmoid(np.array([[0, 1], [2, 3]]))
    assert result.dtype == np.float64
    assert result.shape == (2, 2)
    assert result[1, 0] == autograd.sigmoid(2.0)
    empty = autograd.exp(np.array([], dtype=float))
    assert (empty.shape, empty.dtype) == ((0,), np.float64)
    assert autograd.hypot(np.array([[3.0], [5.0]]), np.array([4.0, 12.0])).tolist() == [
        [5.0, autograd.hypot(3.0, 12.0)],
        [autograd.hypot(5.0, 4.0), 13.0],
    ]


def test_an_array_without_dimensions_is_taken_for_its_element_as_numpy_does() -> None:
    v = Value(2.0)
    for result in (np.array(3.0) * v, v * np.array(3.0), autograd.multiply(np.array(v), 3.0), v.multiply(np.array(3))):
        assert type(result) is Value
        assert result.data == 6.0
    assert type(autograd.exp(np.array(0.0))) is float


def test_methods_take_arrays_as_functions_do() -> None:
    v = Value(3.0)
    for method in (v.hypot, v.add, v.maximum, v.arctan2):
        results = method(np.array([4.0, 0.0]))
        assert [result.data for result in results] == [method(4.0).data, method(0.0).data]
    for wrong in ("4", [4.0], None):
        with pytest.raises(TypeError, match="a real number is needed"):
            v.hypot(wrong)


@pytest.mark.parametrize(
    "kind", [int, np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64]
)
def test_whole_numbers_of_every_type_are_exact_or_refused(kind: Any) -> None:
    top = int(np.iinfo(kind).max) if kind is not int else 2**70 + 1
    for number in {1, min(top, 2**53), top}:
        if float(number) == number:
            assert Value(kind(number)).data == number
            assert (Value(1.0) * kind(number)).data == (kind(number) * Value(1.0)).data == number
        else:
            for attempt in (
                Value,
                Value(1.0).multiply,
                lambda other: Value(1.0) * other,
                lambda other: other * Value(1.0),
            ):
                with pytest.raises(ValueError, match=f"{number}.* equals no double exactly: round it to one first"):
                    attempt(kind(number))


def test_clip_is_numpys_too() -> None:
    v = Value(5.0)
    for result in (np.clip(v, 0, 1), v.clip(0, 1), np.clip(v, None, 1), v.clip(high=1)):
        assert type(result) is Value
        assert result.data == 1.0
        assert leaves(result) == [v]
    assert np.clip(v, 6, None).data == v.clip(6).data == 6.0
    assert np.clip(Value(0.5), None, 1).data == Value(-0.5).clip(high=1).data + 1.0 == 0.5


def test_spread_of_values() -> None:
    values = np.array([Value(1.0), Value(3.0)])
    spread = np.std(values)
    spread.backward()
    assert (spread.data, [v.grad for v in values]) == (1.0, [-0.5, 0.5])
    assert Value(1.0).conjugate().data == 1.0


def test_a_mixed_result_is_an_array_of_objects() -> None:
    result = autograd.add(np.array([1.0, Value(2.0)], dtype=object), 1.0)
    assert result.dtype == object
    assert [type(element) for element in result] == [float, Value]
    assert np.isnan(np.array([Value(1.0)])[0]).dtype == bool
    assert (np.array([1.0, 3.0]) < Value(2.0)).dtype == bool


def test_where_and_clip_take_arrays() -> None:
    x = np.array([-2.0, 0.5, 3.0])
    assert clip(x, 0.0, 1.0).tolist() == [0.0, 0.5, 1.0]
    assert where(x > 0, x, 0.0).tolist() == [0.0, 0.5, 3.0]
    v = Value(2.0)
    chosen = where(x > 0, v, -v)
    assert [c.data for c in chosen] == [-2.0, 2.0, 2.0]


def test_questions_about_the_number_are_answered() -> None:
    v = Value(2.0)
    assert np.isfinite(v)
    assert not np.isnan(v)
    assert np.signbit(Value(-0.0))
    assert np.less(v, 3.0)
    assert (np.array([1.0, 3.0]) < v).tolist() == [True, False]
    assert (v < np.array([1.0, 3.0])).tolist() == [False, True]
    assert (np.array([v, Value(3.0)]) > 2.5).tolist() == [False, True]


@pytest.mark.parametrize(
    ("attempt", "message"),
    [
        (lambda v: np.floor(v), "np.floor has no rule for a Value: use an operation of autograd's table, or float(v)"),
        (lambda v: np.gcd(v, v), "np.gcd has no rule for a Value"),
        (
            lambda v: np.add(np.ones(2), v, out=np.zeros(2)),
            "an array of float64 cannot hold the Values that np.add gives: "
            "assign the result to a new name, or use an array of dtype object",
        ),
        (lambda v: np.ones(2).__iadd__(v), "an array of float64 cannot hold the Values that np.add gives"),
        (lambda v: np.exp(v, where=False), "np.exp of a Value takes no where: leave it out"),
        (lambda v: np.exp(v, where=False, dtype=float), "np.exp of a Value takes no where or dtype: leave it out"),
        (
            lambda v: np.add.outer(v, np.ones(2)),
            "np.add.outer is for arrays: put the Values into one, as np.array([v, w])",
        ),
        (np.sum, "np.add.reduce is for arrays: put the Values into one, as np.array([v, w])"),
        (lambda v: v.clip(0.0, 1.0, np.zeros(())), "clip of a Value takes no out: leave it out"),
        (lambda v: v * np.array(["a"]), "'a' is of type str: a real number is needed"),
        (lambda v: v * np.array([1j]), "is of type complex: a real number is needed"),
        (lambda v: autograd.exp(np.array([None])), "None is of type NoneType: a real number is needed"),
    ],
)
def test_what_numpy_would_make_nonsense_of_is_a_sentence(attempt: Callable[[Value], Any], message: str) -> None:
    with pytest.raises(TypeError, match=re.escape(message)):
        attempt(Value(2.0))


def test_an_array_of_objects_can_be_written_into() -> None:
    array = np.array([Value(1.0), 2.0], dtype=object)
    array += Value(1.0)
    assert [v.data for v in array] == [2.0, 3.0]


def test_an_inexact_number_is_refused_in_arithmetic_too() -> None:
    with pytest.raises(ValueError, match="equals no double exactly"):
        Value(1.0) + (2**53 + 1)
    with pytest.raises(ValueError, match="equals no double exactly"):
        10**400 * Value(1.0)


def test_a_value_rounds_and_converts_like_its_number() -> None:
    v = Value(-2.5)
    assert (int(v), math.floor(v), math.ceil(v), math.trunc(v), round(v)) == (-2, -3, -2, -2, -2)
    assert round(Value(1.25), 1) == 1.2
    assert math.sqrt(Value(4.0)) == 2.0
    assert [1, 2, 3][int(Value(1.0))] == 2
    with pytest.raises(TypeError):
        [1, 2, 3][Value(1.0)]  # type: ignore[call-overload]


def test_numpy_functions_work_in_forward_mode_too() -> None:
    value, tangent = jvp(lambda x: np.sin(x) * np.float64(2.0), (0.5,), (1.0,))
    assert value == 2.0 * math.sin(0.5)
    assert tangent == 2.0 * math.cos(0.5)


def test_importing_the_engine_does_not_import_numpy() -> None:
    import subprocess
    import sys

    code = "import sys, autograd; autograd.Value(1.0) * 2; assert 'numpy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
