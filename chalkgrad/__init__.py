"""Worked problems: load one, solve it step by step, and print the working as a person would write it."""

import autograd

if not hasattr(autograd, "Value"):
    raise ImportError(
        f"the package 'autograd' in {autograd.__file__} is another project's: "
        "run 'pip uninstall autograd' and then 'pip install --force-reinstall chalkgrad'"
    )

from chalkgrad.marking import Mark, Marking, mark
from chalkgrad.problem import ExpressionProblem, Problem, ProblemError, load
from chalkgrad.report import to_markdown, to_text
from chalkgrad.solution import Quantity, Solution, Step, descend, solve

__all__ = [
    "ExpressionProblem",
    "Mark",
    "Marking",
    "Problem",
    "ProblemError",
    "Quantity",
    "Solution",
    "Step",
    "descend",
    "load",
    "mark",
    "solve",
    "to_markdown",
    "to_text",
]
