"""What may be written on the command line, and its help."""

import argparse
import re
import textwrap
from collections.abc import Iterable, Sequence
from importlib import metadata
from pathlib import Path
from typing import TypeAlias

from autograd.text import printable
from chalkgrad.terminal import columns
from viz.derivation import WRITTEN_FORMATS
from viz.drawing import PARTS
from viz.picture import FORMATS


def read(arguments: Sequence[str]) -> argparse.Namespace:
    """The options of a command and, as ``command``, its name; ends the process after ``--help`` and after an error."""
    parser = _parser()
    options, others = parser.parse_known_args([*map(_no_option, arguments)])
    # Inputs that stand behind an option are left to us.
    inputs = [word for word in others if "inputs" in options and not word.startswith("-")]
    if len(inputs) < len(others):
        unknown = " ".join(word.rstrip() for word in others if word not in inputs)
        parser.error(f"unrecognized arguments: {printable(unknown)}")
    if inputs:
        options.inputs = [*options.inputs, *inputs]
    return options


def _no_option(word: str) -> str:
    """A word that is an expression with a minus in front so that argparse takes it for one: with a space in it."""
    return f"{word} " if re.match(r"-(?![-oh]|[\d.]+$).", word) else word


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="chalkgrad",
        description="Backpropagation with its working shown.",
        epilog="chalkgrad COMMAND --help tells more about a command, with examples.",
    )
    parser.add_argument("--version", action="version", version=f"chalkgrad {metadata.version('chalkgrad')}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for add in (_add_solve, _add_trace, _add_derive, _add_draw, _add_page):
        add(commands)
    return parser


_Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def _add_solve(commands: _Commands) -> None:
    command = _command(
        commands,
        "solve",
        "work a problem out step by step",
        "Work a problem out: both passes and one step of gradient descent, every quantity with its formula, the "
        "numbers put in, and the result.",
        "solve demos/or_gate.toml -o graph.svg",
        "solve demos/or_gate.toml --steps 3 --decimals 6",
    )
    command.add_argument("file", metavar="FILE", help="a problem in TOML, such as demos/or_gate.toml")
    _take_decimals(command)
    command.add_argument("--steps", type=_whole(1, 10**6), default=1, metavar="N", help="of descent (default 1)")
    command.add_argument("--markdown", action="store_true", help="print Markdown with LaTeX formulas")
    _take_output(command, "PICTURE", FORMATS, "draw the first step's graph to a file")


def _add_trace(commands: _Commands) -> None:
    command = _command(
        commands,
        "trace",
        "show an expression's forward and backward pass, line by line",
        "Show both passes of an expression: a line for each operation and for each derivative. On a terminal they are "
        "tables; elsewhere they are plain text.",
        "trace 'q = x + y; f = q * z' x=-2 y=5 z=-4",
        "trace 'x*y + sin(x)' x=2 y=5 --markdown",
    )
    _take_subject(command)
    command.add_argument("--markdown", action="store_true", help="print Markdown tables")


def _add_derive(commands: _Commands) -> None:
    command = _command(
        commands,
        "derive",
        "write an expression's derivation down, with its formulas",
        "Write both passes down as a person does: each line in symbols, with the numbers put in, and the result. It is "
        "printed as Markdown with LaTeX formulas, or written to a file.",
        "derive 'x*y + sin(x)' x=2 y=5",
        "derive demos/or_gate.toml --decimals 6 -o derivation.html",
    )
    _take_subject(command)
    _take_decimals(command)
    _take_output(command, "OUT", WRITTEN_FORMATS, "write it to a file")


def _add_draw(commands: _Commands) -> None:
    command = _command(
        commands,
        "draw",
        "draw an expression's graph, or a problem's",
        "Draw the graph of an expression, or of the first step of a problem, with every gradient.",
        "draw 'x*y + sin(x)' x=2 y=5 -o graph.svg",
        "draw 'x*y + sin(x)' x=2 y=5 --show names,contributions,steps -o graph.png",
        "draw demos/or_gate.toml --fold 'layer 1' -o graph.svg",
    )
    _take_subject(command)
    command.add_argument(
        "--show",
        type=_show,
        default=PARTS[:4],
        metavar="PARTS",
        help=f"what stands in it, with commas between: {', '.join(PARTS)} (default: the first four)",
    )
    _take_precision(command)
    command.add_argument(
        "--fold",
        type=_fold,
        metavar="DEPTH|NAMES",
        help="draw the boxes at a depth, 0 being the outermost, or those of these names, as one value each",
    )
    _take_output(command, "PICTURE", FORMATS, "the file to draw to", required=True)


def _add_page(commands: _Commands) -> None:
    command = _command(
        commands,
        "page",
        "make a web page that steps through both passes",
        "Make a web page that steps through both passes, explains every number and recomputes the graph for other "
        "inputs. It is one file and needs no network.",
        "page 'q = x + y; f = q * z' x=-2 y=5 z=-4 -o steps.html",
        "page demos/or_gate.toml -o or_gate.html",
    )
    _take_subject(command)
    _take_precision(command)
    _take_output(command, "OUT", (".html", ".htm"), "the file to write to", required=True)


def _command(commands: _Commands, name: str, summary: str, description: str, *examples: str) -> argparse.ArgumentParser:
    return commands.add_parser(
        name,
        help=summary,
        # Examples keep their lines, for which argparse leaves those of the description to us.
        description=textwrap.fill(description, max(columns() - 2, 11)),
        epilog="\n".join(f"example: chalkgrad {example}" for example in examples),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _take_subject(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "expression",
        metavar="EXPR|FILE",
        help="an expression such as 'x*y + sin(x)', or a problem in TOML; -- goes before one that begins with -o or -h",
    )
    command.add_argument("inputs", metavar="NAME=NUMBER", nargs="*", help="what the names in it stand for, such as x=2")


def _take_decimals(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--decimals", type=_whole(0, 17), default=4, metavar="D", help="of every worked-out number (default 4)"
    )


def _take_precision(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--precision", type=_whole(1, 17), default=4, metavar="N", help="significant digits of a number (default 4)"
    )


def _take_output(
    command: argparse.ArgumentParser, metavar: str, endings: Iterable[str], purpose: str, *, required: bool = False
) -> None:
    known = _named(*endings)
    command.add_argument(
        "-o", "--output", type=known, metavar=metavar, required=required, help=f"{purpose}: {known.endings}"
    )


class _named:
    """A file's name with one of several endings."""

    def __init__(self, *known: str) -> None:
        self.known, self.endings = known, ", ".join(known)

    def __call__(self, path: str) -> str:
        if Path(path).suffix.lower() not in self.known:
            raise argparse.ArgumentTypeError(f"{path!r}: a name that ends in one of {self.endings} is needed")
        return path


class _whole:
    """A whole number between two bounds, both allowed."""

    def __init__(self, least: int, most: int) -> None:
        self.least, self.most = least, most

    def __call__(self, text: str) -> int:
        if not text.isdecimal() or not self.least <= int(text) <= self.most:
            raise argparse.ArgumentTypeError(f"{text!r}: a whole number from {self.least} to {self.most} is needed")
        return int(text)


def _show(text: str) -> list[str]:
    parts = _listed(text)
    for part in parts:
        if part not in PARTS:
            raise argparse.ArgumentTypeError(f"{part!r}: choose from {', '.join(PARTS)}, with commas between")
    return parts


def _fold(text: str) -> int | list[str]:
    return _whole(0, 100)(text) if text.isdecimal() else _listed(text)


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")]
