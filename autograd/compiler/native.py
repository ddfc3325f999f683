"""The backend that turns a program into machine code, by LLVM, in this process: for many samples or for one point.

The code lives as long as the function that runs it, and nothing is written to disk.
"""

import ctypes
import os
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from autograd.compiler.arrays import run_by_numpy
from autograd.compiler.llvm_code import Lanes
from autograd.compiler.llvm_loops import write_batch, write_point, write_training
from autograd.compiler.llvm_machine import SMALL, MachineCode, library, widest
from autograd.compiler.llvm_math import EXACT, INLINE
from autograd.compiler.llvm_program import Module
from autograd.compiler.lowering import lowered
from autograd.compiler.plan import Plan, Runner, Trainer, Training
from autograd.compiler.program import Primitive, Program
from autograd.compiler.source import python_function
from autograd.compiler.training import train_by_numpy
from autograd.operations import BUILT_IN

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, Any]

# How many operations a piece of a batch is worth, and how many samples it has at least.
_PIECE: Final = 4_000_000
_SMALLEST: Final = 512


def run_natively(plan: Plan) -> Runner:
    """A function that runs a plan as machine code; as NumPy does where llvmlite is missing.

    Raises:
        TypeError: the program has an operation of the user's own that cannot be written down as a program.
    """
    if not _has_llvm():
        return run_by_numpy(plan)
    return _Batch(plan).run if plan.is_batch else _Point(plan).run


def train_natively(training: Training) -> Trainer:
    """A function that carries out training steps as machine code, all of a call in one go; or as NumPy does.

    Raises:
        TypeError: as run_natively.
    """
    return _Training(training).run if _has_llvm() else train_by_numpy(training)


def point_function(program: Program) -> Callable[..., tuple[float, ...]]:
    """The function that takes a float for each input and gives a float for each output.

    It gives the bits that ``source.python_function`` gives, in a third of the time.

    Raises:
        TypeError: as run_natively.
    """
    if not _has_llvm():
        return python_function(program)
    program = _in_primitives(program)
    module = Module(Lanes(1), EXACT, library(), spread=len(program) <= SMALL)
    write_point(module, program)
    return MachineCode(module, len(program)).python_function()


@cache
def _has_llvm() -> bool:
    """Whether llvmlite is there. Where it is not, that is said once."""
    try:
        import llvmlite.binding  # noqa: F401
    except (ImportError, OSError):
        warnings.warn(
            "llvmlite is missing, so NumPy stands in for native code: pip install 'chalkgrad[native]'", stacklevel=2
        )
        return False
    return True


def _in_primitives(program: Program) -> Program:
    result = lowered(program)
    for step in result.steps:
        if step.op is not None and not isinstance(step.op, Primitive) and step.op not in BUILT_IN:
            raise TypeError(
                f"operation {step.op.name!r}: its value is a Python function, which native code does not call: "
                "write it in generic arithmetic, or use backend='numpy'"
            )
    return result


class _Codes:
    """The machine code for each kind of call, made once, whichever thread asks first."""

    def __init__(self) -> None:
        self._made: dict[Any, tuple[Callable[..., None], int]] = {}
        self._lock = Lock()

    def get(self, kind: Any, make: Callable[[Any], tuple[Callable[..., None], int]]) -> tuple[Callable[..., None], int]:
        """A function, and how many doubles of memory it needs."""
        if kind not in self._made:
            with self._lock:
                if kind not in self._made:
                    self._made[kind] = make(kind)
        return self._made[kind]


class _Point:
    """A plan without a batch."""

    def __init__(self, plan: Plan) -> None:
        self._function = point_function(plan.program)

    def run(self, shared: Sequence[float], columns: Sequence[Any], samples: int) -> list[Any]:
        """The outputs, as ``plan.Runner`` has it."""
        return list(self._function(*shared))


# Many samples ---------------------------------------------------------------------------------------------------------


class _Batch:
    """A plan for a batch: pieces of it on all processors at once.

    The pieces do not depend on how many processors there are, and their sums are added up in order, so the result is
    always the same.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._program = _in_primitives(plan.program)
        varies = plan.varying(self._program)
        self._varies = [varies[place] for place in self._program.outputs]
        self._columns = [one and not summed for one, summed in zip(self._varies, plan.summed, strict=True)]
        self._piece = max(_SMALLEST, _PIECE // max(len(self._program), 1) // _SMALLEST * _SMALLEST)
        self._codes = _Codes()

    def _compiled(self, dense: tuple[bool, ...]) -> tuple[Callable[..., None], int]:
        module = Module(widest(), INLINE, library(), spread=len(self._program) <= SMALL)
        frame = write_batch(module, self._plan, self._program, dense)
        code = MachineCode(module, len(self._program))
        return code.function(6 * (ctypes.c_void_p,) + 2 * (ctypes.c_int64,)), frame

    def run(self, shared: Sequence[float], columns: Sequence[Any], samples: int) -> list[Any]:
        """The outputs for all samples, as ``plan.Runner`` has it."""
        import numpy

        given = _Columns(columns)
        call, frame = self._codes.get(given.dense, self._compiled)
        numbers = numpy.array(shared, dtype=numpy.float64)
        arrays = [numpy.empty(samples) if is_column else None for is_column in self._columns]
        targets = _addresses(arrays)
        pointers = [_address(array) for array in (numbers, given.addresses, given.strides, targets)]
        starts = range(0, samples, self._piece)
        results = numpy.zeros((len(starts), len(arrays)))

        def work(piece: int) -> None:
            memory, start = numpy.empty(frame), starts[piece]
            end = min(start + self._piece, samples)
            call(*pointers, _address(results[piece]), _address(memory), start, end)

        _on_all_processors(work, len(starts))
        firsts = sums = results[0].tolist()
        if len(starts) > 1:
            with numpy.errstate(all="ignore"):
                sums = results.sum(axis=0).tolist()
        outputs = [
            array if array is not None else sums[index] if self._varies[index] else firsts[index]
            for index, array in enumerate(arrays)
        ]
        return self._plan.finished(outputs, self._varies, samples)


def _on_all_processors(work: Callable[[int], None], pieces: int) -> None:
    workers = 1 if pieces == 1 else min(pieces, _processors())
    if workers == 1:
        for piece in range(pieces):
            work(piece)
        return
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, range(pieces)))


def _processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Columns:
    """Columns as native code gets them.

    Attributes:
        addresses, strides: arrays of where each begins, and how many doubles lie between one number and the next.
    """

    def __init__(self, columns: Sequence["Array"]) -> None:
        import numpy

        # Kept for as long as they are pointed to.
        self._arrays = [_reachable(column) for column in columns]
        self.addresses = _addresses(self._arrays)
        self.strides = numpy.array([column.strides[0] // 8 for column in self._arrays], dtype=numpy.int64)
        self.dense = tuple(len(column) < 2 or column.strides[0] == 8 for column in self._arrays)


def _reachable(column: "Array") -> "Array":
    """A column of doubles that lie at whole numbers of doubles from one another: itself if it does."""
    import numpy

    if column.dtype == numpy.float64 and column.flags.aligned and column.strides[0] % 8 == 0:
        return column
    return numpy.array(column, dtype=numpy.float64)


def _address(array: "Array") -> int:
    # A tenth of the time that array.ctypes.data takes.
    address: int = array.__array_interface__["data"][0]
    return address


def _addresses(arrays: Sequence["Array | None"]) -> "Array":
    import numpy

    return numpy.array([0 if array is None else _address(array) for array in arrays], dtype=numpy.uint64)


# Training -------------------------------------------------------------------------------------------------------------


class _Training:
    """A training whose loop of steps is one function of machine code."""

    def __init__(self, training: Training) -> None:
        self._training = training
        self._program = _in_primitives(training.plan.program)
        self._update = _in_primitives(training.update)
        self._codes = _Codes()

    def _compiled(self, kind: tuple[bool, tuple[bool, ...]]) -> tuple[Callable[..., None], int]:
        ordered, dense = kind
        module = Module(widest(), INLINE, library(), spread=len(self._program) <= SMALL)
        frame = write_training(module, self._training, self._program, self._update, dense, ordered)
        code = MachineCode(module, len(self._program))
        pointer, whole = ctypes.c_void_p, ctypes.c_int64
        arguments = (*5 * (pointer,), whole, whole, pointer, whole, whole, *3 * (pointer,))
        return code.function(arguments), frame

    def run(
        self,
        parameters: "Array",
        kept: "Array",
        columns: Sequence["Array"],
        order: "Array | None",
        size: int,
        rates: "Array",
        done: int,
    ) -> "Array":
        """Carry out the steps, as ``plan.Trainer`` has it.

        Raises:
            IndexError: the order has the number of a sample that there is not.
        """
        import numpy

        given, steps, last = _Columns(columns), len(rates), len(columns[0])
        if order is not None:
            _check_order(order, last)
            steps, last = min(steps, -(-len(order) // size)), len(order)
        call, frame = self._codes.get((order is not None, given.dense), self._compiled)
        order = numpy.array([] if order is None else order, dtype=numpy.int64)
        new, new_kept = (numpy.array(array, dtype=numpy.float64, order="C") for array in (parameters, kept))
        rates = numpy.array(rates, dtype=numpy.float64)
        losses, results, memory = numpy.empty(steps), numpy.empty(1 + len(new)), numpy.empty(frame)
        inputs = map(_address, (new, new_kept, given.addresses, given.strides, order))
        outputs = map(_address, (losses, results, memory))
        call(*inputs, last, size, _address(rates), steps, done, *outputs)
        parameters[...], kept[...] = new, new_kept
        return losses


def _check_order(order: "Array", samples: int) -> None:
    if len(order) and not (order.min() >= 0 and order.max() < samples):
        raise IndexError(f"the order goes from {order.min()} to {order.max()}: there are {samples} samples")
