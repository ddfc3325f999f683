"""Names of quantities: their parts, and what is no name."""

import pytest

from chalkgrad.names import Name, parsed, stem


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Z1", Name("Z", "1")),
        ("delta12", Name("delta", "12")),
        ("backpropagated1⁽³⁾", Name("backpropagated", "1", sample="3")),
        ("dW2⁽¹⁰⁾", Name("dW", "2", sample="10")),
        ("W1_new", Name("W", "1", new=True)),
        ("θ2_new", Name("θ", "2", new=True)),
        ("X", Name("X")),
        ("mse", Name("mse")),
    ],
)
def test_a_name_has_parts_that_make_it_again(text: str, name: Name) -> None:
    assert parsed(text) == name
    assert str(name) == text


@pytest.mark.parametrize("sign", ["(", "−", "-", "⊙", "1/n", "½", "²", "…", "σ′", "1", ""])
def test_a_sign_is_no_name(sign: str) -> None:
    assert parsed(sign) is None
    assert stem(sign) == sign


def test_the_stem_says_what_kind_of_quantity_it_is() -> None:
    assert [*map(stem, ("dW2", "db1", "delta1⁽⁰⁾", "b2_new"))] == ["dW", "db", "delta", "b"]
