"""A new operation is one entry: everything else follows."""

import functools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from autograd import OPERATIONS, Operation, Value, check_gradients, grad, gradient, jvp, sin, trace


@pytest.fixture
def versine() -> Iterator[Operation]:
    entry = Operation(
        name="versine",
        sign="vers",
        formula=r"\operatorname{{versin}}\left({0}\right)",
        value=lambda x: 1.0 - math.cos(x),
        partials=(lambda x, out: sin(x),),
    )
    yield entry
    # The table is everybody's: the next test must find it as it was.
    del OPERATIONS["versine"]


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
    try:
        exec(entries, scope)
        x = Value(0.3)
        x.first_().backward()
        assert x.grad == math.cos(0.3)
        assert grad(grad(scope["first"]))(0.3) == -math.sin(0.3)  # type: ignore[arg-type]
    finally:
        for name in ("first_", "second_"):
            OPERATIONS.pop(name, None)


def _first_sine(x: Any, out: Any) -> Any:
    return sin(x)


def test_a_partial_may_be_any_callable() -> None:
    try:
        entry = Operation("minus_cosine", "-cos", "", lambda x: -math.cos(x), (functools.partial(_first_sine),))
        assert grad(entry)(0.4) == math.sin(0.4)
    finally:
        OPERATIONS.pop("minus_cosine", None)
