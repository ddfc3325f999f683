"""What a backend is given: a program, and what of it is one number for each sample."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from autograd.compiler.program import Program
from autograd.text import quoted

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, Any]

#: What a backend makes of a plan: a function of the shared inputs, of the columns of the batch (arrays of one length, a
#: number for each sample) and of that length. It gives each output as ``Plan.finished`` does.
Runner = Callable[[Sequence[float], Sequence[Any], int], list[Any]]


_Made = TypeVar("_Made")


def backend_named(name: str, backends: Mapping[str, _Made]) -> _Made:
    """What a table of backends has under a name.

    Raises:
        ValueError: it has nothing.
    """
    if name not in backends:
        raise ValueError(f"backend {quoted(name)}: one of {', '.join(backends)} is needed")
    return backends[name]


@dataclass(frozen=True, slots=True)
class Plan:
    """A program to be run for many samples at once.

    Attributes:
        program: its inputs are the shared ones, then the columns of the batch.
        shared: how many inputs are the same for all samples.
        is_batch: whether there are samples at all, or one point only.
        summed: for each output whether it is summed over the samples, or is one number for each of them.
        is_mean: whether a sum, and what adds to one, is divided by the number of samples.
    """

    program: Program
    shared: int
    is_batch: bool
    summed: tuple[bool, ...]
    is_mean: bool

    def varying(self, program: Program) -> list[bool]:
        """For each line of the program, or of one made from it, whether it is another number for each sample."""
        varies: list[bool] = []
        for place, step in enumerate(program.steps):
            is_column = self.shared <= place < program.inputs
            varies.append(is_column or any(varies[operand] for operand in step.operands))
        return varies

    def finished(self, outputs: Sequence[Any], varies: Sequence[bool], samples: int) -> list[Any]:
        """Each output for the whole batch, a number or an array.

        Args:
            outputs: the sum over the samples, the array of all samples, or, for an output that is the same for each
                of them, that number.
            varies: for each output whether the samples have a part in it.
        """
        if not self.is_batch:
            return list(outputs)
        return [self._finished(*output, samples) for output in zip(outputs, varies, self.summed, strict=True)]

    def _finished(self, output: Any, varies: bool, is_summed: bool, samples: int) -> Any:
        import numpy

        if is_summed and not varies:
            return output if self.is_mean else output * samples
        if not varies:
            output = numpy.full(samples, output)
        return output / samples if self.is_mean else output


#: What a backend makes of a Training: a function that carries out one step after the other and changes its first two
#: arguments in place: the parameters (an array of P doubles), what the update keeps of each (an array of K rows of P),
#: the columns of all samples, the order in which samples are taken (an array of int64, or None for the order in which
#: they lie, over and over), how many samples each step takes, the learning rate of each step (an array of as many
#: doubles as there are steps) and how many steps were done before. It gives the loss at each step, before its update.
#: Where the order ends within a step, that step takes fewer samples; without an order a step never goes over the end
#: of the samples into their beginning: the last one of an epoch takes what is left.
Trainer = Callable[["Array", "Array", Sequence["Array"], "Array | None", int, "Array", int], "Array"]


@dataclass(frozen=True, slots=True)
class Training:
    """A loss with its gradient, and what a gradient does to a parameter.

    Attributes:
        plan: its shared inputs are the parameters, its outputs the mean loss of the samples and its derivative by
            each parameter.
        update: its inputs are a parameter, its gradient, K numbers kept from the steps before, the learning rate and
            the number of this step, from 1 up; its outputs are the parameter and the K numbers after the step.
    """

    plan: Plan
    update: Program

    @property
    def kept(self) -> int:
        """How many numbers the update keeps of each parameter, K."""
        return len(self.update.outputs) - 1
