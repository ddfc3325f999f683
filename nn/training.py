"""``nn.fit``: the training loop. Epochs run inside a backend, as many in one call as nobody wants to look at."""

import math
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograd import Value
from autograd.compiler.compile import BACKENDS
from autograd.compiler.models import parameters_of, with_parameters
from autograd.compiler.plan import Plan, Training
from autograd.compiler.program import Builder, Program
from autograd.compiler.recording import Argument, Part, Recording, count_samples
from autograd.compiler.training import trainer
from autograd.text import counted, quoted
from nn.checkpoint import Checkpoint
from nn.epochs import Epochs, State
from nn.history import History
from nn.losses import half_mse
from nn.optimizers import SGD, Optimizer, Schedule, learning_rate_of
from nn.progress import Report, bar

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, Any]

#: Called after an epoch with its number, from 0, and its loss; if it returns True, the training ends.
Callback = Callable[[int, float], object]

# How often a bar moves and a checkpoint is written in the course of a training.
_LOOKS = 100


def fit(
    model: Any,
    X: Any,
    y: Any,
    loss: Callable[[Any, Any], Any] = half_mse,
    optimizer: Optimizer | None = None,
    learning_rate: float | Schedule | None = None,
    *,
    epochs: int,
    batch_size: int | None = None,
    shuffle: bool = True,
    seed: int = 0,
    backend: str = "numpy",
    progress: bool = True,
    callbacks: Callback | Iterable[Callback] = (),
    patience: int | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    resume: str | os.PathLike[str] | bool = False,
) -> History:
    """Train a model: move its parameters so that the loss on X and y gets small.

    The model and the loss are run once to record them. Then whole epochs run inside the backend, as many in one go as
    nobody wants to look at; the same call gives the same bits again.

    Args:
        model: an ``nn.MLP``, or what has ``parameters()`` and takes one sample; all its Values are parameters.
        X: the samples, n numbers or n lists of them, or an array with a leading axis of n.
        y: a target for each sample, in the shape the loss takes.
        loss: a function of a list of predictions and a list of targets, the mean over the samples.
        optimizer: such as ``nn.Adam()``; plain gradient descent if None.
        learning_rate: a number or a function of the epoch, if the optimizer has none.
        epochs: how many; they count from 0.
        batch_size: how many samples a step takes, all of them if None; the last step of an epoch takes what is left.
        shuffle: whether every epoch takes the samples in another order.
        seed: of these orders, from 0 up.
        backend: "numpy", which is always there, "native" (LLVM) or "jax".
        progress: whether a bar shows how far it is, on a terminal.
        callbacks: functions called with each epoch and its loss, when the model has the parameters after it; what
            they change in them counts, and the training ends when one gives True.
        patience: end after so many epochs without a loss lower than the best one, and go back to the parameters which
            the best epoch began with.
        checkpoint: a file that is written a hundred times on the way, and at the end.
        resume: a checkpoint to go on from; True for the one above, if there is one yet.

    Raises:
        TypeError, ValueError: an argument is of the wrong kind or out of its range, or the shapes do not fit.
        RecordingError: the model or the loss asks for a number that is not there while it is recorded.
        FloatingPointError: a loss or a parameter became nan or infinite; the parameters are those before that epoch.
        CheckpointError: resume is no checkpoint of this training.
    """
    data, parameters = _Data(X, y), _parameters_of(model)
    optimizer, rate = _descent(optimizer, learning_rate)
    training = Training(_plan(model, parameters, loss, data), _recorded(optimizer))
    size = data.samples if batch_size is None else min(_whole(batch_size, "batch_size", 1), data.samples)
    seed = _whole(seed, "seed", 0)
    work = Epochs(trainer(training, backend), data.columns, size, bool(shuffle), seed, rate)
    patience = None if patience is None else _whole(patience, "patience", 1)
    callbacks = (callbacks,) if callable(callbacks) else tuple(callbacks)
    settings = _settings(optimizer, work)
    run = _Run(parameters, work, _whole(epochs, "epochs", 0), callbacks, patience, checkpoint, settings)
    run.begin(training.kept, checkpoint if resume is True else resume or None, must_exist=resume is not True)
    return run.finished(bool(progress))


# The loop -------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Run:
    """A training under way.

    Attributes:
        parameters: of the model.
        work: what an epoch is.
        epochs: how many there are to be.
        callbacks, patience, checkpoint: as ``fit`` has them.
        settings: what a checkpoint must have the same.
        state: how far it is.
        losses: of the epochs so far.
        best: the epoch of the lowest loss, and a state from which it can be reached; kept only if there is a patience.
        stopped: why it ends before its last epoch.
    """

    parameters: Sequence[Value]
    work: Epochs
    epochs: int
    callbacks: Sequence[Callback]
    patience: int | None
    checkpoint: str | os.PathLike[str] | None
    settings: dict[str, Any]
    state: State = field(init=False)
    losses: list[float] = field(default_factory=list)
    best: tuple[int, State] | None = None
    stopped: str = ""

    def begin(self, kept: int, resume: str | os.PathLike[str] | None, must_exist: bool) -> None:
        """Start from the model's parameters, or from a checkpoint."""
        import numpy

        numbers = numpy.array([parameter.data for parameter in self.parameters])
        self.state = State(0, numbers, numpy.zeros((kept, len(numbers))))
        if resume is not None and (must_exist or Path(resume).exists()):
            loaded = Checkpoint.load(resume, self.settings, self.state)
            self.state, self.losses = loaded.state, loaded.losses
            self.best = loaded.best if self.patience else None
        self._require_finite()

    def _require_finite(self) -> None:
        for parameter, number in zip(self.parameters, self.state.parameters.tolist(), strict=True):
            if not math.isfinite(number):
                name = parameter.label or "a parameter"
                raise ValueError(f"{name} is {number}: a training needs finite parameters")

    def finished(self, progress: bool) -> History:
        """Run to the end, and give the model its parameters, also where something ends it on the way."""
        try:
            with bar(self.epochs, self.state.epoch, progress) as report:
                size = self._epochs_at_once(report)
                while self.state.epoch < self.epochs and not self._ends():
                    self._go_on(min(size, self.epochs - self.state.epoch))
                    self._look(report)
            if self.best is not None and self.best[0] < len(self.losses) - 1:
                epoch, start = self.best
                self._hand_over(self.work.again(start, epoch))
            else:
                self._hand_over(self.state)
        except BaseException:
            self._hand_over(self.state)
            raise
        return History(tuple(self.losses), self.stopped)

    def _epochs_at_once(self, report: Report | None) -> int:
        """As many as nobody wants to look at."""
        if self.callbacks:
            return 1
        watched = report is not None or self.checkpoint is not None
        size = max(1, self.epochs // _LOOKS) if watched else max(1, self.epochs)
        return size if self.patience is None else min(size, self.patience)

    def _go_on(self, epochs: int) -> None:
        before = self.state.copy()
        losses = self.work.advance(self.state, epochs)
        good = self._good(losses)
        if self.patience is None:
            self.losses += losses[:good]
        else:
            for loss in losses[:good]:
                self._remember(loss, before)
                if self._ends():
                    self.state = self.work.again(before, len(self.losses))
                    return
        if good < len(losses):
            self._give_up(before, losses, good)

    def _good(self, losses: Sequence[float]) -> int:
        """How many epochs passed before anything became nan or infinite."""
        good = next((place for place, loss in enumerate(losses) if not math.isfinite(loss)), len(losses))
        return good if good < len(losses) or self.state.is_finite else good - 1

    def _remember(self, loss: float, before: State) -> None:
        self.losses.append(loss)
        if self.best is None or loss < self.losses[self.best[0]]:
            self.best = len(self.losses) - 1, before

    def _ends(self) -> bool:
        """Whether there is a reason to end early."""
        if self.patience and self.best is not None and len(self.losses) - 1 - self.best[0] >= self.patience:
            self.stopped = f"no loss was lower for {counted(self.patience, 'epoch')}"
        return bool(self.stopped)

    def _give_up(self, before: State, losses: Sequence[float], good: int) -> None:
        """Go back to the last epoch before anything became nan or infinite, and say so."""
        self.state = self.work.again(before, before.epoch + good)
        if not self.state.is_finite:
            # The loss shows one epoch late what the update did to the parameters.
            good -= 1
            self.state = self.work.again(before, before.epoch + good)
        what = "a parameter" if math.isfinite(losses[good]) else "the loss"
        raise FloatingPointError(
            f"{what} became nan or infinite in epoch {before.epoch + good}, the parameters are as before it: lower the "
            "learning rate, or look for what the loss is not defined for in X and y"
        )

    def _look(self, report: Report | None) -> None:
        """Show those who watch how far it is."""
        if self.callbacks:
            self._call_back()
        if self.checkpoint is not None:
            Checkpoint(self.settings, self.state, self.losses, self.best).save(self.checkpoint)
        if report is not None:
            report(self.state.epoch, self.losses[-1])

    def _call_back(self) -> None:
        self._hand_over(self.state)
        epoch, loss = self.state.epoch - 1, self.losses[-1]
        # All of them are called, whatever one of them says.
        answers = [callback(epoch, loss) for callback in self.callbacks]
        if any(answer is True for answer in answers):
            self.stopped = "a callback said so"
        # What they changed counts.
        self.state.parameters[:] = [parameter.data for parameter in self.parameters]
        self._require_finite()

    def _hand_over(self, state: State) -> None:
        for parameter, number in zip(self.parameters, state.parameters.tolist(), strict=True):
            parameter.data = number


# What is trained ------------------------------------------------------------------------------------------------------


class _Data:
    """The samples with their targets.

    Attributes:
        parts: what X and y are for one sample.
        columns: an array for each of their numbers.
        samples: how many there are.
    """

    def __init__(self, X: Any, y: Any) -> None:
        import numpy

        arguments = [Argument.of(name, given, True) for name, given in (("X", X), ("y", y))]
        self.samples = count_samples(arguments)
        self.parts = [argument.part for argument in arguments]
        flat = [argument.array.reshape(self.samples, -1) for argument in arguments]
        self.columns: list[Array] = [numpy.ascontiguousarray(column) for array in flat for column in array.T]


def _parameters_of(model: Any) -> list[Value]:
    if not (callable(model) and callable(getattr(model, "parameters", None))):
        raise TypeError(f"model {quoted(model)}: an nn.MLP is needed, or what has parameters() and takes one sample")
    parameters = parameters_of(model)
    if not parameters:
        raise ValueError(f"model {quoted(model)} has no parameters: there is nothing to train")
    return parameters


def _descent(optimizer: Optimizer | None, learning_rate: float | Schedule | None) -> tuple[Optimizer, float | Schedule]:
    """An optimiser, and its learning rate."""
    if optimizer is not None and not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer {quoted(optimizer)}: an optimiser is needed, such as nn.Adam()")
    optimizer = optimizer or SGD()
    if optimizer.learning_rate is not None and learning_rate is not None:
        raise ValueError(
            f"learning_rate = {quoted(learning_rate)}, and the optimizer has one of {quoted(optimizer.learning_rate)}: "
            "give one of the two"
        )
    rate = optimizer.learning_rate if learning_rate is None else learning_rate
    if rate is None:
        raise TypeError("fit has no learning_rate: give one, such as learning_rate=0.1")
    return optimizer, rate if callable(rate) else learning_rate_of(rate)


def _plan(model: Any, values: Sequence[Value], loss: Callable[[Any, Any], Any], data: _Data) -> Plan:
    """The loss of one sample and its derivatives by the parameters."""

    def loss_of_a_sample(parameters: Sequence[Any], X: Any, y: Any) -> Any:
        return loss([with_parameters(model, values, parameters)(X)], [y])

    part = Part("parameters", (len(values),), is_list=True, is_batch=False)
    recording = Recording(loss_of_a_sample, [part, *data.parts], [part.name], "mean", BACKENDS["numpy"])
    return recording.plan("both")


def _recorded(optimizer: Optimizer) -> Program:
    """What one step makes of a parameter, as a program."""
    builder = Builder()
    parameter, gradient, *kept = (
        builder.input(name) for name in ("parameter", "gradient", *("kept",) * optimizer.kept)
    )
    rate, step = builder.input("rate"), builder.input("step")
    new, new_kept = optimizer.rule(parameter, gradient, kept, rate, step)
    return builder.program([parameter, gradient, *kept, rate, step], [new, *new_kept])


def _settings(optimizer: Optimizer, work: Epochs) -> dict[str, Any]:
    """What has to be the same for a training to go on as if it had never stopped."""
    constants = (one.name for one in fields(optimizer) if one.name not in ("parameters", "learning_rate"))
    described = ", ".join(f"{name}={getattr(optimizer, name)!r}" for name in constants)
    return {
        "optimizer": f"{type(optimizer).__name__}({described})",
        "samples": work.samples,
        "batch_size": work.batch_size,
        "shuffle": work.shuffle,
        "seed": work.seed,
    }


def _whole(number: Any, name: str, least: int) -> int:
    if isinstance(number, bool) or not hasattr(number, "__index__"):
        raise TypeError(f"{name} = {quoted(number)}: a whole number is needed")
    if number.__index__() < least:
        raise ValueError(f"{name} = {number}: a whole number from {least} up is needed")
    return int(number)
