"""The command line: ``chalkgrad solve FILE``."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from rich.console import Console
from rich.text import Text

from autograd.text import printable
from chalkgrad.problem import ProblemError, load
from chalkgrad.report import to_markdown, to_text
from chalkgrad.solution import solve
from viz import LayoutError, draw
from viz.picture import FORMATS


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status: 0, or 2 after an error, told in one sentence.

    Args:
        arguments: without the program's name; those of the process if None.
    """
    for stream in (sys.stdout, sys.stderr):
        # A terminal that lacks a bracket of ours shows a question mark rather than a traceback.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    options = _parser().parse_args(arguments)
    try:
        _solve(options)
        sys.stdout.flush()
    except (ProblemError, LayoutError) as error:
        return _failed(str(error))
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough; Python must not find the closed pipe again when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        return _failed(f"{printable(options.output or 'the output')}: cannot be written ({error.strerror})")
    return 0


def _failed(message: str) -> int:
    print(f"chalkgrad: {message}", file=sys.stderr)
    return 2


def _solve(options: argparse.Namespace) -> None:
    solution = solve(load(options.file), options.steps)
    if options.output:
        draw(solution.steps[0].loss).save(options.output)
    console = Console(highlight=False, soft_wrap=True)
    if options.markdown:
        console.out(to_markdown(solution, options.decimals), end="")
    else:
        console.print(_coloured(to_text(solution, options.decimals).rstrip("\n")))
    if options.output:
        print(f"The graph of the first step is in {printable(options.output)}.", file=sys.stderr)


def _coloured(text: str) -> Text:
    styled = Text(text)
    styled.highlight_regex(r"(?m)^.+\n[-=]+$", "bold cyan")
    styled.highlight_regex(r"(?m)^\w+(?=: )", "bold")
    return styled


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
    command.add_argument("--decimals", type=_whole(0, 17), default=4, metavar="D", help="of every number (default 4)")
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
