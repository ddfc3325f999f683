"""C, compiled by gcc with -O3, and with all it can give on this processor; called through ctypes.

A library built with -ffast-math switches the flushing of tiny numbers to zero on for the whole thread: load it only in
a process of its own, as the worker is.
"""

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from arrays import (
    GATE,
    PERCEPTRON_X,
    PERCEPTRON_Y,
    Array,
    by_columns,
    from_columns,
    in_order,
    perceptron_layers,
    samples,
)
from workloads import PARAMETERS, RATE, Turn, timed

SAFE = ("-O3",)
QUICK = ("-O3", "-march=native", "-ffast-math")


@cache
def _library(flags: tuple[str, ...]) -> ctypes.CDLL:
    """The sources beside this file, compiled.

    Raises:
        ImportError: there is no gcc.
    """
    if shutil.which("gcc") is None:
        raise ImportError("there is no gcc on the path")
    sources = sorted(Path(__file__).parent.glob("*.c"))
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "peers.so"
        subprocess.run(["gcc", *flags, "-shared", "-fPIC", *sources, "-o", library, "-lm"], check=True)
        return ctypes.CDLL(str(library))


def _bound(flags: tuple[str, ...], name: str, *arguments: Any) -> Callable[[], float]:
    """A call of a C function whose arguments are converted once, beforehand; arrays go by address, in place."""
    function = getattr(_library(flags), name)
    function.restype = ctypes.c_double
    kinds = {int: ctypes.c_long, float: ctypes.c_double}
    converted = [ctypes.c_void_p(a.ctypes.data) if isinstance(a, np.ndarray) else kinds[type(a)](a) for a in arguments]

    def call(_: Any = arguments) -> float:  # for the addresses do not keep their arrays alive
        result: float = function(*converted)
        return result

    return call


def _train(work: Callable[[], float], parameters: Array, calls: int) -> Turn:
    start = parameters.copy()

    def restart() -> None:
        parameters[:] = start

    def turn() -> tuple[float, Iterable[float]]:
        seconds, loss = timed(work, 10, calls, restart)
        return seconds, [loss, *parameters]

    return turn


def _epoch(flags: tuple[str, ...], epochs: int = 1_000) -> Turn:
    parameters = np.array(PARAMETERS)
    return _train(_bound(flags, "two_two_one_train", 1, RATE, parameters, 4, *GATE), parameters, epochs)


def _loop(flags: tuple[str, ...], epochs: int = 10_000) -> Turn:
    parameters = np.array(PARAMETERS)
    return _train(_bound(flags, "two_two_one_train", epochs, RATE, parameters, 4, *GATE), parameters, 1)


def _perceptron(flags: tuple[str, ...], epochs: int = 5) -> Turn:
    parameters = by_columns(perceptron_layers())
    data = (len(PERCEPTRON_Y), PERCEPTRON_X, PERCEPTRON_Y)
    train = _train(_bound(flags, "perceptron_train", 1, RATE, parameters, *data), parameters, epochs)

    def turn() -> tuple[float, Iterable[float]]:
        seconds, (loss, *_) = train()
        return seconds, [loss, *in_order(from_columns(parameters))]

    return turn


def _samples(flags: tuple[str, ...], n: int = 1_000_000) -> Turn:
    gradients = np.zeros(9)
    work = _bound(flags, "two_two_one", n, np.array(PARAMETERS), *samples(n), gradients)
    work()

    def turn() -> tuple[float, Iterable[float]]:
        seconds, value = timed(work, 5)
        return seconds, [value, *gradients]

    return turn


def _workloads(flags: tuple[str, ...]) -> dict[str, Callable[..., Turn]]:
    kinds: dict[str, Callable[..., Turn]] = {
        "epoch": _epoch,
        "loop": _loop,
        "perceptron": _perceptron,
        "samples": _samples,
    }
    return {name: partial(kind, flags) for name, kind in kinds.items()}


PLAIN, FAST = map(_workloads, (SAFE, QUICK))
