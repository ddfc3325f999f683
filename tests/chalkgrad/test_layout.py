"""Layouts: sample by sample, the same numbers stand in another order, and what the samples add is the whole."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import chalkgrad
from chalkgrad import Problem
from chalkgrad.content import Style, parts
from chalkgrad.layout import LAYOUTS
from chalkgrad.names import parsed

Problems = st.SearchStrategy[Problem]


@given(data=st.data())
def test_each_column_of_a_quantity_stands_with_its_sample(problems: Problems, data: st.DataObject) -> None:
    step = chalkgrad.solve(data.draw(problems)).steps[0]
    for section in LAYOUTS["samples"].sections(step):
        for quantity in section.quantities:
            name = parsed(quantity.name)
            assert name is not None
            if name.sample and name.stem != "dW":
                assert section.heading.startswith(f"Sample {name.sample}: ")
                whole = step[f"{name.stem}{name.layer}"]
                assert quantity.matrix == tuple((row[int(name.sample)],) for row in whole)
            elif not name.sample:
                assert section.heading.startswith("All samples: ")
                assert quantity.matrix == step[quantity.name]


@given(data=st.data())
def test_what_the_samples_add_is_n_times_the_gradient(problems: Problems, data: st.DataObject) -> None:
    step = chalkgrad.solve(data.draw(problems)).steps[0]
    samples = len(step.problem.X[0])
    added = [q for section in LAYOUTS["samples"].sections(step) for q in section.quantities if q.name[:2] == "dW"]
    for layer in range(1, len(step.problem.weights) + 1):
        terms = [quantity.matrix for quantity in added if quantity.name.startswith(f"dW{layer}⁽")]
        assert len(terms) == samples
        for i, row in enumerate(step[f"dW{layer}"]):
            for j, number in enumerate(row):
                numbers = [term[i][j] for term in terms]
                assert sum(numbers) / samples == pytest.approx(number, rel=1e-9, abs=1e-9 * sum(map(abs, numbers)))


@given(data=st.data(), layout=st.sampled_from(sorted(LAYOUTS)), notation=st.sampled_from(["ours", "mazur", "han"]))
def test_every_name_in_a_formula_has_numbers_to_put_in(
    problems: Problems, data: st.DataObject, layout: str, notation: str
) -> None:
    solution = chalkgrad.solve(data.draw(problems), steps=2)
    words = {"step", "relu", "tanh", "σ"}
    for part in parts(solution.problem, solution.steps, 2, Style(4, layout, notation)):
        for _, equations in part.sections:
            for equation in equations:
                for token in (token for formula in equation.formulas[-1:] for token in formula):
                    if parsed(token) is not None and token not in words:
                        assert token in equation.numbers


@given(data=st.data(), width=st.integers(60, 120))
def test_no_line_is_wider_than_asked_for_sample_by_sample(problems: Problems, data: st.DataObject, width: int) -> None:
    text = chalkgrad.to_text(chalkgrad.solve(data.draw(problems)), 4, width, layout="samples", notation="mazur")
    assert max(map(len, text.splitlines())) <= width


def test_a_sample_is_worked_through_before_the_next_one(or_gate: Problem) -> None:
    text = chalkgrad.to_text(chalkgrad.solve(or_gate), layout="samples")
    headings = re.findall(r"^(.+)\n-+$", text, re.MULTILINE)
    passes = [f"Sample {sample}: {way} pass" for sample in range(4) for way in ("forward", "backward")]
    assert headings == ["Given", *passes, *(f"All samples: {what}" for what in ("loss", "gradients", "update"))]
    assert "Z1⁽²⁾ = W1 X⁽²⁾ + b1\n      = ⎡0.2 0.4⎤ ⎡1⎤ + ⎡0.3⎤\n        ⎣0.3 0.5⎦ ⎣0⎦   ⎣0.5⎦" in text
    assert "dW2 = 1/n (dW2⁽⁰⁾ + dW2⁽¹⁾ + dW2⁽²⁾ + dW2⁽³⁾)\n    = 1/4 ([0.0807 0.0874] + [-0.0273 -0.0299]" in text
    assert "db2 = 1/n (delta2⁽⁰⁾ + delta2⁽¹⁾ + delta2⁽²⁾ + delta2⁽³⁾)\n" in text


def test_a_sum_over_many_samples_has_dots_in_it() -> None:
    numbers = ((1.0, 2.0, 3.0, 4.0, 5.0),)
    problem = Problem("", numbers, numbers, (((0.5,),),), ((0.25,),), ("linear",), 0.1)
    assert "dW1 = 1/n (dW1⁽⁰⁾ + dW1⁽¹⁾ + … + dW1⁽⁴⁾)\n" in chalkgrad.to_text(chalkgrad.solve(problem), layout="samples")


def test_one_sample_needs_no_sum() -> None:
    problem = Problem("", ((2.0,),), ((1.0,),), (((0.5,),),), ((0.25,),), ("linear",), 0.1)
    text = chalkgrad.to_text(chalkgrad.solve(problem), layout="samples")
    assert "dW1 = 1/n dW1⁽⁰⁾\n    = 1/1 [0.5000]\n" in text


def test_an_unknown_layout_is_told(or_gate: Problem) -> None:
    with pytest.raises(ValueError, match="layout = 'rows': one of matrix, samples is needed"):
        chalkgrad.to_text(chalkgrad.solve(or_gate), layout="rows")
