"""Names that mean something to some language are text in every format: of Values, of scopes, and of folds."""

import re
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hostile import LABELS
from playwright.sync_api import Page

import viz
from autograd import Value, scope
from autograd.text import printable

SVG = "{http://www.w3.org/2000/svg}"
NAMES = [(place, label) for place, label in enumerate(LABELS) if label]


def graph(name: str) -> Value:
    """A Value, a scope and another scope all of that name."""
    x = Value(2.0, name)
    with scope(name):
        h = x * 3.0 + 1.0
        with scope(name):
            h = h.tanh() * x
    out = h * 2.0
    out.label = name
    out.backward()
    return out


def texts(svg: str) -> str:
    return "\n".join("".join(text.itertext()) for text in ElementTree.fromstring(svg).iter(f"{SVG}text")).replace(
        "\xa0", " "
    )


@pytest.fixture(params=["embedded", "system"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each engine in turn."""
    if request.param == "embedded":
        monkeypatch.delenv("GRAPHVIZ_DOT", raising=False)
    elif shutil.which("dot") is None:
        pytest.skip("the system has no Graphviz")
    else:
        monkeypatch.setenv("GRAPHVIZ_DOT", shutil.which("dot") or "")


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("label", [label for _, label in NAMES], ids=[str(place) for place, _ in NAMES])
@pytest.mark.parametrize("fold", [None, 0, 1])
def test_a_picture_has_the_name_as_text_wherever_it_stands(label: str, fold: int | None) -> None:
    picture = viz.draw(graph(label), fold=fold)
    shown = texts(picture.svg())
    # The leaf, the output, and a box for each scope, or a fold.
    assert shown.count(printable(label, 60)) >= (2 if fold == 0 else 4)
    # A text alone is the shortest of all, with nothing around it.
    assert printable(label, 60) in texts(viz.draw(Value(1.0, label), show=["names"]).svg()) or not label.strip()
    assert "<image" not in picture.svg()
    assert "href" not in re.sub(r">[^<]*<", "><", picture.svg())
    assert picture.png().startswith(b"\x89PNG")


@pytest.mark.parametrize("label", [label for _, label in NAMES], ids=[str(place) for place, _ in NAMES])
def test_nothing_runs_in_a_picture_or_a_derivation_on_the_web(tab: Page, tmp_path: Path, label: str) -> None:
    out = graph(label)
    viz.draw(out).save(tmp_path / "picture.svg")
    viz.draw(out, fold=0).save(tmp_path / "picture.html")
    viz.derivation(out).save(tmp_path / "derivation.html")
    for name in ("picture.svg", "picture.html", "derivation.html"):
        tab.goto((tmp_path / name).as_uri())
        assert tab.evaluate("window.pwned") is None
        assert tab.locator("script, img, a, iframe, object").count() == 0
    assert tab.locator("math").count() > 8


@pytest.mark.parametrize("label", [label for _, label in NAMES], ids=[str(place) for place, _ in NAMES])
def test_every_text_format_has_lines_that_print(tmp_path: Path, label: str) -> None:
    picture = viz.draw(graph(label))
    for ending in (".dot", ".mmd", ".tex", ".txt"):
        path = tmp_path / f"picture{ending}"
        picture.save(path)
        assert all(line.expandtabs().isprintable() for line in path.read_text("utf-8").splitlines())
