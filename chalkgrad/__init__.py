"""Worked problems: load one, solve it step by step, and print the working as a person would write it."""

import autograd

if not hasattr(autograd, "Value"):
    raise ImportError(
        f"the package 'autograd' in {autograd.__file__} is another project's: "
        "run 'pip uninstall autograd' and then 'pip install --force-reinstall chalkgrad'"
    )

from chalkgrad.documents import to_html, to_latex
from chalkgrad.marking import Mark, Marking, mark
from chalkgrad.problem import ExpressionProblem, Problem, ProblemError, load
from chalkgrad.record import Run, RunError, load_run, save_run
from chalkgrad.report import to_markdown, to_text
from chalkgrad.sheet import Sheet, sheets
from chalkgrad.solution import Quantity, Solution, Step, descend, solve

__all__ = [
    "ExpressionProblem",
    "Mark",
    "Marking",
    "Problem",
    "ProblemError",
    "Quantity",
    "Run",
    "RunError",
    "Sheet",
    "Solution",
    "Step",
    "descend",
    "load",
    "load_run",
    "mark",
    "save_run",
    "sheets",
    "solve",
    "to_html",
    "to_latex",
    "to_markdown",
    "to_text",
]
