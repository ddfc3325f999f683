"""The figures of a comparison as a document with a plot."""

import os
import platform
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

#: What the workloads are, for people who have not read workloads.py.
TITLES = {
    "epoch": "One epoch of the 2-2-1 network on four samples, a call for each epoch",
    "loop": "10,000 epochs of it in one call",
    "perceptron": "One epoch of MLP(2, 16, 16, 1) with relu on 100 samples",
    "expression-build": "Recording a random expression of 100,000 nodes",
    "expression-backward": "Going backward through it",
    "samples": "Value and nine gradients of the 2-2-1 loss at 1,000,000 samples",
    "gmm 2 5": "ADBench's Gaussian mixture, d = 2, K = 5, 1,000 points, value and gradient",
    "gmm 2 25": "The same, d = 2, K = 25",
    "gmm 10 5": "The same, d = 10, K = 5",
    "gmm 10 25": "The same, d = 10, K = 25",
}

#: What the peers are.
NAMES = {
    "here": "chalkgrad, Values",
    "here-numpy": "chalkgrad, compiled, NumPy",
    "here-native": "chalkgrad, compiled, native",
    "here-jax": "chalkgrad, compiled, JAX",
    "numpy": "NumPy, gradients by hand",
    "torch": "PyTorch, arrays",
    "torch-scalars": "PyTorch, a tensor for each number",
    "micrograd": "micrograd",
    "hips": "HIPS autograd, arrays",
    "hips-scalars": "HIPS autograd, numbers",
    "jax": "JAX",
    "casadi": "CasADi",
    "numba": "numba",
    "numba-fast": "numba, fastmath",
    "c": "C, -O3",
    "c-fast": "C, -O3 -march=native -ffast-math",
}

HEAD = """# Performance

Measured by

    python benchmarks/peers/compare.py --write docs/performance.md

on {date}: {machine}, Python {python}.

The peers take turns in one run, each in a process of its own on one processor; what counts is the processor's time, the
median over the turns. Read the ratios, not the times. All peers compute in doubles and have to agree on every number to
nine digits. How they are set to work is in [`benchmarks/peers`](../benchmarks/peers).

![The ratios of the workloads on a logarithmic scale]({plot})
"""

Results = Mapping[str, Mapping[str, float | str]]


def write_report(path: Path, results: Results, lengths: Sequence[int], chains: Mapping[str, Sequence[str]]) -> None:
    """Write the document, and its plot beside it."""
    plot = path.with_suffix(".svg")
    _draw(plot, results)
    machine = f"{platform.system()} on {os.cpu_count()} processors ({_processor()})"
    head = HEAD.format(date=date.today(), machine=machine, python=platform.python_version(), plot=plot.name)
    parts = [head, *(_table(workload, peers) for workload, peers in results.items())]
    if chains:
        parts.append(_chain_table(lengths, chains))
    path.write_text("\n".join(parts), encoding="utf-8")


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


def _measured(peers: Mapping[str, float | str]) -> dict[str, float]:
    """The peers that were there, the quickest first."""
    there = {peer: seconds for peer, seconds in peers.items() if isinstance(seconds, float)}
    return dict(sorted(there.items(), key=lambda item: item[1]))


def _table(workload: str, peers: Mapping[str, float | str]) -> str:
    measured = _measured(peers)
    least = min(measured.values(), default=1.0)
    lines = [f"## {TITLES[workload]}", "", "| | time | ratio |", "|---|--:|--:|"]
    for peer, seconds in measured.items():
        name = NAMES.get(peer, peer)
        shown = f"**{name}**" if peer.startswith("here") else name
        lines.append(f"| {shown} | {_time(seconds)} | {_ratio(seconds / least)} |")
    left_out = [reason for reason in peers.values() if isinstance(reason, str)]
    lines += ["", *(f"Left out: {reason}" for reason in left_out)]
    return "\n".join(lines).rstrip() + "\n"


def _chain_table(lengths: Sequence[int], chains: Mapping[str, Sequence[str]]) -> str:
    lines = [
        "## Deep chains",
        "",
        "Recorded and gone backward through, each in a new process; what stands for a time is how it ended.",
        "",
        f"| | {' | '.join(f'{length:,}' for length in lengths)} |",
        f"|---|{'--:|' * len(lengths)}",
        *(f"| {NAMES.get(peer, peer)} | {' | '.join(endings)} |" for peer, endings in chains.items()),
    ]
    return "\n".join(lines) + "\n"


def _time(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:,.3g} {unit}" if seconds < 1000.0 * size else f"{seconds / size:,.0f} {unit}"
    return f"{seconds * 1e9:.0f} ns"


def _ratio(ratio: float) -> str:
    return f"{ratio:.2f}" if ratio < 10.0 else f"{ratio:,.0f}"


def _draw(path: Path, results: Results) -> None:
    """A dot for each peer at each workload, over the quickest one."""
    import matplotlib

    matplotlib.use("svg")
    # The same figures make the same file.
    matplotlib.rcParams["svg.hashsalt"] = "chalkgrad"
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(10.0, 0.8 * len(results) + 1.5), layout="constrained")
    peers = [peer for peer in NAMES if any(peer in workload for workload in results.values())]
    colours = pyplot.get_cmap("tab20")
    for place, peer in enumerate(peers):
        points = [
            (seconds / min(_measured(workload).values()), row)
            for row, workload in enumerate(results.values())
            if isinstance(seconds := workload.get(peer), float)
        ]
        ours = peer.startswith("here")
        axes.plot(
            *([point[axis] for point in points] for axis in (0, 1)),
            marker="D" if ours else "o",
            markersize=9 if ours else 6,
            markeredgecolor="black" if ours else "none",
            linestyle="none",
            color=colours(place % 20),
            label=NAMES[peer],
        )
    axes.set_xscale("log")
    axes.set_yticks(range(len(results)), results)
    axes.invert_yaxis()
    axes.set_xlabel("times the quickest")
    axes.grid(axis="x", alpha=0.3)
    figure.legend(loc="outside right upper", fontsize="small")
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
