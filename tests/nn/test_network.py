"""Networks: labels, shapes, published hand-worked examples, and agreement with NumPy."""

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import NO_GRADIENT, OPERATIONS, Value, recorded

EXAMPLES: dict[str, Any] = json.loads(
    (Path(__file__).parent.parent / "data" / "published_examples.json").read_text(encoding="utf-8")
)


def test_the_starting_parameters_of_the_hand_worked_exercise() -> None:
    parameters = {p.label: p.data for p in nn.two_two_one().parameters()}
    assert parameters == {
        "W1[0,0]": 0.2,
        "W1[0,1]": 0.4,
        "W1[1,0]": 0.3,
        "W1[1,1]": 0.5,
        "b1[0]": 0.3,
        "b1[1]": 0.5,
        "W2[0,0]": 0.4,
        "W2[0,1]": 0.6,
        "b2[0]": 0.5,
    }


def test_every_value_of_a_call_has_its_textbook_name() -> None:
    out = nn.two_two_one()([0, 1])
    assert isinstance(out, Value)
    assert out.label == "a2[0]"
    labels = [node.label for node in recorded(out) if node.label]
    assert sorted(labels) == ["a1[0]", "a1[1]", "a2[0]", "z1[0]", "z1[1]", "z2[0]"]
    numbers = {node.label: round(node.data, 4) for node in recorded(out)}
    assert (numbers["z1[0]"], numbers["a1[0]"], numbers["z2[0]"], numbers["a2[0]"]) == (0.7, 0.6682, 1.2059, 0.7696)


def test_mazurs_example() -> None:
    example = EXAMPLES["mazur"]
    p, given_ = example["params"], example["inputs"]
    network = nn.MLP.of_layers(
        [
            nn.Layer.of_numbers([[p["w1"], p["w2"]], [p["w3"], p["w4"]]], [p["b1"]] * 2, "sigmoid"),
            nn.Layer.of_numbers([[p["w5"], p["w6"]], [p["w7"], p["w8"]]], [p["b2"]] * 2, "sigmoid"),
        ]
    )
    (z1, a1), (z2, a2) = network.passes([given_["i1"], given_["i2"]])
    parts = nn.half_mse_parts([a2], [[given_["t1"], given_["t2"]]])
    loss = parts.loss
    loss.backward()
    forward = example["forward"]
    computed = dict(zip(["net_h1", "net_h2", "out_h1", "out_h2"], [*z1, *a1], strict=True))
    computed |= dict(zip(["net_o1", "net_o2", "out_o1", "out_o2"], [*z2, *a2], strict=True))
    for name, value in computed.items():
        assert value.data == pytest.approx(forward[name], rel=1e-15), name
    assert [e.data / 2 for e in parts.errors[0]] == pytest.approx([forward["E_o1"], forward["E_o2"]], rel=1e-14)
    assert loss.data == pytest.approx(example["E_total"], rel=1e-15)
    deltas = dict(zip(["h1", "h2", "o1", "o2"], [*z1, *z2], strict=True))
    for name, delta in example["deltas"].items():
        assert deltas[name].grad == pytest.approx(delta, rel=1e-14), name

    W1, W2 = (layer.W for layer in network.layers)
    weights = dict(zip([f"w{number}" for number in range(1, 9)], [*W1[0], *W1[1], *W2[0], *W2[1]], strict=True))
    for name, weight in weights.items():
        assert weight.grad == pytest.approx(example["grads"][name], rel=1e-13), name
    for layer, name in zip(network.layers, ("b1", "b2"), strict=True):
        # One bias for both neurons of a layer: its gradient is the sum.
        assert sum(b.grad for b in layer.b) == pytest.approx(example["grads"][name], rel=1e-14), name
    nn.SGD(weights.values(), example["lr"]).step()
    for name, after in example["params_after_no_bias_update"].items():
        assert weights[name].data == pytest.approx(after, rel=1e-15), name
    again = nn.half_mse([network([given_["i1"], given_["i2"]])], [[given_["t1"], given_["t2"]]])
    assert again.data == pytest.approx(example["E_after_1_step"], rel=1e-14)


def test_han_and_kambers_example() -> None:
    example = EXAMPLES["han_kamber"]
    p, forward, after = example["params"], example["forward"], example["after"]
    W1 = [[p["w14"], p["w24"], p["w34"]], [p["w15"], p["w25"], p["w35"]]]
    network = nn.MLP.of_layers(
        [
            nn.Layer.of_numbers(W1, [p["theta4"], p["theta5"]], "sigmoid"),
            nn.Layer.of_numbers([[p["w46"], p["w56"]]], [p["theta6"]], "sigmoid"),
        ]
    )
    (z1, a1), (z2, a2) = network.passes([1, 0, 1])
    nn.half_mse(a2, [1]).backward()
    computed = dict(zip(["I4", "I5", "O4", "O5", "I6", "O6"], [*z1, *a1, *z2, *a2], strict=True))
    for name, value in computed.items():
        assert value.data == pytest.approx(forward[name], rel=1e-15, abs=1e-16), name
    # Their Err is −δ.
    for name, value in (("Err4", z1[0]), ("Err5", z1[1]), ("Err6", z2[0])):
        assert -value.grad == pytest.approx(example["Err_is_minus_delta"][name], rel=1e-14), name
    nn.SGD(network.parameters(), 0.9).step()
    names = ["w14", "w24", "w34", "w15", "w25", "w35", "theta4", "theta5", "w46", "w56", "theta6"]
    for name, parameter in zip(names, network.parameters(), strict=True):
        assert parameter.data == pytest.approx(after[name], rel=1e-14), name


sizes = st.lists(st.integers(1, 4), min_size=1, max_size=3)


@given(
    inputs=st.integers(1, 4), outputs=sizes, seed=st.integers(0, 2**32), activation=st.sampled_from(["relu", "tanh"])
)
def test_a_call_is_numpys_matrix_product(inputs: int, outputs: list[int], seed: int, activation: str) -> None:
    rng = random.Random(seed)
    network = nn.MLP(inputs, outputs, activation, rng)
    x = [rng.uniform(-2, 2) for _ in range(inputs)]
    a = np.array(x)
    for layer in network.layers:
        z = np.array([[w.data for w in row] for row in layer.W]) @ a + np.array([b.data for b in layer.b])
        a = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "linear": lambda z: z}[layer.activation](z)
    out = network(x)
    ours = [out.data] if isinstance(out, Value) else [value.data for value in out]
    assert ours == pytest.approx(a, rel=1e-12, abs=1e-12)


def test_a_seed_makes_the_same_network_again_and_leaves_the_global_one_alone() -> None:
    state = random.getstate()
    first, second = (nn.MLP(2, [3, 1], random=random.Random(7)) for _ in range(2))
    assert [p.data for p in first.parameters()] == [p.data for p in second.parameters()]
    nn.MLP(2, [3, 1])
    assert random.getstate() == state


def test_weights_start_between_minus_1_and_1_and_biases_at_0() -> None:
    layer = nn.MLP(40, [40], random=random.Random(0)).layers[0]
    weights = [weight.data for row in layer.W for weight in row]
    assert -1.0 <= min(weights) < -0.98
    assert 0.98 < max(weights) < 1.0
    assert {bias.data for bias in layer.b} == {0.0}


def test_the_values_of_a_linear_layer_are_called_z() -> None:
    ((z, a),) = nn.MLP(2, [1]).passes([1.0, 2.0])
    assert z[0] is a[0]
    assert z[0].label == "z1[0]"


def test_the_last_layer_is_linear() -> None:
    assert [layer.activation for layer in nn.MLP(2, [16, 16, 1]).layers] == ["relu", "relu", "linear"]
    assert repr(nn.MLP(2, [16, 1])) == "MLP(2-16-1, relu, linear)"


def test_zero_grad_makes_room_for_the_next_pass() -> None:
    network = nn.two_two_one()
    for _ in range(2):
        network.zero_grad()
        nn.half_mse([network([0, 1])], [1]).backward()
    once = nn.two_two_one()
    assert once.parameters()[0].grad is NO_GRADIENT
    nn.half_mse([once([0, 1])], [1]).backward()
    assert [p.grad for p in network.parameters()] == [p.grad for p in once.parameters()]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: nn.MLP(0, [1]), r"layer sizes \[0, 1\]: at least one layer"),
        (
            lambda: nn.MLP(2, [2.5]),
            r"layer sizes \[2, 2\.5\]: at least one layer, and whole sizes from 1 up, are needed",
        ),
        (lambda: nn.MLP(2, "3"), r"layer sizes \[2, '3'\]: at least one layer, and whole sizes"),
        (lambda: nn.MLP(2, [1], ["relu"]), r"activation \['relu'\] is unknown: choose one of linear, relu"),
        (lambda: nn.Layer.of_numbers([[]], [0.0], "relu"), r"weights W with 1 rows of \[0\] and 1 biases b"),
        (lambda: nn.MLP(2, []), r"layer sizes \[2\]: at least one layer"),
        (lambda: nn.MLP(2, [1], "sigmoid?"), "activation 'sigmoid\\?' is unknown: choose one of linear, relu"),
        (lambda: nn.MLP.of_layers([]), "a network of no layers"),
        (
            lambda: nn.MLP.of_layers([nn.MLP(2, [3]).layers[0], nn.MLP(2, [1]).layers[0]]),
            "layer 2 has 2 inputs, layer 1 has 3 neurons: make them equal",
        ),
        (lambda: nn.Layer.of_numbers([[1.0], [1.0, 2.0]], [0.0, 0.0], "relu"), "weights W with 2 rows"),
        (lambda: nn.Layer.of_numbers([[1.0]], [], "relu"), "and 0 biases b"),
        (lambda: nn.two_two_one()([1.0]), "1 inputs for a layer of 2 inputs: give one for each weight"),
    ],
)
def test_what_does_not_fit_is_told(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_layer_sizes_are_a_list() -> None:
    with pytest.raises(TypeError, match=r"outputs = 3: a list with a size for each layer is needed, such as \[3\]"):
        nn.MLP(2, 3)  # type: ignore[arg-type]


def test_layer_sizes_may_be_numpys_whole_numbers() -> None:
    assert repr(nn.MLP(np.int64(2), np.array([3, 1]))) == "MLP(2-3-1, relu, linear)"


@pytest.mark.parametrize("name", nn.ACTIVATIONS)
def test_an_activation_is_the_tables_function(name: str) -> None:
    layer = nn.Layer.of_numbers([[2.0]], [-0.5], name)
    a = nn.MLP.of_layers([layer])([0.75])
    assert isinstance(a, Value)
    assert a.data == (1.0 if name == "linear" else OPERATIONS[name](1.0))
    assert a.label == ("z1[0]" if name == "linear" else "a1[0]")


def test_xavier_is_uniform_within_its_bound() -> None:
    layer = nn.Layer(100, 50, "tanh", random.Random(0), "xavier")
    weights = np.array([[weight.data for weight in row] for row in layer.W])
    bound = (6.0 / 150) ** 0.5
    assert weights.shape == (50, 100)
    assert 0.99 * bound < np.abs(weights).max() <= bound
    assert abs(weights.mean()) < 0.02 * bound
    assert weights.std() == pytest.approx(bound / 3**0.5, rel=0.03)


def test_he_is_normal_with_its_deviation() -> None:
    layer = nn.Layer(100, 50, "relu", random.Random(0), "he")
    weights = np.array([[weight.data for weight in row] for row in layer.W])
    assert weights.std() == pytest.approx((2.0 / 100) ** 0.5, rel=0.03)
    assert np.abs(weights).max() > 3.0 * (2.0 / 100) ** 0.5
    assert {bias.data for bias in layer.b} == {0.0}


@pytest.mark.parametrize("initializer", nn.INITIALIZERS)
def test_a_seed_makes_the_same_weights_again(initializer: str) -> None:
    first, second, third = (
        [p.data for p in nn.MLP(3, [4, 2], random=random.Random(seed), initializer=initializer).parameters()]
        for seed in (1, 1, 2)
    )
    assert first == second != third


def test_an_initialiser_may_be_a_function_of_ones_own() -> None:
    network = nn.MLP(3, [2, 1], initializer=lambda random, inputs, outputs: 10.0 * inputs + outputs)
    assert [w.data for layer in network.layers for row in layer.W for w in row] == [32.0] * 6 + [21.0] * 2


def test_an_unknown_initialiser_is_told() -> None:
    with pytest.raises(ValueError, match="initializer 'kaiming' is unknown: choose one of uniform, xavier, he"):
        nn.MLP(2, [1], initializer="kaiming")


def test_a_single_number_is_no_sample() -> None:
    with pytest.raises(TypeError, match=r"inputs = 0\.5: a list with a number for each input is needed"):
        nn.MLP(1, [1])(0.5)  # type: ignore[arg-type]


def test_neurons_layers_and_networks_are_made_by_their_sizes() -> None:
    neuron, layer = nn.Neuron(2, random=random.Random(3)), nn.Layer(2, 3, random=random.Random(3))
    assert [w.data for w in neuron.w] == [w.data for w in layer.W[0]]
    assert (len(neuron.parameters()), len(layer.parameters())) == (3, 9)
    assert (repr(neuron), repr(layer)) == ("Neuron(2, relu)", "Layer(2-3, relu)")
    assert neuron([1.0, -2.0]).data == max(0.0, neuron.w[0].data - 2.0 * neuron.w[1].data)
    outputs = layer([1.0, -2.0])
    assert isinstance(outputs, list)
    assert [a.data for a in outputs] == [neuron([1.0, -2.0]).data for neuron in layer.neurons]


def test_a_layer_of_one_neuron_gives_its_activation_itself() -> None:
    output = nn.Layer(2, 1, "tanh")([1.0, 2.0])
    assert isinstance(output, Value)


def test_the_neurons_of_a_layer_have_its_own_values() -> None:
    layer = nn.two_two_one().layers[0]
    neuron = layer.neurons[1]
    assert neuron.w[0] is layer.W[1][0]
    neuron.b.data = 9.0
    assert layer.b[1].data == 9.0
    assert [p.label for p in neuron.parameters()] == ["W1[1,0]", "W1[1,1]", "b1[1]"]


def test_the_parameters_of_a_network_are_named_by_where_they_stand() -> None:
    names = nn.two_two_one().named_parameters()
    assert list(names)[:3] == ["layers[0].W[0][0]", "layers[0].W[0][1]", "layers[0].W[1][0]"]
    assert list(names)[-2:] == ["layers[1].W[0][1]", "layers[1].b[0]"]
    assert names["layers[1].W[0][1]"].label == "W2[0,1]"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: nn.Layer(2, 0), r"layer sizes \[2, 0\]: at least one layer, and whole sizes from 1 up, are needed"),
        (lambda: nn.Neuron(1.5), r"layer sizes \[1\.5, 1\]"),  # type: ignore[arg-type]
        (lambda: nn.Neuron(2, "max"), "activation 'max' is unknown"),
        (lambda: nn.Neuron(2)([1.0]), "1 inputs for a layer of 2 inputs: give one for each weight"),
    ],
)
def test_sizes_of_a_layer_and_a_neuron_are_whole(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
