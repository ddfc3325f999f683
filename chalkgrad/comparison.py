"""Two runs beside each other: what of the givens differs, and where their numbers part."""

import math
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from autograd.text import counted, printable
from chalkgrad.cells import SINGLE
from chalkgrad.problem import Matrix
from chalkgrad.record import Run

_SINGLE: Final = SINGLE | {"loss_after"}


@dataclass(frozen=True, slots=True)
class Difference:
    """A number that is not the same in two runs.

    Attributes:
        place: the quantity, and row and column, as labels have them: ``A2[0,1]``.
    """

    place: str
    first: float
    second: float

    @property
    def amount(self) -> float:
        """The second number less the first."""
        return self.second - self.first

    @property
    def ulps(self) -> int | None:
        """How many steps from one number of 64 bits to the next lie between them; None where one is not finite."""
        if not (math.isfinite(self.first) and math.isfinite(self.second)):
            return None
        return abs(_rank(self.first) - _rank(self.second))

    def __str__(self) -> str:
        here, there = repr(self.first), repr(self.second)
        if self.ulps is None:
            return f"{self.place} is {here}, and {there} in the second run"
        if self.first == self.second:
            return f"{self.place} is {here}, and {there} in the second run: they differ in the sign of zero"
        steps = f"{self.ulps:,} {'ULP' if self.ulps == 1 else 'ULPs'}"
        return f"{self.place} is {here}, and {there} in the second run: a difference of {self.amount:.3g}, {steps}"


def compared(first: Run, second: Run) -> list[str]:
    """In sentences, how two runs differ: none if they are the same but for their titles.

    Numbers are the same where their bits are; any nan is the same as any other.
    """
    sentences = [f"given: {sentence}" for sentence in _settings(first.settings, second.settings)]
    sentences += [f"given: {sentence}" for sentence in _every(first.given, second.given)]
    both = min(len(first.steps), len(second.steps))
    for place, (here, there) in enumerate(zip(first.steps, second.steps, strict=False), 1):
        parting = next(_every(here, there), None)
        if parting is not None:
            sentences.append(f"the runs part in step {place} of {both}: {parting}")
            sentences.append(_extent(first, second))
            break
    if len(first.steps) != len(second.steps):
        sentences.append(f"steps: {counted(len(first.steps), 'step')}, and {len(second.steps)} in the second run")
    return sentences


def _settings(first: Mapping[str, str], second: Mapping[str, str]) -> Iterator[str]:
    for key in dict.fromkeys((*first, *second)):
        here, there = first.get(key, "nothing"), second.get(key, "nothing")
        if here != there:
            yield f"{printable(key, 40)} is {printable(here, 40)}, and {printable(there, 40)} in the second run"


def _every(first: Mapping[str, Matrix], second: Mapping[str, Matrix]) -> Iterator[str]:
    """A sentence for each quantity that differs, in order."""
    for name in dict.fromkeys((*first, *second)):
        shown = printable(name, 40)
        if name not in first or name not in second:
            yield f"{shown} is only in the {'first' if name in first else 'second'} run"
            continue
        here, there = first[name], second[name]
        if _shape(here) != _shape(there):
            yield f"{shown} is {_shape(here)}, and {_shape(there)} in the second run"
            continue
        found = [*differences(name, here, there)]
        if found:
            several = f" ({len(found)} of its {len(here) * len(here[0])} numbers differ)" if len(found) > 1 else ""
            yield f"{found[0]}{several}"


def differences(name: str, first: Matrix, second: Matrix) -> Iterator[Difference]:
    """The numbers that differ in two matrices of one shape, row by row."""
    for i, (here, there) in enumerate(zip(first, second, strict=True)):
        for j, (one, other) in enumerate(zip(here, there, strict=True)):
            if not _same(one, other):
                index = "" if name in _SINGLE else f"[{i},{j}]"
                yield Difference(f"{printable(name, 40)}{index}", one, other)


def _extent(first: Run, second: Run) -> str:
    """How many numbers of all steps differ, and which lie farthest apart."""
    total, found = 0, []
    for place, (here, there) in enumerate(zip(first.steps, second.steps, strict=False), 1):
        for name in here:
            if name in there and _shape(here[name]) == _shape(there[name]):
                total += len(here[name]) * len(here[name][0])
                found += [(place, difference) for difference in differences(name, here[name], there[name])]
    measured = [(difference.ulps, place, difference) for place, difference in found if difference.ulps is not None]
    if not measured:
        return f"in all: {len(found)} of {counted(total, 'number')} differ"
    _, place, farthest = max(measured, key=lambda each: each[0])
    return f"in all: {len(found)} of {counted(total, 'number')} differ, the farthest in step {place}: {farthest}"


def _shape(matrix: Matrix) -> str:
    return f"{len(matrix)} by {len(matrix[0])}"


def _same(first: float, second: float) -> bool:
    if math.isnan(first) or math.isnan(second):
        return math.isnan(first) and math.isnan(second)
    return first == second and math.copysign(1.0, first) == math.copysign(1.0, second)


def _rank(number: float) -> int:
    """The place of a number among all of 64 bits; both zeros have place 0."""
    (bits,) = struct.unpack(">q", struct.pack(">d", abs(number)))
    return -int(bits) if number < 0.0 else int(bits)
