"""Checking gradients: right ones pass, wrong ones are told with the input and the operation at fault."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import OPERATIONS, GradientMismatchError, Operation, Value, check_gradients, multiply
from autograd.check import central_difference, operation_at_fault


@pytest.mark.parametrize(
    "name", ["expm1", "sigmoid", "tanh", "asinh", "gelu", "silu", "erf", "atan", "cbrt", "softplus"]
)
@pytest.mark.parametrize("x", [-3.0, -0.1, 0.7, 4.0])
def test_the_operations_of_the_table_pass(name: str, x: float) -> None:
    report = check_gradients(OPERATIONS[name], x)
    first, second = report.checks
    assert (first.order, second.order) == (1, 2)
    assert first.reverse == first.forward
    assert abs(first.difference.derivative - first.reverse) <= first.difference.error < 1e-5


def test_lists_and_arrays_are_checked_input_by_input() -> None:
    report = check_gradients(lambda a, b: (a * a).sum() * b[0].exp() + b[1][0], np.array([[1.0, 2.0]]), [0.5, [3.0]])
    assert [check.input for check in report.checks[:4]] == ["0[0,0]", "0[0,1]", "1[0]", "1[1][0]"]
    assert [check.order for check in report.checks] == [1] * 4 + [2] * 4


def test_a_report_reads_well() -> None:
    lines = str(check_gradients(lambda x: x * x, 3.0)).splitlines()
    assert lines[0].split() == ["order", "input", "reverse", "forward", "difference", "±", "error"]
    assert lines[1].split()[:4] == ["1", "0", "6", "6"]
    assert lines[2].split()[:4] == ["2", "0", "2", "2"]


@pytest.mark.parametrize("x", [1e-8, 1e-3, 1e5, 1e12])
def test_the_step_follows_the_size_of_the_input(x: float) -> None:
    check_gradients(lambda v: v.log() + v.sqrt(), x)


@pytest.fixture
def wrong() -> Iterator[Operation]:
    yield Operation("wrong", "wrong", "", lambda x: x**3, (lambda x, out: 2.0 * x * x,))
    del OPERATIONS["wrong"]


def test_a_wrong_rule_is_named(wrong: Operation) -> None:
    message = (
        r"the derivative for input 1 is in doubt: reverse mode gives 37, forward mode 37, differences 55.*; "
        r"the operation 'wrong' that gives 'v3' is at fault: its slope for operand 0 is 18, differences give 27"
    )
    with pytest.raises(GradientMismatchError, match=message):
        check_gradients(lambda y, x: y.sin() + wrong(x * 2.0) + x, 1.0, 1.5)


def test_a_wrong_second_derivative_is_found_where_the_first_is_right() -> None:
    # The rule gives the right slope as a number, but hides where it comes from.
    entry = Operation("opaque", "opaque", "", lambda x: x**3, (lambda x, out: 3.0 * float(x) ** 2,))
    try:
        with pytest.raises(GradientMismatchError, match="the second derivative for input 0 is in doubt"):
            check_gradients(entry, 1.5)
    finally:
        del OPERATIONS["opaque"]


@pytest.mark.parametrize(
    ("function", "x", "left", "right"),
    [
        (lambda x: x.relu(), 0.0, "0", "1"),
        (lambda x: 3.0 * x.relu() + x, 1e-12, "1", "4"),
        (lambda x: autograd.at_least(x, 2.0 * x - 1.0), 1.0, "1", "2"),
        (lambda x: autograd.leaky_relu(x - 5.0), 5.0, "0.01", "1"),
    ],
)
def test_a_kink_within_the_step_is_told(function: Callable[[Any], Any], x: float, left: str, right: str) -> None:
    message = f"kink within the step: the slope is {left}.* on the left and {right}"
    with pytest.raises(GradientMismatchError, match=message):
        check_gradients(function, x)


def test_a_calculation_that_leaves_the_graph_is_suspected() -> None:
    with pytest.raises(GradientMismatchError, match=r"done on plain numbers, by float\(v\) or v\.data\?"):
        check_gradients(lambda x: x * x.data, 3.0)


def test_a_derivative_of_0_far_out_does_not_pass_for_a_small_one() -> None:
    # At tame points a difference cannot see it; the estimated error is small enough here to see it all the same.
    entry = Operation("flat", "flat", "", autograd.expm1.value, (lambda x, out: multiply(out + 1.0, 1.0),))
    try:
        check_gradients(entry, -1.0)
        assert Value(-50.0).flat().slopes == (0.0,)
    finally:
        del OPERATIONS["flat"]


def test_central_differences_know_their_error() -> None:
    for function, derivative in (
        (math.exp, 1.0),
        (math.sin, 1.0),
        (lambda t: (1.0 + t) ** 5, 5.0),
        (lambda t: 2.0, 0.0),
    ):
        estimate = central_difference(function, 1.0)
        assert abs(estimate.derivative - derivative) <= estimate.error < 1e-10
        assert not estimate.kink
    assert central_difference(abs, 1.0).kink


def test_the_operation_at_fault_is_none_where_all_is_right() -> None:
    x = Value(2.0)
    assert operation_at_fault((x.sin() * x).relu() + abs(x - 2.0)) is None


def test_a_function_of_no_numbers_is_refused() -> None:
    with pytest.raises(TypeError):
        check_gradients(lambda x: x, "1")
