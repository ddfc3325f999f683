"""Notations: published examples as their authors write them, and the numbers of the graph whatever the names."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import chalkgrad
from chalkgrad import Problem
from chalkgrad.names import stem
from chalkgrad.notation import NOTATIONS

PUBLISHED: dict[str, Any] = json.loads(
    (Path(__file__).parent.parent / "data" / "published_examples.json").read_text(encoding="utf-8")
)


@pytest.fixture(scope="module")
def mazur() -> Problem:
    """Mazur's network; he gives the neurons of a layer one bias."""
    p = PUBLISHED["mazur"]["params"]
    weights = (((p["w1"], p["w2"]), (p["w3"], p["w4"])), ((p["w5"], p["w6"]), (p["w7"], p["w8"])))
    biases = ((p["b1"],) * 2, (p["b2"],) * 2)
    return Problem("", ((0.05,), (0.1,)), ((0.01,), (0.99,)), weights, biases, ("sigmoid",) * 2, 0.5)


@pytest.fixture(scope="module")
def han() -> Problem:
    """Han and Kamber's network."""
    p = PUBLISHED["han_kamber"]["params"]
    W1 = tuple(tuple(p[f"w{i}{j}"] for i in (1, 2, 3)) for j in (4, 5))
    biases = ((p["theta4"], p["theta5"]), (p["theta6"],))
    return Problem(
        "", ((1.0,), (0.0,), (1.0,)), ((1.0,),), (W1, ((p["w46"], p["w56"]),)), biases, ("sigmoid",) * 2, 0.9
    )


def test_mazurs_figures_stand_beside_mazurs_names(mazur: Problem) -> None:
    text = chalkgrad.to_text(chalkgrad.solve(mazur), decimals=9, notation="mazur")
    published = PUBLISHED["mazur"]["published"]
    assert f"⎡{published['net_h1']}00000⎤" in text.partition("net1 = W1 input + b1")[2]
    assert f"⎡{published['out_h1']}⎤\n       ⎣{published['out_h2']}⎦" in text.partition("out1 = σ(net1)")[2]
    assert "squares = (target − out2)²" in text
    assert f"E_total = ½ mse\n        = ½ 0.596742218\n        = {published['E_total']}" in text
    assert "delta2 = -(target − out2) ⊙ σ′(net2)\n       = -(target − out2) ⊙ out2 ⊙ (1 − out2)" in text
    assert "n·∂E_total/∂net2" in text
    updated = text.partition("W2_new = W2 − η dW2")[2]
    assert f"⎡{published['w5+']}0 {published['w6+']}⎤" in updated


def test_han_and_kambers_figures_stand_beside_their_names(han: Problem) -> None:
    text = chalkgrad.to_text(chalkgrad.solve(han), notation="han")
    assert "Err2 = (T − O2) ⊙ σ′(I2)\n     = (T − O2) ⊙ O2 ⊙ (1 − O2)" in text
    assert "Err2: errors of layer 2, −n·∂loss/∂I2" in text
    assert "= [0.1312]\n" in text
    assert "= ⎡-0.0087⎤\n       ⎣-0.0065⎦" in text
    assert "I1 = W1 X + θ1" in text
    assert "W2_new = W2 + l ΔW2" in text
    assert "θ2_new = θ2 + l Δθ2\n       = [0.1] + 0.9 [0.1312]\n       = [0.2181]" in text
    assert "θ2_new: updated thresholds" in text


@given(data=st.data(), name=st.sampled_from(sorted(NOTATIONS)))
def test_only_names_and_signs_change(problems: st.SearchStrategy[Problem], data: st.DataObject, name: str) -> None:
    notation = NOTATIONS[name]
    for ours in chalkgrad.solve(data.draw(problems)).steps[0].quantities:
        theirs = notation.quantity(ours)
        sign = -1.0 if stem(ours.name) in notation.turned else 1.0
        assert theirs.matrix == tuple(tuple(sign * number for number in row) for row in ours.matrix)
        assert theirs.name == notation.name(ours.name)


@given(data=st.data())
def test_what_han_and_kamber_write_leads_to_the_same_update(
    problems: st.SearchStrategy[Problem], data: st.DataObject
) -> None:
    problem = data.draw(problems)
    step = chalkgrad.solve(problem).steps[0]
    theirs = {q.name: q for q in map(NOTATIONS["han"].quantity, step.quantities)}
    change, new = theirs["ΔW1"], theirs["W1_new"]
    assert new.formulas == (("W1", "+", "l", "ΔW1"),)
    for old, up, after in zip(problem.weights[0], change.matrix, new.matrix, strict=True):
        assert after == pytest.approx([w + problem.learning_rate * c for w, c in zip(old, up, strict=True)])


@pytest.mark.parametrize("name", ["mazur", "han"])
def test_no_name_of_ours_is_left(or_gate: Problem, name: str) -> None:
    text = chalkgrad.to_text(chalkgrad.solve(or_gate), notation=name)
    words = set(re.findall(r"[A-Za-zθΔη]+", text))
    notation = NOTATIONS[name]
    # Of these, the loss and E are words as well.
    assert not (set(notation.names) - {"loss", "E"}) & words
    for theirs in notation.names.values():
        assert theirs in text


def test_the_error_of_a_linear_output_keeps_its_sign_in_mazurs_notation(or_gate: Problem) -> None:
    linear = replace(or_gate, activations=("sigmoid", "linear"))
    solution = chalkgrad.solve(linear)
    assert "delta2 = -(target − out2)\n" in chalkgrad.to_text(solution, notation="mazur")
    assert "Err2 = T − O2\n" in chalkgrad.to_text(solution, notation="han")


def test_ours_is_what_stands_there_unasked(or_gate: Problem) -> None:
    solution = chalkgrad.solve(or_gate)
    assert chalkgrad.to_text(solution, notation="ours") == chalkgrad.to_text(solution)


@pytest.mark.parametrize("write", [chalkgrad.to_text, chalkgrad.to_markdown])
def test_an_unknown_notation_is_told(or_gate: Problem, write: Any) -> None:
    with pytest.raises(ValueError, match=r"notation = 'hinton': one of ours, mazur, han is needed"):
        write(chalkgrad.solve(or_gate), notation="hinton")
