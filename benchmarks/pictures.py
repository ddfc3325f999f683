"""From nothing to a picture: cold and warm, here and with micrograd's notebook code, in turn in one run.

    pip install -e '.[bench]'
    python benchmarks/pictures.py

Cold is a process from its start to the SVG: Python, imports, recording, a backward pass, the picture. Warm is the
picture alone, in a process that has drawn it before. The graphs are those of one and of four samples of the 2-2-1
network, and of samples of MLP(2, 16, 16, 1), which has about 1,000 values at one. Here a graph of
more than 250 values is folded; "unfolded" draws all of it. The peer records the same in micrograd and draws it as its
notebook does, a record for each value and a node for each operation, through the system's dot.

Both sides have a minute for each picture, after which they are stopped. Read the ratios, not the times.
"""

import argparse
import importlib
import importlib.util
import itertools
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

LIMIT = 60.0

#: Samples and layer sizes. With a box for each value and a circle for each operation the first two have 55 and 181
#: nodes; the others have about 1,000, 5,000 and 100,000 values.
GRAPHS = {
    "2-2-1, 1 sample": (1, [2, 2, 1]),
    "2-2-1, 4 samples": (4, [2, 2, 1]),
    "MLP, 1 sample": (1, [2, 16, 16, 1]),
    "MLP, 7 samples": (7, [2, 16, 16, 1]),
    "MLP, 154 samples": (154, [2, 16, 16, 1]),
}


def _loss(value: Any, samples: int, sizes: list[int]) -> Any:
    """Half the mean squared error of a network of tanh, written the same for both engines."""
    weights = [
        [[value(0.1 * ((i + 2 * j) % 7 - 3)) for i in range(before + 1)] for j in range(after)]
        for before, after in itertools.pairwise(sizes)
    ]
    total = 0.0
    for sample in range(samples):
        activations: list[Any] = [0.1 * sample, 1.0 - 0.1 * sample]
        for layer in weights:
            activations = [
                sum((w * a for w, a in zip(neuron, activations, strict=False)), neuron[-1]).tanh() for neuron in layer
            ]
        total = total + (activations[0] - 1.0) ** 2
    return total * (0.5 / samples)


def _here(samples: int, sizes: list[int], most: int) -> Callable[[], object]:
    import viz
    from autograd import Value

    loss = _loss(Value, samples, sizes)
    loss.backward()
    return lambda: viz.draw(loss, most=most).svg()


def _micrograd(samples: int, sizes: list[int]) -> Callable[[], object]:
    engine = importlib.import_module("micrograd.engine")
    sys.setrecursionlimit(1_000_000)
    engine.Value.tanh = _micrograd_tanh
    loss = _loss(engine.Value, samples, sizes)
    loss.backward()
    return lambda: _notebook_picture(loss)


def _micrograd_tanh(self: Any) -> Any:
    import math

    out = type(self)(math.tanh(self.data), (self,), "tanh")

    def _backward() -> None:
        self.grad += (1.0 - out.data**2) * out.grad

    out._backward = _backward
    return out


def _notebook_picture(root: Any) -> bytes:
    """What micrograd's notebooks draw: a record of data and gradient for each value, a node for each operation."""
    import graphviz

    picture = graphviz.Digraph(format="svg", graph_attr={"rankdir": "LR"})
    seen, waiting = {id(root)}, [root]
    while waiting:
        value = waiting.pop()
        name = str(id(value))
        picture.node(name, f"{{ data {value.data:.4f} | grad {value.grad:.4f} }}", shape="record")
        if value._op:
            picture.node(name + value._op, value._op)
            picture.edge(name + value._op, name)
        for operand in value._prev:
            picture.edge(str(id(operand)), name + value._op)
            if id(operand) not in seen:
                seen.add(id(operand))
                waiting.append(operand)
    drawn: bytes = picture.pipe()
    return drawn


SIDES: dict[str, Callable[[int, list[int]], Callable[[], object]]] = {
    "here": lambda samples, sizes: _here(samples, sizes, 250),
    "unfolded": lambda samples, sizes: _here(samples, sizes, 10**9),
    "micrograd": _micrograd,
}


def _child(side: str, graph: str, rounds: int) -> None:
    """Draw once, and then so many times more; print the seconds of each of those."""
    draw = SIDES[side](*GRAPHS[graph])
    draw()
    for _ in range(rounds):
        start = time.perf_counter()
        draw()
        print(time.perf_counter() - start)


def _seconds(side: str, graph: str, rounds: int) -> list[float] | None:
    """Of one process: until it ended, and of each picture after the first; None if it took too long."""
    command = [sys.executable, __file__, "--child", side, graph, str(rounds)]
    start = time.perf_counter()
    # In a session of its own, so that a layout that takes too long goes with it.
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        printed, _ = process.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        process.wait()
        return None
    if process.returncode:
        sys.exit(f"{side} failed at {graph}")
    return [time.perf_counter() - start, *map(float, printed.split())]


def _measured(sides: list[str], graph: str, rounds: int) -> dict[str, tuple[float, float]]:
    """Cold and warm seconds of each side that keeps to the limit; cold is the median of processes taken in turn."""
    cold: dict[str, list[float]] = {side: [] for side in sides}
    for _ in range(rounds):
        for side in list(cold):
            seconds = _seconds(side, graph, 0)
            if seconds is None:
                del cold[side]
            else:
                cold[side].append(seconds[0])
    warm = {side: _seconds(side, graph, 3) for side in cold}
    return {
        side: (statistics.median(cold[side]), statistics.median(seconds[1:]))
        for side, seconds in warm.items()
        if seconds
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=5, help="processes for each cold time (default 5)")
    options = parser.parse_args()
    if options.child:
        side, graph, rounds = options.child
        _child(side, graph, int(rounds))
        return
    sides = ["here", "unfolded"]
    if shutil.which("dot") is None:
        print("micrograd is left out: its drawing code needs Graphviz's own dot command")
    elif importlib.util.find_spec("micrograd") is None:
        print("micrograd is left out: it is not installed, see the bench extra")
    else:
        sides.append("micrograd")
    print(f"{'graph':18}{'side':10}{'cold, s':>9}{'warm, s':>9}  × here, cold and warm")
    for graph, (samples, _) in GRAPHS.items():
        measured = _measured(sides, graph, options.rounds if samples < 5 else 2)
        here = measured["here"]
        for side in sides:
            if side in measured:
                cold, warm = measured[side]
                print(
                    f"{graph:18}{side:10}{cold:9.2f}{warm:9.2f}{cold / here[0]:8.1f}{warm / here[1]:8.1f}", flush=True
                )
            else:
                print(f"{graph:18}{side:10}  stopped after {LIMIT:.0f} s", flush=True)


if __name__ == "__main__":
    main()
