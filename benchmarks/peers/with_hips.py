"""HIPS autograd, whose package is also called autograd: by arrays, and by numbers as a student would write it."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import autograd.numpy as np
from arrays import (
    GATE,
    PERCEPTRON_X,
    PERCEPTRON_Y,
    gmm_data,
    gmm_objective,
    in_order,
    perceptron_layers,
    perceptron_loss,
    samples,
    two_two_one_loss,
)
from workloads import PARAMETERS, RATE, Turn, clock, recorded_chain, recorded_expression, squared_error, timed

from autograd import make_vjp, value_and_grad


def _sigmoid(z: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-z))


def _relu(z: Any) -> Any:
    return np.maximum(z, 0.0)


def _flat(value: Any, gradients: Iterable[Any]) -> list[float]:
    return [float(value), *(number for gradient in gradients for number in np.ravel(gradient))]


def _train(
    loss: Callable[[list[Any]], Any], start: Sequence[Any], numbers: Callable[..., list[float]], epochs: int
) -> Turn:
    derive = value_and_grad(loss)

    def turn() -> tuple[float, Iterable[float]]:
        state: list[Any] = [None, list(start)]

        def epoch() -> None:
            value, gradients = derive(state[1])
            state[:] = value, [p - RATE * g for p, g in zip(state[1], gradients, strict=True)]

        seconds, _ = timed(epoch, epochs)
        return seconds, numbers(*state)

    return turn


def _epoch(epochs: int = 1_000) -> Turn:
    w00, w01, w10, w11, b0, b1, v0, v1, c = PARAMETERS
    x, y = np.column_stack(GATE[:2]), GATE[2]
    start = [np.array([[w00, w01], [w10, w11]]), np.array([b0, b1]), np.array([v0, v1]), c]
    return _train(lambda layers: two_two_one_loss(layers, x, y, _sigmoid), start, _flat, epochs)


def _epoch_of_numbers(epochs: int = 1_000) -> Turn:
    def loss(parameters: list[Any]) -> Any:
        errors = [squared_error(parameters, x0, x1, y, _sigmoid) for x0, x1, y in zip(*GATE, strict=True)]
        return sum(errors) * 0.125

    return _train(loss, PARAMETERS, _flat, epochs)


def _perceptron(epochs: int = 5) -> Turn:
    def pairs(parameters: list[Any]) -> list[tuple[Any, Any]]:
        return [(parameters[i], parameters[i + 1]) for i in range(0, 6, 2)]

    def loss(parameters: list[Any]) -> Any:
        return perceptron_loss(pairs(parameters), PERCEPTRON_X, PERCEPTRON_Y, _relu)

    start = [p for layer in perceptron_layers() for p in layer]
    return _train(loss, start, lambda value, p: [value, *in_order(pairs(p))], epochs)


def _derive(function: Callable[[list[Any]], Any], parameters: list[Any], times: int) -> Turn:
    """Value and gradients of a function."""
    derive = value_and_grad(function)

    def turn() -> tuple[float, Iterable[float]]:
        seconds, (value, gradients) = timed(lambda: derive(parameters), times)
        return seconds, _flat(value, gradients)

    return turn


def _samples(n: int = 1_000_000) -> Turn:
    x0, x1, y = samples(n)
    return _derive(lambda p: np.sum(squared_error(p, x0, x1, y, _sigmoid)) / (2 * n), PARAMETERS, 3)


def _gmm(d: int, k: int, n: int = 1_000) -> Turn:
    parameters, points = gmm_data(d, k, n)
    return _derive(lambda p: gmm_objective(p, points, np), parameters, 5)


def _record(function: Callable[[list[Any]], Any], inputs: list[float]) -> tuple[float, float, list[float]]:
    """Seconds to record, seconds to go backward, and the value with its derivatives by the inputs."""
    start = clock()
    backward, value = make_vjp(function)(inputs)
    recorded = clock()
    gradients = backward(1.0)
    return recorded - start, clock() - recorded, _flat(value, gradients)


VECTORS: dict[str, Callable[..., Turn]] = {
    "epoch": _epoch,
    "perceptron": _perceptron,
    "samples": _samples,
    "gmm": _gmm,
}
SCALARS: dict[str, Callable[..., Turn]] = {
    "epoch": _epoch_of_numbers,
    "expression-build": partial(recorded_expression, _record, 0),
    "expression-backward": partial(recorded_expression, _record, 1),
    "chain": partial(recorded_chain, _record),
}
