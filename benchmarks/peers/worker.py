"""One peer at one workload, in a process of its own.

    python benchmarks/peers/worker.py jax samples 1000000 --python jax=OTHER_ENVIRONMENT/bin/python

For each line on standard input it does one turn and prints a line: the median seconds, then the numbers that all peers
must agree on. workloads.py lists the workloads and what they answer. A peer that is not there, or has no such
workload, ends the process with a sentence that names what to install, before it reads anything.

``--python PEER=PATH`` runs a peer under another interpreter, ``--python PATH`` all those not named; a peer's variants
(c, c-fast) go by the name before the dash. HIPS autograd needs this, for its package has the name of ours.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

sys.path.append(str(Path(__file__).resolve().parents[1]))  # eager.py, whose networks these are, stands there

from workloads import Turn


class Peer(NamedTuple):
    module: str
    workloads: str
    install: str


PEERS = {
    "here": Peer("with_scalars", "HERE", "pip install -e ."),
    "here-numpy": Peer("with_chalkgrad", "NUMPY", "pip install -e ."),
    "here-native": Peer("with_chalkgrad", "NATIVE", "pip install -e '.[native]'"),
    "here-jax": Peer("with_chalkgrad", "JAX", "pip install -e '.[jax]'"),
    "micrograd": Peer("with_scalars", "MICROGRAD", "pip install micrograd==0.1.0"),
    "torch-scalars": Peer("with_scalars", "TORCH", "pip install torch numpy"),
    "torch": Peer("with_torch", "WORKLOADS", "pip install torch numpy"),
    "hips-scalars": Peer("with_hips", "SCALARS", "pip install autograd, in an environment without chalkgrad"),
    "hips": Peer("with_hips", "VECTORS", "pip install autograd, in an environment without chalkgrad"),
    "jax": Peer("with_jax", "WORKLOADS", "pip install jax"),
    "casadi": Peer("with_casadi", "WORKLOADS", "pip install casadi"),
    "numpy": Peer("with_numpy", "WORKLOADS", "pip install numpy"),
    "numba": Peer("with_numba", "PLAIN", "pip install numba"),
    "numba-fast": Peer("with_numba", "FAST", "pip install numba"),
    "c": Peer("with_c", "PLAIN", "gcc, and pip install numpy"),
    "c-fast": Peer("with_c", "FAST", "gcc, and pip install numpy"),
}


def family(peer: str) -> str:
    """The name that the variants of a peer share: "c" for "c-fast"."""
    return peer.partition("-")[0]


def one_processor() -> None:
    """Keep to one processor, which no library's pool of threads gets round; where that cannot be set, ask them.

    It is the first that the process may use, so that ``taskset`` chooses another.
    """
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "NPROC"):
        os.environ[name] = "1"


def prepared(peer: str, workload: str, sizes: list[int]) -> Turn:
    """Import the peer and prepare the workload, or end the process with a sentence that says what is missing."""
    module, attribute, install = PEERS[peer]
    try:
        workloads: dict[str, Callable[..., Turn]] = getattr(importlib.import_module(module), attribute)
        if workload in workloads:
            return workloads[workload](*sizes)
    except ImportError as error:
        sys.exit(f"{peer} is not to be had here ({error}); it needs: {install}")
    sys.exit(f"{peer} has no workload {workload!r}; it has: {', '.join(workloads)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("workload")
    parser.add_argument("sizes", nargs="*", type=int)
    parser.add_argument("--python", action="append", default=[], metavar="[PEER=]PATH", help="another interpreter")
    options = parser.parse_intermixed_args()
    interpreters = {name: path for name, _, path in (choice.rpartition("=") for choice in options.python)}
    interpreter = interpreters.get(family(options.peer)) or interpreters.get("")
    if interpreter and not Path(interpreter).is_file():
        sys.exit(
            f"{options.peer} is not to be had here: there is no interpreter {interpreter!r}; give --python its path"
        )
    if interpreter:
        os.execv(interpreter, [interpreter, __file__, options.peer, options.workload, *map(str, options.sizes)])
    one_processor()
    turn = prepared(options.peer, options.workload, options.sizes)
    for _ in sys.stdin:
        seconds, numbers = turn()
        print(seconds, *map(float, numbers), flush=True)


if __name__ == "__main__":
    main()
