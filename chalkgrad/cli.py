"""The command line: ``chalkgrad solve FILE``, ``chalkgrad trace EXPR x=2`` and ``chalkgrad draw EXPR|FILE -o OUT``."""

import argparse
import io
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib import metadata
from itertools import chain, islice
from pathlib import Path

from rich.console import Console
from rich.text import Text

from autograd import ParseError, Value, leaves, parse, trace
from autograd.text import printable, quoted
from chalkgrad.problem import ProblemError, load
from chalkgrad.report import WIDTH, markdown_parts, text_parts
from chalkgrad.solution import Step, descend
from viz import LayoutError, Picture, draw
from viz.picture import FORMATS


class _InputError(Exception):
    """An input of an expression is no input; the message is the sentence to show."""


class _WriteError(Exception):
    """Standard output or a picture cannot be written; the message is the sentence to show."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status: 0, or 2 after an error, told in one sentence.

    Args:
        arguments: without the program's name; those of the process if None.
    """
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except (ProblemError, LayoutError, ParseError, _InputError, _WriteError) as error:
        _tell(f"chalkgrad: {error}")
        return 2
    return 0


def _solve(options: argparse.Namespace) -> None:
    problem = load(options.file)
    steps = descend(problem)
    first = next(steps)
    working = islice(chain([first], steps), options.steps)
    parts: Iterator[str]
    if options.markdown:
        parts = markdown_parts(problem, working, options.steps, options.decimals)
    else:
        parts = text_parts(problem, working, options.steps, options.decimals, _width())
        if Console().is_terminal:
            parts = map(_coloured, parts)
    # A reader that stops reading, such as `head`, has seen enough; the picture is wanted all the same.
    with suppress(BrokenPipeError):
        for part in parts:
            _print(part)
    if options.output:
        _save(_of_step(first), options.output)
        _tell(f"The graph of the first step is in {printable(options.output)}.")


def _trace(options: argparse.Namespace) -> None:
    output = _recorded(options)
    with suppress(BrokenPipeError):
        _print(f"{trace(output).to_markdown() if options.markdown else trace(output)}\n")


def _draw(options: argparse.Namespace) -> None:
    if Path(options.expression).suffix.lower() == ".toml":
        if options.inputs:
            raise _InputError("inputs such as x=2 go with an expression, not with a problem's file: leave them out")
        picture = _of_step(next(descend(load(options.expression))))
    else:
        picture = draw(_recorded(options))
    _save(picture, options.output)
    _tell(f"The graph is in {printable(options.output)}.")


def _recorded(options: argparse.Namespace) -> Value:
    """The result of an expression, after a backward pass."""
    inputs: dict[str, float] = {}
    for text in options.inputs:
        name, _, number = text.partition("=")
        try:
            inputs[name.strip()] = float(number)
        except ValueError:
            raise _InputError(f"input {quoted(text)}: a name and a number are needed, such as x=2") from None
    try:
        output = parse(options.expression, **inputs)
    except ParseError:
        raise
    except ValueError as error:
        raise _InputError(str(error)) from None
    output.backward()
    return output


def _of_step(step: Step) -> Picture:
    # The samples are plain numbers, so every leaf is a parameter.
    return draw(step.loss, parameters=leaves(step.loss))


def _save(picture: Picture, path: str) -> None:
    try:
        picture.save(path)
    except OSError as error:
        raise _WriteError(f"{printable(path)}: cannot be written ({error.strerror or error})") from None


def _tell(sentence: str) -> None:
    print(sentence, file=sys.stderr)


def _print(text: str) -> None:
    """Write text to standard output, at once.

    Raises:
        BrokenPipeError: nobody reads any more.
        _WriteError: it is closed, or full.
    """
    stream = sys.stdout
    if stream is None:
        raise _WriteError("standard output: cannot be written (it is closed)")
    # A terminal that lacks a bracket of ours shows a question mark rather than a traceback.
    encoding = stream.encoding or "utf-8"
    try:
        stream.write(text.encode(encoding, "replace").decode(encoding))
        stream.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _WriteError(f"standard output: cannot be written ({error.strerror or error})") from None


def _width() -> int:
    """The columns of the terminal, where the output goes to one; $COLUMNS has the last word."""
    is_terminal = sys.stdout is not None and sys.stdout.isatty()
    return shutil.get_terminal_size().columns if is_terminal else WIDTH


def _coloured(text: str) -> str:
    """Text with the escape sequences that colour its headings and names."""
    styled = Text(text)
    styled.highlight_regex(r"(?m)^.+\n[-=]+$", "bold cyan")
    styled.highlight_regex(r"(?m)^\w+(?=: )", "bold")
    # Not printed by rich itself, which has its own ways with a pipe that is closed or a disk that is full.
    page = io.StringIO()
    Console(file=page, force_terminal=True, highlight=False).print(styled, soft_wrap=True, end="")
    return page.getvalue()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="chalkgrad", description="Backpropagation with its working shown.")
    parser.add_argument("--version", action="version", version=f"chalkgrad {metadata.version('chalkgrad')}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser(
        "solve",
        help="work a problem out step by step",
        description="Work a problem out: both passes and one step of gradient descent, every quantity with its "
        "formula, the numbers put in, and the result.",
        epilog="example: chalkgrad solve demos/or_gate.toml -o graph.svg",
    )
    command.add_argument("file", metavar="FILE", help="a problem in TOML, such as demos/or_gate.toml")
    command.add_argument(
        "--decimals", type=_whole(0, 17), default=4, metavar="D", help="of every worked-out number (default 4)"
    )
    command.add_argument("--steps", type=_whole(1, 10**6), default=1, metavar="N", help="of descent (default 1)")
    command.add_argument("--markdown", action="store_true", help="print Markdown with LaTeX formulas")
    endings = ", ".join(FORMATS)
    command.add_argument(
        "-o", "--output", type=_picture, metavar="PICTURE", help=f"draw the first step's graph to a file: {endings}"
    )
    command.set_defaults(run=_solve)

    command = commands.add_parser(
        "trace",
        help="show an expression's forward and backward pass, line by line",
        description="Show both passes of an expression: a line for each operation and for each derivative.",
        epilog="example: chalkgrad trace 'q = x + y; f = q * z' x=-2 y=5 z=-4",
    )
    _take_expression(command, "such as 'x*y + sin(x)'", "EXPR")
    command.add_argument("--markdown", action="store_true", help="print Markdown tables")
    command.set_defaults(run=_trace)

    command = commands.add_parser(
        "draw",
        help="draw an expression's graph, or a problem's",
        description="Draw the graph of an expression, or of the first step of a problem, with every gradient.",
        epilog="example: chalkgrad draw 'x*y + sin(x)' x=2 y=5 -o graph.svg",
    )
    _take_expression(command, "such as 'x*y + sin(x)', or a problem in TOML", "EXPR|FILE")
    command.add_argument(
        "-o", "--output", type=_picture, metavar="PICTURE", required=True, help=f"the file to draw to: {endings}"
    )
    command.set_defaults(run=_draw)
    return parser


def _take_expression(command: argparse.ArgumentParser, meaning: str, metavar: str) -> None:
    command.add_argument("expression", metavar=metavar, help=meaning)
    command.add_argument("inputs", metavar="NAME=NUMBER", nargs="*", help="what the names in it stand for, such as x=2")


class _whole:
    """A whole number between two bounds, both allowed."""

    def __init__(self, least: int, most: int) -> None:
        self.least, self.most = least, most

    def __call__(self, text: str) -> int:
        if not text.isdecimal() or not self.least <= int(text) <= self.most:
            raise argparse.ArgumentTypeError(f"{text!r}: a whole number from {self.least} to {self.most} is needed")
        return int(text)


def _picture(path: str) -> str:
    if Path(path).suffix.lower() not in FORMATS:
        raise argparse.ArgumentTypeError(f"{path!r}: a name that ends in one of {', '.join(FORMATS)} is needed")
    return path
