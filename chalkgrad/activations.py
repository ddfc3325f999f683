"""The activations as a textbook writes them; what they compute is in ``nn``, and the graph says with which slopes."""

from dataclasses import dataclass
from typing import Final

#: A formula in pieces: the names of quantities, which numbers can be put in for, and the signs between them.
Formula = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Activation:
    """How an activation is written.

    Attributes:
        sign: what stands before its argument; empty where the activation is its argument.
        latex: the same in LaTeX.
        definition: what it is.
        slope: its derivative as a person works it out, from the pre-activations Z or the activations A; empty where
            it is 1.
    """

    sign: str
    latex: str
    definition: str
    slope: Formula

    def slope_at(self, layer: int) -> Formula:
        """The slope at a layer's Z and A, such as ``A2 ⊙ (1 − A2)``."""
        return tuple(f"{token}{layer}" if token in ("Z", "A") else token for token in self.slope)


#: By their names in problem files.
NOTATION: Final = {
    "linear": Activation(sign="", latex="", definition="linear: a = z", slope=()),
    "relu": Activation(
        sign="relu",
        latex=r"\mathrm{relu}",
        definition="relu(z) = z where z > 0, else 0",
        slope=("step", "(", "Z", ")"),
    ),
    "sigmoid": Activation(
        sign="σ",
        latex=r"\sigma",
        definition="σ(z) = 1/(1 + e^−z)",
        slope=("A", "⊙", "(", "1", "−", "A", ")"),
    ),
    "tanh": Activation(
        sign="tanh",
        latex=r"\tanh",
        definition="tanh(z) = (e^z − e^−z)/(e^z + e^−z)",
        slope=("(", "1", "−", "A", "⊙", "A", ")"),
    ),
}
