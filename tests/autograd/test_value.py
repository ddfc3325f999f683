"""What a Value is, what backward leaves in it, and that graphs of any depth live, copy and die without recursion."""

import copy
import math
import operator
import pickle
import threading
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from autograd import NO_GRADIENT, Value, leaves, operations, recorded, sigmoid

DEEP = 1_000_000


class TestMaking:
    @pytest.mark.parametrize(
        ("given", "data"),
        [
            (2, 2.0),
            (True, 1.0),
            (2**60, 2.0**60),
            (np.float64(0.1), 0.1),
            (np.float32(0.1), 0.10000000149011612),
            (np.int64(7), 7.0),
            (np.bool_(True), 1.0),
            (Fraction(1, 4), 0.25),
            (Decimal("0.5"), 0.5),
        ],
    )
    def test_a_number_of_any_type_becomes_the_double_equal_to_it(self, given: Any, data: float) -> None:
        value = Value(given)
        assert type(value.data) is float
        assert value.data == data

    @pytest.mark.parametrize("given", ["a", None, 1 + 2j, [1.0], b"1", np.array([1.0]), object()])
    def test_what_is_not_a_real_number_is_refused_with_a_sentence(self, given: Any) -> None:
        with pytest.raises(TypeError, match=r"is of type \w+: a real number is needed, such as 2 or 0.5"):
            Value(given)

    @pytest.mark.parametrize(
        "given", [2**53 + 1, 10**400, Fraction(1, 3), Decimal("0.1"), Decimal("sNaN"), np.longdouble(1) / 3]
    )
    def test_a_number_that_no_double_equals_is_refused_with_a_sentence(self, given: Any) -> None:
        with pytest.raises(ValueError, match="equals no double exactly: round it to one first"):
            Value(given)

    def test_a_long_wrong_thing_is_cut_short_in_the_sentence(self) -> None:
        with pytest.raises(TypeError, match=r"^'x{38}… is of type str: a real number is needed"):
            Value("x" * 100)
        with pytest.raises(TypeError, match=r"^'x{38}' is of type str"):
            Value("x" * 38)
        with pytest.raises(TypeError, match=r"^'x{38}… is of type str"):
            Value("x" * 39)

    def test_a_number_too_long_to_be_written_is_refused_in_a_sentence(self) -> None:
        for attempt in (Value, Value(1.0).__mul__):
            with pytest.raises(
                ValueError, match=r"^<int object at 0x\w+> equals no double exactly: round it to one first"
            ):
                attempt(10**5000)

    def test_a_value_in_a_value_is_refused(self) -> None:
        with pytest.raises(TypeError, match="is a Value already"):
            Value(Value(1.0))

    def test_a_label_is_text(self) -> None:
        assert Value(1.0, "x").label == "x"
        assert Value(1.0, label="x").label == "x"
        with pytest.raises(TypeError, match="label 3 is of type int: a label is text"):
            Value(1.0, 3)  # type: ignore[arg-type]

    def test_a_leaf_has_no_operation_and_a_result_has_one(self) -> None:
        a, b = Value(2.0), Value(3.0)
        assert a.op is None
        assert a.operands == a.slopes == ()
        product = a * b
        assert product.op is operations.multiply
        assert product.operands[0] is a
        assert product.operands[1] is b
        assert product.slopes == (3.0, 2.0)

    def test_a_plus_a_has_two_operands(self) -> None:
        a = Value(1.5)
        assert [operand is a for operand in (a + a).operands] == [True, True]

    def test_a_plain_number_is_a_constant_without_a_gradient(self) -> None:
        a = Value(2.0)
        result = a * 3
        assert result.operands[1] == 3.0
        assert type(result.operands[1]) is float
        assert result.slopes == (3.0, None)
        assert leaves(result) == [a]

    def test_a_value_reads_well(self) -> None:
        assert repr(Value(2.0, "x")) == "Value(data=2.0, grad=0.0, label='x')"
        assert repr(Value(2.0)) == "Value(data=2.0, grad=0.0)"
        assert f"{Value(2.0):.3f}" == "2.000"
        assert f"{Value(2.0)}" == "Value(data=2.0, grad=0.0)"

    def test_there_is_nowhere_to_put_a_misspelt_attribute(self) -> None:
        with pytest.raises(AttributeError):
            Value(1.0).lable = "x"  # type: ignore[attr-defined]


ARITHMETIC = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]


class TestArithmetic:
    @pytest.mark.parametrize("apply", ARITHMETIC)
    @pytest.mark.parametrize("number", [3, 3.0, np.float64(3.0), np.int64(3), Fraction(3), True])
    def test_a_number_may_stand_on_either_side(self, apply: Callable[[Any, Any], Any], number: Any) -> None:
        for x, y in ((Value(2.0), number), (number, Value(2.0))):
            result = apply(x, y)
            assert type(result) is Value
            assert result.data == apply(float(x), float(y))
            assert len(leaves(result)) == 1

    @pytest.mark.parametrize("apply", ARITHMETIC)
    @pytest.mark.parametrize("other", ["3", None, [3.0], 1j])
    def test_what_is_not_a_number_is_refused_on_either_side(self, apply: Callable[[Any, Any], Any], other: Any) -> None:
        for x, y in ((Value(2.0), other), (other, Value(2.0))):
            with pytest.raises(TypeError, match=r"unsupported operand|is of type (str|list): a real number is needed"):
                apply(x, y)

    def test_comparisons_compare_the_numbers(self) -> None:
        a, b = Value(1.0), Value(2.0)
        assert a < b
        assert a <= 1
        assert b > a
        assert b >= 2.0
        assert a == Value(1.0) == 1
        assert a != b
        assert a != "1"
        assert max(a, b) is b
        with pytest.raises(TypeError):
            assert a < "1"

    def test_equal_numbers_are_different_keys(self) -> None:
        assert len({Value(1.0), Value(1.0)}) == 2

    def test_a_value_is_as_true_as_its_number(self) -> None:
        assert Value(0.5)
        assert not Value(0.0)
        assert not Value(-0.0)
        assert Value(math.nan)

    def test_float_gives_the_number(self) -> None:
        assert float(Value(0.25)) == 0.25
        assert type(float(Value(0.25) * 1)) is float


class TestSetting:
    @pytest.mark.parametrize("number", [3, np.float64(3.0), np.float32(3.0), Fraction(3)])
    def test_data_stays_a_double_whatever_number_it_is_set_to(self, number: Any) -> None:
        v = Value(1.0)
        v.data = number
        assert type(v.data) is float
        assert v.data == 3.0
        assert type((v * np.float64(2.0)).data) is float

    @pytest.mark.parametrize("wrong", ["x", None, [1.0]])
    def test_data_cannot_be_set_to_what_is_no_number(self, wrong: Any) -> None:
        v = Value(1.0)
        with pytest.raises(TypeError, match="a real number is needed"):
            v.data = wrong
        assert v.data == 1.0

    def test_a_value_cannot_be_subclassed(self) -> None:
        with pytest.raises(TypeError, match="class Mine: a Value cannot be subclassed"):
            type("Mine", (Value,), {})

    @pytest.mark.parametrize("walk", [leaves, recorded])
    def test_only_a_value_has_a_graph_to_walk(self, walk: Callable[[Any], Any]) -> None:
        with pytest.raises(TypeError, match=r"2\.0 is of type float: a Value is needed, whose graph can be walked"):
            walk(2.0)


class TestBackward:
    def test_the_result_gets_the_seed(self) -> None:
        a, b = Value(2.0), Value(3.0)
        c = a * b
        c.backward()
        assert (a.grad, b.grad, c.grad) == (3.0, 2.0, 1.0)
        c.backward(-0.5)
        assert c.grad == -0.5

    def test_a_second_backward_adds_to_a_leaf_and_sets_an_inner_value(self) -> None:
        a = Value(1.0)
        b = a + 0.0
        c = b * 1.0
        for times in (1.0, 2.0, 3.0):
            c.backward()
            assert a.grad == times
            assert b.grad == c.grad == 1.0

    def test_a_leaf_that_is_the_result_takes_the_first_seed_as_it_is(self) -> None:
        x = Value(1.0)
        x.backward(-0.0)
        assert math.copysign(1.0, x.grad) == -1.0

    def test_a_leaf_that_is_the_result_adds_up_too(self) -> None:
        a = Value(1.0)
        a.backward()
        a.backward(2.0)
        assert a.grad == 3.0

    def test_a_shared_value_gathers_every_contribution(self) -> None:
        a = Value(3.0)
        (a + a).backward()
        assert a.grad == 2.0

    def test_the_order_is_right_where_a_wrong_one_would_show(self) -> None:
        a = Value(1.0)
        b = a + a
        c = b + b
        c.backward()
        assert (a.grad, b.grad) == (4.0, 2.0)

    def test_a_skip_connection_waits_for_the_long_way(self) -> None:
        x = Value(0.5)
        y = x.sin()
        z = (y * y).exp() * y
        z.backward()
        s = math.sin(0.5)
        assert x.grad == pytest.approx(math.exp(s * s) * (1 + 2 * s * s) * math.cos(0.5), rel=1e-15)

    def test_a_leaf_changed_after_recording_does_not_bend_the_gradient(self) -> None:
        a, b = Value(2.0), Value(3.0)
        c = a * b
        a.data, b.data = 100.0, -100.0
        c.backward()
        assert (a.grad, b.grad) == (3.0, 2.0)

    def test_no_gradient_is_told_from_a_gradient_of_zero(self) -> None:
        a, b = Value(2.0), Value(0.0)
        assert a.grad is NO_GRADIENT
        (a * b).backward()
        assert a.grad == 0.0
        assert a.grad is not NO_GRADIENT

    def test_a_value_behind_a_side_not_taken_is_reset_all_the_same(self) -> None:
        a = Value(-1.0)
        b = a * 2.0
        c = b.relu()
        b.backward()
        assert b.grad == 1.0
        c.backward()
        assert b.grad == 0.0
        assert a.grad == 2.0

    def test_a_graph_below_another_keeps_its_own_use(self) -> None:
        a = Value(2.0)
        b = a * a
        c = b * 3.0
        b.backward()
        assert a.grad == 4.0
        c.backward()
        assert a.grad == 4.0 + 12.0

    @pytest.mark.parametrize("seed", ["1", None, 1j])
    def test_a_seed_is_a_number(self, seed: Any) -> None:
        a = Value(1.0)
        with pytest.raises(TypeError):
            (a * 2.0).backward(seed)
        assert a.grad is NO_GRADIENT

    def test_threads_that_share_a_leaf_lose_nothing(self) -> None:
        w = Value(1.0)

        def work() -> None:
            for _ in range(300):
                (w * 1.0 + w * 2.0).backward()

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert w.grad == 3.0 * 300 * 4


class TestSize:
    def test_a_chain_of_a_million_operations(self) -> None:
        x = v = Value(1.0)
        for _ in range(DEEP):
            v = v * 1.0
        v.backward()
        assert x.grad == 1.0
        assert len(recorded(v)) == DEEP
        del v

    def test_a_sum_of_a_million_leaves(self) -> None:
        xs = [Value(1.0) for _ in range(DEEP)]
        total = sum(xs, Value(0.0))
        total.backward()
        assert total.data == DEEP
        assert all(x.grad == 1.0 for x in xs)
        del total

    def test_a_value_shared_at_every_step_is_visited_once(self) -> None:
        x = v = Value(1.0)
        for _ in range(500):
            v = v + v
        v.backward()
        assert x.grad == 2.0**500


def deep_graph() -> tuple[Value, Value]:
    x = v = Value(0.5, "x")
    for _ in range(50_000):
        v = v.sin() + x
    v.label = "y"
    return x, v


COPIES = [copy.deepcopy, lambda thing: pickle.loads(pickle.dumps(thing))]


@pytest.mark.parametrize("copied", COPIES, ids=["deepcopy", "pickle"])
class TestCopies:
    def test_a_copy_of_a_deep_graph_has_its_own_right_gradient(self, copied: Callable[[Any], Any]) -> None:
        x, y = deep_graph()
        twin = copied(y)
        (twin_x,) = leaves(twin)
        assert twin.data == y.data
        assert twin.label == "y"
        assert twin_x.label == "x"
        twin.backward()
        assert x.grad is NO_GRADIENT
        y.backward()
        assert twin_x.grad == x.grad

    def test_a_copy_keeps_every_number(self, copied: Callable[[Any], Any]) -> None:
        a, b = Value(2.0, "a"), Value(-1.0, "b")
        c = (a * b).relu() + 2.0**a
        c.backward(0.5)
        twin = copied(c)
        for ours, theirs in zip(recorded(c), recorded(twin), strict=True):
            assert (ours.data, ours.grad, ours.label, ours.op) == (theirs.data, theirs.grad, theirs.label, theirs.op)
            assert ours.slopes == theirs.slopes
            assert list(map(float, ours.operands)) == list(map(float, theirs.operands))
        assert [leaf.grad for leaf in leaves(twin)] == [leaf.grad for leaf in leaves(c)]

    def test_a_value_without_a_gradient_stays_without(self, copied: Callable[[Any], Any]) -> None:
        assert copied(Value(1.0)).grad is NO_GRADIENT
        assert copied(Value(1.0) * 2.0).grad is NO_GRADIENT

    def test_leaves_copied_beside_their_graph_stay_its_leaves(self, copied: Callable[[Any], Any]) -> None:
        w, x = Value(2.0), Value(3.0)
        w2, loss, x2 = copied([w, w * x, x])
        loss.backward()
        assert (w2.grad, x2.grad) == (3.0, 2.0)

    def test_values_of_one_graph_copied_together_stay_one_graph(self, copied: Callable[[Any], Any]) -> None:
        a = Value(2.0)
        b = a * a
        c = b * 3.0 + a
        for order in ([a, b, c], [c, b, a], [b, c, a]):
            twins = dict(zip([id(value) for value in order], copied(order), strict=True))
            a2, b2, c2 = (twins[id(value)] for value in (a, b, c))
            assert c2.operands[0].operands[0] is b2
            assert b2.operands == (a2, a2)
            assert c2.operands[1] is a2
            c2.backward()
            assert (a2.grad, b2.grad) == (13.0, 3.0)

    def test_a_list_of_all_values_of_a_chain_costs_no_more_than_the_chain(self, copied: Callable[[Any], Any]) -> None:
        chain = [Value(1.0)]
        for _ in range(3000):
            chain.append(chain[-1] * 1.0)
        for values in (chain, chain[::-1]):
            twins = copied(values)
            assert all(x.operands[0] in (y, z) for x, y, z in zip(twins[1:-1], twins, twins[2:], strict=False))
            assert len(pickle.dumps(values)) < 100 * len(values)

    def test_an_operation_is_copied_as_itself(self, copied: Callable[[Any], Any]) -> None:
        assert copied(sigmoid) is sigmoid


def test_deepcopied_values_of_one_graph_stay_one_graph() -> None:
    a = Value(2.0)
    b = a * a
    twins = copy.deepcopy({"b": b, "a": a, "c": b + a})
    assert twins["c"].operands[0] is twins["b"]
    assert twins["b"].operands[0] is twins["a"]


def test_a_shallow_copy_shares_its_operands() -> None:
    a = Value(2.0)
    b = a * 3.0
    twin = copy.copy(b)
    assert twin is not b
    assert twin.operands[0] is a
