"""NumPy with the gradients derived by hand: what a person writes who needs no engine."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from arrays import GATE, PERCEPTRON_X, PERCEPTRON_Y, Array, in_order, perceptron_layers, samples
from workloads import PARAMETERS, RATE, Turn, timed

# Temporaries of this many samples stay in the processor's caches.
BLOCK = 8_192


def _sigmoid(z: Array) -> Array:
    result: Array = 1.0 / (1.0 + np.exp(-z))
    return result


def _sums(p: Iterable[float], x0: Array, x1: Array, y: Array) -> list[Any]:
    """Σ (a − y)² / 2 of the 2-2-1 network and its nine gradients."""
    w00, w01, w10, w11, b0, b1, v0, v1, c = p
    h0 = _sigmoid(w00 * x0 + w01 * x1 + b0)
    h1 = _sigmoid(w10 * x0 + w11 * x1 + b1)
    a = _sigmoid(v0 * h0 + v1 * h1 + c)
    error = a - y
    delta = error * a * (1.0 - a)
    d0 = delta * v0 * h0 * (1.0 - h0)
    d1 = delta * v1 * h1 * (1.0 - h1)
    gradients = [d0 @ x0, d0 @ x1, d1 @ x0, d1 @ x1, d0.sum(), d1.sum(), delta @ h0, delta @ h1, delta.sum()]
    return [0.5 * (error @ error), *gradients]


def _epoch(epochs: int = 1_000) -> Turn:
    def turn() -> tuple[float, Iterable[float]]:
        parameters = np.array(PARAMETERS)

        def epoch() -> Any:
            nonlocal parameters
            loss, *gradients = _sums(parameters.tolist(), *GATE)
            parameters = parameters - RATE / 4 * np.array(gradients)
            return loss / 4

        seconds, loss = timed(epoch, epochs)
        return seconds, [loss, *parameters]

    return turn


def _perceptron_gradients(layers: list[tuple[Array, Array]]) -> tuple[float, list[tuple[Array, Array]]]:
    """Half the mean squared error of the 100 samples and its gradients, layer by layer."""
    activations = [PERCEPTRON_X]
    for w, b in layers[:-1]:
        activations.append(np.maximum(activations[-1] @ w.T + b, 0.0))
    w, b = layers[-1]
    n = len(PERCEPTRON_Y)
    error = activations[-1] @ w.T + b - PERCEPTRON_Y[:, None]
    delta = error / n
    gradients = []
    for (w, _), x in zip(reversed(layers), reversed(activations), strict=True):
        gradients.append((delta.T @ x, delta.sum(0)))
        delta = (delta @ w) * (x > 0.0)
    return float(np.vdot(error, error)) / (2 * n), gradients[::-1]


def _perceptron(epochs: int = 5) -> Turn:
    def turn() -> tuple[float, Iterable[float]]:
        layers = perceptron_layers()

        def epoch() -> float:
            loss, gradients = _perceptron_gradients(layers)
            for (w, b), (dw, db) in zip(layers, gradients, strict=True):
                w -= RATE * dw
                b -= RATE * db
            return loss

        seconds, loss = timed(epoch, epochs)
        return seconds, [loss, *in_order(layers)]

    return turn


def _samples(n: int = 1_000_000) -> Turn:
    data = samples(n)

    def work() -> Array:
        total = np.zeros(10)
        for start in range(0, n, BLOCK):
            total += _sums(PARAMETERS, *(column[start : start + BLOCK] for column in data))
        return total / n

    work()
    return lambda: timed(work, 5)


WORKLOADS: dict[str, Callable[..., Turn]] = {"epoch": _epoch, "perceptron": _perceptron, "samples": _samples}
