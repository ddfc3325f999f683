"""Strategies: what they give can be called on any kind of number, reads as code, and gets as simple as can be."""

import copy
import importlib
import math
import pickle
import re
import subprocess
import sys
from collections import Counter
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, example, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

import autograd
from autograd import OPERATIONS, Value, operations, recorded
from autograd.parse import parse
from autograd.strategies import Expression, Step, expressions, values

#: sin(x)², with the sine shared.
SQUARE = Expression(("x", "y"), (Step("v1", operations.sin, ("x",)), Step("v2", operations.multiply, ("v1", "v1"))))

numbers = st.floats(-10.0, 10.0)


def same(a: float, b: float) -> bool:
    return a == b or (a != a and b != b)


class TestWithoutHypothesis:
    def test_importing_autograd_does_not_import_it(self) -> None:
        program = "import sys, autograd; sys.exit('hypothesis' in sys.modules)"
        subprocess.run([sys.executable, "-c", program], check=True)

    def test_importing_the_strategies_says_how_to_install_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "hypothesis", None)
        monkeypatch.delitem(sys.modules, "autograd.strategies")
        with pytest.raises(ImportError, match="pip install hypothesis"):
            importlib.import_module("autograd.strategies")


class TestValues:
    @given(data=st.data())
    def test_they_are_fresh_leaves_without_a_label(self, data: st.DataObject) -> None:
        x = data.draw(values())
        assert x.op is None
        assert x.label is None
        assert x.grad is autograd.NO_GRADIENT
        assert -10.0 <= x.data <= 10.0

    @given(data=st.data())
    def test_they_keep_to_their_bounds_and_labels(self, data: st.DataObject) -> None:
        x = data.draw(values(2.0, 3.0, labels=st.sampled_from(["v", "w"])))
        assert 2.0 <= x.data <= 3.0
        assert x.label in ("v", "w")

    @pytest.mark.parametrize(
        ("options", "wanted"),
        [
            ({}, -10.0),
            ({}, 10.0),
            ({"allow_infinity": True}, math.inf),
            ({"allow_infinity": True}, -math.inf),
            ({"allow_infinity": True}, 10.0),
            ({"allow_nan": True}, math.nan),
            ({"allow_nan": True}, 10.0),
        ],
    )
    def test_bounds_come_and_besides_them_what_is_allowed(self, options: dict[str, Any], wanted: float) -> None:
        assert find(values(**options), lambda x: same(x.data, wanted))

    @pytest.mark.parametrize("bounds", [(), (-math.inf, math.inf)])
    def test_nothing_else_than_finite_numbers_comes_unasked(self, bounds: tuple[float, ...]) -> None:
        with pytest.raises(NoSuchExample):
            find(values(*bounds), lambda x: not math.isfinite(x.data))

    @pytest.mark.parametrize("bounds", [(), (-10.0, 10.0)])
    def test_nothing_comes_from_beyond_the_bounds(self, bounds: tuple[float, ...]) -> None:
        with pytest.raises(NoSuchExample):
            find(values(*bounds), lambda x: abs(x.data) > 10.0)


class TestCalls:
    @given(f=expressions(), x=numbers, y=numbers)
    def test_values_record_what_floats_give(self, f: Expression, x: float, y: float) -> None:
        recorded_result, number = f(Value(x), Value(y)), f(x, y)
        assert type(number) is float
        assert type(recorded_result) is Value
        assert same(recorded_result.data, number)

    @given(f=expressions(), xs=st.lists(numbers, min_size=1, max_size=4), y=numbers)
    def test_arrays_go_element_by_element(self, f: Expression, xs: list[float], y: float) -> None:
        result = f(np.array(xs), np.full(len(xs), y))
        assert result.dtype == np.float64
        assert all(map(same, result, (f(x, y) for x in xs)))

    @given(f=expressions())
    def test_arrays_of_values_give_arrays_of_values(self, f: Expression) -> None:
        result = f(np.array([Value(1.0), Value(2.0)]), np.array([Value(0.5), Value(3.0)]))
        assert [type(element) for element in result] == [Value, Value]

    @given(f=expressions(), x=numbers, y=numbers)
    def test_arguments_go_by_order_or_by_name(self, f: Expression, x: float, y: float) -> None:
        result = f(x, y)
        assert same(result, f(x, y=y))
        assert same(result, f(y=y, x=x))

    @pytest.mark.parametrize(
        ("arguments", "named", "message"),
        [
            ((1.0,), {}, "missing a required argument: 'y'"),
            ((1.0, 2.0, 3.0), {}, "too many positional arguments"),
            ((1.0, 2.0), {"x": 3.0}, "multiple values for argument 'x'"),
            ((1.0, 2.0), {"z": 3.0}, "unexpected keyword argument 'z'"),
        ],
    )
    def test_wrong_arguments_are_refused(self, arguments: tuple[float], named: dict[str, float], message: str) -> None:
        with pytest.raises(TypeError, match=message):
            SQUARE(*arguments, **named)


class TestCode:
    def test_it_reads_like_code_written_by_hand(self) -> None:
        assert repr(SQUARE) == "lambda x, y: (v1 := autograd.sin(x), v1 * v1)[-1]"
        assert str(SQUARE) == "v1 = sin(x)\nv1 * v1"
        logarithm = Expression(("x",), (Step("v1", operations.log, ("x",)),))
        assert repr(logarithm) == "lambda x: autograd.log(x)"
        assert str(logarithm) == "log(x)"
        assert logarithm.steps[0].code() == "log(x)"

    def test_an_operation_of_ones_own_is_looked_up_in_the_table(self) -> None:
        try:
            entry = operations.Operation("thrice", "thrice", "", lambda x: 3.0 * x, (3.0,))
            f = Expression(("x",), (Step("v1", entry, ("x",)),))
            assert repr(f) == "lambda x: autograd.OPERATIONS['thrice'](x)"
            assert eval(repr(f), {"autograd": autograd})(2.0) == 6.0
            assert str(f) == "thrice(x)"
            assert parse(str(f), x=2.0).op is entry
        finally:
            OPERATIONS.pop("thrice", None)

    @given(f=expressions(), x=numbers, y=numbers)
    @example(Expression(("x", "y"), (Step("v1", operations.subtract, ("x", -2.0)),)), 1.0, 0.0)
    @example(Expression(("x", "y"), (Step("v1", operations.power, (-2.0, "x")),)), 2.0, 0.0)
    @example(Expression(("x", "y"), (Step("v1", operations.divide, (-0.0, "x")),)), 0.0, 0.0)
    def test_the_repr_is_a_function_that_behaves_alike(self, f: Expression, x: float, y: float) -> None:
        twin = eval(repr(f), {"autograd": autograd})
        assert same(twin(x, y), f(x, y))
        with np.errstate(all="ignore"):
            assert same(twin(np.array([x]), np.array([y]))[0], f(x, y))
        ours, theirs = f(Value(x), Value(y)), twin(Value(x), Value(y))
        assert same(ours.data, theirs.data)
        assert [node.op for node in recorded(ours)] == [node.op for node in recorded(theirs)]

    @given(f=expressions(), x=numbers, y=numbers)
    def test_the_text_is_a_program_of_that_many_statements(self, f: Expression, x: float, y: float) -> None:
        *before, last = str(f).splitlines()
        scope = {**vars(autograd), "x": Value(x), "y": Value(y)}
        exec("\n".join(before), scope)
        assert same(eval(last, scope).data, f(x, y))
        assert len(before) + 1 == f.size

    @given(f=expressions(), x=numbers, y=numbers)
    def test_the_text_parses_into_the_same_graph(self, f: Expression, x: float, y: float) -> None:
        parsed = parse(str(f), x=x, y=y)
        assert same(parsed.data, f(x, y))
        assert [node.op for node in recorded(parsed)] == [step.operation for step in f.steps]

    def test_a_failing_property_shows_it(self) -> None:
        @settings(database=None)
        @given(f=expressions(operations=["sin"]), x=values())
        def claim(f: Expression, x: Value) -> None:
            raise AssertionError

        with pytest.raises(AssertionError) as caught:
            claim()
        shown = "\n".join(caught.value.__notes__)
        assert "f=lambda x, y: autograd.sin(x)," in shown
        assert "x=Value(0.0)," in shown


class TestWhatTheyAreMadeOf:
    @given(f=expressions(max_size=4, inputs=("a", "v1")))
    def test_sizes_and_names_are_those_asked_for(self, f: Expression) -> None:
        assert 1 <= f.size <= 4
        assert f.inputs == ("a", "v1")
        assert len({*f.inputs, *(step.name for step in f.steps)}) == 2 + f.size

    @given(data=st.data())
    def test_a_number_of_inputs_gets_names(self, data: st.DataObject) -> None:
        assert data.draw(expressions(inputs=3)).inputs == ("x1", "x2", "x3")

    def test_ten_operations_are_the_most_unless_said_otherwise(self) -> None:
        quick = settings(database=None, phases=[Phase.generate])
        assert find(expressions(), lambda f: f.size == 10, settings=quick)
        with pytest.raises(NoSuchExample):
            find(expressions(), lambda f: f.size > 10, settings=quick)

    @given(f=expressions())
    def test_every_step_leads_to_the_result_and_depends_on_an_input(self, f: Expression) -> None:
        assert len(recorded(f(Value(1.0), Value(1.0)))) == f.size
        assert all(any(isinstance(operand, str) for operand in step.operands) for step in f.steps)

    @given(data=st.data())
    def test_operations_are_those_asked_for_by_name_or_entry(self, data: st.DataObject) -> None:
        f = data.draw(expressions(operations=["sin", operations.add]))
        assert {step.operation for step in f.steps} <= {operations.sin, operations.add}

    @pytest.mark.parametrize("name", ["add", "gelu_tanh", "step"])
    def test_operations_are_all_that_people_use_unless_said_otherwise(self, name: str) -> None:
        unshrunk = settings(database=None, phases=[Phase.generate], max_examples=5000)
        assert find(expressions(max_size=1), lambda f: f.steps[0].operation.name == name, settings=unshrunk)

    @given(f=expressions())
    def test_what_only_serves_as_a_derivative_does_not_come_unasked(self, f: Expression) -> None:
        assert not any(step.operation.helper for step in f.steps)

    @given(f=expressions())
    def test_they_hash_and_copy(self, f: Expression) -> None:
        for twin in (pickle.loads(pickle.dumps(f)), copy.deepcopy(f)):
            assert twin == f
            assert hash(twin) == hash(f)
            assert repr(twin) == repr(f)

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"operations": []}, "operations are empty: name at least one, such as 'add'"),
            ({"operations": ["sine"]}, "no operation is called 'sine'"),
            ({"max_size": 0}, "max_size is 0: an expression has at least 1 operation"),
            ({"inputs": 0}, "inputs are 0: an expression needs at least one, such as ('x',)"),
            (
                {"inputs": ("x", "x")},
                "input 'x': choose a name that code can use and that nothing else has, such as 'x'",
            ),
            ({"inputs": ("lambda",)}, "input 'lambda'"),
            ({"inputs": ("2x",)}, "input '2x'"),
            ({"inputs": ("sin",)}, "input 'sin'"),
            ({"inputs": ("autograd",)}, "input 'autograd'"),
        ],
    )
    def test_what_makes_no_expression_is_refused_at_once(self, options: dict[str, Any], message: str) -> None:
        with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
            expressions(**options)


def simplest(condition: Any, **options: Any) -> Expression:
    quiet = settings(database=None, max_examples=2000, suppress_health_check=list(HealthCheck))
    return find(expressions(**options), condition, settings=quiet, random=Random(1))


def uses_of_results(f: Expression) -> Counter[Any]:
    return Counter(operand for step in f.steps for operand in step.operands if operand not in f.inputs)


class TestShrinking:
    def test_an_expression_with_an_operation_shrinks_to_that_operation(self) -> None:
        f = simplest(lambda f: any(step.operation is operations.log for step in f.steps))
        assert str(f) == "log(x)"

    def test_an_expression_that_is_nan_somewhere_shrinks_to_one_operation(self) -> None:
        assert simplest(lambda f: math.isnan(f(-3.0, 2.0))).size == 1

    def test_a_shared_operand_shrinks_to_x_plus_x(self) -> None:
        f = simplest(lambda f: any(len(set(step.operands)) < len(step.operands) for step in f.steps))
        assert str(f) == "x + x"

    def test_a_shared_result_shrinks_to_two_operations(self) -> None:
        f = simplest(lambda f: any(uses > 1 for uses in uses_of_results(f).values()))
        assert f.size == 2
        assert str(f).endswith("v1 + v1")

    def test_a_number_shrinks_to_zero(self) -> None:
        f = simplest(lambda f: any(isinstance(o, float) for step in f.steps for o in step.operands))
        assert [o for step in f.steps for o in step.operands if isinstance(o, float)] == [0.0]

    def test_the_operations_listed_first_are_the_simplest(self) -> None:
        assert str(simplest(lambda f: True, operations=["tanh", "sin"])) == "tanh(x)"


@given(f=expressions(operations=["add", "sin", "tanh"]), x=values(), y=values())
def test_the_example_of_the_documentation_holds(f: Expression, x: Value, y: Value) -> None:
    f(x, y).backward()
    once, x.grad = x.grad, 0.0
    f(x, y).backward(2.0)
    assert x.grad == 2.0 * once
