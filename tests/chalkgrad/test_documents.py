"""A working as a LaTeX document that compiles, and as a page that a browser sets without any script."""

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page

import chalkgrad
from chalkgrad import Problem, Solution
from chalkgrad.documents import to_html, to_latex

HOSTILE = r"</title><script>alert(1)</script> \input{/etc/passwd} $% & # ^ ~ Δ 数"
NUMBER = r"-?[0-9]+\.[0-9]{4}(?![0-9])"


@pytest.fixture(scope="module")
def wide(or_gate: Problem) -> Solution:
    """Many samples, numbers in scientific notation, every activation; it diverges."""
    columns = tuple(0.1 * column for column in range(12))
    problem = replace(
        or_gate,
        title=HOSTILE,
        X=(columns, columns),
        y=(columns,),
        weights=(((0.1, 2e20),) * 9, ((0.5,) * 9,) * 2, ((1.0, -1e-9),)),
        biases=((0.1,) * 9, (0.2, 0.3), (0.4,)),
        activations=("tanh", "relu", "linear"),
        learning_rate=1e300,
    )
    return chalkgrad.solve(problem, steps=2)


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs a TeX, which is large")
@pytest.mark.parametrize(("layout", "notation"), [("matrix", "ours"), ("samples", "han"), ("samples", "mazur")])
def test_the_document_compiles(or_gate: Problem, wide: Solution, layout: str, notation: str, tmp_path: Path) -> None:
    for name, solution in (("small", chalkgrad.solve(or_gate)), ("wide", wide)):
        source = to_latex(solution, layout=layout, notation=notation)
        (tmp_path / f"{name}.tex").write_text(source, encoding="utf-8")
        command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", f"{name}.tex"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace", check=False)
        assert done.returncode == 0, done.stdout[-2000:]
        assert (tmp_path / f"{name}.pdf").stat().st_size > 10_000
        if name == "small":
            assert "Overfull" not in done.stdout


@given(data=st.data(), layout=st.sampled_from(["matrix", "samples"]), decimals=st.integers(0, 17))
def test_parentheses_and_tables_are_closed_on_every_line(
    problems: st.SearchStrategy[Problem], data: st.DataObject, layout: str, decimals: int
) -> None:
    source = to_latex(chalkgrad.solve(data.draw(problems)), decimals, layout=layout)
    assert source.isascii()
    for lines in re.findall(r"\\begin{align\*}\n(.*?)\n\\end{align\*}", source, re.DOTALL):
        for line in lines.split(" \\\\\n"):
            assert len(re.findall(r"\\left(?![a-z])", line)) == len(re.findall(r"\\right(?![a-z])", line))
            assert line.count("{") == line.count("}")


def test_the_document_says_what_the_text_says(or_gate: Problem) -> None:
    solution = chalkgrad.solve(or_gate, steps=2)
    numbers = sorted(re.findall(NUMBER, chalkgrad.to_text(solution)))
    assert sorted(re.findall(NUMBER, to_latex(solution))) == numbers
    page = to_html(solution).replace("<mo>−</mo><mn>", "<mn>-")
    assert len(re.findall(NUMBER, re.sub(r"<style>.*?</style>", "", page))) == len(numbers)
    for what in (to_latex(solution), page):
        assert "Backward pass (step 2 of 2)" in what


def test_a_title_stays_text(wide: Solution) -> None:
    page, source = to_html(wide), to_latex(wide)
    assert "<script" not in page
    assert page.count("&lt;/title&gt;&lt;script&gt;") == 2
    assert r"\input{" not in source
    assert r"\textbackslash{}input\{/etc/passwd\}" in source


def test_a_page_of_no_title_has_one_all_the_same(or_gate: Problem) -> None:
    untitled = chalkgrad.solve(replace(or_gate, title=""))
    assert "<title>A worked problem</title>" in to_html(untitled)
    assert r"\section*" not in to_latex(untitled)


def test_a_browser_sets_every_formula_and_runs_nothing(wide: Solution, tab: Page, tmp_path: Path) -> None:
    (tmp_path / "w.html").write_text(to_html(wide, layout="samples", notation="han"), encoding="utf-8")
    tab.goto((tmp_path / "w.html").as_uri())
    assert tab.title() == HOSTILE
    assert tab.evaluate("document.querySelectorAll('script').length") == 0
    # Every base and its power, and nothing that the browser had to mend.
    assert tab.evaluate("[...document.querySelectorAll('msup, msub')].every(each => each.children.length === 2)")
    assert tab.evaluate("[...document.querySelectorAll('msubsup')].every(each => each.children.length === 3)")
    assert tab.evaluate("document.body.innerText").count("\\begin") == 0
    first = tab.locator("math", has_text="Err").first.bounding_box()
    assert first is not None
    assert first["height"] > 5


def test_a_wide_matrix_scrolls_by_itself_on_a_small_screen(wide: Solution, tab: Page, tmp_path: Path) -> None:
    (tmp_path / "w.html").write_text(to_html(wide), encoding="utf-8")
    tab.set_viewport_size({"width": 400, "height": 800})
    tab.goto((tmp_path / "w.html").as_uri())
    assert tab.evaluate("document.documentElement.scrollWidth") <= 400


@pytest.mark.parametrize("write", [to_latex, to_html])
def test_decimals_out_of_range_are_told(or_gate: Problem, write: type[object]) -> None:
    with pytest.raises(ValueError, match="decimals = 18: a number from 0 to 17 is needed"):
        write(chalkgrad.solve(or_gate), 18)  # type: ignore[call-arg]
