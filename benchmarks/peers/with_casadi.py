"""CasADi: its reverse mode and its virtual machine, called through buffers without copies.

Each workload has the form that was quickest of several: the small network in scalar symbols (SX), the wide ones in
matrix symbols (MX); a map of a scalar function over the samples takes four times as long.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import casadi
import numpy as np
from arrays import PERCEPTRON_X, PERCEPTRON_Y, Array, by_columns, from_columns, in_order, perceptron_layers, samples
from eager import OR_GATE
from workloads import (
    PARAMETERS,
    PERCEPTRON,
    RATE,
    Turn,
    clock,
    recorded_chain,
    recorded_expression,
    squared_error,
    timed,
)


def _sigmoid(z: Any) -> Any:
    return 1.0 / (1.0 + casadi.exp(-z))


def _relu(z: Any) -> Any:
    return casadi.fmax(z, 0.0)


def _bound(function: Any, arguments: list[Array], results: list[Array]) -> Callable[[], None]:
    """A call of the function that reads and writes these arrays in place."""
    buffer, run = function.buffer()
    for i, array in enumerate(arguments):
        buffer.set_arg(i, array.data)
    for i, array in enumerate(results):
        buffer.set_res(i, array.data)
    kept = buffer, arguments, results

    def call(_: Any = kept) -> None:  # for the run itself keeps none of them alive
        run()

    return call


def _step(loss: Any, state: Any) -> Any:
    """A function from (any loss, parameters) to the loss of these parameters and the parameters after an update."""
    updated = state - RATE * casadi.gradient(loss, state)
    return casadi.Function("step", [state], [casadi.vertcat(loss, updated[1:])], {"cse": True})


def _two_two_one() -> Any:
    state = casadi.SX.sym("state", 10)
    _, *parameters = casadi.vertsplit(state)
    errors = [squared_error(parameters, x0, x1, y, _sigmoid) for x0, x1, y in OR_GATE]
    return _step(sum(errors) * 0.125, state)


def _perceptron_step(layers: list[tuple[Array, Array]]) -> Any:
    """The parameters lie layer by layer, weights column by column as CasADi's matrices do, then biases."""
    n = len(PERCEPTRON_Y)
    state = casadi.MX.sym("state", 1 + len(PERCEPTRON.parameters))
    lengths = [number for w, b in layers for number in (w.size, b.size)]
    _, *parts = casadi.vertsplit(state, np.cumsum([0, 1, *lengths]).tolist())
    z = casadi.DM(PERCEPTRON_X)
    for i, (w, _) in enumerate(layers):
        z = (_relu(z) if i else z) @ parts[2 * i].reshape(w.shape).T + casadi.repmat(parts[2 * i + 1].T, n, 1)
    return _step(casadi.sumsqr(z - casadi.DM(PERCEPTRON_Y)) / (2 * n), state)


def _train(step: Any, start: Array, calls: int) -> Turn:
    state = start.copy()
    work = _bound(step, [state], [state])

    def restart() -> None:
        state[:] = start

    def turn() -> tuple[float, Iterable[float]]:
        seconds, _ = timed(work, 10, calls, restart)
        return seconds, state

    return turn


def _epoch(epochs: int = 1_000) -> Turn:
    return _train(_two_two_one(), np.array([0.0, *PARAMETERS]), epochs)


def _loop(epochs: int = 10_000) -> Turn:
    return _train(_two_two_one().fold(epochs), np.array([0.0, *PARAMETERS]), 1)


def _perceptron(epochs: int = 5) -> Turn:
    layers = perceptron_layers()
    train = _train(_perceptron_step(layers), np.concatenate([[0.0], by_columns(layers)]), epochs)

    def turn() -> tuple[float, Iterable[float]]:
        seconds, state = train()
        loss, *parameters = state
        return seconds, [loss, *in_order(from_columns(np.array(parameters)))]

    return turn


def _samples(n: int = 1_000_000) -> Turn:
    parameters = casadi.MX.sym("parameters", 9)
    x0, x1, y = (casadi.MX.sym(name, n) for name in ("x0", "x1", "y"))
    loss = casadi.sum1(squared_error(casadi.vertsplit(parameters), x0, x1, y, _sigmoid)) / (2 * n)
    derived = casadi.Function("derived", [parameters, x0, x1, y], [loss, casadi.gradient(loss, parameters)])
    value, gradient = np.zeros(1), np.zeros(9)
    work = _bound(derived, [np.array(PARAMETERS), *samples(n)], [value, gradient])
    work()

    def turn() -> tuple[float, Iterable[float]]:
        seconds, _ = timed(work, 5)
        return seconds, [*value, *gradient]

    return turn


def _record(function: Callable[[Any], Any], inputs: list[float]) -> tuple[float, float, list[float]]:
    """Seconds to build, seconds to derive, compile and run, and the value with its derivatives by the inputs."""
    start = clock()
    symbols = casadi.SX.sym("inputs", len(inputs))
    output = function(casadi.vertsplit(symbols))
    built = clock()
    derived = casadi.Function("derived", [symbols], [output, casadi.gradient(output, symbols)])
    value, gradient = derived(inputs)
    passed = clock()
    return built - start, passed - built, [float(value), *np.ravel(gradient)]


WORKLOADS: dict[str, Callable[..., Turn]] = {
    "epoch": _epoch,
    "loop": _loop,
    "perceptron": _perceptron,
    "expression-build": partial(recorded_expression, _record, 0),
    "expression-backward": partial(recorded_expression, _record, 1),
    "chain": partial(recorded_chain, _record),
    "samples": _samples,
}
