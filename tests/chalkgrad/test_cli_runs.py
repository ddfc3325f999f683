"""``chalkgrad solve`` with its layouts, notations and files, and ``chalkgrad diff``."""

import json
import re
from pathlib import Path

import pytest

import chalkgrad
import viz
from autograd import parse
from chalkgrad.cli import main
from chalkgrad.documents import to_html, to_latex
from chalkgrad.record import Run, load_run


@pytest.fixture
def or_gate(root: Path) -> str:
    return str(root / "demos" / "or_gate.toml")


@pytest.mark.parametrize("layout", ["matrix", "samples"])
@pytest.mark.parametrize("notation", ["ours", "mazur", "han"])
def test_layout_and_notation_are_chosen_for_every_format(
    or_gate: str, layout: str, notation: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    solution = chalkgrad.solve(chalkgrad.load(or_gate))
    wishes = [or_gate, "--layout", layout, "--notation", notation]
    assert main(["solve", *wishes]) == 0
    assert capsys.readouterr().out == chalkgrad.to_text(solution, layout=layout, notation=notation)
    assert main(["solve", *wishes, "--markdown"]) == 0
    assert capsys.readouterr().out == chalkgrad.to_markdown(solution, layout=layout, notation=notation)
    page, document = tmp_path / "o.html", tmp_path / "o.tex"
    assert main(["solve", *wishes, "--html", str(page), "--latex", str(document)]) == 0
    seen = capsys.readouterr()
    assert seen.out == ""
    assert re.findall(r"The working is in .*o\.(\w+)\.", seen.err) == ["html", "tex"]
    assert page.read_text("utf-8") == to_html(solution, layout=layout, notation=notation)
    assert document.read_text("utf-8") == to_latex(solution, layout=layout, notation=notation)


def test_a_run_is_saved_beside_what_is_printed(
    or_gate: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "run.json"
    assert main(["solve", or_gate, "--steps", "3", "--decimals", "2", "--save", str(path)]) == 0
    seen = capsys.readouterr()
    solution = chalkgrad.solve(chalkgrad.load(or_gate), 3)
    assert seen.out == chalkgrad.to_text(solution, 2)
    assert seen.err == f"The numbers are in {path}.\n"
    assert load_run(path) == Run.of(solution)


@pytest.mark.parametrize("second", ["o.html", "./o.html", "link.html"])
def test_two_things_are_not_written_to_one_file(
    or_gate: str, second: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("link.html").symlink_to("o.html")
    with pytest.raises(SystemExit) as ended:
        main(["solve", or_gate, "--html", "o.html", "-o", second])
    assert ended.value.code == 2
    assert f"{second} would be written over: give each file a name of its own" in capsys.readouterr().err
    assert not Path("o.html").exists()


def test_the_problem_is_not_written_over(root: Path, tmp_path: Path) -> None:
    path = tmp_path / "problem.json"
    path.write_bytes((root / "demos" / "or_gate.toml").read_bytes())
    with pytest.raises(SystemExit):
        main(["solve", str(path), "--save", str(path)])
    assert path.read_bytes() == (root / "demos" / "or_gate.toml").read_bytes()


def test_nothing_is_printed_where_a_file_cannot_be_written(
    or_gate: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for option, name in (("--html", "o.html"), ("--latex", "o.tex"), ("--save", "o.json")):
        path = tmp_path / "none" / name
        assert main(["solve", or_gate, option, str(path)]) == 2
        seen = capsys.readouterr()
        assert seen.out == ""
        assert seen.err == f"chalkgrad: {path}: cannot be written (No such file or directory)\n"


@pytest.mark.parametrize("wish", ["--html=o.txt", "--latex=o.html", "--save=o.toml", "--layout=rows", "--notation=x"])
def test_a_wish_that_is_not_known_is_told(or_gate: str, wish: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["solve", or_gate, wish])
    assert ended.value.code == 2
    assert f"argument {wish.partition('=')[0]}: " in capsys.readouterr().err


def test_diff_says_in_its_status_whether_two_runs_are_the_same(
    or_gate: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.toml"
    other.write_text(Path(or_gate).read_text("utf-8").replace("b2 = [0.5]", "b2 = [0.25]"), encoding="utf-8")
    a, b, c = (str(tmp_path / name) for name in ("a.json", "b.json", "c.json"))
    for problem, path in ((or_gate, a), (or_gate, b), (str(other), c)):
        assert main(["solve", problem, "--save", path]) == 0
    capsys.readouterr()
    assert main(["diff", a, b]) == 0
    assert capsys.readouterr().out == "The runs are the same to the bit.\n"
    assert main(["diff", a, c]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("given: b2[0,0] is 0.5, and 0.25 in the second run: a difference of -0.25, 4,503,5")
    assert lines[1].startswith(
        "the runs part in step 1 of 1: Z2[0,0] is 1.1032526054457763, and 0.8532526054457763 in "
    )
    assert len(lines) == 3


def test_diff_tells_of_a_file_that_it_cannot_read(
    or_gate: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["diff", or_gate, or_gate]) == 2
    seen = capsys.readouterr()
    assert seen.out == ""
    assert seen.err.startswith(f"chalkgrad: {or_gate}: is not JSON: ")
    assert main(["diff", str(tmp_path / "a.json"), or_gate]) == 2
    assert "a.json: cannot be read (No such file or directory): give the path of" in capsys.readouterr().err


def test_an_expressions_problem_is_solved_by_writing_both_passes_down(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    circuit = str(root / "demos" / "circuit.toml")
    problem = chalkgrad.load(circuit)
    assert isinstance(problem, chalkgrad.ExpressionProblem)
    working = viz.derivation(parse(problem.text, **problem.inputs), decimals=2)
    assert main(["solve", circuit, "--decimals", "2"]) == 0
    assert capsys.readouterr().out == f"# A circuit of two gates\n\n{working.to_markdown()}"
    page, picture = tmp_path / "c.htm", tmp_path / "c.svg"
    assert main(["solve", circuit, "--decimals", "2", "--html", str(page), "-o", str(picture)]) == 0
    assert page.read_text("utf-8") == working.to_html()
    assert "grad" in picture.read_text("utf-8")
    assert main(["trace", circuit]) == 0
    assert "df/df = 1" in capsys.readouterr().out
    assert main(["solve", circuit, "--steps", "2"]) == 2
    assert "go with a network's problem, and this is an expression's" in capsys.readouterr().err


def test_an_expressions_problem_has_its_title_as_text_or_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.toml"
    for title, heading in (("", "### Given"), ("a *b*\n<i>", r"# a \*b\*\\n\<i\>")):
        path.write_text(f"title = {json.dumps(title)}\n[problem]\nx = 2\nsteps = ['f = x * x']\n", "utf-8")
        assert main(["solve", str(path)]) == 0
        assert capsys.readouterr().out.splitlines()[0] == heading
