"""A function recorded for arguments of certain shapes: its program, and how arrays get into it and out again."""

import math
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import islice
from threading import RLock
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from autograd.compiler.plan import Plan, Runner
from autograd.compiler.program import Builder, Symbol, gradients
from autograd.operations import as_float
from autograd.scalar import Scalar
from autograd.text import counted, quoted

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, Any]

#: What becomes of the results of the samples.
Reduce = Literal["mean", "sum"] | None

#: What is asked of a recording.
Wanted = Literal["value", "grad", "both"]


class Part(NamedTuple):
    """What a recording depends on of one argument.

    Attributes:
        name: of the parameter.
        shape: of one sample of it, () for a number.
        is_list: whether the function gets nested lists, as the caller gave, not an array.
        is_batch: whether it has an axis over the samples.
    """

    name: str
    shape: tuple[int, ...]
    is_list: bool
    is_batch: bool

    @property
    def size(self) -> int:
        """How many numbers one sample of it has."""
        return math.prod(self.shape)

    def symbols(self, builder: Builder) -> list[Symbol]:
        """An input for each of its numbers, called such as ``W[0,1]``."""
        import numpy

        indices = [",".join(map(str, index)) for index in numpy.ndindex(*self.shape)]
        return [builder.input(f"{self.name}[{index}]" if index else self.name) for index in indices]

    def shaped(self, numbers: list[Symbol]) -> Any:
        """The numbers as the function gets them."""
        import numpy

        if not self.shape:
            return numbers[0]
        array = numpy.empty(len(numbers), dtype=object)
        array[:] = numbers
        array = array.reshape(self.shape)
        return array.tolist() if self.is_list else array


class Argument(NamedTuple):
    """An argument of a call, as an array of doubles."""

    part: Part
    array: "Array"

    @classmethod
    def of(cls, name: str, given: Any, is_batch: bool) -> "Argument":
        """An argument as it was given.

        Raises:
            TypeError: it is not made of real numbers.
            ValueError: it is a list of lists of different lengths, holds a number that no double equals, or belongs
                to the batch and has no samples.
        """
        array = _doubles(name, given)
        if is_batch and not array.ndim:
            raise ValueError(f"{name} = {quoted(given)}: an argument of the batch has a leading axis over the samples")
        shape = array.shape[1:] if is_batch else array.shape
        return cls(Part(name, shape, isinstance(given, list | tuple), is_batch), array)


def _doubles(name: str, given: Any) -> "Array":
    import numpy

    if given.__class__ is numpy.ndarray and given.dtype == numpy.float64:
        return given
    try:
        array = numpy.asarray(given)
    except ValueError:
        raise ValueError(f"{name} is a list of parts of different lengths: make them equal") from None
    if array.dtype.kind == "f" and array.dtype.itemsize <= 8:
        return array.astype(numpy.float64, copy=False)
    if array.dtype.kind not in "biufO":
        raise TypeError(f"{name} holds {array.dtype}: real numbers are needed")
    try:
        # A Value stands for its number, as in ``float(v)``.
        numbers = [float(n) if isinstance(n, Scalar) else as_float(n) for n in array.ravel()]
    except (TypeError, ValueError) as error:
        raise type(error)(f"{name}: {error}") from None
    return numpy.array(numbers, dtype=numpy.float64).reshape(array.shape)


class Recording:
    """A function recorded for arguments of certain shapes."""

    def __init__(
        self,
        function: Callable[..., Any],
        parts: Sequence[Part],
        wrt: Sequence[str],
        reduce: Reduce,
        backend: Callable[[Plan], Runner],
    ) -> None:
        self.parts = tuple(parts)
        self.reduce = reduce
        self._backend = backend
        self._builder = Builder()
        # The shared inputs come first, as a plan has it.
        ordered = sorted(parts, key=lambda part: part.is_batch)
        self._symbols = {part.name: part.symbols(self._builder) for part in ordered}
        self._wrt = [part for name in wrt for part in parts if part.name == name]
        self._value = self._recorded(function)
        self._runners: dict[Wanted, Runner] = {}
        self._lock = RLock()

    def _recorded(self, function: Callable[..., Any]) -> Any:
        result = function(**{part.name: part.shaped(self._symbols[part.name]) for part in self.parts})
        shape = getattr(result, "shape", None)
        if shape is not None and math.prod(shape) == 1:
            result = result.ravel()[0]
        try:
            return self._builder.symbol(result)
        except TypeError as error:
            if isinstance(result, Symbol):
                raise
            raise TypeError(f"{named(function)} gave {quoted(result)}: compile needs one number") from error

    @cached_property
    def _gradients(self) -> list[Any]:
        return gradients(self._value, [symbol for part in self._wrt for symbol in self._symbols[part.name]])

    def plan(self, wanted: Wanted) -> Plan:
        """What a backend is to run."""
        outputs: list[Any] = [] if wanted == "grad" else [self._value]
        summed = [self.reduce is not None] * len(outputs)
        if wanted != "value":
            outputs += self._gradients
            for part in self._wrt:
                summed += [self.reduce is not None and not part.is_batch] * part.size
        inputs = [symbol for symbols in self._symbols.values() for symbol in symbols]
        shared = sum(part.size for part in self.parts if not part.is_batch)
        program = self._builder.program(inputs, outputs)
        return Plan(program, shared, self._is_batch, tuple(summed), self.reduce == "mean")

    @property
    def _is_batch(self) -> bool:
        return any(part.is_batch for part in self.parts)

    def run(self, arguments: Sequence[Argument], wanted: Wanted) -> tuple[Any, dict[str, Any]]:
        """The value and the gradients by name; of the two only what is wanted.

        Raises:
            ValueError: the arguments of the batch have no samples, or not as many as one another.
        """
        if wanted not in self._runners:
            # Threads that come at the same time wait for the one that compiles.
            with self._lock:
                if wanted not in self._runners:
                    self._runners[wanted] = self._backend(self.plan(wanted))
        samples = count_samples(arguments)
        shared = [number for a in arguments if not a.part.is_batch for number in a.array.ravel().tolist()]
        columns = [column for a in arguments if a.part.is_batch for column in _columns(a.array)]
        results = iter(self._runners[wanted](shared, columns, samples))
        value = None if wanted == "grad" else next(results)
        if wanted == "value":
            return value, {}
        return value, {part.name: self._gathered(part, list(islice(results, part.size)), samples) for part in self._wrt}

    def _gathered(self, part: Part, numbers: list[Any], samples: int) -> Any:
        """The gradient for an argument, in its shape, behind an axis over the samples where each has its own."""
        import numpy

        if self._is_batch and (part.is_batch or self.reduce is None):
            columns = numpy.stack(numbers, axis=-1) if numbers else numpy.empty((samples, 0))
            return columns.reshape(samples, *part.shape)
        return numpy.array(numbers).reshape(part.shape) if part.shape else numbers[0]


def count_samples(arguments: Sequence[Argument]) -> int:
    """How many samples there are; 1 where nothing has an axis over them.

    Raises:
        ValueError: there are none, or arguments have different numbers of them.
    """
    lengths = {argument.part.name: len(argument.array) for argument in arguments if argument.part.is_batch}
    for name, length in lengths.items():
        if not length:
            raise ValueError(f"{name} has no samples: give at least one")
        first = next(iter(lengths))
        if length != lengths[first]:
            raise ValueError(f"{first} has {counted(lengths[first], 'sample')}, {name} has {length}: make them equal")
    return next(iter(lengths.values()), 1)


def _columns(array: "Array") -> Iterator["Array"]:
    """An array's numbers for each sample, one place after the other."""
    if array.ndim == 1:
        yield array
        return
    flat = array.reshape(len(array), -1)
    yield from (flat[:, place] for place in range(flat.shape[1]))


def named(function: Callable[..., Any]) -> str:
    """What a function is called, for people to read."""
    return getattr(function, "__name__", "the function")
