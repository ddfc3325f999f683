"""The working of an expression's problem: its steps, and the derivatives of its result from the last step back."""

import re
from collections.abc import Callable
from typing import Final

from autograd import grad, parse
from chalkgrad.problem import ExpressionProblem
from chalkgrad.working import Cell, Look, Number, Rule, Working

_WORD: Final = re.compile(r"[^\W\d]\w*(?!\w*\s*\()")


class ExpressionWorking(Working):
    """Both passes over the steps of an expression; the derivative of f with respect to q is called ``df/dq``."""

    def __init__(self, problem: ExpressionProblem) -> None:
        self.steps = dict(problem.steps)
        self.given = {name: ((number,),) for name, number in problem.inputs.items()}
        self.output = problem.steps[-1][0]
        # What each step uses, inputs and earlier steps alike.
        self.operands: dict[str, list[str]] = {}
        known = list(problem.inputs)
        for name, expression in problem.steps:
            words = set(_WORD.findall(expression))
            self.operands[name] = [word for word in known if word in words]
            known.append(name)
        derived = [*(name for name, _ in reversed(problem.steps)), *problem.inputs]
        self.shapes = dict.fromkeys((*self.steps, *map(self._derivative, derived)), (1, 1))
        self.singles = frozenset(self.shapes)

    def effort(self) -> int:
        # A step is worked out once and derived by each of its operands; each time it is read anew, ten times as slow.
        words = {name: len(_WORD.findall(expression)) for name, expression in self.steps.items()}
        return 10 * sum(words[name] * (1 + len(operands)) for name, operands in self.operands.items())

    def rules(self, cell: Cell) -> tuple[Rule, ...]:
        if cell.quantity in self.steps:
            return (lambda look: self._value(cell.quantity, look),)
        return (lambda look: sum(self.terms(cell, look)),)

    def terms(self, cell: Cell, look: Look) -> list[Number]:
        return [upstream * slope for upstream, slope in self.factors(cell, look)]

    def factors(self, cell: Cell, look: Look) -> list[tuple[Number, Number]]:
        """For each path of one step that a derivative is the sum over: the upstream gradient, and the slope."""
        name = cell.quantity.removeprefix(self._derivative(""))
        if cell.quantity in self.steps:
            return []
        if name == self.output:
            return [(1.0, 1.0)]
        return [
            (look(Cell(self._derivative(result), 0, 0)), self._slope(result, name, look))
            for result, operands in self.operands.items()
            if name in operands
        ]

    def line(self, cell: Cell, shown: Callable[[Cell], str], look: Look) -> str:
        def put_in(word: re.Match[str]) -> str:
            return guarded(Cell(word[0], 0, 0)) if word[0] in self.given or word[0] in self.steps else word[0]

        def guarded(other: Cell) -> str:
            text = shown(other)
            return f"({text})" if text.startswith("-") else text

        if cell.quantity in self.steps:
            return _WORD.sub(put_in, self.steps[cell.quantity])
        name = cell.quantity.removeprefix(self._derivative(""))
        results = [result for result, operands in self.operands.items() if name in operands]
        slopes = [f"{float(slope):.6g}" for _, slope in self.factors(cell, look)]
        products = [
            f"{guarded(Cell(self._derivative(result), 0, 0))}·{f'({slope})' if slope.startswith('-') else slope}"
            for result, slope in zip(results, slopes, strict=False)
        ]
        return " + ".join(products) or "1"

    def _derivative(self, name: str) -> str:
        return f"d{self.output}/d{name}"

    def _value(self, name: str, look: Look) -> Number:
        return parse(self.steps[name], **{operand: look(Cell(operand, 0, 0)) for operand in self.operands[name]})

    def _slope(self, result: str, name: str, look: Look) -> Number:
        """The derivative of a step by one of its operands, the others being held fast."""
        others = {operand: look(Cell(operand, 0, 0)) for operand in self.operands[result]}
        slope: Number = grad(lambda operand: parse(self.steps[result], **{**others, name: operand}))(others[name])
        return slope
