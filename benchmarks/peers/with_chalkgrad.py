"""autograd.compile: the same formulas recorded once, and run by one of its backends."""

import math
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import numpy as np
from arrays import GAMMA, GATE, PERCEPTRON_X, PERCEPTRON_Y, M, _wishart_constant, gmm_data, samples
from workloads import PARAMETERS, PERCEPTRON, RATE, Turn, perceptron_output, squared_error, timed

from autograd import compile, exp, log, relu, sigmoid
from autograd.compiler.compile import BACKENDS
from autograd.compiler.plan import Training
from autograd.compiler.program import Builder
from autograd.compiler.recording import Part, Recording
from autograd.compiler.training import trainer

NUMBERS = [number for layer in PERCEPTRON.layers for weights, bias in layer for number in (*weights, bias)]


def _half_error(parameters: Sequence[Any], x0: Any, x1: Any, y: Any) -> Any:
    return 0.5 * squared_error(parameters, x0, x1, y, sigmoid)


def _epoch(backend: Any, epochs: int = 1_000) -> Turn:
    compiled = compile(_half_error, wrt="parameters", batch=("x0", "x1", "y"), backend=backend)
    x0, x1, y = GATE

    def turn() -> tuple[float, Iterable[float]]:
        parameters = np.array(PARAMETERS)

        def epoch() -> float:
            nonlocal parameters
            loss, gradients = compiled.value_and_grad(parameters=parameters, x0=x0, x1=x1, y=y)
            parameters = parameters - RATE * gradients["parameters"]
            return float(loss)

        seconds, loss = timed(epoch, epochs)
        return seconds, [loss, *parameters]

    return turn


def _descent(loss: Callable[..., Any], parameters: int, columns: Sequence[str], backend: str) -> Any:
    """A trainer that does plain gradient descent."""
    parts = [Part("parameters", (parameters,), is_list=True, is_batch=False)]
    parts += [Part(name, (), is_list=False, is_batch=True) for name in columns]
    plan = Recording(loss, parts, ["parameters"], "mean", BACKENDS["numpy"]).plan("both")
    builder = Builder()
    inputs = [builder.input(name) for name in ("parameter", "gradient", "rate", "step")]
    update = builder.program(inputs, [inputs[0] - inputs[2] * inputs[1]])
    return trainer(Training(plan, update), backend)


def _loop(backend: str, epochs: int = 10_000) -> Turn:
    train = _descent(_half_error, len(PARAMETERS), ("x0", "x1", "y"), backend)
    return _trained(train, PARAMETERS, GATE, epochs, 1)


def _perceptron_loss(parameters: Sequence[Any], x0: Any, x1: Any, y: Any) -> Any:
    numbers = iter(parameters)
    layers = [[([next(numbers) for _ in w], next(numbers)) for w, _ in layer] for layer in PERCEPTRON.layers]
    error = perceptron_output(layers, [x0, x1], relu) - y
    return 0.5 * error * error


def _perceptron(backend: str, epochs: int = 5) -> Turn:
    train = _descent(_perceptron_loss, len(NUMBERS), ("x0", "x1", "y"), backend)
    columns = (*np.ascontiguousarray(PERCEPTRON_X.T), PERCEPTRON_Y)
    return _trained(train, NUMBERS, columns, epochs, epochs)


def _trained(train: Any, start: Sequence[float], columns: Sequence[Any], epochs: int, share: int) -> Turn:
    """All epochs in one call, which is timed; the seconds are those of one share of it."""

    def turn() -> tuple[float, Iterable[float]]:
        parameters, kept = np.array(start), np.zeros((0, len(start)))

        def work() -> Any:
            parameters[:] = start
            return train(parameters, kept, columns, None, len(columns[0]), np.full(epochs, RATE), 0)

        seconds, losses = timed(work, 5)
        return seconds / share, [losses[-1], *parameters]

    turn()
    return turn


def _samples(backend: Any, n: int = 1_000_000) -> Turn:
    compiled = compile(_half_error, wrt="parameters", batch=("x0", "x1", "y"), backend=backend)
    x0, x1, y = samples(n)

    def work() -> tuple[float, Any]:
        value, gradients = compiled.value_and_grad(parameters=PARAMETERS, x0=x0, x1=x1, y=y)
        return value, gradients["parameters"]

    def turn() -> tuple[float, Iterable[float]]:
        seconds, (value, gradient) = timed(work, 5)
        return seconds, [value, *gradient]

    work()
    return turn


def _log_likelihood(x: Any, alphas: Any, means: Any, factors: Any) -> Any:
    """A point's part of ADBench's objective, arrays.gmm_objective, number by number."""
    d = means.shape[1]
    terms = []
    for alpha, mean, factor in zip(alphas, means, factors, strict=True):
        centred = [x[i] - mean[i] for i in range(d)]
        below, squares, place = [exp(factor[i]) * centred[i] for i in range(d)], 0.0, d
        for column in range(d):
            for row in range(column + 1, d):
                below[row] = below[row] + factor[place] * centred[column]
                place += 1
        squares = sum(q * q for q in below)
        terms.append(alpha + sum(factor[:d]) - 0.5 * squares)
    return _log_sum_exp(terms) - _log_sum_exp(list(alphas)) - 0.5 * d * math.log(2.0 * math.pi)


def _log_sum_exp(terms: Sequence[Any]) -> Any:
    highest = terms[0]
    for term in terms[1:]:
        highest = highest.maximum(term)
    return highest + log(sum(exp(term - highest) for term in terms))


def _prior(factors: Any, d: int) -> Any:
    diagonals = sum(exp(2.0 * number) for number in factors[:, :d].ravel())
    rest = sum((number * number for number in factors[:, d:].ravel()), start=0.0 * diagonals)
    return 0.5 * GAMMA * GAMMA * (diagonals + rest) - M * factors[:, :d].sum() - len(factors) * _wishart_constant(d)


def _gmm(backend: Any, d: int, k: int, n: int = 1_000) -> Turn:
    (alphas, means, factors), points = gmm_data(d, k, n)
    names = ("alphas", "means", "factors")
    likelihood = compile(_log_likelihood, wrt=names, batch="x", reduce="sum", backend=backend)
    prior = compile(lambda factors: _prior(factors, d), backend=backend)

    def work() -> tuple[float, list[Any]]:
        value, gradients = likelihood.value_and_grad(x=points, alphas=alphas, means=means, factors=factors)
        more, shares = prior.value_and_grad(factors=factors)
        gradients["factors"] = gradients["factors"] + shares["factors"]
        return value + more, [gradients[name] for name in names]

    def turn() -> tuple[float, Iterable[float]]:
        seconds, (value, gradients) = timed(work, 5)
        return seconds, [value, *(number for gradient in gradients for number in gradient.ravel())]

    work()
    return turn


def _workloads(backend: str) -> dict[str, Callable[..., Turn]]:
    made = {"epoch": _epoch, "loop": _loop, "perceptron": _perceptron, "samples": _samples, "gmm": _gmm}
    return {name: partial(work, backend) for name, work in made.items()}


NUMPY, NATIVE, JAX = map(_workloads, ("numpy", "native", "jax"))
