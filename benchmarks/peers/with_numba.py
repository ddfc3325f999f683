"""numba: the loops of the C sources in Python, with its usual arithmetic and with fastmath."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import numpy as np
from arrays import GATE, PERCEPTRON_X, PERCEPTRON_Y, Array, in_order, perceptron_layers, samples
from numba import njit
from workloads import PARAMETERS, RATE, Turn, timed


def _sigmoid(z: float) -> Any:
    return 1.0 / (1.0 + np.exp(-z))


def _two_two_one(sigmoid: Any, fastmath: bool) -> Any:
    """Compiled: parameters and samples to half the mean squared error, its gradients written to g."""

    @njit(fastmath=fastmath)
    def value_and_gradients(p: Array, x0: Array, x1: Array, y: Array, g: Array) -> Any:
        w00, w01, w10, w11, b0, b1, v0, v1, c = p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8]
        value = g00 = g01 = g10 = g11 = gb0 = gb1 = gv0 = gv1 = gc = 0.0
        for i in range(len(y)):
            h0 = sigmoid(w00 * x0[i] + w01 * x1[i] + b0)
            h1 = sigmoid(w10 * x0[i] + w11 * x1[i] + b1)
            a = sigmoid(v0 * h0 + v1 * h1 + c)
            error = a - y[i]
            delta = error * a * (1.0 - a)
            d0 = delta * v0 * h0 * (1.0 - h0)
            d1 = delta * v1 * h1 * (1.0 - h1)
            value += error * error
            g00 += d0 * x0[i]
            g01 += d0 * x1[i]
            g10 += d1 * x0[i]
            g11 += d1 * x1[i]
            gb0 += d0
            gb1 += d1
            gv0 += delta * h0
            gv1 += delta * h1
            gc += delta
        n = len(y)
        g[0], g[1], g[2], g[3], g[4] = g00 / n, g01 / n, g10 / n, g11 / n, gb0 / n
        g[5], g[6], g[7], g[8] = gb1 / n, gv0 / n, gv1 / n, gc / n
        return value / (2 * n)

    return value_and_gradients


def _trainer(value_and_gradients: Any, fastmath: bool) -> Any:
    """Compiled: epochs and parameters to the loss of the last epoch, the parameters trained in place."""

    @njit(fastmath=fastmath)
    def train(epochs: int, p: Array, x0: Array, x1: Array, y: Array) -> Any:
        loss = 0.0
        g = np.empty(9)
        for _ in range(epochs):
            loss = value_and_gradients(p, x0, x1, y, g)
            for k in range(9):
                p[k] -= RATE * g[k]
        return loss

    return train


def _perceptron_sample(fastmath: bool) -> Any:
    """Compiled: adds the gradients of one sample; weights lie by input, as in the C source."""

    @njit(fastmath=fastmath)
    def add_sample(layers: Any, x: Array, y: float, gradients: Any, h1: Array, h2: Array, d1: Array) -> Any:
        (w1, b1), (w2, b2), (w3, b3) = layers
        (g1, gb1), (g2, gb2), (g3, gb3) = gradients
        for j in range(16):
            h1[j] = max(b1[j] + w1[0, j] * x[0] + w1[1, j] * x[1], 0.0)
            h2[j] = b2[j]
        for i in range(16):
            for j in range(16):
                h2[j] += w2[i, j] * h1[i]
        z = b3[0]
        for j in range(16):
            h2[j] = max(h2[j], 0.0)
            z += w3[j, 0] * h2[j]
        error = z - y
        gb3[0] += error
        for j in range(16):
            g3[j, 0] += error * h2[j]
            h2[j] = error * w3[j, 0] if h2[j] > 0.0 else 0.0
            gb2[j] += h2[j]
        for i in range(16):
            total = 0.0
            for j in range(16):
                g2[i, j] += h2[j] * h1[i]
                total += w2[i, j] * h2[j]
            d1[i] = total if h1[i] > 0.0 else 0.0
        for j in range(16):
            gb1[j] += d1[j]
            g1[0, j] += d1[j] * x[0]
            g1[1, j] += d1[j] * x[1]
        return error * error

    return add_sample


def _perceptron_trainer(add_sample: Any, fastmath: bool) -> Any:
    """Compiled: one epoch, which updates the layers in place and returns their loss before it."""

    @njit(fastmath=fastmath)
    def epoch(layers: Any, gradients: Any, xs: Array, ys: Array) -> Any:
        h1, h2, d1 = np.empty(16), np.empty(16), np.empty(16)
        for g, gb in gradients:
            g[:] = 0.0
            gb[:] = 0.0
        loss = 0.0
        n = len(ys)
        for i in range(n):
            loss += add_sample(layers, xs[i], ys[i], gradients, h1, h2, d1)
        for k in range(3):
            layers[k][0][:] -= RATE / n * gradients[k][0]
            layers[k][1][:] -= RATE / n * gradients[k][1]
        return loss / (2 * n)

    return epoch


def _train(fastmath: bool, epochs: int, calls: int) -> Turn:
    train = _trainer(_two_two_one(njit(fastmath=fastmath)(_sigmoid), fastmath), fastmath)
    start = np.array(PARAMETERS)
    parameters = start.copy()

    def restart() -> None:
        parameters[:] = start

    def turn() -> tuple[float, Iterable[float]]:
        seconds, loss = timed(lambda: train(epochs, parameters, *GATE), 10, calls, restart)
        return seconds, [loss, *parameters]

    turn()
    return turn


def _epoch(fastmath: bool, epochs: int = 1_000) -> Turn:
    return _train(fastmath, 1, epochs)


def _loop(fastmath: bool, epochs: int = 10_000) -> Turn:
    return _train(fastmath, epochs, 1)


def _perceptron(fastmath: bool, epochs: int = 5) -> Turn:
    train = _perceptron_trainer(_perceptron_sample(fastmath), fastmath)
    start, layers, gradients = (tuple((w.T.copy(), b) for w, b in perceptron_layers()) for _ in range(3))

    def restart() -> None:
        for (w, b), (w_start, b_start) in zip(layers, start, strict=True):
            w[:], b[:] = w_start, b_start

    def turn() -> tuple[float, Iterable[float]]:
        seconds, loss = timed(lambda: train(layers, gradients, PERCEPTRON_X, PERCEPTRON_Y), 10, epochs, restart)
        return seconds, [loss, *in_order((w.T, b) for w, b in layers)]

    turn()
    return turn


def _samples(fastmath: bool, n: int = 1_000_000) -> Turn:
    value_and_gradients = _two_two_one(njit(fastmath=fastmath)(_sigmoid), fastmath)
    parameters, data, gradients = np.array(PARAMETERS), samples(n), np.empty(9)

    def work() -> list[float]:
        return [value_and_gradients(parameters, *data, gradients), *gradients]

    work()
    return lambda: timed(work, 5)


def _workloads(fastmath: bool) -> dict[str, Callable[..., Turn]]:
    kinds: dict[str, Callable[..., Turn]] = {
        "epoch": _epoch,
        "loop": _loop,
        "perceptron": _perceptron,
        "samples": _samples,
    }
    return {name: partial(kind, fastmath) for name, kind in kinds.items()}


PLAIN, FAST = map(_workloads, (False, True))
