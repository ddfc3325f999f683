"""Models as a recording sees them: objects that can be called and hold Values as their parameters."""

import copy
from collections.abc import Sequence
from typing import Any

from autograd.compiler.program import Symbol
from autograd.text import quoted
from autograd.value import Value


def parameters_of(model: Any) -> list[Value]:
    """What ``model.parameters()`` gives, shared ones once.

    Raises:
        TypeError: one of them is not a Value.
    """
    parameters = list({id(parameter): parameter for parameter in model.parameters()}.values())
    for place, parameter in enumerate(parameters):
        if not isinstance(parameter, Value):
            raise TypeError(f"parameter {place} of the model is {quoted(parameter)}: a Value is needed")
    return parameters


def with_parameters(model: Any, parameters: Sequence[Value], symbols: Sequence[Symbol]) -> Any:
    """A copy of a model in which what is only being recorded stands where the model has its parameters."""
    return copy.deepcopy(model, {id(value): symbol for value, symbol in zip(parameters, symbols, strict=True)})
