"""The backend that is always there: a program run by NumPy, an operation on many samples at a time.

The samples are worked through in blocks that stay in the processor's cache, and a buffer is used again as soon as
nobody needs what is in it. So memory is bounded, whatever the number of samples.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from autograd import operations
from autograd.compiler.lowering import lowered
from autograd.compiler.plan import Plan, Runner
from autograd.compiler.program import Primitive, Program, Step, select
from autograd.compiler.source import python_function, value_of
from autograd.operations import BUILT_IN

#: How many samples a block has at most and at least, and how many bytes of buffers a block may take. From 10,000 on the
#: dot product of OpenBLAS starts threads, and waits for them longer than it works.
LARGEST: Final = 8_192
SMALLEST: Final = 512
CACHE: Final = 1_000_000

# Below so many samples calling NumPy takes longer than a loop in Python.
_FEW: Final = 64

_UFUNCS: Final = {
    "less": "less",
    "at_most": "less_equal",
    "equal": "equal",
    "both": "logical_and",
    "either": "logical_or",
    "opposite": "logical_not",
    "floor": "floor",
    "copysign": "copysign",
    "lower": "minimum",
}

#: The smaller number; nan if either is.
_lower: Final = Primitive("lower", min)


def run_by_numpy(plan: Plan) -> Runner:
    """A function that runs a plan by NumPy."""
    if not plan.is_batch:
        point = python_function(plan.program)
        return lambda shared, columns, samples: list(point(*shared))
    # Each is made when it is first needed: large programs take their time.
    by_one, by_block = cache(lambda: python_function(plan.program)), cache(lambda: _Blocks(plan))

    def run(shared: Sequence[float], columns: Sequence[Any], samples: int) -> list[Any]:
        if samples > _FEW:
            return by_block().run(shared, columns, samples)
        rows = zip(*(column.tolist() for column in columns), strict=True) if columns else [()] * samples
        results = [by_one()(*shared, *row) for row in rows]
        return _one_by_one(plan, results)

    return run


def _one_by_one(plan: Plan, results: list[tuple[float, ...]]) -> list[Any]:
    """The outputs for the whole batch, from those of each sample."""
    import numpy

    varies = plan.varying(plan.program)
    outputs = [
        numbers[0] if not varies[place] else sum(numbers) if is_summed else numpy.array(numbers)
        for numbers, place, is_summed in zip(zip(*results, strict=True), plan.program.outputs, plan.summed, strict=True)
    ]
    return plan.finished(outputs, [varies[place] for place in plan.program.outputs], len(results))


@dataclass(frozen=True, slots=True)
class _Result:
    """A line that is an output, or two whose product is summed as one."""

    operands: tuple[int, ...]
    is_summed: bool
    outputs: tuple[int, ...]


class _Blocks:
    """A plan laid out for NumPy: the shared steps, and one generated function for what is done to a block."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.program = lowered(plan.program, _KERNELS)
        self.varies = plan.varying(self.program)
        self.varies_out = [self.varies[place] for place in self.program.outputs]
        self.shared_steps = [
            (place, value_of(step.op), step.operands)
            for place, step in enumerate(self.program.steps)
            if step.op is not None and not self.varies[place]
        ]
        layout = _Layout(self.program, self.varies, self._results())
        self.kinds = layout.kinds
        self.work = layout.function()
        self.needed = layout.needed
        size = sum(1 if kind is bool else 8 for kind in self.kinds)
        self.block = min(LARGEST, max(SMALLEST, CACHE // max(size, 1)))

    def _results(self) -> dict[int, list[_Result]]:
        """The results by the line after which they are there."""
        used = {operand for step in self.program.steps for operand in step.operands}
        outputs: dict[tuple[int, bool], list[int]] = {}
        for index, (place, is_summed) in enumerate(zip(self.program.outputs, self.plan.summed, strict=True)):
            if self.varies[place]:
                outputs.setdefault((place, is_summed), []).append(index)
        results: dict[int, list[_Result]] = {}
        for (place, is_summed), indices in outputs.items():
            step = self.program.steps[place]
            alone = is_summed and place not in used and (place, False) not in outputs
            # The sum of a product that nobody else needs is a dot product.
            is_dot = alone and step.op is operations.multiply and all(self.varies[p] for p in step.operands)
            operands = step.operands if is_dot else (place,)
            results.setdefault(place, []).append(_Result(operands, is_summed, tuple(indices)))
        return results

    def run(self, shared: Sequence[float], columns: Sequence[Any], samples: int) -> list[Any]:
        """The outputs for all samples, as a plan gives them."""
        import numpy

        lines: list[Any] = [step.number for step in self.program.steps]
        lines[: len(shared)] = shared
        for place, value, operands in self.shared_steps:
            lines[place] = value(*(lines[operand] for operand in operands))
        outputs = [
            lines[place] if not varies else 0.0 if is_summed else numpy.empty(samples)
            for place, varies, is_summed in zip(self.program.outputs, self.varies_out, self.plan.summed, strict=True)
        ]
        length = min(self.block, samples)
        buffers: list[Any] = [numpy.empty(length, kind) for kind in self.kinds]
        copies = [None if column.flags.c_contiguous else numpy.empty(length) for column in columns]
        numbers = [lines[place] for place in self.needed]
        with numpy.errstate(all="ignore"):
            for start in range(0, samples, self.block):
                stop = min(start + self.block, samples)
                if stop - start < length:
                    buffers = [buffer[: stop - start] for buffer in buffers]
                block = [_near(column[start:stop], copy) for column, copy in zip(columns, copies, strict=True)]
                self.work(numbers, block, buffers, outputs, start, stop)
        return self.plan.finished(outputs, self.varies_out, samples)


def _near(column: Any, copy: Any) -> Any:
    """A part of a column whose numbers lie side by side, copied where they do not."""
    if copy is None:
        return column
    copy = copy[: len(column)]
    copy[...] = column
    return copy


class _Layout:
    """Which buffer holds which line, and the code that fills them, each result taken as soon as it is there.

    A buffer is free again after the last step that needs what is in it. The names in the code are numbers of its own.
    """

    def __init__(self, program: Program, varies: Sequence[bool], results: Mapping[int, list[_Result]]) -> None:
        import numpy

        self.program, self.varies = program, varies
        self.kinds: list[type] = []
        self.names: dict[str, Any] = {"copyto": numpy.copyto, "dot": numpy.dot, "total": numpy.add.reduce}
        self._free: dict[type, list[int]] = {float: [], bool: []}
        self._buffer_of: dict[int, int] = {}
        work: list[tuple[int, Step | _Result]] = []
        for place, step in enumerate(program.steps):
            here = results.get(place, [])
            if varies[place] and step.op is not None and not any(len(result.operands) == 2 for result in here):
                work.append((place, step))
            work += [(place, result) for result in here]
        #: The lines that are the same for all samples and stand in the code.
        self.needed = sorted({p for _, one in work for p in one.operands if not varies[p]})
        last_use = {operand: index for index, (_, one) in enumerate(work) for operand in one.operands}
        self._code: list[str] = []
        for index, (place, one) in enumerate(work):
            dying = [operand for operand in dict.fromkeys(one.operands) if last_use[operand] == index]
            if isinstance(one, _Result):
                self._code += self._result(one)
                self._release(dying)
            else:
                self._code += self._call(place, one, dying)

    def function(self) -> Callable[..., None]:
        """What is done to a block."""
        source = ["def work(shared, columns, buffers, outputs, start, stop):"]
        columns = [place for place in range(self.program.inputs) if self.varies[place]]
        buffers = [f"b{buffer}" for buffer in range(len(self.kinds))]
        for names, what in (
            ([f"v{place}" for place in self.needed], "shared"),
            ([f"v{place}" for place in columns], "columns"),
            (buffers, "buffers"),
        ):
            source.append(f"    [{', '.join(names)}] = {what}")
        source += [f"    {line}" for line in self._code]
        exec(compile("\n".join(source), "<blocks of a compiled program>", "exec"), self.names)
        function: Callable[..., None] = self.names["work"]
        return function

    def _name(self, line: int) -> str:
        return f"b{self._buffer_of[line]}" if line in self._buffer_of else f"v{line}"

    def _result(self, result: _Result) -> Iterator[str]:
        operands = ", ".join(map(self._name, result.operands))
        if result.is_summed:
            yield f"sum = float({'dot' if len(result.operands) == 2 else 'total'}({operands}))"
        for index in result.outputs:
            yield f"outputs[{index}] += sum" if result.is_summed else f"outputs[{index}][start:stop] = {operands}"

    def _call(self, place: int, step: Step, dying: list[int]) -> Iterator[str]:
        operands = [self._name(operand) for operand in step.operands]
        buffer = self._buffer_of[place] = self._buffer_for(step, dying)
        out = f"b{buffer}"
        if step.op is select:
            if operands[2] != out:
                yield f"copyto({out}, {operands[2]})"
            yield f"copyto({out}, {operands[1]}, 'same_kind', {operands[0]})"
            return
        assert step.op is not None
        name = f"f_{step.op.name}" if step.op in BUILT_IN or isinstance(step.op, Primitive) else f"f{len(self.names)}"
        self.names.setdefault(name, _ufunc(step))
        yield f"{name}({', '.join(operands)}, out={out})"

    def _buffer_for(self, step: Step, dying: list[int]) -> int:
        if step.op is not select:
            self._release(dying)
            return self._taken(bool if isinstance(step.op, Primitive) and step.op.asks else float)
        # A choice is written over its second number, or into a buffer that holds none of its operands.
        last = step.operands[2]
        reuses = last in dying and last in self._buffer_of and last != step.operands[1]
        buffer = self._buffer_of[last] if reuses else self._taken(float)
        self._release([operand for operand in dying if not (reuses and operand == last)])
        return buffer

    def _taken(self, kind: type) -> int:
        if self._free[kind]:
            return self._free[kind].pop()
        self.kinds.append(kind)
        return len(self.kinds) - 1

    def _release(self, lines: Iterable[int]) -> None:
        for buffer in (self._buffer_of[line] for line in lines if line in self._buffer_of):
            self._free[self.kinds[buffer]].append(buffer)


def _sigmoid(x: Any) -> Any:
    # Left of −709 e^−x is inf, and σ is 0 where the exact value is below 6e-309.
    return operations.divide(1.0, 1.0 + operations.exp(-x))


def _sigmoid_slope(x: Any) -> Any:
    z = operations.exp(-x)
    r = operations.divide(1.0, 1.0 + z)
    # z is held to a finite number, because inf times the 0 of r would be nan.
    return _lower(z, sys.float_info.max) * r * r


# Where the numbers lie on either side at random, NumPy takes ten times as long for a choice as for a sum.
_KERNELS: Final = {operations.sigmoid: _sigmoid, operations.sigmoid_slope: _sigmoid_slope}


def _ufunc(step: Step) -> Callable[..., Any]:
    import numpy

    op = step.op
    assert op is not None
    name = _UFUNCS.get(op.name) if isinstance(op, Primitive) else op.numpy
    if name is not None:
        ufunc: Callable[..., Any] = getattr(numpy, name)
        return ufunc
    # NumPy lacks it: the table's own function, one sample after the other.
    by_one = numpy.frompyfunc(value_of(op), len(step.operands), 1)

    def call(*operands: Any, out: Any) -> None:
        out[...] = by_one(*operands)

    return call
