"""The notation of the table: every formula, read as LaTeX and worked out, gives what its operation gives."""

import math
import re
from typing import Any, Final

import numpy as np
import pytest

from autograd import Operation, Value
from autograd.notation import Written, factor, filled
from autograd.operations import BUILT_IN

# What a formula may call, by its name in LaTeX.
FUNCTIONS: Final[dict[str, Any]] = {
    **{name: getattr(math, name) for name in ("cos", "cosh", "sin", "sinh", "tan", "tanh", "trunc", "erf", "erfc")},
    **{"ln": math.log, "log_2": math.log2, "log_10": math.log10, "sqrt": math.sqrt, "cbrt": np.cbrt, "abs": abs},
    **{"arcsin": math.asin, "arccos": math.acos, "arctan": math.atan, "atan2": math.atan2, "fmod": math.fmod},
    **{
        "arsinh": math.asinh,
        "arcosh": math.acosh,
        "artanh": math.atanh,
        "max": max,
        "fmax": max,
        "min": min,
        "fmin": min,
        "floor": math.floor,
    },
    "sign": lambda x: math.copysign(1.0, x),
    "relu": lambda x: max(0.0, x),
    "sigma": lambda x: 1.0 / (1.0 + math.exp(-x)),
    "Phi": lambda x: 0.5 * math.erfc(-x / math.sqrt(2.0)),
    "varphi": lambda x: math.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi),
    **{"e": math.e, "pi": math.pi},
}

# Operations whose notation is nothing but their name, or a derivative of a name's.
NAMED: Final = {
    *("leaky_relu", "elu", "gelu_tanh", "step", "defined", "nonnegative", "sigmoid_slope"),
    *("silu_slope", "gelu_slope", "gelu_tanh_slope", "power_slope", "power_curve", "power_mixed"),
}
# 1 and 1.5 for acosh; elsewhere both sides of a branch, and no kink.
POINTS: Final = {1: [(0.3,), (0.75,), (-0.4,), (1.5,), (-2.5,)], 2: [(0.3, 0.75), (2.5, 0.4), (-1.5, 2.0), (0.2, 1.0)]}


def worked_out(latex: str) -> float:
    """The number that a formula stands for, in which every operand is a number in parentheses."""
    text = re.sub(r"\\operatorname\{(\w+)\}", r" \1", latex)
    text = text.replace(r"\log_{10}", r"\log_10").replace(r"\sqrt[3]", r"\cbrt")
    for pattern, python in (
        (r"\\left\\lfloor(.*)\\right\\rfloor", r" floor(\1)"),
        (r"\\left\|(.*)\\right\|", r" abs(\1)"),
        (r"\\left\[\\lnot(.*?)\\right\]", r"(not \1)"),
        (r"\\left\[(.*?)\\right\]", r"(0 != (\1))"),
    ):
        text = re.sub(pattern, python, text)
    # A comparison inside is true or false already.
    text = re.sub(
        r"0 != \((.*?)(?:(<|>)|\\(le|ge))", lambda m: f"True == ({m[1]}{m[2] or {'le': '<=', 'ge': '>='}[m[3]]}", text
    )
    before = ""
    while before != (before := text):
        # From the inside out, whose braces have no others in them.
        for pattern, python in (
            (r"\^\{([^{}]*)\}", r"**(\1)"),
            (r"\\(sqrt|cbrt)\{([^{}]*)\}", r" \1(\2)"),
            (r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"((\1)/(\2))"),
            (r"(?<!\})\{([^{}]*)\}(?!\{)", r"(\1)"),
        ):
            text = re.sub(pattern, python, text)
    text = re.sub(r"\\(left|right|,)", "", text).replace(r"\cdot", "*").replace(r"\times", "*").replace(r"\bmod", "%")
    text = text.replace("^", "**").replace("\\", " ")
    # A function of one operand needs no parentheses in the book, and a product no sign.
    text = re.sub(r"\bln +(\d+|sigma\(.*\)|\(\S+\))", r"ln(\1)", text)
    text = re.sub(r"(\)|\b\d\.?\d*) *(?=[(a-zA-Z])(?!not|if|==)", r"\1*", text)
    text = re.sub(r"\b(e|pi)\b *(?=[(a-zA-Z])", r"\1*", text)
    return float(eval(text, {"__builtins__": {}}, FUNCTIONS))


def written(number: float) -> Written:
    return Written(f"({number!r})", f"({number!r})")


CASES = [
    (op, point)
    for op in sorted(BUILT_IN, key=lambda op: op.name)
    for point in POINTS[len(op.partials)]
    if math.isfinite(op(*point))
]


def test_every_operation_is_read_somewhere() -> None:
    assert {op for op, _ in CASES} == BUILT_IN


@pytest.mark.parametrize(("op", "point"), CASES, ids=lambda part: getattr(part, "name", str(part)))
def test_a_formula_gives_the_value_and_a_partial_formula_the_slope(op: Operation, point: tuple[float, ...]) -> None:
    result = op(*[Value(x) for x in point])
    operands = [*map(written, point)]
    if op.name not in NAMED:
        assert worked_out(filled(op, operands)) == pytest.approx(result.data, rel=1e-12, abs=1e-15)
    for place in range(len(op.partial_formulas)):
        formula = factor(op, place, operands, written(result.data))
        assert formula is not None
        slope = result.slopes[place] or 0.0
        if op.name != "gelu_tanh" and math.isfinite(slope):
            assert worked_out(formula) == pytest.approx(slope, rel=1e-12, abs=1e-15), formula
