"""Where the command line writes: what was asked for to standard output, all else to standard error."""

import os
import shutil
import sys
from contextlib import suppress
from threading import Timer
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

from autograd.text import printable

# Rich is imported where it is used: most commands are done before all of it would be there.
if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.progress import Progress

#: Seconds after which it is shown that something takes long.
DELAY = 1.0


class OutputError(Exception):
    """Standard output cannot be written; the message is the sentence to show."""


def is_terminal(stream: TextIO | None) -> bool:
    """Whether what is written to the stream is shown to a person."""
    return stream is not None and stream.isatty()


def columns() -> int:
    """The width of the terminal; $COLUMNS has the last word."""
    return shutil.get_terminal_size().columns


def write(text: str) -> None:
    """Write text to standard output, at once.

    Raises:
        BrokenPipeError: nobody reads any more.
        OutputError: it is closed, or full.
    """
    stream = sys.stdout
    if stream is None:
        raise OutputError("standard output: cannot be written (it is closed)")
    # A terminal that lacks a bracket of ours shows a question mark rather than a traceback.
    encoding = stream.encoding or "utf-8"
    try:
        stream.write(text.encode(encoding, "replace").decode(encoding))
        stream.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"standard output: cannot be written ({error.strerror or error})") from None


def tell(sentence: str) -> None:
    """Write a sentence to standard error, where there is one."""
    # To print, None is standard output.
    if sys.stderr is not None:
        # Where the sentence cannot be told, the exit status still says what happened.
        with suppress(OSError):
            print(printable(sentence), file=sys.stderr)


def console() -> "Console":
    """What knows the width, the colours and the characters of standard output; under $NO_COLOR text is plain."""
    from rich.console import Console

    return Console(width=columns(), color_system=None if os.environ.get("NO_COLOR") else "auto", highlight=False)


def rendered(thing: "RenderableType", on: "Console", wrapped: bool = True) -> str:
    """A thing as a console prints it, for ``write``: rich has ways of its own with a closed pipe or a full disk."""
    with on.capture() as captured:
        on.print(thing, soft_wrap=not wrapped, end="")
    return captured.get()


class progress:
    """Shows on the terminal what is being done, and how far it is, from the first second on; then it is gone again.

    Nothing is shown where standard error is not a terminal, or is one that cannot take a line back. ::

        with progress("Adding up", 1000) as bar:
            for done in range(1000):
                bar.reach(done)

    Args:
        what: what is being done, in a few words.
        total: how far it goes; None where that is not known.
        shown: False to show nothing.
    """

    def __init__(self, what: str, total: int | None = None, *, shown: bool = True) -> None:
        self._what, self._total, self._done = what, total, 0
        self._shown = shown and is_terminal(sys.stderr)
        self._bar: Progress | None = None
        self._timer = Timer(DELAY, self._show)
        self._timer.daemon = True

    def reach(self, done: int) -> None:
        """Say how far it is."""
        self._done = done
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], completed=done)

    def __enter__(self) -> "progress":
        if self._shown:
            self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        if self._timer.ident is not None:
            # It may be about to show.
            self._timer.join()
        if self._bar is not None:
            # What was reached while it was being set up has passed it by.
            self.reach(self._done)
            self._bar.stop()

    def _show(self) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            SpinnerColumn,
            TextColumn,
            TimeRemainingColumn,
        )

        screen = Console(stderr=True)
        if not screen.is_interactive:
            return
        # The simplest spinner is one that every terminal has the characters for.
        shown = [SpinnerColumn("line"), TextColumn("{task.description}")]
        if self._total is not None:
            shown += [BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()]
        # Standard output is left alone: it may be a file.
        bar = Progress(*shown, console=screen, transient=True, redirect_stdout=False, redirect_stderr=False)
        bar.add_task(self._what, total=self._total, completed=self._done)
        bar.start()
        self._bar = bar
