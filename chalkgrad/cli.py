"""The command line: ``chalkgrad solve FILE``, and trace, derive, draw and page for an expression or a problem."""

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from autograd import ParseError, Value, leaves, parse, recorded, trace
from autograd.files import write_whole
from autograd.text import printable, quoted
from chalkgrad.arguments import read
from chalkgrad.comparison import compared
from chalkgrad.content import Style
from chalkgrad.documents import to_html, to_latex
from chalkgrad.marking import Marking
from chalkgrad.problem import ExpressionProblem, Problem, ProblemError, load
from chalkgrad.record import RunError, load_run, save_run
from chalkgrad.report import WIDTH, markdown_heading, markdown_parts, text_parts
from chalkgrad.sheet import save, sheets
from chalkgrad.solution import Solution, Step, descend
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
    """Run the command line and return its exit status.

    It is 0, or 1 after a command whose answer is no; 2 after an error and 130 after Ctrl-C, told in a sentence.

    Args:
        arguments: without the program's name; those of the process if None.
    """
    options = read(sys.argv[1:] if arguments is None else arguments)
    try:
        # A reader that stops reading, such as `head`, has seen enough.
        with suppress(BrokenPipeError):
            return _COMMANDS[options.command](options) or 0
    except (ProblemError, RunError, LayoutError, ParseError, OutputError, _CommandError) as error:
        tell(f"chalkgrad: {error}")
        return 2
    except KeyboardInterrupt:
        tell("chalkgrad: stopped")
        return 130
    return 0


# Commands -------------------------------------------------------------------------------------------------------------


def _solve(options: argparse.Namespace) -> None:
    problem = load(options.file)
    if isinstance(problem, ExpressionProblem):
        _solve_expression(problem, options)
        return
    steps = descend(problem)
    with progress("Working out the first step"):
        first = next(steps)
    working: Iterable[Step] = islice(chain([first], steps), options.steps)
    in_files = options.html or options.latex
    if in_files or options.save:
        working = _all_steps(working, options.steps)
        _save_solution(Solution(problem, working), options)
    if not in_files:
        _print_steps(problem, working, options)
    if options.output:
        with progress("Drawing"):
            _save(draw(first.loss, parameters=leaves(first.loss)).save, options.output)
        tell(f"The graph of the first step is in {options.output}.")


def _solve_expression(problem: ExpressionProblem, options: argparse.Namespace) -> None:
    """Both passes written down; what is a network's alone, such as steps of descent, has nothing to do here."""
    if options.steps > 1 or options.save or options.notation != "ours" or options.layout != "matrix":
        raise _CommandError(
            f"{options.file}: --steps, --layout, --notation and --save go with a network's problem, and this is an "
            "expression's: leave them out"
        )
    with progress("Deriving"):
        output = _expression(problem)
        working = derivation(output, decimals=options.decimals)
    for path, content in ((options.html, working.to_html()), (options.latex, working.to_latex())):
        if path:
            _save(partial(write_whole, content=content), path)
            tell(f"The working is in {path}.")
    if not options.html and not options.latex:
        write("\n\n".join(filter(None, (markdown_heading(problem.title), working.to_markdown()))))
    if options.output:
        with progress("Drawing"):
            _save(draw(output).save, options.output)
        tell(f"The graph is in {options.output}.")


def _expression(problem: ExpressionProblem) -> Value:
    output = parse(problem.text, **problem.inputs)
    output.backward()
    return output


def _all_steps(working: Iterable[Step], count: int) -> tuple[Step, ...]:
    kept = []
    with progress("Working the steps out", count) as bar:
        for done, step in enumerate(working, 1):
            kept.append(step.without_graph())
            bar.reach(done)
    return tuple(kept)


def _save_solution(solution: Solution, options: argparse.Namespace) -> None:
    for path, write_as in ((options.html, to_html), (options.latex, to_latex)):
        if path:
            with progress("Writing the working"):
                content = write_as(solution, options.decimals, layout=options.layout, notation=options.notation)
                _save(partial(write_whole, content=content), path)
            tell(f"The working is in {path}.")
    if options.save:
        with progress("Saving the numbers"):
            _save(partial(save_run, solution), options.save)
        tell(f"The numbers are in {options.save}.")


def _print_steps(problem: Problem, working: Iterable[Step], options: argparse.Namespace) -> None:
    style = Style(options.decimals, options.layout, options.notation)
    parts: Iterator[str]
    if options.markdown:
        parts = markdown_parts(problem, working, options.steps, style)
    else:
        screen = console()
        width = screen.width if is_terminal(sys.stdout) else WIDTH
        parts = text_parts(problem, working, options.steps, style, width)
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


def _diff(options: argparse.Namespace) -> int:
    with progress("Comparing"):
        sentences = compared(load_run(options.first), load_run(options.second))
    write("".join(f"{sentence}\n" for sentence in sentences or ["The runs are the same to the bit."]))
    return 1 if sentences else 0


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


def _sheet(options: argparse.Namespace) -> None:
    # A single name is for all layers.
    activation = options.activation[0] if len(options.activation) == 1 else options.activation
    numbers = {name: getattr(options, name) for name in ("samples", "decimals", "seed", "variants")}
    try:
        with progress("Making the sheets"):
            save(sheets(options.layers, activation, **numbers), options.output)
    except ValueError as error:
        raise _CommandError(str(error)) from None
    except OSError as error:
        why = error.strerror or error
        raise _CommandError(f"{error.filename or options.output}: cannot be written ({why})") from None
    tell(f"The sheets and their answer keys are in {options.output}.")


def _mark(options: argparse.Namespace) -> int:
    # Only this command has a use for processes of its own.
    from chalkgrad.assignment import load_assignment
    from chalkgrad.classwork import Marksheet, Scheme, load_scheme, marked

    scheme = load_scheme(options.scheme) if options.scheme else Scheme()
    assignment = load_assignment(options.problem) if options.problem else None
    _make_ready(options.csv, options.feedback)
    is_class = bool(options.csv or options.feedback)
    shows_itself = is_terminal(sys.stdout) and (options.json or not is_class)
    marks, errors, slips, is_read = Marksheet(), [], 0, options.json or not is_class
    try:
        with progress("Marking", len(options.files), shown=not shows_itself) as bar:
            for done, result in enumerate(marked(options.files, scheme, options.feedback, assignment=assignment), 1):
                marks.add(result)
                if result.marking is None:
                    errors.append(result.error)
                    continue
                slips += not result.marking.is_sound
                if is_read:
                    is_read = _written(_feedback(result.marking, result.file, options), is_class)
                bar.reach(done)
    finally:
        # In the middle of a bar they would not be read.
        for error in (*errors, *filter(None, [marks.warning])):
            tell(f"chalkgrad: {error}")
    if options.csv:
        _save(partial(write_whole, content=marks.to_csv()), options.csv)
        tell(f"The marks are in {options.csv}.")
    if options.feedback:
        tell(f"The pages are in {options.feedback}.")
    return 2 if errors else min(slips, 1)


def _make_ready(file: str | None, folder: str | None) -> None:
    """Find out before the work rather than after it that its results have no place to go."""
    if file and not Path(file).absolute().parent.is_dir():
        raise _CommandError(f"{file}: cannot be written (there is no such folder)")
    if file and Path(file).is_dir():
        raise _CommandError(f"{file}: cannot be written (it is a folder)")
    if folder:
        try:
            Path(folder).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _CommandError(f"{folder}: cannot be made a folder ({error.strerror or error})") from None


def _written(text: str, goes_on: bool) -> bool:
    """Write text; whether anybody reads on.

    Raises:
        BrokenPipeError: nobody does, and there is nothing else to go on for.
    """
    try:
        write(text)
    except BrokenPipeError:
        if not goes_on:
            raise
        return False
    return True


def _feedback(marking: Marking, file: str, options: argparse.Namespace) -> str:
    if options.json:
        return f"{marking.to_json(file)}\n"
    from chalkgrad.feedback import signs, to_rich, to_text

    heading, sign = printable(file), signs(getattr(sys.stdout, "encoding", None))
    if not is_terminal(sys.stdout):
        return to_text(marking, heading, options.all, sign)
    screen = console()
    parts = to_rich(marking, heading, options.all, sign, screen.width)
    return "".join(f"{rendered(part, screen)}\n" for part in parts)


_COMMANDS: Final[Mapping[str, Callable[[argparse.Namespace], int | None]]] = {
    "solve": _solve,
    "trace": _trace,
    "derive": _derive,
    "draw": _draw,
    "page": _page,
    "sheet": _sheet,
    "mark": _mark,
    "diff": _diff,
}

# What they share ------------------------------------------------------------------------------------------------------


def _subject(options: argparse.Namespace) -> tuple[Value, list[Value]]:
    """The result that a command is about, after a backward pass, and the parameters among its leaves."""
    if Path(options.expression).suffix.lower() != ".toml":
        output = _recorded(options.expression, options.inputs)
        output.backward()
        return output, []
    if options.inputs:
        raise _CommandError("inputs such as x=2 go with an expression, not with a problem's file: leave them out")
    problem = load(options.expression)
    if isinstance(problem, ExpressionProblem):
        return _expression(problem), []
    loss = next(descend(problem)).loss
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
