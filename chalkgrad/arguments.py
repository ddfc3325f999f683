"""What may be written on the command line, and its help."""

import argparse
import os
import re
import textwrap
from collections.abc import Iterable, Sequence
from importlib import metadata
from pathlib import Path
from typing import TypeAlias

from autograd.text import printable
from chalkgrad.layout import LAYOUTS
from chalkgrad.notation import NOTATIONS
from chalkgrad.sheet import LIMITS
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
    if twice := _twice(options):
        parser.error(f"{printable(twice)} would be written over: give each file a name of its own")
    return options


def _twice(options: argparse.Namespace) -> str:
    """A file that a command would write to although it reads it, or writes something else to it; else empty."""
    read = [getattr(options, name, None) for name in ("file", "problem", "scheme")]
    taken = {os.path.realpath(path) for path in (*read, *getattr(options, "files", ())) if path}
    written = [getattr(options, name, None) for name in ("html", "latex", "save", "output", "csv")]
    for path in filter(None, written):
        if os.path.realpath(path) in taken:
            return str(path)
        taken.add(os.path.realpath(path))
    return ""


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
    for add in (_add_solve, _add_trace, _add_derive, _add_draw, _add_page, _add_sheet, _add_mark, _add_diff):
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
        "solve demos/or_gate.toml --layout samples --notation mazur --html or_gate.html --save or_gate.json",
    )
    command.add_argument("file", metavar="FILE", help="a problem in TOML, such as demos/or_gate.toml")
    _take_decimals(command)
    command.add_argument("--steps", type=_whole(1, 10**6), default=1, metavar="N", help="of descent (default 1)")
    command.add_argument(
        "--layout", choices=[*LAYOUTS], default="matrix", help="quantity by quantity (default), or sample by sample"
    )
    command.add_argument(
        "--notation",
        choices=[*NOTATIONS],
        default="ours",
        help="names and signs: ours (default), those of Mazur's blog, or those of Han and Kamber's book",
    )
    command.add_argument("--markdown", action="store_true", help="print Markdown with LaTeX formulas")
    for option, metavar, what, endings in (
        ("--html", "OUT.html", "write the working to a web page instead of printing it", (".html", ".htm")),
        ("--latex", "OUT.tex", "write it to a LaTeX document instead", (".tex",)),
        ("--save", "RUN.json", "save every number, for chalkgrad diff", (".json",)),
    ):
        command.add_argument(option, type=_named(*endings), metavar=metavar, help=what)
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


def _add_sheet(commands: _Commands) -> None:
    command = _command(
        commands,
        "sheet",
        "make problem sheets with blanks, and their answer keys",
        "Make problem sheets: networks with starting values that are good to work by hand, as TOML with blanks and as "
        "HTML and LaTeX to print, each with its answer key. The same seed gives the same sheets everywhere.",
        "sheet -o sheets",
        "sheet --layers 2,3,1 --activation tanh,sigmoid --decimals 5 --seed 7 --variants 3 -o class",
    )
    command.add_argument(
        "--layers",
        type=_sizes,
        default=(2, 2, 1),
        metavar="SIZES",
        help="how many inputs, and how many neurons in each layer, with commas between (default 2,2,1)",
    )
    command.add_argument(
        "--activation",
        type=_listed,
        default=["sigmoid"],
        metavar="NAMES",
        help="one name, or one for each layer, with commas between: linear, relu, sigmoid or tanh (default sigmoid)",
    )
    command.add_argument("--samples", type=_whole(*LIMITS["samples"]), default=4, metavar="N", help="default 4")
    command.add_argument(
        "--decimals", type=_whole(*LIMITS["decimals"]), default=4, metavar="D", help="to work to (default 4)"
    )
    command.add_argument("--seed", type=_whole(*LIMITS["seed"]), default=1, metavar="S", help="default 1")
    command.add_argument(
        "--variants", type=_whole(*LIMITS["variants"]), default=1, metavar="N", help="how many sheets (default 1)"
    )
    command.add_argument("-o", "--output", type=_path, required=True, metavar="FOLDER", help="the folder to write to")


def _add_mark(commands: _Commands) -> None:
    command = _command(
        commands,
        "mark",
        "mark somebody's own figures, and say where they first slipped",
        "Mark the figures in the [work] tables of problem files: each is right, within rounding, right from earlier "
        "figures that it was worked out from, or a slip, which is named where a known mistake gives it. The exit "
        "status is 0 if there is no slip, 1 if there is one, 2 if a file cannot be read. With --csv or --feedback no "
        "tables are printed.",
        "mark demos/or_gate_notes.toml",
        "mark submissions/*.toml --problem demos/or_gate.toml --csv marks.csv --feedback pages",
    )
    command.add_argument("files", metavar="FILE", nargs="+", help="a problem with a [work] table, in TOML")
    command.add_argument("--all", action="store_true", help="show the numbers that are right as well")
    command.add_argument("--json", action="store_true", help="print a line of JSON for each file")
    command.add_argument("--csv", type=_table, metavar="OUT", help="write the marks to a table, a row for each file")
    command.add_argument(
        "--problem",
        type=_path,
        metavar="FILE",
        help="the problem that was set: other problems are refused, and none is needed",
    )
    command.add_argument("--scheme", type=_path, metavar="FILE", help="what quantities and verdicts are worth, in TOML")
    command.add_argument("--feedback", type=_path, metavar="FOLDER", help="write a web page for each file")


def _add_diff(commands: _Commands) -> None:
    command = _command(
        commands,
        "diff",
        "show where two runs part",
        "Compare two runs that solve saved, to the bit: what of the givens differs, the first number that differs and "
        "by how much, and how many do. The exit status is 0 if they are the same, 1 if they differ, 2 if a file cannot "
        "be read.",
        "diff monday.json tuesday.json",
    )
    command.add_argument("first", metavar="A.json", help="a run from chalkgrad solve --save")
    command.add_argument("second", metavar="B.json", help="another")


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


def _path(path: str) -> str:
    """Any name but an empty one, such as a variable of a shell's that has not been set."""
    if not path:
        raise argparse.ArgumentTypeError(f"{path!r}: a name is needed")
    return path


def _table(path: str) -> str:
    # In --csv submissions/*.toml the first submission stands where the table's name is missing.
    if Path(_path(path)).suffix.lower() == ".toml":
        raise argparse.ArgumentTypeError(f"{path!r}: a name of its own is needed for the table, such as marks.csv")
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


def _sizes(text: str) -> list[int]:
    return [*map(_whole(*LIMITS["layers"]), _listed(text))]


def _fold(text: str) -> int | list[str]:
    return _whole(0, 100)(text) if text.isdecimal() else _listed(text)


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")]
