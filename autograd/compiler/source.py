"""A program as one Python function, for a single point: no arrays, no dispatch, only the arithmetic.

The names in it are numbers that this module gives out; nothing that a user named gets into the code.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, Final

from autograd._recorders import value_rule
from autograd.compiler.lowering import lowered
from autograd.compiler.program import Primitive, Program, Step
from autograd.operations import Operation

# How each is written; {0} and so on stand for its operands. Whatever is missing is called by the table's function.
_SPELLED: Final = {
    "add": "({0} + {1})",
    "subtract": "({0} - {1})",
    "multiply": "({0} * {1})",
    "negative": "(-{0})",
    "abs": "abs({0})",
    "less": "({0} < {1})",
    "at_most": "({0} <= {1})",
    "equal": "({0} == {1})",
    "both": "({0} and {1})",
    "either": "({0} or {1})",
    "opposite": "(not {0})",
    "select": "({1} if {0} else {2})",
    "copysign": "copysign({0}, {1})",
}

# Their results are from 0 up, or nan.
_NEVER_BELOW_0: Final = ("exp", "sqrt")

# An expression in an expression in an expression: beyond this Python's own parser gives up.
_DEEPEST: Final = 30


def python_function(program: Program) -> Callable[..., tuple[float, ...]]:
    """The function that takes a float for each input and gives a float for each output."""
    names = dict(NAMES)
    lines, outputs = body(lowered(program), names)
    inputs = ", ".join(f"v{place}" for place in range(program.inputs))
    return _made(f"def run({inputs}):", [*lines, f"return ({' '.join(f'{output},' for output in outputs)})"], names)


def function_by_name(
    program: Program,
    arguments: Sequence[str],
    gradients: Sequence[str],
    has_value: bool,
    point: Callable[..., tuple[float, ...]] | None = None,
) -> Callable[[dict[str, Any]], Any]:
    """The function of a dictionary of floats that gives a value and a dictionary of derivatives.

    It is what a call comes to where every argument is one number, and gives None where one is missing or no float.

    Args:
        arguments: the name of each input.
        gradients: the name of each output, but for the first one if that is the value.
        has_value: whether it is.
        point: what does the arithmetic, a function as python_function makes it; None to write it out here.
    """
    names = dict(NAMES)
    # A name is a number of its own in the code; what the user called it is data.
    keys = {name: f"k{index}" for index, name in enumerate(arguments)}
    names.update({key: name for name, key in keys.items()})
    inputs = [f"v{place}" for place in range(program.inputs)]
    if point is None:
        statements, outputs = body(lowered(program), names)
    else:
        names["point"] = point
        statements = [f"out = point({', '.join(inputs)})"]
        outputs = [f"out[{index}]" for index in range(len(program.outputs))]
    names |= {"given": itemgetter(*arguments), "KeyError": KeyError}
    lines = [f"if len(arguments) != {len(inputs)}: return None"]
    lines += ["try:", f"    {', '.join(inputs)} = given(arguments)", "except KeyError:", "    return None"]
    lines += [f"if not ({' is '.join(f'{place}.__class__' for place in inputs)} is float): return None"]
    value = outputs.pop(0) if has_value else "None"
    entries = ", ".join(f"{keys[name]}: {output}" for name, output in zip(gradients, outputs, strict=True))
    return _made("def run(arguments):", [*lines, *statements, f"return {value}, {{{entries}}}"], names)


#: What the code of a program may name; what else it calls is added by body.
NAMES: Final = {
    "abs": abs,
    "copysign": math.copysign,
    "float": float,
    "inf": math.inf,
    "len": len,
    "math_exp": math.exp,
    "nan": math.nan,
}


def _made(head: str, lines: list[str], names: dict[str, Any]) -> Callable[..., Any]:
    source = "\n".join([head, *(f"    {line}" for line in lines)])
    exec(compile(source, "<compiled program>", "exec"), names)
    function: Callable[..., Any] = names["run"]
    return function


def body(program: Program, names: dict[str, Any]) -> tuple[list[str], list[str]]:
    """A lowered program's statements, and an expression for each output.

    An input is called v0 and so on by its place; what the code calls is added to names.
    """
    uses = Counter(place for step in program.steps for place in step.operands)
    uses.update(program.outputs)
    lines = []
    texts, depths = [f"v{place}" for place in range(program.inputs)], [0] * program.inputs
    for place, step in enumerate(program.steps[program.inputs :], program.inputs):
        if step.number is not None:
            # repr gives every digit; inf and nan are names.
            texts.append(f"({step.number!r})")
            depths.append(0)
            continue
        text = _spelling(program, step, names).format(*(texts[operand] for operand in step.operands))
        depth = 1 + max(depths[operand] for operand in step.operands)
        if uses[place] > 1 or depth > _DEEPEST:
            lines.append(f"v{place} = {text}")
            text, depth = f"v{place}", 0
        texts.append(text)
        depths.append(depth)
    return lines, [texts[place] for place in program.outputs]


def _spelling(program: Program, step: Step, names: dict[str, Any]) -> str:
    """A step with {0} and so on for its operands."""
    op = step.op
    assert op is not None
    if op.name in _SPELLED:
        return _SPELLED[op.name]
    if op.name == "exp" and _is_never_positive(program, step.operands[0]):
        return "math_exp({0})"
    if op.name == "divide" and _is_positive(program, step.operands[1]):
        return "({0} / {1})"
    name = f"f{len(names)}"
    names[name] = value_of(op)
    return f"{name}({', '.join(f'{{{index}}}' for index in range(len(step.operands)))})"


def value_of(op: Operation | Primitive) -> Callable[..., Any]:
    """An operation on floats, which gives a float, or a bool for a question."""
    return op.value if isinstance(op, Primitive) else value_rule(op)


def _is_never_positive(program: Program, place: int) -> bool:
    step = program.steps[place]
    return step.op is not None and step.op.name == "copysign" and program.steps[step.operands[1]].number == -1.0


def _is_positive(program: Program, place: int) -> bool:
    """Whether a number can be told to lie above 0, so that nothing is ever divided by 0."""
    step = program.steps[place]
    if step.number is not None:
        return step.number > 0.0
    if step.op is None or step.op.name != "add":
        return False
    pairs = ((one, program.steps[other].op) for one, other in (step.operands, step.operands[::-1]))
    return any(_is_positive(program, one) and op is not None and op.name in _NEVER_BELOW_0 for one, op in pairs)
