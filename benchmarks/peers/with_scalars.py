"""Engines of scalars that record as they go: ours, micrograd, and PyTorch with a tensor for every number.

All three run the networks of eager.py, written once, and only their gradients are cleared and applied differently.
"""

import importlib
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple

from eager import Perceptron, TwoTwoOne, value_class
from workloads import RATE, Turn, clock, recorded_chain, recorded_expression, timed


class Engine(NamedTuple):
    """What the three do not share."""

    value: Callable[[float], Any]
    clear: Callable[[Iterable[Any]], None]
    update: Callable[[Iterable[Any]], None]


def _clear(parameters: Iterable[Any]) -> None:
    for p in parameters:
        p.grad = 0.0


def _update(parameters: Iterable[Any]) -> None:
    for p in parameters:
        p.data -= RATE * p.grad


def _here() -> Engine:
    from autograd import Value

    return Engine(Value, _clear, _update)


def _micrograd() -> Engine:
    return Engine(value_class("micrograd"), _clear, _update)


def _torch() -> Engine:
    torch = importlib.import_module("torch")

    def value(number: float) -> Any:
        return torch.tensor(number, dtype=torch.float64, requires_grad=True)

    def clear(parameters: Iterable[Any]) -> None:
        for p in parameters:
            p.grad = None

    def update(parameters: Iterable[Any]) -> None:
        with torch.no_grad():
            for p in parameters:
                p -= RATE * p.grad

    return Engine(value, clear, update)


def _numbers(values: Iterable[Any]) -> list[float]:
    return [float(v.data) for v in values]


def _train(engine: Callable[[], Engine], network: Callable[..., Any], default: int, epochs: int | None = None) -> Turn:
    value, clear, update = engine()

    def turn() -> tuple[float, Iterable[float]]:
        model = network(value)
        kept: list[Any] = [None]

        def epoch() -> None:
            # A loss and its graph live until the next loss takes their place, as in micrograd's demo.
            kept[0] = model.loss()
            clear(model.parameters)
            kept[0].backward()
            update(model.parameters)

        seconds, _ = timed(epoch, epochs or default)
        return seconds, _numbers([kept[0], *model.parameters])

    return turn


def _record(
    engine: Callable[[], Engine], build: Callable[[list[Any]], Any], inputs: Sequence[float]
) -> tuple[float, float, list[float]]:
    """Seconds to record, seconds to go backward, and the value with its derivatives by the inputs."""
    leaves = [engine().value(number) for number in inputs]
    start = clock()
    output = build(leaves)
    recorded = clock()
    output.backward()
    passed = clock()
    return recorded - start, passed - recorded, [float(output.data), *(float(leaf.grad) for leaf in leaves)]


def _prepared(engine: Callable[[], Engine], turn: Callable[..., Turn], *sizes: int) -> Turn:
    """A turn, once the engine has been found to be there."""
    engine()
    return turn(partial(_record, engine), *sizes)


def _workloads(engine: Callable[[], Engine]) -> dict[str, Callable[..., Turn]]:
    return {
        "epoch": partial(_train, engine, TwoTwoOne, 1_000),
        "perceptron": partial(_train, engine, Perceptron, 5),
        "expression-build": partial(_prepared, engine, recorded_expression, 0),
        "expression-backward": partial(_prepared, engine, recorded_expression, 1),
        "chain": partial(_prepared, engine, recorded_chain),
    }


HERE, MICROGRAD, TORCH = map(_workloads, (_here, _micrograd, _torch))
