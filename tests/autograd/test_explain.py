"""Explanations: every path is there, and the products along the paths add up to the gradient."""

import importlib
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from autograd import NO_GRADIENT, Value, recorded
from autograd.explain import Explanation, explain


def test_every_path_is_printed_with_its_slopes_their_product_and_its_share() -> None:
    a = Value(2.0, "a")
    c = (a * 3.0) * -2.0 + a * -4.0
    c.label = "c"
    assert str(explain(c, a)) == "\n".join(
        (
            "path             product of the slopes  share",
            "a → v1 → v2 → c  3 × -2 × 1 = -6        60 %",
            "a → v3 → c       -4 × 1 = -4            40 %",
            "sum: dc/da       -10                    100 %",
        )
    )


def test_a_repeated_operand_is_two_paths() -> None:
    a = Value(2.0, "a")
    explanation = explain(a * a, a)
    assert [(path.names, path.slopes, path.product, path.share) for path in explanation.paths] == [
        (("a", "v1"), (2.0,), 2.0, 0.5)
    ] * 2
    assert explanation.gradient == 4.0
    assert (explanation.output, explanation.node) == ("v1", "a")


def test_an_inner_value_can_be_explained() -> None:
    a = Value(3.0, "a")
    b = a * 2.0
    (path,) = explain(b * a, b).paths
    assert (path.names, path.slopes) == (("v1", "v2"), (3.0,))


def test_the_output_is_explained_by_the_path_that_goes_nowhere() -> None:
    b = Value(3.0, "a") * 2.0
    assert explain(b, b).gradient == 1.0
    assert str(explain(b, b)).splitlines()[1].split() == ["v1", "1", "100", "%"]


def test_the_largest_contributions_come_first_whatever_their_sign() -> None:
    a = Value(1.0, "a")
    explanation = explain(a * 2.0 + a * -30.0 + a * 7.0, a)
    assert [path.product for path in explanation.paths] == [-30.0, 7.0, 2.0]
    assert math.fsum(path.share or 0.0 for path in explanation.paths) == pytest.approx(1.0)


def test_shares_are_printed_to_four_digits() -> None:
    a = Value(1.0, "a")
    lines = str(explain(a * 2.0 + a, a)).splitlines()
    assert [line.split()[-2:] for line in lines[1:]] == [["66.67", "%"], ["33.33", "%"], ["100", "%"]]


def test_what_backward_rounds_off_is_told_apart_from_the_paths() -> None:
    x = Value(1.0, "x")
    z = x * 0.3 + x * 0.2 + x * 0.1
    explanation = explain(z, x)
    z.backward()
    products = [path.product for path in explanation.paths]
    assert products == [0.3, 0.2, 0.1]
    assert (explanation.gradient, math.fsum(products)) == (x.grad, 0.6) == (0.6000000000000001, 0.6)
    assert explanation.rounding == float(Fraction(x.grad) - sum(map(Fraction, products)))
    assert math.fsum([*products, explanation.rounding]) == x.grad
    assert [line.split() for line in str(explanation).splitlines()[-2:]] == [
        ["rounding", "8.326672685e-17"],
        ["sum:", "dv5/dx", "0.6", "100", "%"],
    ]


def test_a_sum_that_is_rounded_once_has_no_rounding_to_tell() -> None:
    x = Value(1.0, "x")
    explanation = explain(x * 0.1 + x * 0.2, x)
    assert explanation.gradient == 0.1 + 0.2 != Fraction(0.1) + Fraction(0.2)
    assert explanation.rounding == 0.0


def test_shares_are_shares_of_backwards_gradient() -> None:
    x = Value(1.0, "x")
    explanation = explain(x * 0.3 + x * 0.2 + x * 0.1, x)
    assert [path.share for path in explanation.paths] == [part / 0.6000000000000001 for part in (0.3, 0.2, 0.1)]


def test_a_gradient_of_zero_has_paths_but_no_shares() -> None:
    a = Value(1.0, "a")
    explanation = explain(a * 2.0 - a * 2.0, a)
    assert [(path.product, path.share) for path in explanation.paths] == [(2.0, None), (-2.0, None)]
    assert explanation.gradient == 0.0
    assert str(explanation).splitlines()[-1] == "sum: dv3/da  0"


@pytest.mark.parametrize("slope", [math.inf, math.nan])
def test_a_gradient_that_is_not_finite_has_paths_but_no_shares(slope: float) -> None:
    a = Value(1.0, "a")
    explanation = explain(a * slope + a * -math.inf + a, a)
    assert len(explanation.paths) == 3
    assert math.isnan(explanation.gradient)
    assert {path.share for path in explanation.paths} == {None}
    assert explanation.rounding == 0.0


def test_a_sum_too_large_for_a_double_is_infinite_as_in_backward() -> None:
    a = Value(0.5, "a")
    c = a * 1e308 + a * 1e308
    c.backward()
    explanation = explain(c, a)
    assert explanation.gradient == a.grad == math.inf
    assert explanation.rounding == 0.0
    assert {path.share for path in explanation.paths} == {None}


def test_a_finite_gradient_of_products_beyond_a_double_has_a_rounding_that_says_so() -> None:
    a = Value(0.5, "a")
    b = a * 1e300
    c = b * 1e10 - b * 1e10
    c.backward()
    explanation = explain(c, a)
    assert [path.product for path in explanation.paths] == [math.inf, -math.inf]
    assert explanation.gradient == a.grad == 0.0
    assert math.isnan(explanation.rounding)
    assert str(explanation).splitlines()[-2:] == ["rounding          nan", "sum: dv4/da       0"]


def test_products_too_large_to_be_added_have_a_gradient_all_the_same() -> None:
    a = Value(0.5, "a")
    c = a * 1.2e308 - a * 1.05e308 + a * 1.1e308 - a * 1e308
    c.backward()
    explanation = explain(c, a)
    assert explanation.gradient == a.grad == -1e308 + 1.1e308 - 1.05e308 + 1.2e308
    assert math.isnan(explanation.rounding)


def test_a_side_not_taken_is_on_no_path() -> None:
    a = Value(-2.0, "a")
    explanation = explain(a.relu() + a * 3.0, a)
    assert [path.names for path in explanation.paths] == [("a", "v2", "v3")]


def test_a_value_from_which_nothing_flows_back_is_told_so() -> None:
    a = Value(-2.0, "a")
    explanation = explain((a * 2.0).relu() * 5.0, a)
    assert explanation == Explanation("v3", "a", (), 0.0, 0.0)
    assert str(explanation) == "dv3/da = 0: nothing flows back along any way from a to v3"


def test_nothing_is_changed() -> None:
    a = Value(2.0)
    b = a * a
    explain(b, a)
    assert a.grad is NO_GRADIENT
    assert b.grad is NO_GRADIENT


class TestBounds:
    def test_too_many_paths_are_counted_and_refused_with_a_remedy(self) -> None:
        a = Value(1.0, "a")
        c = a
        for _ in range(20):
            c = c + c
        c.label = "c"
        with pytest.raises(
            ValueError,
            match=r"^1,048,576 paths lead from 'a' to 'c': more than 1,000; explain a Value nearer to the output, or",
        ):
            explain(c, a)

    def test_as_many_as_asked_for_are_given(self) -> None:
        a = Value(1.0, "a")
        c = (a + a) + (a + a)
        assert len(explain(c, a, most=4).paths) == 4
        with pytest.raises(ValueError, match=r"^4 paths lead from 'a' to 'v3': more than 3; "):
            explain(c, a, most=3)

    def test_a_number_of_paths_beyond_counting_is_no_trouble(self) -> None:
        a = c = Value(1.0, "a")
        for _ in range(20_000):
            c = c + c
        with pytest.raises(ValueError, match=r"^over 1,000,000,000,000,000,000 paths lead from 'a' to 'v20000'"):
            explain(c, a)

    def test_paths_through_other_values_do_not_count(self) -> None:
        a, b = Value(1.0, "a"), Value(1.0, "b")
        c = a
        for _ in range(20):
            c = c + c
        assert len(explain(c * b, b).paths) == 1

    def test_a_deep_graph_has_one_long_path(self) -> None:
        a = c = Value(1.0, "a")
        for _ in range(50_000):
            c = c * 1.0
        (path,) = explain(c, a).paths
        assert len(path.names) == 50_001
        assert len(path.slopes) == 50_000

    def test_more_steps_than_memory_should_be_spent_on_are_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(importlib.import_module("autograd.explain"), "_MOST_STEPS", 5)
        a = Value(1.0, "a")
        b = a * a + a
        assert len(explain(b, a).paths) == 3
        message = "the paths from 'a' to 'v3' have 8 steps in all: more than 5; explain a Value nearer to the output"
        with pytest.raises(ValueError, match=f"^{message}$"):
            explain(b * 1.0, a)

    def test_where_no_path_leads_no_bound_is_exceeded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(importlib.import_module("autograd.explain"), "_MOST_STEPS", 0)
        a = Value(-2.0, "a")
        assert explain(a.relu(), a, most=0) == Explanation("v1", "a", (), 0.0, 0.0)


class TestRefusals:
    def test_a_value_of_another_graph(self) -> None:
        with pytest.raises(
            ValueError, match=r"label='q'\) is no part of the graph of 'v2': explain a Value it was made"
        ):
            explain(Value(1.0) + 1.0, Value(2.0, "q"))

    def test_a_result_of_the_output(self) -> None:
        a = Value(1.0, "a")
        with pytest.raises(ValueError, match="is no part of the graph of 'a'"):
            explain(a, a * 2.0)

    def test_a_plain_number(self) -> None:
        a = Value(1.0)
        for output, node in ((2.0, a), (a, 2.0)):
            with pytest.raises(TypeError, match=r"explain of 2\.0: Values are needed, for the output and for the node"):
                explain(output, node)  # type: ignore[arg-type]

    def test_a_bound_that_is_no_whole_number(self) -> None:
        a = Value(1.0, "a")
        with pytest.raises(TypeError, match=r"^most='a': a whole number from 0 up is needed$"):
            explain(a, a, most="a")  # type: ignore[arg-type]
        with pytest.raises(ValueError, match=r"^most=-1: a whole number from 0 up is needed$"):
            explain(a, a, most=-1)
        assert len(explain(a, a, most=np.int64(1)).paths) == 1


@st.composite
def graphs(draw: st.DrawFn, numbers: st.SearchStrategy[float]) -> tuple[Value, Value]:
    """An output and a leaf of it: sums, differences and products with much sharing."""
    leaf = Value(draw(numbers), "x")
    made = [leaf, Value(draw(numbers), "y")]
    for _ in range(draw(st.integers(1, 8))):
        left, right = draw(st.sampled_from(made)), draw(st.sampled_from(made))
        step = draw(st.integers(0, 3))
        made.append([left + right, left - right, left * right, left * draw(numbers)][step])
    return made[-1] + leaf, leaf


def exact(output: Value, node: Value) -> tuple[Fraction, int, Fraction]:
    """The derivative that the recorded slopes give without any rounding, how many paths there are, and the largest
    sum of absolute contributions that any Value receives."""
    gradients, sizes, ways = {id(output): Fraction(1)}, {id(output): Fraction(1)}, {id(output): 1}
    for value in reversed(recorded(output)):
        for operand, slope in zip(value.operands, value.slopes, strict=True):
            if isinstance(operand, Value) and slope is not None and id(value) in ways:
                for totals, factor in ((gradients, Fraction(slope)), (sizes, abs(Fraction(slope))), (ways, 1)):
                    totals[id(operand)] = totals.get(id(operand), 0) + totals[id(value)] * factor
    return gradients[id(node)], ways[id(node)], max(sizes.values())


@given(graph=graphs(st.integers(-3, 3).map(float)))
def test_where_no_number_is_rounded_the_products_add_up_to_backwards_gradient_to_the_bit(
    graph: tuple[Value, Value],
) -> None:
    output, x = graph
    gradient, paths, largest = exact(output, x)
    assume(largest < 2**53)
    explanation = explain(output, x, most=10_000)
    output.backward()
    assert len(explanation.paths) == paths
    assert sum(path.product for path in explanation.paths) == explanation.gradient == x.grad == gradient


@given(graph=graphs(st.floats(-3.0, 3.0)))
def test_every_product_is_right_to_rounding(graph: tuple[Value, Value]) -> None:
    output, x = graph
    _, paths, _ = exact(output, x)
    explanation = explain(output, x, most=10_000)
    assert len(explanation.paths) == paths
    for path in explanation.paths:
        product = math.prod(map(Fraction, path.slopes), start=Fraction(1))
        # Each multiplication may be wrong by half a unit in the last place, and near 0 by half the smallest double.
        assert abs(Fraction(path.product) - product) <= 2.0**-52 * len(path.slopes) * abs(product) + 1e-300


@given(graph=graphs(st.floats(-3.0, 3.0)))
def test_the_gradient_is_backwards_own_and_the_products_and_the_rounding_are_all_of_it(
    graph: tuple[Value, Value],
) -> None:
    output, x = graph
    explanation = explain(output, x, most=10_000)
    output.backward()
    assert explanation.gradient == x.grad
    products = [path.product for path in explanation.paths]
    whole = math.fsum([*products, explanation.rounding])
    if 4.0 * abs(explanation.rounding) <= abs(explanation.gradient):
        assert whole == explanation.gradient
    assert abs(whole - explanation.gradient) <= math.ulp(explanation.rounding)
    for path in explanation.paths:
        assert path.share == (path.product / explanation.gradient if explanation.gradient else None)


@given(slopes=st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=8))
def test_where_there_is_one_path_its_product_is_backwards_gradient_to_the_bit(slopes: list[float]) -> None:
    x = output = Value(0.5, "x")
    for slope in slopes:
        output = output * slope
    output.backward()
    (path,) = explain(output, x).paths
    assert path.product == x.grad
    assert path.slopes == tuple(slopes)
