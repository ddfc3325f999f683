"""PyTorch with vectors: eager, with doubles, on one processor."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
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
from workloads import PARAMETERS, RATE, Turn, squared_error, timed

torch.set_num_threads(1)


def _leaf(number: Any) -> Any:
    return torch.tensor(number, dtype=torch.float64, requires_grad=True)


def _flat(tensors: Iterable[Any]) -> list[float]:
    return [number for tensor in tensors for number in tensor.detach().ravel().tolist()]


def _epochs(loss: Callable[[], Any], parameters: list[Any], epochs: int) -> tuple[float, Any]:
    """Median seconds of an epoch and the last loss."""

    def epoch() -> Any:
        value = loss()
        gradients = torch.autograd.grad(value, parameters)
        with torch.no_grad():
            torch._foreach_add_(parameters, gradients, alpha=-RATE)
        return value.detach()

    return timed(epoch, epochs)


def _epoch(epochs: int = 1_000) -> Turn:
    w00, w01, w10, w11, b0, b1, v0, v1, c = PARAMETERS
    x, y = torch.tensor(GATE[:2]).T.contiguous(), torch.tensor(GATE[2])

    def turn() -> tuple[float, Iterable[float]]:
        layers = [_leaf([[w00, w01], [w10, w11]]), _leaf([b0, b1]), _leaf([v0, v1]), _leaf(c)]
        seconds, loss = _epochs(lambda: two_two_one_loss(layers, x, y, torch.sigmoid), layers, epochs)
        return seconds, _flat([loss, *layers])

    return turn


def _perceptron(epochs: int = 5) -> Turn:
    x, y = torch.tensor(PERCEPTRON_X), torch.tensor(PERCEPTRON_Y)

    def turn() -> tuple[float, Iterable[float]]:
        layers = [(_leaf(w), _leaf(b)) for w, b in perceptron_layers()]
        parameters = [p for layer in layers for p in layer]
        seconds, loss = _epochs(lambda: perceptron_loss(layers, x, y, torch.relu), parameters, epochs)
        return seconds, [loss.item(), *in_order((w.detach(), b.detach()) for w, b in layers)]

    return turn


def _derive(function: Callable[[list[Any]], Any], parameters: list[Any], times: int) -> Turn:
    """Value and gradients of a function."""

    def work() -> list[Any]:
        value = function(parameters)
        return [value, *torch.autograd.grad(value, parameters)]

    work()

    def turn() -> tuple[float, Iterable[float]]:
        seconds, results = timed(work, times)
        return seconds, _flat(results)

    return turn


def _samples(n: int = 1_000_000) -> Turn:
    x0, x1, y = map(torch.tensor, samples(n))
    parameters = [_leaf(number) for number in PARAMETERS]
    return _derive(lambda p: squared_error(p, x0, x1, y, torch.sigmoid).sum() / (2 * n), parameters, 5)


def _gmm(d: int, k: int, n: int = 1_000) -> Turn:
    parameters, points = gmm_data(d, k, n)
    return _derive(lambda p: gmm_objective(p, torch.tensor(points), torch), [_leaf(p) for p in parameters], 5)


WORKLOADS: dict[str, Callable[..., Turn]] = {
    "epoch": _epoch,
    "perceptron": _perceptron,
    "samples": _samples,
    "gmm": _gmm,
}
