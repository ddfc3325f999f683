"""What a picture shows: kinds of values, gradients by size and sign, marks, paths, and what is folded."""

import math
import random
from contextlib import ExitStack
from typing import Any

import pytest

import autograd
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
    # The square of the sum is another product, for which there is room.
    folds = [node for node in drawn((total * total).tanh(), parameters=ws).nodes if node.kind == "fold"]
    assert [node.lines[0] for node in folds] == ["200 parameters", "×  200×", "+  200×"]
    assert folds[0].lines[1] == "200 inputs"


def test_leaves_are_folded_before_operations_that_only_look_alike() -> None:
    xs = [Value(float(i)) for i in range(300)]
    total = sum(xs) + xs[0] * Value(2.0) + Value(3.0) * Value(4.0)
    assert isinstance(total, Value)
    drawing = drawn(total * 0.5)
    assert [node.lines[0] for node in drawing.nodes if node.kind == "fold"] == ["299 inputs", "2 inputs", "+  302×"]
    assert len([node for node in drawing.nodes if node.kind == "value"]) == 2


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
    # Leaves that go into different operations stay apart.
    assert [node.lines[0] for node in folds if "input" in node.lines[0]] == ["4 inputs", "2 inputs", "3 inputs"]
    assert len(drawing.nodes) < 30
    assert_adds_up(out, drawing)
    assert viz.draw(out).source == viz.draw(random_graph(3000)).source


def assert_adds_up(out: Value, drawing: Drawing) -> None:
    """What is folded and what is not are all that there is, and the output stands by itself."""
    alone = [node for node in drawing.nodes if node.kind in ("input", "value", "output", "parameter")]
    assert drawing.folded + len(alone) == len({*map(id, leaves(out)), *map(id, recorded(out))})
    assert [node.kind for node in alone].count("output") == 1


def test_an_operation_that_comes_once_is_no_fold() -> None:
    folds = [node.lines[0] for node in drawn(random_graph(3000).exp() * 2.0).nodes if node.kind == "fold"]
    assert not [line for line in folds if line.endswith(" 1×")]


def test_leaves_of_too_many_uses_are_one_box() -> None:
    draw, total = random.Random(1), Value(0.0)
    functions = [Value.sin, Value.cos, Value.exp, Value.tanh, Value.sigmoid, Value.relu, Value.atan, Value.sinh]
    for i in range(500):
        x = Value(i / 500)
        total = sum((function(x) for function in draw.sample(functions, draw.randrange(1, 8))), total)
    drawing = drawn(total, most=50)
    assert "501 inputs" in [node.lines[0] for node in drawing.nodes]
    assert len(drawing.nodes) < 50
    assert_adds_up(total, drawing)


def test_the_output_is_never_folded() -> None:
    network = nn.MLP(2, [60, 60, 1])
    for out in (random_graph(50), network_loss(60), network([0.5, 1.0]), Value(1.0, "x"), Value(1.0) + 2.0):
        for most in (0, 1, 3):
            assert_adds_up(out, drawn(out, most=most))


def test_layers_with_too_many_arrows_between_their_neurons_are_folded() -> None:
    narrow, wide = (nn.MLP(2, [width, width, 1]) for width in (20, 60))
    folds = [[node.lines[0] for node in drawn(net([0.5, 1.0])).nodes if node.kind == "fold"] for net in (narrow, wide)]
    assert "neuron 19" in folds[0]
    assert "layer 2" in folds[1]
    assert not [title for title in folds[1] if title.startswith("neuron")]


def test_a_scope_around_everything_is_not_folded() -> None:
    with scope("all"):
        total = sum(Value(float(i)) * 2.0 for i in range(500))
    assert isinstance(total, Value)
    folds = [(node.lines[0], node.scope) for node in drawn(total).nodes if node.kind == "fold"]
    assert folds == [("500 inputs", ("all",)), ("×  500×", ("all",)), ("+  499×", ("all",))]


def test_a_fold_stands_where_all_its_values_are() -> None:
    x = Value(0.5)
    with scope("all"):
        for i in range(300):
            with scope(f"part {i}"):
                x = x.tanh()
        x = x * 2.0
    assert box(drawn(x), "tanh  300×").scope == ("all",)


def test_scopes_far_inside_are_folded_at_once() -> None:
    x = Value(0.5)
    with ExitStack() as stack:
        for depth in range(100):
            stack.enter_context(scope(f"part {depth}"))
            x = (x + 1.0).tanh()
    drawing = drawn(x * 2.0, most=100)
    assert [node.lines[0] for node in drawing.nodes if node.kind == "fold"] == ["part 7"]
    assert max(len(node.scope) for node in drawing.nodes) == 7


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


def test_no_fold_hides_the_output_or_a_nan() -> None:
    with scope("all"):
        x = Value(1.0, "x")
        parts = [x + 0.0, x * math.nan, x * 3.0]
        out = parts[0] + parts[1] + parts[2]
    drawing = drawn(out, fold=0)
    assert [node.kind for node in drawing.nodes if node.kind in ("output", "fold")] == ["fold", "output"]
    assert drawing.nodes[0].lines == ("all", "5 values", "data 1 to 3, nan")
    assert viz.draw(out, fold=0).drawing.edges


def test_an_asked_for_fold_of_a_large_graph_leaves_no_more_boxes_than_any() -> None:
    drawing = drawn(network_loss(60), fold=1)
    assert len([node for node in drawing.nodes if node.kind not in ("operation", "constant")]) <= 250
    assert {"neuron 0", "neuron 1", "neuron 2"} <= {node.lines[0] for node in drawing.nodes}


def test_what_cannot_be_folded_or_highlighted_is_told() -> None:
    with scope("hidden"):
        out = Value(1.0, "x").tanh()
    with pytest.raises(TypeError, match=r"fold 'hidden': put the names into a list, as \['hidden'\]"):
        viz.draw(out, fold="hidden")
    with pytest.raises(ValueError, match="fold -1: a depth from 0"):
        viz.draw(out, fold=-1)
    with pytest.raises(ValueError, match="fold has 'nope': no scope has that name; of those in the graph are 'hidden'"):
        viz.draw(out, fold=["nope"])
    for stranger in (Value(2.0), [Value(2.0)]):
        with pytest.raises(ValueError, match="highlight has a Value that is no part of the graph"):
            viz.draw(out, highlight=stranger)


@pytest.mark.parametrize(
    ("make", "mark"),
    [
        (lambda x: x.softplus(), "saturated"),
        (lambda x: x.elu(), "saturated"),
        (lambda x: x.silu(), "saturated"),
        (lambda x: (-x).sigmoid(), "saturated"),
        (lambda x: autograd.maximum(x, 0.0), "dead"),
        (lambda x: autograd.maximum(0.0, x), "dead"),
        (lambda x: (x + 16.0).tanh(), "saturated"),
        (lambda x: (x + 10.0).sigmoid(), ""),
        (lambda x: x.leaky_relu(), ""),
        (lambda x: autograd.maximum(x, -9.0), ""),
        (lambda x: x * 0.0, ""),
    ],
)
def test_an_activation_that_lets_little_or_nothing_through_is_marked(make: Any, mark: str) -> None:
    drawing = drawn(make(Value(-8.0, "x")))
    assert [node.mark for node in drawing.nodes if node.kind == "operation"][-1] == mark


def test_saturation_begins_at_a_hundredth_of_the_steepest_slope() -> None:
    # σ′ is 0.0025 at z = 5.98645.
    for z, mark in [(5.98, ""), (5.99, "saturated")]:
        (operation,) = (node for node in drawn(Value(z).sigmoid()).nodes if node.kind == "operation")
        assert operation.mark == mark


def test_boxes_without_a_label_have_the_traces_names_beside_numbered_steps() -> None:
    out = Value(2.0, "x") * 3.0 + 1.0
    assert [node.lines[0] for node in drawn(out, show=["names", "data", "steps"]).nodes if len(node.lines) == 2] == [
        "x", "v1", "×", "v2", "+",
    ]  # fmt: skip
    assert [node.lines for node in drawn(out, show=["names"]).nodes if node.kind == "value"] == [()]


def test_an_operations_sign_is_text_too() -> None:
    odd = autograd.Operation("odd_one", "\x00<b>", "", lambda x: x, (1.0,))
    try:
        svg = viz.draw(odd(Value(1.0)) * 1.0).svg()
    finally:
        del autograd.OPERATIONS["odd_one"]
    assert "\\x00&lt;b&gt;" in svg
