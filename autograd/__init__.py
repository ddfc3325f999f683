"""A scalar autograd engine: numbers in, every gradient out, and the graph between them kept to be looked at.

>>> from autograd import Value, exp
>>> x = Value(2.0, label="x")
>>> y = x * x + exp(0.0)
>>> y.backward()
>>> x.grad
4.0
"""

from autograd import operations
from autograd.check import GradientMismatchError, GradientReport, check_gradients
from autograd.derivatives import grad, gradient, hessian, hvp, jacobian, jvp, value_and_grad
from autograd.explain import Explanation, explain
from autograd.nonfinite import NonFinite, first_nonfinite, raise_on_nonfinite, source_lines
from autograd.operations import *  # noqa: F403 - the table is the list of what there is
from autograd.parse import ParseError, parse
from autograd.trace import BackwardStep, ForwardStep, Trace, trace
from autograd.value import NO_GRADIENT, Value, leaves, recorded

__all__ = [
    *operations.__all__,
    "NO_GRADIENT",
    "BackwardStep",
    "Explanation",
    "ForwardStep",
    "GradientMismatchError",
    "GradientReport",
    "NonFinite",
    "ParseError",
    "Trace",
    "Value",
    "check_gradients",
    "explain",
    "first_nonfinite",
    "grad",
    "gradient",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "leaves",
    "parse",
    "raise_on_nonfinite",
    "recorded",
    "source_lines",
    "trace",
    "value_and_grad",
]
