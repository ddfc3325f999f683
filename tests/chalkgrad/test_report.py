"""The working as a whole: what was given stands there as it was given, and every line fits the room."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import chalkgrad
from chalkgrad import Problem

Problems = st.SearchStrategy[Problem]


@given(data=st.data(), decimals=st.integers(0, 17), width=st.integers(60, 200), size=st.sampled_from([1.0, 1e7, 1e-9]))
def test_no_line_is_wider_than_asked_for(
    problems: Problems, data: st.DataObject, decimals: int, width: int, size: float
) -> None:
    problem = data.draw(problems)
    X = tuple(tuple(size * number for number in row) for row in problem.X)
    solution = chalkgrad.solve(replace(problem, X=X, title="On a title of many words " * 5), steps=2)
    text, markdown = chalkgrad.to_text(solution, decimals, width), chalkgrad.to_markdown(solution, decimals)
    for line in text.splitlines():
        assert len(line) <= width
        assert line == line.rstrip()
    for quantity in solution.steps[0].quantities:
        assert f"\n{quantity.name}: " in text
        assert f"\n**{quantity.name}**: " in markdown


def test_a_number_wider_than_the_room_is_not_cut(or_gate: Problem) -> None:
    text = chalkgrad.to_text(chalkgrad.solve(or_gate), decimals=17, width=1)
    assert "0.09034363036277245" in text


@pytest.mark.parametrize("decimals", [0, 4, 17])
def test_what_was_given_stands_there_as_it_was_given(or_gate: Problem, decimals: int) -> None:
    problem = replace(or_gate, learning_rate=0.00001, biases=((0.123456, -3.0), (1e-20,)))
    solution = chalkgrad.solve(problem)
    text = chalkgrad.to_text(solution, decimals)
    assert "\nη = 1e-05\n" in text
    assert "\nn = 4\n" in text
    assert "\nW1 = ⎡0.2 0.4⎤\n     ⎣0.3 0.5⎦\n" in text
    assert "\nb1 = ⎡0.123456⎤\n     ⎣      -3⎦\n" in text
    assert "\nb2 = [1e-20]\n" in text
    assert "\n       = [0.4 0.6] − 1e-05 [" in text
    markdown = chalkgrad.to_markdown(solution, decimals)
    assert r"b_{1} = \begin{bmatrix} 0.123456 \\ -3 \end{bmatrix}" in markdown
    assert r"\eta = 1 \times 10^{-5}" in markdown


def test_the_parameters_of_a_later_step_are_worked_out_numbers(or_gate: Problem) -> None:
    text = chalkgrad.to_text(chalkgrad.solve(or_gate, steps=3), decimals=3)
    second, third = text.split("Step 2 of 3")[1].split("Step 3 of 3")
    for step, W1 in ((second, "⎡0.201 0.401⎤"), (third, "⎡0.202 0.402⎤")):
        assert f"Z1 = W1 X + b1\n   = {W1} ⎡0 0 1 1⎤ + " in step
        assert " − 0.5 [" in step


def closing(problem: Problem, steps: int = 1, decimals: int = 4) -> str:
    return chalkgrad.to_text(chalkgrad.solve(problem, steps), decimals).rstrip("\n").rpartition("\n")[2]


def test_the_loss_after_the_step_is_told(or_gate: Problem) -> None:
    ready = ": ready for another forward pass."
    assert closing(or_gate, decimals=0) == f"After the step the loss is 0.09032 (it was 0.09034){ready}"
    assert closing(replace(or_gate, learning_rate=0.0)) == f"After the step the loss is the same, 0.0903{ready}"
    tiny = Problem("", ((1.0,),), ((1e-12,),), (((0.0,),),), ((0.0,),), ("linear",), 0.25)
    assert closing(tiny) == f"After the step the loss is 1.25e-25 (it was 5e-25){ready}"


def test_a_step_that_overflows_is_not_ready_for_another(or_gate: Problem) -> None:
    diverging = replace(or_gate, activations=("linear", "linear"), learning_rate=1e200)
    assert closing(diverging) == "After the step the loss is inf (it was 0.1791): the step has diverged."
    assert closing(diverging, steps=2) == "After the step the loss is nan (it was inf): the step has diverged."


def test_markdown_and_text_show_the_same_numbers(or_gate: Problem) -> None:
    solution = chalkgrad.solve(or_gate, steps=2)
    number = r"-?[0-9]+\.[0-9]{4}(?![0-9])"
    text, markdown = chalkgrad.to_text(solution), chalkgrad.to_markdown(solution)
    assert sorted(re.findall(number, text)) == sorted(re.findall(number, markdown))
    assert "## Loss (step 2 of 2)" in markdown


@pytest.mark.parametrize("decimals", [-1, 18])
def test_decimals_out_of_range_are_told(or_gate: Problem, decimals: int) -> None:
    solution = chalkgrad.solve(or_gate)
    for write in (chalkgrad.to_text, chalkgrad.to_markdown):
        with pytest.raises(ValueError, match=f"decimals = {decimals}: a number from 0 to 17 is needed"):
            write(solution, decimals)


def test_a_width_below_1_is_told(or_gate: Problem) -> None:
    with pytest.raises(ValueError, match="width = 0: a number from 1 up is needed"):
        chalkgrad.to_text(chalkgrad.solve(or_gate), width=0)
