"""Pictures: what is in them, that labels are data, and that the same graph gives the same bytes."""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hostile import IDS, LABELS
from hypothesis import given, settings
from hypothesis import strategies as st

import nn
import viz
from autograd import Value
from autograd.text import printable

SVG = "{http://www.w3.org/2000/svg}"


def texts(svg: str) -> list[str]:
    """Every line of text in a picture."""
    return [
        "".join(element.itertext()).replace("\xa0", " ") for element in ElementTree.fromstring(svg).iter(f"{SVG}text")
    ]


def groups(svg: str, kind: str) -> list[list[str]]:
    """The lines of text of each node or edge."""
    found = [g for g in ElementTree.fromstring(svg).iter(f"{SVG}g") if g.get("class") == kind]
    return [["".join(text.itertext()) for text in g.iter(f"{SVG}text")] for g in found]


def example() -> Value:
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    c = a * b
    c.label = "c"
    return c + a * 2


def test_values_operations_and_slopes_are_in_the_picture() -> None:
    out = example()
    out.backward()
    svg = viz.draw(out).svg()
    nodes = Counter(map(tuple, groups(svg, "node")))
    assert nodes == Counter(
        {
            ("a", "data 2", "grad -1"): 1,
            ("b", "data -3", "grad 2"): 1,
            ("c", "data -6", "grad 1"): 1,
            ("data 4", "grad 1"): 1,
            ("data -2", "grad 1"): 1,
            ("2",): 1,
            ("×",): 2,
            ("+",): 1,
        }
    )
    # Into each operation two edges, out of each one; a slope on each edge but that of the constant.
    edges = groups(svg, "edge")
    assert len(edges) == 9
    assert sorted(text for (text,) in filter(None, edges)) == ["-3", "1", "1", "2", "2"]


def test_before_a_backward_pass_no_gradient_is_shown() -> None:
    out = example()
    assert not [text for text in texts(viz.draw(out).svg()) if text.startswith("grad")]
    other = out * 2.0
    out.backward()
    # The leaves have gradients now, but not of this result.
    assert not [text for text in texts(viz.draw(other).svg()) if text.startswith("grad")]


def test_a_value_used_twice_has_two_edges() -> None:
    a = Value(1.5, "a")
    source = viz.draw(a * a).source
    assert len(re.findall(r"v0 -> v1_op", source)) == 2


def test_a_leaf_alone_is_a_picture_too() -> None:
    assert texts(viz.draw(Value(2.0, "a")).svg()) == ["a", "data 2"]


def test_the_picture_runs_from_left_to_right() -> None:
    assert "rankdir=LR" in viz.draw(example()).source


def test_the_two_two_one_network_has_every_number_in_its_picture() -> None:
    loss = nn.half_mse([nn.two_two_one()([0, 1])], [1])
    loss.backward()
    nodes = groups(viz.draw(loss).svg(), "node")
    boxes = {lines[0]: lines[1:] for lines in nodes if len(lines) == 3}
    assert boxes["a2[0]"] == ["data 0.7696", "grad -0.2304"]
    assert boxes["W1[0,1]"] == ["data 0.4", "grad -0.003624"]
    assert boxes["loss"] == ["data 0.02655", "grad 1"]
    assert len(boxes) == 9 + 6 + 3


@pytest.mark.parametrize("seed", ["0", "1"])
def test_the_same_graph_gives_the_same_bytes(root: Path, seed: str) -> None:
    code = (
        "import nn, viz; loss = nn.half_mse([nn.two_two_one()([0, 1])], [1]); loss.backward(); "
        "import sys; sys.stdout.buffer.write(viz.draw(loss).svg().encode())"
    )
    env = {**os.environ, "PYTHONHASHSEED": seed}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=env, cwd=root, check=True)
    loss = nn.half_mse([nn.two_two_one()([0, 1])], [1])
    loss.backward()
    assert done.stdout == viz.draw(loss).svg().encode()


@pytest.mark.parametrize("label", LABELS, ids=IDS)
def test_a_label_comes_out_as_text(label: str) -> None:
    x = Value(1.0, label)
    svg = viz.draw(x * 2.0).svg()
    ElementTree.fromstring(svg)
    shown = texts(svg)
    # Graphviz leaves out a line without ink.
    assert printable(label, 60) in shown or not label.strip()
    assert len([text for text in shown if text.startswith("data")]) == 2


def test_a_very_long_label_is_cut_short() -> None:
    (line,) = [text for text in texts(viz.draw(Value(1.0, "x" * 20_000)).svg()) if text.startswith("x")]
    assert line == "x" * 59 + "…"


@settings(max_examples=25)
@given(label=st.text(max_size=40))
def test_any_label_comes_out_as_text(label: str) -> None:
    shown = texts(viz.draw(Value(1.0, label)).svg())
    assert "".join(shown).replace(" ", "") == f"{printable(label)}data1".replace(" ", "").replace("\xa0", "")


def test_a_picture_shows_itself_in_a_notebook() -> None:
    picture = viz.draw(example())
    bundle = picture._repr_mimebundle_()
    assert bundle["image/svg+xml"] == picture.svg()
    assert bundle["text/plain"] == repr(picture)


def test_a_notebook_without_an_engine_shows_why_there_is_no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("viz.layout.find_engine", lambda form: None)
    picture = viz.draw(example())
    bundle = picture._repr_mimebundle_()
    assert bundle.keys() == {"text/plain"}
    assert bundle["text/plain"].startswith(f"{picture!r}: no engine for Graphviz's DOT language was found")


def test_only_a_value_can_be_drawn() -> None:
    with pytest.raises(TypeError, match=r"draw of 2\.0: a Value is needed"):
        viz.draw(2.0)  # type: ignore[arg-type]


class TestSaving:
    def test_the_ending_decides_the_format(self, tmp_path: Path) -> None:
        picture = viz.draw(example())
        for name in ("g.svg", "g.PNG", "g.dot", "g.gv"):
            picture.save(tmp_path / name)
        assert (tmp_path / "g.svg").read_text("utf-8") == picture.svg()
        assert (tmp_path / "g.PNG").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
        assert (tmp_path / "g.dot").read_text("utf-8") == (tmp_path / "g.gv").read_text("utf-8") == picture.source

    @pytest.mark.parametrize("name", ["g.jpg", "g", "svg"])
    def test_another_ending_is_refused_and_nothing_written(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(
            ValueError, match=r"use one of \.svg, \.png, \.html, \.pdf, \.dot, \.gv, \.mmd, \.tex, \.txt$"
        ):
            viz.draw(example()).save(tmp_path / name)
        assert not list(tmp_path.iterdir())

    def test_where_no_engine_is_found_the_graph_is_saved_all_the_same(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("viz.layout.find_engine", lambda form: None)
        picture = viz.draw(example())
        with pytest.raises(viz.LayoutError, match=r"pip install graphviz-pure.*saved as .*g\.svg\.dot") as caught:
            picture.save(tmp_path / "g.svg")
        assert caught.value.source == picture.source
        assert [path.name for path in tmp_path.iterdir()] == ["g.svg.dot"]
        assert (tmp_path / "g.svg.dot").read_text("utf-8") == picture.source


@pytest.mark.skipif(shutil.which("dot") is None, reason="the system has no Graphviz")
def test_the_systems_dot_draws_the_same_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    out = example()
    out.backward()
    embedded = viz.draw(out).svg()
    monkeypatch.setenv("GRAPHVIZ_DOT", shutil.which("dot") or "")
    assert Counter(texts(viz.draw(out).svg())) == Counter(texts(embedded))
