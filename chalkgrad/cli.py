"""The command line: ``chalkgrad solve FILE``."""

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

from autograd import leaves
from autograd.text import printable
from chalkgrad.problem import ProblemError, load
from chalkgrad.report import WIDTH, markdown_parts, text_parts
from chalkgrad.solution import Step, descend
from viz import LayoutError, draw
from viz.picture import FORMATS


class _WriteError(Exception):
    """Standard output or a picture cannot be written; the message is the sentence to show."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status: 0, or 2 after an error, told in one sentence.

    Args:
        arguments: without the program's name; those of the process if None.
    """
    options = _parser().parse_args(arguments)
    try:
        _solve(options)
    except (ProblemError, LayoutError, _WriteError) as error:
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
        _draw(first, options.output)


def _draw(step: Step, path: str) -> None:
    shown = printable(path)
    try:
        # The samples are plain numbers, so every leaf is a parameter.
        draw(step.loss, parameters=leaves(step.loss)).save(path)
    except OSError as error:
        raise _WriteError(f"{shown}: cannot be written ({error.strerror or error})") from None
    _tell(f"The graph of the first step is in {shown}.")


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
    return parser


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
