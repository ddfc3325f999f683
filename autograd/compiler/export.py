"""A calculation as source text: one function that NumPy, PyTorch or JAX runs without us, an operation on each line.

The names in it are made here. What a user named stands in comments alone, with nothing in it that ends one.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from autograd import operations as o
from autograd.compiler.compile import Compiled
from autograd.compiler.kernels import Kernel
from autograd.compiler.libraries import LIBRARIES, Library
from autograd.compiler.lowering import expander, lowered
from autograd.compiler.models import parameters_of, with_parameters
from autograd.compiler.program import Builder, Primitive, Program, Step, Symbol
from autograd.compiler.recording import Argument, named
from autograd.derivatives import flattened
from autograd.operations import BUILT_IN, Operation
from autograd.text import counted, printable, quoted
from autograd.value import Value, leaves, recorded


def export(what: Any, *arguments: Any, to: Literal["numpy", "torch", "jax"] = "numpy") -> str:
    """A calculation as the source text of a module with one function ``f``, in doubles.

    Of a Value it is ``f(x)``, where x has the numbers of its leaves in the order of ``autograd.leaves``; of a function
    ``f(x)``, or ``f(x0, x1)`` and so on; of a model ``f(x, p)``, where p has the numbers of its parameters. Without an
    x of leaves or a p those count that they have now.

    ``f`` takes lists, arrays or tensors. With further axes behind those that were recorded it gives a result for each
    of their entries. What it gives has the form of what was exported: a number, or lists of them.

    Args:
        what: a Value, or a list of them; a function as ``compile`` takes it, or what compile gave; or a model, which
            has ``parameters()`` and can be called.
        arguments: what to call the function or the model with; their shapes count, not their numbers.
        to: the library that the text is for.

    Raises:
        TypeError: what is none of these, the arguments do not fit, or a result is not a number.
        ValueError: to is unknown, or an operation was added to the table that is not written in generic arithmetic.
        RecordingError: the function asks for a number that is not there while it is recorded.
    """
    if to not in LIBRARIES:
        raise ValueError(f"to {quoted(to)}: one of {', '.join(LIBRARIES)} is needed")
    return _Writer(LIBRARIES[to]).module(_recorded(what, arguments))


# What is written ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Input:
    """An argument of the function that is written.

    Attributes:
        name: of its own making.
        shape: of the numbers in it, () for a single one.
        labels: what the user calls each of them.
        numbers: what they are where a call leaves them out; None where it must not.
    """

    name: str
    shape: tuple[int, ...]
    labels: Sequence[str] = ()
    numbers: Sequence[float] | None = None

    def entries(self) -> list[str]:
        """Each of its numbers, as code."""
        import numpy

        return [f"{self.name}{list(index) if index else ''}" for index in numpy.ndindex(*self.shape)]


@dataclass(frozen=True, slots=True)
class _Function:
    """What the function that is written takes, does and gives.

    Attributes:
        inputs: its arguments; their numbers, one after the other, are the inputs of the program.
        program: its steps; the name of one is what the user calls its result.
        structure: gives the names of the outputs the form of the result.
    """

    inputs: Sequence[_Input]
    program: Program
    structure: Callable[[list[Any]], Any]


class _Labels(Builder):
    """A builder that keeps what the user calls a step."""

    def __init__(self, expand: Callable[[Builder, Any, tuple[Any, ...]], Any] | None = None) -> None:
        super().__init__(expand)
        self._symbols: list[Symbol] = []

    def _written(self, step: Step) -> Symbol:
        self._symbols.append(super()._written(step))
        return self._symbols[-1]

    def labelled(self, inputs: Iterable[Symbol], outputs: Iterable[Any]) -> Program:
        """The program, each operation with the label of its result as its name."""
        for symbol in self._symbols:
            step = self.steps[symbol.place]
            if step.op is not None and symbol.label:
                self.steps[symbol.place] = replace(step, name=symbol.label)
        return self.program(inputs, outputs)


def _readable(program: Program) -> Program:
    """A program with a choice for a sum of two switches, and without what only serves recording."""
    builder = _Labels(expander(_KEPT))
    inputs = [builder.input("") for _ in range(program.inputs)]
    lines: list[Any] = list(inputs)
    for step in program.steps[program.inputs :]:
        if step.op is None:
            lines.append(step.number)
            continue
        lines.append(builder.apply(step.op, [lines[place] for place in step.operands]))
        if isinstance(lines[-1], Symbol) and step.name:
            lines[-1].label = step.name
    return builder.labelled(inputs, [lines[place] for place in program.outputs])


def _recorded(what: Any, arguments: Sequence[Any]) -> _Function:
    if isinstance(what, Value | list | tuple):
        return _of_graph(what, arguments)
    function = what.function if isinstance(what, Compiled) else what
    if not callable(function):
        raise TypeError(f"export of {quoted(what)}: a Value, a function or a model is needed")
    return _of_function(function, arguments)


def _of_function(function: Callable[..., Any], arguments: Sequence[Any]) -> _Function:
    parts = [Argument.of(f"argument {place}", given, is_batch=False).part for place, given in enumerate(arguments)]
    names = ["x"] if len(parts) == 1 else [f"x{place}" for place in range(len(parts))]
    inputs = [_Input(name, part.shape) for name, part in zip(names, parts, strict=True)]
    builder = _Labels()
    symbols = [part.symbols(builder) for part in parts]
    given = [part.shaped(numbers) for part, numbers in zip(parts, symbols, strict=True)]
    if callable(getattr(function, "parameters", None)):
        parameters = parameters_of(function)
        inputs.append(_of_leaves("p", parameters))
        symbols.append([builder.input("") for _ in parameters])
        function = with_parameters(function, parameters, symbols[-1])
    result = function(*given)
    try:
        results, structure = flattened(result)
    except TypeError as error:
        raise TypeError(f"{named(function)} gave {quoted(result)}: export needs numbers, or lists of them") from error
    program = builder.labelled((symbol for some in symbols for symbol in some), results)
    return _Function(inputs, _readable(program), structure)


def _of_graph(what: Any, arguments: Sequence[Any]) -> _Function:
    if arguments:
        raise TypeError(f"export of a Value with {counted(len(arguments), 'argument')}: it takes none")
    outputs, structure = flattened(what)
    for output in outputs:
        if not isinstance(output, Value):
            raise TypeError(f"export of {quoted(output)}: a Value is needed, whose graph can be written down")
    builder = _Labels()
    inputs = list({id(leaf): leaf for output in outputs for leaf in leaves(output)}.values())
    known: dict[int, Any] = {id(leaf): builder.input("") for leaf in inputs}
    symbols = list(known.values())
    for node in (node for output in outputs for node in recorded(output)):
        if id(node) not in known:
            assert node.op is not None
            operands = [known[id(operand)] if isinstance(operand, Value) else operand for operand in node.operands]
            known[id(node)] = result = builder.apply(node.op, operands)
            if isinstance(result, Symbol):
                result.label = node.label
    program = builder.labelled(symbols, [known[id(output)] for output in outputs])
    return _Function([_of_leaves("x", inputs)], _readable(program), structure)


def _of_leaves(name: str, values: Sequence[Value]) -> _Input:
    labels, numbers = [value.label or "" for value in values], [value.data for value in values]
    return _Input(name, (len(values),), labels, numbers)


# What stays one operation until it is written; the others are steps of it.
_KEPT: Final[dict[Operation, Kernel | None]] = {
    **dict.fromkeys(BUILT_IN - {o.add, o.positive, o.if_true, o.if_false, o.truth}),
    o.power: lambda x, y: x if not isinstance(y, Symbol) and y == 1.0 else None,
    # The derivative of a square.
    o.power_slope: lambda x, y: None if isinstance(y, Symbol) or y not in (2.0, 3.0, 4.0) else y * o.power(x, y - 1.0),
}


# How it is written ----------------------------------------------------------------------------------------------------


class _Writer:
    """Writes a module for a library."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.functions: dict[str, str] = {}

    def module(self, function: _Function) -> str:
        """All of it."""
        main = self._main(function)
        numbers = [_listing(one) for one in function.inputs if one.numbers is not None]
        code = [*numbers, *self.functions.values(), main]
        imports = [line for name, line in self.library.imports.items() if any(f"{name}." in part for part in code)]
        # The first line must not be the user's: what Python reads there may name an encoding.
        head = f'"""A calculation recorded by chalkgrad, for {self.library.title}."""'
        return "\n\n\n".join(["\n".join([head, *([""] if imports else []), *imports]), *code]) + "\n"

    def _main(self, function: _Function) -> str:
        arguments = [one.name if one.numbers is None else f"{one.name}={one.name.upper()}" for one in function.inputs]
        lines = [f"def f({', '.join(arguments)}):"]
        lines += [f"    {one.name} = {self.library.array.format(one.name)}" for one in function.inputs]
        entries = [entry for one in function.inputs for entry in one.entries()]
        statements, outputs = self._body(function.program, entries)
        result = _written(function.structure(outputs))
        return "\n".join([*lines, *(f"    {line}" for line in statements), f"    return {result}"])

    def _body(self, program: Program, inputs: Sequence[str]) -> tuple[list[str], list[str]]:
        """The statements of a program, and the name or the number of each output."""
        lines: list[str] = []
        texts = list(inputs)
        for step in program.steps[program.inputs :]:
            if step.op is None:
                texts.append(_number(step.number))
                continue
            operands = [texts[place] for place in step.operands]
            code = self._code(step.op, operands, [program.steps[place].number for place in step.operands])
            texts.append(f"v{len(lines)}")
            lines.append(f"{texts[-1]} = {code}{_comment(step.name)}")
        return lines, [texts[place] for place in program.outputs]

    def _code(self, op: Operation | Primitive, operands: Sequence[str], numbers: Sequence[float | None]) -> str:
        """An operation as an expression; numbers are those of the operands that are constant."""
        spelled = self.library.spelled.get(op)
        if op is o.power:
            operands = [_base(operands[0], numbers[0]), _exponent(operands[1], numbers[1])]
        if spelled is None or (self.library.tensors_only and "(" in spelled):
            operands = [
                text if number is None else self.library.number.format(text)
                for text, number in zip(operands, numbers, strict=True)
            ]
        return f"{self._function(op)}({', '.join(operands)})" if spelled is None else spelled.format(*operands)

    def _function(self, op: Operation | Primitive) -> str:
        """The name of a function of our own for an operation that the library lacks."""
        if op not in BUILT_IN:
            raise ValueError(
                f"operation {op.name!r} is not in generic arithmetic: export cannot write it down; define its value "
                "with the functions of the table"
            )
        if op.name not in self.functions:
            assert isinstance(op, Operation)
            self.functions[op.name] = self.library.functions.get(op) or self._definition(op)
        return op.name

    def _definition(self, op: Operation) -> str:
        names = ["x", "y"][: len(op.partials)]
        builder = Builder()
        inputs = [builder.input(name) for name in names]
        own: dict[Operation, Kernel | None] = {
            known: None for known in (*self.library.spelled, *self.library.functions) if isinstance(known, Operation)
        }
        program = lowered(builder.program(inputs, [builder.apply(op, inputs)]), own)
        statements, [output] = self._body(program, names)
        head = f"{self.library.decorator}def {op.name}({', '.join(names)}):"
        return "\n".join([head, *(f"    {line}" for line in statements), f"    return {output}"])


def _listing(one: _Input) -> str:
    """The numbers of an argument where a call leaves it out, each with its label."""
    assert one.numbers is not None
    rows = [f"    {_number(number)},{_comment(label)}" for number, label in zip(one.numbers, one.labels, strict=True)]
    return "\n".join([f"{one.name.upper()} = [", *rows, "]"])


def _number(number: Any) -> str:
    # repr gives every digit.
    return repr(number) if math.isfinite(number) else f'float("{number}")'


def _base(text: str, number: float | None) -> str:
    # −2 ** x is −(2 ** x).
    return text if number is None else f"({text})"


def _exponent(text: str, number: float | None) -> str:
    # A whole number as one: libraries derive that better, and give a product for it.
    whole = number is not None and number.is_integer() and abs(number) < 100.0
    return str(int(number)) if number is not None and whole else text


def _comment(label: str | None) -> str:
    return f"  # {printable(str(label), 60)}" if label else ""


def _written(result: Any) -> str:
    """A result as code: a name, or lists of them."""
    if isinstance(result, str):
        return result
    return f"[{', '.join(map(_written, result))}]"
