"""The problem that a class was set: submissions are held against it, and need not repeat it."""

import os
from collections.abc import Iterator

from autograd.text import exact, printable
from chalkgrad.problem import ExpressionProblem, Problem, ProblemError, load
from chalkgrad.submission import MOST, Submission, load_submission, working_of


def load_assignment(path: str | os.PathLike[str]) -> Problem | ExpressionProblem:
    """Read the problem that was set; a [work] table in its file is nobody's work.

    Raises:
        ProblemError: it cannot be read, or is larger than what is marked.
    """
    problem = load(path)
    if working_of(problem).effort() > MOST:
        name = printable(os.fspath(path))
        raise ProblemError(f"{name}: takes more than {MOST:,} operations to work out: give a smaller problem")
    return problem


def load_answer(path: str | os.PathLike[str], assignment: Problem | ExpressionProblem | None) -> Submission:
    """Read a submission; where a problem was set, its own has to be that one, and may be left out.

    Raises:
        ProblemError: it cannot be read, or is about another problem.
    """
    submission = load_submission(path, assignment)
    if assignment is not None and (change := difference(submission.problem, assignment)):
        name = printable(os.fspath(path))
        raise ProblemError(f"{name}: {change} in the problem that was set: hand in work on that one")
    return submission


def difference(problem: Problem | ExpressionProblem, other: Problem | ExpressionProblem) -> str:
    """Where two problems part, titles aside, such as ``problem.learning_rate is 0.3, but 0.5``; empty if nowhere."""
    here, there = dict(_facts(problem)), dict(_facts(other))
    for place in dict.fromkeys((*there, *here)):
        if here.get(place) != there.get(place):
            mine, theirs = (_shown(facts.get(place)) for facts in (here, there))
            return f"problem{printable(place, 40)} is {mine}, but {theirs}"
    return ""


def _facts(problem: Problem | ExpressionProblem) -> Iterator[tuple[str, str | float]]:
    """All that a problem says, each with its place; where the first ones agree the same places follow."""
    if isinstance(problem, ExpressionProblem):
        yield "", "an expression's"
        for number, (name, expression) in enumerate(problem.steps):
            yield f".steps[{number}]", f"{name}={''.join(expression.split())}"
        yield from ((f".{name}", number) for name, number in problem.inputs.items())
        return
    yield "", "a network's"
    yield ".layers", ",".join(map(str, (len(problem.X), *map(len, problem.weights))))
    yield ".activation", ", ".join(problem.activations)
    yield ".samples", float(len(problem.X[0]))
    yield ".learning_rate", problem.learning_rate
    for name, matrix in problem.given().items():
        if name not in ("n", "η"):
            cells = ((i, j, number) for i, row in enumerate(matrix) for j, number in enumerate(row))
            yield from ((f".{name}[{i},{j}]", number) for i, j, number in cells)


def _shown(fact: str | float | None) -> str:
    return "missing" if fact is None else printable(fact, 40) if isinstance(fact, str) else exact(fact)
