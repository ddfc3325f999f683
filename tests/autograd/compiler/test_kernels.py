"""Every operation compiled gives the number and the slopes that it gives on Values, at awkward points above all."""

import math
from itertools import product

import numpy as np
import pytest

import autograd
from autograd import OPERATIONS, Operation, Value, compile, grad
from autograd.compiler.kernels import KERNELS

AWKWARD = (
    *(0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, -3.0, 0.1, -0.7, 7.3, -7.3, 1e-5, -1e-5, 0.999999),
    *(1e-300, -1e-300, 5e-324, -5e-324, 1e300, -1e300, 1.7976931348623157e308, math.inf, -math.inf, math.nan),
    *(20.0, -20.0, 25.5, -24.9, 38.0, -38.5, 40.0, -40.0, 1e10, -1e10, 710.0, -710.0, 745.2, -745.2),
)

#: What a backend may be off in units in the last place, beyond 4; and why.
LOOSER = {
    # The logarithm of a sum close to 1 cancels; the table's own function goes on with decimals there.
    "logaddexp": 30.0,
    # Their second derivatives are products of several of NumPy's functions.
    "gelu_tanh_slope": 8.0,
    "direction": 6.0,
    "inversion": 6.0,
}

#: Results below this may be 0 by NumPy, whose sigmoid ends where e^−x does.
TINY = 1e-305


def _ulps(number: float, right: float) -> float:
    if math.isnan(number) or math.isnan(right):
        return 0.0 if math.isnan(number) and math.isnan(right) else math.inf
    if number == right:
        return 0.0 if math.copysign(1.0, number) == math.copysign(1.0, right) else math.inf
    return abs(number - right) / math.ulp(right) if math.isfinite(number) and math.isfinite(right) else math.inf


def _names(op: Operation) -> tuple[str, ...]:
    return ("x", "y")[: len(op.partials)]


def _function(op: Operation):
    """The operation as a function whose parameters have names."""
    return (lambda x: op(x)) if len(op.partials) == 1 else (lambda x, y: op(x, y))


def _eager(op: Operation, numbers: tuple[float, ...]) -> list[float]:
    values = [Value(number) for number in numbers]
    out = op(*values)
    out.backward()
    return [out.data, *(value.grad for value in values)]


@pytest.mark.parametrize("op", list(OPERATIONS.values()), ids=lambda op: op.name)
def test_an_operation_and_its_slopes_are_those_of_values(op: Operation) -> None:
    points = list(product(AWKWARD, repeat=len(op.partials)))
    right = np.array([_eager(op, point) for point in points])
    names = _names(op)
    single = compile(_function(op))
    batch = compile(_function(op), wrt=names, batch=names, reduce=None)
    value, slopes = batch.value_and_grad(**dict(zip(names, np.array(points).T, strict=True)))
    by_numpy = np.stack([value, *(slopes[name] for name in names)], axis=-1)
    for point, expected, by_array in zip(points, right, by_numpy, strict=True):
        one, one_slopes = single.value_and_grad(**dict(zip(names, point, strict=True)))
        for number, exact in zip((one, *one_slopes.values()), expected, strict=True):
            assert _ulps(number, exact) <= LOOSER.get(op.name, 4.0), f"{op.name}{point}: {number} for {exact}"
        for number, exact in zip(by_array, expected, strict=True):
            close = _ulps(number, exact) <= LOOSER.get(op.name, 5.0) or (number == 0.0 and abs(exact) < TINY)
            assert close, f"{op.name}{point} by NumPy: {number} for {exact}"


@pytest.mark.parametrize("op", [op for op in OPERATIONS.values() if len(op.partials) == 1], ids=lambda op: op.name)
def test_a_second_derivative_can_be_compiled(op: Operation) -> None:
    second = grad(grad(_function(op)))
    compiled = compile(lambda x: grad(grad(_function(op)))(x))
    for x in (0.3, -0.3, 0.9, 1.7, -2.2):
        assert compiled.value(x=x) == pytest.approx(second(x), rel=1e-12, abs=1e-12, nan_ok=True)


def test_every_helper_of_the_table_is_known_to_the_compiler() -> None:
    known = {op.name for op in KERNELS}
    for op in OPERATIONS.values():
        # What is neither made of others nor known to NumPy is called for one sample after the other.
        assert op.name in known or op.numpy or op.name in ("erf", "erfc", "relu")


def test_an_operation_that_somebody_adds_is_compiled_from_its_own_definition() -> None:
    softsign = Operation(
        name="compiled_softsign",
        sign="softsign",
        formula=r"\frac{{{0}}}{{1 + |{0}|}}",
        value=lambda x: x / (1.0 + abs(x)),
        partials=(lambda x, out: autograd.divide(1.0, (1.0 + abs(x)) * (1.0 + abs(x))),),
    )
    compiled = compile(lambda x: softsign(3.0 * x))
    assert "compiled_softsign" in str(compiled.program(x=1.0))
    value, slopes = compiled.value_and_grad(x=1.0)
    assert (value, slopes["x"]) == (0.75, 3.0 / 16.0)


def test_an_operation_that_asks_for_its_number_is_called_for_each_sample() -> None:
    rounded = Operation(
        name="compiled_rounded",
        sign="round",
        formula=r"\operatorname{{round}}\left({0}\right)",
        value=lambda x: float(round(x)) if math.isfinite(x) else x,
        partials=(0.0,),
    )
    compiled = compile(lambda x: rounded(x) * x, batch="x", wrt="x", reduce=None)
    value, slopes = compiled.value_and_grad(x=np.linspace(0.0, 99.0, 100) + 0.25)
    assert np.array_equal(value, (np.arange(100) + 0.25) * np.arange(100))
    assert np.array_equal(slopes["x"], np.arange(100.0))
