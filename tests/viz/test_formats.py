"""Mermaid, TikZ and the tree for the terminal: the same picture as text, in which labels stay text."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hostile import IDS, LABELS

import viz
from autograd import Value


def example(label: str = "x") -> viz.Picture:
    x = Value(9.0, label)
    out = (x.sigmoid() * 2.0 + (-x).relu()) * x
    out.backward()
    return viz.draw(out, highlight=x, parameters=[x])


def saved(picture: viz.Picture, path: Path) -> str:
    picture.save(path)
    return path.read_text("utf-8")


def test_mermaid_has_every_node_and_edge(tmp_path: Path) -> None:
    picture = example()
    lines = saved(picture, tmp_path / "g.mmd").splitlines()
    assert lines[0] == "flowchart LR"
    assert '  v0[/"x<br/>data 9<br/>grad 2.002"/]' in lines
    assert '  v1_op(("σ<br/>saturated"))' in lines
    assert '  v2_op(("#215;"))' in lines
    assert len([line for line in lines if "-->" in line]) == len(picture.drawing.edges)
    assert "  style v0 fill:#f9cf9c,color:#000000,stroke-width:3px" in lines


@pytest.mark.parametrize("label", LABELS, ids=IDS)
def test_a_label_means_nothing_to_mermaid(label: str, tmp_path: Path) -> None:
    for line in saved(example(label), tmp_path / "g.mmd").splitlines()[1:]:
        parts = line.split('"')
        # At most one text, in which only letters, digits and a few signs stand for themselves.
        assert len(parts) in (1, 3)
        text = "" if len(parts) == 1 else parts[1].replace("<br/>", "")
        assert re.fullmatch(r"(?:[\w .,+=-]|#\d+;)*", text), line


def test_the_tree_begins_at_the_output_and_draws_what_is_shared_once(tmp_path: Path) -> None:
    x = Value(2.0, "x")
    square = x * x
    square.label = "s"
    out = square + square
    out.backward()
    assert saved(viz.draw(out, show=["names", "data", "grad"]), tmp_path / "g.txt") == (
        "data 8  grad 1  = +\n"
        "├─ s  data 4  grad 2  = ×\n"
        "│  ├─ x  data 2  grad 8\n"
        "│  └─ x  data 2  grad 8\n"
        "└─ s  data 4  grad 2  ↑\n"
    )


def test_the_tree_shows_slopes_marks_and_the_path(tmp_path: Path) -> None:
    text = saved(example(), tmp_path / "g.txt")
    assert "= σ saturated  [2]  ◀" in text
    assert "= relu dead  [1]  ◀" in text
    assert saved(viz.draw(Value(1.0, "a")), tmp_path / "leaf.txt") == "a  data 1\n"


def test_the_tree_of_a_folded_graph_has_the_folds(tmp_path: Path) -> None:
    total = sum(Value(float(i)) * 1.0 for i in range(300))
    assert isinstance(total, Value)
    lines = saved(viz.draw(total * 0.5), tmp_path / "g.txt").splitlines()
    assert lines[1].startswith("├─ +  300×")


@pytest.mark.parametrize("label", LABELS, ids=IDS)
def test_the_tree_is_lines_of_printable_text(label: str, tmp_path: Path) -> None:
    text = saved(example(label), tmp_path / "g.txt")
    assert all(line.isprintable() and len(line) < 150 for line in text.splitlines())


def test_tikz_places_every_node_and_edge(tmp_path: Path) -> None:
    picture = example()
    text = saved(picture, tmp_path / "g.tex")
    assert text.count(r"\draw[") == len(picture.drawing.edges)
    assert len(re.findall(r"\\node\[(?!slope)", text)) == len(picture.drawing.nodes)
    assert re.search(r"\\node\[parameter, .*, fill=levelplustwo, highlight\] \(v0\) at \([\d.,]+\) \{x", text)
    assert r"{$\sigma$\\saturated}" in text


@pytest.mark.parametrize("label", LABELS, ids=IDS)
def test_a_label_means_nothing_to_latex(label: str, tmp_path: Path) -> None:
    text = saved(example(label), tmp_path / "g.tex")
    assert text.isascii()
    assert "\\input" not in text
    assert "\\N" not in text


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs a TeX with TikZ, which is large")
@pytest.mark.parametrize("label", LABELS, ids=IDS)
def test_tikz_compiles(label: str, tmp_path: Path) -> None:
    example(label).save(tmp_path / "g.tex")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "g.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]


def test_graphviz_itself_draws_pdf(tmp_path: Path) -> None:
    if shutil.which("dot") is None:
        pytest.skip("needs Graphviz's own dot")
    example().save(tmp_path / "g.pdf")
    assert (tmp_path / "g.pdf").read_bytes().startswith(b"%PDF")


def test_without_it_the_extra_draws_pdf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pygraphviz", reason="has no wheels for this system")
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("GRAPHVIZ_DOT", raising=False)
    example("σ′ 日本").save(tmp_path / "g.pdf")
    assert (tmp_path / "g.pdf").read_bytes().startswith(b"%PDF")


def test_without_either_both_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("GRAPHVIZ_DOT", raising=False)
    monkeypatch.setattr("viz.layout.util.find_spec", lambda name: None)
    with pytest.raises(viz.LayoutError, match=r"^PDF needs Graphviz itself: install it .*chalkgrad\[pdf\]") as caught:
        example().save(tmp_path / "h.pdf")
    assert not (tmp_path / "h.pdf").exists()
    assert str(caught.value).endswith(f"the graph itself is saved as {tmp_path / 'h.pdf.dot'}")


def test_a_picture_turns_dark_where_the_viewer_prefers_that() -> None:
    svg = example().svg()
    style = svg[svg.index("<style>") : svg.index("</style>")]
    assert style.startswith("<style>@media (prefers-color-scheme:dark)")
    for colour in set(re.findall(r'(?:fill|stroke)="([^"]+)"', svg)) - {"none", "transparent"}:
        assert f"='{colour}'" in style, colour
