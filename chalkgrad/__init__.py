"""Worked problems: load one, solve it step by step, and print the working as a person would write it."""

from chalkgrad.problem import Problem, ProblemError, load
from chalkgrad.report import to_markdown, to_text
from chalkgrad.solution import Quantity, Solution, Step, solve

__all__ = ["Problem", "ProblemError", "Quantity", "Solution", "Step", "load", "solve", "to_markdown", "to_text"]
