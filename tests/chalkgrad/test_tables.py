"""The tables that a trace is shown in on a terminal."""

import io
import re

import pytest
from rich.cells import cell_len
from rich.console import Console

from autograd import Trace, Value, parse, trace
from chalkgrad.tables import tables


def shown(steps: Trace, width: int, colour: bool = False) -> str:
    console = Console(width=width, file=io.StringIO(), force_terminal=True, color_system="256" if colour else None)
    with console.capture() as captured:
        console.print(tables(steps, console))
    return captured.get()


@pytest.fixture
def steps() -> Trace:
    return trace(parse("a = sigmoid(w*x + 6.5)*x", w=-3, x=2))


def test_a_wide_table_says_what_the_printed_trace_says(steps: Trace) -> None:
    lines = [line for line in shown(steps, 100).splitlines() if "─" not in line]
    assert [line.split() for line in lines] == [line.split() for line in str(steps).splitlines()]


@pytest.mark.parametrize("width", [100, 79, 70, 65, 40, 30])
def test_no_line_is_wider_than_the_terminal(steps: Trace, width: int) -> None:
    assert max(map(cell_len, shown(steps, width).splitlines())) <= width


@pytest.mark.parametrize("width", [20, 7, 2, 1])
def test_the_narrowest_terminals_get_something(steps: Trace, width: int) -> None:
    assert shown(steps, width)


def test_where_there_is_less_room_numbers_have_fewer_digits(steps: Trace) -> None:
    assert "0.6224593312" in shown(steps, 79).partition("backward")[2]
    narrower = shown(steps, 70).partition("backward")[2]
    assert "0.622459 " in narrower
    assert "0.6225 " in shown(steps, 65).partition("backward")[2]


def test_on_a_narrow_terminal_each_field_of_a_step_has_a_line(steps: Trace) -> None:
    fields = "\n".join(map(str.rstrip, shown(steps, 30).splitlines()))
    assert "\n\nstep            10\nnode            x\nthrough         v1\nupstream        0.4700074244\n" in fields
    assert fields.endswith("\n× slope         -3\n= contribution  -1.410022273\ntotal           -0.787562942")


def test_points_stand_below_each_other() -> None:
    lines = shown(trace(parse("12.5*x + x*1e-7", x=1)), 100).partition("forward")[2].splitlines()[1:6]
    header, _, *rows = (line.rstrip() for line in lines)
    assert [row[header.index("value") :] for row in rows] == ["12.5", " 1e-07", "12.5000001"]


def test_the_sign_of_a_derivative_is_a_colour_and_a_minus(steps: Trace) -> None:
    given, backward = shown(steps, 100, colour=True).split("backward")
    assert "38;5" not in given
    coloured = re.findall(r"\x1b\[38;5;(\d+)m *(\S+) *\x1b\[0m", backward)
    assert len(coloured) == 4 * len(steps.backward)
    assert {(colour, number.startswith("-")) for colour, number in coloured} == {("33", True), ("166", False)}


def test_zero_and_nan_have_no_sign() -> None:
    steps = trace(parse("relu(x)*0 + sqrt(y)", x=-1, y=-1))
    assert {"0", "nan"} <= {f"{step.total:g}" for step in steps.backward}
    assert not re.search(r"\x1b\[38;5;\d+m *(0|nan) ", shown(steps, 120, colour=True))


def test_a_name_is_never_markup() -> None:
    x = Value(2.0, label="[red]x[/red] :smile:")
    assert shown(trace(x * x), 120).count("[red]x[/red] :smile:") == 5


def test_a_name_of_any_length_is_folded_and_whole() -> None:
    x = Value(2.0, label="x" * 100)
    assert max(map(len, shown(trace(x * x), 60).splitlines())) <= 60
    assert shown(trace(x * x), 60).count("x") >= 500


def test_letters_that_take_two_places_keep_the_columns_straight() -> None:
    x = Value(2.0, label="値")
    line = shown(trace(x * 3.0), 100).splitlines()[2]
    assert line.rstrip() == "値     2"


def test_a_trace_without_steps_has_its_headings() -> None:
    assert "operation" in shown(trace(Value(1.0)), 100)
