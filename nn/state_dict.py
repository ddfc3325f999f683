"""The weights of linear layers as PyTorch names them, checked and as plain lists of numbers."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from autograd.compiler.recording import Argument
from autograd.text import counted, quoted

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, Any]

#: The shape of each part of a linear layer, and how many axes it has.
_SHAPES: Final = {"weight": ("(neurons, inputs)", 2), "bias": ("(neurons,)", 1)}


def linear_layers(state: Mapping[str, Any]) -> list[tuple[list[list[float]], list[float]]]:
    """The weights and the biases of each layer of a state dictionary, in its order; see ``MLP.from_state_dict``.

    Raises:
        TypeError: state is no mapping, or an entry holds something else than real numbers.
        ValueError: an entry is no weight or bias, or a shape does not fit.
    """
    if not isinstance(state, Mapping):
        raise TypeError(f"state = {quoted(state)}: a mapping of names to numbers is needed, such as model.state_dict()")
    layers: dict[str, dict[str, Array]] = {}
    for name, numbers in state.items():
        layer, _, kind = str(name).rpartition(".")
        if kind not in _SHAPES:
            raise ValueError(f"{quoted(name)} is no weight or bias: only linear layers can be taken over")
        layers.setdefault(layer, {})[kind] = _array(quoted(name), numbers, *_SHAPES[kind])
    return [_layer(quoted(name), parts) for name, parts in layers.items()]


def _array(name: str, numbers: Any, shape: str, axes: int) -> "Array":
    # A tensor lists its numbers wherever it lies, and whether or not it is being trained.
    listed = numbers.tolist() if hasattr(numbers, "tolist") else numbers
    array = Argument.of(name, listed, is_batch=False).array
    if array.ndim != axes:
        raise ValueError(f"{name} has the shape {array.shape}: that of a linear layer, {shape}, is needed")
    return array


def _layer(name: str, parts: "dict[str, Array]") -> tuple[list[list[float]], list[float]]:
    if "weight" not in parts:
        raise ValueError(f"layer {name} has a bias and no weight: give both")
    weights = parts["weight"].tolist()
    biases = parts["bias"].tolist() if "bias" in parts else [0.0] * len(weights)
    if len(biases) != len(weights):
        neurons = counted(len(weights), "neuron")
        raise ValueError(f"layer {name} has weights for {neurons} and biases for {len(biases)}: make them equal")
    return weights, biases
