"""The problem that was set: other problems are refused, and a submission need not repeat it."""

import csv
import io
from pathlib import Path

import pytest

import chalkgrad
from chalkgrad.assignment import difference, load_answer, load_assignment
from chalkgrad.classwork import Marksheet, Scheme, mark_file
from chalkgrad.cli import main
from chalkgrad.problem import ProblemError
from chalkgrad.working import Cell

Capture = pytest.CaptureFixture[str]

CHAIN = '[problem]\nsteps = ["q = x + y", "f = q * z"]\nx = -2\ny = 5\nz = -4\n'


@pytest.fixture
def set_problem(root: Path) -> str:
    return str(root / "demos" / "or_gate.toml")


@pytest.fixture(scope="module")
def sheet(root: Path) -> str:
    """The text of a file with the problem and a person's real figures."""
    return (root / "demos" / "or_gate_notes.toml").read_text("utf-8")


@pytest.fixture
def chain(tmp_path: Path) -> str:
    path = tmp_path / "chain.toml"
    path.write_text(CHAIN, "utf-8")
    return str(path)


def error(path: Path, content: str, problem: str) -> str:
    """What is said about a file when that problem was set."""
    path.write_text(content, "utf-8")
    result = mark_file(str(path), Scheme(), assignment=chalkgrad.load(problem))
    assert result.marking is None
    return result.error.removeprefix(f"{path}: ")


def test_work_on_the_problem_that_was_set_is_marked_as_ever(sheet: str, set_problem: str, tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(sheet.replace("title = ", "title = 'Mine: ' #"), "utf-8")
    with_it = mark_file(str(tmp_path / "a.toml"), Scheme(), assignment=chalkgrad.load(set_problem))
    assert with_it == mark_file(str(tmp_path / "a.toml"), Scheme())
    assert with_it.marking is not None


def test_work_alone_takes_the_problem_that_was_set(sheet: str, set_problem: str, tmp_path: Path) -> None:
    (tmp_path / "whole.toml").write_text(sheet, "utf-8")
    (tmp_path / "work.toml").write_text("[work]" + sheet.partition("\n[work]")[2], "utf-8")
    whole, work = (
        mark_file(str(tmp_path / name), Scheme(), assignment=chalkgrad.load(set_problem))
        for name in ("whole.toml", "work.toml")
    )
    # Every figure has the places that it was written with.
    assert work.marking == whole.marking
    assert work.marking is not None
    assert work.marking[Cell("A1", 1, 2)].figure.text == "0.690"


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("learning_rate = 0.5", "learning_rate = 0.3", "problem.learning_rate is 0.3, but 0.5"),
        ('activation = "sigmoid"', "activation = ['tanh', 'sigmoid']", "problem.activation is tanh, sigmoid, but "),
        ("W1 = [[0.2, 0.4]", "W1 = [[0.2, 0.40000001]", "problem.W1[0,1] is 0.40000001, but 0.4"),
        ("b2 = [0.5]", "b2 = [-0.5]", "problem.b2[0,0] is -0.5, but 0.5"),
        ("y = [[0, 1,", "y = [[1, 1,", "problem.y[0,0] is 1, but 0"),
    ],
)
def test_a_problem_with_other_numbers_is_an_error_of_that_file(
    old: str, new: str, complaint: str, sheet: str, set_problem: str, tmp_path: Path
) -> None:
    assert old in sheet
    said = error(tmp_path / "a.toml", sheet.replace(old, new), set_problem)
    assert said.startswith(complaint)
    assert said.endswith(" in the problem that was set: hand in work on that one")


def test_a_problem_of_another_shape_is_an_error_of_that_file(
    sheet: str, set_problem: str, chain: str, tmp_path: Path
) -> None:
    one_neuron = (
        '[problem]\nactivation = "sigmoid"\nlearning_rate = 0.5\nX = [[0, 0, 1, 1], [0, 1, 0, 1]]\n'
        "y = [[0, 1, 1, 1]]\nW1 = [[0.2, 0.4]]\nb1 = [0.3]\n[work]\nloss = 0.1\n"
    )
    one_sample = one_neuron.replace("[[0, 0, 1, 1], [0, 1, 0, 1]]", "[[0], [0]]").replace("[0, 1, 1, 1]", "[0]")
    path = tmp_path / "a.toml"
    assert error(path, one_neuron, set_problem).startswith("problem.layers is 2,1, but 2,2,1 in ")
    assert error(path, CHAIN + "[work]\nq = 3\n", set_problem).startswith("problem is an expression's, but a network's")
    assert error(path, sheet, chain).startswith("problem is a network's, but an expression's in ")
    (tmp_path / "four.toml").write_text(one_neuron, "utf-8")
    assert error(path, one_sample, str(tmp_path / "four.toml")).startswith("problem.samples is 1, but 4 in ")


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("q * z", "q + z", "problem.steps[1] is f=q+z, but f=q*z in "),
        ("z = -4", "z = 4", "problem.z is 4, but -4 in "),
        ("z = -4", "z = -4\nw = 1", "problem.w is 1, but missing in "),
        (', "f = q * z"', "", "problem.steps[1] is missing, but f=q*z in "),
    ],
)
def test_steps_and_inputs_of_an_expression_are_those_that_were_set(
    old: str, new: str, complaint: str, chain: str, tmp_path: Path
) -> None:
    assert error(tmp_path / "a.toml", CHAIN.replace(old, new) + "[work]\nq = 3\n", chain).startswith(complaint)


def test_neither_titles_nor_spaces_nor_ways_to_write_a_number_make_another_problem(chain: str, tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text("title = 'A'\n" + CHAIN.replace("q * z", "q*z").replace("z = -4", "z = -4.0") + "[work]\nq = 3")
    assert not difference(load_answer(path, None).problem, chalkgrad.load(chain))
    assert load_answer(path, chalkgrad.load(chain)).figures[Cell("q", 0, 0)].text == "3"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "work is "),
        ("[work]\n", "work is "),
        ("[work]\nq = ''\n", "work is "),
        ("work = 3", "work is "),
        ("problem = 3\n[work]\nq = 3", "problem is missing or not a table"),
        ("q = 3", "q is unknown: one of title, problem, work"),
        ("[work]\nA2 = 3", "work.A2 is unknown: one of q, f, "),
        ("[work]\nq = nan", "work.q[0,0] is nan: a number "),
        ("[work]\nq = [3", "is not TOML: "),
    ],
)
def test_work_alone_is_checked_as_ever(content: str, complaint: str, chain: str, tmp_path: Path) -> None:
    assert error(tmp_path / "a.toml", content, chain).startswith(complaint)


def test_without_a_problem_that_was_set_a_file_needs_its_own(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("[work]\nq = 3\n", "utf-8")
    assert "problem is missing" in mark_file(str(tmp_path / "a.toml"), Scheme()).error


def test_a_problem_too_large_to_mark_cannot_be_set(tmp_path: Path) -> None:
    steps = ", ".join(f'"s{i} = {"+".join(["x"] * 100)}"' for i in range(200))
    (tmp_path / "a.toml").write_text(f"[problem]\nx = 1\nsteps = [{steps}]\n", "utf-8")
    with pytest.raises(ProblemError, match=r"a\.toml: takes more than 6,000 operations"):
        load_assignment(tmp_path / "a.toml")


# The command ----------------------------------------------------------------------------------------------------------


def test_the_command_names_the_files_that_are_about_another_problem(
    sheet: str, set_problem: str, tmp_path: Path, capsys: Capture
) -> None:
    (tmp_path / "ada.toml").write_text("[work]\nloss = 0.0903\n", "utf-8")
    (tmp_path / "bo.toml").write_text(sheet.replace("learning_rate = 0.5", "learning_rate = 0"), "utf-8")
    table = tmp_path / "marks.csv"
    files = [str(tmp_path / name) for name in ("ada.toml", "bo.toml")]
    assert main(["mark", *files, "--problem", set_problem, "--csv", str(table)]) == 2
    ada, bo = csv.DictReader(io.StringIO(table.read_text("utf-8")))
    assert (ada["marks"], ada["error"]) == ("1", "")
    assert (bo["marks"], bo["note"]) == ("", "")
    told = f"{files[1]}: problem.learning_rate is 0, but 0.5 in the problem that was set: hand in work on that one"
    assert bo["error"] == told
    assert capsys.readouterr().err.splitlines()[0] == f"chalkgrad: {told}"


def test_a_problem_that_cannot_be_read_is_told_before_the_work(sheet: str, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "a.toml").write_text(sheet, "utf-8")
    assert main(["mark", str(tmp_path / "a.toml"), "--problem", str(tmp_path / "none.toml")]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"chalkgrad: {tmp_path / 'none.toml'}: cannot be read (")


def test_where_problems_differ_and_none_was_set_there_is_one_warning(
    sheet: str, tmp_path: Path, capsys: Capture
) -> None:
    files = [str(tmp_path / f"{name}.toml") for name in "abcd"]
    for file, rate in zip(files, ("0.5", "0.5", "0.25", "0.125"), strict=True):
        work = sheet.partition("\n[work]")[0].replace("learning_rate = 0.5", f"learning_rate = {rate}")
        Path(file).write_text(f"{work}\n[work]\nloss = 0.0903\n", "utf-8")
    table = tmp_path / "marks.csv"
    assert main(["mark", *files, "--csv", str(table)]) == 0
    why = f"problem.learning_rate is 0.25, but 0.5 in {files[0]}: say with --problem which one was set"
    assert capsys.readouterr().err == f"chalkgrad: {files[2]}: {why}\nThe marks are in {table}.\n"
    assert [row["note"] for row in csv.DictReader(io.StringIO(table.read_text("utf-8")))] == ["", "", f"{why}.", ""]
    assert main(["mark", *files[:2]]) == 0
    assert capsys.readouterr().err == ""


def test_a_file_that_cannot_be_marked_is_no_other_problem() -> None:
    marks = Marksheet()
    marks.add(mark_file("nowhere.toml", Scheme()))
    assert marks.warning == ""
