"""Training on several devices: what a step costs here on 1, 2, 4 and 8 of them, and by a model on many hosts.

    pip install -e '.[jax]'
    python benchmarks/scaling_out.py            # measures (some minutes) and prints the tables
    python benchmarks/scaling_out.py --write    # writes them into docs/scaling.md too, with the plot (needs matplotlib)

The network is 8-16-1 with tanh, 161 parameters, trained by plain descent, every step on the same samples. The devices
are virtual ones, a thread each, all on this one processor: with more of them than cores they show what it costs to keep
them together, not how fast more hardware would be. That is what the model is for. It takes the time of a sample and
of an empty step from one device here, and adds the time that a sum over hosts takes by recursive doubling: log2(hosts)
times a message's latency and its bytes over the bandwidth. Each figure is the quickest of several rounds, which go
through all numbers of devices in turn.
"""

import argparse
import json
import math
import os
import platform
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from autograd import tanh
from autograd.compiler.compile import BACKENDS
from autograd.compiler.plan import Training
from autograd.compiler.program import Builder
from autograd.compiler.recording import Part, Recording
from autograd.compiler.training import trainer

DOCUMENT = Path(__file__).parent.parent / "docs" / "scaling.md"
PLOT = DOCUMENT.with_suffix(".svg")
BEGIN, END = "<!-- begin: benchmarks/scaling_out.py writes what follows -->\n", "<!-- end -->\n"

INPUTS, HIDDEN = 8, 16
PARAMETERS = (INPUTS + 2) * HIDDEN + 1

#: Samples of a step: of one where there is next to nothing to compute, and of one that keeps every device busy.
SMALL, LARGE = 64, 65_536
ROUNDS = 3
DEVICES = (1, 2, 4, 8)
HOSTS = (1, 2, 4, 8, 16, 32, 64, 128, 256)


@dataclass(frozen=True, slots=True)
class Network:
    """What a message takes: seconds to arrive, and bytes in a second."""

    name: str
    latency: float
    bandwidth: float

    def sum_over(self, hosts: int) -> float:
        """Seconds until every host has the sum of P + 1 doubles of each."""
        return math.ceil(math.log2(hosts)) * (self.latency + 8.0 * (PARAMETERS + 1) / self.bandwidth)


NETWORKS = (Network("10 Gbit/s Ethernet, 30 µs", 30e-6, 1.25e9), Network("100 Gbit/s InfiniBand, 2 µs", 2e-6, 12.5e9))


# Measuring ------------------------------------------------------------------------------------------------------------


def _training() -> Training:
    def loss(parameters: Sequence[float], x: Sequence[float], y: float) -> float:
        numbers = iter(parameters)
        hidden = [tanh(sum((next(numbers) * xi for xi in x), next(numbers))) for _ in range(HIDDEN)]
        return (sum((next(numbers) * h for h in hidden), next(numbers)) - y) ** 2  # type: ignore[no-any-return]

    parts = [
        Part("parameters", (PARAMETERS,), True, False),
        Part("x", (INPUTS,), True, True),
        Part("y", (), False, True),
    ]
    recording = Recording(loss, parts, ["parameters"], "mean", BACKENDS["jax"])
    builder = Builder()
    inputs = [builder.input(name) for name in ("parameter", "gradient", "rate", "step")]
    parameter, gradient, rate, _ = inputs
    return Training(recording.plan("both"), builder.program(inputs, [parameter - rate * gradient]))


def _seconds_of_a_step(samples: int) -> float:
    """The quickest of several rounds; each process has so many samples of its own."""
    rng = np.random.default_rng(0)
    columns = list(rng.normal(size=(INPUTS + 1, samples)))
    train, start = trainer(_training(), "jax"), rng.normal(size=PARAMETERS) * 0.3

    def seconds(steps: int) -> float:
        parameters, kept, rates = start.copy(), np.zeros((0, PARAMETERS)), np.full(steps, 0.01)
        begin = time.perf_counter()
        train(parameters, kept, columns, None, samples, rates, 0)
        return time.perf_counter() - begin

    few, many = (2, 22) if samples > 10_000 else (8, 2_056)
    seconds(few), seconds(many)
    # The difference, because a call begins with putting the samples onto the devices.
    rounds = [(seconds(few), seconds(many)) for _ in range(5)]
    return (min(long for _, long in rounds) - min(short for short, _ in rounds)) / (many - few)


def _measure(process: int, processes: int, port: int) -> None:
    """What a process started by _measured does."""
    import jax

    if processes > 1:
        jax.distributed.initialize(f"localhost:{port}", processes, process)
    print(json.dumps([_seconds_of_a_step(samples // processes) for samples in (SMALL, LARGE)]))


def _measured(devices: int, processes: int = 1) -> tuple[float, float]:
    """Seconds of a small and of a large step on so many virtual devices, in one process or in several."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    flags = (f"--xla_force_host_platform_device_count={devices // processes}", "--xla_cpu_multi_thread_eigen=false")
    environment = {**os.environ, "JAX_PLATFORMS": "cpu", "XLA_FLAGS": " ".join(flags)}
    started = [
        subprocess.Popen(
            [sys.executable, __file__, "--process", str(process), str(processes), str(port)],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        for process in range(processes)
    ]
    printed = [process.communicate()[0] for process in started]
    if any(process.returncode for process in started):
        raise SystemExit(f"a measurement with {devices} devices failed")
    small, large = json.loads(printed[0].splitlines()[-1])
    return small, large


# Telling --------------------------------------------------------------------------------------------------------------


def _time(seconds: float) -> str:
    return f"{seconds * 1e3:,.1f} ms" if seconds >= 1e-3 else f"{seconds * 1e6:,.1f} µs"


def _modelled(one: tuple[float, float], samples: int, network: Network, hosts: int) -> float:
    """Seconds of a step of so many samples on so many hosts, each like one device here."""
    small, large = one
    of_a_sample = (large - small) / (LARGE - SMALL)
    empty = small - SMALL * of_a_sample
    return empty + of_a_sample * samples / hosts + network.sum_over(hosts)


def _tables(measured: Mapping[str, tuple[float, float]]) -> str:
    one_small, one_large = one = measured["1 device"]
    lines = [
        f"Measured on {platform.machine()} with {os.cpu_count()} cores, {platform.system()}:",
        "",
        f"| | a step of {SMALL} samples | more than on one | a step of {LARGE:,} samples | speed |",
        "|---|---|---|---|---|",
    ]
    for name, (small, large) in measured.items():
        more = _time(small - one_small) if small > one_small else ""
        lines.append(f"| {name} | {_time(small)} | {more} | {_time(large)} | {one_large / large:.2f} |")
    lines += ["", "By the model, how many times faster than one host:", ""]
    cases = [(network, samples) for network in NETWORKS for samples in (LARGE, 16 * LARGE)]
    lines.append("| hosts | " + " | ".join(f"{samples:,} samples, {network.name}" for network, samples in cases) + " |")
    lines.append("|---|" + "---|" * len(cases))
    for hosts in HOSTS:
        speeds = (
            _modelled(one, samples, network, 1) / _modelled(one, samples, network, hosts) for network, samples in cases
        )
        lines.append(f"| {hosts} | " + " | ".join(f"{speed:,.1f}" for speed in speeds) + " |")
    return "\n".join(lines) + "\n"


def _draw(measured: Mapping[str, tuple[float, float]]) -> None:
    import matplotlib

    matplotlib.use("svg")
    # The same figures make the same file.
    matplotlib.rcParams["svg.hashsalt"] = "chalkgrad"
    from matplotlib import pyplot

    one = measured["1 device"]
    figure, axes = pyplot.subplots(figsize=(7.0, 4.5), layout="constrained")
    for network, style in zip(NETWORKS, ("--", "-"), strict=True):
        for samples, colour in ((LARGE, "tab:orange"), (16 * LARGE, "tab:blue")):
            alone = _modelled(one, samples, network, 1)
            speeds = [alone / _modelled(one, samples, network, hosts) for hosts in HOSTS]
            label = f"model: {samples:,} samples a step, {network.name}"
            axes.plot(HOSTS, speeds, style, color=colour, label=label)
    speeds = [one[1] / measured[_name(devices)][1] for devices in DEVICES]
    axes.plot(DEVICES, speeds, "kD", label=f"measured: virtual devices on {os.cpu_count()} cores")
    axes.plot(HOSTS, HOSTS, ":", color="grey", label="as many times faster as there are hosts")
    axes.set_xscale("log", base=2)
    axes.set_yscale("log", base=2)
    axes.set_xlabel("hosts, or virtual devices")
    axes.set_ylabel("times the speed of one")
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")
    figure.savefig(PLOT, metadata={"Date": None})
    pyplot.close(figure)


def _name(devices: int) -> str:
    return "1 device" if devices == 1 else f"{devices} devices"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--write", action="store_true", help="write the tables and the plot into docs/scaling.md")
    parser.add_argument("--process", nargs=3, type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.process:
        _measure(*options.process)
        return
    ways = {_name(devices): (devices, 1) for devices in DEVICES} | {"2 processes, over the loopback": (2, 2)}
    rounds = [{name: _measured(*way) for name, way in ways.items()} for _ in range(ROUNDS)]
    measured = {name: (min(r[name][0] for r in rounds), min(r[name][1] for r in rounds)) for name in ways}
    tables = _tables(measured)
    print(tables, end="")
    if options.write:
        before, _, rest = DOCUMENT.read_text("utf-8").partition(BEGIN)
        DOCUMENT.write_text(before + BEGIN + tables + END + rest.partition(END)[2], "utf-8")
        _draw(measured)


if __name__ == "__main__":
    main()
