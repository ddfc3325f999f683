"""Problem sheets: starting values that are good to work by hand, blanks to fill in, and an answer key to mark with."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import replace
from decimal import ROUND_DOWN, ROUND_HALF_EVEN
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page
from sheets import Writer

import chalkgrad
from autograd.text import decimal, printable
from chalkgrad import Problem, load, solve
from chalkgrad.cli import main
from chalkgrad.marking import mark_submission
from chalkgrad.sheet import LIMITS, Sheet, save, sheets
from chalkgrad.submission import figures, load_submission
from chalkgrad.working import NetworkWorking, slope_at

# What is asked for, and how many sheets of it are looked at.
WISHES = [
    ({}, 40),
    ({"decimals": 3}, 100),
    ({"decimals": 10}, 5),
    ({"activation": "tanh", "decimals": 3, "seed": 2}, 20),
    ({"activation": "relu", "seed": 3}, 10),
    ({"activation": "linear", "seed": 4}, 5),
    ({"activation": ["relu", "sigmoid"], "samples": 6, "seed": 5}, 10),
    ({"layers": (3, 3, 2), "activation": ("tanh", "sigmoid"), "seed": 6}, 10),
    ({"layers": (2, 3, 3, 1), "samples": 3, "decimals": 5, "seed": 7}, 5),
    ({"layers": (1, 1), "samples": 1, "decimals": 2, "seed": 0}, 20),
    ({"layers": (2, 1, 1, 1), "activation": "tanh", "samples": 2, "seed": 8}, 3),
    ({"layers": (4, 2), "activation": "relu", "samples": 8, "seed": 9}, 3),
]
STEEPEST = {"linear": 1.0, "relu": 1.0, "sigmoid": 0.25, "tanh": 1.0}
TITLES = ['a "b" \\ \x1b[31m\x7f', "<script>alert(1)</script> & ]]>", r"\input{x} $ % # _ ^ ~ {", "é ⊙ 🙂", ""]


def names(made: object) -> str:
    return "-".join(f"{key}={value}" for key, value in made.items()) or "plain" if isinstance(made, dict) else ""


@pytest.fixture(scope="module", params=WISHES, ids=lambda wish: names(wish[0]))
def made(request: pytest.FixtureRequest) -> list[Sheet]:
    wishes, variants = request.param
    return sheets(**wishes, variants=variants)


def quantities(sheet: Sheet) -> dict[str, list[float]]:
    (step,) = solve(sheet.problem).steps
    return {q.name: [number for row in q.matrix for number in row] for q in step.quantities}


# Starting values ------------------------------------------------------------------------------------------------------


def test_starting_values_have_one_decimal_and_none_is_zero(made: list[Sheet]) -> None:
    for sheet in made:
        problem = sheet.problem
        rows = [*problem.X, *(row for W in problem.weights for row in W), *problem.biases]
        for number in (number for row in rows for number in row):
            assert repr(number) == f"{number:.1f}"
            assert 0.1 <= abs(number) <= 1.0


def test_nothing_saturates(made: list[Sheet]) -> None:
    for sheet in made:
        numbers = quantities(sheet)
        for layer, name in enumerate(sheet.problem.activations, 1):
            assert min(slope_at(name, z) for z in numbers[f"Z{layer}"]) >= 0.1 * STEEPEST[name]


def test_no_number_becomes_zero_however_it_is_rounded(made: list[Sheet]) -> None:
    for sheet in made:
        for rounding in (ROUND_HALF_EVEN, ROUND_DOWN):
            written = Writer(sheet.problem, sheet.decimals, rounding, carries=True).sheet()
            assert all(figure.value != 0.0 for figure in written.figures.values())


def test_the_numbers_of_a_gradient_differ_by_more_than_their_signs(made: list[Sheet]) -> None:
    for sheet in made:
        for name, numbers in quantities(sheet).items():
            if re.fullmatch("d[Wb][0-9]", name):
                assert len({decimal(abs(number), sheet.decimals) for number in numbers}) == len(numbers)


def test_every_parameter_moves_however_it_is_rounded(made: list[Sheet]) -> None:
    for sheet in made:
        before = sheet.problem.given()
        for rounding in (ROUND_HALF_EVEN, ROUND_DOWN):
            written = Writer(sheet.problem, sheet.decimals, rounding, carries=True).sheet()
            for cell, figure in written.figures.items():
                old = before.get(cell.quantity.removesuffix("_new"))
                assert old is None or figure.value != old[cell.row][cell.column]


def test_targets_are_what_the_last_activation_can_give(made: list[Sheet]) -> None:
    within = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0), "relu": (0.1, 1.0), "linear": (-1.0, 1.0)}
    for sheet in made:
        least, most = within[sheet.problem.activations[-1]]
        assert all(least <= target <= most for row in sheet.problem.y for target in row)


def test_with_a_curve_in_it_every_number_can_be_rounded_in_one_way_only(made: list[Sheet]) -> None:
    for sheet in (sheet for sheet in made if {*sheet.problem.activations} - {"linear", "relu"}):
        for number in (number for numbers in quantities(sheet).values() for number in numbers):
            a, b = (decimal(number + shift * 10.0**-sheet.decimals, sheet.decimals) for shift in (-0.0009, 0.0009))
            assert a == b


def test_sheets_differ_and_more_of_them_go_on_after_the_first() -> None:
    five = sheets(variants=5)
    assert sheets(variants=3) == five[:3]
    assert len({sheet.problem.X for sheet in (*five, *sheets(seed=2))}) == 6
    assert [sheet.problem.title.partition(":")[0] for sheet in five[:2]] == ["Sheet 1 of seed 1", "Sheet 2 of seed 1"]


# The same everywhere --------------------------------------------------------------------------------------------------

DIGEST = """
import hashlib
from chalkgrad.sheet import sheets
made = [*sheets(variants=3), *sheets((3, 2, 2), ("tanh", "relu"), samples=3, decimals=10, seed=12)]
texts = [f(answers=a) for s in made for a in (False, True) for f in (s.to_toml, s.to_html, s.to_latex)]
print(hashlib.sha256("".join(texts).encode()).hexdigest())
"""
OTHER_LIBRARY = """
import math
for name in ("exp", "tanh"):
    setattr(math, name, lambda x, f=getattr(math, name): math.nextafter(f(x), math.inf))
from autograd import Value
assert Value(1.1).sigmoid().data != 0.7502601055951175
"""


def digest(code: str, hash_seed: str) -> str:
    env = {**os.environ, "PYTHONHASHSEED": hash_seed}
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env
    ).stdout.strip()


def test_neither_hashes_nor_another_mathematics_library_change_a_byte() -> None:
    first = digest(DIGEST, "1")
    assert re.fullmatch("[0-9a-f]{64}", first)
    assert digest(DIGEST, "2") == first
    assert digest(OTHER_LIBRARY + DIGEST, "1") == first


def test_the_first_sheet_stays_the_one_it_is() -> None:
    (sheet,) = sheets()
    problem = sheet.problem
    assert problem.X == ((-0.8, 0.7, 0.6, -0.5), (-0.1, -0.2, 0.4, 0.6))
    assert problem.weights == (((-0.9, -1.0), (-0.2, 0.6)), ((-0.2, 0.5),))
    assert (problem.biases, problem.y) == (((0.7, -1.0), (-0.6,)), ((1.0, 1.0, 0.0, 0.0),))
    assert "\nloss = 0.1389\n" in sheet.to_toml(answers=True)


# Problem files --------------------------------------------------------------------------------------------------------


def test_the_problem_is_read_back_and_its_blanks_are_no_figures(made: list[Sheet], tmp_path: Path) -> None:
    for sheet in made[:5]:
        path = tmp_path / "sheet.toml"
        path.write_text(sheet.to_toml(), "utf-8")
        assert load(path) == sheet.problem
        assert figures(sheet.problem, tomllib.loads(sheet.to_toml())["work"]) == {}
        assert path.read_text("utf-8").partition("[work]")[2].count('""') == len(
            [*NetworkWorking(sheet.problem).cells()]
        )


def test_every_blank_has_a_place_in_the_order_of_the_working(made: list[Sheet], tmp_path: Path) -> None:
    for sheet in made[:5]:
        written = Writer(sheet.problem, sheet.decimals, ROUND_HALF_EVEN).sheet()
        instructions, _, blanks = sheet.to_toml().partition("[work]")
        for figure in written.figures.values():
            blanks = blanks.replace('""', figure.text, 1)
        (tmp_path / "sheet.toml").write_text(f"{instructions}[work]{blanks}", "utf-8")
        read = load_submission(tmp_path / "sheet.toml")
        assert read.figures == written.figures
        assert {mark.verdict for mark in mark_submission(read).marks} <= {"right", "rounding"}


def test_the_key_is_right_in_every_number(made: list[Sheet], tmp_path: Path) -> None:
    for sheet in made[:5]:
        (tmp_path / "key.toml").write_text(sheet.to_toml(answers=True), "utf-8")
        read = load_submission(tmp_path / "key.toml")
        marks = mark_submission(read).marks
        assert [mark.cell for mark in marks] == [*NetworkWorking(sheet.problem).cells()]
        assert {mark.verdict for mark in marks} == {"right"}
        assert {figure.places for figure in read.figures.values()} == {sheet.decimals}


def test_a_comment_says_what_each_quantity_is(made: list[Sheet]) -> None:
    lines = made[0].to_toml().partition("[work]")[2].splitlines()
    for quantity in solve(made[0].problem).steps[0].quantities:
        (place,) = (place for place, line in enumerate(lines) if line.startswith(f"{quantity.name} = "))
        assert lines[place - 1] == f"# {quantity.meaning}"


@pytest.mark.parametrize("title", TITLES, ids=range(len(TITLES)))
def test_any_title_is_text(or_gate: Problem, tmp_path: Path, title: str) -> None:
    sheet = Sheet(replace(or_gate, title=title), 4)
    (tmp_path / "sheet.toml").write_text(sheet.to_toml(), "utf-8")
    assert load(tmp_path / "sheet.toml") == replace(or_gate, title=printable(title))
    assert "<script>" not in sheet.to_html()
    assert "\\input" not in sheet.to_latex()


# Pages ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wishes",
    [{}, {"layers": (3, 4, 2), "activation": ("tanh", "relu"), "samples": 5}, {"decimals": 10, "samples": 8}],
    ids=names,
)
def test_a_page_has_a_cell_with_room_for_every_number(tab: Page, tmp_path: Path, wishes: dict[str, Any]) -> None:
    (sheet,) = made = sheets(**wishes)
    save(made, tmp_path)
    tab.set_viewport_size({"width": 800, "height": 900})
    answers = [decimal(number, sheet.decimals) for numbers in quantities(sheet).values() for number in numbers]
    for name, cells in [("sheet", [""] * len(answers)), ("key", answers)]:
        tab.goto((tmp_path / f"{name}_1.html").as_uri())
        shown = [text.replace("−", "-") for text in tab.locator("td").all_inner_texts()]
        # A matrix that is wider than the page goes on in a table of its own.
        assert sorted(shown) == sorted(cells)
        boxes = tab.eval_on_selector_all("td", "cells => cells.map(c => [c.offsetWidth, c.offsetHeight])")
        # A centimetre has 37.8 pixels.
        assert min(width for width, _ in boxes) >= 37 * 0.25 * (sheet.decimals + 3)
        assert min(height for _, height in boxes) >= 30
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert tab.locator("math").count() > 2 * len(sheet.problem.weights)
        assert "\\" not in tab.inner_text("main")
    assert tab.locator(".who").count() == 0


def test_the_usual_sheet_is_two_pages_of_paper(tab: Page, tmp_path: Path) -> None:
    save(sheets(), tmp_path)
    tab.emulate_media(color_scheme="dark")
    tab.goto((tmp_path / "sheet_1.html").as_uri())
    printed = tab.pdf(format="A4", prefer_css_page_size=True)
    tab.emulate_media(media="print", color_scheme="dark")
    # Dark ink, even where the screen is dark.
    assert tab.evaluate("getComputedStyle(document.querySelector('td')).color") == "rgb(0, 0, 0)"
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 2


def test_the_latex_is_ascii_and_has_every_answer(made: list[Sheet]) -> None:
    blank, key = made[0].to_latex(), made[0].to_latex(answers=True)
    assert blank.isascii()
    assert key.isascii()
    boxes = re.findall(r"\\makebox\[[^\]]*\]\{\\rule\[[^\]]*\]\{0pt\}\{[^}]*\}([^}]*)\}", key)
    numbers = [decimal(number, made[0].decimals) for numbers in quantities(made[0]).values() for number in numbers]
    # A minus, not a hyphen.
    assert sorted(boxes) == sorted(number.replace("-", "$-$") for number in numbers)
    assert not any(number in blank for number in numbers if len(number) > 6)


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs a TeX, which is large")
@pytest.mark.parametrize("answers", [False, True])
def test_the_latex_compiles_and_stays_within_its_margins(or_gate: Problem, tmp_path: Path, answers: bool) -> None:
    wide = sheets((3, 4, 2), ("tanh", "relu"), samples=8, decimals=8)
    many = replace(or_gate, X=((0.25, -1.0) * 20,) * 2, y=((0.0, 1.0) * 20,))
    titled = [Sheet(replace(or_gate, title=title), 4) for title in TITLES]
    for place, sheet in enumerate([*sheets(), *wide, Sheet(many, 4), *titled]):
        (tmp_path / "sheet.tex").write_text(sheet.to_latex(answers=answers), "utf-8")
        command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "sheet.tex"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
        assert done.returncode == 0, done.stdout[-2000:]
        assert b"Overfull \\hbox" not in done.stdout, place


# What cannot be made --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wishes", "message"),
    [
        ({"layers": (2,)}, "layers = (2,): from 2 to 4 numbers are needed, the inputs and each layer's neurons"),
        ({"layers": (2, 0)}, "layers = 0: a whole number from 1 to 6 is needed"),
        ({"layers": (2, True)}, "layers = True: a whole number from 1 to 6 is needed"),
        ({"activation": "softmax"}, "activation = 'softmax': one of linear, relu, sigmoid, tanh is needed"),
        ({"activation": "gelu"}, "activation = 'gelu': one of linear, relu, sigmoid, tanh is needed"),
        ({"activation": ["tanh"] * 3}, "activation = ['tanh', 'tanh', 'tanh']: one name is needed, or 2, one a layer"),
        ({"samples": 9}, "samples = 9: a whole number from 1 to 8 is needed"),
        ({"decimals": 0}, "decimals = 0: a whole number from 1 to 10 is needed"),
        ({"decimals": 2.0}, "decimals = 2.0: a whole number from 1 to 10 is needed"),
        ({"seed": -1}, f"seed = -1: a whole number from 0 to {2**63} is needed"),
        ({"variants": 0}, "variants = 0: a whole number from 1 to 1000 is needed"),
        (
            {"decimals": 1},
            "decimals = 1: no starting values were found with which all numbers keep a digit in layers 2,2,1, "
            "ask for more decimals, fewer samples or smaller layers",
        ),
        (
            {"layers": (2, 3, 3, 1), "decimals": 3},
            "decimals = 3: no starting values were found with which all numbers keep a digit in layers 2,3,3,1, "
            "ask for more decimals, fewer samples or smaller layers",
        ),
    ],
)
def test_an_error_says_which_argument_to_change(wishes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        sheets(**wishes)


@pytest.mark.parametrize("decimals", [0, 11, -1, 2.5, True])
def test_a_sheet_of_a_problem_of_ones_own_has_1_to_10_decimals(or_gate: Problem, decimals: Any) -> None:
    with pytest.raises(ValueError, match=rf"^decimals = {decimals}: a whole number from 1 to 10 is needed$"):
        Sheet(or_gate, decimals)


def test_a_sheet_of_an_expression_is_refused_in_a_sentence(root: Path) -> None:
    circuit: Any = chalkgrad.load(root / "demos" / "circuit.toml")
    with pytest.raises(TypeError, match="ExpressionProblem: a network's problem is needed"):
        Sheet(circuit, 4)


def test_nothing_is_written_where_a_file_is_in_the_way(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    save(sheets(), folder)
    assert sorted(path.name for path in folder.iterdir()) == [
        f"{name}_1.{ending}" for name in ("key", "sheet") for ending in ("html", "tex", "toml")
    ]
    (folder / "sheet_1.toml").write_text("my figures", "utf-8")
    for path in folder.glob("*.html"):
        path.unlink()
    with pytest.raises(FileExistsError, match="choose another folder"):
        save(sheets(), folder)
    assert (folder / "sheet_1.toml").read_text("utf-8") == "my figures"
    assert not [*folder.glob("*.html")]


# The command ----------------------------------------------------------------------------------------------------------


def test_the_command_writes_what_the_function_makes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "class"
    wishes = "--layers 2,3,1 --activation tanh,sigmoid --samples 3 --decimals 5 --seed 7 --variants 2 -o"
    assert main(["sheet", *wishes.split(), str(folder)]) == 0
    assert capsys.readouterr() == ("", f"The sheets and their answer keys are in {folder}.\n")
    save(sheets((2, 3, 1), ("tanh", "sigmoid"), samples=3, decimals=5, seed=7, variants=2), tmp_path / "expected")
    written = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert len(written) == 12
    assert written == {path.name: path.read_bytes() for path in (tmp_path / "expected").iterdir()}
    assert main(["mark", str(folder / "key_1.toml"), str(folder / "key_2.toml")]) == 0


def test_sheets_are_written_here_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["sheet", "-o", "."]) == 0
    assert len([*tmp_path.iterdir()]) == 6


def test_the_command_tells_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sheet", "--decimals", "1", "-o", str(tmp_path / "new")]) == 2
    assert capsys.readouterr().err.startswith("chalkgrad: decimals = 1: no starting values were found")
    assert not (tmp_path / "new").exists()
    (tmp_path / "file").touch()
    assert main(["sheet", "-o", str(tmp_path / "file" / "new")]) == 2
    assert re.fullmatch("chalkgrad: .*: cannot be written .*\n", capsys.readouterr().err)
    with pytest.raises(SystemExit):
        main(["sheet", "-o", ""])
    assert "argument -o/--output: '': a name is needed" in capsys.readouterr().err
    (tmp_path / "key_1.tex").symlink_to("nowhere")
    assert main(["sheet", "-o", str(tmp_path)]) == 2
    assert "key_1.tex: cannot be written (it is there already: choose another folder)" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--samples", "--decimals", "--seed", "--variants", "--layers"])
def test_a_number_out_of_range_is_refused_before_anything_is_done(
    option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    least, most = LIMITS[option.removeprefix("--")]
    with pytest.raises(SystemExit):
        main(["sheet", option, str(most + 1), "-o", str(tmp_path / "new")])
    assert f"'{most + 1}': a whole number from {least} to {most} is needed" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()
