"""The trace: the steps, their order, and how they read as text, rows, Markdown and LaTeX."""

import json
import math
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from autograd import NO_GRADIENT, OPERATIONS, BackwardStep, ForwardStep, Operation, Value, operations, trace
from autograd.text import printable
from autograd.trace import backward_pass


def test_one_operation_can_be_followed_by_eye() -> None:
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    c = a * b
    c.label = "c"
    assert str(trace(c)) == "\n".join(
        (
            "input  value",
            "a      2",
            "b      -3",
            "",
            "forward",
            "step  name  operation  operands  value",
            "1     c     ×          a, b      -6",
            "",
            "backward, from dc/dc = 1",
            "step  node  through  upstream  × slope  = contribution  total",
            "2     a     c        1         -3       -3              -3",
            "3     b     c        1         2        2               2",
        )
    )


def test_the_steps_of_both_passes() -> None:
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    d = a * b + a
    t = trace(d)
    assert t.output == "v2"
    assert t.inputs == (("a", 2.0), ("b", -3.0))
    assert t.forward == (
        ForwardStep("v1", operations.multiply, ("a", "b"), (2.0, -3.0), -6.0),
        ForwardStep("v2", operations.add, ("v1", "a"), (-6.0, 2.0), -4.0),
    )
    assert [step.operation for step in t.forward] == ["×", "+"]
    assert t.backward == (
        BackwardStep("v1", "v2", 1.0, 1.0, 1.0, 1.0),
        BackwardStep("a", "v2", 1.0, 1.0, 1.0, 1.0),
        BackwardStep("a", "v1", 1.0, -3.0, -3.0, -2.0),
        BackwardStep("b", "v1", 1.0, 2.0, 2.0, 2.0),
    )


def test_a_seed_goes_through_every_step() -> None:
    a = Value(0.5, "a")
    t = trace(a.exp() * 2.0, seed=-3.0)
    step = t.backward[-1]
    assert step.upstream == -6.0
    assert step.contribution == step.total == -6.0 * math.exp(0.5)
    assert t.seed == -3.0
    assert "\nbackward, from d(-3 v2)/dv2 = -3\n" in str(t)


@pytest.mark.parametrize("at", [2.0, -2.0])
def test_both_sides_of_a_choice_are_shown_a_plain_number_too(at: float) -> None:
    v = Value(at, "v")
    chosen, other, total = trace(operations.where(v > 0.0, v, 7.0)).forward
    condition = float(at > 0.0)
    assert (chosen.op.name, chosen.operands) == ("if_true", (condition, "v"))
    assert (other.op.name, other.operands) == ("if_false", (condition, 7.0))
    assert (total.op.name, total.operands, total.value) == ("add", ("v1", "v2"), at if at > 0.0 else 7.0)


def test_nothing_is_changed() -> None:
    a = Value(2.0)
    b = a * a
    b.backward()
    trace(b * 3.0)
    assert (a.grad, b.grad) == (4.0, 1.0)
    fresh = Value(1.0)
    trace(fresh * 2.0)
    assert fresh.grad is NO_GRADIENT


def test_a_constant_is_an_operand_and_no_step_of_the_backward_pass() -> None:
    t = trace(Value(3.0, "a") ** 2)
    assert t.forward == (ForwardStep("v1", operations.power, ("a", 2.0), (3.0, 2.0), 9.0),)
    assert [step.node for step in t.backward] == ["a"]


def test_the_operand_behind_a_constant_or_a_side_not_taken_has_its_step() -> None:
    a, b = Value(1.0, "a"), Value(2.0, "b")
    assert trace(3.0 - a).backward == (BackwardStep("a", "v1", 1.0, -1.0, -1.0, -1.0),)
    assert trace(operations.maximum(a, b)).backward == (
        BackwardStep("a", "v1", 1.0, 0.0, 0.0, 0.0),
        BackwardStep("b", "v1", 1.0, 1.0, 1.0, 1.0),
    )


def test_a_side_not_taken_contributes_nothing_even_to_an_infinite_upstream() -> None:
    (step,) = trace(Value(-1.0, "a").relu(), seed=math.inf).backward
    assert (step.upstream, step.slope, step.contribution, step.total) == (math.inf, 0.0, 0.0, 0.0)


def test_behind_a_side_not_taken_nothing_comes_and_nothing_is_added() -> None:
    a = Value(-1.0, "a")
    assert trace((a * 3.0).relu() + a * 5.0).backward[-2:] == (
        BackwardStep("v1", "v2", 1.0, 0.0, 0.0, 0.0),
        BackwardStep("a", "v1", 0.0, 3.0, 0.0, 5.0),
    )


def test_an_edge_tells_whether_anything_flows_along_it() -> None:
    a = Value(-1.0)
    assert [edge.flows for edge in backward_pass((a * 3.0).relu() + a, 1.0)] == [True, True, False, False]


def test_a_printed_number_has_ten_significant_digits() -> None:
    assert str(trace(Value(200.0 / 3.0, "a"))).splitlines()[1] == "a      66.66666667"


def test_a_made_up_name_is_never_one_that_a_label_has() -> None:
    v2 = Value(1.0, "v2")
    names = [step.name for step in trace((v2 + 1.0) * 2.0 + 3.0).forward]
    assert names == ["v1", "v3", "v4"]


def test_a_leaf_alone_has_no_steps() -> None:
    t = trace(Value(2.0, "a"))
    assert (t.output, t.inputs, t.forward, t.backward) == ("a", (("a", 2.0),), (), ())


def test_control_characters_of_a_label_do_not_reach_the_terminal() -> None:
    text = str(trace(Value(1.0, "a\x1b[31m\n\u202e") * 2.0))
    assert r"a\x1b[31m\n\u202e" in text
    assert "\x1b" not in text


def test_only_a_value_can_be_traced() -> None:
    with pytest.raises(TypeError, match=r"trace of 2\.0: a Value is needed"):
        trace(2.0)  # type: ignore[arg-type]


def worked() -> Value:
    x, w = Value(2.0, "x"), Value(-3.0, "W1[0,1]")
    a = (w * x + 6.5) * x
    a.label = "a"
    return a


class TestRows:
    def test_there_is_one_for_each_step_of_both_passes_with_exact_numbers(self) -> None:
        a = Value(0.1, "a")
        first, last = trace(a * -2).to_rows()
        assert first == {
            "step": 1,
            "pass": "forward",
            "name": "v1",
            "operation": "multiply",
            "operands": ("a", -2.0),
            "numbers": (0.1, -2.0),
            "value": -0.2,
        }
        assert last == {
            "step": 2,
            "pass": "backward",
            "node": "a",
            "result": "v1",
            "upstream": 1.0,
            "slope": -2.0,
            "contribution": -2.0,
            "total": -2.0,
        }

    def test_they_are_numbered_as_the_printed_steps_are(self) -> None:
        t = trace(worked())
        printed = [line.split()[:2] for line in str(t).splitlines() if line[:1].isdigit()]
        assert printed == [[str(row["step"]), row.get("name", row.get("node"))] for row in t.to_rows()]

    def test_they_survive_json_to_the_last_bit(self) -> None:
        rows = trace(Value(0.1, "a").sin() / 3.0).to_rows()
        again = json.loads(json.dumps(rows))
        assert [row.get("value") for row in again] == [row.get("value") for row in rows]
        assert [row.get("total") for row in again] == [row.get("total") for row in rows]


class Cells(HTMLParser):
    """The text of each cell of the tables, and every tag that stands inside one."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.cells: list[str] = []
        self.markup: list[str] = []
        self.inside = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "td":
            self.inside = True
            self.cells.append("")
        elif self.inside:
            self.markup.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "td"

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.cells[-1] += data


HOSTILE = [
    "a|b",
    "\\|",
    "`a`",
    "*a* __b__",
    "<b>",
    "a\nb|",
    "[a](b)",
    "![a](b)",
    "&lt;",
    "<!--",
    "$x$",
    "~~a~~",
    "#",
    "|",
]

labels = st.text(st.characters(codec="utf-8"), max_size=12) | st.text("\\|`*_[]()<>!&#~$ab1\n", max_size=12)


class TestMarkdown:
    def test_it_is_the_printed_trace_in_tables(self) -> None:
        assert trace(Value(2.0, "a") * -1.23456789).to_markdown() == "\n".join(
            (
                "| input | value |",
                "| --- | --- |",
                "| a | 2 |",
                "",
                "forward",
                "",
                "| step | name | operation | operands | value |",
                "| --- | --- | --- | --- | --- |",
                "| 1 | v1 | × | a, -1.23457 | -2.46914 |",
                "",
                "backward, from dv1/dv1 = 1",
                "",
                "| step | node | through | upstream | × slope | = contribution | total |",
                "| --- | --- | --- | --- | --- | --- | --- |",
                "| 2 | a | v1 | 1 | -1.23457 | -1.23457 | -1.23457 |",
            )
        )

    def test_every_sign_that_some_renderer_acts_on_is_escaped(self) -> None:
        signs = trace(Value(2.0, r"\`*_{}[]#!.|<>&$~@:^")).to_markdown().splitlines()[2]
        numbers = "".join(f"&#{ord(sign)};" for sign in "|<>&$~@:^")
        assert signs == rf"| \\\`\*\_\{{\}}\[\]\#\!\.{numbers} | 2 |"

    @given(label=labels)
    @example(label=HOSTILE[0])
    def test_a_label_is_text_whatever_is_in_it(self, label: str) -> None:
        html = (
            MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(trace(Value(2.0, label)).to_markdown())
        )
        shown = Cells(html)
        assert not shown.markup
        assert [" ".join(cell.split()) for cell in shown.cells] == [" ".join(printable(label or "v1").split()), "2"]

    @pytest.mark.parametrize("label", HOSTILE)
    def test_nothing_in_a_label_breaks_a_table(self, label: str) -> None:
        a = Value(2.0, label)
        b = a * a
        b.label = label
        html = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(trace(b).to_markdown())
        shown = Cells(html)
        assert not shown.markup
        text = printable(label)
        assert shown.cells[:7] == [text, "2", "1", f"{text} (2)", "×", f"{text}, {text}", "4"]
        assert len(shown.cells) == 2 + 5 + 7 * 2


class TestLatex:
    def test_every_step_is_worked_out_by_hand(self) -> None:
        assert trace(worked()).to_latex() == "\n".join(
            (
                r"\begin{aligned}",
                r"v_{1} &= W_{1}[0,1] \times x = (-3) \times 2 = -6 \\",
                r"v_{2} &= v_{1} + 6.5 = (-6) + 6.5 = 0.5 \\",
                r"a &= v_{2} \times x = 0.5 \times 2 = 1 \\",
                r"\frac{\partial a}{\partial a} &= 1 \\",
                r"\frac{\partial a}{\partial v_{2}} &\mathrel{+}="
                r" \frac{\partial a}{\partial a} \cdot \frac{\partial a}{\partial v_{2}} = 1 \cdot 2 = 2 \\",
                r"\frac{\partial a}{\partial x} &\mathrel{+}="
                r" \frac{\partial a}{\partial a} \cdot \frac{\partial a}{\partial x} = 1 \cdot 0.5 = 0.5 \\",
                r"\frac{\partial a}{\partial v_{1}} &\mathrel{+}="
                r" \frac{\partial a}{\partial v_{2}} \cdot \frac{\partial v_{2}}{\partial v_{1}} = 2 \cdot 1 = 2 \\",
                r"\frac{\partial a}{\partial W_{1}[0,1]} &\mathrel{+}="
                r" \frac{\partial a}{\partial v_{1}} \cdot \frac{\partial v_{1}}{\partial W_{1}[0,1]}"
                r" = 2 \cdot 2 = 4 \\",
                r"\frac{\partial a}{\partial x} &\mathrel{+}="
                r" \frac{\partial a}{\partial v_{1}} \cdot \frac{\partial v_{1}}{\partial x}"
                r" = 2 \cdot (-3) = -6 \quad \text{total } -5.5",
                r"\end{aligned}",
            )
        )

    @pytest.mark.parametrize(
        ("operation", "operands", "formula"),
        [
            ("power", (-2.0, -3.0), r"{x}^{y} = {(-2)}^{-3} = -0.125"),
            ("divide", (-1.0, -2.0), r"\frac{x}{y} = \frac{-1}{-2} = 0.5"),
            ("subtract", (-1.0, -2.0), r"x - y = (-1) - (-2) = 1"),
            ("maximum", (-1.0, -2.0), r"\max\left(x, y\right) = \max\left(-1, -2\right) = -1"),
            ("hypot", (-3.0, -4.0), r"\sqrt{x^2 + y^2} = \sqrt{(-3)^2 + (-4)^2} = 5"),
            ("negative", (-3.0,), r"-x = -(-3) = 3"),
            ("abs", (-3.0,), r"\left|x\right| = \left|-3\right| = 3"),
            ("silu", (-0.0,), r"x \, \sigma\left(x\right) = 0 \, \sigma\left(0\right) = 0"),
            ("multiply", (2e-7, 1e30), r"x \times y = (2 \times 10^{-7}) \times (10^{30}) = 2 \times 10^{23}"),
            ("multiply", (-1e-7, 10.0), r"x \times y = (-10^{-7}) \times 10 = -10^{-6}"),
            ("multiply", (math.inf, -math.inf), r"x \times y = \infty \times (-\infty) = -\infty"),
            ("add", (math.nan, 1.0), r"x + y = \text{nan} + 1 = \text{nan}"),
        ],
    )
    def test_numbers_are_put_in_with_brackets_where_they_are_needed(
        self, operation: str, operands: tuple[float, ...], formula: str
    ) -> None:
        names = ("x", "y")[: len(operands)]
        result = OPERATIONS[operation](*map(Value, operands, names))
        assert trace(result).to_latex().splitlines()[1] == rf"v_{{1}} &= {formula} \\"

    @pytest.mark.parametrize("operation", list(OPERATIONS.values()), ids=lambda operation: operation.name)
    def test_every_formula_of_the_table_takes_its_operands(self, operation: Operation) -> None:
        operands = [Value(-1.0, "first"), Value(0.5, "second")][: len(operation.partials)]
        line = trace(operation(*operands)).to_latex().splitlines()[1]
        _, formula, numbers, _ = re.split(" &?= ", line)
        for operand, number in zip(operands, ("-1", "0.5"), strict=False):
            assert rf"\mathrm{{{operand.label}}}" in formula
            assert number in numbers
        assert line.count("{") == line.count("}")

    def test_an_operation_without_a_formula_goes_by_its_name(self) -> None:
        try:
            entry = Operation("my_op", "?", "", lambda x, y: x, (1.0, 0.0))
            lines = trace(entry(Value(-2.0, "x"), 3.0)).to_latex().splitlines()
        finally:
            OPERATIONS.pop("my_op")
        name = r"\text{my}{\_}\text{op}"
        assert lines[1] == rf"v_{{1}} &= {name}\left(x, 3\right) = {name}\left(-2, 3\right) = -2 \\"

    def test_a_seed_is_part_of_what_is_derived(self) -> None:
        lines = trace(Value(2.0, "a") * 3.0, seed=-0.5).to_latex().splitlines()
        assert lines[2] == r"\frac{\partial (-0.5 \, v_{1})}{\partial v_{1}} &= -0.5 \\"
        assert lines[3].endswith(r"= (-0.5) \cdot 3 = -1.5")

    @pytest.mark.parametrize(
        ("label", "latex"),
        [
            ("a", "a"),
            ("W1[0,1]", "W_{1}[0,1]"),
            ("z12[0]", "z_{12}[0]"),
            ("x_1", "x_{1}"),
            ("loss", r"\mathrm{loss}"),
            ("E[2, i]", "E[2, i]"),
            ("x_", r"\text{x}{\_}"),
            ("learning rate", r"\text{learning rate}"),
            ("50%", r"\text{50}{\%}"),
            ("a\\b", r"\text{a}{\backslash}\text{b}"),
            ("", "v_{1}"),
        ],
    )
    def test_labels_are_set_as_a_textbook_sets_them(self, label: str, latex: str) -> None:
        line = trace(Value(1.0, label)).to_latex().splitlines()[1]
        assert line == rf"\frac{{\partial {latex}}}{{\partial {latex}}} &= 1"

    @given(label=labels | st.text("\\{}#$%&^_~<>|ab1 []", max_size=12))
    def test_a_label_is_text_whatever_is_in_it(self, label: str) -> None:
        line = trace(Value(1.0, label)).to_latex().splitlines()[1]
        match = re.fullmatch(r"\\frac\{\\partial (.*)\}\{\\partial \1\} &= 1", line)
        assert match is not None
        assert text_of(match[1]).replace("_", "") == printable(label or "v1").replace("_", "")

    def test_an_odd_name_is_kept_together_beside_a_sign(self) -> None:
        line = trace(Value(1.0, "a + b") * Value(2.0, "c d")).to_latex().splitlines()[1]
        assert line.startswith(r"v_{1} &= (\text{a + b}) \times \text{c d} = ")

    def test_digits_are_as_many_as_asked_for(self) -> None:
        t = trace(Value(2.0 / 3.0, "a") * 1.0)
        assert "= 0.666667 " in t.to_latex()
        assert "= 0.67 " in t.to_latex(digits=2)
        assert "= 0.7 " in t.to_latex(digits=1)
        assert "| 0.66666666666666663 |" in t.to_markdown(digits=17)
        assert t.to_latex(digits=np.int64(2)) == t.to_latex(digits=2)
        for write in (t.to_latex, t.to_markdown):
            with pytest.raises(ValueError, match=r"^digits=0: a whole number from 1 up is needed$"):
                write(digits=0)
            with pytest.raises(TypeError, match=r"^digits=2\.5: a whole number from 1 up is needed$"):
                write(digits=2.5)  # type: ignore[arg-type]


SIGNS = (
    {r"\backslash": "\\", r"\wedge": "^", r"\sim": "~"} | {f"\\{ch}": ch for ch in "{}#$%&_"} | {ch: ch for ch in "<>|"}
)


def text_of(latex: str) -> str:
    """What a name set in LaTeX reads like; it may hold nothing but what is safe there."""
    text = ""
    while latex:
        match = re.match(
            r"\\(?:text|mathrm)\{([^\\{}#$%&^_~<>|]*)\}|\{(\\?[^a-z]|\\[a-z]+)\}|_\{([0-9]+)\}|([\w\[\], ])", latex
        )
        assert match is not None, latex
        plain, sign, index, letter = match.groups()
        text += SIGNS[sign] if sign is not None else plain or index or letter or ""
        latex = latex[match.end() :]
    return text


def test_a_long_graph_has_all_its_steps_in_every_form() -> None:
    v = Value(1.0, "a")
    for _ in range(5_000):
        v = v * 1.0
    t = trace(v)
    assert len(t.to_rows()) == 10_000
    assert t.to_latex().count("\n") == 10_002
    assert t.to_markdown().count("\n") == 10_012


def test_values_of_one_label_are_told_apart() -> None:
    a, twin, numbered = Value(1.0, "a"), Value(2.0, "a"), Value(3.0, "a (2)")
    t = trace(a * twin * numbered * Value(4.0, ""))
    assert [name for name, _ in t.inputs] == ["a", "a (3)", "a (2)", "v1"]
    assert t.forward[0].operands == ("a", "a (3)")


@pytest.mark.parametrize("label", [3, 0, b"x"])
def test_a_label_that_is_not_text_is_refused_with_a_remedy(label: object) -> None:
    v = Value(1.0)
    v.label = label  # type: ignore[assignment]
    message = f"label {label!r} is of type {type(label).__name__}: set it to text, or to None"
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        trace(v * 2.0)


def test_columns_stay_straight_where_letters_are_wide() -> None:
    lines = str(trace(Value(1.0, "重み") * Value(2.0, "x"))).splitlines()
    assert lines[1:3] == ["重み   1", "x      2"]
