"""The weights of PyTorch's linear layers become a network."""

from typing import Any

import numpy as np
import pytest

import nn

W1, b1, W2, b2 = [[0.2, 0.4], [0.3, 0.5]], [0.3, 0.5], [[0.4, 0.6]], [0.5]
STATE = {"0.weight": W1, "0.bias": b1, "2.weight": W2, "2.bias": b2}


@pytest.mark.parametrize("array", [list, np.array])
def test_linear_layers_become_a_network(array: Any) -> None:
    state = {name: array(numbers) for name, numbers in STATE.items()}
    network, right = nn.MLP.from_state_dict(state, ["sigmoid", "sigmoid"]), nn.two_two_one()
    assert [(p.label, p.data) for p in network.parameters()] == [(p.label, p.data) for p in right.parameters()]
    assert repr(network) == repr(right)


def test_numbers_of_single_precision_stay_what_they_are() -> None:
    network = nn.MLP.from_state_dict({"weight": np.array([[0.1]], np.float32)}, ["linear"])
    assert [p.data for p in network.parameters()] == [float(np.float32(0.1)), 0.0]


def test_a_tensor_is_asked_for_its_numbers() -> None:
    class Tensor:
        """What NumPy cannot make an array of, as a tensor on another device or in training."""

        def __array__(self, *_: Any) -> Any:
            raise TypeError("call detach first")

        def tolist(self) -> Any:
            return [[3.0]]

    assert nn.MLP.from_state_dict({"fc.weight": Tensor()}, ["relu"]).layers[0].W[0][0].data == 3.0


def test_pytorchs_own_network_gives_the_same() -> None:
    torch = pytest.importorskip("torch", reason="needs PyTorch, too large to be installed for the tests")
    parts = torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2, bias=False), torch.nn.Sigmoid()
    theirs = torch.nn.Sequential(*parts).double()
    ours = nn.MLP.from_state_dict(theirs.state_dict(), ["tanh", "sigmoid"])
    sample = [0.1, -0.7, 2.0]
    right = theirs(torch.tensor(sample, dtype=torch.float64)).tolist()
    assert [value.data for value in ours(sample)] == pytest.approx(right, rel=1e-14)
    live = dict(theirs.named_parameters())
    assert [p.data for p in nn.MLP.from_state_dict(live, ["tanh", "sigmoid"]).parameters()] == [
        p.data for p in ours.parameters()
    ]


@pytest.mark.parametrize(
    ("state", "activations", "error", "message"),
    [
        (
            {"0.weight": W1, "1.running_mean": [0.0]},
            ["relu"],
            ValueError,
            "'1.running_mean' is no weight or bias: o",
        ),
        ({3: W1}, ["relu"], ValueError, "3 is no weight or bias"),
        ({"0.weight": b1}, ["relu"], ValueError, r"'0.weight' has the shape \(2,\): that of a linear layer, \(neurons"),
        ({"0.weight": [[W1]]}, ["relu"], ValueError, r"'0.weight' has the shape \(1, 1, 2, 2\): that of a linear"),
        ({"0.weight": W1, "0.bias": W1}, ["relu"], ValueError, r"'0.bias' has the shape \(2, 2\): .* \(neurons,\)"),
        (
            {"0.weight": W1, "0.bias": b2},
            ["relu"],
            ValueError,
            "layer '0' has weights for 2 neurons and biases for 1",
        ),
        ({"0.bias": b1}, ["relu"], ValueError, "layer '0' has a bias and no weight: give both"),
        ({"0.weight": [[1.0], [1.0, 2.0]]}, ["relu"], ValueError, "'0.weight' is a list of parts of different lengths"),
        ({"0.weight": [["a"]]}, ["relu"], TypeError, "'0.weight' holds <U1: real numbers are needed"),
        ({"0.weight": [[]]}, ["relu"], ValueError, "weights W with 1 rows"),
        ({"0.weight": W2, "1.weight": W1}, ["relu", "relu"], ValueError, "layer 2 has 2 inputs, layer 1 has 1 neurons"),
        (STATE, ["relu"], ValueError, "1 activation for 2 layers: give one for each, 'linear' where there is none"),
        (STATE, ["relu", "max"], ValueError, "activation 'max' is unknown"),
        (STATE, "relu", TypeError, "activations = 'relu': a list with a name for each layer is needed"),
        ({}, [], ValueError, "a network of no layers: give at least one"),
        ([W1], ["relu"], TypeError, "a mapping of names to numbers is needed, such as model.state_dict"),
    ],
)
def test_what_is_no_chain_of_linear_layers_is_told(state: Any, activations: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        nn.MLP.from_state_dict(state, activations)
