"""The command line: ``chalkgrad solve FILE``, and trace, derive, draw and page for an expression or a problem."""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from autograd import ParseError, Value, leaves, parse, recorded, trace
from autograd.text import quoted
from chalkgrad.arguments import read
from chalkgrad.problem import ProblemError, load_network
from chalkgrad.report import WIDTH, markdown_parts, text_parts
from chalkgrad.solution import descend
from chalkgrad.terminal import OutputError, console, is_terminal, progress, rendered, tell, write
from viz import LayoutError, derivation, draw, page

if TYPE_CHECKING:
    from rich.console import Console

# A table takes rich a millisecond for each of its lines, and nobody reads so many.
_MOST_LINES: Final = 2000

# Names that an error suggests.
_SOME: Final = 6


class _CommandError(Exception):
    """What was asked for cannot be done; the message is the sentence to show."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status: 0; 2 after an error and 130 after Ctrl-C, told in a sentence.

    Args:
        arguments: without the program's name; those of the process if None.
    """
    options = read(sys.argv[1:] if arguments is None else arguments)
    try:
        # A reader that stops reading, such as `head`, has seen enough.
        with suppress(BrokenPipeError):
            _COMMANDS[options.command](options)
    except (ProblemError, LayoutError, ParseError, OutputError, _CommandError) as error:
        tell(f"chalkgrad: {error}")
        return 2
    except KeyboardInterrupt:
        tell("chalkgrad: stopped")
        return 130
    return 0


# Commands -------------------------------------------------------------------------------------------------------------


def _solve(options: argparse.Namespace) -> None:
    problem = load_network(options.file)
    steps = descend(problem)
    with progress("Working out the first step"):
        first = next(steps)
    working = islice(chain([first], steps), options.steps)
    parts: Iterator[str]
    if options.markdown:
        parts = markdown_parts(problem, working, options.steps, options.decimals)
    else:
        screen = console()
        width = screen.width if is_terminal(sys.stdout) else WIDTH
        parts = text_parts(problem, working, options.steps, options.decimals, width)
        if screen.is_terminal:
            parts = map(partial(_coloured, screen), parts)
    # The picture is wanted even where nobody reads on. On a terminal, the steps themselves show how far it is.
    with (
        suppress(BrokenPipeError),
        progress("Working the steps out", options.steps, shown=not is_terminal(sys.stdout)) as bar,
    ):
        for done, part in enumerate(parts):
            write(part)
            bar.reach(done)
    if options.output:
        with progress("Drawing"):
            _save(draw(first.loss, parameters=leaves(first.loss)).save, options.output)
        tell(f"The graph of the first step is in {options.output}.")


def _trace(options: argparse.Namespace) -> None:
    with progress("Tracing"):
        text = _traced(_subject(options)[0], options.markdown)
    write(text)


def _traced(output: Value, markdown: bool) -> str:
    steps = trace(output)
    if markdown:
        return f"{steps.to_markdown()}\n"
    if not is_terminal(sys.stdout) or len(steps.forward) + len(steps.backward) > _MOST_LINES:
        return f"{steps}\n"
    from chalkgrad.tables import tables

    screen = console()
    return rendered(tables(steps, screen), screen)


def _derive(options: argparse.Namespace) -> None:
    with progress("Deriving"):
        written = derivation(_subject(options)[0], decimals=options.decimals)
        if options.output:
            _save(written.save, options.output)
        else:
            text = written.to_markdown()
    if options.output:
        tell(f"The derivation is in {options.output}.")
    else:
        write(text)


def _draw(options: argparse.Namespace) -> None:
    with progress("Drawing"):
        output, parameters = _subject(options)
        if options.fold is not None:
            _check_fold(options.fold, output)
        picture = draw(output, show=options.show, precision=options.precision, parameters=parameters, fold=options.fold)
        _save(picture.save, options.output)
    tell(f"The graph is in {options.output}.")


def _page(options: argparse.Namespace) -> None:
    with progress("Making the page"):
        output, parameters = _subject(options)
        try:
            _save(partial(page, output, precision=options.precision, parameters=parameters), options.output)
        except ValueError as error:
            raise _CommandError(str(error)) from None
    tell(f"The page is in {options.output}.")


_COMMANDS: Final = {"solve": _solve, "trace": _trace, "derive": _derive, "draw": _draw, "page": _page}

# What they share ------------------------------------------------------------------------------------------------------


def _subject(options: argparse.Namespace) -> tuple[Value, list[Value]]:
    """The result that a command is about, after a backward pass, and the parameters among its leaves."""
    if Path(options.expression).suffix.lower() != ".toml":
        output = _recorded(options.expression, options.inputs)
        output.backward()
        return output, []
    if options.inputs:
        raise _CommandError("inputs such as x=2 go with an expression, not with a problem's file: leave them out")
    loss = next(descend(load_network(options.expression))).loss
    # The samples are plain numbers, so every leaf is a parameter.
    return loss, leaves(loss)


def _recorded(expression: str, inputs: Sequence[str]) -> Value:
    numbers: dict[str, float] = {}
    for text in map(str.strip, inputs):
        name, _, number = map(str.strip, text.partition("="))
        if name in numbers:
            raise _CommandError(f"input {quoted(text)}: {name} has a number already, leave one of them out")
        try:
            numbers[name] = float(number)
        except ValueError:
            raise _CommandError(f"input {quoted(text)}: a name and a number are needed, such as x=2") from None
    try:
        return parse(expression.rstrip(), **numbers)
    except ParseError:
        raise
    except ValueError as error:
        raise _CommandError(str(error)) from None


def _check_fold(fold: int | Sequence[str], output: Value) -> None:
    """Refuse to fold boxes that the graph does not have: it would look as if nothing had been asked for."""
    scopes = {value.scope for value in recorded(output)}
    names = sorted({name for scope in scopes for name in scope})
    if not names:
        raise _CommandError("--fold: the graph has no boxes that could be folded, leave it out")
    if isinstance(fold, int):
        deepest = max(map(len, scopes)) - 1
        if fold > deepest:
            raise _CommandError(f"--fold {fold}: no box lies as deep, give a depth from 0 to {deepest}")
        return
    for name in fold:
        if name not in names:
            some = ", ".join(names[:_SOME])
            raise _CommandError(f"--fold {quoted(name)}: no box has that name, give one that is there, such as {some}")


def _save(write_to: Callable[[str], None], path: str) -> None:
    try:
        write_to(path)
    except OSError as error:
        raise _CommandError(f"{path}: cannot be written ({error.strerror or error})") from None


def _coloured(screen: "Console", text: str) -> str:
    """Text with the escape sequences that colour its headings and names."""
    from rich.text import Text

    styled = Text(text, end="")
    styled.highlight_regex(r"(?m)^.+\n[-=]+$", "bold cyan")
    styled.highlight_regex(r"(?m)^\w+(?=: )", "bold")
    return rendered(styled, screen, wrapped=False)
