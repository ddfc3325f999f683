"""A worked problem: every quantity of a step of gradient descent, in the order a person works them out.

The numbers come from the recorded graph and its backward pass, never from the formulas shown beside them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from autograd import Value
from chalkgrad.problem import Matrix, Problem
from nn import MLP, SGD, Layer, mean_over_samples, squared_errors

_T = TypeVar("_T")

#: A formula in pieces: the names of quantities, which numbers can be put in for, and the signs between them.
Formula = tuple[str, ...]

# σ′(Z) as a person works it out, from the activations A or the pre-activations Z; nothing where it is 1.
_ACTIVATION_SLOPES: Final[dict[str, Callable[[str, str], Formula]]] = {
    "linear": lambda Z, A: (),
    "relu": lambda Z, A: ("⊙", "step", "(", Z, ")"),
    "sigmoid": lambda Z, A: ("⊙", A, "⊙", "(", "1", "−", A, ")"),
    "tanh": lambda Z, A: ("⊙", "(", "1", "−", A, "⊙", A, ")"),
}
_SIGNS: Final = {"sigmoid": "σ", "tanh": "tanh", "relu": "relu"}
_DEFINITIONS: Final = {
    "linear": "as they are",
    "relu": "relu(z) = z where z > 0, else 0",
    "sigmoid": "σ(z) = 1/(1 + e^−z)",
    "tanh": "tanh(z) = (e^z − e^−z)/(e^z + e^−z)",
}


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

    def given(self) -> dict[str, Matrix]:
        """What a formula may refer to and no quantity of this step is: X, y, the parameters, n and the rate η."""
        given = {"X": self.problem.X, "y": self.problem.y}
        for number, (W, b) in enumerate(zip(self.problem.weights, self.problem.biases, strict=True), 1):
            given |= {f"W{number}": W, f"b{number}": _column(b)}
        return given | {"n": ((float(len(self.problem.X[0])),),), "η": ((self.problem.learning_rate,),)}

    def __getitem__(self, name: str) -> Matrix:
        """The numbers of the quantity of that name.

        Raises:
            KeyError: there is none.
        """
        for quantity in self.quantities:
            if quantity.name == name:
                return quantity.matrix
        raise KeyError(f"{name!r} is not worked out here: there are {', '.join(q.name for q in self.quantities)}")


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
    done: list[Step] = []
    current = problem
    for _ in range(steps):
        done.append(_step(current))
        current = _updated(done[-1])
    return Solution(problem, tuple(done))


def _updated(step: Step) -> Problem:
    layers = range(1, len(step.problem.weights) + 1)
    weights = tuple(step[f"W{layer}_new"] for layer in layers)
    biases = tuple(tuple(row[0] for row in step[f"b{layer}_new"]) for layer in layers)
    return replace(step.problem, weights=weights, biases=biases)


def _step(problem: Problem) -> Step:
    run = _Run.of(problem)
    run.loss.backward()
    quantities = (*_forward(problem, run), *_backward(problem, run), *_update(problem, run))
    step = Step(problem, quantities, run.loss, loss_after=0.0)
    return replace(step, loss_after=_Run.of(_updated(step)).loss.data)


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
        errors = squared_errors(_transposed(A[-1]), _transposed(problem.y))
        E = _transposed(errors)
        _label(E, "E")
        mse = mean_over_samples(errors)
        mse.label = "mse"
        loss = mse / 2.0
        loss.label = "loss"
        return cls(network, Z, A, E, mse, loss)


def _forward(problem: Problem, run: _Run) -> Iterable[Quantity]:
    inputs = "X"
    for number, activation in enumerate(problem.activations, 1):
        Z, A = f"Z{number}", f"A{number}"
        formula: Formula = (f"W{number}", inputs, "+", f"b{number}")
        yield Quantity(Z, f"pre-activations of layer {number}", (formula,), _data(run.Z[number - 1]))
        formula = (Z,) if activation == "linear" else (_SIGNS[activation], "(", Z, ")")
        yield Quantity(
            A, f"activations of layer {number}, {_DEFINITIONS[activation]}", (formula,), _data(run.A[number - 1])
        )
        inputs = A
    yield Quantity("E", "squared errors", (("(", inputs, "−", "y", ")", "²"),), _data(run.E))
    yield Quantity("mse", "mean squared error", (("1/n", "Σ", "E"),), ((run.mse.data,),))
    yield Quantity("loss", "half the mean squared error", (("½", "mse"),), ((run.loss.data,),))


def _backward(problem: Problem, run: _Run) -> Iterable[Quantity]:
    # δ is the derivative of n·loss, as it is written by hand: the 1/n stands in dW and db instead.
    n = float(len(problem.X[0]))
    last = len(problem.activations)
    for number in range(last, 0, -1):
        Z, A, delta = f"Z{number}", f"A{number}", f"delta{number}"
        if number == last:
            upstream: Formula = ("(", A, "−", "y", ")")
        else:
            upstream = (f"backpropagated{number}",)
            formula: Formula = (f"W{number + 1}", "ᵀ", f"delta{number + 1}")
            matrix = _grads(run.A[number - 1], n)
            yield Quantity(upstream[0], f"errors handed back to layer {number}, n·∂loss/∂{A}", (formula,), matrix)
        activation = problem.activations[number - 1]
        worked = (*upstream, *_ACTIVATION_SLOPES[activation](Z, A))
        textbook = (*upstream, "⊙", f"{_SIGNS[activation]}′", "(", Z, ")") if activation in _SIGNS else worked
        formulas = (worked,) if worked == textbook else (textbook, worked)
        yield Quantity(delta, f"deltas of layer {number}, n·∂loss/∂{Z}", formulas, _grads(run.Z[number - 1], n))
    for number in range(last, 0, -1):
        layer = run.network.layers[number - 1]
        inputs = "X" if number == 1 else f"A{number - 1}"
        formula = ("1/n", f"delta{number}", inputs, "ᵀ")
        yield Quantity(f"dW{number}", f"gradient of the weights, ∂loss/∂W{number}", (formula,), _grads(layer.W))
        formula = ("1/n", "Σ", f"delta{number}")
        yield Quantity(
            f"db{number}", f"gradient of the biases, ∂loss/∂b{number}", (formula,), _grads([[b] for b in layer.b])
        )


def _update(problem: Problem, run: _Run) -> Iterable[Quantity]:
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


def _column(numbers: Sequence[float]) -> Matrix:
    return tuple((number,) for number in numbers)


def _transposed(rows: Sequence[Sequence[_T]]) -> list[list[_T]]:
    return [list(column) for column in zip(*rows, strict=True)]
