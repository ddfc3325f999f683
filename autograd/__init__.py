"""A scalar autograd engine: numbers in, every gradient out, and the graph between them kept to be looked at.

>>> from autograd import Value, exp
>>> x = Value(2.0, label="x")
>>> y = x * x + exp(0.0)
>>> y.backward()
>>> x.grad
4.0
"""

from autograd.operations import (
    OPERATIONS,
    Operation,
    abs,
    add,
    cos,
    divide,
    exp,
    log,
    multiply,
    negative,
    power,
    relu,
    sigmoid,
    sign,
    sin,
    sqrt,
    step,
    subtract,
    tanh,
)
from autograd.trace import BackwardStep, ForwardStep, Trace, trace
from autograd.value import NO_GRADIENT, Value, leaves, recorded

__all__ = [
    "NO_GRADIENT",
    "OPERATIONS",
    "BackwardStep",
    "ForwardStep",
    "Operation",
    "Trace",
    "Value",
    "abs",
    "add",
    "cos",
    "divide",
    "exp",
    "leaves",
    "log",
    "multiply",
    "negative",
    "power",
    "recorded",
    "relu",
    "sigmoid",
    "sign",
    "sin",
    "sqrt",
    "step",
    "subtract",
    "tanh",
    "trace",
]
