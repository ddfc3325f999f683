"""Time and memory per node, from a thousand nodes to a million: read the ratios, which show how flat they are.

    pip install -e .
    python benchmarks/scaling.py
    python benchmarks/scaling.py --most 100000

Three shapes of graph: a chain (sine of sine of ...), a sum of leaves, and a random graph, whose every step is the mean
of the last Value and any earlier one. A node is a Value, leaves included. Times are those of the quickest of several
rounds; bytes are the most that recording and backward held at once, by tracemalloc. What growth is left comes from the
processor's caches, which the largest graphs leave, the random one most of all.

The time that Python's garbage collector takes during recording stands apart: it visits all living objects again each
time their number has grown by a quarter, and finds nothing, for a graph has no cycles. A program that records a huge
graph may stop it with gc.disable().
"""

import argparse
import gc
import random
import time
import tracemalloc
from collections.abc import Callable

from autograd import Value


def _chain(nodes: int) -> Value:
    v = Value(0.5)
    for _ in range(nodes - 1):
        v = v.sin()
    return v


def _sum_of_leaves(nodes: int) -> Value:
    return sum(Value(0.5) for _ in range(nodes // 2))  # type: ignore[return-value]


def _random_graph(nodes: int) -> Value:
    rng = random.Random(1)
    made = [Value(0.25), Value(0.75)]
    for _ in range(nodes // 2 - 1):
        made.append((made[-1] + made[int(rng.random() * len(made))]) * 0.5)
    return made[-1]


SHAPES: dict[str, Callable[[int], Value]] = {
    "chain": _chain,
    "sum of leaves": _sum_of_leaves,
    "random graph": _random_graph,
}


class _CollectorClock:
    """Counts the seconds that the garbage collector takes."""

    def __init__(self) -> None:
        self.seconds = 0.0
        gc.callbacks.append(self)

    def __call__(self, phase: str, info: dict[str, int]) -> None:
        now = time.perf_counter()
        self.seconds += now if phase == "stop" else -now


def _times(shape: Callable[[int], Value], nodes: int, collector: _CollectorClock) -> list[float]:
    """Seconds to record a graph, to collect no garbage meanwhile, to go backward through it and to destroy it."""
    rounds = []
    for _ in range(max(5, 300_000 // nodes)):
        gc.collect()
        collected = -collector.seconds
        start = time.perf_counter()
        output = shape(nodes)
        recorded = time.perf_counter()
        collected += collector.seconds
        output.backward()
        passed = time.perf_counter()
        del output
        rounds.append((recorded - start - collected, collected, passed - recorded, time.perf_counter() - passed))
    return [min(seconds) for seconds in zip(*rounds, strict=True)]


def _bytes(shape: Callable[[int], Value], nodes: int) -> int:
    """The most memory that a graph and its backward pass took at any time."""
    tracemalloc.start()
    shape(nodes).backward()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--most", type=int, default=1_000_000, help="nodes of the largest graph (default 1,000,000)")
    options = parser.parse_args()
    columns = ("record", "collector", "backward", "destroy", "memory")
    print(f"{'graph':14}{'nodes':>10}" + "".join(f"{column:>18}" for column in columns))
    collector = _CollectorClock()
    for name, shape in SHAPES.items():
        first: list[float] = []
        for nodes in (1_000, 10_000, 100_000, 1_000_000):
            if nodes > options.most:
                break
            per_node = [seconds / nodes * 1e9 for seconds in _times(shape, nodes, collector)]
            per_node.append(_bytes(shape, nodes) / nodes)
            first = first or per_node
            cells = zip(per_node, ("ns", "ns", "ns", "ns", "B "), first, strict=True)
            row = "".join(f"{figure:8,.0f} {unit} ×{figure / one:5.2f}" for figure, unit, one in cells)
            print(f"{name:14}{nodes:10,}{row}", flush=True)


if __name__ == "__main__":
    main()
