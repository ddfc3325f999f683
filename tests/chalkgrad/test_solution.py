"""Solutions: the hand-worked OR gate at full precision, and any network against NumPy."""

import random
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import chalkgrad
from autograd import recorded
from chalkgrad import Problem

Array = np.ndarray


@pytest.fixture
def or_gate(root: Path) -> Problem:
    return chalkgrad.load(root / "demos" / "or_gate.toml")


def test_the_or_gate_at_full_precision(or_gate: Problem) -> None:
    (step,) = chalkgrad.solve(or_gate).steps
    assert step.loss.data == step["loss"][0][0] == 0.09034363036277245
    expected = {
        "dW2": [[-0.00017525113833242144, -0.0005766500782356451]],
        "db2": [[0.004537124928147767]],
        "dW1": [[-0.0018012884737742926, -0.0016919718302792377], [-0.0023517946268270286, -0.0021706668562414804]],
        "db1": [[0.0007264534594436131], [0.0013944661286300645]],
    }
    for name, matrix in expected.items():
        # Sums of terms of about 0.01 that nearly cancel: the order of adding moves the last digits.
        np.testing.assert_allclose(step[name], matrix, rtol=0, atol=2e-17, err_msg=name)
    after = {
        "W2_new": [[0.4001, 0.6003]],
        "b2_new": [[0.4977]],
        "W1_new": [[0.2009, 0.4008], [0.3012, 0.5011]],
        "b1_new": [[0.2996], [0.4993]],
    }
    for name, matrix in after.items():
        assert np.round(step[name], 4).tolist() == matrix


def test_the_quantities_come_in_the_order_a_person_works(or_gate: Problem) -> None:
    (step,) = chalkgrad.solve(or_gate).steps
    order = "Z1 A1 Z2 A2 E mse loss delta2 backpropagated1 delta1 dW2 db2 dW1 db1 W2_new b2_new W1_new b1_new"
    assert " ".join(quantity.name for quantity in step.quantities) == order


def test_every_value_of_the_graph_carries_the_name_of_its_place(or_gate: Problem) -> None:
    (step,) = chalkgrad.solve(or_gate).steps
    labelled = {node.label: node for node in recorded(step.loss) if node.label}
    for name in ("Z1", "A1", "Z2", "A2", "E"):
        for i, row in enumerate(step[name]):
            for j, number in enumerate(row):
                assert labelled[f"{name}[{i},{j}]"].data == number
    assert labelled["loss"] is step.loss
    assert labelled["Z2[0,3]"].grad * 4 == step["delta2"][0][3]


def test_the_next_step_starts_where_the_last_one_ended(or_gate: Problem) -> None:
    first, second, third = chalkgrad.solve(or_gate, steps=3).steps
    assert first.loss_after == second.loss.data
    assert second.loss_after == third.loss.data
    assert second.problem.weights[0] == first["W1_new"]
    assert third.loss_after < third.loss.data < second.loss.data < first.loss.data


@pytest.mark.parametrize("steps", [0, -1])
def test_at_least_one_step_is_needed(or_gate: Problem, steps: int) -> None:
    with pytest.raises(ValueError, match="at least one step is needed"):
        chalkgrad.solve(or_gate, steps)


def test_a_quantity_that_is_not_there_is_told_with_those_that_are(or_gate: Problem) -> None:
    with pytest.raises(KeyError, match=r"'Z3' is not worked out here: there are Z1, A1, Z2"):
        chalkgrad.solve(or_gate).steps[0]["Z3"]


FUNCTIONS = {
    "linear": (lambda z: z, lambda z: np.ones_like(z)),
    "relu": (lambda z: np.maximum(z, 0.0), lambda z: (z > 0.0).astype(float)),
    "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2),
    "tanh": (np.tanh, lambda z: 1 / np.cosh(z) ** 2),
}


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    layers = draw(st.integers(1, 3))
    sizes = [draw(st.integers(1, 4)) for _ in range(layers + 1)]
    samples = draw(st.integers(1, 5))
    activations = tuple(draw(st.sampled_from(sorted(FUNCTIONS))) for _ in range(layers))
    rng = random.Random(draw(st.integers(0, 2**32)))

    def matrix(rows: int, columns: int) -> tuple[tuple[float, ...], ...]:
        return tuple(tuple(rng.uniform(-1.5, 1.5) for _ in range(columns)) for _ in range(rows))

    return Problem(
        title="",
        X=matrix(sizes[0], samples),
        y=matrix(sizes[-1], samples),
        weights=tuple(matrix(after, before) for before, after in pairwise(sizes)),
        biases=tuple(matrix(1, after)[0] for after in sizes[1:]),
        activations=activations,
        learning_rate=rng.uniform(0.0, 1.0),
    )


def by_numpy(problem: Problem) -> dict[str, Array]:
    """The textbook's matrix formulas, written down without any graph."""
    X, y = np.array(problem.X), np.array(problem.y)
    n = X.shape[1]
    found: dict[str, Array] = {"A0": X}
    last = len(problem.weights)
    for k in range(1, last + 1):
        found[f"Z{k}"] = (
            np.array(problem.weights[k - 1]) @ found[f"A{k - 1}"] + np.array(problem.biases[k - 1])[:, None]
        )
        found[f"A{k}"] = FUNCTIONS[problem.activations[k - 1]][0](found[f"Z{k}"])
    found["E"] = (found[f"A{last}"] - y) ** 2
    found["mse"] = np.array([[found["E"].sum() / n]])
    found["loss"] = found["mse"] / 2
    upstream = found[f"A{last}"] - y
    for k in range(last, 0, -1):
        if k < last:
            upstream = found[f"backpropagated{k}"] = np.array(problem.weights[k]).T @ found[f"delta{k + 1}"]
        found[f"delta{k}"] = upstream * FUNCTIONS[problem.activations[k - 1]][1](found[f"Z{k}"])
        found[f"dW{k}"] = found[f"delta{k}"] @ found[f"A{k - 1}"].T / n
        found[f"db{k}"] = found[f"delta{k}"].sum(axis=1, keepdims=True) / n
        found[f"W{k}_new"] = np.array(problem.weights[k - 1]) - problem.learning_rate * found[f"dW{k}"]
        found[f"b{k}_new"] = np.array(problem.biases[k - 1])[:, None] - problem.learning_rate * found[f"db{k}"]
    del found["A0"]
    return found


@given(problem=problems())
def test_every_quantity_of_any_network_is_numpys(problem: Problem) -> None:
    (step,) = chalkgrad.solve(problem).steps
    expected = by_numpy(problem)
    assert {quantity.name for quantity in step.quantities} == expected.keys()
    for name, matrix in expected.items():
        np.testing.assert_allclose(step[name], matrix, rtol=1e-11, atol=1e-12, err_msg=name)


def test_the_or_gate_is_numpys(or_gate: Problem) -> None:
    (step,) = chalkgrad.solve(or_gate).steps
    for name, matrix in by_numpy(or_gate).items():
        np.testing.assert_allclose(step[name], matrix, rtol=1e-13, atol=1e-17, err_msg=name)


@given(problem=problems(), decimals=st.integers(0, 8), width=st.integers(60, 200))
def test_the_working_of_any_network_can_be_printed(problem: Problem, decimals: int, width: int) -> None:
    solution = chalkgrad.solve(problem, steps=2)
    text = chalkgrad.to_text(solution, decimals, width)
    markdown = chalkgrad.to_markdown(solution, decimals)
    for quantity in solution.steps[0].quantities:
        assert f"\n{quantity.name}: " in text
        assert f"**{quantity.name}**: " in markdown
    assert all(line == line.rstrip() for line in text.splitlines())
