"""The page, in a real browser: every control, every key, both themes, paper, and the numbers against the engine."""

import csv
import math
import random
import re
import shutil
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hostile import IDS, LABELS
from playwright.sync_api import Browser, Locator, Page, expect

import nn
import viz
from autograd import OPERATIONS, Operation, Value, gradient, leaves, parse, recorded
from autograd.operations import BUILT_IN
from autograd.text import printable

Opener = Callable[..., Page]


@pytest.fixture
def opened(tab: Page, tmp_path: Path) -> Opener:
    """Write the page of a graph, and open it."""

    def open_page(output: Value, **wishes: Any) -> Page:
        viz.page(output, tmp_path / "steps.html", **wishes)
        tab.goto((tmp_path / "steps.html").as_uri())
        return tab

    return open_page


def shared() -> Value:
    """out = 2b · b, b = a + 1: depth first, b hands on half of its gradient."""
    a = Value(2.0, "a")
    b = a + 1.0
    b.label = "b"
    c = b * 2.0
    c.label = "c"
    out = c * b
    out.label = "out"
    return out


def two_two_one() -> Value:
    return nn.half_mse([nn.two_two_one()([0, 1])], [1])


def lines(tab: Page, name: str) -> list[str]:
    """The lines in the box of a value."""
    group = tab.locator(f'#graph .node.value[aria-label^="{name}, "]')
    return [text for text in group.locator("text").all_text_contents() if text]


def shown(number: float, digits: int = 4) -> str:
    return f"{number:z.{digits}g}"


def plain(locator: Locator) -> str:
    """Mathematics as letters without spaces; a browser gives italic ones for a variable."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", locator.inner_text()))


def title(tab: Page) -> str:
    return tab.locator("#step-title").inner_text()


def all_lines(tab: Page) -> list[list[str]]:
    script = "() => nodes.map((node, place) => [...boxOf(place).querySelectorAll('text')].map(t => t.textContent))"
    return tab.evaluate(script)  # type: ignore[no-any-return]


@pytest.mark.parametrize("graph", [two_two_one, shared, lambda: Value(2.0, "a"), lambda: Value(1.0, "x").log() * 0.0])
def test_at_the_end_every_box_has_the_engines_numbers(opened: Opener, graph: Callable[[], Value]) -> None:
    output = graph()
    tab = opened(output)
    tab.keyboard.press("End")
    values = [*leaves(output), *recorded(output)]
    grads = [grad.data for grad in gradient(output, values)]
    expected = [[f"data {shown(v.data)}", f"grad {shown(g)}"] for v, g in zip(values, grads, strict=True)]
    assert [found[-2:] for found in all_lines(tab)] == expected


def test_values_appear_one_operation_at_a_time_and_then_gradients(opened: Opener) -> None:
    output = shared()
    tab = opened(output)
    assert title(tab) == "Step 0 of 7 · Given"
    assert lines(tab, "a") == ["a", "data 2"]
    seen = []
    for _ in range(7):
        tab.keyboard.press("ArrowRight")
        seen.append([name for name in "abc" if len(lines(tab, name)) == 3])
    assert title(tab) == "Step 7 of 7 · Backward"
    # Three operations, the seed, then out, c and b hand on.
    assert seen == [[], [], [], [], ["b", "c"], ["b", "c"], ["a", "b", "c"]]
    assert lines(tab, "b") == ["b", "data 3", "grad 12"]


def test_a_step_is_told_in_words_and_in_mathematics(opened: Opener) -> None:
    tab = opened(shared())
    for _ in range(6):
        tab.keyboard.press("ArrowRight")
    assert tab.locator("#step-text").inner_text() == "c = b × 2 hands its gradient, 3, on."
    assert tab.locator("#step-math mfrac").first.evaluate("e => e.namespaceURI") == "http://www.w3.org/1998/Math/MathML"
    assert plain(tab.locator("#step-math .row").first) == "(6)∂out∂b+=∂out∂c·∂c∂b=∂out∂c·2=3·2=6"
    assert "b so far: 6 + 6 = 12; complete" in tab.locator("#step-math").inner_text()


def test_every_button_moves(opened: Opener) -> None:
    tab = opened(shared())
    for name, step in [("next", 1), ("next", 2), ("back", 1), ("last", 7), ("back", 6), ("first", 0), ("back", 0)]:
        tab.get_by_role("button", name=name).click()
        assert title(tab).startswith(f"Step {step} of 7")
        assert tab.locator("#position").input_value() == str(step)


def test_the_slider_moves(opened: Opener) -> None:
    tab = opened(shared())
    tab.locator("#position").fill("5")
    assert title(tab).startswith("Step 5 of 7")
    # Its own keys stay its own: one step, not two.
    tab.locator("#position").press("ArrowRight")
    assert title(tab).startswith("Step 6 of 7")


def test_every_key_moves(opened: Opener) -> None:
    tab = opened(shared())
    for key, step in [
        ("ArrowRight", 1),
        ("ArrowRight", 2),
        ("ArrowLeft", 1),
        ("End", 7),
        ("ArrowRight", 7),
        ("Home", 0),
    ]:
        tab.keyboard.press(key)
        assert title(tab).startswith(f"Step {step} of 7")
    tab.keyboard.press("Control+ArrowRight")
    assert title(tab).startswith("Step 0 of 7")


def test_it_plays_to_the_end_and_pauses(opened: Opener, tab: Page) -> None:
    tab.clock.install()
    opened(shared())
    tab.keyboard.press(" ")
    tab.clock.run_for(2500)
    assert title(tab).startswith("Step 2 of 7")
    tab.get_by_role("button", name="pause").click()
    tab.clock.run_for(5000)
    assert title(tab).startswith("Step 2 of 7")
    tab.get_by_role("button", name="play").press(" ")
    tab.clock.run_for(20000)
    assert title(tab).startswith("Step 7 of 7")
    expect(tab.get_by_role("button", name="play")).to_be_visible()
    tab.get_by_role("button", name="play").click()
    assert title(tab).startswith("Step 0 of 7")


def test_a_value_under_the_pointer_explains_itself(opened: Opener) -> None:
    tab = opened(shared())
    tab.keyboard.press("End")
    tab.locator('.node.value[aria-label^="b, "]').hover()
    assert tab.locator("#detail-title").inner_text() == "b"
    rows = [*map(plain, tab.locator("#detail-body .row").all())]
    assert rows == [
        "(1)b=a+1=2+1=3",
        "(5)∂out∂b+=∂out∂out·∂out∂b=∂out∂out·c=1·6=6",
        "(6)∂out∂b+=∂out∂c·∂c∂b=∂out∂c·2=3·2=6",
    ]
    assert "gradient 12" in tab.locator("#detail-body").inner_text()
    tab.locator("h1").hover()
    assert tab.locator("#detail-title").inner_text() == ""


def test_the_keyboard_reaches_every_value_and_operation(opened: Opener) -> None:
    tab = opened(shared())
    tab.keyboard.press("End")
    # The controls come first.
    tab.locator("summary").focus()
    labels = []
    for _ in range(7):
        tab.keyboard.press("Tab")
        labels.append(tab.evaluate("document.activeElement.getAttribute('aria-label')"))
    assert labels == [
        "a, data 2, grad 12",
        "operation + that makes b",
        "b, data 3, grad 12",
        "operation × that makes c",
        "c, data 6, grad 3",
        "operation × that makes out",
        "out, data 18, grad 1",
    ]
    assert tab.locator("#detail-title").inner_text() != ""
    # On a value the arrow keys still step.
    tab.keyboard.press("ArrowLeft")
    assert title(tab).startswith("Step 6 of 7")


def test_what_assistive_technology_needs_is_there(opened: Opener) -> None:
    tab = opened(shared())
    assert tab.locator("html").get_attribute("lang") == "en"
    assert tab.locator("[aria-live=polite] #step-text, [aria-live=polite] #detail-body").count() == 2
    assert all(button.inner_text().strip() for button in tab.locator("button:visible").all())
    assert tab.get_by_role("slider", name="Step").count() == 1
    assert tab.get_by_role("checkbox", name="wrong order").count() == 1
    tab.locator("summary").click()
    assert tab.get_by_role("slider", name="a").get_attribute("aria-valuetext") == "2"


def test_the_wrong_order_hands_on_too_early(opened: Opener) -> None:
    tab = opened(shared())
    tab.get_by_label("wrong order").check()
    texts = []
    for _ in range(8):
        tab.keyboard.press("ArrowRight")
        texts.append(tab.locator("#step-math").inner_text())
    assert [
        place for place, text in enumerate(texts) if "Too early: only 1 of 2 contributions to b have come." in text
    ] == [6]
    assert "a: 6 instead of 12" in texts[-1]
    assert lines(tab, "a") == ["a", "data 2", "grad 6 ✗"]
    assert lines(tab, "b") == ["b", "data 3", "grad 12"]
    tab.get_by_label("wrong order").uncheck()
    tab.keyboard.press("End")
    assert lines(tab, "a") == ["a", "data 2", "grad 12"]


def test_where_depth_first_does_no_harm_another_wrong_order_is_taken(opened: Opener) -> None:
    tab = opened(parse("y = 2*x; z = 3*y", x=1.0))
    tab.get_by_label("wrong order").check()
    tab.keyboard.press("End")
    assert "x: 0 instead of 6" in tab.locator("#step-math").inner_text()


def test_one_operation_has_no_wrong_order(opened: Opener) -> None:
    tab = opened(Value(2.0, "x") * 3.0)
    tab.get_by_label("wrong order").check()
    tab.keyboard.press("End")
    assert "no harm came of it" in tab.locator("#step-math").inner_text()


@pytest.mark.parametrize("place", range(9))
def test_what_if_gives_the_engines_numbers(opened: Opener, place: int) -> None:
    output = two_two_one()
    inputs = leaves(output)
    grads = [grad.data for grad in gradient(output, inputs)]
    tab = opened(output)
    tab.keyboard.press("End")
    tab.locator("summary").click()
    tab.locator("#sliders input").nth(place).fill("70")
    before = output.data
    moved = nn.two_two_one()
    parameters = {value.label: value for value in moved.parameters()}
    changed = parameters[inputs[place].label]
    changed.data += 0.7**3
    again = nn.half_mse([moved([0, 1])], [1])
    found = [box[-2].removeprefix("data ") for box in all_lines(tab)]
    assert found == [shown(value.data) for value in (*leaves(again), *recorded(again))]
    said = tab.locator("#what-if-result").inner_text()
    assert said.startswith(f"loss: {shown(before, 6)} → {shown(again.data, 6)}. ")
    true, predicted = map(float, re.findall(r"(?:change|predicts) (-?\d+(?:\.\d+)?(?:e-?\d+)?)", said))
    assert true == pytest.approx(again.data - before, rel=1e-5)
    assert predicted == pytest.approx(grads[place] * 0.7**3, rel=1e-5)
    tab.get_by_role("button", name="As recorded").click()
    assert [box[-2] for box in all_lines(tab)] == [f"data {shown(v.data)}" for v in (*inputs, *recorded(output))]


def test_an_operation_of_ones_own_is_shown_but_not_recomputed(opened: Opener) -> None:
    twice = Operation("twice_over", "2×", "", lambda x: 2.0 * x, (2.0,))
    try:
        tab = opened(twice(Value(3.0, "x")) + 1.0)
    finally:
        del OPERATIONS["twice_over"]
    tab.keyboard.press("ArrowRight")
    assert plain(tab.locator("#step-math .row").first) == "(1)v1=twice_over(x)=twice_over(3)=6"
    tab.locator("summary").click()
    assert "cannot work out twice_over" in tab.locator("#sliders").inner_text()


def test_numbers_are_shown_as_python_shows_them(opened: Opener) -> None:
    tab = opened(Value(1.0))
    draw = random.Random(1)
    numbers = [
        0.0,
        -0.0,
        1.0,
        9.5,
        0.5,
        2.5,
        1.0625,
        99995.0,
        99994.99999,
        1e-4,
        0.00012345,
        5e-324,
        1.7976931348623157e308,
    ]
    numbers += [draw.choice((-1, 1)) * math.ldexp(draw.random(), draw.randrange(-60, 60)) for _ in range(2000)]
    # Many ties.
    numbers += [draw.randrange(10**6) / 2 ** draw.randrange(12) for _ in range(2000)]
    for digits in (1, 3, 4, 6, 17):
        found = tab.evaluate("([numbers, digits]) => numbers.map(x => shown(x, digits))", [numbers, digits])
        assert found == [shown(number, digits) for number in numbers]
    assert tab.evaluate("() => [NaN, Infinity, -Infinity].map(x => shown(x))") == ["nan", "inf", "-inf"]


def points(root: Path) -> list[tuple[str, list[float]]]:
    """Operations and operands: the awkward points, and tame ones."""
    tame = [0.3, -0.7, 1.0, 2.5, -3.5, 0.0, 12.0]
    found = [(op.name, [x]) for op in BUILT_IN for x in tame if len(op.partials) == 1]
    found += [(op.name, [x, y]) for op in BUILT_IN for x in tame for y in tame if len(op.partials) == 2]
    with (root / "tests/data/awkward_points.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            name = {"pow": "power", "sub": "subtract", "mul": "multiply", "div": "divide", "neg": "negative"}.get(
                row["op"], row["op"]
            )
            if name in OPERATIONS:
                found.append((name, [float(x) for x in row["args"].split(";")]))
    return found


def test_the_script_knows_every_operation(opened: Opener, root: Path) -> None:
    tab = opened(Value(1.0))
    assert set(tab.evaluate("() => Object.keys(VALUES)")) == {op.name for op in BUILT_IN}
    cases = [(name, args) for name, args in points(root) if len(args) == len(OPERATIONS[name].partials)]
    assert len(cases) > 900
    found = tab.evaluate(
        "cases => cases.map(([name, operands]) => String(VALUES[name](...operands.map(Number))))",
        [[name, [repr(x).replace("inf", "Infinity") for x in args]] for name, args in cases],
    )
    numbers = [float(text.replace("Infinity", "inf")) for text in found]
    near = pytest.approx  # Not to the last bit, and a denormal number has few.
    wrong = [
        (name, args, number)
        for (name, args), number in zip(cases, numbers, strict=True)
        if number != near(OPERATIONS[name](*args), rel=1e-12, abs=1e-307, nan_ok=True)
    ]
    assert wrong == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_in_both_themes(opened: Opener, tab: Page, scheme: Any) -> None:
    tab.emulate_media(color_scheme=scheme)
    opened(shared())
    tab.keyboard.press("End")
    colours = tab.evaluate(
        """() => ["", "level-3", "level-2", "level-1", "level0", "level1", "level2", "level3"].map(name => {
            const box = boxOf(0);
            box.className.baseVal = `node value ${name}`;
            const shape = getComputedStyle(box.querySelector("polygon, path")).fill;
            const paper = getComputedStyle(document.body).backgroundColor;
            return [getComputedStyle(box.querySelector("text")).fill, shape === "none" ? paper : shape];
        })"""
    )
    assert len({fill for _, fill in colours}) >= 7
    for ink, fill in colours:
        assert contrast(ink, fill) >= 4.5, (scheme, ink, fill)
    paper = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (luminance(paper) < 0.2) == (scheme == "dark")


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG 2 defines it."""
    channels = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_on_paper_there_is_a_picture_of_every_step(opened: Opener, tab: Page) -> None:
    tab.clock.install()
    opened(shared())
    tab.keyboard.press(" ")
    tab.clock.run_for(1300)
    assert tab.pdf().startswith(b"%PDF")
    # Printing leaves no trace, and what plays plays on.
    assert tab.locator("#sheet figure").count() == 0
    assert title(tab).startswith("Step 1 of 7")
    assert lines(tab, "out") == []
    tab.clock.run_for(1200)
    assert title(tab).startswith("Step 2 of 7")
    tab.emulate_media(media="print", color_scheme="dark")
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    figures = tab.locator("#sheet figure")
    # The whole graph, and all steps but the first, at which nothing happens.
    assert figures.count() == 8
    assert all(figure.locator("svg").is_visible() for figure in figures.all())
    assert "7 · Backward: b = a + 1 hands its gradient, 12, on." in figures.nth(7).inner_text()
    assert figures.nth(6).locator(".node").count() == 4
    assert "grad 12" in (figures.nth(6).locator("svg").text_content() or "")
    assert not tab.locator("nav, main").first.is_visible()
    assert not tab.locator("main").is_visible()
    # Paper is white whatever the screen is.
    assert luminance(tab.evaluate("getComputedStyle(document.querySelector('figure text')).fill")) < 0.2
    assert tab.evaluate(
        "(all => new Set(all).size === all.length)([...document.querySelectorAll('[id]')].map(e => e.id))"
    )


def test_on_paper_a_large_graph_has_its_pictures_too(opened: Opener) -> None:
    x = Value(0.5, "x")
    for _ in range(300):
        x = x.sin() * 1.1 + 0.1
    tab = opened(x)
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert tab.locator("#sheet figure svg").count() == 1 + 900 + 1 + 900


def test_without_javascript_the_graph_has_its_numbers(browser: Browser, tmp_path: Path) -> None:
    viz.page(shared(), tmp_path / "steps.html")
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto((tmp_path / "steps.html").as_uri())
    texts = [text.replace("\xa0", " ") for text in tab.locator("#graph text").all_text_contents()]
    assert {"data 18", "grad 1", "data 3", "grad 12"} <= set(texts)
    assert not any("0000" in text for text in texts)
    assert tab.get_by_text("needs JavaScript").is_visible()
    assert not tab.locator("nav").is_visible()
    tab.emulate_media(media="print")
    assert tab.locator("main").is_visible()
    context.close()


def test_size_sign_and_part_of_the_step_show_in_a_box(opened: Opener) -> None:
    x, y = Value(2.0, "x"), Value(-100.0, "y")
    small = x * 0.01
    out = small + y * x
    out.label = "out"
    tab = opened(out)
    tab.keyboard.press("End")
    classes = {
        name: set((tab.locator(f'.node.value[aria-label^="{name}, "]').get_attribute("class") or "").split())
        for name in ("x", "y", "out")
    }
    # The largest gradient is −99.99, of x.
    assert {"level-3", "negative"} <= classes["x"]
    assert "level1" in classes["y"]
    assert "level1" in classes["out"]
    assert "negative" not in classes["y"]
    assert {name for name in classes if "active" in classes[name]} == {"x"}
    dashes = "getComputedStyle(boxOf({}).querySelector('polygon, path')).strokeDasharray"
    assert tab.evaluate(dashes.format(0)) != "none"
    assert tab.evaluate(dashes.format(1)) == "none"
    assert tab.locator(".legend").inner_text().split()[1:] == ["-1e+02", "-50", "-10", "0", "10", "50", "1e+02"]


def test_every_box_has_the_name_that_the_text_uses(opened: Opener) -> None:
    tab = opened(two_two_one())
    first = [texts[0] for texts in all_lines(tab)]
    assert first == tab.evaluate("nodes.map(node => node.name)")
    assert "v10" in first


def test_keys_work_after_the_switch_and_on_the_slider(opened: Opener) -> None:
    tab = opened(shared())
    tab.get_by_label("wrong order").focus()
    tab.keyboard.press(" ")
    assert tab.get_by_label("wrong order").is_checked()
    tab.keyboard.press("End")
    assert title(tab).startswith("Step 8 of 8")
    tab.locator("#position").focus()
    tab.keyboard.press(" ")
    expect(tab.get_by_role("button", name="pause")).to_be_visible()


def test_a_late_contribution_of_nothing_does_no_harm(opened: Opener) -> None:
    a = Value(1.0, "a")
    b = a + 1.0
    b.label = "b"
    tab = opened(b + (-b).relu())
    tab.get_by_label("wrong order").check()
    tab.keyboard.press("End")
    # Depth first would do none, so that values hand on from the inputs.
    assert "a: 0 instead of 1" in tab.locator("#step-math").inner_text()


def test_an_input_without_a_value_cannot_be_moved(opened: Opener) -> None:
    tab = opened(Value(math.inf, "x") * 0.0 + Value(1.0, "y"))
    tab.locator("summary").click()
    assert tab.get_by_role("slider", name="x").is_disabled()
    tab.get_by_role("slider", name="y").fill("50")
    tab.get_by_role("button", name="As recorded").click()
    assert lines(tab, "y") == ["y", "data 1"]


def test_an_input_changed_after_the_recording_is_refused(tmp_path: Path) -> None:
    w = Value(0.4, "w")
    loss = (w * 3.0 - 1.0) ** 2
    w.data = 1.0
    for write in (lambda: viz.page(loss, tmp_path / "steps.html"), lambda: viz.derivation(loss)):
        with pytest.raises(ValueError, match=r"'v1' was recorded as 1\.2 and would be 3 now: an input was changed"):
            write()
    assert not (tmp_path / "steps.html").exists()


def test_a_graph_that_cannot_be_laid_out_is_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("viz.layout.find_engine", lambda form: None)
    with pytest.raises(viz.LayoutError, match=r"saved as .*steps\.html\.dot"):
        viz.page(shared(), tmp_path / "steps.html")
    assert [path.name for path in tmp_path.iterdir()] == ["steps.html.dot"]


@pytest.mark.parametrize("width", [360, 800, 1920])
def test_nothing_is_cut_off_at_any_width(opened: Opener, tab: Page, width: int) -> None:
    tab.set_viewport_size({"width": width, "height": 900})
    opened(two_two_one())
    tab.keyboard.press("End")
    tab.locator("summary").click()
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    for element in tab.locator("nav button, nav input").all():
        bounds = element.bounding_box()
        assert bounds is not None
        assert 0 <= bounds["x"] <= bounds["x"] + bounds["width"] <= width


@pytest.mark.parametrize("label", LABELS, ids=IDS)
def test_a_label_is_text_and_never_markup(opened: Opener, label: str) -> None:
    x = Value(2.0, label)
    tab = opened((x * x + 1.0) * x)
    tab.keyboard.press("End")
    tab.locator("summary").click()
    assert tab.evaluate("window.pwned") is None
    assert tab.locator("script").count() == 2
    assert tab.locator("img, a, iframe, b, table").count() == 0
    if label.strip():
        assert printable(label, 60)[:20] in tab.locator("#graph .node.value").first.text_content().replace("\xa0", " ")  # type: ignore[union-attr]
        assert tab.locator("#sliders span").first.text_content() == printable(label)


def test_nothing_but_its_own_script_may_run(browser: Browser, tmp_path: Path) -> None:
    viz.page(shared(), tmp_path / "steps.html")
    tab = browser.new_page()
    tab.goto((tmp_path / "steps.html").as_uri())
    policy = tab.locator("meta[http-equiv]").get_attribute("content") or ""
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    with tab.expect_console_message(lambda message: "Content Security Policy" in message.text):
        tab.evaluate(
            "document.body.append(Object.assign(document.createElement('script'), { textContent: 'pwned = 1' }))"
        )
    assert tab.evaluate("window.pwned") is None
    tab.close()


def test_the_page_is_small_and_the_same_every_time(tmp_path: Path) -> None:
    samples = [([0, 0], 0), ([0, 1], 1), ([1, 0], 1), ([1, 1], 1)]
    network = nn.two_two_one()
    loss = nn.half_mse([network(x) for x, _ in samples], [y for _, y in samples])
    viz.page(loss, tmp_path / "a.html", parameters=network.parameters())
    viz.page(loss, tmp_path / "b.html", parameters=network.parameters())
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()
    assert (tmp_path / "a.html").stat().st_size < 300_000
    # Nobody's gradient was touched.
    assert all(str(value.grad) == "0.0" for value in network.parameters())


@pytest.mark.skipif(shutil.which("dot") is None, reason="needs Graphviz's own dot")
def test_graphviz_itself_serves_as_well(opened: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHVIZ_DOT", shutil.which("dot") or "")
    tab = opened(shared())
    tab.keyboard.press("End")
    assert lines(tab, "a") == ["a", "data 2", "grad 12"]


def test_what_cannot_be_paged_is_told_before_anything_is_written(tmp_path: Path) -> None:
    path = tmp_path / "steps.html"
    with pytest.raises(TypeError, match=r"page of 3\.0: a Value is needed"):
        viz.page(3.0, path)  # type: ignore[arg-type]
    total = Value(1.0, "x")
    for _ in range(1000):
        total = total + 1.0
    total.label = "total"
    with pytest.raises(ValueError, match="page of 'total': its graph has 1,001 values, which is more than a person"):
        viz.page(total, path)
    with pytest.raises(ValueError, match="precision 0: a whole number"):
        viz.page(Value(1.0), path, precision=0)
    assert not path.exists()


def test_numbers_that_json_lacks_are_shown(opened: Opener) -> None:
    x = Value(0.0, "x")
    tab = opened(x.log() * 0.0 + Value(math.inf, "y"))
    tab.keyboard.press("End")
    assert lines(tab, "y") == ["y", "data inf", "grad 1"]
    assert lines(tab, "x") == ["x", "data 0", "grad nan"]
