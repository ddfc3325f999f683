"""One training epoch, here and in micrograd, in turn in one run; read the ratios, not the times.

    pip install -e '.[bench]'
    python benchmarks/eager.py

Two workloads: the 2-2-1 sigmoid network on the four samples of the OR gate, and MLP(2, 16, 16, 1) with relu on 100
samples; each epoch is a forward pass, a backward pass and an update. Both engines run the same network code.
micrograd lacks the sigmoid and gets one in its own style.
"""

import argparse
import importlib
import math
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

ENGINES = {"here": "autograd", "micrograd": "micrograd.engine"}


def value_class(engine: str) -> Any:
    value = importlib.import_module(ENGINES[engine]).Value
    if engine == "micrograd":
        value.sigmoid = _micrograd_sigmoid
    return value


def _micrograd_sigmoid(self: Any) -> Any:
    s = 1.0 / (1.0 + math.exp(-self.data))
    out = type(self)(s, (self,), "sigmoid")

    def _backward() -> None:
        self.grad += s * (1.0 - s) * out.grad

    out._backward = _backward
    return out


OR_GATE = [(0.0, 0.0, 0.0), (0.0, 1.0, 1.0), (1.0, 0.0, 1.0), (1.0, 1.0, 1.0)]


class TwoTwoOne:
    """The 2-2-1 sigmoid network, written out: what is left to measure is the engine."""

    def __init__(self, value: Callable[[float], Any]) -> None:
        self.parameters = [value(number) for number in (0.2, 0.4, 0.3, 0.5, 0.3, 0.5, 0.4, 0.6, 0.5)]

    def loss(self) -> Any:
        w00, w01, w10, w11, b0, b1, v0, v1, c = self.parameters
        total = 0.0
        for x0, x1, y in OR_GATE:
            h0 = (w00 * x0 + w01 * x1 + b0).sigmoid()
            h1 = (w10 * x0 + w11 * x1 + b1).sigmoid()
            total = ((v0 * h0 + v1 * h1 + c).sigmoid() - y) ** 2 + total
        return total * 0.125


class Perceptron:
    """MLP(2, 16, 16, 1) with relu, written as micrograd writes it."""

    def __init__(self, value: Callable[[float], Any]) -> None:
        rng = random.Random(1)
        self.layers = [
            [([value(rng.uniform(-1, 1)) for _ in range(fan_in)], value(0.0)) for _ in range(fan_out)]
            for fan_in, fan_out in ((2, 16), (16, 16), (16, 1))
        ]
        self.parameters = [p for layer in self.layers for weights, bias in layer for p in (*weights, bias)]
        self.samples = [([rng.uniform(-1, 1), rng.uniform(-1, 1)], rng.choice((-1.0, 1.0))) for _ in range(100)]

    def _output(self, x: list[Any]) -> Any:
        for layer in self.layers:
            z = [sum((wi * xi for wi, xi in zip(w, x, strict=True)), b) for w, b in layer]
            x = [zi.relu() for zi in z]
        return z[0]

    def loss(self) -> Any:
        losses = [(self._output(x) - y) ** 2 for x, y in self.samples]
        return sum(losses[1:], losses[0]) * 0.005


def _train(network: Any, epochs: int) -> tuple[float, float]:
    """Median seconds of an epoch, and the last loss, in the loop of micrograd's demo.

    As there, a loss and its graph live until the next loss takes its name.
    """
    taken = []
    for _ in range(epochs):
        start = time.perf_counter()
        loss = network.loss()
        for p in network.parameters:
            p.grad = 0.0
        loss.backward()
        for p in network.parameters:
            p.data -= 0.5 * p.grad
        taken.append(time.perf_counter() - start)
    return statistics.median(taken), loss.data


WORKLOADS = {
    "2-2-1 sigmoid, 4 samples": (TwoTwoOne, 1000),
    "MLP(2,16,16,1) relu, 100 samples": (Perceptron, 5),
}


def _work(engine: str, workload: str) -> None:
    """For each line on standard input, train a few epochs and print their median seconds and the last loss."""
    kind, epochs = WORKLOADS[workload]
    network = kind(value_class(engine))
    for _ in sys.stdin:
        print(*_train(network, epochs), flush=True)


class _Worker:
    """One engine at one workload, in a process of its own, so that nobody's garbage slows anybody else."""

    def __init__(self, engine: str, workload: str) -> None:
        command = [sys.executable, __file__, "--worker", engine, workload]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.seconds: list[float] = []

    def turn(self) -> float:
        """Train a few epochs, note the time and return the last loss."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(file=self.process.stdin, flush=True)
        seconds, loss = map(float, self.process.stdout.readline().split())
        self.seconds.append(seconds)
        return loss


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=7, help="turns of each engine (default 7)")
    parser.add_argument("--worker", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        return _work(*options.worker)
    print(f"{'workload':34}{'here':>12}{'micrograd':>12}{'ratio':>8}")
    for workload in WORKLOADS:
        workers = [_Worker(engine, workload) for engine in ENGINES]
        for _ in range(options.rounds):
            losses = [worker.turn() for worker in workers]
            assert math.isclose(*losses, rel_tol=1e-6), f"the engines disagree: {losses}"
        here, there = (statistics.median(worker.seconds) for worker in workers)
        print(f"{workload:34}{here * 1e6:9,.0f} us{there * 1e6:9,.0f} us{there / here:8.1f}")
        for worker in workers:
            worker.process.communicate()


if __name__ == "__main__":
    main()
