"""A scalar autograd engine: numbers in, every gradient out, and the graph between them kept to be looked at.

>>> from autograd import Value, exp
>>> x = Value(2.0, label="x")
>>> y = x * x + exp(0.0)
>>> y.backward()
>>> x.grad
4.0
"""

from autograd import operations
from autograd.operations import *  # noqa: F403 - the table is the list of what there is
from autograd.trace import BackwardStep, ForwardStep, Trace, trace
from autograd.value import NO_GRADIENT, Value, leaves, recorded

__all__ = [
    *operations.__all__,
    "NO_GRADIENT",
    "BackwardStep",
    "ForwardStep",
    "Trace",
    "Value",
    "leaves",
    "recorded",
    "trace",
]
