"""Solutions: the hand-worked OR gate at full precision, and any network against NumPy."""

from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import chalkgrad
from autograd import recorded
from chalkgrad import Problem, Quantity

Array = Any
Problems = st.SearchStrategy[Problem]


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


@given(data=st.data())
def test_every_quantity_of_any_network_is_numpys(problems: Problems, data: st.DataObject) -> None:
    problem = data.draw(problems)
    (step,) = chalkgrad.solve(problem).steps
    expected = by_numpy(problem)
    assert {quantity.name for quantity in step.quantities} == expected.keys()
    for name, matrix in expected.items():
        np.testing.assert_allclose(step[name], matrix, rtol=1e-11, atol=1e-12, err_msg=name)


def test_the_or_gate_is_numpys(or_gate: Problem) -> None:
    (step,) = chalkgrad.solve(or_gate).steps
    for name, matrix in by_numpy(or_gate).items():
        np.testing.assert_allclose(step[name], matrix, rtol=1e-13, atol=1e-17, err_msg=name)


class Formula:
    """A formula's tokens worked out with the matrices that its names stand for.

    sum = terms with + and − between; term = products with ⊙ between; product = factors side by side.
    """

    def __init__(self, quantity: str, tokens: tuple[str, ...], numbers: dict[str, Array]) -> None:
        self.quantity, self.tokens, self.numbers = quantity, list(tokens), numbers

    def result(self) -> Array:
        result = self.sum()
        assert not self.tokens
        return result

    def sum(self) -> Array:
        total = self.term()
        while self.tokens and self.tokens[0] in "+−":
            sign = 1.0 if self.tokens.pop(0) == "+" else -1.0
            total = total + sign * self.term()
        return total

    def term(self) -> Array:
        term = self.product()
        while self.tokens and self.tokens[0] == "⊙":
            self.tokens.pop(0)
            term = term * self.product()
        return term

    def product(self) -> Array:
        product = self.factor()
        while self.tokens and self.tokens[0] not in "+−⊙)":
            factor = self.factor()
            product = product * factor if 0 in (np.ndim(product), np.ndim(factor)) else product @ factor
        return product

    def factor(self) -> Array:
        token = self.tokens.pop(0)
        if token == "Σ":
            factor = self.product()
            # Written alike for both: mse adds up all errors, a bias's gradient those of its neuron.
            factor = factor.sum() if self.quantity == "mse" else factor.sum(axis=1, keepdims=True)
        elif token == "(":
            factor = self.sum()
            assert self.tokens.pop(0) == ")"
        elif token in SIGNS:
            assert self.tokens[0] == "("
            factor = SIGNS[token](self.factor())
        else:
            factor = self.numbers[token]
        while self.tokens and self.tokens[0] in "ᵀ²":
            factor = factor.T if self.tokens.pop(0) == "ᵀ" else factor * factor
        return factor


SIGNS = {
    "step": FUNCTIONS["relu"][1],
    **{sign: FUNCTIONS[name][0] for name, sign in (("relu", "relu"), ("sigmoid", "σ"), ("tanh", "tanh"))},
    **{sign: FUNCTIONS[name][1] for name, sign in (("relu", "relu′"), ("sigmoid", "σ′"), ("tanh", "tanh′"))},
}


def evaluated(quantity: Quantity, problem: Problem, step: chalkgrad.Step) -> list[Array]:
    numbers: dict[str, Array] = {name: np.array(matrix) for name, matrix in problem.given().items()}
    for worked in step.quantities:
        if worked.name == quantity.name:
            break
        numbers[worked.name] = np.array(worked.matrix)
    for single in ("n", "η", "mse"):
        if single in numbers:
            numbers[single] = float(numbers[single][0, 0])
    numbers |= {"1": 1.0, "½": 0.5, "1/n": 1.0 / numbers["n"]}
    return [Formula(quantity.name, formula, numbers).result() for formula in quantity.formulas]


@given(data=st.data())
def test_every_formula_gives_the_result_that_stands_below_it(problems: Problems, data: st.DataObject) -> None:
    problem = data.draw(problems)
    (step,) = chalkgrad.solve(problem).steps
    for quantity in step.quantities:
        assert quantity.formulas
        for result in evaluated(quantity, problem, step):
            np.testing.assert_allclose(
                np.atleast_2d(result), quantity.matrix, rtol=1e-10, atol=1e-11, err_msg=str(quantity.formulas)
            )


def formula(step: chalkgrad.Step, name: str, place: int = -1) -> str:
    (quantity,) = (quantity for quantity in step.quantities if quantity.name == name)
    return " ".join(quantity.formulas[place])


def test_parentheses_stand_only_where_they_are_needed(or_gate: Problem) -> None:
    linear = chalkgrad.solve(replace(or_gate, activations=("sigmoid", "linear"))).steps[0]
    assert formula(linear, "delta2") == "A2 − y"
    assert formula(linear, "A2") == "Z2"
    assert formula(chalkgrad.solve(or_gate).steps[0], "delta2", 0) == "( A2 − y ) ⊙ σ′ ( Z2 )"


def test_what_a_quantity_means_is_said(or_gate: Problem) -> None:
    def meanings(problem: Problem) -> dict[str, str]:
        return {quantity.name: quantity.meaning for quantity in chalkgrad.solve(problem).steps[0].quantities}

    one = meanings(replace(or_gate, activations=("sigmoid", "linear")))
    assert one["A2"] == "activations of layer 2, linear: a = z"
    assert (one["mse"], one["loss"]) == ("mean squared error", "half the mean squared error")
    two_outputs = replace(
        or_gate, y=(or_gate.y[0], or_gate.y[0]), weights=(or_gate.weights[0],) * 2, biases=(or_gate.biases[0],) * 2
    )
    several = meanings(two_outputs)
    assert several["mse"] == "squared errors, added up and divided by the number of samples"
    assert several["loss"] == "half the mse"


def test_steps_can_be_had_one_by_one(or_gate: Problem) -> None:
    steps = list(islice(chalkgrad.descend(or_gate), 3))
    assert [step.quantities for step in steps] == [step.quantities for step in chalkgrad.solve(or_gate, 3).steps]
    assert [step.loss_after for step in steps[:-1]] == [step.loss.data for step in steps[1:]]
