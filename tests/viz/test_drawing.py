"""What a picture shows: kinds of values, gradients by size and sign, marks, paths, and what is folded."""

import math
import random
from typing import Any

import pytest

import nn
import viz
from autograd import Value, leaves, recorded, scope
from viz.drawing import Drawing, Node


def drawn(output: Value, **wishes: Any) -> Drawing:
    return viz.draw(output, **wishes).drawing


def box(drawing: Drawing, label: str) -> Node:
    (node,) = (node for node in drawing.nodes if node.lines and node.lines[0] == label)
    return node


def example() -> tuple[Value, Value, Value]:
    w, x = Value(2.0, "w"), Value(-3.0, "x")
    product = w * x
    product.label = "p"
    out = product + 1.0
    out.label = "out"
    return w, x, out


def test_inputs_parameters_constants_operations_and_the_output_are_told_apart() -> None:
    w, _, out = example()
    drawing = drawn(out, parameters=[w])
    kinds = {node.lines[0]: node.kind for node in drawing.nodes}
    assert kinds == {
        "w": "parameter",
        "x": "input",
        "p": "value",
        "out": "output",
        "1": "constant",
        "×": "operation",
        "+": "operation",
    }


def test_what_is_shown_is_chosen() -> None:
    _, _, out = example()
    out.backward()
    assert box(drawn(out, show=["names", "data"]), "x").lines == ("x", "data -3")
    assert box(drawn(out, show=["grad", "names"]), "x").lines == ("x", "grad 2")
    assert [edge.lines for edge in drawn(out, show=["partials"]).edges if edge.lines] == [("-3",), ("2",), ("1",)]
    both = drawn(out, show=["partials", "contributions"])
    assert [edge.lines for edge in both.edges if edge.lines][:2] == [("-3", "grad -3"), ("2", "grad 2")]
    assert not any(edge.lines for edge in drawn(out, show=["data"]).edges)


def test_contributions_need_a_backward_pass() -> None:
    _, _, out = example()
    assert not any(edge.lines for edge in drawn(out, show=["contributions", "grad"]).edges)


def test_precision_is_the_number_of_digits() -> None:
    x = Value(math.pi, "x")
    assert box(drawn(x, precision=2), "x").lines == ("x", "data 3.1")
    assert box(drawn(x, precision=17), "x").lines == ("x", "data 3.1415926535897931")


@pytest.mark.parametrize(
    ("wishes", "kind", "message"),
    [
        ({"precision": 0}, ValueError, "precision 0: a whole number of significant digits from 1 to 17 is needed"),
        ({"precision": 18}, ValueError, "precision 18: a whole number"),
        ({"precision": 2.5}, ValueError, "precision 2.5: a whole number"),
        ({"show": ["gradient"]}, ValueError, "show has 'gradient': choose from names, data, grad, partials, contrib"),
        ({"show": "grad"}, TypeError, r"show 'grad': put the parts into a list, as \['grad'\]"),
    ],
)
def test_a_wrong_wish_is_told(wishes: dict[str, Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=f"^{message}"):
        viz.draw(Value(1.0), **wishes)


@pytest.mark.parametrize(
    ("factor", "level"),
    [(1.0, 3), (0.5, 3), (0.49, 2), (0.1, 2), (0.09, 1), (1e-9, 1), (0.0, 0), (-1.0, -3), (-0.2, -2), (-0.01, -1)],
)
def test_a_gradient_is_weighed_against_the_largest(factor: float, level: int) -> None:
    x = Value(1.0, "x")
    out = x * factor
    out.backward()
    drawing = drawn(out)
    assert drawing.largest == 1.0
    assert box(drawing, "x").level == level
    assert box(drawn(out, show=["names"]), "x").level == 0


def test_infinite_and_undefined_gradients_are_drawn_too() -> None:
    x, y = Value(0.0, "x"), Value(0.0, "y")
    out = x.sqrt() + y.log() * 0.0
    out.backward()
    drawing = drawn(out)
    assert (box(drawing, "x").level, box(drawing, "y").level) == (3, 0)


def test_saturated_and_dead_units_are_marked() -> None:
    x = Value(9.0, "x")
    out = x.sigmoid() + x.tanh() + (-x).relu() + Value(0.1).tanh() + Value(0.1).relu()
    drawing = drawn(out)
    marks = [(node.lines[0], node.mark) for node in drawing.nodes if node.kind == "operation" and node.lines[0] != "+"]
    assert sorted(marks) == [
        ("neg", ""),
        ("relu", ""),
        ("relu", "dead"),
        ("tanh", ""),
        ("tanh", "saturated"),
        ("σ", "saturated"),
    ]
    assert sorted({node.mark for node in drawing.nodes if node.mark}) == ["dead", "saturated"]


def test_a_path_is_highlighted() -> None:
    w, x, out = example()
    for drawing in (drawn(out, highlight=w), drawn(out, highlight=[w, out.operands[0], out])):
        assert {node.lines[0] for node in drawing.nodes if node.highlighted} == {"w", "×", "p", "+", "out"}
        assert len([edge for edge in drawing.edges if edge.highlighted]) == 4
    assert not any(node.highlighted for node in drawn(out).nodes)
    assert {node.lines[0] for node in drawn(out, highlight=[x]).nodes if node.highlighted} == {"x"}


def network_loss(samples: int) -> Value:
    network = nn.MLP(2, [3, 1], random=random.Random(1))
    return nn.half_mse([network([0.1 * i, 0.5]) for i in range(samples)], [1.0] * samples)


def test_layers_and_neurons_are_boxes() -> None:
    drawing = drawn(network_loss(1))
    assert box(drawing, "W1[0,1]").scope == box(drawing, "a1[0]").scope == ("layer 1", "neuron 0")
    assert box(drawing, "b2[0]").scope == ("layer 2", "neuron 0")
    assert box(drawing, "loss").scope == ()
    source = viz.draw(network_loss(1)).source
    assert source.count("subgraph") == 2 + 3 + 1


@pytest.mark.parametrize(
    ("fold", "titles"),
    [
        (0, {"layer 1", "layer 2"}),
        (1, {"neuron 0", "neuron 1", "neuron 2"}),
        (["layer 1"], {"layer 1"}),
        (["neuron 2"], {"neuron 2"}),
        ([], set()),
    ],
)
def test_scopes_are_folded_by_depth_or_by_name(fold: Any, titles: set[str]) -> None:
    drawing = drawn(network_loss(1), fold=fold)
    assert {node.lines[0] for node in drawing.nodes if node.kind == "fold"} == titles


def test_a_fold_tells_how_many_values_it_stands_for_and_their_range() -> None:
    with scope("part"):
        values = [Value(float(i)) * 2.0 for i in range(3)]
    out = values[0] + values[1] + values[2]
    out.backward()
    node = box(drawn(out, fold=0), "part")
    assert node.lines == ("part", "6 values", "data 0 to 4", "grad 1 to 2")
    assert node.level == 3


def test_a_large_graph_is_folded_by_scope_and_then_by_repetition() -> None:
    loss = network_loss(60)
    loss.backward()
    drawing = drawn(loss)
    assert len(drawing.nodes) < 20
    titles = {node.lines[0] for node in drawing.nodes if node.kind == "fold"}
    assert {"neuron 0", "neuron 1", "neuron 2", "−  60×", "**  60×", "+  59×"} <= titles
    assert f"{drawing.folded:,} values are folded into" in viz.draw(loss).source
    assert viz.draw(loss).svg().endswith("</svg>\n")


def test_a_graph_without_scopes_is_folded_by_repetition_alone() -> None:
    xs = [Value(float(i)) for i in range(300)]
    total = sum(x * x for x in xs)
    assert isinstance(total, Value)
    drawing = drawn(total * 0.5)
    folds = [node.lines for node in drawing.nodes if node.kind == "fold"]
    assert folds == [
        ("300 inputs", "data 0 to 299"),
        ("×  300×", "data 0 to 8.94e+04"),
        ("+  300×", "data 0 to 8.955e+06"),
    ]
    assert len(drawn(total * 0.5, most=2000).nodes) > 900


def test_a_product_of_leaves_is_folded_though_no_leaf_comes_twice() -> None:
    ws, xs = ([Value(float(i), label) for i in range(200)] for label in "wx")
    total = sum(w * x for w, x in zip(ws, xs, strict=True))
    assert isinstance(total, Value)
    drawing = drawn(total.tanh(), parameters=ws)
    assert [node.lines[0] for node in drawing.nodes if node.kind == "fold"] == ["400 inputs", "×  200×", "+  200×"]
    drawing = drawn((total.tanh() * 2.0), parameters=[*ws, *xs])
    assert drawing.nodes[0].lines[0] == "400 parameters"


def random_graph(size: int) -> Value:
    draw = random.Random(1)
    made = [Value(draw.random()) for _ in range(10)]
    for _ in range(size):
        x, y = draw.choice(made[-50:]), draw.choice(made[-50:])
        made.append(draw.choice([lambda x, y: x + y, lambda x, y: x * y, lambda x, y: (x - y).tanh()])(x, y))
    total = sum(made)
    assert isinstance(total, Value)
    return total * 1.0


def test_in_the_end_every_operation_is_one_box() -> None:
    out = random_graph(3000)
    drawing = drawn(out)
    folds = [node for node in drawing.nodes if node.kind == "fold"]
    assert {node.lines[0].split()[0] for node in folds} >= {"+", "×", "−", "tanh"}
    assert len(drawing.nodes) < 30
    # What is folded and what is not are all that there is.
    alone = [node for node in drawing.nodes if node.kind in ("input", "value", "output", "parameter")]
    assert drawing.folded + len(alone) == len({*map(id, leaves(out)), *map(id, recorded(out))})
    assert [node.kind for node in alone][-1] == "output"
    assert viz.draw(out).source == viz.draw(random_graph(3000)).source


def test_no_more_is_folded_than_is_asked_for() -> None:
    out = random_graph(100)
    assert drawn(out, most=10_000).folded == 0
    for most in (5, 40, 100, 200):
        boxes = [node for node in drawn(out, most=most).nodes if node.kind not in ("operation", "constant")]
        assert len(boxes) <= max(most, 16)


def test_edges_into_and_out_of_folds_are_drawn_once() -> None:
    drawing = drawn(network_loss(60))
    pairs = [(edge.tail, edge.head) for edge in drawing.edges]
    assert len(pairs) == len(set(pairs))
    assert all(tail != head for tail, head in pairs)
