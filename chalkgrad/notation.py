"""Whose names and signs a working is written with.

Only names and signs change: the numbers stay those of the graph, and are never worked out again.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from chalkgrad.activations import Formula
from chalkgrad.names import parsed, stem
from chalkgrad.solution import Quantity


@dataclass(frozen=True, slots=True)
class Notation:
    """How an author writes what we call Z, A, delta and so on.

    Attributes:
        names: theirs, by ours without the layer's number.
        turned: quantities that they write with the opposite sign, by our names.
        target_first: whether they take the output from the target, where we take the target from the output.
        words: theirs, by those of ours in the meaning of a quantity.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    turned: frozenset[str] = frozenset()
    target_first: bool = False
    words: Mapping[str, str] = field(default_factory=dict)

    def name(self, token: str) -> str:
        """Their name for ours; a sign stays what it is."""
        name = parsed(token)
        return token if name is None else str(replace(name, stem=self.names.get(name.stem, name.stem)))

    def quantity(self, ours: Quantity) -> Quantity:
        """A quantity as they write it."""
        turned = stem(ours.name) in self.turned
        return Quantity(
            self.name(ours.name),
            self._meaning(ours.meaning, turned),
            tuple(self._formula(formula, turned) for formula in ours.formulas),
            tuple(tuple(-number for number in row) for row in ours.matrix) if turned else ours.matrix,
        )

    def _meaning(self, meaning: str, turned: bool) -> str:
        if turned:
            meaning = re.sub("(n·)?∂loss", r"−\g<0>", meaning)
        meaning = re.sub(r"(?<=∂)\w+", lambda name: self.name(name[0]), meaning)
        if not self.words:
            return meaning
        ours = "|".join(sorted(map(re.escape, self.words), key=len, reverse=True))
        return re.sub(ours, lambda found: self.words[found[0]], meaning)

    def _formula(self, formula: Formula, turned: bool) -> Formula:
        if self.target_first:
            formula = _target_first(formula, turned)
        *_, sign, _, change = ("", "", "", *formula)
        if sign == "−" and stem(change) in self.turned:
            # What is taken away in our update is added in theirs.
            formula = (*formula[:-3], "+", *formula[-2:])
        return tuple(map(self.name, formula))


def _target_first(formula: Formula, turned: bool) -> Formula:
    """A − y written as y − A; with a minus in front, where that turns the sign of what keeps it."""
    place = next((place for place, token in enumerate(formula) if stem(token) == "y"), None)
    if place is None:
        return formula
    before, difference, after = formula[: place - 2], formula[place - 2 : place + 1], formula[place + 1 :]
    swapped = (*before, *reversed(difference), *after)
    if turned or "²" in formula:
        return swapped
    return ("-", *swapped) if before else ("-", "(", *swapped, ")")


#: By their names on the command line.
NOTATIONS: Final = {
    "ours": Notation(),
    # https://mattmazur.com/2015/03/17/a-step-by-step-backpropagation-example/
    "mazur": Notation(
        names={"X": "input", "y": "target", "Z": "net", "A": "out", "E": "squares", "loss": "E_total"},
        target_first=True,
        words={"pre-activations": "net inputs", "activations": "outputs"},
    ),
    # Han, Kamber and Pei, Data Mining: Concepts and Techniques, third edition, section 9.2.
    "han": Notation(
        names={"Z": "I", "A": "O", "y": "T", "b": "θ", "η": "l", "delta": "Err", "dW": "ΔW", "db": "Δθ"},
        turned=frozenset({"delta", "backpropagated", "dW", "db"}),
        target_first=True,
        words={
            "pre-activations": "net inputs",
            "activations": "outputs",
            "deltas": "errors",
            "gradient of the weights": "change of the weights at a rate of 1",
            "gradient of the biases": "change of the thresholds at a rate of 1",
            "biases": "thresholds",
        },
    ),
}
