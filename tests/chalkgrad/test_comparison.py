"""Two runs compared: where they part, by how much, in how many ULPs, and what of the givens differs."""

import math
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

import chalkgrad
from chalkgrad import Problem
from chalkgrad.comparison import Difference, compared
from chalkgrad.record import Run

Finite = st.floats(allow_nan=False, allow_infinity=False)


def run_of(problem: Problem, steps: int = 1) -> Run:
    return Run.of(chalkgrad.solve(problem, steps))


def changed(run: Run, step: int, name: str, row: int, column: int, number: float) -> Run:
    """The run with one number put in place of another."""
    rows = [[*numbers] for numbers in run.steps[step][name]]
    rows[row][column] = number
    steps = [*run.steps]
    steps[step] = {**steps[step], name: tuple(map(tuple, rows))}
    return replace(run, steps=tuple(steps))


@given(data=st.data())
def test_a_run_is_the_same_as_itself(problems: st.SearchStrategy[Problem], data: st.DataObject) -> None:
    problem = data.draw(problems)
    assert compared(run_of(problem, 2), run_of(replace(problem, title="another"), 2)) == []


def test_the_first_number_that_differs_is_told(or_gate: Problem) -> None:
    first = run_of(or_gate, 3)
    old = first.steps[1]["A2"][0][1]
    second = changed(first, 1, "A2", 0, 1, math.nextafter(old, math.inf))
    parting, extent = compared(first, second)
    other = math.nextafter(old, math.inf)
    change = f"a difference of {math.ulp(old):.3g}, 1 ULP"
    assert parting == f"the runs part in step 2 of 3: A2[0,1] is {old!r}, and {other!r} in the second run: {change}"
    assert extent.startswith("in all: 1 of 207 numbers differ, the farthest in step 2: A2[0,1] is ")


def test_the_farthest_number_is_not_always_the_first(or_gate: Problem) -> None:
    first = run_of(or_gate)
    second = changed(changed(first, 0, "Z1", 1, 3, 1.3000000000000003), 0, "mse", 0, 0, 7.0)
    parting, extent = compared(first, second)
    assert "Z1[1,3] is 1.3, and 1.3000000000000003 in the second run: a difference of 2.22e-16, 1 ULP" in parting
    assert "in all: 2 of " in extent
    assert "the farthest in step 1: mse is " in extent


def test_what_of_the_givens_differs_is_told_apart_from_what_follows(or_gate: Problem) -> None:
    other = replace(
        or_gate,
        weights=(or_gate.weights[0], ((0.5, 0.7),)),
        activations=("sigmoid", "tanh"),
        learning_rate=0.25,
    )
    sentences = compared(run_of(or_gate), run_of(other))
    assert sentences[0] == "given: activation is sigmoid, sigmoid, and sigmoid, tanh in the second run"
    assert sentences[1].startswith("given: W2[0,0] is 0.4, and 0.5 in the second run: a difference of 0.1, ")
    assert sentences[1].endswith(" (2 of its 2 numbers differ)")
    assert sentences[2].startswith("given: η is 0.5, and 0.25 in the second run: a difference of -0.25, ")
    assert sentences[3].startswith("the runs part in step 1 of 1: Z2[0,0] is ")
    assert len(sentences) == 5


def test_networks_of_other_shapes_are_compared_as_far_as_they_go(or_gate: Problem) -> None:
    deeper = replace(
        or_gate,
        weights=(*or_gate.weights, ((1.0,),)),
        biases=(*or_gate.biases, (0.0,)),
        activations=("sigmoid",) * 3,
    )
    text = "\n".join(compared(run_of(or_gate), run_of(deeper)))
    assert "given: W3 is only in the second run" in text
    fewer = replace(or_gate, X=tuple(row[:2] for row in or_gate.X), y=((0.0, 1.0),))
    text = "\n".join(compared(run_of(or_gate), run_of(fewer)))
    assert "given: X is 2 by 4, and 2 by 2 in the second run" in text
    assert "the runs part in step 1 of 1: Z1 is 2 by 4, and 2 by 2 in the second run" in text


def test_a_run_that_goes_on_is_told(or_gate: Problem) -> None:
    assert compared(run_of(or_gate, 1), run_of(or_gate, 3)) == ["steps: 1 step, and 3 in the second run"]


def test_zeros_of_two_signs_are_told_apart_and_nans_are_not(or_gate: Problem) -> None:
    first = run_of(or_gate)
    minus, plus = changed(first, 0, "loss", 0, 0, -0.0), changed(first, 0, "loss", 0, 0, 0.0)
    assert "loss is -0.0, and 0.0 in the second run: they differ in the sign of zero" in compared(minus, plus)[0]
    nan, other = changed(first, 0, "loss", 0, 0, math.nan), changed(first, 0, "loss", 0, 0, -math.nan)
    assert compared(nan, other) == []
    assert compared(plus, nan)[0].endswith("loss is 0.0, and nan in the second run")
    assert compared(plus, nan)[1].startswith("in all: 1 of ")


@given(number=Finite)
def test_the_next_number_is_one_ulp_away(number: float) -> None:
    for towards in (math.inf, -math.inf):
        after = math.nextafter(number, towards)
        if math.isfinite(after):
            assert Difference("x", number, after).ulps == 1


@given(numbers=st.lists(Finite, min_size=3, max_size=3).map(sorted))
def test_ulps_add_up_along_the_line(numbers: list[float]) -> None:
    whole = Difference("x", numbers[0], numbers[2]).ulps
    assert whole == sum(Difference("x", here, there).ulps or 0 for here, there in pairwise(numbers))


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan])
def test_infinities_are_no_number_of_ulps_away(number: float) -> None:
    assert Difference("x", 1.0, number).ulps is None
    assert str(Difference("x", 1.0, number)) == f"x is 1.0, and {number} in the second run"
