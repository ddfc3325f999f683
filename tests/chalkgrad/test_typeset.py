"""Equations as text: what stands where, and what happens where the room ends."""

from itertools import pairwise

from chalkgrad.cells import Cells
from chalkgrad.typeset import equation

NUMBERS: dict[str, Cells] = {
    "A": [["1", "2"], ["3", "4"]],
    "b": [["5"], ["6"]],
    "c": [["7"]],
    "n": [["2"]],
    "wide": [[str(column) for column in range(10, 22)]],
    "tall": [[str(row)] for row in range(3)],
}
FORMULA = ("(", "A", "−", "b", ")", "²", "⊙", "σ", "(", "A", ")")


def lines(text: str) -> list[str]:
    return text.split("\n")


def test_a_quantity_alone_is_its_matrix() -> None:
    assert lines(equation("A", (), NUMBERS, 60)) == ["A = ⎡1 2⎤", "    ⎣3 4⎦"]
    assert lines(equation("c", (), NUMBERS, 60)) == ["c = [7]"]
    assert lines(equation("n", (), NUMBERS, 60)) == ["n = 2"]
    assert lines(equation("tall", (), NUMBERS, 60)) == ["       ⎡0⎤", "tall = ⎢1⎥", "       ⎣2⎦"]


def test_formula_numbers_and_result_stand_below_one_another() -> None:
    assert lines(equation("b", (("1/n", "A", "ᵀ", "c"),), NUMBERS, 60)) == [
        "b = 1/n Aᵀ c",
        "  = 1/2 ⎡1 2⎤ᵀ [7]",
        "        ⎣3 4⎦",
        "  = ⎡5⎤",
        "    ⎣6⎦",
    ]


def test_a_formula_that_is_a_name_is_not_followed_by_its_numbers() -> None:
    assert lines(equation("c", (("b",),), NUMBERS, 60)) == ["c = b", "  = [7]"]


def test_parentheses_and_signs_stand_about_the_height_of_the_line() -> None:
    assert lines(equation("c", (FORMULA,), NUMBERS, 60)) == [
        "c = (A − b)² ⊙ σ(A)",
        "  = ⎛⎡1 2⎤ − ⎡5⎤⎞² ⊙ σ⎛⎡1 2⎤⎞",
        "    ⎝⎣3 4⎦   ⎣6⎦⎠     ⎝⎣3 4⎦⎠",
        "  = [7]",
    ]


def test_a_line_is_broken_only_where_it_is_wider_than_the_room() -> None:
    whole = lines(equation("c", (FORMULA,), NUMBERS, 60))
    width = max(map(len, whole))
    assert lines(equation("c", (FORMULA,), NUMBERS, width)) == whole
    assert lines(equation("c", (FORMULA,), NUMBERS, width - 1)) == [
        "c = (A − b)² ⊙ σ(A)",
        "  = ⎛⎡1 2⎤ − ⎡5⎤⎞²",
        "    ⎝⎣3 4⎦   ⎣6⎦⎠",
        "    ⊙ σ⎛⎡1 2⎤⎞",
        "       ⎝⎣3 4⎦⎠",
        "  = [7]",
    ]


def test_of_a_matrix_put_in_as_much_is_shown_as_fits() -> None:
    shown = [
        "([10 11 12 13 14 15 … 21] − [7])",
        "([10 11 12 13 14 … 21] − [7])",
        "([10 11 12 13 … 21] − [7])",
        "([10 11 12 … 21] − [7])",
        "([10 11 … 21] − [7])",
        "([10 … 21] − [7])",
        "([10 …] − [7])",
    ]
    assert lines(equation("c", (("(", "wide", "−", "c", ")"),), NUMBERS, 100))[1] == f"  = {shown[0]}"
    for text, next_shorter in pairwise(shown):
        room = len(text) + len("c = ")
        assert lines(equation("c", (("(", "wide", "−", "c", ")"),), NUMBERS, room))[1] == f"  = {text}"
        assert lines(equation("c", (("(", "wide", "−", "c", ")"),), NUMBERS, room - 1))[1] == f"  = {next_shorter}"


def test_where_nothing_else_helps_a_line_ends_inside_parentheses() -> None:
    assert lines(equation("c", (("(", "wide", "−", "wide", ")"),), NUMBERS, 19)) == [
        "c = (wide − wide)",
        "  = ([10 11 … 21]",
        "    − [10 11 … 21])",
        "  = [7]",
    ]


def test_a_result_is_whole_in_runs_of_columns() -> None:
    assert lines(equation("wide", (), NUMBERS, 24)) == [
        "wide = columns 0 to 4",
        "       [10 11 12 13 14]",
        "       columns 5 to 9",
        "       [15 16 17 18 19]",
        "       columns 10 to 11",
        "       [20 21]",
    ]
