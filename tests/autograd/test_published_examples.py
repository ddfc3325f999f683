"""Worked examples as others have published them, at the digits they printed."""

import ast
import json
from pathlib import Path
from typing import Any

import pytest

import autograd
from autograd import Value, log, maximum, trace

EXAMPLES: dict[str, Any] = json.loads(
    (Path(__file__).parent.parent / "data" / "published_examples.json").read_text(encoding="utf-8")
)

EXPRESSIONS = [name for name, example in EXAMPLES.items() if "expr" in example]


def work_out(example: dict[str, Any]) -> tuple[dict[str, Value], Value]:
    """Run an example's statements, which are this file's own data, and label every intermediate."""
    names: dict[str, Any] = {name: Value(number, name) for name, number in example["inputs"].items()}
    functions = {name: getattr(autograd, name) for name in ("exp", "sigmoid", "sin", "tanh")} | {
        "ln": log,
        "max": maximum,
    }
    for statement in example["expr"]:
        tree = ast.parse(statement)
        exec(compile(tree, statement, "exec"), functions, names)
        last = ast.unparse(tree.body[0].targets[0] if isinstance(tree.body[0], ast.Assign) else tree.body[0].target)
        if names[last].op is not None:
            names[last].label = last
    return names, names[last]


def published(number: float, text: str) -> bool:
    """Whether a number, rounded as the text is, reads like the text."""
    decimals = len(text.partition(".")[2])
    return f"{number:.{decimals}f}" == f"{float(text):.{decimals}f}"


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_value_and_gradients(name: str) -> None:
    example = EXAMPLES[name]
    names, out = work_out(example)
    out.backward()
    if "value" in example:
        assert out.data == pytest.approx(example["value"], rel=1e-15)
    for node, grad in example.get("grads", {}).items():
        assert names[node].grad == pytest.approx(grad, rel=1e-14, abs=1e-15), node
    for node, value in (example.get("values", {}) | example.get("trace", {})).items():
        if node in names:
            assert names[node].data == pytest.approx(value, rel=1e-15), node
    for node, text in example.get("published_2dp", {}).items():
        number = out.data if node == "f" else names[node].grad
        assert published(number, text), node


def test_micrograd_readme_at_its_printed_digits() -> None:
    example = EXAMPLES["micrograd_readme"]
    names, g = work_out(example)
    g.backward()
    printed = example["published"]
    assert published(g.data, printed["g"])
    assert published(names["a"].grad, printed["a"])
    assert published(names["b"].grad, printed["b"])


def test_the_lectures_step_along_the_gradient() -> None:
    example = EXAMPLES["lecture_L"]
    names, L = work_out(example)
    L.backward()
    moved = {name: names[name].data + 0.01 * names[name].grad for name in example["inputs"]}
    _, after = work_out(example | {"inputs": moved})
    assert example["after_step"].endswith(f"L={after.data:.6f}")


def test_cs231ns_gates_one_by_one() -> None:
    _, f = work_out(EXAMPLES["cs231n_sigmoid"])
    (chain,) = EXAMPLES["cs231n_sigmoid"]["published_gate_chain"]
    assert chain.startswith("1.00 -> 1/x -> -0.53; +1 -> -0.53; exp -> -0.20; *-1 -> 0.20")
    contributions = [step.contribution for step in trace(f).backward]
    assert [f"{number:.2f}" for number in contributions[:4]] == ["-0.53", "-0.53", "-0.20", "0.20"]


def test_baydins_table_forward_and_backward() -> None:
    example = EXAMPLES["baydin"]
    _, y = work_out(example)
    steps = {step.operation: step for step in trace(y).forward}
    values = example["trace"]
    assert steps["log"].value == values["v1"]
    assert steps["×"].value == values["v2"]
    assert steps["sin"].value == pytest.approx(values["v3"], rel=1e-15)
    assert steps["+"].value == pytest.approx(values["v4"], rel=1e-15)
    assert steps["−"].value == pytest.approx(values["v5"], rel=1e-15)
    adjoints = {step.node: step.total for step in trace(y).backward}
    assert adjoints[steps["+"].name] == example["adjoints"]["v4"]
    assert adjoints[steps["sin"].name] == example["adjoints"]["v3"]
    assert adjoints[steps["log"].name] == example["adjoints"]["v1"]
    assert adjoints[steps["×"].name] == example["adjoints"]["v2"]


def test_cppads_reverse_sweep_step_by_step() -> None:
    # Their v1 is x itself, so it has no step of its own; the rest is recorded under their names.
    x = Value(0.5, "v1")
    v2 = 1.0 + x
    v3 = x * x
    v4 = v3 / 2.0
    v5 = v2 + v4
    for label, value in (("v2", v2), ("v3", v3), ("v4", v4), ("v5", v5)):
        value.label = label
    expected = EXAMPLES["cppad_exp_2"]["reverse_adjoint_after_each_step"]
    totals: dict[str, list[float]] = {}
    for step in trace(v5).backward:
        totals.setdefault(step.node, []).append(step.total)
    assert totals["v2"] == [expected["v2"]]
    assert totals["v4"] == [expected["v4"]]
    assert totals["v3"] == [expected["v3"]]
    assert expected["v1_partial"] in totals["v1"]
    assert totals["v1"][-1] == expected["v1"]


def test_the_assignment_that_forgets_to_add() -> None:
    assert "da=2" in EXAMPLES["lecture_reuse"]["also"]
    a = Value(3.0)
    (a + a).backward()
    assert a.grad == 2.0


def test_every_example_is_used() -> None:
    networks = {"mazur", "han_kamber"}
    assert set(EXAMPLES) == set(EXPRESSIONS) | networks
