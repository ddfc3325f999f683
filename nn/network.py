"""Fully connected networks: layers of neurons, each a weighted sum, a bias and an activation."""

import random as _random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from numbers import Integral
from operator import methodcaller, mul
from typing import Final

from autograd import Value
from autograd.text import quoted
from nn.initializers import INITIALIZERS, Initializer

_OF_THE_TABLE: Final = ("relu", "sigmoid", "tanh", "leaky_relu", "elu", "silu", "gelu", "gelu_tanh", "softplus")

#: What turns a neuron's pre-activation z into its activation a, by name.
ACTIVATIONS: Final[dict[str, Callable[[Value], Value]]] = {
    "linear": lambda z: z,
    **{name: methodcaller(name) for name in _OF_THE_TABLE},
}


@dataclass(slots=True)
class Layer:
    """One layer, a = activation(W x + b).

    Attributes:
        W: the weights, a row for each neuron and a column for each input.
        b: the biases, one for each neuron.
        activation: a name from ACTIVATIONS.
    """

    W: list[list[Value]]
    b: list[Value]
    activation: str

    def __post_init__(self) -> None:
        if self.activation not in list(ACTIVATIONS):
            raise ValueError(f"activation {self.activation!r} is unknown: choose one of {', '.join(ACTIVATIONS)}")
        if not self.b or len(self.W) != len(self.b) or len({len(row) for row in self.W}) != 1 or not self.W[0]:
            shape = f"{len(self.W)} rows of {sorted({len(row) for row in self.W})}"
            raise ValueError(
                f"weights W with {shape} and {len(self.b)} biases b: one row and one bias for each neuron are needed"
            )

    @classmethod
    def of_numbers(cls, weights: Sequence[Sequence[float]], biases: Sequence[float], activation: str) -> "Layer":
        """A layer whose parameters start at the given numbers.

        Raises:
            TypeError, ValueError: an entry is not a number, the shapes do not fit, the activation is unknown.
        """
        return cls([list(map(Value, row)) for row in weights], list(map(Value, biases)), activation)

    @classmethod
    def drawn(
        cls,
        inputs: int,
        outputs: int,
        activation: str,
        initializer: str | Initializer = "uniform",
        random: _random.Random | None = None,
    ) -> "Layer":
        """A layer of random weights and biases 0.

        Args:
            inputs: how many numbers go in.
            outputs: how many neurons it has.
            activation: a name from ACTIVATIONS.
            initializer: a name from INITIALIZERS, or a function like those there.
            random: where the weights come from; a generator of its own, seeded by the system, if None.

        Raises:
            ValueError: the activation or the initialiser is unknown.
        """
        if not callable(initializer):
            if initializer not in list(INITIALIZERS):
                known = ", ".join(INITIALIZERS)
                raise ValueError(f"initializer {quoted(initializer)} is unknown: choose one of {known}")
            initializer = INITIALIZERS[initializer]
        random = random or _random.Random()
        weights = [[initializer(random, inputs, outputs) for _ in range(inputs)] for _ in range(outputs)]
        return cls.of_numbers(weights, [0.0] * outputs, activation)

    def pre_activations(self, inputs: Sequence[Value | float]) -> list[Value]:
        """z = W x + b, one number for each neuron.

        Raises:
            TypeError: inputs is a single number.
            ValueError: there are more or fewer inputs than weights in a row.
        """
        if not hasattr(inputs, "__len__"):
            raise TypeError(f"inputs = {quoted(inputs)}: a list with a number for each input is needed")
        if len(inputs) != len(self.W[0]):
            raise ValueError(f"{len(inputs)} inputs for a layer of {len(self.W[0])} inputs: give one for each weight")
        return [_weighted_sum(row, inputs) + bias for row, bias in zip(self.W, self.b, strict=True)]

    def parameters(self) -> list[Value]:
        """The weights, row by row, and then the biases."""
        return [*(weight for row in self.W for weight in row), *self.b]


class MLP:
    """A multilayer perceptron: layers one after the other, every Value with its textbook name.

    A call on one sample gives the output layer's activation: a Value, or a list of them for several neurons. The
    parameters are called ``W1[0,1]`` and ``b1[0]``, the Values of a call ``z1[0]`` and ``a1[0]`` (layers count from
    1; rows and columns from 0).
    """

    def __init__(
        self,
        inputs: int,
        outputs: Iterable[int],
        activation: str = "relu",
        random: _random.Random | None = None,
        initializer: str | Initializer = "uniform",
    ) -> None:
        """A network of random weights and biases 0, its last layer linear.

        Args:
            inputs: how many numbers one sample has.
            outputs: how many neurons each layer has.
            activation: of every layer but the last; a name from ACTIVATIONS.
            random: where the weights come from; a generator of its own, seeded by the system, if None.
            initializer: "uniform" in [−1, 1), "xavier" for sigmoid and tanh, "he" for relu and its kin, or a function
                like those in ``nn.initializers``.

        Raises:
            TypeError: outputs is not a list.
            ValueError: a size that is no whole number from 1 up, no layer, an unknown activation or initialiser.
        """
        if not isinstance(outputs, Iterable):
            raise TypeError(
                f"outputs = {outputs!r}: a list with a size for each layer is needed, such as [{outputs!r}]"
            )
        sizes = [inputs, *outputs]
        if len(sizes) < 2 or any(not isinstance(size, Integral) or size < 1 for size in sizes):
            raise ValueError(f"layer sizes {sizes}: at least one layer, and whole sizes from 1 up, are needed")
        random = random or _random.Random()
        layers = [Layer.drawn(*pair, activation, initializer, random) for pair in pairwise(sizes)]
        layers[-1].activation = "linear"
        self._take(layers)

    @classmethod
    def of_layers(cls, layers: Sequence[Layer]) -> "MLP":
        """A network of given layers, which it labels.

        Raises:
            ValueError: no layer, or a layer has more or fewer inputs than the one before it has neurons.
        """
        if not layers:
            raise ValueError("a network of no layers: give at least one")
        for number, (before, after) in enumerate(pairwise(layers), 2):
            if len(before.b) != len(after.W[0]):
                raise ValueError(
                    f"layer {number} has {len(after.W[0])} inputs, layer {number - 1} has {len(before.b)} neurons: "
                    "make them equal"
                )
        network = cls.__new__(cls)
        network._take(list(layers))
        return network

    def _take(self, layers: list[Layer]) -> None:
        self.layers = layers
        # Made once, because a call hands out thousands of them.
        self._labels = []
        self._scopes = []
        for number, layer in enumerate(layers, 1):
            for i, (row, bias) in enumerate(zip(layer.W, layer.b, strict=True)):
                bias.label = f"b{number}[{i}]"
                for j, weight in enumerate(row):
                    weight.label = f"W{number}[{i},{j}]"
            self._labels.append([(f"z{number}[{i}]", f"a{number}[{i}]") for i in range(len(layer.b))])
            self._scopes.append([(f"layer {number}", f"neuron {i}") for i in range(len(layer.b))])

    def __call__(self, inputs: Sequence[Value | float]) -> "Value | list[Value]":
        """The output for one sample.

        Raises:
            ValueError: a wrong number of inputs.
        """
        _, outputs = self.passes(inputs)[-1]
        return outputs[0] if len(outputs) == 1 else outputs

    def passes(self, inputs: Sequence[Value | float]) -> list[tuple[list[Value], list[Value]]]:
        """Every layer's pre-activations z and activations a for one sample.

        Where a layer is linear the two are the same Values, and called z.

        Raises:
            ValueError: a wrong number of inputs.
        """
        passes = []
        for layer, labels, scopes in zip(self.layers, self._labels, self._scopes, strict=True):
            activate = ACTIVATIONS[layer.activation]
            zs = layer.pre_activations(inputs)
            activations = []
            for z, (z_label, a_label), scope in zip(zs, labels, scopes, strict=True):
                a = activate(z)
                a.label = a_label
                z.scope = a.scope = scope
                # The last word, because a linear layer has no other Value to call z.
                z.label = z_label
                activations.append(a)
            passes.append((zs, activations))
            inputs = activations
        return passes

    def parameters(self) -> list[Value]:
        """Every weight and bias, layer by layer."""
        return [parameter for layer in self.layers for parameter in layer.parameters()]

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0, before the next backward pass adds to it."""
        for parameter in self.parameters():
            parameter.grad = 0.0

    def __repr__(self) -> str:
        sizes = [len(self.layers[0].W[0]), *(len(layer.b) for layer in self.layers)]
        return f"MLP({'-'.join(map(str, sizes))}, {', '.join(layer.activation for layer in self.layers)})"


def two_two_one() -> MLP:
    """The 2-2-1 sigmoid network of the hand-worked OR-gate exercise, at its starting parameters."""
    return MLP.of_layers(
        [
            Layer.of_numbers([[0.2, 0.4], [0.3, 0.5]], [0.3, 0.5], "sigmoid"),
            Layer.of_numbers([[0.4, 0.6]], [0.5], "sigmoid"),
        ]
    )


def _weighted_sum(weights: Sequence[Value], inputs: Sequence[Value | float]) -> Value:
    products: Iterator[Value] = map(mul, weights, inputs)
    return sum(products, next(products))
