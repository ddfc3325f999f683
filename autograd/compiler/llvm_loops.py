"""The functions that native code is called by: a program at one point, over a batch, and in a loop of training steps.

Each goes through the samples as many at a time as an instruction takes, the last ones under a mask. Sums are kept lane
by lane and added up at the end, so they depend on nothing but the samples.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from autograd.compiler.llvm_code import Code, counted, element, everywhere, gather, lanes_below, load, store
from autograd.compiler.llvm_program import Layout, Lines, Module
from autograd.compiler.plan import Plan, Training
from autograd.compiler.program import Program

POINT: Final = "ptr %self, ptr noalias %arguments, i64 %count"
BATCH: Final = (
    "ptr noalias %shared, ptr noalias %columns, ptr noalias %strides, ptr noalias %outputs, ptr noalias %results, "
    "ptr noalias %frame, i64 %first, i64 %end"
)
TRAINING: Final = (
    "ptr noalias %parameters, ptr noalias %kept, ptr noalias %columns, ptr noalias %strides, ptr noalias %order, "
    "i64 %samples, i64 %size, ptr noalias %rates, i64 %steps, i64 %done, ptr noalias %losses, ptr noalias %results, "
    "ptr noalias %frame"
)


def write_point(module: Module, program: Program) -> None:
    """``run`` for one point: a function of Python's own kind (METH_FASTCALL), from floats to a tuple of floats."""
    code, layout = Code(), Layout.of(program, [False] * len(program.steps))
    wrong, right, failed, done = (code.block() for _ in range(4))
    matches = code.new(f"icmp eq i64 %count, {program.inputs}")
    code.do(f"%frame = alloca double, i64 {len(layout.slots)}")
    code.do(f"br i1 {matches}, label %{right}, label %{wrong}")
    code.begin(wrong)
    code.do(f"call i32 {module.outside('PyErr_BadArgument')}()")
    code.do("ret ptr null")
    code.begin(right)
    lines = Lines(module, code, program, layout.slots)
    lines.in_parts(range(program.inputs), _take_arguments, ("ptr", "%arguments"))
    error = code.new(f"call ptr {module.outside('PyErr_Occurred')}()")
    code.do(f"br i1 {code.new(f'icmp eq ptr {error}, null')}, label %{done}, label %{failed}")
    code.begin(failed)
    code.do("ret ptr null")
    code.begin(done)
    lines.in_parts(layout.shared, Lines.carry_out)
    result = code.new(f"call ptr {module.outside('PyTuple_New')}(i64 {len(program.outputs)})")
    lines.in_parts(list(enumerate(program.outputs)), _give_results, ("ptr", result))
    module.export(code, POINT, f"ptr {result}")


def _take_arguments(lines: Lines, places: Iterable[int], arguments: str) -> None:
    code = lines.code
    for place in places:
        argument = code.new(f"load ptr, ptr {element(code, arguments, place, 'ptr')}")
        lines[place] = code.new(f"call double {lines.module.outside('PyFloat_AsDouble')}(ptr {argument})")


def _give_results(lines: Lines, outputs: Iterable[tuple[int, int]], result: str) -> None:
    code, module = lines.code, lines.module
    for index, place in outputs:
        number = code.new(f"call ptr {module.outside('PyFloat_FromDouble')}(double {lines[place]})")
        code.new(f"call i32 {module.outside('PyTuple_SetItem')}(ptr {result}, i64 {index}, ptr {number})")


def write_batch(module: Module, plan: Plan, program: Program, dense: Sequence[bool]) -> int:
    """``run`` for the samples from first to before end: writes outputs that each sample has, and results of all.

    A result is the sum over these samples, or the number of an output that is the same for all. Gives how many doubles
    the frame has.

    Args:
        program: the plan's in primitives.
        dense: for each column whether its numbers lie side by side.
    """
    samples = _Samples(module, Code(), plan, program, dense)
    samples.take_shared("%shared")
    with samples.loop("%first", "%end") as (lines, mask, at):
        columns = [index for index in range(len(program.outputs)) if samples.is_column(index)]
        masks = module.lanes.of("i1")
        lines.in_parts(columns, samples.store_columns, ("ptr", "%outputs"), (masks, mask), ("i64", at))
    samples.store_totals("%results")
    module.export(samples.code, BATCH)
    return samples.frame


def write_training(
    module: Module, training: Training, program: Program, update: Program, dense: Sequence[bool], ordered: bool
) -> int:
    """``run`` for a number of training steps, as ``plan.Trainer`` has it. Gives how many doubles the frame has.

    Args:
        program, update: the training's in primitives.
        dense: for each column whether its numbers lie side by side.
        ordered: whether the samples are taken in a given order.
    """
    samples = _Samples(module, Code(), training.plan, program, dense, ordered)
    code = samples.code
    position = code.variable("i64")
    code.do(f"store i64 0, ptr {position}")
    with code.loop("0", "%steps", 1) as step:
        first = code.new(f"load i64, ptr {position}")
        full = code.new(f"add i64 {first}, %size")
        end = code.new(f"call i64 @llvm.smin.i64(i64 {full}, i64 %samples)")
        samples.take_shared("%parameters")
        with samples.loop(first, end):
            pass
        count = code.new(f"sitofp i64 {code.new(f'sub i64 {end}, {first}')} to double")
        samples.store_totals("%results", count)
        loss = code.new("load double, ptr %results")
        code.do(f"store double {loss}, ptr {element(code, '%losses', step)}")
        _write_update(module, code, training, update, step)
        at_end = code.new(f"icmp eq i64 {end}, %samples")
        code.do(f"store i64 {end if ordered else code.new(f'select i1 {at_end}, i64 0, i64 {end}')}, ptr {position}")
    module.export(code, TRAINING)
    return samples.frame


def _write_update(module: Module, code: Code, training: Training, update: Program, step: str) -> None:
    """The update of every parameter by its gradient."""
    lanes, parameters = module.lanes, training.plan.shared
    rate = code.new(f"load double, ptr {element(code, '%rates', step)}")
    number = code.new(f"add i64 {code.new(f'add i64 %done, {step}')}, 1")
    number = code.new(f"sitofp i64 {number} to double")
    columns = ["%parameters", element(code, "%results", 1)]
    columns += [element(code, "%kept", parameters * row) for row in range(training.kept)]
    varies = varying(update, range(len(columns)))
    lines = Lines(module, code, update)
    lines[len(columns)], lines[len(columns) + 1] = everywhere(code, lanes, rate), everywhere(code, lanes, number)
    lines.carry_out(place for place in range(len(update.steps)) if not varies[place])
    with code.loop("0", str(parameters), lanes.count) as at:
        within, mask = lines.within(), lanes_below(code, lanes, at, str(parameters))
        for place, column in enumerate(columns):
            within[place] = load(code, lanes, element(code, column, at), mask)
        within.carry_out(place for place in range(len(update.steps)) if varies[place])
        for column, place in zip([columns[0], *columns[2:]], update.outputs, strict=True):
            store(code, lanes, within[place], element(code, column, at), mask)


class _Samples:
    """A plan being written: what is the same for all samples, then the loop over them, then the sums.

    Attributes:
        code: of the function that all of it stands in.
        frame: how many doubles the frame has.
    """

    def __init__(
        self, module: Module, code: Code, plan: Plan, program: Program, dense: Sequence[bool], ordered: bool = False
    ) -> None:
        self.code = code
        self._lanes = module.lanes
        self._plan = plan
        self._program = program
        self._dense = dense
        self._ordered = ordered
        self._varies = plan.varying(program)
        self._layout = Layout.of(program, self._varies)
        self._lines = Lines(module, code, program, self._layout.slots)
        summed = [place for index, place in enumerate(program.outputs) if plan.summed[index] and self._varies[place]]
        self._sums = {place: index for index, place in enumerate(dict.fromkeys(summed))}
        self._variables = [] if self._layout.slots else [code.variable(self._lanes.double) for _ in self._sums]
        self.frame = (len(self._layout.slots) + len(self._sums)) * self._lanes.count if self._layout.slots else 0

    def is_column(self, index: int) -> bool:
        """Whether an output has a number for each sample."""
        return self._varies[self._program.outputs[index]] and not self._plan.summed[index]

    def take_shared(self, pointer: str) -> None:
        """Read the shared inputs and do what needs to be done once; the sums begin at 0."""
        lines = self._lines = Lines(self._lines.module, self.code, self._program, self._layout.slots)
        lines.in_parts(range(self._plan.shared), _read_shared, ("ptr", pointer))
        lines.in_parts(self._layout.shared, Lines.carry_out)
        lines.in_parts(list(self._sums), self._clear)

    @contextmanager
    def loop(self, first: str, end: str) -> Iterator[tuple[Lines, str, str]]:
        """The loop: gives the lines, which samples of these lanes there are, and the number of the first of them."""
        code, lanes = self.code, self._lanes
        with code.loop(first, end, lanes.count) as at:
            lines, mask = self._lines.within(), lanes_below(code, lanes, at, end)
            which = self._which(at, mask)
            masked = (lanes.of("i1"), mask)
            given = (("ptr", "%columns"), ("ptr", "%strides"), masked, ("i64", at), (lanes.of("i64"), which))
            lines.in_parts(range(len(self._dense)), self._read_columns, *given)
            lines.in_parts(self._layout.varying, Lines.carry_out)
            lines.in_parts(list(self._sums), self._add, masked)
            yield lines, mask, at

    def _which(self, at: str, mask: str) -> str:
        """The numbers of the samples in their columns, counted from the first of them if they lie in order."""
        if not self._ordered:
            return counted(self.code, self._lanes, "0")
        return load(self.code, self._lanes, element(self.code, "%order", at, "i64"), mask, "i64")

    def _read_columns(
        self, lines: Lines, columns: Iterable[int], pointers: str, strides: str, mask: str, at: str, which: str
    ) -> None:
        code, lanes = lines.code, self._lanes
        for index in columns:
            column = code.new(f"load ptr, ptr {element(code, pointers, index, 'ptr')}")
            if self._dense[index] and not self._ordered:
                lines[self._plan.shared + index] = load(code, lanes, element(code, column, at), mask)
                continue
            stride = code.new(f"load i64, ptr {element(code, strides, index, 'i64')}")
            if not self._ordered:
                column = element(code, column, code.new(f"mul i64 {at}, {stride}"))
            offsets = code.new(f"mul {lanes.of('i64')} {which}, {everywhere(code, lanes, stride, 'i64')}")
            lines[self._plan.shared + index] = gather(code, lanes, column, offsets, mask)

    def _sum(self, lines: Lines, place: int) -> str:
        """Where the sum of a line is."""
        index = self._sums[place]
        return lines.in_frame(len(self._layout.slots) + index) if self._layout.slots else self._variables[index]

    def _clear(self, lines: Lines, places: Iterable[int]) -> None:
        for place in places:
            target = self._sum(lines, place)
            lines.code.do(f"store {self._lanes.double} {self._lanes.number(0.0)}, ptr {target}, align 8")

    def _add(self, lines: Lines, places: Iterable[int], mask: str) -> None:
        code, double, zero = lines.code, self._lanes.double, self._lanes.number(0.0)
        for place in places:
            target, number = self._sum(lines, place), lines[place]
            number = code.new(f"select {self._lanes.of('i1')} {mask}, {double} {number}, {double} {zero}")
            so_far = code.new(f"load {double}, ptr {target}, align 8")
            code.do(f"store {double} {code.new(f'fadd {double} {so_far}, {number}')}, ptr {target}, align 8")

    def store_columns(self, lines: Lines, outputs: Iterable[int], pointers: str, mask: str, at: str) -> None:
        """Write outputs that each sample has."""
        code = lines.code
        for index in outputs:
            column = code.new(f"load ptr, ptr {element(code, pointers, index, 'ptr')}")
            store(code, self._lanes, lines[self._program.outputs[index]], element(code, column, at), mask)

    def store_totals(self, results: str, count: str | None = None) -> None:
        """Write all other outputs: sums over the samples, divided by their count if given, or what they share."""
        indices = [index for index in range(len(self._program.outputs)) if not self.is_column(index)]
        given = [("ptr", results)] if count is None else [("ptr", results), ("double", count)]
        self._lines.in_parts(indices, self._store_totals, *given)

    def _store_totals(self, lines: Lines, outputs: Iterable[int], results: str, count: str | None = None) -> None:
        code, double = lines.code, self._lanes.double
        for index in outputs:
            place = self._program.outputs[index]
            if self._varies[place]:
                lane_sums = code.new(f"load {double}, ptr {self._sum(lines, place)}, align 8")
                add = f"@llvm.vector.reduce.fadd.{self._lanes.suffix}"
                total = code.new(f"call reassoc double {add}(double -0.0, {double} {lane_sums})")
                total = total if count is None else code.new(f"fdiv double {total}, {count}")
            else:
                total = code.new(f"extractelement {double} {lines[place]}, i64 0")
            code.do(f"store double {total}, ptr {element(code, results, index)}")


def _read_shared(lines: Lines, places: Iterable[int], pointer: str) -> None:
    code = lines.code
    for place in places:
        number = code.new(f"load double, ptr {element(code, pointer, place)}")
        lines[place] = everywhere(code, lines.module.lanes, number)


def varying(program: Program, inputs: Iterable[int]) -> list[bool]:
    """For each line of a program whether it depends on one of these inputs."""
    chosen = set(inputs)
    varies: list[bool] = []
    for place, step in enumerate(program.steps):
        varies.append(place in chosen or any(varies[operand] for operand in step.operands))
    return varies
