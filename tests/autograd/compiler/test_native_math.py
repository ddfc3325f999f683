"""The native backend's own exp, log, sin and so on: as right as they say, and IEEE's answers at the ends."""

import math

import numpy as np
import pytest
from mpmath import mp
from oracle import ulps

from autograd import OPERATIONS
from autograd.compiler.llvm_math import EXACT, INLINE, ROUNDER, exponent, mantissa, raised, two_to
from autograd.compiler.plan import Plan
from autograd.compiler.program import Builder

pytest.importorskip("llvmlite", reason="needs llvmlite: pip install 'chalkgrad[native]'")

from autograd.compiler.native import run_natively

rng = np.random.default_rng(3)

EXACTLY = {
    "exp": mp.exp,
    "exp2": lambda x: mp.mpf(2) ** x,
    "expm1": mp.expm1,
    "log": mp.log,
    "log2": lambda x: mp.log(x) / mp.log(2),
    "log10": mp.log10,
    "log1p": mp.log1p,
    "tanh": mp.tanh,
    "sin": mp.sin,
    "cos": mp.cos,
    "cbrt": lambda x: mp.sign(x) * mp.cbrt(abs(x)),
    "hypot": mp.hypot,
}


def _points(name: str, operands: int, count: int = 250) -> list[np.ndarray]:
    """Numbers of all sizes, many of them near 0, near 1 and near multiples of π/2, within the domain."""
    signs = rng.choice((-1.0, 1.0), 2 * count)
    points = [
        rng.uniform(-1.0, 1.0, count),
        rng.uniform(-30.0, 30.0, count),
        rng.uniform(-745.0, 710.0, count),
        # Where e^x leaves the range of a double.
        rng.choice((-1.0, 1.0), 400) * np.linspace(706.0, 747.0, 400),
        signs[:count] * 2.0 ** rng.uniform(-1070.0, 1023.0, count),
        1.0 + signs[count:] * 2.0 ** rng.uniform(-50.0, -1.0, count),
        rng.integers(1, 80_000, count) * (math.pi / 2),
    ]
    numbers = np.concatenate(points)
    if name.startswith("log"):
        numbers = np.abs(numbers) if name != "log1p" else np.maximum(numbers, -numbers / 1e4)
    if name == "log1p":
        numbers = numbers[numbers > -1.0]
    return [numbers, *(rng.permutation(numbers) for _ in range(operands - 1))]


def _by_machine(name: str, columns: list[np.ndarray]) -> list[float]:
    builder = Builder()
    inputs = [builder.input("") for _ in columns]
    program = builder.program(inputs, [OPERATIONS[name](*inputs)])
    plan = Plan(program, shared=0, is_batch=True, summed=(False,), is_mean=False)
    return run_natively(plan)([], columns, len(columns[0]))[0].tolist()


def _largest_error(name: str, results: list[float], columns: list[np.ndarray]) -> float:
    exact = EXACTLY[name]
    points = zip(*(column.tolist() for column in columns), strict=True)
    return max(ulps(result, exact(*map(mp.mpf, p))) for result, p in zip(results, points, strict=True))


@pytest.mark.parametrize("name", INLINE)
def test_a_function_is_as_right_as_it_says(name: str) -> None:
    columns = _points(name, len(OPERATIONS[name].partials))
    assert _largest_error(name, _by_machine(name, columns), columns) <= INLINE[name].ulps


@pytest.mark.parametrize("name", INLINE)
def test_it_is_so_on_a_processor_that_rounds_products_and_sums_one_by_one(name: str) -> None:
    inline = INLINE[name]
    columns = _points(name, len(OPERATIONS[name].partials), count=60)
    within = np.all([np.abs(column) < (inline.below or math.inf) for column in columns], axis=0)
    columns = [column[within] for column in columns]
    # On plain floats, the function is carried out by Python.
    results = [inline.function(*point) for point in zip(*(column.tolist() for column in columns), strict=True)]
    assert _largest_error(name, results, columns) <= inline.ulps


def test_every_function_has_an_oracle() -> None:
    assert set(EXACTLY) == set(INLINE)
    assert set(EXACT) <= set(INLINE)


@pytest.mark.parametrize("name", ["log2", "log10"])
def test_logarithms_of_powers_are_whole(name: str) -> None:
    base = {"log2": 2.0, "log10": 10.0}[name]
    exponents = np.arange(0.0, 23.0)
    assert _by_machine(name, [base**exponents]) == exponents.tolist()


@pytest.mark.parametrize("name", ["sin", "cos"])
@pytest.mark.parametrize("x", [131071.9, 131072.0, 1e6, 1e22, 1e300, -1e308])
def test_waves_are_right_however_large_the_angle(name: str, x: float) -> None:
    # Among others that are small, since both lie in one vector.
    result = _by_machine(name, [np.array([0.5, x, -1.0])])
    with mp.workdps(400):
        right = [float(EXACTLY[name](mp.mpf(number))) for number in (0.5, x, -1.0)]
    assert result == pytest.approx(right, rel=3e-16)


@pytest.mark.parametrize(
    ("name", "pairs"),
    [
        ("exp", [(-math.inf, 0.0), (math.inf, math.inf), (-746.0, 0.0), (-745.0, 5e-324), (710.0, math.inf)]),
        ("exp2", [(-1075.0, 0.0), (-1074.0, 5e-324), (1023.0, 2.0**1023), (1024.0, math.inf), (-math.inf, 0.0)]),
        ("expm1", [(-0.0, -0.0), (0.0, 0.0), (-math.inf, -1.0), (1e-310, 1e-310), (710.0, math.inf)]),
        ("log", [(0.0, -math.inf), (-0.0, -math.inf), (-1.0, math.nan), (1.0, 0.0), (math.inf, math.inf)]),
        ("log1p", [(-1.0, -math.inf), (-0.0, -0.0), (-1.5, math.nan), (math.inf, math.inf), (5e-324, 5e-324)]),
        ("tanh", [(-0.0, -0.0), (math.inf, 1.0), (-math.inf, -1.0), (5e-324, 5e-324), (-30.0, -1.0)]),
        ("sin", [(-0.0, -0.0), (math.inf, math.nan), (5e-324, 5e-324)]),
        ("cos", [(0.0, 1.0), (-math.inf, math.nan)]),
        ("cbrt", [(-0.0, -0.0), (math.inf, math.inf), (-27.0, -3.0), (5e-324, 1.7031839360032603e-108)]),
    ],
)
def test_the_ends_are_as_ieee_has_them(name: str, pairs: list[tuple[float, float]]) -> None:
    numbers, right = zip(*pairs, (math.nan, math.nan), strict=True)
    result = _by_machine(name, [np.array(numbers)])
    assert list(map(repr, result)) == list(map(repr, right))


@pytest.mark.parametrize(
    ("primitive", "columns"),
    [
        (two_to, [[-1022.0, -3.0, 0.0, 7.0, 1023.0]]),
        (exponent, [[2.0**-1022, 0.7, 0.71, 1.0, 1.41, 1.42, 3.0, 1.79e308]]),
        (mantissa, [[2.0**-1022, 0.7, 0.71, 1.0, 1.41, 1.42, 3.0, 1.79e308]]),
        (raised, [[1.5, 0.75, -1.0], [ROUNDER + 3.0, ROUNDER - 1000.0, ROUNDER]]),
    ],
    ids=lambda thing: getattr(thing, "name", ""),
)
def test_what_is_done_to_bits_is_what_python_does(primitive, columns: list[list[float]]) -> None:
    builder = Builder()
    inputs = [builder.input("") for _ in columns]
    plan = Plan(builder.program(inputs, [primitive(*inputs)]), 0, True, (False,), False)
    result = run_natively(plan)([], list(map(np.array, columns)), len(columns[0]))[0]
    assert result.tolist() == [primitive(*point) for point in zip(*columns, strict=True)]
