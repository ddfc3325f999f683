"""A new operation is one entry: everything else follows."""

import functools
import math
import re
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import OPERATIONS, Operation, Value, check_gradients, cos, grad, gradient, jvp, sin, trace
from autograd.value import record


@pytest.fixture
def versine() -> Operation:
    return Operation(
        name="versine",
        sign="vers",
        formula=r"\operatorname{{versin}}\left({0}\right)",
        value=lambda x: 1.0 - math.cos(x),
        partials=(lambda x, out: sin(x),),
        partial_formulas=(r"\sin\left({0}\right)",),
    )


def test_an_entry_gives_function_method_trace_and_derivatives_of_every_order(versine: Operation) -> None:
    x = Value(0.5, "x")
    y = x.versine() * 3.0
    assert y.data == 3.0 * versine(0.5) == 3.0 * (1.0 - math.cos(0.5))
    y.backward()
    assert x.grad == 3.0 * math.sin(0.5)
    assert trace(y).forward[0].operation == "vers"
    assert r"\operatorname{versin}" in trace(y).to_latex()
    (first,) = gradient(y, [x])
    (second,) = gradient(first, [x])
    assert second.data == 3.0 * math.cos(0.5)
    assert jvp(versine, (0.5,), (2.0,)) == (versine(0.5), 2.0 * math.sin(0.5))
    assert grad(grad(grad(versine)))(0.5) == pytest.approx(-math.sin(0.5))
    assert versine(np.array([0.0, 0.5])).tolist() == [0.0, versine(0.5)]
    check_gradients(lambda v: versine(v * v), 0.7)


def test_a_rule_may_name_an_operation_that_is_defined_after_it() -> None:
    scope: dict[str, object] = {"Operation": Operation, "math": math}
    entries = (
        'first = Operation("first_", "1st", "", math.sin, (lambda x, out: second(x),))\n'
        'second = Operation("second_", "2nd", "", math.cos, (lambda x, out: -first(x),))\n'
    )
    exec(entries, scope)
    x = Value(0.3)
    x.first_().backward()
    assert x.grad == math.cos(0.3)
    assert grad(grad(scope["first"]))(0.3) == -math.sin(0.3)  # type: ignore[arg-type]


def _first_sine(x: Any, out: Any) -> Any:
    return sin(x)


def test_a_partial_may_be_any_callable() -> None:
    entry = Operation("minus_cosine", "-cos", "", lambda x: -math.cos(x), (functools.partial(_first_sine),))
    assert grad(entry)(0.4) == math.sin(0.4)


def test_numpy_finds_it_by_numpys_name() -> None:
    entry = Operation("degrees_", "°", "", math.degrees, (180.0 / math.pi,), numpy="rad2deg")
    for result in (np.rad2deg(Value(math.pi)), np.rad2deg(np.array([Value(math.pi)]))[0], Value(math.pi).rad2deg()):
        assert (result.op, result.data, result.slopes) == (entry, 180.0, (180.0 / math.pi,))


def test_a_rule_sees_its_globals_as_they_are_now() -> None:
    scope: dict[str, Any] = {"Operation": Operation, "rate": 0.5}
    exec('scaled = Operation("scaled", "scaled", "", lambda x: rate * x, (lambda x, out: rate,))', scope)
    scope["rate"] = 3.0
    result = scope["scaled"](Value(2.0))
    assert (result.data, result.slopes) == (6.0, (3.0,))


def test_numbers_of_other_types_become_doubles() -> None:
    entry = Operation("thirds", "thirds", "", np.float64(3.0).__mul__, (3,))
    other = Operation("halves", "halves", "", lambda x, y: np.float32(0.5), (lambda x, y, out: np.sinh(x), 0))
    x = Value(0.5)
    for result in (entry(x), other(x, 2.0), other(2.0, x), record(entry, (x,)), record(other, (x, x))):
        assert type(result.data) is float
        assert {type(slope) for slope in result.slopes} <= {float, type(None)}


@pytest.mark.parametrize(
    ("value", "partial", "number", "kind", "message"),
    [
        (
            lambda x: math.sqrt(x),
            1.0,
            -1.0,
            ValueError,
            "the value of probe at -1.0: math domain error: "
            "write divide(x, y) and power(x, y), which give inf and nan where / and ** fail",
        ),
        (
            lambda x: x,
            lambda x, out: 1.0 / x,
            0.0,
            ZeroDivisionError,
            "the partial of probe for operand 1 at 0.0, 0.0: ",
        ),
        (lambda x: x, lambda x, out: x**0.5, -1.0, TypeError, "the partial of probe for operand 1 at -1.0, -1.0: "),
    ],
)
def test_a_rule_that_fails_is_named(value: Any, partial: Any, number: float, kind: Any, message: str) -> None:
    probe = Operation("probe", "probe", "", value, (partial,))
    with pytest.raises(kind, match=f"^{re.escape(message)}"):
        probe(Value(number))


def test_a_name_of_ones_own_may_be_defined_again() -> None:
    x = Value(2.0)
    for factor in (3.0, 4.0):
        entry = Operation("times_", "times", "", lambda x, factor=factor: factor * x, (factor,))
        assert OPERATIONS["times_"] is entry
        result = x.times_()
        assert (result.op, result.data, result.slopes) == (entry, factor * 2.0, (factor,))


@pytest.mark.parametrize("name", ["exp", "gate"])
def test_a_name_of_the_tables_own_is_taken(name: str) -> None:
    entry = OPERATIONS[name]
    with pytest.raises(ValueError, match=f"^operation '{name}' is in the table already: choose another name$"):
        Operation(name, "?", "", math.exp, (1.0,))
    assert OPERATIONS[name] is entry


@pytest.mark.parametrize("name", ["data", "grad", "backward", "label", "_apply", "tangent", "clip"])
def test_a_name_that_values_use_otherwise_is_taken(name: str) -> None:
    with pytest.raises(
        ValueError, match=f"^operation '{name}': numbers have something else of that name, choose another$"
    ):
        Operation(name, "?", "", math.exp, (1.0,))
    assert name not in OPERATIONS


@pytest.mark.parametrize("name", ["", "has space", "2x", "lambda"])
def test_a_name_is_one_that_code_can_use(name: str) -> None:
    with pytest.raises(ValueError, match=f"^operation '{name}': choose a name that code can use, such as 'softsign'$"):
        Operation(name, "?", "", math.exp, (1.0,))


@pytest.mark.parametrize("partials", [(), (1.0, 2.0, 3.0), 1.0, [1.0]])
def test_there_are_one_or_two_partials(partials: Any) -> None:
    with pytest.raises(ValueError, match="probe") as caught:
        Operation("probe", "?", "", math.exp, partials)
    assert str(caught.value) == f"operation 'probe' has the partials {partials}: a tuple of one or two is needed"


def test_a_helper_is_no_method_and_no_name_that_users_see() -> None:
    helper = Operation("aside", "aside", "", math.sin, (lambda x, out: cos(x),), helper=True)
    assert helper(Value(0.5)).op is helper
    for name in ("aside", "gate", "sigmoid_slope"):
        assert name in OPERATIONS
        assert not hasattr(Value, name)
        assert not hasattr(autograd, name)


def test_star_leaves_pythons_own_names_alone() -> None:
    scope: dict[str, Any] = {}
    exec("from autograd import *", scope)
    assert scope["exp"] is OPERATIONS["exp"]
    assert "abs" not in scope
    assert autograd.abs is OPERATIONS["abs"]
    assert sorted(scope.keys() - {"__builtins__"}) == sorted(autograd.__all__)


def test_an_operation_tells_its_name() -> None:
    assert autograd.exp.__name__ == Value.exp.__name__ == "exp"
    assert Value.exp.__doc__ == "The operation exp of the table, recorded."


def test_partials_and_their_formulas_are_as_many() -> None:
    with pytest.raises(ValueError, match=r"'twice' has 1 partial and the formulas \('1', '2'\): a tuple of one"):
        Operation("twice", "2×", "", lambda x: 2.0 * x, (2.0,), partial_formulas=("1", "2"))
