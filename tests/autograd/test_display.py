"""What notebooks show of a Value and of a trace."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from autograd import OPERATIONS, Operation, Value, trace
from autograd.text import printable


class Cells(HTMLParser):
    """The cells of a table, as a browser reads them, and the tags that it meets."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)
        if tag in ("th", "td"):
            self.texts.append("")

    def handle_data(self, data: str) -> None:
        self.texts[-1] += data


def row(value: Value) -> dict[str, str]:
    cells = Cells(value._repr_mimebundle_()["text/html"])
    columns = len(cells.texts) // 2
    assert cells.tags == ["table", "tr", *["th"] * columns, "tr", *["td"] * columns]
    return dict(zip(cells.texts[:columns], cells.texts[columns:], strict=True))


def test_a_leaf_shows_its_number_and_its_label() -> None:
    assert row(Value(2.0)) == {"data": "2"}
    assert row(Value(2.0, "")) == {"data": "2"}
    assert row(Value(-0.5, "w")) == {"label": "w", "data": "-0.5"}


def test_a_result_shows_what_made_it() -> None:
    w, x = Value(-3.0, "w"), Value(2.0, "x")
    assert row(w * x) == {"data": "-6", "operation": "×", "operands": "w = -3, x = 2"}
    assert row((w * x).exp()) == {"data": "0.002478752177", "operation": "exp", "operands": "-6"}
    assert row(1.0 - x) == {"data": "-1", "operation": "−", "operands": "1, x = 2"}
    assert row(x * x) == {"data": "4", "operation": "×", "operands": "x = 2, x = 2"}


def test_a_gradient_shows_once_there_is_one() -> None:
    x = Value(2.0, "x")
    y = x * 3.0
    assert "grad" not in row(x)
    y.backward()
    assert row(x) == {"label": "x", "data": "2", "grad": "3"}
    assert row(y) == {"data": "6", "grad": "1", "operation": "×", "operands": "x = 2, 3"}
    x.grad = 0.0
    assert row(x)["grad"] == "0"


@example("<script>alert(1)</script>")
@example('"><img src=x onerror="alert(1)">')
@example("&lt; & &amp;")
@example("</td></table>")
@example("bell\x07 escape\x1b[31m line\n\u202e \ud800")
@given(st.text(min_size=1))
def test_a_label_is_text_whatever_is_in_it(label: str) -> None:
    x = Value(2.0, label)
    assert row(x)["label"] == printable(label)
    assert row(x.exp())["operands"] == f"{printable(label)} = 2"


def test_a_sign_is_text_too() -> None:
    op = Operation("marked_up", "<b>&", "{0}", lambda x: x, (lambda x, out: 1.0,))
    try:
        assert row(op(Value(2.0)))["operation"] == "<b>&"
    finally:
        del OPERATIONS["marked_up"]


def test_a_label_that_is_no_text_is_refused_with_what_to_do() -> None:
    x = Value(2.0)
    x.label = 3  # type: ignore[assignment]
    with pytest.raises(TypeError, match="label 3 is of type int: set it to text, or to None"):
        x._repr_mimebundle_()


def test_the_plain_text_of_a_value_is_its_repr() -> None:
    x = Value(0.1, "x")
    assert x._repr_mimebundle_()["text/plain"] == repr(x)


def test_a_trace_shows_as_tables_and_never_as_bare_latex() -> None:
    steps = trace(Value(2.0, "x").exp())
    shown = steps._repr_mimebundle_()
    assert shown.keys() == {"text/markdown", "text/plain"}
    assert f"\n\n{steps.to_markdown()}\n\n" in shown["text/markdown"]
    assert shown["text/plain"] == str(steps)


def test_dollar_signs_in_a_label_are_no_mathematics_to_mathjax() -> None:
    x = Value(2.0, "$x$")
    for html in (x._repr_mimebundle_()["text/html"], trace(x.exp())._repr_mimebundle_()["text/markdown"]):
        assert re.match(r'<(table|div) class="mathjax_ignore tex2jax_ignore">', html)
        assert html.endswith(("</table>", "</div>"))
