"""A worked problem: every quantity of a step of gradient descent, in the order a person works them out.

The numbers come from the recorded graph and its backward pass, never from the formulas shown beside them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TypeVar

from autograd import Value
from chalkgrad.activations import NOTATION, Formula
from chalkgrad.problem import Matrix, Problem
from nn import MLP, SGD, Layer, half_mse_parts

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Quantity:
    """One quantity of the working.

    Attributes:
        name: as in problem files: Z1, A1, E, mse, loss, delta2, backpropagated1, dW2, W2_new, ...
        meaning: what it is, in a few words.
        formulas: how it is worked out; the last is the one to put numbers in.
        matrix: its numbers; a single number is a matrix of one, a bias a column.
    """

    name: str
    meaning: str
    formulas: tuple[Formula, ...]
    matrix: Matrix


@dataclass(frozen=True, slots=True)
class Step:
    """One step of gradient descent.

    Attributes:
        problem: the problem at this step's parameters.
        quantities: the working, in order; the given quantities are not in it.
        loss: the loss as a Value, its graph recorded and its backward pass done.
        loss_after: the loss at the updated parameters.
    """

    problem: Problem
    quantities: tuple[Quantity, ...]
    loss: Value
    loss_after: float

    def __getitem__(self, name: str) -> Matrix:
        """The numbers of the quantity of that name.

        Raises:
            KeyError: there is none.
        """
        for quantity in self.quantities:
            if quantity.name == name:
                return quantity.matrix
        raise KeyError(f"{name!r} is not worked out here: there are {', '.join(q.name for q in self.quantities)}")

    def without_graph(self) -> "Step":
        """The same numbers and no recorded graph, which takes far more memory than they do."""
        return replace(self, loss=Value(self.loss.data))


@dataclass(frozen=True, slots=True)
class Solution:
    """A problem and the steps worked out for it."""

    problem: Problem
    steps: tuple[Step, ...]


def solve(problem: Problem, steps: int = 1) -> Solution:
    """Work a problem out: both passes and the update, as often as asked.

    Raises:
        ValueError: steps is below 1.
    """
    if steps < 1:
        raise ValueError(f"steps = {steps}: at least one step is needed")
    return Solution(problem, tuple(islice(descend(problem), steps)))


def descend(problem: Problem) -> Iterator[Step]:
    """The steps of gradient descent one after another, without end; each is made when it is asked for."""
    run = _Run.of(problem)
    while True:
        run.loss.backward()
        quantities = (*_forward(problem, run), *_backward(problem, run), *_update(problem, run))
        updated = _updated(problem, quantities)
        following = _Run.of(updated)
        yield Step(problem, quantities, run.loss, following.loss.data)
        problem, run = updated, following


def _updated(problem: Problem, quantities: Iterable[Quantity]) -> Problem:
    new = {quantity.name: quantity.matrix for quantity in quantities}
    layers = range(1, len(problem.weights) + 1)
    weights = tuple(new[f"W{layer}_new"] for layer in layers)
    biases = tuple(tuple(row[0] for row in new[f"b{layer}_new"]) for layer in layers)
    return replace(problem, weights=weights, biases=biases)


@dataclass(frozen=True, slots=True)
class _Run:
    """The recorded forward pass: matrices of Values, a column for each sample."""

    network: MLP
    Z: list[list[list[Value]]]
    A: list[list[list[Value]]]
    E: list[list[Value]]
    mse: Value
    loss: Value

    @classmethod
    def of(cls, problem: Problem) -> "_Run":
        network = MLP.of_layers(
            [
                Layer.of_numbers(W, b, activation)
                for W, b, activation in zip(problem.weights, problem.biases, problem.activations, strict=True)
            ]
        )
        samples = [network.passes(inputs) for inputs in _transposed(problem.X)]
        Z = [_transposed([sample[layer][0] for sample in samples]) for layer in range(len(network.layers))]
        A = [_transposed([sample[layer][1] for sample in samples]) for layer in range(len(network.layers))]
        for number, (zs, activations) in enumerate(zip(Z, A, strict=True), 1):
            _label(activations, f"A{number}")
            _label(zs, f"Z{number}")
        half_mse = half_mse_parts(_transposed(A[-1]), _transposed(problem.y))
        E = _transposed(half_mse.errors)
        _label(E, "E")
        return cls(network, Z, A, E, half_mse.mse, half_mse.loss)


def _forward(problem: Problem, run: _Run) -> Iterator[Quantity]:
    inputs = "X"
    for number, name in enumerate(problem.activations, 1):
        Z, A, activation = f"Z{number}", f"A{number}", NOTATION[name]
        formula: Formula = (f"W{number}", inputs, "+", f"b{number}")
        yield Quantity(Z, f"pre-activations of layer {number}", (formula,), _data(run.Z[number - 1]))
        formula = (activation.sign, "(", Z, ")") if activation.sign else (Z,)
        meaning = f"activations of layer {number}, {activation.definition}"
        yield Quantity(A, meaning, (formula,), _data(run.A[number - 1]))
        inputs = A
    yield Quantity("E", "squared errors", (("(", inputs, "−", "y", ")", "²"),), _data(run.E))
    several = len(problem.y) > 1
    mean = "squared errors, added up and divided by the number of samples" if several else "mean squared error"
    yield Quantity("mse", mean, (("1/n", "Σ", "E"),), ((run.mse.data,),))
    yield Quantity("loss", f"half the {'mse' if several else mean}", (("½", "mse"),), ((run.loss.data,),))


def _backward(problem: Problem, run: _Run) -> Iterator[Quantity]:
    # δ is the derivative of n·loss, as it is written by hand: the 1/n stands in dW and db instead.
    n = float(len(problem.X[0]))
    last = len(problem.activations)
    for number in range(last, 0, -1):
        A = f"A{number}"
        if number == last:
            upstream: Formula = (A, "−", "y")
        else:
            upstream = (f"backpropagated{number}",)
            formula: Formula = (f"W{number + 1}", "ᵀ", f"delta{number + 1}")
            matrix = _grads(run.A[number - 1], n)
            yield Quantity(upstream[0], f"errors handed back to layer {number}, n·∂loss/∂{A}", (formula,), matrix)
        meaning = f"deltas of layer {number}, n·∂loss/∂Z{number}"
        formulas = _delta_formulas(upstream, problem.activations[number - 1], number)
        yield Quantity(f"delta{number}", meaning, formulas, _grads(run.Z[number - 1], n))
    for number in range(last, 0, -1):
        layer = run.network.layers[number - 1]
        inputs = "X" if number == 1 else f"A{number - 1}"
        formula = ("1/n", f"delta{number}", inputs, "ᵀ")
        yield Quantity(f"dW{number}", f"gradient of the weights, ∂loss/∂W{number}", (formula,), _grads(layer.W))
        formula = ("1/n", "Σ", f"delta{number}")
        yield Quantity(
            f"db{number}", f"gradient of the biases, ∂loss/∂b{number}", (formula,), _grads([[b] for b in layer.b])
        )


def _delta_formulas(upstream: Formula, activation: str, layer: int) -> tuple[Formula, ...]:
    """upstream ⊙ σ′(Z) as the textbook has it, and with the slope as a person works it out."""
    sign, slope = NOTATION[activation].sign, NOTATION[activation].slope_at(layer)
    if not slope:
        return (upstream,)
    if len(upstream) > 1:
        upstream = ("(", *upstream, ")")
    return (*upstream, "⊙", f"{sign}′", "(", f"Z{layer}", ")"), (*upstream, "⊙", *slope)


def _update(problem: Problem, run: _Run) -> Iterator[Quantity]:
    descent = SGD(run.network.parameters(), problem.learning_rate)
    for number in range(len(problem.activations), 0, -1):
        layer = run.network.layers[number - 1]
        for name, parameters in ((f"W{number}", layer.W), (f"b{number}", [[b] for b in layer.b])):
            matrix = tuple(tuple(map(descent.updated, row)) for row in parameters)
            kind = "weights" if name.startswith("W") else "biases"
            yield Quantity(f"{name}_new", f"updated {kind}", ((name, "−", "η", f"d{name}"),), matrix)


def _label(values: Sequence[Sequence[Value]], name: str) -> None:
    for i, row in enumerate(values):
        for j, value in enumerate(row):
            value.label = f"{name}[{i},{j}]"


def _data(values: Sequence[Sequence[Value]]) -> Matrix:
    return tuple(tuple(value.data for value in row) for row in values)


def _grads(values: Sequence[Sequence[Value]], factor: float = 1.0) -> Matrix:
    return tuple(tuple(factor * value.grad for value in row) for row in values)


def _transposed(rows: Sequence[Sequence[_T]]) -> list[list[_T]]:
    return [list(column) for column in zip(*rows, strict=True)]
