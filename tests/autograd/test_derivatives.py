"""Derivatives of derivatives, in both modes, of functions of numbers, lists and arrays."""

import functools
import gc
import math
import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import (
    NO_GRADIENT,
    OPERATIONS,
    Operation,
    Value,
    grad,
    gradient,
    hessian,
    hvp,
    jacobian,
    jvp,
    recorded,
    sin,
    sqrt,
    value_and_grad,
    where,
)

numbers = st.floats(-3.0, 3.0)


class Point(NamedTuple):
    a: Any
    b: Any


@pytest.fixture
def ncosh() -> Iterator[Operation]:
    """An operation whose rules NumPy works out: on a Value np.cosh is autograd's own, which rounds otherwise."""
    yield Operation("ncosh", "ncosh", "", np.cosh, (lambda x, out: 1.0 + (np.sinh(x) - 1.0),))
    del OPERATIONS["ncosh"]


class TestGradient:
    def test_it_is_made_of_values_that_can_be_derived_again(self) -> None:
        x = Value(2.0, "x")
        orders = [x**3]
        for _ in range(4):
            orders.extend(gradient(orders[-1], [x]))
        assert [value.data for value in orders] == [8.0, 12.0, 12.0, 6.0, 0.0]

    def test_nothing_is_added_to_any_grad(self) -> None:
        x = Value(2.0)
        y = x * x
        gradient(y, [x])
        assert x.grad is NO_GRADIENT
        assert y.grad is NO_GRADIENT

    @pytest.mark.parametrize("seed", [1.0, 2.0, 3.0])
    def test_backward_agrees_and_does_not_disturb_it(self, seed: float) -> None:
        x, y = Value(0.5), Value(2.0)
        out = (x * y).sin() * y + x.exp() / y
        out.backward(seed)
        for value, expected in zip(gradient(out, [x, y], seed), (x.grad, y.grad), strict=True):
            assert value.data == pytest.approx(expected, rel=1e-15)

    def test_an_inner_value_may_be_an_input(self) -> None:
        x = Value(3.0)
        y = x * x
        z = y * y * x
        dy, dx = gradient(z, [y, x])
        assert dy.data == 2 * 9.0 * 3.0
        assert dx.data == 5 * 3.0**4

    def test_the_output_itself_may_be_an_input(self) -> None:
        x = Value(3.0)
        assert [g.data for g in gradient(x, [x, Value(1.0)])] == [1.0, 0.0]
        y = x * 2.0
        assert gradient(y, [y], 5.0)[0].data == 5.0

    def test_a_seed_may_be_a_value(self) -> None:
        x, s = Value(3.0), Value(2.0)
        (g,) = gradient(x * x, [x], s)
        assert g.data == 12.0
        assert gradient(g, [s])[0].data == 6.0

    def test_only_what_the_inputs_reach_is_worked_out(self) -> None:
        x, y = Value(1.0), Value(1.0)
        long = y
        for _ in range(1000):
            long = long.sin()
        (g,) = gradient(x * x + long, [x])
        assert len(recorded(g)) < 10

    def test_a_leaf_changed_after_recording_is_told(self) -> None:
        x = Value(2.0, "x")
        y = x * x
        x.data = 3.0
        message = (
            r"^an operand of 'v1' = 4 was changed after recording: its slope was 2\.0 and would now be 3\.0; "
            r"record the calculation again$"
        )
        with pytest.raises(ValueError, match=message):
            gradient(y, [x])

    @pytest.mark.parametrize(
        ("function", "recorded_at", "changed_to", "slopes"),
        [
            (autograd.log, 1.0, -1.0, "its slope was 1.0 and would now be nan"),
            (autograd.log, -1.0, 1.0, "its slope was nan and would now be 1.0"),
            (autograd.relu, 1.0, -1.0, "its slope was 1.0 and would now be 0.0"),
            (sin, 1.0, 1.0 + 1e-8, "its slope was 0.5403023058681398 and would now be 0.54030229"),
        ],
    )
    def test_a_change_to_or_from_any_slope_is_told(
        self, function: Callable[[Any], Any], recorded_at: float, changed_to: float, slopes: str
    ) -> None:
        x = Value(recorded_at)
        y = function(x)
        x.data = changed_to
        with pytest.raises(ValueError, match=slopes):
            gradient(y, [x])

    def test_a_slope_without_a_number_is_not_taken_for_a_change(self) -> None:
        x = Value(-1.0)
        assert math.isnan(gradient(x.log(), [x])[0].data)

    def test_a_difference_within_rounding_is_not_taken_for_a_change(self) -> None:
        x = Value(1.0)
        y = x.sin()
        x.data = math.nextafter(1.0, 2.0)
        assert gradient(y, [x])[0].data == pytest.approx(math.cos(1.0))

    def test_a_rule_may_round_otherwise_on_values_than_on_floats(self, ncosh: Operation) -> None:
        for x in (Value(0.001 * step) for step in range(-500, 500)):
            (g,) = gradient(ncosh(x), [x])
            assert g.data == pytest.approx(math.sinh(x.data), abs=1e-15)

    def test_a_deep_graph_needs_no_recursion(self) -> None:
        x = v = Value(0.5)
        for _ in range(100_000):
            v = v * 1.00001
        (g,) = gradient(v, [x])
        assert g.data == pytest.approx(1.00001**100_000)

    @pytest.mark.parametrize("wrong", [2.0, None, "x"])
    def test_only_values_have_a_gradient(self, wrong: Any) -> None:
        with pytest.raises(TypeError, match="Values are needed, for the output and for each input"):
            gradient(wrong, [])
        with pytest.raises(TypeError, match="Values are needed, for the output and for each input"):
            gradient(Value(1.0), [wrong])

    @pytest.mark.parametrize(
        ("wrong", "shown"), [(Value(2.0), r"Value\(data=2\.0, grad=0\.0\)"), (2.0, r"2\.0"), (None, "None")]
    )
    def test_the_inputs_are_a_list(self, wrong: Any, shown: str) -> None:
        remedy = r"put the inputs into a list, as gradient\(y, \[x\]\)"
        with pytest.raises(TypeError, match=rf"^gradient with respect to {shown}: {remedy}$"):
            gradient(Value(1.0), wrong)

    def test_the_inputs_may_come_one_by_one(self) -> None:
        x, y = Value(2.0), Value(3.0)
        assert [g.data for g in gradient(x * y, (value for value in (x, y)))] == [3.0, 2.0]
        assert [g.data for g in gradient(x * y, np.array([x, y]))] == [3.0, 2.0]

    @pytest.mark.parametrize("seed", [2, Fraction(2), np.float32(2.0)])
    def test_a_seed_may_be_any_real_number(self, seed: Any) -> None:
        x = Value(3.0)
        assert gradient(x * x, [x], seed)[0].data == 12.0

    @pytest.mark.parametrize(
        ("seed", "error", "message"),
        [
            (None, TypeError, "None is of type NoneType: a real number is needed"),
            ("a", TypeError, "'a' is of type str: a real number is needed"),
            (2**53 + 1, ValueError, "9007199254740993 equals no double exactly"),
        ],
    )
    def test_a_seed_that_is_no_number_is_refused(self, seed: Any, error: type[Exception], message: str) -> None:
        x = Value(1.0)
        with pytest.raises(error, match=message):
            gradient(x * x, [x], seed)

    def test_nothing_comes_from_behind_a_side_not_taken(self) -> None:
        x = Value(0.0)
        (g,) = gradient(where(x > 0, x.sqrt(), 2.0 * x), [x])
        assert g.data == 2.0


class TestFunctions:
    def test_a_derivative_inside_a_derivative_keeps_its_own_perturbation(self) -> None:
        assert grad(lambda x: x * grad(lambda y: x + y)(x))(5.0) == 1.0

    @pytest.mark.parametrize("outer", ["reverse", "forward"])
    @pytest.mark.parametrize("inner", ["reverse", "forward"])
    def test_modes_nest_in_every_order(self, outer: str, inner: str) -> None:
        def derivative(mode: str, f: Callable[[Any], Any]) -> Callable[[Any], Any]:
            return grad(f) if mode == "reverse" else lambda x: jvp(f, (x,), (1.0,))[1]

        # d/dx [x · d/dy (x y²) at y = x] = d/dx 2x³
        assert derivative(outer, lambda x: x * derivative(inner, lambda y: x * y * y)(x))(5.0) == 150.0
        # the inner function closes over the outer input alone
        assert derivative(outer, lambda x: derivative(inner, lambda y: x * x * y)(2.0))(5.0) == 10.0
        third = derivative(outer, derivative(inner, derivative(outer, lambda x: x**4)))
        assert third(2.0) == 48.0

    def test_several_arguments(self) -> None:
        def f(x: Any, y: Any) -> Any:
            return x * y * y

        assert grad(f)(2.0, 3.0) == 9.0
        assert grad(f, 1)(2.0, 3.0) == 12.0
        assert value_and_grad(f, 1)(2.0, 3.0) == (18.0, 12.0)
        assert type(grad(f)(2, 3)) is float

    def test_an_argument_may_be_counted_from_the_end(self) -> None:
        def f(x: Any, y: Any) -> Any:
            return x * y * y

        assert grad(f, -1)(2.0, 3.0) == grad(f, np.int64(1))(2.0, 3.0) == 12.0
        assert grad(f, -2)(2.0, 3.0) == 9.0
        assert jacobian(f, -1)(2.0, 3.0) == 12.0
        assert hessian(f, -1)(2.0, 3.0) == 4.0

    def test_a_gradient_for_a_tuple_of_arguments_is_a_tuple(self) -> None:
        def f(x: Any, y: Any, z: Any) -> Any:
            return x * y[0] * y[1] * z

        assert grad(f, (0, 2))(2.0, [3.0, 4.0], 5.0) == (60.0, 24.0)
        assert grad(f, (2, 0))(2.0, [3.0, 4.0], 5.0) == (24.0, 60.0)
        assert value_and_grad(f, (1, -1))(2.0, [3.0, 4.0], 5.0) == (120.0, ([40.0, 30.0], 24.0))
        assert grad(f, (0,))(2.0, [3.0, 4.0], 5.0) == (60.0,)
        assert grad(f, ())(2.0, [3.0, 4.0], 5.0) == ()

    def test_arguments_by_keyword_are_handed_on(self) -> None:
        def f(x: Any, *, factor: Any = 1.0) -> Any:
            return factor * x * x

        assert grad(f)(3.0, factor=2.0) == 12.0
        assert value_and_grad(f)(3.0, factor=2.0) == (18.0, 12.0)
        assert jacobian(f)(3.0, factor=2.0) == 12.0
        assert hessian(f)(3.0, factor=2.0) == 4.0
        assert hessian(f, (0,))(3.0, factor=2.0) == ((4.0,),)
        factor = Value(2.0)
        assert gradient(grad(f)(3.0, factor=factor), [factor])[0].data == 6.0

    def test_a_namedtuple_stays_one(self) -> None:
        def f(p: Point) -> Any:
            return Point(p.a * p.b[0], p.b[1])

        point = Point(2.0, [3.0, 4.0])
        assert type(grad(lambda p: f(p).a)(point)) is Point
        assert grad(lambda p: f(p).a)(point) == Point(3.0, [2.0, 0.0])
        value, tangent = jvp(lambda p: Point(p.a * p.b, p.b), (Point(2.0, 3.0),), (Point(1.0, 0.0),))
        assert (type(value), type(tangent)) == (Point, Point)
        assert (value, tangent) == (Point(6.0, 3.0), Point(3.0, 0.0))

    def test_an_array_without_a_dimension_is_the_number_in_it(self) -> None:
        def f(x: Any) -> Any:
            return np.where(x > 0, x * x, 0.0)

        assert value_and_grad(f)(3.0) == (9.0, 6.0)
        assert grad(f)(np.array(3.0)) == 6.0
        assert type(grad(f)(np.array(3))) is float
        assert jacobian(f)(3.0) == 6.0
        assert hessian(f)(3.0) == 2.0
        assert jvp(f, (3.0,), (np.array(1.0),)) == (9.0, 6.0)
        assert hvp(f, 3.0, 1.0) == 2.0

    def test_lists_tuples_and_nests_keep_their_shape(self) -> None:
        def f(p: Any) -> Any:
            (a, b), [c] = p
            return a * b + c * c

        assert grad(f)([(2.0, 3.0), [4.0]]) == [(3.0, 2.0), [8.0]]

    def test_arrays_keep_their_shape(self) -> None:
        result = grad(lambda a: (a * a).sum())(np.arange(6).reshape(2, 3))
        assert result.dtype == np.float64
        assert result.tolist() == [[0.0, 2.0, 4.0], [6.0, 8.0, 10.0]]

    def test_a_result_that_depends_on_a_value_of_the_callers_is_a_value(self) -> None:
        w = Value(3.0)
        value, derivative = value_and_grad(lambda x: w * x * x)(2.0)
        assert (value.data, derivative.data) == (12.0, 12.0)
        assert gradient(derivative, [w])[0].data == 4.0
        x = Value(2.0)
        g = grad(lambda v: v**3)(x)
        assert gradient(g, [x])[0].data == 12.0
        assert x.grad is NO_GRADIENT

    def test_a_mixed_derivative_of_numbers_is_a_number(self) -> None:
        mixed = grad(grad(lambda x, y: x * y * y, 0), 1)(2.0, 3.0)
        assert mixed == 6.0
        assert type(mixed) is float

    def test_what_is_left_of_a_derivative_is_a_constant_to_the_next(self) -> None:
        kept: list[Any] = []

        def keep(x: Any) -> Any:
            kept.append(x)
            return x * x

        grad(keep)(3.0)
        jvp(keep, (3.0,), (1.0,))
        for x in kept:
            results = [*jvp(lambda v, x=x: v * x, (2.0,), (1.0,)), *value_and_grad(lambda v, x=x: v * x)(2.0)]
            assert results == [6.0, 3.0, 6.0, 3.0]
            assert {type(result) for result in results} == {float}
            assert jvp(lambda v, x=x: x, (2.0,), (1.0,)) == (3.0, 0.0)
            assert type(jvp(lambda v, x=x: x, (2.0,), (1.0,))[0]) is float

    def test_what_is_left_of_an_inner_derivative_hides_nothing_of_the_outer_one(self) -> None:
        def f(x: Any) -> Any:
            kept: list[Any] = []
            jvp(lambda y: kept.append(y) or y, (3.0,), (1.0,))  # type: ignore[func-returns-value]
            return x * kept[0] * x

        assert jvp(f, (2.0,), (1.0,)) == (12.0, 12.0)
        assert grad(f)(2.0) == 12.0
        assert grad(grad(f))(2.0) == 6.0
        assert jvp(lambda x: jvp(f, (x,), (1.0,))[1], (2.0,), (1.0,)) == (12.0, 6.0)

    @pytest.mark.parametrize("take", [grad, lambda f: lambda x: jvp(f, (x,), (1.0,))])
    def test_a_function_that_fails_leaves_nothing_under_way(self, take: Callable[..., Any]) -> None:
        kept = []

        def f(x: Any) -> Any:
            kept.append(x)
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            take(f)(1.0)
        assert type(grad(lambda y: y * kept[0])(2.0)) is float

    def test_a_function_that_ignores_its_input_has_derivative_0(self) -> None:
        assert grad(lambda x: 3.0)(1.0) == 0.0
        assert value_and_grad(lambda x: 3)(1.0) == (3.0, 0.0)
        assert grad(lambda x: Value(2.0) * 3.0)(1.0) == 0.0
        assert type(grad(lambda x: Value(2.0) * 3.0)(1.0)) is float
        assert jvp(lambda x: 3.0, (1.0,), (1.0,)) == (3.0, 0.0)

    def test_an_input_used_as_it_is(self) -> None:
        assert value_and_grad(lambda x: x)(2.0) == (2.0, 1.0)
        assert jvp(lambda x: x, (2.0,), (5.0,)) == (2.0, 5.0)

    def test_a_message_names_the_function(self) -> None:
        def pair(x: Any) -> Any:
            return [x, x]

        with pytest.raises(TypeError, match=r"^pair gave \(2,\) numbers: a gradient needs one, see jacobian$"):
            grad(pair)(1.0)
        place = "by place: there is no argument 0 to derive for, the first is 0"
        with pytest.raises(TypeError, match=rf"^pair was called with 0 arguments {place}$"):
            grad(pair)(x=1.0)
        with pytest.raises(TypeError, match=r"^the function gave \(2,\) numbers"):
            grad(functools.partial(pair))(1.0)

    @pytest.mark.parametrize(
        ("call", "error", "message"),
        [
            (
                lambda: grad(lambda x: [x, x])(1.0),
                TypeError,
                r"gave \(2,\) numbers: a gradient needs one",
            ),
            (
                lambda: grad(sin, 1)(1.0),
                TypeError,
                "sin was called with 1 argument by place: there is no argument 1 to",
            ),
            (lambda: hessian(sin, -2)(1.0), TypeError, "called with 1 argument by place: there is no argument -2 to"),
            (lambda: jacobian(sin, (0, 1))(1.0), TypeError, "there is no argument 1 to derive for, the first is 0"),
            (
                lambda: grad(sin, 0.5)(1.0),  # type: ignore[arg-type]
                TypeError,
                r"^argument 0\.5: give the place of one, such as 0, or a tuple, such as \(0, 1\)$",
            ),
            (lambda: grad(sin, (0, "x"))(1.0), TypeError, r"^argument \(0, 'x'\): give"),  # type: ignore[arg-type]
            (
                lambda: grad(autograd.add, (1, -1))(1.0, 2.0),
                ValueError,
                r"^argument \(1, -1\): name each argument once$",
            ),
            (lambda: grad(lambda x: "x")(1.0), TypeError, "'x' is of type str: a real number is needed"),
            (lambda: grad(sin)("x"), TypeError, "'x' is of type str: a real number is needed"),
            (lambda: grad(lambda x: x * 1j)(1.0), TypeError, "unsupported operand"),
            (lambda: jvp(sin, (1.0,), ()), ValueError, "1 arguments and 0 tangents: give one tangent for each"),
            (
                lambda: jvp(sin, ([1.0],), (1.0,)),
                ValueError,
                r"^tangent 0 has shape \(\), its argument \(1,\): make them equal$",
            ),
            (lambda: jvp(sin, (1.0,), ([1.0, 2.0],)), ValueError, r"tangent 0 has shape \(2,\), its argument \(\)"),
            (lambda: jvp(sin, (1.0,), ("x",)), TypeError, "'x' is of type str"),
            (
                lambda: jvp(sin, 1.0, (1.0,)),  # type: ignore[arg-type]
                TypeError,
                r"^the arguments 1\.0: one for each argument, in a tuple, is needed, as jvp\(f, \(2\.0,\), "
                r"\(1\.0,\)\)$",
            ),
            (lambda: hvp(sin, (1.0,), 2.0), TypeError, r"^the tangents 2\.0: one for each argument, in a tuple, is n"),
            (lambda: grad(np.sum)(np.array(["x", 1.0], dtype=object)), TypeError, "'x' is of type str"),
            (lambda: jacobian(lambda x: np.array([x, "x"]))(1.0), TypeError, "'x' is of type str"),
            (lambda: jacobian(lambda x: [[x], [x, x]])(1.0), ValueError, "a list of parts of different shapes"),
        ],
    )
    def test_what_does_not_fit_is_told(self, call: Callable[[], Any], error: type[Exception], message: str) -> None:
        with pytest.raises(error, match=message):
            call()


class TestMatrices:
    def test_the_axes_of_a_jacobian_are_those_of_result_and_argument(self) -> None:
        matrix = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
        assert jacobian(lambda x: matrix @ x)(np.array([1.0, 1.0])).tolist() == matrix.tolist()
        assert jacobian(lambda x: [x[0] * x[1], x[0] + x[1]])([2.0, 3.0]).tolist() == [[3.0, 2.0], [1.0, 1.0]]
        assert jacobian(lambda x: [x, x * x, 1.0])(3.0).tolist() == [1.0, 6.0, 0.0]
        assert jacobian(lambda x: x * x)(3.0) == 6.0
        assert jacobian(lambda x: x)(np.ones((2, 3))).shape == (2, 3, 2, 3)
        assert jacobian(lambda x: x)([[1.0, 2.0, 3.0], (4.0, 5.0, 6.0)]).shape == (2, 3, 2, 3)
        assert jacobian(lambda x: [2.0 * x[0]])([3.0, 4.0]).tolist() == [[2.0, 0.0]]
        assert jacobian(lambda x, y: x * y, 1)(2.0, 3.0) == 2.0

    def test_a_tuple_of_arguments_has_a_tuple_of_matrices(self) -> None:
        def f(x: Any, y: Any) -> Any:
            return [x * y[0], x * x * y[1], y[0] * y[1]]

        by_y, by_x = jacobian(f, (1, 0))(2.0, [3.0, 4.0])
        assert by_x.tolist() == [3.0, 16.0, 0.0]
        assert by_y.tolist() == [[2.0, 0.0], [0.0, 4.0], [4.0, 3.0]]
        (by_x,) = jacobian(f, (0,))(2.0, [3.0, 4.0])
        assert by_x.tolist() == [3.0, 16.0, 0.0]

    def test_a_tuple_of_arguments_has_a_hessian_for_each_pair(self) -> None:
        def f(x: Any, y: Any) -> Any:
            return x**3 * y[0] * y[1]

        (xx, xy), (yx, yy) = hessian(f, (0, 1))(2.0, np.array([3.0, 4.0]))
        assert xx == 144.0
        assert xy.tolist() == yx.tolist() == [48.0, 36.0]
        assert yy.tolist() == [[0.0, 8.0], [8.0, 0.0]]

    def test_an_empty_list_is_an_axis_of_length_0(self) -> None:
        assert jacobian(lambda x: [])([1.0, 2.0]).shape == (0, 2)
        assert jacobian(lambda x: 1.0)([]).shape == (0,)

    def test_a_hessian_is_symmetric_and_right(self) -> None:
        def f(x: Any) -> Any:
            return x[0] ** 2 * x[1] + x[1].exp()

        expected = [[6.0, 4.0], [4.0, math.exp(3.0)]]
        assert hessian(f)([2.0, 3.0]).tolist() == expected
        assert hessian(f)(np.array([2.0, 3.0])).tolist() == expected
        assert hessian(lambda x: x**3)(2.0) == 12.0
        assert hessian(lambda w, x: w * x * x, 1)(2.0, 3.0) == 4.0

    def test_a_hessian_vector_product_is_the_hessian_times_the_vector(self) -> None:
        def f(x: Any) -> Any:
            return (x[0] * x[1]).sin() + x[1] ** 3 * x[2]

        x, v = [0.5, -1.0, 2.0], [1.0, 2.0, -0.5]
        assert hvp(f, x, v) == pytest.approx(hessian(f)(x) @ np.array(v), rel=1e-14)
        assert hvp(f, np.array(x), np.array(v)).shape == (3,)
        assert hvp(lambda t: t**3, 2.0, 0.5) == 6.0

    def test_a_tuple_is_several_arguments_of_a_hessian_vector_product(self) -> None:
        def f(x: Any, y: Any) -> Any:
            return x**3 * y[0] * y[1]

        assert hvp(lambda x, y: x * x * y, (1.0, 2.0), (1.0, 0.0)) == (4.0, 2.0)
        by_x, by_y = hvp(f, (2.0, [3.0, 4.0]), (0.5, [1.0, -1.0]))
        assert by_x == 144.0 * 0.5 + 48.0 - 36.0
        assert by_y == [48.0 * 0.5 - 8.0, 36.0 * 0.5 + 8.0]
        assert hvp(lambda p: p.a * p.a * p.b, Point(1.0, 2.0), Point(1.0, 0.0)) == Point(4.0, 2.0)
        assert hvp(lambda p: p[0] * p[0] * p[1], ((1.0, 2.0),), ((1.0, 0.0),)) == ((4.0, 2.0),)


class TestForwardMode:
    def test_a_derivative_along_a_direction(self) -> None:
        value, tangent = jvp(lambda x, y: [x * y, x + 1.0], (2.0, 3.0), (1.0, 10.0))
        assert value == [6.0, 3.0]
        assert tangent == [23.0, 1.0]
        value, tangent = jvp(lambda a: a * a, (np.array([1.0, 2.0]),), (np.array([1.0, -1.0]),))
        assert value.tolist() == [1.0, 4.0]
        assert tangent.tolist() == [2.0, -4.0]

    def test_a_direction_may_be_made_of_values(self) -> None:
        t = Value(2.0)
        _, tangent = jvp(lambda x: x**3, (3.0,), (t,))
        assert gradient(tangent, [t])[0].data == 27.0

    def test_a_side_not_taken_passes_no_infinite_tangent_on(self) -> None:
        assert jvp(lambda x: where(x > 0, sqrt(x), 2.0 * x), (0.0,), (1.0,)) == (0.0, 2.0)
        assert jvp(lambda x: (-x).relu(), (1.0,), (math.inf,)) == (0.0, 0.0)

    def test_a_slope_of_0_by_number_alone_multiplies_an_infinite_tangent(self) -> None:
        assert math.isnan(jvp(lambda x: x * x, (0.0,), (math.inf,))[1])

    def test_a_number_in_forward_mode_behaves_like_a_number(self) -> None:
        seen = []

        def f(x: Any) -> Any:
            seen.extend(
                [x > 1.0, x == 2.0, float(x), f"{x:.1f}", bool(x), max(x, 1.0) is x, hash(x) == hash(x), x.data]
            )
            assert repr(x) == "Dual(2.0, tangent=1.0)"
            return abs(-x) % 3 + 1 - 1.0 / x

        assert jvp(f, (2.0,), (1.0,)) == (2.5, 1.25)
        assert seen == [True, True, 2.0, "2.0", True, True, True, 2.0]


def square_of_squares(x: Any) -> Any:
    s = sum(v * v for v in x)
    return s * s


def lines_run(function: Callable[..., Any], *arguments: Any) -> int:
    """How much Python a call runs, which is the same every time."""
    count = 0

    def step(*_: Any) -> Any:
        nonlocal count
        count += 1
        return step

    function(*arguments)  # what is worked out once is not counted
    before = sys.gettrace()
    sys.settrace(step)
    try:
        function(*arguments)
    finally:
        sys.settrace(before)
    return count


class TestCost:
    @pytest.mark.parametrize(
        ("derivative", "most"),
        [
            (grad(square_of_squares), 2.1),
            (lambda x: hvp(square_of_squares, x, x), 2.1),
            (lambda x: jvp(square_of_squares, (x,), (x,)), 2.1),
            (lambda x: jvp(grad(square_of_squares), ([Value(v) for v in x],), (x,)), 2.1),
            # The number of entries is four times as large.
            (jacobian(lambda x: [square_of_squares(x) * v for v in x]), 4.5),
            (hessian(square_of_squares), 4.2),
        ],
        ids=["grad", "hvp", "jvp", "hvp of Values", "jacobian", "hessian"],
    )
    def test_twice_the_inputs_are_twice_the_work(self, derivative: Callable[[Any], Any], most: float) -> None:
        assert lines_run(derivative, [0.5] * 48) < most * lines_run(derivative, [0.5] * 24)

    @pytest.mark.parametrize(
        "derivative",
        [
            grad(square_of_squares),
            jacobian(square_of_squares),
            hessian(square_of_squares),
            lambda x: jvp(square_of_squares, (x,), (x,)),
            lambda x: hvp(square_of_squares, x, x),
            lambda x: grad(lambda y: grad(square_of_squares)([y, y])[0])(1.0),
        ],
        ids=["grad", "jacobian", "hessian", "jvp", "hvp", "nested"],
    )
    def test_nothing_is_left_for_the_garbage_collector(self, derivative: Callable[[Any], Any]) -> None:
        derivative([1.0, 2.0])
        gc.collect()
        gc.disable()
        try:
            derivative([1.0, 2.0])
            assert gc.collect() == 0
        finally:
            gc.enable()


@given(x=numbers, y=numbers)
def test_both_modes_and_both_orders_of_derivation_agree(x: float, y: float) -> None:
    def f(a: Any, b: Any) -> Any:
        return (a * b).tanh() * autograd.exp(-a * a) + (a - b).sigmoid() / (1.0 + b * b)

    reverse = [grad(f)(x, y), grad(f, 1)(x, y)]
    forward = [jvp(f, (x, y), (1.0, 0.0))[1], jvp(f, (x, y), (0.0, 1.0))[1]]
    assert reverse == pytest.approx(forward, rel=1e-12, abs=1e-14)
    mixed, other = grad(grad(f, 0), 1)(x, y), grad(grad(f, 1), 0)(x, y)
    assert mixed == pytest.approx(other, rel=1e-11, abs=1e-13)
    assert jvp(grad(f), (x, y), (0.0, 1.0))[1] == pytest.approx(mixed, rel=1e-11, abs=1e-13)
