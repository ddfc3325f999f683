"""The textbook's notation for the activations is that of the activations there are, and says what they compute."""

import math

import pytest

import nn
from autograd import Value
from chalkgrad.activations import NOTATION


def test_what_a_worked_problem_writes_is_an_activation_of_nn() -> None:
    assert NOTATION.keys() <= nn.ACTIVATIONS.keys()


@pytest.mark.parametrize("name", NOTATION)
@pytest.mark.parametrize("z", [-2.0, -0.5, 0.25, 1.5])
def test_a_definition_computes_what_the_activation_does(name: str, z: float) -> None:
    left, _, right = NOTATION[name].definition.partition(" = ")
    assert left == (f"{NOTATION[name].sign}(z)" if NOTATION[name].sign else "linear: a")
    for written, python in (("e^−z", "exp(-z)"), ("e^z", "exp(z)"), ("−", "-"), ("where", "if"), (", else", " else")):
        right = right.replace(written, python)
    assert eval(right, {"exp": math.exp, "z": z}) == pytest.approx(nn.ACTIVATIONS[name](Value(z)).data, rel=1e-12)
