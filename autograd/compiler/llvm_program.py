"""A program in the language of LLVM: its steps as instructions, its operations as functions, large ones in parts.

Nothing that a user named gets into the text.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from autograd.compiler.llvm_code import Code, Lanes
from autograd.compiler.llvm_math import ROUNDER, Inline, bits
from autograd.compiler.program import Builder, Primitive, Program, both, either, opposite, select
from autograd.operations import Operation

Item = TypeVar("Item")

#: Up to so many operations a program is one function, which is the fastest. Beyond, LLVM takes more than in proportion
#: for one, and the program is cut into functions of PART operations each.
WHOLE: Final = 5_000
PART: Final = 1_000

# How each is written: {D}, {I} and {B} stand for doubles, whole numbers and conditions, {S} for the end of the name of
# a function of doubles, {0} and so on for the operands, {r[0]} and so on for what the instructions before gave.
_SPELLED: Final[dict[str, tuple[str, ...]]] = {
    "add": ("fadd {D} {0}, {1}",),
    "subtract": ("fsub {D} {0}, {1}",),
    "multiply": ("fmul {D} {0}, {1}",),
    "divide": ("fdiv {D} {0}, {1}",),
    "negative": ("fneg {D} {0}",),
    "abs": ("call {D} @llvm.fabs.{S}({D} {0})",),
    "sqrt": ("call {D} @llvm.sqrt.{S}({D} {0})",),
    "floor": ("call {D} @llvm.floor.{S}({D} {0})",),
    "copysign": ("call {D} @llvm.copysign.{S}({D} {0}, {D} {1})",),
    "less": ("fcmp olt {D} {0}, {1}",),
    "at_most": ("fcmp ole {D} {0}, {1}",),
    "equal": ("fcmp oeq {D} {0}, {1}",),
    "both": ("and {B} {0}, {1}",),
    "either": ("or {B} {0}, {1}",),
    "opposite": ("xor {B} {0}, {true}",),
    "select": ("select {B} {0}, {D} {1}, {D} {2}",),
    "fused": ("call {D} @llvm.fmuladd.{S}({D} {0}, {D} {1}, {D} {2})",),
    # The last digits of n + 1023 + ROUNDER are those of n + 1023, the exponent that 2ⁿ has in its upper bits.
    "two_to": (
        "fadd {D} {0}, {raiser}",
        "bitcast {D} {r[0]} to {I}",
        "shl {I} {r[1]}, {exponent_at}",
        "bitcast {I} {r[2]} to {D}",
    ),
    # In the same way, n + ROUNDER is added to the exponent of x.
    "raised": (
        "bitcast {D} {1} to {I}",
        "shl {I} {r[0]}, {exponent_at}",
        "bitcast {D} {0} to {I}",
        "add {I} {r[1]}, {r[2]}",
        "bitcast {I} {r[3]} to {D}",
    ),
    # The upper bits of x without those of √½, made a double by the same way back.
    "exponent": (
        "bitcast {D} {0} to {I}",
        "sub {I} {r[0]}, {root_half}",
        "ashr {I} {r[1]}, {exponent_at}",
        "add {I} {r[2]}, {rounder_bits}",
        "bitcast {I} {r[3]} to {D}",
        "fsub {D} {r[4]}, {rounder}",
    ),
    "mantissa": (
        "bitcast {D} {0} to {I}",
        "sub {I} {r[0]}, {root_half}",
        "and {I} {r[1]}, {upper}",
        "sub {I} {r[0]}, {r[2]}",
        "bitcast {I} {r[3]} to {D}",
    ),
}


def _words(lanes: Lanes) -> dict[str, str]:
    """What stands in ``_SPELLED`` in braces."""
    return {
        "D": lanes.double,
        "I": lanes.of("i64"),
        "B": lanes.of("i1"),
        "S": lanes.suffix,
        "true": lanes.all("i1", "true"),
        "exponent_at": lanes.all("i64", "52"),
        "upper": lanes.all("i64", str(-(2**52))),
        "root_half": lanes.all("i64", str(bits(0.5**0.5))),
        "raiser": lanes.number(ROUNDER + 1023.0),
        "rounder": lanes.number(ROUNDER),
        "rounder_bits": lanes.all("i64", str(bits(ROUNDER))),
    }


# The weights of a branch that is hardly ever taken.
_RARELY: Final = '!0 = !{!"branch_weights", i32 1, i32 10000}'


class Module:
    """The functions of a text in LLVM's language.

    Attributes:
        lanes: how many samples an instruction works on at once.
    """

    def __init__(
        self, lanes: Lanes, inline: Mapping[str, Inline], library: Mapping[str, int], spread: bool = False
    ) -> None:
        """
        Args:
            inline: the operations that become functions in this text, by name.
            library: the addresses of the platform's functions for all others.
            spread: whether these functions become part of the code that uses them, wherever it does.
        """
        self.lanes = lanes
        self._words = _words(lanes)
        self._inline = inline
        self._library = library
        self._note = "alwaysinline" if spread else "noinline"
        self._texts: list[str] = []
        self._functions: dict[str, str] = {}

    def text(self) -> str:
        """All functions."""
        return "\n\n".join([*self._texts, _RARELY])

    def define(self, code: Code, arguments: str, result: str = "void", note: str = "") -> str:
        """Add a function that only this text calls, and give its name."""
        name = f"@f{len(self._texts)}"
        self._texts.append(f"define internal {result} {name}({arguments}) {note} nounwind {code.text()}")
        return name

    def export(self, code: Code, arguments: str, result: str = "void") -> None:
        """Add the function that is called from outside, ``run``."""
        code.do(f"ret {result}")
        self._texts.append(f'define {result.split()[0]} @run({arguments}) nounwind "frame-pointer"="all" {code.text()}')

    def outside(self, name: str) -> str:
        """A function that is not of this text, by its address."""
        return f"inttoptr (i64 {self._library[name]} to ptr)"

    def step(self, code: Code, op: Operation | Primitive, operands: Sequence[str]) -> str:
        """Write an operation, and give the name of its result."""
        if op.name not in _SPELLED:
            arguments = ", ".join(f"{self.lanes.double} {operand}" for operand in operands)
            return code.new(f"call {self.lanes.double} {self._function(op.name, len(operands))}({arguments})")
        results: list[str] = []
        for template in _SPELLED[op.name]:
            results.append(code.new(template.format(*operands, r=results, **self._words)))
        return results[-1]

    def _function(self, name: str, arity: int) -> str:
        if name not in self._functions:
            inline = self._inline.get(name)
            self._functions[name] = (
                self._from_library(name, arity) if inline is None else self._made(name, inline, arity)
            )
        return self._functions[name]

    def _arguments(self, arity: int) -> tuple[list[str], str]:
        names = [f"%a{index}" for index in range(arity)]
        return names, ", ".join(f"{self.lanes.double} {name}" for name in names)

    def _made(self, name: str, inline: Inline, arity: int) -> str:
        """The function of an operation in straight lines."""
        code, (names, arguments), double = Code(), self._arguments(arity), self.lanes.double
        if inline.below is not None:
            self._leave(code, name, inline, names[0])
        result = self._straight(code, inline.function, names)
        code.do(f"ret {double} {result}")
        return self.define(code, arguments, double, self._note)

    def _straight(self, code: Code, function: Callable[..., Any], arguments: Sequence[str]) -> str:
        """Write what a function does with Symbols, and give the name of its result."""
        builder = Builder()
        symbols = [builder.input("") for _ in arguments]
        program = builder.program(symbols, [function(*symbols)])
        lines = Lines(self, code, program)
        for place, argument in enumerate(arguments):
            lines[place] = argument
        lines.carry_out(range(program.inputs, len(program.steps)))
        return lines[program.outputs[0]]

    def _leave(self, code: Code, name: str, inline: Inline, argument: str) -> None:
        """Return what answers beyond the range of a function, if any lane has a number there, or inf or nan."""
        assert inline.below is not None
        double, count = self.lanes.double, self.lanes.count
        size = code.new(f"call {double} @llvm.fabs.{self.lanes.suffix}({double} {argument})")
        is_far = code.new(f"fcmp uge {double} {size}, {self.lanes.number(inline.below)}")
        if count > 1:
            is_far = code.new(f"call i1 @llvm.vector.reduce.or.v{count}i1({self.lanes.of('i1')} {is_far})")
        beyond, near = code.block(), code.block()
        code.do(f"br i1 {is_far}, label %{beyond}, label %{near}, !prof !0")
        code.begin(beyond)
        answers = self._from_library(name, 1) if inline.beyond is None else self._beyond(inline.beyond)
        code.do(f"ret {double} {code.new(f'call {double} {answers}({double} {argument})')}")
        code.begin(near)

    def _beyond(self, function: Callable[..., Any]) -> str:
        code, (names, arguments), double = Code(), self._arguments(1), self.lanes.double
        code.do(f"ret {double} {self._straight(code, function, names)}")
        return self.define(code, arguments, double, "noinline cold")

    def _from_library(self, name: str, arity: int) -> str:
        """A function that asks the platform's for one lane after the other."""
        code, (names, arguments), double = Code(), self._arguments(arity), self.lanes.double
        function = self.outside(name)
        if self.lanes.count == 1:
            result = code.new(f"call double {function}({arguments})")
        else:
            result = "poison"
            for lane in range(self.lanes.count):
                numbers = [code.new(f"extractelement {double} {argument}, i64 {lane}") for argument in names]
                one = code.new(f"call double {function}({', '.join(f'double {number}' for number in numbers)})")
                result = code.new(f"insertelement {double} {result}, double {one}, i64 {lane}")
        code.do(f"ret {double} {result}")
        return self.define(code, arguments, double, "noinline")


class Lines:
    """What the lines of a program are called in the code being written.

    A line that several functions need lies in the frame, a stretch of memory that all of them know.

    Attributes:
        module, code: what is being written.
    """

    def __init__(self, module: Module, code: Code, program: Program, slots: Mapping[int, int] | None = None) -> None:
        """
        Args:
            slots: the lines that lie in the frame, and where; none where one function holds all.
        """
        self.module = module
        self.code = code
        self._program = program
        self._slots = slots or {}
        self._names: dict[int, str] = {}

    def __getitem__(self, place: int) -> str:
        if place not in self._names:
            number = self._program.steps[place].number
            self._names[place] = self._loaded(place) if number is None else self.module.lanes.number(number)
        return self._names[place]

    def __setitem__(self, place: int, name: str) -> None:
        self._names[place] = name
        if place in self._slots:
            name = self._as_number(name) if self._asks(place) else name
            self.code.do(f"store {self.module.lanes.double} {name}, ptr {self.in_frame(self._slots[place])}, align 8")

    def _loaded(self, place: int) -> str:
        double = self.module.lanes.double
        name = self.code.new(f"load {double}, ptr {self.in_frame(self._slots[place])}, align 8")
        zero = self.module.lanes.number(0.0)
        return self.code.new(f"fcmp une {double} {name}, {zero}") if self._asks(place) else name

    def _asks(self, place: int) -> bool:
        op = self._program.steps[place].op
        return isinstance(op, Primitive) and op.asks

    def in_frame(self, slot: int) -> str:
        """Where something lies in the frame."""
        return self.code.new(f"getelementptr double, ptr %frame, i64 {slot * self.module.lanes.count}")

    def within(self) -> "Lines":
        """The same, for a part of the code that does not always run: what it loads is not there afterwards."""
        lines = Lines(self.module, self.code, self._program, self._slots)
        lines._names.update(self._names)
        return lines

    def carry_out(self, places: Iterable[int]) -> None:
        """Write the operations of these lines."""
        for place in places:
            step = self._program.steps[place]
            if step.op is not None:
                operands = [self._as(step.op, index, operand) for index, operand in enumerate(step.operands)]
                self[place] = self.module.step(self.code, step.op, operands)

    def _as(self, op: Operation | Primitive, index: int, operand: int) -> str:
        """An operand as an operation takes it: a condition counts as 1 or 0 where a number is needed."""
        takes_condition = op in (both, either, opposite) or (op is select and index == 0)
        if takes_condition or not self._asks(operand):
            return self[operand]
        return self._as_number(self[operand])

    def _as_number(self, condition: str) -> str:
        return self.code.new(f"uitofp {self.module.lanes.of('i1')} {condition} to {self.module.lanes.double}")

    def in_parts(self, items: Sequence[Item], write: Callable[..., None], *given: tuple[str, str]) -> None:
        """Have something written for items: as it is, or in a function for so many where lines lie in the frame.

        Args:
            write: gets the lines to use, the items, and what the given things are called.
            given: the types and names of what it needs besides.
        """
        if not self._slots:
            write(self, items, *(name for _, name in given))
            return
        names = [f"%g{index}" for index in range(len(given))]
        kinds = [("ptr noalias", "%frame"), *((kind, name) for (kind, _), name in zip(given, names, strict=True))]
        for start in range(0, len(items), PART):
            lines = Lines(self.module, Code(), self._program, self._slots)
            write(lines, items[start : start + PART], *names)
            lines.code.do("ret void")
            name = self.module.define(lines.code, ", ".join(map(" ".join, kinds)), note="noinline")
            arguments = ", ".join(map(" ".join, [("ptr", "%frame"), *given]))
            self.code.do(f"call void {name}({arguments})")


@dataclass(frozen=True, slots=True)
class Layout:
    """A program cut into parts that LLVM compiles in reasonable time.

    Attributes:
        shared: the operations that are the same for all samples, as numbers of lines.
        varying: the others.
        slots: the lines that lie in the frame, and where; none where all of it is one function.
    """

    shared: list[int]
    varying: list[int]
    slots: dict[int, int]

    @classmethod
    def of(cls, program: Program, varies: Sequence[bool]) -> "Layout":
        """The layout of a program, given which of its lines vary with the sample."""
        operations = [place for place, step in enumerate(program.steps) if step.op is not None]
        shared = [place for place in operations if not varies[place]]
        varying = [place for place in operations if varies[place]]
        slots = _slots(program, (shared, varying)) if len(operations) > WHOLE else {}
        return cls(shared, varying, slots)


def _slots(program: Program, groups: Sequence[Sequence[int]]) -> dict[int, int]:
    """The inputs, the outputs, and what another part needs than the one that makes it."""
    parts = [(number, index // PART) for number, group in enumerate(groups) for index in range(len(group))]
    part_of = dict(zip((place for group in groups for place in group), parts, strict=True))
    wanted = {*range(program.inputs), *(place for place in program.outputs if place in part_of)}
    for place, part in part_of.items():
        wanted.update(p for p in program.steps[place].operands if part_of.get(p, part) != part)
    return {place: slot for slot, place in enumerate(sorted(wanted))}
