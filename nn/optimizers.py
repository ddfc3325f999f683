"""Optimisers: what to do with the gradients once they are there.

Each is one rule in generic arithmetic. It runs on floats where a loop of one's own calls ``step``, and ``fit`` has it
recorded, to become a part of the compiled loop.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

from autograd import Value, operations
from autograd.operations import as_float
from autograd.text import quoted

#: A learning rate that changes: a function of the epoch, which counts from 0.
Schedule = Callable[[int], float]


def learning_rate_of(number: Any) -> float:
    """A learning rate, or what a schedule gives, as a float.

    Raises:
        TypeError, ValueError: it is not a finite number from 0 up.
    """
    rate = as_float(number)
    if not 0.0 <= rate < float("inf"):
        raise ValueError(f"learning_rate = {rate}: a finite number from 0 up is needed")
    return rate


def _constant(default: float | None, below: float = float("inf")) -> Any:
    return field(default=default, kw_only=True, metadata={"below": below})


@dataclass(eq=False)
class Optimizer:
    """What all optimisers share: new = old − learning_rate · (direction + weight_decay · old).

    The decay pulls every parameter towards 0, apart from its gradient (Loshchilov and Hutter, Decoupled weight decay
    regularization, 2019). An optimiser of one's own derives from this one and defines ``direction``.

    Attributes:
        parameters: what ``step`` moves; not needed by ``fit``, which moves those of its model.
        learning_rate: a number; for ``fit`` also a function of the epoch, or None where ``fit`` is given it itself.
        weight_decay: from 0 up.
        clip: how large a gradient may be; what lies beyond ±clip counts as that, before anything else is done with
            it. None for no limit.
        kept: how many numbers it keeps for each parameter from one step to the next; 0 at first.

    Raises:
        TypeError: a parameter is not a Value, or there are some and learning_rate is not a number.
        TypeError, ValueError: learning_rate or a constant is not a number in its range.
    """

    parameters: Iterable[Value] | None = field(default=None, repr=False)
    learning_rate: float | Schedule | None = None
    weight_decay: float = _constant(0.0)
    clip: float | None = _constant(None)
    kept: ClassVar[int] = 0

    def __post_init__(self) -> None:
        self._moved = list(self.parameters or ())
        if self.parameters is not None:
            self.parameters = self._moved
        _require_values(self._moved)
        if self.parameters is not None or not (self.learning_rate is None or callable(self.learning_rate)):
            self.learning_rate = learning_rate_of(self.learning_rate)
        for constant in fields(self):
            # A default is in its range, also where it is None.
            if "below" in constant.metadata and getattr(self, constant.name) is not constant.default:
                setattr(self, constant.name, _in_range(self, constant.name, constant.metadata["below"]))
        self._steps = 0
        self._kept: dict[Value, tuple[float, ...]] = {}

    def direction(self, gradient: Any, kept: Sequence[Any], step: Any) -> tuple[Any, Sequence[Any]]:
        """Where to go from a parameter, and the numbers to keep, in arithmetic that holds for every kind of number.

        Args:
            gradient: of the parameter.
            kept: the numbers from the last step.
            step: the number of this step, from 1 up.

        Raises:
            NotImplementedError: the optimiser does not define it.
        """
        raise NotImplementedError(f"{type(self).__name__} does not say where to go: define direction")

    def rule(
        self, parameter: Any, gradient: Any, kept: Sequence[Any], rate: Any, step: Any
    ) -> tuple[Any, Sequence[Any]]:
        """What one step makes of a parameter and the numbers kept for it.

        Args:
            parameter, gradient, kept: before the step.
            rate: the learning rate.
            step: the number of this step, from 1 up.
        """
        if self.clip is not None:
            gradient = operations.clip(gradient, -self.clip, self.clip)
        direction, kept = self.direction(gradient, kept, step)
        if self.weight_decay:
            parameter = parameter - rate * self.weight_decay * parameter
        return parameter - rate * direction, kept

    def updated(self, parameter: Value) -> float:
        """The number that one step gives a parameter, which stays as it is."""
        return self._next(parameter)[0]

    def step(self) -> None:
        """Move every parameter.

        Raises:
            TypeError: it has no parameters, or learning_rate is not a number.
        """
        if self.parameters is None:
            name = type(self).__name__
            raise TypeError(f"{name} has no parameters to move: give them first, as in {name}(model.parameters(), 0.1)")
        for parameter in self._moved:
            parameter.data, self._kept[parameter] = self._next(parameter)
        self._steps += 1

    def zero_grad(self) -> None:
        """Set every gradient to 0, before the next backward pass adds to it."""
        for parameter in self._moved:
            parameter.grad = 0.0

    def _next(self, parameter: Value) -> tuple[float, tuple[float, ...]]:
        kept = self._kept.get(parameter, (0.0,) * self.kept)
        rate = as_float(self.learning_rate)
        data, new = self.rule(parameter.data, parameter.grad, kept, rate, float(self._steps + 1))
        return data, tuple(new)


@dataclass(eq=False)
class SGD(Optimizer):
    """Plain gradient descent: the direction is the gradient."""

    def direction(self, gradient: Any, kept: Sequence[Any], step: Any) -> tuple[Any, Sequence[Any]]:
        return gradient, kept


@dataclass(eq=False)
class Momentum(Optimizer):
    """Descent with momentum: v = momentum · v + gradient is the direction.

    Polyak, Some methods of speeding up the convergence of iteration methods, 1964; the learning rate stands outside
    of v, as in Sutskever et al., On the importance of initialization and momentum in deep learning, 2013.

    Attributes:
        momentum: from 0 to below 1.
    """

    momentum: float = _constant(0.9, below=1.0)
    kept: ClassVar[int] = 1

    def direction(self, gradient: Any, kept: Sequence[Any], step: Any) -> tuple[Any, Sequence[Any]]:
        velocity = self.momentum * kept[0] + gradient
        return velocity, (velocity,)


@dataclass(eq=False)
class Nesterov(Momentum):
    """Momentum that looks ahead: v = momentum · v + gradient, and the direction is gradient + momentum · v.

    Nesterov, A method of solving a convex programming problem with convergence rate O(1/k²), 1983, with the parameters
    taken at the point ahead, as in Bengio et al., Advances in optimizing recurrent networks, 2013.
    """

    def direction(self, gradient: Any, kept: Sequence[Any], step: Any) -> tuple[Any, Sequence[Any]]:
        velocity, kept = super().direction(gradient, kept, step)
        return gradient + self.momentum * velocity, kept


@dataclass(eq=False)
class RMSProp(Optimizer):
    """The gradient over its size of late: s = decay · s + (1 − decay) · gradient², direction gradient/(√s + epsilon).

    Hinton, Neural networks for machine learning, lecture 6e, 2012.

    Attributes:
        decay: how slowly the size is forgotten, from 0 to below 1.
        epsilon: keeps the divisor from 0.
    """

    decay: float = _constant(0.9, below=1.0)
    epsilon: float = _constant(1e-8)
    kept: ClassVar[int] = 1

    def direction(self, gradient: Any, kept: Sequence[Any], step: Any) -> tuple[Any, Sequence[Any]]:
        square = _average(kept[0], gradient * gradient, self.decay)
        return operations.divide(gradient, operations.sqrt(square) + self.epsilon), (square,)


@dataclass(eq=False)
class Adam(Optimizer):
    """Momentum over size, both corrected for their start at 0.

    m = beta1 · m + (1 − beta1) · gradient and s = beta2 · s + (1 − beta2) · gradient²; the direction of step t is
    m/(1 − beta1ᵗ) over √(s/(1 − beta2ᵗ)) + epsilon. Kingma and Ba, Adam: a method for stochastic optimization, 2015,
    algorithm 1.

    Attributes:
        beta1, beta2: how slowly the momentum and the size are forgotten, from 0 to below 1.
        epsilon: keeps the divisor from 0.
    """

    beta1: float = _constant(0.9, below=1.0)
    beta2: float = _constant(0.999, below=1.0)
    epsilon: float = _constant(1e-8)
    kept: ClassVar[int] = 2

    def direction(self, gradient: Any, kept: Sequence[Any], step: Any) -> tuple[Any, Sequence[Any]]:
        mean = _average(kept[0], gradient, self.beta1)
        square = _average(kept[1], gradient * gradient, self.beta2)
        mean_corrected = operations.divide(mean, 1.0 - operations.power(self.beta1, step))
        square_corrected = operations.divide(square, 1.0 - operations.power(self.beta2, step))
        return operations.divide(mean_corrected, operations.sqrt(square_corrected) + self.epsilon), (mean, square)


@dataclass(eq=False)
class AdamW(Adam):
    """Adam with weight decay. Loshchilov and Hutter, Decoupled weight decay regularization, 2019, algorithm 2."""

    weight_decay: float = _constant(0.01)


def clip_norm(parameters: Iterable[Value], largest: float) -> float:
    """Shorten the gradient of all parameters together to a length, if it is longer; its direction stays.

    Pascanu, Mikolov and Bengio, On the difficulty of training recurrent neural networks, 2013, algorithm 1.

    Args:
        parameters: whose ``grad`` is changed.
        largest: the length, above 0.

    Returns:
        The length before that, √(Σ grad²).

    Raises:
        TypeError: a parameter is not a Value, or largest is not a number.
        ValueError: largest is not above 0.
        FloatingPointError: the gradient has no finite length; nothing is changed.
    """
    moved, largest = list(parameters), as_float(largest)
    _require_values(moved)
    if not largest > 0.0:
        raise ValueError(f"largest = {largest}: a length above 0 is needed")
    norm = math.hypot(*(parameter.grad for parameter in moved))
    if not math.isfinite(norm):
        raise FloatingPointError(f"the gradient has the length {norm}: lower the learning rate")
    if norm > largest:
        for parameter in moved:
            # The quotient first, which is within ±1.
            parameter.grad = parameter.grad / norm * largest
    return norm


def _require_values(parameters: Sequence[object]) -> None:
    for place, parameter in enumerate(parameters):
        if not isinstance(parameter, Value):
            raise TypeError(f"parameter {place} is {parameter!r}: a Value is needed, such as Value(1.0)")


def _average(old: Any, new: Any, decay: float) -> Any:
    return decay * old + (1.0 - decay) * new


def _in_range(optimizer: Optimizer, name: str, below: float) -> float:
    number = as_float(getattr(optimizer, name))
    if not 0.0 <= number < below:
        allowed = "a finite number from 0 up" if below == float("inf") else f"a number from 0 to below {below:g}"
        raise ValueError(f"{name} = {quoted(number)} of {type(optimizer).__name__}: {allowed} is needed")
    return number
