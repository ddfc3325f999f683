"""Training on many devices and in many processes is the same training: the sums are the same but for rounding."""

import json
import os
import socket
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

pytest.importorskip("jax", reason="needs JAX: pip install 'chalkgrad[jax]'")

# A process of a training. Of all the samples it has its share; it prints what comes of its trainings.
PROCESS = """
import json, sys
import numpy as np

process, processes, port, samples, devices = map(int, sys.argv[1:])
import jax

if processes > 1:
    jax.distributed.initialize(f"localhost:{port}", processes, process)

import autograd
import nn
from autograd import compile
from autograd.compiler.plan import Training
from autograd.compiler.program import Builder
from autograd.compiler.training import trainer


def loss(x, y, w, b):
    return (autograd.tanh(w[0] * x[0] + w[1] * x[1] + b) - y) ** 2


builder = Builder()
inputs = parameter, gradient, speed, rate, step = [builder.input(name) for name in "pgvrs"]
speed = 0.9 * speed + gradient
update = builder.program(inputs, [parameter - rate * speed, speed])
X = np.sin(np.arange(2.0 * samples)).reshape(samples, 2)
Y = np.cos(np.arange(1.0 * samples))
compiled = compile(loss, batch=("x", "y"))
recording = compiled._recording(compiled._arguments({"x": X, "y": Y, "w": [0.0, 0.0], "b": 0.0}))
training = Training(recording.plan("both"), update)
share = samples // processes
mine = slice(process * share, (process + 1) * share)
columns = [X[mine, 0], X[mine, 1], Y[mine]]


def trained(backend, columns, order, size, steps):
    parameters, kept = np.array([0.5, -0.25, 0.1]), np.zeros((1, 3))
    rates = np.full(steps, 0.1)
    losses = trainer(training, backend)(parameters, kept, columns, order, size, rates, 0)
    return [*parameters.tolist(), *kept.ravel().tolist(), *losses.tolist()]




def fitted(backend, part):
    network = nn.two_two_one()
    history = nn.fit(network, X[part], Y[part], learning_rate=0.5, epochs=5, backend=backend, progress=False)
    return [*history.losses, *(parameter.data for parameter in network.parameters())]


order = np.argsort(np.sin(np.arange(samples)))[:share] % share
assert jax.device_count() == devices, jax.devices()
results = {
    "whole": trained("jax", columns, None, share, 5),
    "parts": trained("jax", columns, None, 4, 7),
    "order": trained("jax", columns, order, 4, 3),
    "fit": fitted("jax", mine),
}
if processes > 1:
    # Of each other's numbers a process is told only the sums.
    try:
        trained("jax", [column[process:] for column in columns], None, 4, 2)
    except ValueError as error:
        results["refused"] = str(error)
else:
    value, slopes = compile(loss, batch=("x", "y"), backend="jax").value_and_grad(x=X, y=Y, w=[0.5, -0.25], b=0.1)
    results["batch"] = [value, *slopes["w"].tolist(), slopes["b"]]
    value, slopes = compiled.value_and_grad(x=X, y=Y, w=[0.5, -0.25], b=0.1)
    results["batch by numpy"] = [value, *slopes["w"].tolist(), slopes["b"]]
# Each step of all processes takes four samples from each of them.
together = np.arange(samples).reshape(processes, -1)
taken = np.concatenate([together[:, start : start + 4].ravel() for start in range(0, share, 4)])
all_columns = [X[:, 0], X[:, 1], Y]
results["whole by numpy"] = trained("numpy", all_columns, None, samples, 5)
results["parts by numpy"] = trained("numpy", [column[taken] for column in all_columns], None, 4 * processes, 7)
in_order = (order[None] + share * np.arange(processes)[:, None])
taken = np.concatenate([in_order[:, start : start + 4].ravel() for start in range(0, share, 4)])
results["order by numpy"] = trained("numpy", all_columns, taken, 4 * processes, 3)
results["fit by numpy"] = fitted("numpy", slice(None))
print(json.dumps(results))
"""


def _results(processes: int, devices: int, samples: int) -> list[dict[str, Any]]:
    """What each of so many processes prints, each with its part of so many virtual devices."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    flags = f"--xla_force_host_platform_device_count={devices // processes}"
    environment = {**os.environ, "XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS, *map(str, (process, processes, port, samples, devices))],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for process in range(processes)
    ]
    try:
        outputs = [process.communicate(timeout=180) for process in started]
    finally:
        for process in started:
            process.kill()
    for process, (_, complaints) in zip(started, outputs, strict=True):
        assert process.returncode == 0, complaints
    # Before the last line stands what the processes' connections have to say.
    return [json.loads(printed.splitlines()[-1]) for printed, _ in outputs]


def _agree(results: dict[str, Any], names: tuple[str, ...]) -> bool:
    return all(np.allclose(results[name], results[f"{name} by numpy"], rtol=1e-12, atol=1e-15) for name in names)


def test_eight_devices_train_as_one() -> None:
    # 26 samples: neither they nor the four of a step can be shared out equally.
    (results,) = _results(processes=1, devices=8, samples=26)
    assert _agree(results, ("whole", "parts", "order", "fit", "batch"))


def test_two_processes_train_as_one() -> None:
    first, second = _results(processes=2, devices=4, samples=26)
    assert _agree(first, ("whole", "parts", "order", "fit"))
    assert first == second
    assert first["refused"].startswith("the processes have 13, 12 samples, of which a step takes 4, 4")
