"""Equations in LaTeX: what they say, and that GitHub and Jupyter can show them."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import chalkgrad
from chalkgrad import Problem
from chalkgrad.latex import equation

# Each is among those that both MathJax with GitHub's filter and Jupyter accept; \operatorname is not.
SHOWN_BY_GITHUB = {
    *("begin", "end", "left", "right", "mathrm", "mathsf", "text", "tfrac", "odot", "sum", "times"),
    *("sigma", "tanh", "delta", "eta", "cdots", "vdots", "infty"),
}


@given(data=st.data(), decimals=st.integers(0, 17))
def test_no_macro_is_used_that_github_refuses(
    problems: st.SearchStrategy[Problem], data: st.DataObject, decimals: int
) -> None:
    markdown = chalkgrad.to_markdown(chalkgrad.solve(data.draw(problems)), decimals)
    assert set(re.findall(r"\\([A-Za-z]+)", markdown)) <= SHOWN_BY_GITHUB


@pytest.mark.parametrize(
    ("activation", "formulas"),
    [
        ("relu", [r"\mathrm{relu} \left( Z_{1} \right)", r"\mathrm{relu}' \left( Z_{1} \right)"]),
        ("relu", [r"\odot \mathrm{step} \left( Z_{1} \right)"]),
        ("tanh", [r"\tanh \left( Z_{1} \right)", r"\tanh' \left( Z_{1} \right)"]),
        ("tanh", [r"\odot \left( 1 - A_{1} \odot A_{1} \right)"]),
        ("sigmoid", [r"\sigma \left( Z_{1} \right)", r"\sigma' \left( Z_{1} \right)"]),
        ("sigmoid", [r"\text{mse} &= \tfrac{1}{n} \sum E", r"\text{loss} &= \tfrac{1}{2} \text{mse}"]),
        ("sigmoid", [r"\mathrm{d}W_{1} &= \tfrac{1}{n} \delta_{1} X ^{\mathsf T}", r"\tfrac{1}{4}"]),
        ("sigmoid", [r"W_{2}^{\text{new}} &= W_{2} - \eta \mathrm{d}W_{2}", r"E &= \left( A_{2} - y \right) ^{2}"]),
        ("linear", [r"A_{1} &= Z_{1} \\", r"\text{backpropagated}_{1} &= W_{2} ^{\mathsf T} \delta_{2}"]),
    ],
)
def test_formulas_are_the_textbooks(or_gate: Problem, activation: str, formulas: list[str]) -> None:
    markdown = chalkgrad.to_markdown(chalkgrad.solve(replace(or_gate, activations=(activation,) * 2)))
    for formula in formulas:
        assert formula in markdown


def test_dots_run_the_way_they_stand_for() -> None:
    cells = [[str(10 * row + column) for column in range(10)] for row in range(10)]
    _, formula, *_ = equation("c", (("A", "b"),), {"A": cells, "b": [["1"]], "c": [["2"]]}).split("\\\\\n")
    rows = formula.removeprefix(r"&= \begin{bmatrix} ").split(r" \end")[0].split(r" \\ ")
    assert rows[0] == r"0 & 1 & 2 & 3 & 4 & 5 & \cdots & 9"
    assert rows[6] == " & ".join([r"\vdots"] * 8)
    assert rows[7].startswith("90 & 91")


def test_a_wide_result_is_split_into_runs_of_columns() -> None:
    cells = [[f"0.{column:04}" for column in range(100)]]
    lines = equation("A1", (), {"A1": cells}).split("\n")
    assert lines[2].startswith(r"A_{1} &= \text{columns 0 to 13:} \begin{bmatrix} 0.0000 & ")
    assert lines[-3].startswith(r"&= \text{columns 98 to 99:}")
    assert max(map(len, lines)) < 200
    assert re.findall(r"0\.[0-9]{4}", "".join(lines)) == cells[0]


@pytest.mark.parametrize(
    ("cell", "latex"),
    [
        ("1e-05", r"1 \times 10^{-5}"),
        ("-2.50e+16", r"-2.50 \times 10^{16}"),
        ("inf", r"\infty"),
        ("-inf", r"-\infty"),
        ("nan", r"\mathrm{nan}"),
        ("-0.5", "-0.5"),
    ],
)
def test_a_number_is_written_as_in_print(cell: str, latex: str) -> None:
    assert equation("η", (), {"η": [[cell]]}) == f"$$\n\\eta = {latex}\n$$"
