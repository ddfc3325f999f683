"""What the command line writes beside its results, as a terminal shows it."""

import io
import os
import select
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import TextIO

import pytest

from chalkgrad import terminal
from chalkgrad.terminal import progress, tell

pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")


class Screen:
    """A terminal that standard error goes to in a ``with`` block."""

    def __init__(self) -> None:
        self.reader, writer = pty.openpty()
        self.stream: TextIO = os.fdopen(writer, "w", encoding="utf-8")

    def __enter__(self) -> None:
        self.before, sys.stderr = sys.stderr, self.stream

    def __exit__(self, *error: object) -> None:
        sys.stderr = self.before

    def next(self) -> str:
        """What comes next, as soon as it comes."""
        assert select.select([self.reader], [], [], 60)[0], "nothing comes"
        return os.read(self.reader, 100_000).decode(errors="replace")

    def rest(self) -> str:
        """All that is left once nothing more is written."""
        self.stream.close()
        rest = b""
        with suppress(OSError):
            while chunk := os.read(self.reader, 100_000):
                rest += chunk
        return rest.decode()


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Iterator[Screen]:
    screen = Screen()
    monkeypatch.setattr(terminal, "DELAY", 0.0)
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    yield screen
    screen.stream.close()
    os.close(screen.reader)


def wait_for_timers() -> None:
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.join()


def test_what_takes_long_is_named_and_taken_back(screen: Screen) -> None:
    with screen, progress("Adding up"):
        shown = screen.next()
        while "Adding up" not in shown:
            shown += screen.next()
    # The cursor is back, at the beginning of a line that has been cleared.
    assert screen.rest().endswith("\x1b[?25h\r\x1b[1A\x1b[2K")


def test_how_far_it_is_is_shown_where_the_end_is_known(screen: Screen) -> None:
    with screen, progress("Adding up", 1234) as bar:
        bar.reach(5)
        wait_for_timers()
        bar.reach(678)
    assert "678/1234" in screen.rest()


def test_it_is_taken_back_after_an_error_too(screen: Screen) -> None:
    with suppress(KeyboardInterrupt), screen, progress("Adding up"):
        wait_for_timers()
        raise KeyboardInterrupt
    assert screen.rest().endswith("\x1b[2K")


def test_what_is_done_in_time_shows_nothing(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "DELAY", 3600.0)
    with screen, progress("Adding up"):
        pass
    assert screen.rest() == ""


@pytest.mark.parametrize("variable", [("TERM", "dumb"), ("TTY_INTERACTIVE", "0")])
def test_a_terminal_that_cannot_take_a_line_back_shows_nothing(
    screen: Screen, monkeypatch: pytest.MonkeyPatch, variable: tuple[str, str]
) -> None:
    monkeypatch.setenv(*variable)
    with screen, progress("Adding up", 10) as bar:
        wait_for_timers()
        bar.reach(3)
    assert screen.rest() == ""


def test_nothing_is_shown_that_is_not_wanted(screen: Screen) -> None:
    with screen, progress("Adding up", shown=False):
        wait_for_timers()
    assert screen.rest() == ""


def test_a_pipe_gets_nothing_even_where_colour_is_forced(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = io.StringIO()
    monkeypatch.setattr(sys, "stderr", pipe)
    monkeypatch.setattr(terminal, "DELAY", 0.0)
    monkeypatch.setenv("FORCE_COLOR", "1")
    with progress("Adding up"):
        wait_for_timers()
    assert pipe.getvalue() == ""


def test_a_sentence_cannot_steer_the_terminal(screen: Screen) -> None:
    with screen:
        tell("a\x1b[31m is red")
    assert screen.rest() == "a\\x1b[31m is red\r\n"


def test_where_there_is_no_standard_error_a_sentence_goes_nowhere(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    tell("Nobody hears this.")
    assert capsys.readouterr().out == ""
