"""The same work for every peer: its data in plain numbers, its formulas in plain arithmetic, and the clock.

A peer's module offers a dictionary of workloads by name. Each takes the sizes of the work, prepares it (compiles,
warms up) and returns a turn; a turn does the work several times and returns the median seconds of one time and the
numbers that all peers must agree on:

    epoch [EPOCHS]             an epoch of the 2-2-1 network: forward, backward, update. Last loss, parameters after it.
    loop [EPOCHS]              all epochs in one call: seconds of the whole loop. Last loss, parameters after it.
    perceptron [EPOCHS]        the same for MLP(2, 16, 16, 1) with relu on 100 samples.
    expression-build [NODES]   to record a random expression. Its value, its derivatives by ten inputs.
    expression-backward [NODES]  to go backward through it. The same numbers.
    chain [OPERATIONS]         to record a deep chain and go backward. Its value, its derivative.
    samples [SAMPLES]          half the mean squared error of the 2-2-1 network and its nine gradients.
    gmm D K [POINTS]           ADBench's Gaussian mixture, value and gradient. Both.

All numbers are doubles. A worker has one processor, and the clock counts the time it had of it: on a machine that
others use as well, that is the time the work takes on a quiet one.
"""

import random
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from eager import OR_GATE, Perceptron, TwoTwoOne

Turn = Callable[[], tuple[float, Iterable[float]]]
T = TypeVar("T")

RATE = 0.5
PARAMETERS: list[float] = TwoTwoOne(float).parameters
OR_X0, OR_X1, OR_Y = (list(column) for column in zip(*OR_GATE, strict=True))
PERCEPTRON = Perceptron(float)
# As gentle as this, a chain of a million operations keeps a derivative that is neither 0 nor infinite.
CHAIN_START, CHAIN_FACTOR, CHAIN_TERM = 0.5, 0.999999, 0.000002

clock = time.process_time


def timed(
    work: Callable[[], T], times: int, calls: int = 1, restart: Callable[[], None] = lambda: None
) -> tuple[float, T]:
    """Median seconds of one call, and the last result.

    ``calls`` in a row share one reading of the clock, which costs a quarter of a microsecond; ``restart`` comes before
    each row and is not counted.
    """
    taken = []
    for _ in range(times):
        restart()
        start = clock()
        for _ in range(calls):
            result = work()
        taken.append((clock() - start) / calls)
    return statistics.median(taken), result


def squared_error(parameters: Sequence[Any], x0: Any, x1: Any, y: Any, sigmoid: Callable[[Any], Any]) -> Any:
    """(a − y)² of the 2-2-1 network, in whatever kind of number the arguments are."""
    w00, w01, w10, w11, b0, b1, v0, v1, c = parameters
    h0 = sigmoid(w00 * x0 + w01 * x1 + b0)
    h1 = sigmoid(w10 * x0 + w11 * x1 + b1)
    error = sigmoid(v0 * h0 + v1 * h1 + c) - y
    return error * error


def perceptron_output(layers: Iterable[Any], x: list[Any], relu: Callable[[Any], Any]) -> Any:
    """The output of MLP(2, 16, 16, 1), number by number."""
    for layer in layers:
        z = [sum((wi * xi for wi, xi in zip(w, x, strict=True)), b) for w, b in layer]
        x = [relu(zi) for zi in z]
    return z[0]


def chain(v: Any, operations: int) -> Any:
    """Half as many products and half as many sums, each of the one before."""
    for _ in range(operations // 2):
        v = v * CHAIN_FACTOR + CHAIN_TERM
    return v


#: Records a function of some inputs and goes backward: seconds of each, and the numbers to agree on.
Record = Callable[[Callable[[Any], Any], list[float]], tuple[float, float, list[float]]]


def recorded_expression(record: Record, phase: int, nodes: int = 100_000) -> Turn:
    """The workloads expression-build (phase 0) and expression-backward (phase 1)."""
    expression = Expression(nodes)

    def turn() -> tuple[float, Iterable[float]]:
        *seconds, numbers = record(expression, expression.inputs)
        return seconds[phase], numbers

    return turn


def recorded_chain(record: Record, operations: int = 1_000) -> Turn:
    """The workload chain."""

    def turn() -> tuple[float, Iterable[float]]:
        build, backward, numbers = record(lambda inputs: chain(inputs[0], operations), [CHAIN_START])
        return build + backward, numbers

    return turn


class Expression:
    """A random expression of ten inputs whose nodes are means and, one in four, products of two earlier ones.

    Every node is used once, but for the inputs; the depth is a few dozen, which spares engines that recurse. A mean
    counts as two nodes, a product as one; the nodes a peer makes of the constant 0.5 do not count.
    """

    def __init__(self, nodes: int) -> None:
        rng = random.Random(1)
        self.inputs = [rng.uniform(0.9, 1.1) for _ in range(10)]
        self.steps: list[tuple[bool, int, int]] = []
        unused = [rng.randrange(10) for _ in range(round((nodes - 10) / 1.75) + 1)]
        slot = 10
        while len(unused) > 1:
            for last in (len(unused) - 1, len(unused) - 2):
                i = rng.randrange(last + 1)
                unused[i], unused[last] = unused[last], unused[i]
            self.steps.append((rng.random() < 0.25, unused.pop(), unused.pop()))
            unused.append(slot)
            slot += 1

    def __call__(self, inputs: Iterable[Any]) -> Any:
        made = list(inputs)
        for product, i, j in self.steps:
            made.append(made[i] * made[j] if product else (made[i] + made[j]) * 0.5)
        return made[-1]
