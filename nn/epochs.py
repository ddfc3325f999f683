"""Whole epochs of a training, carried out by a backend; in how many calls makes no difference to any bit."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from autograd.compiler.plan import Trainer
from nn.optimizers import Schedule, learning_rate_of

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, Any]

# Of the numbers that one call of a backend is given for its steps; so much memory is enough.
_MOST: Final = 1_000_000


@dataclass(slots=True)
class State:
    """How far a training is.

    Attributes:
        epoch: how many epochs are done.
        parameters: P numbers.
        kept: what the optimiser keeps of them, K rows of P.
    """

    epoch: int
    parameters: "Array"
    kept: "Array"

    def copy(self) -> "State":
        """One that stays as it is when this one goes on."""
        return State(self.epoch, self.parameters.copy(), self.kept.copy())

    @property
    def is_finite(self) -> bool:
        """Whether all parameters are."""
        return all(map(math.isfinite, self.parameters.tolist()))


@dataclass(frozen=True, slots=True)
class Epochs:
    """What an epoch is.

    Attributes:
        trainer: carries out its steps.
        columns: the samples, an array for each of their numbers.
        batch_size: how many samples a step takes, from 1 to all of them.
        shuffle: whether every epoch takes them in an order of its own, which seed and epoch decide on.
        seed: from 0 up.
        learning_rate: a number, or a function of the epoch.
    """

    trainer: Trainer
    columns: "Sequence[Array]"
    batch_size: int
    shuffle: bool
    seed: int
    learning_rate: float | Schedule

    @property
    def samples(self) -> int:
        """How many there are."""
        return len(self.columns[0])

    @property
    def _steps(self) -> int:
        """How many there are in an epoch."""
        return -(-self.samples // self.batch_size)

    def advance(self, state: State, epochs: int) -> list[float]:
        """Carry out so many more epochs; the loss of each.

        Raises:
            TypeError, ValueError: the schedule gives something else than a finite number from 0 up.
        """
        losses: list[float] = []
        last = state.epoch + epochs
        while state.epoch < last:
            some = min(self._at_once(), last - state.epoch)
            losses += self._advance_at_once(state, some)
        return losses

    def again(self, start: State, epoch: int) -> State:
        """How far the training was after so many epochs, from a state before that."""
        state = start.copy()
        self.advance(state, epoch - start.epoch)
        return state

    def _at_once(self) -> int:
        """How many epochs one call of the trainer may have."""
        if not self._is_shuffled():
            return max(1, _MOST // self._steps)
        # An order goes on from one epoch to the next, and a step takes what comes: it must not take of both.
        return 1 if self.samples % self.batch_size else max(1, _MOST // self.samples)

    def _is_shuffled(self) -> bool:
        """Where a step takes all samples their order changes nothing but the rounding."""
        return self.shuffle and self.batch_size < self.samples

    def _advance_at_once(self, state: State, epochs: int) -> list[float]:
        import numpy

        numbers = range(state.epoch, state.epoch + epochs)
        rates = numpy.repeat(self._rates(numbers), self._steps)
        order = self._orders(numbers) if self._is_shuffled() else None
        done = state.epoch * self._steps
        losses = self.trainer(state.parameters, state.kept, self.columns, order, self.batch_size, rates, done)
        state.epoch += epochs
        return self._means(losses)

    def _rates(self, epochs: Sequence[int]) -> Sequence[float]:
        rate = self.learning_rate
        if callable(rate):
            return [learning_rate_of(rate(epoch)) for epoch in epochs]
        return [rate] * len(epochs)

    def _orders(self, epochs: Sequence[int]) -> "Array":
        """All samples, in the order of each epoch."""
        import numpy

        bits = numpy.random.Philox(key=self.seed)
        generator, state = numpy.random.Generator(bits), bits.state
        orders = []
        for epoch in epochs:
            # It is a counter that makes the numbers, so that no epoch needs those before it.
            state["state"]["counter"] = numpy.array([0, 0, 0, epoch], numpy.uint64)
            bits.state = state
            orders.append(generator.permutation(self.samples))
        return numpy.concatenate(orders)

    def _means(self, losses: "Array") -> list[float]:
        """The loss of each epoch from those of its steps, the last of which may have fewer samples."""
        import numpy

        if self._steps == 1:
            each: list[float] = losses.tolist()
            return each
        rest = self.samples - (self._steps - 1) * self.batch_size
        sizes = [*(self.batch_size,) * (self._steps - 1), rest]
        # An exact sum, as the rounding of NumPy's may depend on how many epochs there are.
        with numpy.errstate(over="ignore"):
            rows = (losses.reshape(-1, self._steps) * sizes).tolist()
        return [(math.fsum(row) if math.isfinite(sum(row)) else sum(row)) / self.samples for row in rows]
