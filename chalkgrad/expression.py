"""The working of an expression's problem: its steps, and the derivatives of its result from the last step back."""

import math
import re
from collections.abc import Callable, Iterator
from typing import Any, Final, Literal

from autograd import Operation, Value, grad, operations, parse
from chalkgrad.problem import ExpressionProblem
from chalkgrad.working import Cell, Look, Number, Rule, Working

#: Mistakes about a slope, by the short names that hints have.
OtherSlope = Literal["other slope", "z for a"]

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
            return (lambda look: self.value(cell.quantity, look),)
        return (
            lambda look: sum(self.terms(cell, look)),
            lambda look: sum(upstream * slope for upstream, slope in self.factors(cell, look, from_result=True)),
        )

    def terms(self, cell: Cell, look: Look) -> list[Number]:
        return [upstream * slope for upstream, slope in self.factors(cell, look)]

    def factors(self, cell: Cell, look: Look, from_result: bool = False) -> list[tuple[Number, Number]]:
        """For each path of one step that a derivative is the sum over: the upstream gradient, and the slope.

        Args:
            from_result: whether a slope is worked out from the step's result where a person can, such as a (1 − a).
        """
        slope_of = self._slope_from_result if from_result else self._slope
        name = cell.quantity.removeprefix(self._derivative(""))
        if cell.quantity in self.steps:
            return []
        if name == self.output:
            return [(1.0, 1.0)]
        return [
            (look(Cell(self._derivative(result), 0, 0)), slope_of(result, name, look)) for result in self.paths(cell)
        ]

    def paths(self, cell: Cell) -> list[str]:
        """The steps through which a derivative's paths lead: those that use what it is by."""
        name = cell.quantity.removeprefix(self._derivative(""))
        return [] if cell.quantity in self.steps else [r for r, operands in self.operands.items() if name in operands]

    def line(self, cell: Cell, shown: Callable[[Cell], str], look: Look) -> str:
        def put_in(word: re.Match[str]) -> str:
            return guarded(Cell(word[0], 0, 0)) if word[0] in self.given or word[0] in self.steps else word[0]

        def guarded(other: Cell) -> str:
            text = shown(other)
            return f"({text})" if text.startswith("-") else text

        if cell.quantity in self.steps:
            return _WORD.sub(put_in, self.steps[cell.quantity])
        slopes = [f"{float(slope):.6g}" for _, slope in self.factors(cell, look)]
        products = [
            f"{guarded(Cell(self._derivative(result), 0, 0))}·{f'({slope})' if slope.startswith('-') else slope}"
            for result, slope in zip(self.paths(cell), slopes, strict=False)
        ]
        return " + ".join(products) or "1"

    def _derivative(self, name: str) -> str:
        return f"d{self.output}/d{name}"

    def value(self, name: str, look: Look, miswritten: str | None = None) -> Number:
        """The number of a step, or of what somebody wrote in its place."""
        operands = {operand: look(Cell(operand, 0, 0)) for operand in self.operands[name]}
        return parse(miswritten or self.steps[name], **operands)

    def _slope(self, result: str, name: str, look: Look) -> Number:
        """The derivative of a step by one of its operands, the others being held fast."""
        others = {operand: look(Cell(operand, 0, 0)) for operand in self.operands[result]}
        slope: Number = grad(lambda operand: parse(self.steps[result], **{**others, name: operand}))(others[name])
        return slope

    def _slope_from_result(self, result: str, name: str, look: Look, z_for_a: bool = False) -> Number:
        """The same, by the operation that comes last in the step, whose partials are worked out from its result.

        Args:
            z_for_a: whether what the operation is applied to is mistaken for its result.
        """
        others = {operand: look(Cell(operand, 0, 0)) for operand in self.operands[result]}

        def last(operand: Any) -> Value:
            return parse(self.steps[result], **{**others, name: operand})

        here = last(others[name])
        if here.op not in _FROM_RESULT:
            return self._slope(result, name, look)
        total: Number = 0.0
        a = here.operands[0] if z_for_a else look(Cell(result, 0, 0))
        for place, partial in enumerate(_FROM_RESULT[here.op](a, *here.operands)):
            total = total + partial * grad(lambda operand, place=place: last(operand).operands[place])(others[name])
        return total

    def other_slopes(self, cell: Cell, result: str, look: Look) -> Iterator[tuple[OtherSlope, str, float]]:
        """What may be taken for the slope on a path through a step: of each the mistake, in short and in words."""
        name = cell.quantity.removeprefix(self._derivative(""))
        for other in self.operands[result]:
            if other != name:
                sentence = f"the derivative of {result} by {other} was taken for that by {name}"
                yield "other slope", sentence, float(self._slope(result, other, look))
        sentence = f"the slope of {result} was worked out from its argument, not from {result}"
        yield "z for a", sentence, float(self._slope_from_result(result, name, look, z_for_a=True))


#: The partials as the book has them, where it goes by the result a.
_FROM_RESULT: Final[dict[Operation | None, Callable[..., tuple[Any, ...]]]] = {
    operations.sigmoid: lambda a, x: (a * (1.0 - a),),
    operations.tanh: lambda a, x: (1.0 - a * a,),
    operations.tan: lambda a, x: (1.0 + a * a,),
    operations.exp: lambda a, x: (a,),
    operations.expm1: lambda a, x: (a + 1.0,),
    operations.exp2: lambda a, x: (a * math.log(2.0),),
    operations.sqrt: lambda a, x: (operations.divide(0.5, a),),
    operations.cbrt: lambda a, x: (operations.divide(1.0, 3.0 * a * a),),
    operations.divide: lambda a, x, y: (operations.divide(1.0, y), operations.divide(-a, y)),
}
