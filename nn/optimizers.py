"""Optimisers: what to do with the gradients once they are there."""

from collections.abc import Iterable

from autograd import Value
from autograd.operations import as_float


class SGD:
    """Plain gradient descent, new = old − learning_rate · gradient."""

    def __init__(self, parameters: Iterable[Value], learning_rate: float) -> None:
        """
        Raises:
            TypeError: a parameter is not a Value.
            TypeError, ValueError: learning_rate is not a finite number from 0 up.
        """
        self.parameters = list(parameters)
        for place, parameter in enumerate(self.parameters):
            if not isinstance(parameter, Value):
                raise TypeError(f"parameter {place} is {parameter!r}: a Value is needed, such as Value(1.0)")
        self.learning_rate = as_float(learning_rate)
        if not 0.0 <= self.learning_rate < float("inf"):
            raise ValueError(f"learning_rate = {learning_rate}: a finite number from 0 up is needed")

    def updated(self, parameter: Value) -> float:
        """The number that one step gives a parameter, which stays as it is."""
        return parameter.data - self.learning_rate * parameter.grad

    def step(self) -> None:
        """Move every parameter against its gradient."""
        for parameter in self.parameters:
            parameter.data = self.updated(parameter)

    def zero_grad(self) -> None:
        """Set every gradient to 0, before the next backward pass adds to it."""
        for parameter in self.parameters:
            parameter.grad = 0.0
