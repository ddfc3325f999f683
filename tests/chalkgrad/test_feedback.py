"""What the writer of a sheet is told: tables, a summary in words, and a page with the graph of the working."""

import io
import re
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Page
from rich.cells import cell_len
from rich.console import Console, Group

import chalkgrad
from chalkgrad import Problem
from chalkgrad.feedback import ASCII_SIGNS, SIGNS, signs, summary, to_rich, to_text
from chalkgrad.feedback_page import arrows_of, to_html
from chalkgrad.marking import VERDICTS, Marking, mark_submission
from chalkgrad.submission import Submission, figures, load_submission
from chalkgrad.working import Cell


@pytest.fixture(scope="module")
def notes(root: Path) -> Submission:
    """The figures of a person who worked the OR gate by hand."""
    return load_submission(root / "demos" / "or_gate_notes.toml")


@pytest.fixture(scope="module")
def marking(notes: Submission) -> Marking:
    return mark_submission(notes)


@pytest.fixture(scope="module")
def page(notes: Submission, marking: Marking) -> str:
    return to_html(notes, marking, "notes.toml")


def on_terminal(marking: Marking, width: int, everything: bool = False, colour: bool = False) -> str:
    system = "256" if colour else None
    console = Console(width=width, file=io.StringIO(), force_terminal=True, color_system=system)
    with console.capture() as captured:
        console.print(Group(*to_rich(marking, "notes.toml", everything, SIGNS, width)))
    return captured.get()


def test_the_summary_says_what_is_sound_where_the_first_slip_is_and_what_became_of_the_rest(marking: Marking) -> None:
    assert summary(marking) == [
        "61 of 68 numbers are sound: 55 right, 6 within rounding.",
        "The first slip is A2[0,0] = 0.752: a digit is wrong: 2 for 1, in 0.752 for 0.751. It should read "
        "σ(1.103) = 0.751.",
        "After it 41 of 47 numbers are sound and 3 follow from what was written before; 3 more slips: E[0,1], "
        "backpropagated1[0,0], backpropagated1[1,0].",
    ]


def test_the_summary_of_sound_work_is_short(or_gate: Problem) -> None:
    def of(work: dict[str, object]) -> list[str]:
        return summary(chalkgrad.mark(or_gate, work))

    assert of({"loss": "0.0903"}) == ["The only number is sound: 1 right, 0 within rounding."]
    assert of({"loss": "0.0903", "mse": "0.1807"}) == ["All 2 numbers are sound: 2 right, 0 within rounding."]
    assert of({"loss": ""}) == ["Nothing was written."]
    assert of({"loss": "0.0913"})[0] == "0 of 1 numbers are sound: 0 right, 0 within rounding."
    assert len(of({"loss": "0.0913"})) == 2


def test_only_what_is_not_right_has_a_row_unless_all_is_asked_for(marking: Marking) -> None:
    short, whole = (to_text(marking, "notes.toml", everything, SIGNS) for everything in (False, True))
    assert "\nZ1: all 8 right\nA1: all 8 right\n" in short
    assert "\nE: 1 right, 1 rounding, 1 follows, 1 slip\n" in short
    assert "✓" not in short
    assert whole.count("✓ right") == 55
    for text in (short, whole):
        assert [text.count(f"{SIGNS[verdict]} {verdict}") for verdict in VERDICTS[1:]] == [6, 3, 4]


def test_a_row_has_every_number_and_the_reason_below_it(marking: Marking) -> None:
    lines = to_text(marking, "notes.toml", False, SIGNS).splitlines()
    place = next(place for place, line in enumerate(lines) if line.split()[:1] == ["A2[0,0]"])
    assert lines[place].split() == ["A2[0,0]", "0.752", "0.75087", "0.75082", "0.00063", "✗", "slip"]
    assert lines[place + 1].strip() == (
        "a digit is wrong: 2 for 1, in 0.752 for 0.751; it should read σ(1.103) = 0.751"
    )
    assert "0.0008 is what 4-decimal working gives; to full precision 0.00073" in "\n".join(lines)


def test_a_single_number_is_called_by_its_quantity_alone(or_gate: Problem) -> None:
    text = to_text(chalkgrad.mark(or_gate, {"mse": "0.3", "b2_new": "0.3"}), "", False, SIGNS)
    assert re.findall(r"(?m)^  (mse|b2_new\S*) ", text) == ["mse", "b2_new[0,0]"]


def test_signs_are_ascii_where_there_are_no_others(marking: Marking) -> None:
    assert signs("utf-8") is signs(None) is SIGNS
    assert signs("ascii") is signs("latin-1") is signs("no such encoding") is ASCII_SIGNS
    "".join(ASCII_SIGNS.values()).encode("ascii")
    assert len(set(ASCII_SIGNS.values())) == len(set(SIGNS.values())) == len(VERDICTS)
    assert "x slip" in to_text(marking, "", False, ASCII_SIGNS)


@pytest.mark.parametrize("width", [140, 80, 60, 25])
def test_tables_fit_the_terminal_and_say_all_that_the_text_says(marking: Marking, width: int) -> None:
    shown = on_terminal(marking, width)
    assert max(map(cell_len, shown.splitlines())) <= width
    squeezed = re.sub(r"[\s─]+", "", shown)
    for mark in marking.marks:
        if mark.verdict != "right":
            assert f"{mark.cell.quantity}[{mark.cell.row},{mark.cell.column}]" in squeezed
            assert f"{SIGNS[mark.verdict]}{mark.verdict}" in squeezed
    # A column may break a line; a sentence at the end does not end in another's middle.
    assert squeezed.endswith(re.sub(r"\s+", "", "".join(summary(marking))))


def test_a_colour_never_stands_alone(marking: Marking) -> None:
    coloured = on_terminal(marking, 140, everything=True, colour=True)
    found = set(re.findall(r"\x1b\[[0-9;]*m([✓≈→✗] \w+) *\x1b\[0m", coloured))
    assert {"≈ rounding", "→ follows", "✗ slip"} <= found
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == on_terminal(marking, 140, everything=True)


def test_the_page_is_one_file_in_which_nothing_runs(page: str) -> None:
    assert "script-src 'none'" in page
    assert "default-src 'none'" in page
    assert not re.findall(r'(?:src|href)="(?!#)[^"]', page)
    for sentence in ("61 of 68 numbers are sound", "(0.770 − 1)² = 0.053"):
        assert sentence in page
    assert page.count("<tr class=") == 68


def test_the_graph_has_a_box_for_each_number_coloured_by_its_verdict(page: str, marking: Marking) -> None:
    svg = ElementTree.fromstring(page[page.index("<svg") : page.index("</svg>") + 6])
    boxes = [g for g in svg.iter("{http://www.w3.org/2000/svg}g") if g.get("class", "").startswith("node")]
    shown = {}
    for box in boxes:
        name, figure = ("".join(text.itertext()) for text in box.findall("{http://www.w3.org/2000/svg}text"))
        shown[name] = (box.get("class"), figure)
    assert len(shown) == 68
    for mark in marking.marks:
        single = mark.cell.quantity in marking.singles
        name = mark.cell.quantity if single else f"{mark.cell.quantity}[{mark.cell.row},{mark.cell.column}]"
        assert shown[name] == (f"node {mark.verdict}", f"{SIGNS[mark.verdict]} {mark.figure.text}")
    for verdict in VERDICTS[1:]:
        assert f"svg .{verdict} path" in page


def test_arrows_lead_from_what_was_used_to_what_was_worked_out(notes: Submission, or_gate: Problem) -> None:
    arrows = set(arrows_of(notes))
    assert {tail for tail, head in arrows if head == Cell("Z2", 0, 1)} == {Cell("A1", 0, 1), Cell("A1", 1, 1)}
    assert {tail for tail, head in arrows if head == Cell("delta1", 1, 2)} == {
        Cell("backpropagated1", 1, 2),
        Cell("A1", 1, 2),
    }
    # What was not written is passed over.
    sparse = Submission(or_gate, figures(or_gate, {"Z1": [["0.3", "", "", ""], [""] * 4], "loss": "0.09"}))
    assert list(arrows_of(sparse)) == [(Cell("Z1", 0, 0), Cell("loss", 0, 0))]


def test_a_large_graph_has_a_box_for_each_quantity(root: Path) -> None:
    n = 40
    problem = Problem("", ((0.5,) * n,), ((1.0,) * n,), (((0.3,),),), ((0.1,),), ("sigmoid",), 0.5)
    solved = chalkgrad.solve(problem).steps[0]
    work = {q.name: [[f"{x:.4f}" for x in row] for row in q.matrix] for q in solved.quantities}
    work["A1"][0][3] = "0.1234"
    submission = Submission(problem, figures(problem, work))
    page = to_html(submission, mark_submission(submission), "large.toml")
    assert page.count('class="node') == len(solved.quantities)
    assert re.search(r'class="node slip">[^✗]*A1</text>\s*<text[^>]*>✓ 39</text>\s*<text[^>]*>✗ 1</text>', page)


def test_names_that_look_like_markup_are_text(or_gate: Problem) -> None:
    problem = Problem("<script>alert(1)</script>", *(getattr(or_gate, name) for name in or_gate.__slots__[1:]))
    submission = Submission(problem, figures(problem, {"loss": "0.09"}))
    page = to_html(submission, mark_submission(submission), "<img src=x onerror=alert(2)>\x1b[31m.toml")
    assert "<script" not in page
    assert "<img" not in page
    assert "\x1b" not in page
    assert "&lt;script&gt;" in page


def test_without_a_layout_engine_the_page_says_so(
    notes: Submission, marking: Marking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAPHVIZ_DOT", "/no/such/dot")
    page = to_html(notes, marking, "notes.toml")
    assert "The graph is missing" in page
    assert "<svg" not in page
    assert "61 of 68 numbers are sound" in page


def test_a_note_stands_below_the_summary(notes: Submission, marking: Marking, page: str) -> None:
    noted = to_html(notes, marking, "notes.toml", "3 numbers with too few decimals & more.")
    assert noted.replace("<p>3 numbers with too few decimals &amp; more.</p>\n", "") == page


@pytest.mark.parametrize("width", [320, 1100])
def test_on_a_screen_of_any_width_only_tables_and_the_graph_scroll(
    page: str, tab: Page, tmp_path: Path, width: int
) -> None:
    (tmp_path / "page.html").write_text(page, "utf-8")
    tab.set_viewport_size({"width": width, "height": 800})
    tab.goto((tmp_path / "page.html").as_uri())
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    # The graph is not made smaller than can be read.
    assert tab.evaluate("document.querySelector('svg').getBoundingClientRect().width") >= 900
    # No verdict takes a second line.
    texts = tab.locator("td:nth-of-type(5)").all_inner_texts()
    assert len(texts) == 68
    one_line = "cells => cells.every(cell => new Set([...cell.childNodes].flatMap(text => {"
    one_line += "const range = document.createRange(); range.selectNode(text);"
    one_line += "return [...range.getClientRects()].map(part => part.top)})).size === 1)"
    assert tab.locator("td:nth-of-type(5)").evaluate_all(one_line)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_shows_each_verdict_in_a_fill_and_a_border_of_its_own(
    page: str, tab: Page, tmp_path: Path, scheme: Literal["light", "dark"]
) -> None:
    (tmp_path / "page.html").write_text(page, "utf-8")
    tab.emulate_media(color_scheme=scheme)
    tab.goto((tmp_path / "page.html").as_uri())
    looks = tab.evaluate(
        """() => ["right", "rounding", "follows", "slip"].map(verdict => {
            const look = getComputedStyle(document.querySelector(`svg .node.${verdict} path`));
            return [look.fill, `${look.strokeDasharray} ${look.strokeWidth}`];
        })"""
    )
    fills, borders = zip(*looks, strict=True)
    assert len(set(fills)) == len(set(borders)) == 4
