"""A scalar autograd engine: numbers in, every gradient out, and the graph between them kept to be looked at.

>>> from autograd import Value, exp
>>> x = Value(2.0, label="x")
>>> y = x * x + exp(0.0)
>>> y.backward()
>>> x.grad
4.0
"""

import builtins
import importlib
from typing import TYPE_CHECKING

from autograd.check import GradientMismatchError as GradientMismatchError
from autograd.check import GradientReport as GradientReport
from autograd.check import check_gradients as check_gradients
from autograd.compiler.program import Program as Program
from autograd.compiler.program import RecordingError as RecordingError
from autograd.derivatives import grad as grad
from autograd.derivatives import gradient as gradient
from autograd.derivatives import hessian as hessian
from autograd.derivatives import hvp as hvp
from autograd.derivatives import jacobian as jacobian
from autograd.derivatives import jvp as jvp
from autograd.derivatives import value_and_grad as value_and_grad
from autograd.explain import Explanation as Explanation
from autograd.explain import explain as explain
from autograd.nonfinite import NonFinite as NonFinite
from autograd.nonfinite import first_nonfinite as first_nonfinite
from autograd.nonfinite import raise_on_nonfinite as raise_on_nonfinite
from autograd.nonfinite import source_lines as source_lines
from autograd.operations import *  # noqa: F403 - the table is the list of what there is
from autograd.parse import ParseError as ParseError
from autograd.parse import parse as parse
from autograd.scope import scope as scope
from autograd.trace import BackwardStep as BackwardStep
from autograd.trace import ForwardStep as ForwardStep
from autograd.trace import Trace as Trace
from autograd.trace import trace as trace
from autograd.value import NO_GRADIENT as NO_GRADIENT
from autograd.value import Value as Value
from autograd.value import leaves as leaves
from autograd.value import recorded as recorded

if TYPE_CHECKING:
    from autograd.compiler.compile import Compiled as Compiled
    from autograd.compiler.compile import compile as compile
    from autograd.compiler.export import export as export
else:
    # Type checkers go by the imports above. What Python itself calls abs stays Python's in ``from autograd import *``.
    __all__ = [
        name
        for name, thing in vars().items()
        if not (name.startswith("_") or hasattr(builtins, name) or isinstance(thing, type(builtins)))
        and name != "TYPE_CHECKING"
    ]

    # What compiles is a third of all the code, and most programs never ask for it.
    _LATER = {"Compiled": "compile", "compile": "compile", "export": "export"}
    __all__ += ["Compiled", "export"]

    def __getattr__(name):
        if name not in _LATER:
            raise AttributeError(f"module 'autograd' has no attribute {name!r}")
        return getattr(importlib.import_module(f"autograd.compiler.{_LATER[name]}"), name)
