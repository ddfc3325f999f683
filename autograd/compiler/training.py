"""Training inside a backend: many steps of descent in one call, with nothing to be reported in between.

The backend that is always there does small steps in one generated Python function, which has the loops over the steps
and the samples in it, and large ones by NumPy, in blocks of samples.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import cycle
from textwrap import indent
from typing import TYPE_CHECKING, Any, Final

from autograd.compiler.plan import Plan, Trainer, Training, backend_named
from autograd.compiler.program import Builder, Program

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, Any]

#: Up to so many samples a step is faster in Python than by NumPy.
FEW: Final = 64


def trainer(training: Training, backend: str) -> Trainer:
    """What carries out steps of a training.

    Raises:
        ValueError: the backend is unknown.
    """
    return backend_named(backend, TRAINERS)(training)


def train_by_numpy(training: Training) -> Trainer:
    """The trainer that is always there; the same call gives the same bits again."""
    made = cache(lambda kind: kind(training))

    def train(
        parameters: "Array",
        kept: "Array",
        columns: Sequence["Array"],
        order: "Array | None",
        size: int,
        rates: "Array",
        done: int,
    ) -> "Array":
        samples = len(columns[0])
        kind = _in_python if min(size, samples) <= FEW else _in_blocks
        losses: Array = made(kind)(parameters, kept, columns, _chosen(samples, order, size), rates, done)
        return losses

    return train


def _chosen(samples: int, order: "Array | None", size: int) -> "Iterator[slice | Array]":
    """The samples of each step, as an index."""
    if order is None:
        return cycle([slice(start, start + size) for start in range(0, samples, size)])
    return (order[start : start + size] for start in range(0, len(order), size))


def _by_native(training: Training) -> Trainer:
    from autograd.compiler.native import train_natively

    return train_natively(training)


def _by_jax(training: Training) -> Trainer:
    from autograd.compiler.with_jax import train_by_jax

    return train_by_jax(training)


#: What makes a trainer, by the name of the backend; each brings in what it needs when it is first asked for.
TRAINERS: Final[dict[str, Callable[[Training], Trainer]]] = {
    "numpy": train_by_numpy,
    "native": _by_native,
    "jax": _by_jax,
}


# By NumPy -------------------------------------------------------------------------------------------------------------


#: A trainer that is given the samples of each step as indices.
_Steps = Callable[["Array", "Array", Sequence["Array"], Iterable[Any], "Array", int], "Array"]


def _in_blocks(training: Training) -> _Steps:
    import numpy

    from autograd.compiler.arrays import run_by_numpy

    run, update = run_by_numpy(training.plan), run_by_numpy(_update_of_all(training))

    def train(
        parameters: "Array", kept: "Array", columns: Sequence["Array"], chosen: Iterable[Any], rates: "Array", done: int
    ) -> "Array":
        losses = numpy.empty(len(rates))
        for step, (rate, samples) in enumerate(zip(rates.tolist(), chosen, strict=False)):
            batch = [column[samples] for column in columns]
            losses[step], *gradients = run(parameters.tolist(), batch, len(batch[0]))
            rows = [parameters, numpy.array(gradients), *kept]
            new = update([rate, float(done + step + 1)], rows, len(parameters))
            parameters[:], kept[:] = new[0], numpy.reshape(new[1:], kept.shape)
        return losses

    return train


def _update_of_all(training: Training) -> Plan:
    """The update, where the parameters are the samples of a batch and the rate and the step what they share."""
    builder = Builder()
    rate, step = builder.input("rate"), builder.input("step")
    numbers = [builder.input(name) for name in ("parameter", "gradient", *("kept",) * training.kept)]
    outputs = builder.inline(training.update, [*numbers, rate, step])
    program = builder.program([rate, step, *numbers], outputs)
    return Plan(program, shared=2, is_batch=True, summed=(False,) * len(outputs), is_mean=False)


# In Python ------------------------------------------------------------------------------------------------------------


def _in_python(training: Training) -> _Steps:
    import numpy

    run = _loop(training)

    def train(
        parameters: "Array", kept: "Array", columns: Sequence["Array"], chosen: Iterable[Any], rates: "Array", done: int
    ) -> "Array":
        samples = list(zip(*(column.tolist() for column in columns), strict=True))
        batches = (
            samples[some] if isinstance(some, slice) else [samples[place] for place in some.tolist()] for some in chosen
        )
        state, losses = run([*parameters.tolist(), *kept.ravel().tolist()], rates.tolist(), batches, float(done))
        parameters[:], kept[:] = state[: len(parameters)], numpy.reshape(state[len(parameters) :], kept.shape)
        return numpy.array(losses)

    return train


def _loop(training: Training) -> Callable[..., tuple[tuple[float, ...], list[float]]]:
    """A function of the state, the rates, the samples of each step, and the number of steps done before.

    The state is the parameters and then what is kept of them. It gives the new one, and the loss at each step.
    """
    from autograd.compiler.lowering import lowered
    from autograd.compiler.source import NAMES, body

    inputs = _Inputs(training)
    names: dict[str, Any] = dict(NAMES)
    of_sample, terms = body(lowered(_terms_of_a_sample(training, inputs)), names)
    of_step, (loss, *new) = body(lowered(_state_after_a_step(training, inputs)), names)
    totals = inputs.names("totals")
    sums = [f"{total} += {term}" for total, term in zip(totals, terms, strict=True)]
    source = _LOOP.format(
        state=_listed(inputs.names("parameters") + inputs.names("kept")),
        columns=_listed(inputs.names("columns")),
        totals=" = ".join(totals),
        **{name: inputs.names(name)[0] for name in ("share", "rate", "step")},
        sample=indent("\n".join(of_sample + sums), " " * 12),
        update=indent("\n".join(of_step), " " * 8),
        loss=loss,
        new=_listed(new),
    )
    exec(compile(source, "<compiled training>", "exec"), names)
    run: Callable[..., tuple[tuple[float, ...], list[float]]] = names["run"]
    return run


# Where braces stand come names that are numbered, and what a program works out of them.
_LOOP: Final = """
def run(state, rates, batches, done):
    {state} = state
    losses = []
    for {rate}, batch in zip(rates, batches):
        done += 1.0
        {step}, {share} = done, 1.0 / len(batch)
        {totals} = 0.0
        for {columns} in batch:
{sample}
{update}
        losses.append({loss})
        {state} = {new}
    return {state}, losses
"""


def _listed(texts: Sequence[str]) -> str:
    return f"({''.join(f'{text}, ' for text in texts)})"


class _Inputs:
    """What the two programs of the loop have as inputs, both in the same places, and so by the same names.

    Attributes:
        places: for each group of inputs where they stand.
    """

    def __init__(self, training: Training) -> None:
        parameters = training.plan.shared
        sizes = {
            "parameters": parameters,
            "kept": training.kept * parameters,
            "totals": 1 + parameters,
            "share": 1,
            "rate": 1,
            "step": 1,
            "columns": training.plan.program.inputs - parameters,
        }
        self.places: dict[str, range] = {}
        start = 0
        for group, size in sizes.items():
            self.places[group] = range(start, start + size)
            start += size

    def names(self, group: str) -> list[str]:
        """What the statements of a program call them."""
        return [f"v{place}" for place in self.places[group]]

    def symbols(self, builder: Builder) -> dict[str, list[Any]]:
        """An input for each of them."""
        return {group: [builder.input(group) for _ in places] for group, places in self.places.items()}


def _terms_of_a_sample(training: Training, inputs: _Inputs) -> Program:
    """What a sample adds to the sums of the loss and its derivatives."""
    builder = Builder()
    groups = inputs.symbols(builder)
    terms = builder.inline(training.plan.program, groups["parameters"] + groups["columns"])
    return builder.program((symbol for group in groups.values() for symbol in group), terms)


def _state_after_a_step(training: Training, inputs: _Inputs) -> Program:
    """The mean loss before an update; the parameters and what is kept of them after it."""
    builder = Builder()
    groups = inputs.symbols(builder)
    parameters, share = groups["parameters"], groups["share"][0]
    loss, *gradients = (share * total for total in groups["totals"])
    kept = [groups["kept"][place :: len(parameters)] for place in range(len(parameters))]
    updated = [
        builder.inline(training.update, [parameter, gradient, *numbers, *groups["rate"], *groups["step"]])
        for parameter, gradient, numbers in zip(parameters, gradients, kept, strict=True)
    ]
    outputs = [loss, *(number for row in zip(*updated, strict=True) for number in row)]
    return builder.program((symbol for group in groups.values() for symbol in group), outputs)
