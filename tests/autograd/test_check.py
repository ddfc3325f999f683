"""Checking gradients: right ones pass, wrong ones are told with the input and the operation at fault."""

import math
import re
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import OPERATIONS, GradientMismatchError, Operation, Value, check_gradients
from autograd.check import central_difference, operation_at_fault
from autograd.dual import Dual


@pytest.mark.parametrize(
    "name", ["expm1", "sigmoid", "tanh", "asinh", "gelu", "silu", "erf", "atan", "cbrt", "softplus"]
)
@pytest.mark.parametrize("x", [-3.0, -0.1, 0.7, 4.0])
def test_the_operations_of_the_table_pass(name: str, x: float) -> None:
    report = check_gradients(OPERATIONS[name], x)
    assert [(check.order, check.input) for check in report.checks] == [(1, "0"), (2, "0 and 0")]
    assert report.settled
    for check in report.checks:
        assert check.reverse == pytest.approx(check.forward, rel=1e-14)
        assert abs(check.difference.derivative - check.reverse) <= check.difference.error < 1e-7


def test_lists_and_arrays_are_checked_input_by_input() -> None:
    report = check_gradients(lambda a, b: (a * a).sum() * b[0].exp() + b[1][0], np.array([[1.0, 2.0]]), [0.5, [3.0]])
    assert [check.input for check in report.checks[:4]] == ["0[0,0]", "0[0,1]", "1[0]", "1[1][0]"]
    assert [check.order for check in report.checks] == [1] * 4 + [2] * 16
    assert [check.input for check in report.checks[4:9]] == [
        "0[0,0] and 0[0,0]",
        "0[0,0] and 0[0,1]",
        "0[0,0] and 1[0]",
        "0[0,0] and 1[1][0]",
        "0[0,1] and 0[0,0]",
    ]


def test_a_report_reads_well() -> None:
    lines = str(check_gradients(lambda x: x * x, 3.0)).splitlines()
    assert lines[0] == (
        "order input                     reverse                  forward               difference   ± error verdict"
    )
    assert lines[1].split()[:4] == ["1", "0", "6", "6"]
    assert lines[2].split()[:6] == ["2", "0", "and", "0", "2", "2"]
    assert all(line.endswith(" agrees") for line in lines[1:])
    assert len({line.index(" agrees") for line in lines[1:]}) == 1
    (_, first, _) = str(check_gradients(autograd.sign, 0.0)).splitlines()
    assert first.endswith("inconclusive: a jump, a pole, a wave or an edge of the domain is within the step")


@pytest.mark.parametrize("x", [1e-8, 1e-3, 1e5, 1e12])
def test_the_step_follows_the_size_of_the_input(x: float) -> None:
    first, _ = check_gradients(lambda v: v.log() + v.sqrt(), x).checks
    assert first.difference.error < 1e-3 * first.reverse


def test_a_function_that_is_zero_everywhere_passes() -> None:
    assert [check.reverse for check in check_gradients(lambda x: 0.0 * x, 3.0).checks] == [0.0, 0.0]


@pytest.mark.parametrize(
    ("function", "x", "derivative"),
    [
        (lambda x: x.sqrt(), 0.0, math.inf),
        (lambda x: -x.sqrt(), 0.0, -math.inf),
        (lambda x: x**1.5, 0.0, 0.0),
        (lambda x: x.log(), -1.0, math.nan),
    ],
)
def test_infinite_estimates_settle_nothing(function: Callable[[Any], Any], x: float, derivative: float) -> None:
    first, _ = check_gradients(function, x).checks
    assert first.reverse == pytest.approx(derivative, nan_ok=True)
    assert first.difference.error == math.inf


# A name is used once: the methods that an operation gives to numbers outlive its entry in the table.
_probe_names = map("probe{}".format, count(1))


@pytest.fixture
def probe() -> Iterator[Callable[..., Operation]]:
    """Makes an operation with a value and partials of the test's own."""
    name = next(_probe_names)
    yield lambda value, *partials: Operation(name, "probe", "", value, partials)
    del OPERATIONS[name]


@pytest.mark.parametrize("slope", [math.nan, math.inf, -math.inf])
def test_what_is_no_finite_number_is_no_derivative_where_differences_find_one(
    probe: Callable[..., Operation], slope: float
) -> None:
    message = f"reverse mode gives {slope}, forward mode {slope}, differences 1 "
    with pytest.raises(GradientMismatchError, match=message):
        check_gradients(probe(lambda x: x, lambda x, out: slope), 2.0)


def test_a_wrong_slope_next_to_a_plain_number_is_named(probe: Callable[..., Operation]) -> None:
    product = probe(lambda x, y: x * y, lambda x, y, out: y, lambda x, y, out: 2.0 * x)
    assert operation_at_fault(product(3.0, Value(5.0))) == (
        f"the operation {product.name!r} that gives 'v2' is at fault: its slope for operand 1 is 6, differences give 3"
    )


@pytest.mark.parametrize(
    ("reverse", "forward", "x", "message"),
    [
        (lambda x: 4.0 * x, lambda x: 5.0 * x, 2.0, "reverse mode gives 4, forward mode 5, differences 4 "),
        (lambda x: 4.0 * x, lambda x: -4.0 * x, 2.0, "reverse mode gives 4, forward mode -4, differences 4 "),
        (lambda x: 0.0 * x, lambda x: 1e-6 * x, 2.0, "reverse mode gives 0, forward mode 1e-06, differences 0 "),
        (lambda x: x.sqrt(), lambda x: 5.0 * x, 0.0, "reverse mode gives inf, forward mode 5, differences nan "),
        (lambda x: x.sqrt(), lambda x: -x.sqrt(), 0.0, "reverse mode gives inf, forward mode -inf, differences nan "),
    ],
)
def test_forward_mode_has_to_agree_with_reverse_mode(
    reverse: Callable[[Any], Any], forward: Callable[[Any], Any], x: float, message: str
) -> None:
    with pytest.raises(GradientMismatchError, match=message):
        check_gradients(lambda v: forward(v) if isinstance(v, Dual) else reverse(v), x)


@pytest.mark.parametrize(("reverse", "forward"), [(1e6, 1e6 + 1e-6), (0.0, 1e-12)])
def test_forward_mode_may_round_otherwise_than_reverse_mode(reverse: float, forward: float) -> None:
    first, _ = check_gradients(lambda x: x * (forward if isinstance(x, Dual) else reverse), 2.0).checks
    assert (first.reverse, first.forward) == (reverse, forward)


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


def test_a_wrong_second_derivative_is_found_where_the_first_is_right(probe: Callable[..., Operation]) -> None:
    # The rule gives the right slope as a number, but hides where it comes from.
    opaque = probe(lambda x: x**3, lambda x, out: 3.0 * float(x) ** 2)
    message = (
        "the second derivative for inputs 0 and 0 is in doubt: reverse mode gives 0, forward mode 0, differences 9 .*; "
        f"the operation '{opaque.name}' that gives 'v1' is at fault: "
        "its second derivative for operands 0 and 0 is 0, differences give 9$"
    )
    with pytest.raises(GradientMismatchError, match=message):
        check_gradients(opaque, 1.5)


def test_every_entry_of_the_hessian_is_checked(probe: Callable[..., Operation]) -> None:
    # Along equal directions the second derivative of a function of the difference is 0, right or wrong.
    squared_difference = probe(
        lambda x, y: (x - y) * (x - y),
        lambda x, y, out: 2.0 * (x - y),
        lambda x, y, out: 2.0 * (y - x) - 0.5 * (float(x) - x),
    )
    message = "the second derivative for inputs 0 and 1 is in doubt: reverse mode gives -1.5, .* differences -2 "
    with pytest.raises(GradientMismatchError, match=message):
        check_gradients(squared_difference, 3.0, 1.0)


def test_every_input_has_steps_of_its_own_size(probe: Callable[..., Operation]) -> None:
    opaque = probe(math.log, lambda x, out: 1.0 / float(x))
    with pytest.raises(GradientMismatchError, match=r"inputs 0 and 0 is in doubt: .* differences -1000000 "):
        check_gradients(lambda x, y: opaque(x) + y, 1e-3, 1e6)


@pytest.mark.parametrize(
    ("function", "x", "kink"),
    [
        (lambda x: x.relu(), 0.0, "kink of 'relu' at '0' = 0, where the slope is 0 on the left and 1 on the right"),
        (
            lambda x: autograd.leaky_relu(x - 5.0),
            5.0,
            "kink of 'leaky_relu' at 'v1' = 0, where the slope is 0.01 on the left and 1 on the right",
        ),
        (
            lambda x: abs(x * x),
            0.0,
            "kink of 'abs' at 'v1' = 0, where the slope is -1 on the left and 1 on the right",
        ),
    ],
)
def test_a_kink_within_the_step_is_told(function: Callable[[Any], Any], x: float, kink: str) -> None:
    with pytest.raises(GradientMismatchError, match=f"; kink within the step: {kink}$"):
        check_gradients(function, x)


@pytest.mark.parametrize(
    ("function", "x", "cause"),
    [
        (
            lambda x: x if x > 0.0 else x * 2.0,
            0.0,
            "kink within the step: the slope is 2 on the left and 1 on the right",
        ),
        (
            autograd.elu,
            0.0,
            "kink within the step: kink of 'elu' at '0' = 0, "
            "where the second derivative is 1 on the left and 0 on the right",
        ),
        (
            lambda x: x.cos().acos(),
            0.0,
            "jump, pole or edge of the domain within the step: of 'acos' at 'v1' = 1",
        ),
    ],
)
def test_an_awkward_point_is_named(function: Callable[[Any], Any], x: float, cause: str) -> None:
    with pytest.raises(GradientMismatchError) as caught:
        check_gradients(function, x)
    assert str(caught.value).endswith(f"; {cause}")


@pytest.mark.parametrize(
    ("function", "point"),
    [
        (lambda x, y: autograd.atanh(autograd.minimum(x, y)), (1.5, -3.0)),
        (lambda x, y: x.sqrt(), (0.0, 1.0)),
        (lambda x, y: autograd.where(x > 0.0, x.sqrt(), y), (0.0, 1.0)),
    ],
)
def test_a_right_derivative_beside_an_infinite_one_is_not_called_wrong(
    function: Callable[..., Any], point: tuple[float, ...]
) -> None:
    assert not check_gradients(function, *point).settled


def test_at_a_minimum_rounding_is_allowed_for() -> None:
    for function, x in ((lambda x: (x * x - 2.0) * (x * x - 2.0), math.sqrt(2.0)), (lambda x: (x - 1.0) ** 2, 1.0)):
        assert check_gradients(function, x).settled


@pytest.mark.parametrize("name", ["expm1", "sigmoid", "tanh"])
def test_a_rule_of_0_where_differences_cannot_see_it_is_not_confirmed(
    probe: Callable[..., Operation], name: str
) -> None:
    entry = probe(OPERATIONS[name].value, lambda x, out: x * 0.0)
    first, _ = check_gradients(entry, {"expm1": -50.0, "sigmoid": 40.0, "tanh": 20.0}[name]).checks
    assert first.verdict == "inconclusive: smaller than what differences can see"
    with pytest.raises(GradientMismatchError, match="is at fault"):
        check_gradients(entry, -1.0)


@pytest.mark.parametrize("function", [lambda x: x * 0.0 + 7.0, lambda x: (x - 4.0).relu() + 7.0, lambda x: x * 3.0])
def test_a_slope_of_0_is_confirmed_where_nothing_varies(function: Callable[[Any], Any]) -> None:
    assert check_gradients(function, 3.0).settled


@pytest.mark.parametrize("function", [lambda x: x * x.data, lambda x: 6.0 * float(x)])
def test_a_calculation_that_leaves_the_graph_is_suspected(function: Callable[[Any], Any]) -> None:
    suspicion = (
        "; every slope in the graph is right: "
        "is a part of the calculation done on plain numbers, by float(v) or v.data?"
    )
    with pytest.raises(GradientMismatchError, match=f"{re.escape(suspicion)}$"):
        check_gradients(function, 3.0)


@pytest.mark.parametrize(("name", "x"), [("expm1", -50.0), ("sigmoid", 40.0), ("tanh", 20.0), ("tanh", -20.0)])
def test_a_derivative_smaller_than_differences_can_see_is_inconclusive(name: str, x: float) -> None:
    report = check_gradients(OPERATIONS[name], x)
    assert not report.settled
    assert report.checks[0].verdict == "inconclusive: smaller than what differences can see"


@pytest.mark.parametrize(
    ("function", "x"),
    [
        (autograd.sign, 0.0),
        (lambda x: autograd.where(x > 1.0, x, x + 1.0), 1.0),
        (lambda x: x % 1.0, 2.0),
        (autograd.sqrt, 0.0),
        (autograd.cbrt, 0.0),
        (lambda x: abs(x) ** 0.8, 0.0),
        (lambda x: 1.0 / x, 0.0),
        (lambda x: 1.0 / (x * x), 0.0),
        (lambda x: x.log(), -1.0),
        (autograd.log, 1e-17),
        (autograd.sin, 1e15),
        (autograd.tanh, math.inf),
    ],
)
def test_at_a_jump_or_an_edge_nothing_is_settled(function: Callable[[Any], Any], x: float) -> None:
    report = check_gradients(function, x)
    assert not report.settled
    verdict = "inconclusive: a jump, a pole, a wave or an edge of the domain is within the step"
    assert report.checks[0].verdict == verdict
    assert report.checks[0].difference.error == math.inf


@pytest.mark.parametrize(
    ("function", "x"),
    [
        (autograd.sin, 2e7),
        (autograd.cos, 1e8),
        (autograd.sin, 1e12),
        (lambda x: (1e9 * x).sin(), 1.0),
        (autograd.log, 1e-10),
        (lambda x: x.tanh() - math.tanh(5.0), 5.0),
        (lambda x: x + (1.0 + x).log(), 0.0),
        (lambda x: x.exp() - 1.0, 0.0),
        (lambda x: x.exp(), 500.0),
        (lambda x: (x - 0.99).relu() * x, 1.0),
        (lambda x: x**5, 1e-6),
        (autograd.cbrt, 3.0),
        (lambda x: 3.0 * x.relu() * x + x * x, 1e-9),
    ],
)
def test_waves_and_sizes_of_any_kind_are_seen_through(function: Callable[[Any], Any], x: float) -> None:
    report = check_gradients(function, x)
    assert report.settled
    for check in report.checks:
        assert check.difference.error <= 1e-3 * abs(check.reverse)


def test_nan_from_one_mode_is_not_let_pass() -> None:
    def two_ways(reverse: Callable[[Any], Any], forward: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return lambda x: forward(x) if isinstance(x, Dual) else reverse(x)

    with pytest.raises(GradientMismatchError, match="reverse mode gives nan, forward mode 5, differences nan "):
        check_gradients(two_ways(lambda x: x.log(), lambda x: 5.0 * x), -1.0)
    with pytest.raises(GradientMismatchError, match="reverse mode gives 5, forward mode nan, differences 5 "):
        check_gradients(two_ways(lambda x: 5.0 * x, lambda x: math.nan * x), 1.0)


def test_a_tread_of_rounding_is_no_slope_of_0() -> None:
    derivative, tread = central_difference(lambda x: (1e-6 * x + 1.0) - (1e-6 + 1.0), 1.0), 1e-6
    assert abs(derivative.derivative - tread) <= derivative.error < 1e-12
    # What is flat for good, up to a ramp that only the largest steps reach, is.
    flat = central_difference(lambda x: max(x - 0.6, 0.0), 0.5)
    assert (flat.derivative, flat.error) == (0.0, 0.0)


def test_an_error_of_more_than_a_thousandth_settles_nothing() -> None:
    first, _ = check_gradients(autograd.sin, 4e12).checks
    assert 1e-3 < first.difference.error / abs(first.reverse) < 0.1
    assert not first.difference.settled


def test_calls_are_bounded() -> None:
    calls = 0

    def function(x: Any, y: Any) -> Any:
        nonlocal calls
        calls += 1
        return x.sin() * y

    check_gradients(function, 1.0, 4.0)
    assert 200 < calls <= 2 * 103 + 2


@pytest.mark.parametrize(
    ("function", "x", "derivative", "most"),
    [
        (math.exp, 0.0, 1.0, 1e-10),
        (math.exp, 1.0, math.e, 1e-10),
        (math.sin, 0.0, 1.0, 1e-10),
        (lambda x: (1.0 + x) ** 5, 0.0, 5.0, 1e-10),
        (lambda x: 1.0 + x + x**3 + x**5, 0.0, 1.0, 1e-10),
        (lambda x: 2.0, 1.0, 0.0, 1e-13),
        (lambda x: x, -3.0, 1.0, 1e-13),
        (lambda x: x if abs(x - 1.0) <= 2.0**-25 else math.nan, 1.0, 1.0, 1e-6),
    ],
)
def test_central_differences_know_their_error(
    function: Callable[[float], float], x: float, derivative: float, most: float
) -> None:
    estimate = central_difference(function, x)
    assert abs(estimate.derivative - derivative) <= estimate.error < most
    assert estimate.settled
    assert estimate.kink is None


@pytest.mark.parametrize("x", [math.inf, -math.inf, math.nan])
def test_differences_need_a_finite_number(x: float) -> None:
    estimate = central_difference(lambda x: x, x)
    assert (estimate.error, estimate.settled) == (math.inf, False)


@pytest.mark.parametrize(
    ("function", "kink"),
    [
        (abs, (-1.0, 1.0)),
        (lambda x: 1e-6 * abs(x), (-1e-6, 1e-6)),
        (lambda x: abs(x) + math.exp(x), (0.0, 2.0)),
        (lambda x: abs(x) + math.exp(x + 0.3), (math.exp(0.3) - 1.0, math.exp(0.3) + 1.0)),
        (lambda x: x * x, None),
        (lambda x: 1e6 * (1.0 + x) / 3.0, None),
        (lambda x: 1.0 + x + 1e-8 * x * x, None),
    ],
    ids=["abs", "small", "on a curve", "in rounding", "parabola", "rounding", "hardly bent"],
)
def test_a_kink_is_told_from_curvature_and_from_rounding(
    function: Callable[[float], float], kink: tuple[float, float] | None
) -> None:
    found = central_difference(function, 0.0).kink
    assert found == (None if kink is None else pytest.approx(kink, rel=1e-2, abs=1e-3))


def test_the_operation_at_fault_is_none_where_all_is_right() -> None:
    x = Value(2.0)
    assert operation_at_fault((x.sin() * x).relu() + abs(x - 2.0)) is None


def test_a_function_of_no_numbers_is_refused() -> None:
    with pytest.raises(TypeError):
        check_gradients(lambda x: x, "1")
