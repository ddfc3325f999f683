"""The peers at the same work, in turn in one run: read the ratios, not the times.

    python benchmarks/peers/compare.py --python ENVIRONMENT/bin/python --python hips=OTHER/bin/python
    python benchmarks/peers/compare.py samples perceptron --rounds 9

The first environment needs: pip install micrograd==0.1.0 numpy jax numba casadi torch. HIPS autograd, whose package has
the name of ours, needs one of its own: pip install autograd. A peer that is missing is left out, with a sentence.

Every number a peer answers must agree with the first peer's to nine digits; workloads.py says what they are. Chains
are not compared: each peer tries them in a process of its own, and the table says how it ended.

    python benchmarks/peers/compare.py --write docs/performance.md

writes the figures down, with a plot, for which it needs matplotlib.
"""

import argparse
import math
import signal
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from report import write_report

COMPILED = ("here-native", "here-numpy", "here-jax")
LOOPS = ("c-fast", "c", *COMPILED, "numba", "numba-fast", "jax", "casadi")
EPOCHS = (*LOOPS, "numpy", "torch", "hips", "here", "micrograd", "torch-scalars", "hips-scalars")
RECORDERS = ("here", "micrograd", "torch-scalars", "hips-scalars", "casadi")
PEERS = {
    "epoch": EPOCHS,
    "loop": LOOPS,
    "perceptron": EPOCHS[:-1],
    "expression-build": RECORDERS,
    "expression-backward": RECORDERS,
    "samples": (*LOOPS, "numpy", "torch", "hips"),
    "gmm 2 5": ("jax", *COMPILED, "torch", "hips"),
    "gmm 2 25": ("jax", *COMPILED, "torch", "hips"),
    "gmm 10 5": ("jax", *COMPILED, "torch", "hips"),
    # XLA needs more memory than most machines have for the scalars of this one.
    "gmm 10 25": ("jax", *COMPILED[:2], "torch", "hips"),
    "chain": (*RECORDERS, "jax"),
}
CHAINS = (1_000, 10_000, 100_000, 1_000_000)


def _command(peer: str, workload: str, interpreters: list[str]) -> list[str]:
    options = [part for choice in interpreters for part in ("--python", choice)]
    return [sys.executable, str(Path(__file__).with_name("worker.py")), peer, *workload.split(), *options]


class _Worker:
    """A peer at a workload, in a process of its own, so that nobody's garbage or threads slow anybody else."""

    def __init__(self, peer: str, workload: str, interpreters: list[str]) -> None:
        self.peer = peer
        self.errors = tempfile.TemporaryFile("w+")  # noqa: SIM115, it lives as long as the process
        self.process = subprocess.Popen(
            _command(peer, workload, interpreters),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
        )
        self.seconds: list[float] = []

    def turn(self) -> list[float]:
        """The numbers of one turn, whose seconds are noted; empty if the process has ended."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            print(file=self.process.stdin, flush=True)
        except BrokenPipeError:
            return []
        seconds, *numbers = [float(word) for word in self.process.stdout.readline().split()] or [0.0]
        if numbers:
            self.seconds.append(seconds)
        return numbers

    def end(self) -> str:
        """End the process and return the last line of its errors."""
        if self.process.poll() is None:
            self.process.communicate()
        self.errors.seek(0)
        return _last_line(self.errors.read())


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no word"])[-1]


def _check(workload: str, first: _Worker, expected: list[float], other: _Worker, numbers: list[float]) -> None:
    for i, (e, n) in enumerate(zip(expected, numbers, strict=True)):
        if not math.isclose(e, n, rel_tol=1e-9, abs_tol=1e-12):
            sys.exit(f"{workload}: {first.peer} and {other.peer} disagree on number {i}: {e!r} and {n!r}")


def _compare(workload: str, peers: list[str], rounds: int, interpreters: list[str]) -> dict[str, float | str]:
    """The median seconds of each peer, or why it was left out; printed as well."""
    workers = [_Worker(peer, workload, interpreters) for peer in peers]
    for _ in range(rounds):
        answers = [(worker, numbers) for worker in workers if (numbers := worker.turn())]
        for worker, numbers in answers[1:]:
            _check(workload, *answers[0], worker, numbers)
    ends = {worker: worker.end() for worker in workers}
    results: dict[str, float | str] = {
        worker.peer: statistics.median(worker.seconds) if worker.seconds else end for worker, end in ends.items()
    }
    least = min((result for result in results.values() if isinstance(result, float)), default=0.0)
    print(f"\n{workload:24}{'median':>14}{'ratio':>10}")
    for peer, result in results.items():
        if isinstance(result, float):
            print(f"  {peer:22}{result * 1e6:11,.2f} us{result / least:10,.2f}", flush=True)
        else:
            print(f"  left out: {result}", flush=True)
    return results


def _ending(command: list[str], limit: float) -> str:
    """How one turn in a new process ends: its seconds, an error, a signal, or not within the limit."""
    try:
        done = subprocess.run(command, input="\n", capture_output=True, text=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return f"over {limit:.0f} s"
    if done.returncode < 0:
        return signal.Signals(-done.returncode).name
    if done.returncode > 0:
        return _last_line(done.stderr).partition(":")[0]
    return f"{float(done.stdout.split()[0]):.4f} s"


def _chains(peers: list[str], limit: float, interpreters: list[str]) -> dict[str, list[str]]:
    """How each peer fares with chains of growing length; printed as well."""
    print(f"\n{'chain of operations':24}" + "".join(f"{operations:>16,}" for operations in CHAINS))
    results: dict[str, list[str]] = {}
    for peer in peers:
        print(f"  {peer:22}", end="", flush=True)
        results[peer] = []
        for operations in CHAINS:
            results[peer].append(_ending(_command(peer, f"chain {operations}", interpreters), limit))
            print(f"{results[peer][-1]:>16}", end="", flush=True)
        print()
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", help=f"of: {', '.join(PEERS)} (default all)")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each peer (default 5)")
    parser.add_argument("--limit", type=float, default=120.0, help="seconds for a peer at one chain (default 120)")
    parser.add_argument("--peers", help="only these, separated by commas")
    parser.add_argument("--python", action="append", default=[], metavar="[PEER=]PATH", help="as for worker.py")
    parser.add_argument("--write", metavar="FILE", help="the figures as Markdown, with a plot beside it")
    options = parser.parse_intermixed_args()
    if unknown := [workload for workload in options.workloads if workload not in PEERS]:
        parser.error(f"no workload {unknown[0]!r}; there are: {', '.join(PEERS)}")
    results: dict[str, dict[str, float | str]] = {}
    chains: dict[str, list[str]] = {}
    for workload in options.workloads or PEERS:
        peers = [peer for peer in PEERS[workload] if not options.peers or peer in options.peers.split(",")]
        if workload == "chain":
            chains = _chains(peers, options.limit, options.python)
        else:
            results[workload] = _compare(workload, peers, options.rounds, options.python)
    if options.write:
        write_report(Path(options.write), results, CHAINS, chains)


if __name__ == "__main__":
    main()
