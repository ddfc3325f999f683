"""Fully connected networks: layers of neurons, each a weighted sum, a bias and an activation."""

import random as _random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from numbers import Integral
from operator import methodcaller, mul
from typing import Any, Final

from autograd import Value
from autograd.text import counted, quoted
from nn.initializers import Initializer, initializer_named
from nn.module import Module

_OF_THE_TABLE: Final = ("relu", "sigmoid", "tanh", "leaky_relu", "elu", "silu", "gelu", "gelu_tanh", "softplus")

#: What turns a neuron's pre-activation z into its activation a, by name.
ACTIVATIONS: Final[dict[str, Callable[[Value], Value]]] = {
    "linear": lambda z: z,
    **{name: methodcaller(name) for name in _OF_THE_TABLE},
}


@dataclass(init=False, repr=False, eq=False)
class Neuron(Module):
    """One neuron, a = activation(w · x + b).

    Attributes:
        w: the weights, one for each input.
        b: the bias.
        activation: a name from ACTIVATIONS.
    """

    w: list[Value]
    b: Value
    activation: str

    def __init__(
        self,
        inputs: int,
        activation: str = "relu",
        random: _random.Random | None = None,
        initializer: str | Initializer = "uniform",
    ) -> None:
        """A neuron of random weights and bias 0; arguments and errors as for a Layer."""
        layer = Layer(inputs, 1, activation, random, initializer)
        self.w, self.b, self.activation = layer.W[0], layer.b[0], activation

    @classmethod
    def of_values(cls, w: list[Value], b: Value, activation: str) -> "Neuron":
        """A neuron with the very Values given, which may be those of a layer."""
        neuron = cls.__new__(cls)
        neuron.w, neuron.b, neuron.activation = w, b, activation
        return neuron

    def __call__(self, inputs: Sequence[Value | float]) -> Value:
        """The activation for one sample.

        Raises:
            TypeError, ValueError: as Layer.pre_activations.
        """
        _require_sample(inputs, len(self.w))
        return ACTIVATIONS[self.activation](_weighted_sum(self.w, inputs) + self.b)

    def __repr__(self) -> str:
        return f"Neuron({len(self.w)}, {self.activation})"


@dataclass(init=False, repr=False, eq=False)
class Layer(Module):
    """One layer, a = activation(W x + b).

    Attributes:
        W: the weights, a row for each neuron and a column for each input.
        b: the biases, one for each neuron.
        activation: a name from ACTIVATIONS.
    """

    W: list[list[Value]]
    b: list[Value]
    activation: str

    def __init__(
        self,
        inputs: int,
        outputs: int,
        activation: str = "relu",
        random: _random.Random | None = None,
        initializer: str | Initializer = "uniform",
    ) -> None:
        """A layer of random weights and biases 0.

        Args:
            inputs: how many numbers go in.
            outputs: how many neurons it has.
            activation: a name from ACTIVATIONS.
            random: where the weights come from; a generator of its own, seeded by the system, if None.
            initializer: a name from INITIALIZERS, or a function like those there.

        Raises:
            ValueError: a size that is no whole number from 1 up, an unknown activation or initialiser.
        """
        _require_sizes([inputs, outputs])
        draw, random = initializer_named(initializer), random or _random.Random()
        weights = [[Value(draw(random, inputs, outputs)) for _ in range(inputs)] for _ in range(outputs)]
        self._take(weights, [Value(0.0) for _ in range(outputs)], activation)

    @classmethod
    def of_numbers(cls, weights: Sequence[Sequence[float]], biases: Sequence[float], activation: str) -> "Layer":
        """A layer whose parameters start at the given numbers.

        Raises:
            TypeError, ValueError: an entry is not a number, the shapes do not fit, the activation is unknown.
        """
        layer = cls.__new__(cls)
        layer._take([list(map(Value, row)) for row in weights], list(map(Value, biases)), activation)
        return layer

    def _take(self, W: list[list[Value]], b: list[Value], activation: str) -> None:
        if activation not in list(ACTIVATIONS):
            raise ValueError(f"activation {activation!r} is unknown: choose one of {', '.join(ACTIVATIONS)}")
        if not b or len(W) != len(b) or len({len(row) for row in W}) != 1 or not W[0]:
            shape = f"{len(W)} rows of {sorted({len(row) for row in W})}"
            raise ValueError(
                f"weights W with {shape} and {len(b)} biases b: one row and one bias for each neuron are needed"
            )
        self.W, self.b, self.activation = W, b, activation

    @property
    def neurons(self) -> list[Neuron]:
        """Its neurons, each of which has the Values of a row of W and of an entry of b."""
        return [Neuron.of_values(w, b, self.activation) for w, b in zip(self.W, self.b, strict=True)]

    def pre_activations(self, inputs: Sequence[Value | float]) -> list[Value]:
        """z = W x + b, one number for each neuron.

        Raises:
            TypeError: inputs is a single number.
            ValueError: there are more or fewer inputs than weights in a row.
        """
        _require_sample(inputs, len(self.W[0]))
        return [_weighted_sum(row, inputs) + bias for row, bias in zip(self.W, self.b, strict=True)]

    def __call__(self, inputs: Sequence[Value | float]) -> "Value | list[Value]":
        """The activations for one sample: a Value, or a list of them for several neurons.

        Raises:
            TypeError, ValueError: as pre_activations.
        """
        return _alone_or_list([ACTIVATIONS[self.activation](z) for z in self.pre_activations(inputs)])

    def __repr__(self) -> str:
        return f"Layer({len(self.W[0])}-{len(self.b)}, {self.activation})"


@dataclass(init=False, repr=False, eq=False)
class MLP(Module):
    """A multilayer perceptron: layers one after the other, every Value with its textbook name.

    A call on one sample gives the output layer's activation: a Value, or a list of them for several neurons. The
    parameters are called ``W1[0,1]`` and ``b1[0]``, the Values of a call ``z1[0]`` and ``a1[0]`` (layers count from
    1; rows and columns from 0).

    Attributes:
        layers: from the input to the output.
    """

    layers: list[Layer]

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
        _require_sizes(sizes)
        random = random or _random.Random()
        layers = [Layer(*pair, activation, random, initializer) for pair in pairwise(sizes)]
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

    @classmethod
    def from_state_dict(cls, state: Mapping[str, Any], activations: Sequence[str]) -> "MLP":
        """A network with the weights of PyTorch's linear layers, from the ``state_dict()`` of a model of such layers.

        Args:
            state: for each layer, in their order, ``NAME.weight`` of shape (neurons, inputs) and ``NAME.bias`` of
                shape (neurons,), anything that an array can be made of; without a bias it is 0.
            activations: of each layer, names from ACTIVATIONS.

        Raises:
            TypeError: state is no mapping, activations is no list of names, or an entry is not a number.
            ValueError: an entry of state is no weight or bias, shapes do not fit, or an activation is unknown.
        """
        if isinstance(activations, str):
            raise TypeError(f"activations = {quoted(activations)}: a list with a name for each layer is needed")
        from nn.state_dict import linear_layers

        layers = linear_layers(state)
        if len(activations) != len(layers):
            given = f"{counted(len(activations), 'activation')} for {counted(len(layers), 'layer')}"
            raise ValueError(f"{given}: give one for each, 'linear' where there is none")
        return cls.of_layers([Layer.of_numbers(*layer, name) for layer, name in zip(layers, activations, strict=True)])

    def _take(self, layers: list[Layer]) -> None:
        self.layers = layers
        for number, layer in enumerate(layers, 1):
            for i, (row, bias) in enumerate(zip(layer.W, layer.b, strict=True)):
                bias.label = f"b{number}[{i}]"
                for j, weight in enumerate(row):
                    weight.label = f"W{number}[{i},{j}]"

    def __call__(self, inputs: Sequence[Value | float]) -> "Value | list[Value]":
        """The output for one sample.

        Raises:
            ValueError: a wrong number of inputs.
        """
        _, outputs = self.passes(inputs)[-1]
        return _alone_or_list(outputs)

    def passes(self, inputs: Sequence[Value | float]) -> list[tuple[list[Value], list[Value]]]:
        """Every layer's pre-activations z and activations a for one sample.

        Where a layer is linear the two are the same Values, and called z.

        Raises:
            ValueError: a wrong number of inputs.
        """
        passes = []
        for number, layer in enumerate(self.layers, 1):
            activate = ACTIVATIONS[layer.activation]
            zs = layer.pre_activations(inputs)
            activations = []
            for z, (z_label, a_label, scope) in zip(zs, _names(number, len(zs)), strict=True):
                a = activate(z)
                a.label = a_label
                z.scope = a.scope = scope
                # The last word, because a linear layer has no other Value to call z.
                z.label = z_label
                activations.append(a)
            passes.append((zs, activations))
            inputs = activations
        return passes

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


# Made once, because a call hands out thousands of them.
@cache
def _names(layer: int, neurons: int) -> list[tuple[str, str, tuple[str, str]]]:
    """For each neuron of a layer what its z and its a are called, and the scope of both."""
    return [(f"z{layer}[{i}]", f"a{layer}[{i}]", (f"layer {layer}", f"neuron {i}")) for i in range(neurons)]


def _require_sizes(sizes: Sequence[int]) -> None:
    if len(sizes) < 2 or any(not isinstance(size, Integral) or size < 1 for size in sizes):
        raise ValueError(f"layer sizes {sizes}: at least one layer, and whole sizes from 1 up, are needed")


def _require_sample(inputs: Sequence[Value | float], size: int) -> None:
    if not hasattr(inputs, "__len__"):
        raise TypeError(f"inputs = {quoted(inputs)}: a list with a number for each input is needed")
    if len(inputs) != size:
        raise ValueError(f"{len(inputs)} inputs for a layer of {size} inputs: give one for each weight")


def _alone_or_list(outputs: list[Value]) -> "Value | list[Value]":
    return outputs[0] if len(outputs) == 1 else outputs


def _weighted_sum(weights: Sequence[Value], inputs: Sequence[Value | float]) -> Value:
    products: Iterator[Value] = map(mul, weights, inputs)
    return sum(products, next(products))
