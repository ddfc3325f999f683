"""The language of LLVM as far as it is needed here: numbers for several samples at once, and functions of instructions.

Everything in the text has a number for its name.
"""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lanes:
    """How many samples an instruction works on at once, and how LLVM spells that.

    Attributes:
        count: 1 for plain numbers, more for vectors.
    """

    count: int

    @property
    def double(self) -> str:
        """The type of a number."""
        return self.of("double")

    def of(self, kind: str) -> str:
        """A type of LLVM for all lanes."""
        return kind if self.count == 1 else f"<{self.count} x {kind}>"

    @property
    def suffix(self) -> str:
        """How the name of LLVM's own functions ends for these."""
        return "f64" if self.count == 1 else f"v{self.count}f64"

    def all(self, kind: str, constant: str) -> str:
        """A constant in all lanes."""
        return constant if self.count == 1 else f"splat ({kind} {constant})"

    def number(self, number: float) -> str:
        """A double in all lanes, to the last bit."""
        return self.all("double", f"0x{struct.unpack('<Q', struct.pack('<d', number))[0]:016X}")


class Code:
    """The instructions of one function, in the order in which they are written down."""

    def __init__(self) -> None:
        self._variables: list[str] = []
        self._lines: list[str] = []
        self._names = 0

    def new(self, instruction: str) -> str:
        """Write an instruction that gives something; what it gives is called as returned."""
        name = f"%v{self._names}"
        self._names += 1
        self._lines.append(f"  {name} = {instruction}")
        return name

    def do(self, instruction: str) -> None:
        """Write an instruction that gives nothing."""
        self._lines.append(f"  {instruction}")

    def block(self) -> str:
        """A name for instructions to jump to; see ``begin``."""
        self._names += 1
        return f"b{self._names - 1}"

    def begin(self, block: str) -> None:
        """What is written next can be jumped to."""
        self._lines.append(f"{block}:")

    def variable(self, kind: str) -> str:
        """A place in memory for one thing, of which LLVM makes a register where it can."""
        self._variables.append(f"  %m{len(self._variables)} = alloca {kind}")
        return f"%m{len(self._variables) - 1}"

    @contextmanager
    def loop(self, start: str, stop: str, step: int) -> Iterator[str]:
        """Repeat what is written within, for a whole number from start to before stop."""
        head, body, end = self.block(), self.block(), self.block()
        counter = self.variable("i64")
        self.do(f"store i64 {start}, ptr {counter}")
        self.do(f"br label %{head}")
        self.begin(head)
        index = self.new(f"load i64, ptr {counter}")
        self.do(f"br i1 {self.new(f'icmp slt i64 {index}, {stop}')}, label %{body}, label %{end}")
        self.begin(body)
        yield index
        self.do(f"store i64 {self.new(f'add i64 {index}, {step}')}, ptr {counter}")
        self.do(f"br label %{head}")
        self.begin(end)

    def text(self) -> str:
        """All of it."""
        return "\n".join(["{", "start:", *self._variables, *self._lines, "}"])


# Pieces of code -------------------------------------------------------------------------------------------------------


def element(code: Code, array: str, index: int | str, kind: str = "double") -> str:
    """Where an element of an array is."""
    return code.new(f"getelementptr {kind}, ptr {array}, i64 {index}")


def everywhere(code: Code, lanes: Lanes, number: str, kind: str = "double") -> str:
    """A number in all lanes."""
    vector = lanes.of(kind)
    one = code.new(f"insertelement {vector} poison, {kind} {number}, i64 0")
    return code.new(f"shufflevector {vector} {one}, {vector} poison, {lanes.of('i32')} zeroinitializer")


def counted(code: Code, lanes: Lanes, at: str) -> str:
    """at, at + 1 and so on, lane by lane."""
    vector, steps = lanes.of("i64"), ", ".join(f"i64 {lane}" for lane in range(lanes.count))
    return code.new(f"add {vector} {everywhere(code, lanes, at, 'i64')}, <{steps}>")


def lanes_below(code: Code, lanes: Lanes, at: str, end: str) -> str:
    """In which lanes a number counted from at is below end."""
    vector = lanes.of("i64")
    return code.new(f"icmp slt {vector} {counted(code, lanes, at)}, {everywhere(code, lanes, end, 'i64')}")


def load(code: Code, lanes: Lanes, pointer: str, mask: str, kind: str = "double") -> str:
    """What lies in a row in memory; 0 where the mask is off."""
    vector, name = lanes.of(kind), lanes.suffix if kind == "double" else f"v{lanes.count}i64"
    return code.new(
        f"call {vector} @llvm.masked.load.{name}.p0"
        f"(ptr {pointer}, i32 8, {lanes.of('i1')} {mask}, {vector} zeroinitializer)"
    )


def gather(code: Code, lanes: Lanes, column: str, offsets: str, mask: str) -> str:
    """What lies at certain places of an array; 0 where the mask is off."""
    places = code.new(f"getelementptr double, ptr {column}, {lanes.of('i64')} {offsets}")
    return code.new(
        f"call {lanes.double} @llvm.masked.gather.{lanes.suffix}.v{lanes.count}p0"
        f"({lanes.of('ptr')} {places}, i32 8, {lanes.of('i1')} {mask}, {lanes.double} zeroinitializer)"
    )


def store(code: Code, lanes: Lanes, number: str, pointer: str, mask: str) -> None:
    """Write numbers in a row in memory, where the mask is on."""
    code.do(
        f"call void @llvm.masked.store.{lanes.suffix}.p0"
        f"({lanes.double} {number}, ptr {pointer}, i32 8, {lanes.of('i1')} {mask})"
    )
