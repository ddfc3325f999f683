"""Text fits its box, whichever font a viewer has."""

import re
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Page
from rich.cells import cell_len

import nn
import viz
from autograd import Value, scope

SVG = "{http://www.w3.org/2000/svg}"

# How far each line of text reaches beyond the shape around it, and each text at all beyond the picture.
OVERRUNS = """() => {
    const over = (inner, outer) => Math.max(outer.x - inner.x, inner.x + inner.width - outer.x - outer.width,
        outer.y - inner.y, inner.y + inner.height - outer.y - outer.height);
    const found = [];
    for (const group of document.querySelectorAll("g.node, g.cluster")) {
        const shapes = [...group.querySelectorAll("polygon, path, ellipse")].map(shape => shape.getBBox());
        for (const text of shapes.length ? group.querySelectorAll("text") : [])
            found.push([text.textContent, Math.min(...shapes.map(shape => over(text.getBBox(), shape)))]);
    }
    const page = document.querySelector("svg").getBoundingClientRect();
    for (const text of document.querySelectorAll("text"))
        found.push([text.textContent, over(text.getBoundingClientRect(), page)]);
    return found.filter(([, amount]) => amount > 0.5);
}"""


def labelled(label: str, number: float = 1 / 3) -> Value:
    x = Value(number, label)
    y = (x.sigmoid() * x * -1e-300 + (-x).relu()) * x
    y.label = label
    y.backward()
    return y


def scoped(name: str) -> Value:
    with scope(name):
        return Value(1.0, "x") * 2.0


def network() -> Value:
    loss = nn.half_mse([nn.two_two_one()([0, 1])], [1])
    loss.backward()
    return loss


EVERYTHING = ["names", "data", "grad", "partials", "contributions", "steps"]
PICTURES = {
    "network": lambda: viz.draw(network(), show=EVERYTHING),
    "wide letters": lambda: viz.draw(labelled("WWWWWWWWWWWWWWWWWW")),
    "long label": lambda: viz.draw(labelled("x" * 200)),
    "long numbers": lambda: viz.draw(labelled("x", -1 / 3e-300), precision=17, show=EVERYTHING),
    "wide scope": lambda: viz.draw(scoped("W" * 50)),
    "folds": lambda: viz.draw(network(), fold=1),
}


@pytest.mark.parametrize("font", [None, "DejaVu Sans Mono", "monospace", "No Such Font", "serif"])
@pytest.mark.parametrize("name", PICTURES)
def test_text_fits_its_box_in_any_font(tab: Page, name: str, font: str | None) -> None:
    svg = PICTURES[name]().svg()
    assert svg.count('font-family="Courier,monospace"') == svg.count("<text")
    if font is not None:
        svg = svg.replace("Courier,monospace", font)
    tab.set_content(svg[svg.index("<svg") :])
    assert tab.evaluate(OVERRUNS) == []


@pytest.mark.parametrize(
    "label", ["日本語の長いラベルです", "😀😀😀😀😀😀😀😀😀😀", "ｗｉｄｅ ｌｅｔｔｅｒｓ", "mixed 日本 label"]
)
def test_wide_letters_have_the_room_they_need(label: str) -> None:
    # Fonts for them are large and may be missing; all make them one em wide, which is 11 points here.
    needed = sum(11.0 if cell_len(letter) == 2 else 6.6 for letter in label)
    picture = ElementTree.fromstring(viz.draw(Value(1.0, label)).svg())
    (group,) = (g for g in picture.iter(f"{SVG}g") if g.get("class") == "node")
    xs = [float(x) for path in group.iter(f"{SVG}path") for x in re.findall(r"(-?[\d.]+),", path.get("d") or "")]
    assert max(xs) - min(xs) >= needed
