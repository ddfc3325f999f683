"""Numbers and matrices as they are written: given ones exactly, worked-out ones to so many decimals, large ones cut."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.text import decimal, exact
from chalkgrad.cells import elided, given_cells, runs, worked_cells


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (0.123456, 4, "0.1235"),
        (-0.00001, 4, "0.0000"),
        (2.0, 0, "2"),
        (999_999_999_999_999.0, 0, "999999999999999"),
        (1e15, 2, "1.00e+15"),
        (-1e16, 0, "-1e+16"),
        (math.inf, 4, "inf"),
        (-math.inf, 4, "-inf"),
        (math.nan, 4, "nan"),
    ],
)
def test_a_worked_out_number_has_so_many_decimals(value: float, decimals: int, text: str) -> None:
    assert decimal(value, decimals) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.5, "0.5"), (1.0, "1"), (-0.0, "0"), (0.123456, "0.123456"), (100.0, "100"), (1e-5, "1e-05"), (1e16, "1e+16")],
)
def test_a_given_number_is_written_as_it_was_given(value: float, text: str) -> None:
    assert exact(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_given_number_can_be_read_back(value: float) -> None:
    assert float(exact(value)) == value


def test_matrices_are_written_number_by_number() -> None:
    assert given_cells(((1.0, 0.25),)) == [["1", "0.25"]]
    assert worked_cells(((1.0,), (0.25,)), 1) == [["1.0"], ["0.2"]]


ROW = [str(column) for column in range(12)]


@pytest.mark.parametrize(
    ("columns", "most", "shown"),
    [
        (8, 8, "0 1 2 3 4 5 6 7"),
        (9, 8, "0 1 2 3 4 5 … 8"),
        (12, 8, "0 1 2 3 4 5 … 11"),
        (12, 3, "0 … 11"),
        (12, 2, "0 …"),
        (2, 2, "0 1"),
        (2, 1, "0 …"),
        (1, 1, "0"),
    ],
)
def test_of_a_wide_matrix_the_ends_are_shown(columns: int, most: int, shown: str) -> None:
    assert elided([ROW[:columns]], most) == [shown.split()]


def test_of_a_tall_matrix_the_ends_are_shown() -> None:
    assert elided([[cell] for cell in ROW[:8]]) == [[cell] for cell in ROW[:8]]
    assert elided([[cell] for cell in ROW[:9]]) == [[cell] for cell in ["0", "1", "2", "3", "4", "5", "⋮", "8"]]
    assert elided([ROW] * 9)[-2] == ["⋮"] * 8


@given(columns=st.integers(1, 40), width=st.integers(1, 9), room=st.integers(12, 60))
def test_the_runs_of_a_wide_matrix_fill_the_room_and_lose_nothing(columns: int, width: int, room: int) -> None:
    cells = [[f"{column:0{width}}"[-width:] for column in range(columns)], ["x"] * columns]
    found = list(runs(cells, room))
    assert [[cell for _, run in found for cell in run[row]] for row in (0, 1)] == cells
    for place, (title, run) in enumerate(found):
        taken = len("[" + " ".join(run[0]) + "]")
        assert taken <= room
        if place < len(found) - 1:
            assert taken + 1 + width > room
        start = sum(len(before[0]) for _, before in found[:place])
        last = start + len(run[0]) - 1
        expected = f"column {start}" if start == last else f"columns {start} to {last}"
        assert title == ("" if len(found) == 1 else expected)


def test_a_number_wider_than_the_room_has_a_run_of_its_own() -> None:
    assert list(runs([["0.123456", "0.5"]], 4)) == [("column 0", [["0.123456"]]), ("column 1", [["0.5"]])]
