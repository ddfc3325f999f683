"""A program as a pure function of JAX, for its ``jit``, ``vmap``, ``grad``, ``jvp`` and ``shard_map``."""

from collections.abc import Callable, Iterator, Sequence
from functools import cache, reduce
from inspect import Parameter, Signature
from operator import add
from typing import Any

from autograd.compiler.jax_operations import followed, jax, jnp, lowered_for_jax
from autograd.compiler.program import Builder, Program, gradients
from autograd.compiler.recording import Part, Recording


def jax_function(program: Program) -> Callable[..., tuple[Any, ...]]:
    """A program as a pure function of JAX: of its inputs in their order, it gives a tuple of its outputs.

    An input is a scalar or an array. They broadcast together, and every output has the shape that they come to. It
    computes in the type of float of its inputs, in doubles where JAX has them switched on: by the option
    ``jax_enable_x64``, or within ``jax.enable_x64(True)``. Its derivatives, of any order, are the recorded rules.

    Raises:
        TypeError: (the function) not as many numbers as the program has inputs, or not real ones.
    """
    derivable = _derivable(program)

    def function(*numbers: Any) -> tuple[Any, ...]:
        if len(numbers) != program.inputs:
            raise TypeError(f"a program of {program.inputs} inputs was given {len(numbers)}: give a number for each")
        dtype = jnp.result_type(float, *numbers)
        if not jnp.issubdtype(dtype, jnp.floating):
            raise TypeError(f"a program was given {dtype}: real numbers are needed")
        outputs: tuple[Any, ...] = derivable(*(jnp.asarray(number, dtype) for number in numbers))
        return outputs

    return function


def jax_function_of(recording: Recording) -> Callable[..., Any]:
    """The value of a recorded function as a pure function of JAX, of the same arguments by place or by name.

    They have the shapes that were recorded, those of the batch any number of samples. See jax_function.

    Raises:
        TypeError: (the function) an argument is missing, unknown or not of real numbers.
        ValueError: (the function) an argument has another shape.
    """
    function = jax_function(recording.plan("value").program)
    parts, how = recording.parts, recording.reduce
    has_samples = any(part.is_batch for part in parts)
    signature = Signature([Parameter(part.name, Parameter.POSITIONAL_OR_KEYWORD) for part in parts])

    def value(*arguments: Any, **named: Any) -> Any:
        given = signature.bind(*arguments, **named).arguments
        # As a plan has it: what is shared comes first.
        ordered = sorted(parts, key=lambda part: part.is_batch)
        (result,) = function(*(number for part in ordered for number in _numbers(part, jnp.asarray(given[part.name]))))
        if how is None or not has_samples:
            return result
        return jnp.mean(result) if how == "mean" else jnp.sum(result)

    value.__signature__ = signature  # type: ignore[attr-defined]
    return value


def _numbers(part: Part, array: Any) -> Iterator[Any]:
    """What a program takes of an argument: a scalar for each of its numbers, or an array over the samples."""
    if array.shape[part.is_batch :] != part.shape or array.ndim < part.is_batch:
        samples = "an axis over the samples, then " if part.is_batch else ""
        raise ValueError(f"{part.name} has the shape {array.shape}: {samples}{part.shape} is needed, as was recorded")
    flat = array.reshape(*array.shape[: part.is_batch], part.size)
    return (flat[..., place] for place in range(part.size))


def _derivable(program: Program) -> Callable[..., tuple[Any, ...]]:
    """The function of arrays of one type, whose derivatives are programs too, made when they are asked for."""
    straight = lowered_for_jax(program)
    with_slopes = cache(lambda moving: _derivable(_with_derivatives(program, moving)))

    @jax.custom_jvp
    def function(*inputs: Any) -> tuple[Any, ...]:
        shape, dtype = jnp.broadcast_shapes(*map(jnp.shape, inputs)), jnp.result_type(float, *inputs)
        return tuple(jnp.broadcast_to(jnp.asarray(number, dtype), shape) for number in followed(straight, inputs))

    def rule(inputs: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
        # What does not move is left out: 0 times an infinite slope would be nan.
        is_still = [isinstance(tangent, jax.custom_derivatives.SymbolicZero) for tangent in tangents]
        moving = tuple(place for place, still in enumerate(is_still) if not still)
        results = with_slopes(moving)(*inputs)
        outputs, slopes = results[: len(program.outputs)], iter(results[len(program.outputs) :])
        return outputs, tuple(reduce(add, [next(slopes) * tangents[place] for place in moving]) for _ in outputs)

    function.defjvp(rule, symbolic_zeros=True)
    return function


def _with_derivatives(program: Program, moving: Sequence[int]) -> Program:
    """The outputs, then for each of them its derivative by each of the inputs at these places."""
    builder = Builder()
    lines: list[Any] = []
    for step in program.steps:
        if step.op is not None:
            lines.append(builder.apply(step.op, [lines[place] for place in step.operands]))
        else:
            lines.append(builder.input(step.name or "") if step.number is None else step.number)
    outputs = [lines[place] for place in program.outputs]
    slopes = [slope for output in outputs for slope in gradients(output, [lines[place] for place in moving])]
    return builder.program(lines[: program.inputs], outputs + slopes)
