"""JAX: every workload compiled, but for the chain, whose compilation takes minutes; with doubles, on one processor."""

from collections.abc import Callable, Iterable
from typing import Any

import jax
import jax.numpy as jnp
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
from workloads import CHAIN_START, PARAMETERS, RATE, Turn, chain, clock, squared_error, timed

jax.config.update("jax_enable_x64", True)

Step = Callable[[Any], tuple[Any, Any]]


def _step(loss: Callable[[Any], Any]) -> Step:
    """From parameters to the loss and the parameters after an update."""

    def step(parameters: Any) -> tuple[Any, Any]:
        value, gradients = jax.value_and_grad(loss)(parameters)
        return value, jax.tree.map(lambda p, g: p - RATE * g, parameters, gradients)

    return step


def _two_two_one() -> tuple[list[Any], Step]:
    w00, w01, w10, w11, b0, b1, v0, v1, c = PARAMETERS
    start = [jnp.array([[w00, w01], [w10, w11]]), jnp.array([b0, b1]), jnp.array([v0, v1]), jnp.array(c)]
    x, y = jnp.column_stack(GATE[:2]), jnp.array(GATE[2])
    return start, _step(lambda layers: two_two_one_loss(layers, x, y, jax.nn.sigmoid))


def _flat(loss: Any, layers: list[Any]) -> list[float]:
    return [float(loss), *(float(number) for layer in layers for number in layer.ravel())]


def _train(start: Any, step: Step, epochs: int, numbers: Callable[[Any, Any], list[float]]) -> Turn:
    compiled = jax.jit(step)
    jax.block_until_ready(compiled(start))

    def turn() -> tuple[float, Iterable[float]]:
        state = [None, start]

        def epoch() -> None:
            state[:] = jax.block_until_ready(compiled(state[1]))

        seconds, _ = timed(epoch, epochs)
        return seconds, numbers(*state)

    return turn


def _epoch(epochs: int = 1_000) -> Turn:
    return _train(*_two_two_one(), epochs, _flat)


def _perceptron(epochs: int = 5) -> Turn:
    start = [(jnp.array(w), jnp.array(b)) for w, b in perceptron_layers()]
    x, y = jnp.array(PERCEPTRON_X), jnp.array(PERCEPTRON_Y)
    step = _step(lambda layers: perceptron_loss(layers, x, y, jax.nn.relu))
    return _train(start, step, epochs, lambda loss, layers: [float(loss), *in_order(layers)])


def _loop(epochs: int = 10_000) -> Turn:
    start, step = _two_two_one()
    zero = jnp.array(0.0)
    whole = jax.jit(lambda layers: jax.lax.fori_loop(0, epochs, lambda _, state: step(state[1]), (zero, layers)))
    jax.block_until_ready(whole(start))

    def turn() -> tuple[float, Iterable[float]]:
        seconds, (loss, layers) = timed(lambda: jax.block_until_ready(whole(start)), 5)
        return seconds, _flat(loss, layers)

    return turn


def _derive(function: Callable[..., Any], arguments: Any, times: int) -> Turn:
    """Value and gradients of one function of one argument."""
    compiled = jax.jit(jax.value_and_grad(function))
    jax.block_until_ready(compiled(arguments))

    def turn() -> tuple[float, Iterable[float]]:
        seconds, (value, gradients) = timed(lambda: jax.block_until_ready(compiled(arguments)), times)
        return seconds, _flat(value, gradients)

    return turn


def _samples(n: int = 1_000_000) -> Turn:
    x0, x1, y = map(jnp.array, samples(n))
    parameters = [jnp.array(number) for number in PARAMETERS]
    return _derive(lambda p: squared_error(p, x0, x1, y, jax.nn.sigmoid).sum() / (2 * n), parameters, 5)


def _gmm(d: int, k: int, n: int = 1_000) -> Turn:
    parameters, points = gmm_data(d, k, n)
    return _derive(lambda p: gmm_objective(p, jnp.array(points), jnp), [jnp.array(p) for p in parameters], 5)


def _chain(operations: int = 1_000) -> Turn:
    def turn() -> tuple[float, Iterable[float]]:
        start = clock()
        value, backward = jax.vjp(lambda v: chain(v, operations), jnp.array(CHAIN_START))
        (gradient,) = backward(jnp.array(1.0))
        gradient.block_until_ready()
        return clock() - start, [float(value), float(gradient)]

    return turn


WORKLOADS: dict[str, Callable[..., Turn]] = {
    "epoch": _epoch,
    "loop": _loop,
    "perceptron": _perceptron,
    "chain": _chain,
    "samples": _samples,
    "gmm": _gmm,
}
