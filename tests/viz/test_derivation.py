"""Derivations: every line in symbols, with numbers, and its result; the same in three languages."""

import re
import shutil
import subprocess
import unicodedata
from pathlib import Path

import pytest
from hostile import IDS, LABELS
from playwright.sync_api import Page

import nn
import viz
from autograd import OPERATIONS, Value, parse, trace
from autograd.operations import BUILT_IN


def example() -> Value:
    return parse("q = x + y; f = q * z * x", x=-2, y=5, z=-4)


def markdown_lines(output: Value, **wishes: int) -> list[str]:
    return [line for line in viz.derivation(output, **wishes).to_markdown().splitlines() if line]


def test_forward_lines_have_symbols_numbers_and_the_result() -> None:
    lines = markdown_lines(example())
    assert lines[:8] == [
        "### Given",
        "$$x = -2$$",
        "$$y = 5$$",
        "$$z = -4$$",
        "### Forward",
        r"$$(1)\quad q = x + y = (-2) + 5 = 3.0000$$",
        r"$$(2)\quad v_{1} = q \times z = 3.0000 \times (-4) = -12.0000$$",
        r"$$(3)\quad f = v_{1} \times x = (-12.0000) \times (-2) = 24.0000$$",
    ]


def test_backward_lines_are_the_chain_rule_and_add_up_where_a_value_is_shared() -> None:
    lines = markdown_lines(example(), decimals=1)
    assert lines[8:10] == ["### Backward", r"$$\frac{\partial f}{\partial f} = 1$$"]
    assert lines[11] == (
        r"$$(5)\quad \frac{\partial f}{\partial x} \;\text{+=}\; \frac{\partial f}{\partial f} \cdot "
        r"\frac{\partial f}{\partial x} = \frac{\partial f}{\partial f} \cdot v_{1} = 1.0 \cdot (-12.0) = -12.0$$"
    )
    assert lines[14].endswith(r"= 8.0 \cdot 1 = 8.0 \quad \text{total } -4.0$$")
    assert len(lines) == 16


def test_a_slope_is_the_books_formula_with_the_numbers_put_in() -> None:
    x = Value(0.5, "z")
    a = x.sigmoid()
    a.label = "a"
    assert markdown_lines(a, decimals=3)[-1] == (
        r"$$(2)\quad \frac{\partial a}{\partial z} = \frac{\partial a}{\partial a} \cdot \frac{\partial a}{\partial z} "
        r"= \frac{\partial a}{\partial a} \cdot a \left(1 - a\right) "
        r"= 1.000 \cdot 0.622 \left(1 - 0.622\right) = 0.235$$"
    )


def test_a_sum_of_a_slope_is_put_in_brackets() -> None:
    y = Value(0.5, "x").tanh()
    assert (
        r"\cdot \left(1 - v_{1}^2\right) = 1.0000 \cdot \left(1 - 0.4621^2\right) = 0.7864$$" in markdown_lines(y)[-1]
    )


def test_a_line_has_the_number_of_its_step_in_a_trace_and_in_a_picture() -> None:
    loss = nn.half_mse([nn.two_two_one()([0, 1])], [1])
    steps = trace(loss)
    numbers = [int(number) for number in re.findall(r"\((\d+)\)\\quad", viz.derivation(loss).to_markdown())]
    assert numbers == [*range(1, len(steps.forward) + len(steps.backward) + 1)]
    picture = viz.draw(loss, show=["names", "data", "partials", "steps"]).drawing
    drawn = [line for part in (*picture.nodes, *picture.edges) for line in part.lines if re.fullmatch(r"\(\d+\)", line)]
    assert sorted(int(line[1:-1]) for line in drawn) == numbers
    # Step 15 makes a2[0]; the step that its gradient takes through the sigmoid is on the edge into it.
    names = {node.name: node.lines for node in picture.nodes}
    (edge,) = (e for e in picture.edges if names[e.head][0] == "σ" and names[e.tail][0] == "z2[0]")
    assert names[edge.head] == ("σ", "(15)")
    backward = steps.backward[int(edge.lines[-1][1:-1]) - len(steps.forward) - 1]
    assert (backward.node, backward.result) == ("z2[0]", "a2[0]")


def test_given_numbers_are_exact_and_the_others_rounded() -> None:
    text = viz.derivation(Value(0.123456789, "x") * 2.0, decimals=2).to_markdown()
    assert r"$$(1)\quad v_{1} = x \times 2 = 0.123456789 \times 2 = 0.25$$" in text


def test_every_operation_can_be_derived() -> None:
    for op in sorted(BUILT_IN, key=lambda op: op.name):
        x = Value(0.5, "x")
        out = op(x) if len(op.partials) == 1 else op(x, x)
        derivation = viz.derivation(out * out)
        for text in (derivation.to_markdown(), derivation.to_latex(), derivation.to_html()):
            assert text.count("(1)") >= 1 or r"\tag{1}" in text
        # A formula that the converter refuses would be shown as it is written.
        assert "\\" not in derivation.to_html(), op


def test_html_shows_the_same_lines(tab: Page, tmp_path: Path) -> None:
    viz.derivation(example()).save(tmp_path / "d.html")
    tab.goto((tmp_path / "d.html").as_uri())
    assert tab.title() == "Derivation of f"
    lines = [
        re.sub(r"\s", "", unicodedata.normalize("NFKC", line.inner_text())) for line in tab.locator("main p").all()
    ]
    assert lines[3:6] == [
        "(1)q=x+y=(−2)+5=3.0000",
        "(2)v1=q×z=3.0000×(−4)=−12.0000",
        "(3)f=v1×x=(−12.0000)×(−2)=24.0000",
    ]
    assert lines[8] == "(5)∂f∂x+=∂f∂f·∂f∂x=∂f∂f·v1=1.0000·(−12.0000)=−12.0000"
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("label", LABELS, ids=IDS)
def test_a_label_means_nothing_to_latex(label: str) -> None:
    x = Value(2.0, label)
    text = viz.derivation((x * x).exp() * x).to_latex()
    assert text.isascii()
    assert "\\input" not in text
    assert "\\href" not in text


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs a TeX, which is large")
def test_the_latex_compiles(tmp_path: Path) -> None:
    out = Value(1.0)
    for place, label in enumerate(LABELS):
        x = Value(0.5 + place / 100, label)
        ops = [op for op in sorted(BUILT_IN, key=lambda op: op.name) if len(op.partials) == 1]
        out = out + ops[2 * place % len(ops)](x) * ops[(2 * place + 1) % len(ops)](x)
    for op in sorted(BUILT_IN, key=lambda op: op.name):
        out = out + op(*[Value(0.5, "x")] * len(op.partials))
    viz.derivation(out).save(tmp_path / "d.tex")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "d.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]


def test_the_ending_decides_the_format(tmp_path: Path) -> None:
    derivation = viz.derivation(example())
    for name, text in [
        ("d.md", derivation.to_markdown()),
        ("d.TEX", derivation.to_latex()),
        ("d.html", derivation.to_html()),
    ]:
        derivation.save(tmp_path / name)
        assert (tmp_path / name).read_text("utf-8") == text
    assert f"{derivation}\n" == derivation.to_markdown()
    with pytest.raises(ValueError, match=r"'d\.pdf' ends in '\.pdf': use one of \.md, \.tex, \.html$"):
        derivation.save("d.pdf")


def test_a_leaf_has_nothing_but_what_is_given() -> None:
    assert viz.derivation(Value(2.0, "x")).to_markdown() == "### Given\n\n$$x = 2$$\n"


def test_what_is_no_graph_or_no_number_of_decimals_is_refused() -> None:
    with pytest.raises(TypeError, match=r"derivation of 2\.0: a Value is needed"):
        viz.derivation(2.0)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="decimals=-1: a whole number from 0 up is needed"):
        viz.derivation(Value(1.0), decimals=-1)
    with pytest.raises(TypeError, match=r"decimals=1\.5"):
        viz.derivation(Value(1.0), decimals=1.5)  # type: ignore[arg-type]


def test_a_notebook_shows_it_set() -> None:
    bundle = viz.derivation(example())._repr_mimebundle_()
    assert bundle.keys() == {"text/html", "text/plain"}
    assert "<math>" in bundle["text/html"]
    assert "<html" not in bundle["text/html"]


def test_where_an_operation_has_no_formulas_the_numbers_stand_alone() -> None:
    out = OPERATIONS["silu_slope"](Value(0.5, "x"))
    last = markdown_lines(out)[-1]
    assert last.count(" = ") == 3
    assert last.endswith(r"= 1.0000 \cdot 0.4412 = 0.4412$$")


def test_a_small_number_does_not_vanish() -> None:
    (line,) = (line for line in markdown_lines((Value(1e-6, "x") * 2.0).sin()) if "v_{2} = " in line)
    small = r"2.000 \times 10^{-6}"
    assert line == rf"$$(2)\quad v_{{2}} = \sin\left(v_{{1}}\right) = \sin\left({small}\right) = {small}$$"
