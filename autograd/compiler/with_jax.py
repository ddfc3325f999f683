"""The backend for more than one machine: batches and training by JAX, on all of its devices.

The samples are spread over the devices and the parameters are the same on each, so all that the devices tell one
another is a sum of losses and gradients. With one process they are its own; with ``jax.distributed`` a training has
those of all processes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from operator import mul
from typing import Any, Final

import numpy

from autograd.compiler.jax_operations import calls_back, followed, jax, jnp, lowered_for_jax
from autograd.compiler.lowering import lowered
from autograd.compiler.plan import Plan, Runner, Trainer, Training
from autograd.compiler.program import Program
from autograd.operations import multiply

#: How many numbers a training lays out at a time where it takes the samples in an order.
LARGEST: Final = 16_000_000

#: How many samples a device works through at a time; on a processor as many as stay in its cache, several times faster
#: than all at once.
BLOCK: Final = 32_768
BLOCK_OF_ACCELERATOR: Final = 4_194_304

# From so many samples on it pays to mask the factors of a product that is summed, and not the product; measured.
_WIDE: Final = 8_192

_SAMPLES: Final = "samples"

# What is the same on every device, and what is spread over them by its last axis.
_SAME: Final = jax.sharding.PartitionSpec()
_COLUMN: Final = jax.sharding.PartitionSpec(_SAMPLES)
_ROWS: Final = jax.sharding.PartitionSpec(None, _SAMPLES)


def run_by_jax(plan: Plan) -> Runner:
    """A function that runs a plan by JAX, in doubles, on all devices of this process."""
    straight = lowered_for_jax(plan.program)
    devices = _mesh(jax.local_devices(), straight)
    point = jax.jit(lambda shared: jnp.stack(_lines(straight, shared, ())))
    many = jax.jit(
        jax.shard_map(
            partial(_outputs, _wanted(straight, plan.summed), _block(devices)),
            mesh=devices,
            in_specs=(_SAME, _COLUMN, _COLUMN),
            out_specs=(_SAME, _COLUMN),
        )
    )

    def run(shared: Sequence[float], columns: Sequence[Any], samples: int) -> list[Any]:
        numbers = numpy.array(shared, numpy.float64)
        with jax.enable_x64(True):
            if not plan.is_batch:
                return numpy.asarray(point(numbers)).tolist() if plan.summed else []
            width = _shared_out(_padded(samples), devices.size, _block(devices))
            data = [_filled(column, width) for column in columns]
            sums, arrays = many(numbers, data, numpy.arange(width) < samples)
            totals, each = iter(numpy.asarray(sums).tolist()), iter(arrays)
            results = [next(totals) if summed else numpy.asarray(next(each))[:samples] for summed in plan.summed]
        return plan.finished(results, [True] * len(results), samples)

    return run


def train_by_jax(training: Training) -> Trainer:
    """A trainer by JAX, in doubles, on all devices of all processes.

    With several processes each gives its own part of the samples, an order over these, and how many of them each step
    takes; a step takes those of all processes. The numbers of samples and of steps are the same in all, and so are the
    parameters, before and after.

    Raises:
        ValueError: (the trainer) the processes have different numbers of samples or steps.
    """
    straight = lowered_for_jax(training.plan.program)
    devices = _mesh(jax.devices(), straight)
    wanted, update = _wanted(straight, training.plan.summed), lowered(training.update)
    descend = jax.jit(
        jax.shard_map(
            partial(_descent, wanted, update, _block(devices)),
            mesh=devices,
            in_specs=(_SAME, _ROWS, _SAME),
            out_specs=_SAME,
        )
    )

    def train(parameters: Any, kept: Any, columns: Sequence[Any], order: Any, size: int, rates: Any, done: int) -> Any:
        steps, samples = len(rates), len(columns[0])
        size = min(size, samples)
        _agree(samples, size, steps, samples if order is None else len(order))
        losses = numpy.empty(steps)
        with jax.enable_x64(True):
            for now, chosen in _loads(samples, order, size, steps, max(1, LARGEST // (size * len(columns)))):
                places = _laid_out(chosen, size, _shared_out(size, len(devices.local_devices), _block(devices)))
                data = [_spread(column[places], devices, _ROWS) for column in columns]
                present = _spread(places >= 0, devices, _ROWS)
                count, rows = now.stop - now.start, -(-len(chosen) // size)
                plan = (_filled(rates[now], _padded(count)), count, rows, done + now.start)
                parameters[:], kept[:], some = descend((parameters, kept), (data, present), plan)
                losses[now] = some[:count]
        return losses

    return train


# What a device does ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is wanted of the lines of a program.

    Attributes:
        program: lowered; its outputs are all lines that are needed.
        sums: for each output that is summed over the samples the one line, or the two whose product it is.
        each: the other outputs.
    """

    program: Program
    sums: tuple[tuple[int, ...], ...]
    each: tuple[int, ...]


def _wanted(straight: Program, summed: Sequence[bool]) -> _Wanted:
    sums, each = [], []
    for place, is_summed in zip(straight.outputs, summed, strict=True):
        step = straight.steps[place]
        if is_summed:
            sums.append(step.operands if step.op is multiply else (place,))
        else:
            each.append(place)
    lines = dict.fromkeys([*(place for places in sums for place in places), *each])
    return _Wanted(Program(straight.steps, straight.inputs, tuple(lines)), tuple(sums), tuple(each))


def _outputs(wanted: _Wanted, block: int, shared: Any, columns: Sequence[Any], present: Any) -> tuple[Any, list[Any]]:
    """Side by side the outputs that are sums, of the samples on all devices; and the others, of those on this one."""

    def of_block(part: tuple[Sequence[Any], Any]) -> tuple[Any, list[Any]]:
        columns, present = part
        numbers = (jnp.broadcast_to(line, present.shape) for line in _lines(wanted.program, shared, columns))
        lines = dict(zip(wanted.program.outputs, numbers, strict=True))
        sums = [_sum([lines[place] for place in places], present) for places in wanted.sums]
        # One row of numbers, so that the devices talk to each other only once.
        return jnp.stack(sums) if sums else jnp.zeros(0), [lines[place] for place in wanted.each]

    blocks = -(-len(present) // block)
    parts = jax.tree.map(lambda array: array.reshape(blocks, -1), (columns, present))
    sums, each = jax.lax.map(of_block, parts)
    return _of_all(jnp.sum(sums, axis=0)), [array.reshape(-1) for array in each]


def _sum(factors: Sequence[Any], present: Any) -> Any:
    """The sum of their products over the samples that are there."""
    if len(present) < _WIDE:
        return jnp.sum(jnp.where(present, reduce(mul, factors), 0.0))
    # A derivative by a weight is such a product. If the product were masked, XLA would work its factors out again for
    # every weight.
    return jnp.sum(reduce(mul, [jnp.where(present, factor, 0.0) for factor in factors]))


def _lines(program: Program, shared: Any, columns: Sequence[Any]) -> list[Any]:
    numbers = [shared[place] for place in range(program.inputs - len(columns))]
    return [jnp.asarray(line, float) for line in followed(program, [*numbers, *columns])]


def _of_all(numbers: Any) -> Any:
    """The sum over the devices."""
    return jax.lax.psum(numbers, _SAMPLES)


def _descent(wanted: _Wanted, update: Program, block: int, start: Any, data: Any, plan: Any) -> tuple[Any, Any, Any]:
    """What so many steps make of the parameters and what is kept of them, and the losses.

    Args:
        data: of this device, the columns with a row of samples for each step, and which of them are samples.
        plan: the learning rates, how many steps, how many rows, and how many steps were done before.
    """
    (columns, present), (rates, steps, rows, done) = data, plan
    samples = _of_all(jnp.sum(present, axis=1))

    def step(place: Any, state: tuple[Any, Any, Any]) -> tuple[Any, Any, Any]:
        parameters, kept, losses = state
        row = place % rows
        sums, _ = _outputs(wanted, block, parameters, [column[row] for column in columns], present[row])
        means = sums / samples[row]
        number = jnp.asarray(done + place + 1, float)
        new = followed(update, [parameters, means[1:], *kept, rates[place], number])
        parameters, *rest = (jnp.broadcast_to(line, parameters.shape) for line in new)
        return parameters, jnp.reshape(jnp.array(rest), kept.shape), losses.at[place].set(means[0])

    parameters, kept = map(jnp.asarray, start)
    result: tuple[Any, Any, Any] = jax.lax.fori_loop(0, steps, step, (parameters, kept, jnp.zeros_like(rates)))
    return result


# Samples on devices ---------------------------------------------------------------------------------------------------


def _mesh(devices: Sequence[Any], straight: Program) -> Any:
    """The devices in a row, or the first of each process where Python has to be called back.

    XLA's threads for several devices on one processor wait for one another while Python needs one of them.
    """
    if calls_back(straight):
        devices = list({device.process_index: device for device in reversed(devices)}.values())
    return jax.sharding.Mesh(numpy.array(devices), (_SAMPLES,))


def _spread(array: Any, devices: Any, spec: Any) -> Any:
    """This process's part of an array, on its devices."""
    return jax.make_array_from_process_local_data(jax.sharding.NamedSharding(devices, spec), array)


def _block(devices: Any) -> int:
    return BLOCK if devices.devices.flat[0].platform == "cpu" else BLOCK_OF_ACCELERATOR


def _padded(length: int) -> int:
    """The next of a few lengths, four from a power of two to the next.

    XLA compiles once for each length; the few numbers more are no part of any result.
    """
    return length + -length % (1 << max(0, (length - 1).bit_length() - 3))


def _shared_out(samples: int, devices: int, block: int) -> int:
    """The next number of samples that devices can share equally, and each work through in blocks of one length."""
    each = -(-samples // devices)
    blocks = -(-each // block)
    return devices * blocks * -(-each // blocks)


def _filled(column: Any, length: int) -> Any:
    """A column with ones behind it."""
    if length == len(column):
        return column
    filled = numpy.ones(length)
    filled[: len(column)] = column
    return filled


def _loads(samples: int, order: Any, size: int, steps: int, most: int) -> Iterator[tuple[slice, Any]]:
    """Which steps are done in one go, and the places of their samples; without an order these are taken again."""
    if order is None:
        yield slice(0, steps), numpy.arange(samples)
        return
    for start in range(0, steps, most):
        yield slice(start, min(start + most, steps)), order[start * size : (start + most) * size]


def _laid_out(places: Any, size: int, width: int) -> Any:
    """Places of samples, those of a step in a row of this width, filled up with −1; as many rows as _padded gives."""
    rows = -(-len(places) // size)
    laid = numpy.full((_padded(rows), width), -1)
    laid[:rows, :size].flat[: len(places)] = places
    return laid


def _agree(samples: int, size: int, steps: int, taken: int) -> None:
    """Where processes work together, each of them must come to every sum."""
    if jax.process_count() == 1:
        return
    from jax.experimental.multihost_utils import process_allgather

    given = numpy.asarray(process_allgather(numpy.array([samples, size, steps, taken])))
    if (given != given[0]).any():
        have, take, do, _ = (", ".join(map(str, numbers)) for numbers in given.T)
        raise ValueError(
            f"the processes have {have} samples, of which a step takes {take}, and do {do} steps in one go: give each "
            "as many samples, the same epochs, callbacks and progress, and a checkpoint to each of them or to none"
        )
