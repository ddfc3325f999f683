"""A program in fewer operations: each that a backend lacks is replaced by its kernel."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from autograd.compiler.kernels import KERNELS, Kernel
from autograd.compiler.program import Builder, Primitive, Program, Symbol
from autograd.operations import BUILT_IN, Operation


def lowered(program: Program, own: Mapping[Operation, Kernel | None] = MappingProxyType({})) -> Program:
    """A program in primitives, and in those operations that a backend has of its own; see expander."""
    builder = Builder(expander(own))
    inputs = [builder.input(step.name or "") for step in program.steps[: program.inputs]]
    return builder.program(inputs, builder.inline(program, inputs))


def expander(own: Mapping[Operation, Kernel | None]) -> Callable[[Builder, Any, tuple[Any, ...]], Any]:
    """What a Builder needs to write a program in primitives.

    Args:
        own: the kernels that a backend has of its own; None for an operation that it has under its own name.
    """
    kernels = {**KERNELS, **own}

    def expand(builder: Builder, op: Operation | Primitive, operands: tuple[Any, ...]) -> Any:
        if isinstance(op, Primitive):
            return None
        known = [_known(builder, operand) for operand in operands]
        if op in kernels:
            kernel = kernels[op]
            return None if kernel is None else kernel(*known)
        return None if op in BUILT_IN else _from_own_definition(op, known)

    return expand


def _known(builder: Builder, operand: Any) -> Any:
    """An operand, a constant as its number."""
    number = builder.steps[operand.place].number if isinstance(operand, Symbol) else operand
    return operand if number is None else number


def _from_own_definition(op: Operation, operands: list[Any]) -> Any:
    """An entry that somebody added, where its value is written in generic arithmetic; else None."""
    try:
        result = op.value(*operands)
    except Exception:
        # Whatever it does with a number, a Symbol has none: a backend has to call it.
        return None
    return result if isinstance(result, Symbol | float) else None
