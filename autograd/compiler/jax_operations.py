"""How JAX says each operation, so that a program can be followed with JAX's arrays and tracers for numbers."""

import warnings
from collections.abc import Callable, Sequence
from typing import Any, Final

from autograd.compiler.lowering import lowered
from autograd.compiler.program import Primitive, Program
from autograd.compiler.source import value_of
from autograd.operations import BUILT_IN, Operation

try:
    import jax
except ImportError as error:
    raise ImportError("backend 'jax' needs JAX: pip install 'chalkgrad[jax]'") from error

import jax.numpy as jnp
import numpy
from jax.scipy import special

__all__ = ["calls_back", "followed", "jax", "jnp", "lowered_for_jax"]

#: Beyond so many operations XLA takes long to compile a program.
MANY: Final = 5_000


def lowered_for_jax(program: Program) -> Program:
    """A program in what JAX can say; warns where XLA will take long over it."""
    straight = lowered(program)
    if len(straight) > MANY:
        warnings.warn(
            f"a program of {len(straight):,} operations: XLA takes a minute or more to compile over {MANY:,} of them; "
            "record a smaller function and let jax.vmap repeat it, or use backend='native'",
            stacklevel=2,
        )
    return straight


def calls_back(program: Program) -> bool:
    """Whether it has an operation that only the table knows, which JAX calls Python for."""
    return any(_is_opaque(step.op) for step in program.steps)


def followed(program: Program, inputs: Sequence[Any]) -> list[Any]:
    """The outputs of a lowered program for arrays or scalars of one type of float, which broadcast together."""
    dtype = jnp.result_type(float, *inputs)
    lines: list[Any] = list(inputs)
    for step in program.steps[program.inputs :]:
        if step.op is None:
            lines.append(step.number if isinstance(step.number, bool) else _as_written(jnp.asarray(step.number, dtype)))
            continue
        result = _spelled(step.op)(*(lines[operand] for operand in step.operands))
        lines.append(result if result.dtype == bool else _as_written(result))
    return [lines[place] for place in program.outputs]


def _as_written(number: Any) -> Any:
    # XLA would rewrite (1 + x) − 1 as x and x/y/z as x/(y·z), and so lose what a rule was careful to keep. It looks not
    # through this barrier, which costs nothing: it is gone before steps are fused.
    return jax.lax.optimization_barrier(number)


def _is_opaque(op: Operation | Primitive | None) -> bool:
    return isinstance(op, Operation) and op not in BUILT_IN


def _spelled(op: Operation | Primitive) -> Callable[..., Any]:
    return _called_back(op) if _is_opaque(op) else _SPELLED[op.name]


def _called_back(op: Operation | Primitive) -> Callable[..., Any]:
    """An operation that only the table knows: its own function, for one number after the other."""

    def call(*operands: Any) -> Any:
        by_one, dtype = numpy.frompyfunc(value_of(op), len(operands), 1), numpy.dtype(operands[0].dtype)

        def on_host(*operands: Any) -> Any:
            arrays = (numpy.ascontiguousarray(operand).view(dtype)[..., 0] for operand in operands)
            # The table's functions take Python's own floats.
            results = by_one(*(array.astype(numpy.float64).astype(object) for array in arrays))
            return numpy.asarray(results, dtype)[..., None].view(numpy.uint8)

        # As bytes: XLA calls from a thread of its own, and there JAX may round doubles to its 32 bits.
        shape = (*jnp.broadcast_shapes(*map(jnp.shape, operands)), dtype.itemsize)
        given = [jax.lax.bitcast_convert_type(operand, numpy.uint8) for operand in operands]
        result = jax.ShapeDtypeStruct(shape, numpy.uint8)
        return jax.lax.bitcast_convert_type(
            jax.pure_callback(on_host, result, *given, vmap_method="broadcast_all"), dtype
        )

    return call


# Where JAX's own function loses digits (its worst errors in units in the last place stand beside it) ------------------


def _log1p(x: Any) -> Any:
    # 129, between −0.42 and −0.35.
    return jnp.where(x < -0.3, jnp.log(1.0 + x), jnp.log1p(x))


def _atanh(x: Any) -> Any:
    # 108, from the same place.
    size = jnp.abs(x)
    return jnp.copysign(0.5 * jnp.log1p(2.0 * size / (1.0 - size)), x)


def _sinh(x: Any) -> Any:
    # 307, near the largest result.
    size = jnp.abs(x)
    less_one, half = jnp.expm1(size), jnp.exp(0.5 * size)
    near = 0.5 * (less_one + less_one / (less_one + 1.0))
    return jnp.copysign(jnp.where(size < 20.0, near, 0.5 * half * half), x)


def _cosh(x: Any) -> Any:
    # 307, near the largest result.
    half = jnp.exp(0.5 * jnp.abs(x))
    return 0.5 * half * half + 0.5 * jnp.exp(-jnp.abs(x))


_SPELLED: Final[dict[str, Callable[..., Any]]] = {
    "add": jnp.add,
    "subtract": jnp.subtract,
    "multiply": jnp.multiply,
    "divide": jnp.divide,
    "fmod": jnp.fmod,
    "negative": jnp.negative,
    "abs": jnp.abs,
    "power": jnp.power,
    "sqrt": jnp.sqrt,
    "cbrt": jnp.cbrt,
    "hypot": jnp.hypot,
    "exp": jnp.exp,
    # 183 by exp2, near the largest result.
    "exp2": lambda x: jnp.power(2.0, x),
    "expm1": jnp.expm1,
    "log": jnp.log,
    "log2": jnp.log2,
    "log10": jnp.log10,
    "log1p": _log1p,
    "sin": jnp.sin,
    "cos": jnp.cos,
    "tan": jnp.tan,
    "asin": jnp.arcsin,
    "acos": jnp.arccos,
    "atan": jnp.arctan,
    "atan2": jnp.arctan2,
    "sinh": _sinh,
    "cosh": _cosh,
    "tanh": jnp.tanh,
    "asinh": jnp.arcsinh,
    "acosh": jnp.arccosh,
    "atanh": _atanh,
    "erf": special.erf,
    "erfc": special.erfc,
    "less": jnp.less,
    "at_most": jnp.less_equal,
    "equal": jnp.equal,
    "both": jnp.logical_and,
    "either": jnp.logical_or,
    "opposite": jnp.logical_not,
    "select": jnp.where,
    "floor": jnp.floor,
    "copysign": jnp.copysign,
}
