"""Derivatives of derivatives, in both modes, of functions of numbers, lists and arrays."""

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import (
    NO_GRADIENT,
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

    def test_backward_agrees_and_does_not_disturb_it(self) -> None:
        x, y = Value(0.5), Value(2.0)
        out = (x * y).sin() * y + x.exp() / y
        out.backward(3.0)
        for value, expected in zip(gradient(out, [x, y], 3.0), (x.grad, y.grad), strict=True):
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
        with pytest.raises(ValueError, match="an operand of 'v1' = 4 was changed after recording: its slope was 2"):
            gradient(y, [x])

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

    def test_a_function_that_fails_leaves_nothing_under_way(self) -> None:
        kept = []

        def f(x: Any) -> Any:
            kept.append(x)
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            grad(f)(1.0)
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
        with pytest.raises(TypeError, match=r"^pair was called with 0 argument\(s\): there is no argument 0"):
            grad(pair)()
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
                r"called with 1 argument\(s\): there is no argument 1",
            ),
            (lambda: grad(lambda x: "x")(1.0), TypeError, "'x' is of type str: a real number is needed"),
            (lambda: grad(sin)("x"), TypeError, "'x' is of type str: a real number is needed"),
            (lambda: grad(lambda x: x * 1j)(1.0), TypeError, "unsupported operand"),
            (lambda: jvp(sin, (1.0,), ()), ValueError, "1 arguments and 0 tangents: give one tangent for each"),
            (
                lambda: jvp(sin, ([1.0],), (1.0,)),
                ValueError,
                r"tangent 0 has shape \(\), its argument \(1,\)",
            ),
            (lambda: jvp(sin, (1.0,), ("x",)), TypeError, "'x' is of type str"),
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
        assert jacobian(lambda x, y: x * y, 1)(2.0, 3.0) == 2.0

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
