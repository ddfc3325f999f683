"""``autograd.compile``: a function recorded once, with its derivatives, and run fast for any numbers."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from threading import RLock
from typing import Any, Final, Literal

from autograd.compiler.plan import Plan, Runner, backend_named
from autograd.compiler.program import Program
from autograd.compiler.recording import Argument, Part, Recording, Reduce, Wanted, count_samples, named
from autograd.compiler.source import function_by_name, python_function
from autograd.text import quoted

Backend = Literal["numpy", "native", "jax"]


def _numpy(plan: Plan) -> Runner:
    from autograd.compiler.arrays import run_by_numpy

    return run_by_numpy(plan)


def _native(plan: Plan) -> Runner:
    from autograd.compiler.native import run_natively

    return run_natively(plan)


def _jax(plan: Plan) -> Runner:
    from autograd.compiler.with_jax import run_by_jax

    return run_by_jax(plan)


#: What runs a plan, by name; each brings in what it needs when it is first asked for.
BACKENDS: Final[dict[str, Callable[[Plan], Runner]]] = {"numpy": _numpy, "native": _native, "jax": _jax}


def compile(
    function: Callable[..., Any],
    wrt: str | Iterable[str] | None = None,
    batch: str | Iterable[str] = (),
    reduce: Reduce = "mean",
    backend: Backend = "numpy",
) -> "Compiled":
    """Make a function fast: it is run once to record it, and never again.

    The function is called with numbers that have no value yet, so it must not ask for one: a branch that depends on
    a number is written ``autograd.where(condition, x, y)``. It gives one number.

    Args:
        function: its parameters are numbers, or lists or arrays of numbers; those with a default may be left out.
        wrt: the names of the parameters to derive for; all that are not in batch, if None.
        batch: the names of those that come with a leading axis over the samples; the function sees one sample.
        reduce: what becomes of the results of the samples: their "mean", their "sum", or None to keep each.
        backend: what runs it: "numpy", which is always there, "native" (LLVM) or "jax".

    Raises:
        TypeError: function has parameters without a name of their own, such as ``*args``.
        ValueError: a name is none of its parameters, or reduce or backend is unknown.
    """
    return Compiled(function, wrt, batch, reduce, backend)


class Compiled:
    """A function that ``compile`` has made fast.

    Its methods take the function's arguments by name: numbers, lists or arrays, those of the batch with a leading
    axis over the samples. The first call for arguments of other shapes records the function for these shapes.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        wrt: str | Iterable[str] | None = None,
        batch: str | Iterable[str] = (),
        reduce: Reduce = "mean",
        backend: Backend = "numpy",
    ) -> None:
        self.function = function
        parameters = _parameters(function)
        self._parameters = tuple(parameter.name for parameter in parameters)
        self._defaults = {p.name: p.default for p in parameters if p.default is not p.empty}
        self._names = frozenset(self._parameters)
        self._lock = RLock()
        self.batch = _names(batch, "batch", self._parameters)
        rest = [name for name in self._parameters if name not in self.batch]
        self.wrt = tuple(rest) if wrt is None else _names(wrt, "wrt", self._parameters)
        if reduce not in ("mean", "sum", None):
            raise ValueError(f"reduce {quoted(reduce)}: 'mean', 'sum' or None is needed")
        self._runner_of = backend_named(backend, BACKENDS)
        self.reduce: Reduce = reduce
        self.backend: Backend = backend
        self._recordings: dict[tuple[Part, ...], Recording] = {}
        # What a call comes to where every argument is a float, once there has been one.
        self._quick: dict[Wanted, Callable[[dict[str, Any]], Any]] = {}

    def value(self, **arguments: Any) -> Any:
        """What the function gives: a float, or with reduce None an array with a number for each sample.

        Raises:
            TypeError: an argument is missing, unknown or not made of real numbers, or the function does not give one
                number.
            ValueError: an argument of the batch has no or another number of samples.
            RecordingError: the function asks for a number that is not there while it is recorded.
        """
        return self._run(arguments, "value")[0]

    def grad(self, **arguments: Any) -> dict[str, Any]:
        """The gradient: for each name in wrt a float, or an array in the shape of the argument.

        For an argument of the batch, and with reduce None for every argument, it has a leading axis over the samples.

        Raises:
            TypeError, ValueError, RecordingError: as value.
        """
        return self._run(arguments, "grad")[1]

    def value_and_grad(self, **arguments: Any) -> tuple[Any, dict[str, Any]]:
        """What value and grad give.

        Raises:
            TypeError, ValueError, RecordingError: as value.
        """
        return self._run(arguments, "both")

    def flat(self, **arguments: Any) -> Callable[..., tuple[float, ...]]:
        """The value and then each derivative as a plain function of the numbers in the arguments, one after the other.

        Nothing is faster for one point: it takes floats by place, those of an array row by row, and checks nothing.

        Args:
            arguments: as in a call; their shapes count, not their numbers.

        Raises:
            TypeError, ValueError, RecordingError: as value.
        """
        return self._point(self.program(**arguments))

    def _point(self, program: Program) -> Callable[..., tuple[float, ...]]:
        if self.backend != "native":
            return python_function(program)
        from autograd.compiler.native import point_function

        return point_function(program)

    def jax_function(self, **arguments: Any) -> Callable[..., Any]:
        """The value as a pure function of JAX, of the same arguments, for its jit, vmap, grad and shard_map.

        Its derivatives are the recorded rules. It computes in the type of float that it is given.

        Args:
            arguments: as in a call; their shapes count, not their numbers.

        Raises:
            ImportError: JAX is missing.
            TypeError, ValueError, RecordingError: as value.
        """
        from autograd.compiler.jax_function import jax_function_of

        return jax_function_of(self._recording(self._arguments(arguments)))

    def streamed(self, chunks: Iterable[Mapping[str, Any]], **shared: Any) -> tuple[float, dict[str, Any]]:
        """What value_and_grad gives for a batch that comes in chunks, of which only one is in memory at a time.

        Args:
            chunks: for each the arguments of the batch.
            shared: the other arguments.

        Raises:
            TypeError, ValueError, RecordingError: as value; or there are no chunks, or results for each sample.
        """
        if self.reduce is None or any(name in self.batch for name in self.wrt):
            raise ValueError("streamed adds up over the samples: compile with a reduce, and wrt without the batch")
        total, sums, samples = 0.0, dict.fromkeys(self.wrt, 0.0), 0
        for chunk in chunks:
            arguments = self._arguments({**chunk, **shared})
            size = count_samples(arguments)
            value, gradients = self._recording(arguments).run(arguments, "both")
            weight = size if self.reduce == "mean" else 1
            total += weight * value
            sums = {name: sums[name] + weight * gradients[name] for name in self.wrt}
            samples += size
        if not samples:
            raise ValueError("there are no chunks: give at least one")
        share = samples if self.reduce == "mean" else 1
        return total / share, {name: gradient / share for name, gradient in sums.items()}

    def program(self, **arguments: Any) -> Program:
        """The steps for arguments of these shapes: the value, then every derivative; print it to read it.

        Raises:
            TypeError, ValueError, RecordingError: as value.
        """
        return self._recording(self._arguments(arguments)).plan("both").program

    def _run(self, given: dict[str, Any], wanted: Wanted) -> tuple[Any, dict[str, Any]]:
        quick = self._quick.get(wanted) or self._made_quick(given, wanted)
        if quick is not None:
            result: tuple[Any, dict[str, Any]] | None = quick(given)
            if result is not None:
                return result
        arguments = self._arguments(given)
        return self._recording(arguments).run(arguments, wanted)

    def _made_quick(self, given: dict[str, Any], wanted: Wanted) -> Callable[[dict[str, Any]], Any] | None:
        if self.backend == "jax" or self.batch or given.keys() != self._names:
            # What was left out may be a list.
            return None
        if {number.__class__ for number in given.values()} != {float}:
            return None
        program = self._recording(self._arguments(given)).plan(wanted).program
        gradients = () if wanted == "value" else self.wrt
        point = None if self.backend == "numpy" else self._point(program)
        self._quick[wanted] = function_by_name(program, self._parameters, gradients, wanted != "grad", point)
        return self._quick[wanted]

    def _arguments(self, given: Mapping[str, Any]) -> list[Argument]:
        given = {**self._defaults, **given}
        if given.keys() == self._names:
            return [Argument.of(name, given[name], name in self.batch) for name in self._parameters]
        unknown = [name for name in given if name not in self._parameters]
        missing = [name for name in self._parameters if name not in given]
        what = f"has no parameter {quoted(unknown[0])}" if unknown else f"needs {quoted(missing[0])}"
        raise TypeError(f"{named(self.function)} {what}: give {', '.join(self._parameters)} by name")

    def _recording(self, arguments: list[Argument]) -> Recording:
        key = tuple(argument.part for argument in arguments)
        if key not in self._recordings:
            # Threads that come at the same time wait for the one that records.
            with self._lock:
                if key not in self._recordings:
                    self._recordings[key] = Recording(self.function, key, self.wrt, self.reduce, self._runner_of)
        return self._recordings[key]


def _parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    parameters = list(inspect.signature(function).parameters.values())
    for parameter in parameters:
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
            raise TypeError(f"{named(function)} has the parameter {parameter}: compile needs parameters it can name")
    return parameters


def _names(chosen: str | Iterable[str], what: str, parameters: tuple[str, ...]) -> tuple[str, ...]:
    names = (chosen,) if isinstance(chosen, str) else tuple(chosen)
    for name in names:
        if name not in parameters:
            raise ValueError(f"{what} has {quoted(name)}: one of {', '.join(parameters) or 'no parameters'} is needed")
    return tuple(dict.fromkeys(names))
