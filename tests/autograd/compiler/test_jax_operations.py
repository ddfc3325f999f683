"""Every operation by JAX gives the number and the slopes that it gives on Values, subnormal numbers apart.

JAX's CPU takes a subnormal number, one below 2.2e-308, for a zero, as an operand and as a result.
"""

import math
import warnings
from itertools import product
from typing import Any

import numpy as np
import pytest

from autograd import OPERATIONS, Operation, Value
from autograd.compiler.lowering import lowered
from autograd.compiler.plan import Plan
from autograd.compiler.program import Builder, Program, gradients
from autograd.compiler.source import value_of

pytest.importorskip("jax", reason="needs JAX: pip install 'chalkgrad[jax]'")

from autograd.compiler.jax_operations import lowered_for_jax
from autograd.compiler.with_jax import run_by_jax

AWKWARD = (
    *(0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, -3.0, 0.1, -0.7, 7.3, -7.3, 1e-5, -1e-5, 0.999999),
    *(1e-300, -1e-300, 5e-324, -5e-324, 1e300, -1e300, 1.7976931348623157e308, math.inf, -math.inf, math.nan),
    *(20.0, -20.0, 25.5, -24.9, 38.0, -38.5, 40.0, -40.0, 1e10, -1e10, 710.0, -710.0, 745.2, -745.2, 0.38, -0.38),
)

SMALLEST_NORMAL = 2.2250738585072014e-308

#: How many units in the last place JAX may be off, beyond 8; and why.
LOOSER = {
    # JAX's own, which squares its operand before the exponential; gelu is made of it.
    "erfc": 300.0,
    "gelu": 300.0,
    # The logarithm of a sum close to 1 cancels; the table's own function goes on with decimals there.
    "logaddexp": 30.0,
    # They cancel around their roots.
    "power_curve": 30.0,
    "power_mixed": 30.0,
}

#: What JAX calls the C library for, and that does not take subnormals for zeros: powers and angles.
UNFLUSHED = ("power", "power_slope", "power_curve", "power_mixed", "power_log", "atan2")


def _program(op: Operation) -> Program:
    """The operation and its slopes."""
    builder = Builder()
    inputs = [builder.input("x") for _ in op.partials]
    out = op(*inputs)
    return builder.program(inputs, [out, *gradients(out, inputs)])


def _by_jax(program: Program, points: list[tuple[float, ...]]) -> np.ndarray:
    outputs = len(program.outputs)
    run = run_by_jax(Plan(program, shared=0, is_batch=True, summed=(False,) * outputs, is_mean=False))
    return np.stack(run([], list(np.array(points).T), len(points)), axis=-1)


def _eager(op: Operation, point: tuple[float, ...]) -> list[float]:
    values = [Value(number) for number in point]
    out = op(*values)
    out.backward()
    return [out.data, *(value.grad for value in values)]


def _flushed(number: Any) -> Any:
    return number * 0.0 if isinstance(number, float) and abs(number) < SMALLEST_NORMAL else number


def _with_flushes(program: Program, point: tuple[float, ...]) -> tuple[list[float], bool]:
    """What a lowered program gives where a subnormal is a zero, and whether there is one at all on the way."""
    unflushed: list[Any] = list(point)
    lines = [_flushed(number) for number in point]
    for step in program.steps[program.inputs :]:
        result = step.number if step.op is None else value_of(step.op)(*(lines[place] for place in step.operands))
        unflushed.append(result)
        lines.append(_flushed(result))
    has_subnormal = any(a != b and a == a for a, b in zip(unflushed, lines, strict=True))
    return [lines[place] for place in program.outputs], has_subnormal


def _ulps(number: float, right: float) -> float:
    if math.isnan(number) or math.isnan(right):
        return 0.0 if math.isnan(number) and math.isnan(right) else math.inf
    if number == right:
        return 0.0 if math.copysign(1.0, number) == math.copysign(1.0, right) else math.inf
    return abs(number - right) / math.ulp(right) if math.isfinite(number) and math.isfinite(right) else math.inf


@pytest.mark.parametrize("op", list(OPERATIONS.values()), ids=lambda op: op.name)
def test_an_operation_and_its_slopes_are_those_of_values(op: Operation) -> None:
    program = _program(op)
    straight = lowered(program)
    points = list(product(AWKWARD, repeat=len(op.partials)))
    compared = 0
    for point, numbers in zip(points, _by_jax(program, points), strict=True):
        flushed, has_subnormal = _with_flushes(straight, point)
        if has_subnormal and op.name in UNFLUSHED:
            continue
        compared += 1
        right, most = (flushed, 300.0) if has_subnormal else (_eager(op, point), LOOSER.get(op.name, 8.0))
        for number, exact in zip(numbers, right, strict=True):
            assert _ulps(number, exact) <= most, f"{op.name}{point}: {number} for {exact}"
    assert compared > 0.7 * len(points)


def test_what_a_rule_is_careful_to_keep_is_not_rewritten() -> None:
    builder = Builder()
    x, y = builder.input("x"), builder.input("y")
    program = builder.program([x, y], [(1.0 + x) - 1.0, x / y / y, x / 3.0 * 3.0, x + 0.0])
    points = [(1e-9, 1e200), (1e300, 1e200), (0.7, 0.3), (-0.0, 1.0)]
    for (x, y), numbers in zip(points, _by_jax(program, points), strict=True):
        assert numbers.tolist() == [(1.0 + x) - 1.0, x / y / y, x / 3.0 * 3.0, x + 0.0]
        assert not math.copysign(1.0, numbers[-1]) < 0.0


def test_a_program_that_xla_takes_long_over_is_warned_of() -> None:
    def chain(length: int) -> Program:
        builder = Builder()
        v = x = builder.input("x")
        for _ in range(length):
            v = v.sin()
        return builder.program([x], [v])

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(lowered_for_jax(chain(5_000))) == 5_000
    with pytest.warns(UserWarning, match="a program of 5,001 operations: XLA takes a minute or more"):
        lowered_for_jax(chain(5_001))
