"""A class at once: ``chalkgrad mark`` on many files, mark schemes, the table of marks, and a page for each writer."""

import csv
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from chalkgrad.classwork import Marksheet, Result, Scheme, load_scheme, mark_file, marked
from chalkgrad.cli import main
from chalkgrad.problem import ProblemError

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def sheet(root: Path) -> str:
    """The text of a file with a person's real figures."""
    return (root / "demos" / "or_gate_notes.toml").read_text("utf-8")


@pytest.fixture
def class_of_three(tmp_path: Path, sheet: str) -> list[str]:
    """A sheet with slips, a sound one, and one that is no sheet."""
    (tmp_path / "ada.toml").write_text(sheet, "utf-8")
    (tmp_path / "bo.toml").write_text(sheet.partition("\n[work]")[0] + '\n[work]\nloss = 0.0903\nmse = ""\n', "utf-8")
    (tmp_path / "cy.toml").write_text("[work\n", "utf-8")
    return [str(tmp_path / name) for name in ("ada.toml", "bo.toml", "cy.toml")]


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def scheme(tmp_path: Path, text: str) -> Scheme:
    path = tmp_path / "scheme.toml"
    path.write_text(text, "utf-8")
    return load_scheme(path)


# The command ----------------------------------------------------------------------------------------------------------


def test_the_exit_status_says_whether_all_is_sound(class_of_three: list[str], capsys: Capture) -> None:
    ada, bo, cy = class_of_three
    assert main(["mark", bo]) == 0
    assert main(["mark", ada]) == main(["mark", bo, ada]) == 1
    assert main(["mark", cy]) == main(["mark", ada, cy, bo]) == 2


def test_a_bad_file_is_named_and_the_rest_is_marked(class_of_three: list[str], capsys: Capture) -> None:
    ada, bo, cy = class_of_three
    main(["mark", ada, cy, "nowhere.toml", bo])
    out, err = capsys.readouterr()
    assert "61 of 68 numbers are sound" in out
    assert "The only number is sound" in out
    complaints = err.splitlines()
    assert len(complaints) == 2
    assert complaints[0].startswith(f"chalkgrad: {cy}: is not TOML: ")
    assert complaints[1].startswith("chalkgrad: nowhere.toml: cannot be read (")


def test_json_is_a_line_for_each_file(class_of_three: list[str], capsys: Capture) -> None:
    main(["mark", "--json", *class_of_three])
    documents = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [document["file"] for document in documents] == class_of_three[:2]
    assert [len(document["numbers"]) for document in documents] == [68, 1]
    assert documents[1]["numbers"] == [
        {
            "quantity": "loss",
            "index": [],
            "written": "0.0903",
            "expected": pytest.approx(0.09034371),
            "from_own": pytest.approx(0.09034371),
            "verdict": "right",
            "hint": "",
        }
    ]


def test_all_shows_what_is_right_as_well(class_of_three: list[str], capsys: Capture) -> None:
    main(["mark", class_of_three[1]])
    assert "0.0903" not in capsys.readouterr().out
    main(["mark", class_of_three[1], "--all"])
    assert "0.0903" in capsys.readouterr().out


def test_a_class_gets_a_table_and_pages_and_no_text(class_of_three: list[str], tmp_path: Path, capsys: Capture) -> None:
    table, folder = tmp_path / "marks.csv", tmp_path / "pages" / "inside"
    assert main(["mark", *class_of_three, "--csv", str(table), "--feedback", str(folder)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.endswith(f"The marks are in {table}.\nThe pages are in {folder}.\n")
    ada, bo, cy = rows(table.read_bytes().decode("utf-8"))
    assert (ada["file"], ada["marks"], ada["of"]) == (class_of_three[0], "64", "68")
    assert (ada["A2"], ada["backpropagated1"], ada["loss"]) == ("3", "6", "1")
    assert (ada["first slip"], ada["hint"]) == ("A2[0,0]", "a digit is wrong: 2 for 1, in 0.752 for 0.751")
    assert (bo["marks"], bo["of"], bo["loss"], bo["A2"], bo["first slip"], bo["error"]) == ("1", "1", "1", "", "", "")
    assert (cy["marks"], cy["of"]) == ("", "")
    assert "is not TOML" in cy["error"]
    assert sorted(path.name for path in folder.iterdir()) == ["ada.html", "bo.html"]


def test_a_place_that_cannot_be_written_to_is_told_before_the_work(
    class_of_three: list[str], tmp_path: Path, capsys: Capture
) -> None:
    ada, bo, _ = class_of_three
    for option, place in (("--csv", tmp_path / "none" / "marks.csv"), ("--feedback", Path(ada))):
        assert main(["mark", bo, option, str(place)]) == 2
        assert capsys.readouterr().err.startswith(f"chalkgrad: {place}: cannot be ")


def test_on_a_terminal_there_are_tables_and_in_a_pipe_plain_text(
    class_of_three: list[str], capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    main(["mark", class_of_three[0]])
    assert "─" not in capsys.readouterr().out
    monkeypatch.setattr("chalkgrad.cli.is_terminal", lambda stream: True)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    main(["mark", class_of_three[0]])
    shown = capsys.readouterr().out
    assert "─" in shown
    assert "\x1b[" in shown


def test_a_terminal_without_the_signs_gets_others(class_of_three: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "chalkgrad", "mark", class_of_three[0]],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        check=False,
    )
    assert done.returncode == 1
    assert b"x slip" in done.stdout
    assert b"> follows" in done.stdout


# Many files -----------------------------------------------------------------------------------------------------------


def test_several_processes_find_the_same_in_the_same_order(tmp_path: Path, class_of_three: list[str]) -> None:
    files = [*class_of_three * 12, str(tmp_path / "nowhere.toml")]
    alone, together = (list(marked(files, Scheme(), processes=processes)) for processes in (1, 2))
    assert [result.file for result in together] == files
    assert together == alone


def test_results_come_while_files_are_still_to_be_marked(class_of_three: list[str]) -> None:
    results = marked(class_of_three * 100_000, Scheme(), processes=2)
    assert next(results).file == class_of_three[0]
    results.close()  # type: ignore[attr-defined]


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="this system has no groups of processes")
def test_control_c_ends_with_one_line_even_while_processes_start(tmp_path: Path, class_of_three: list[str]) -> None:
    # A terminal sends it to all processes at once; here the first one to start does, before anything else.
    (tmp_path / "sitecustomize.py").write_text(
        "import contextlib, os, signal, sys\n"
        "if 'spawn_main' in str(sys.orig_argv):\n"
        "    with contextlib.suppress(FileExistsError):\n"
        "        os.mkdir(os.path.join(os.path.dirname(__file__), 'sent'))\n"
        "        os.killpg(0, signal.SIGINT)\n",
        "utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-m", "chalkgrad", "mark", *class_of_three * 20, "--csv", str(tmp_path / "marks.csv")],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        start_new_session=True,
        check=False,
    )
    assert done.returncode == 130
    assert [line for line in done.stderr.splitlines() if "cy.toml" not in line] == ["chalkgrad: stopped"]
    assert not (tmp_path / "marks.csv").exists()


def test_pages_of_one_name_do_not_overwrite_each_other(tmp_path: Path, sheet: str) -> None:
    files = []
    for folder in ("a", "b", "c"):
        (tmp_path / folder).mkdir()
        files.append(tmp_path / folder / ("Work.toml" if folder == "c" else "work.toml"))
        files[-1].write_text(sheet.replace("OR gate", f"Sheet {folder}"), "utf-8")
    pages = tmp_path / "pages"
    pages.mkdir()
    assert all(not result.error for result in marked([*map(str, files)], Scheme(), str(pages)))
    assert sorted(path.name for path in pages.iterdir()) == ["Work-3.html", "work-2.html", "work.html"]
    assert "Sheet b" in (pages / "work-2.html").read_text("utf-8")


def test_a_page_that_is_no_feedback_is_left_as_it_is(
    class_of_three: list[str], tmp_path: Path, capsys: Capture
) -> None:
    page = tmp_path / "ada.html"
    page.write_text("<h1>A sheet to print</h1>", "utf-8")
    assert main(["mark", class_of_three[0], "--feedback", str(tmp_path)]) == 2
    assert "ada.html: cannot be written (it is there already and is no feedback" in capsys.readouterr().err
    assert page.read_text("utf-8") == "<h1>A sheet to print</h1>"
    page.unlink()
    # One from last time is no hindrance.
    assert main(["mark", class_of_three[0], "--feedback", str(tmp_path)]) == 1
    assert main(["mark", class_of_three[0], "--feedback", str(tmp_path)]) == 1


@pytest.mark.parametrize("name", ["ada.toml", "../{}/ada.toml", "new.toml", "scheme.txt", "link.csv"])
def test_the_table_takes_no_submissions_place(
    name: str, class_of_three: list[str], tmp_path: Path, capsys: Capture
) -> None:
    (tmp_path / "scheme.txt").write_text("[credit]\nslip = 0.1\n", "utf-8")
    (tmp_path / "link.csv").symlink_to("ada.toml")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    table = str(tmp_path / name.format(tmp_path.name))
    with pytest.raises(SystemExit) as ended:
        main(["mark", class_of_three[0], "--scheme", str(tmp_path / "scheme.txt"), "--csv", table])
    assert ended.value.code == 2
    assert "a name of its own" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_table_that_is_a_folder_is_told_before_the_work(
    class_of_three: list[str], tmp_path: Path, capsys: Capture
) -> None:
    assert main(["mark", *class_of_three, "--csv", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"chalkgrad: {tmp_path}: cannot be written (it is a folder)\n"


@pytest.mark.parametrize("option", ["--csv", "--feedback", "--scheme", "--problem"])
def test_an_empty_name_is_not_taken_for_none(option: str, class_of_three: list[str], capsys: Capture) -> None:
    with pytest.raises(SystemExit):
        main(["mark", class_of_three[0], option, ""])
    assert f"argument {option}: '': a name is needed" in capsys.readouterr().err


def test_whatever_a_file_brings_up_is_its_own_error(class_of_three: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RecursionError("maximum recursion depth exceeded")

    monkeypatch.setattr("chalkgrad.classwork.mark_submission", fails)
    result = mark_file(class_of_three[0], Scheme())
    assert result.marking is None
    assert result.error.startswith(f"{class_of_three[0]}: cannot be marked (RecursionError: maximum recursion")


# Mark schemes ---------------------------------------------------------------------------------------------------------


def test_a_scheme_shares_out_what_a_quantity_is_worth(class_of_three: list[str], tmp_path: Path) -> None:
    chosen = scheme(tmp_path, "[marks]\nA2 = 8\ndelta1 = 4\nloss = 0.5\n[credit]\nfollows = 0.5\nrounding = 0.9\n")
    ada, bo = (mark_file(file, chosen).score for file in class_of_three[:2])
    # Three of four are right; of eight four are right, two within rounding, and two follow.
    assert ada == {"A2": (6.0, 8.0), "delta1": (pytest.approx(4 * (4 + 1.8 + 1.0) / 8), 4.0), "loss": (0.5, 0.5)}
    # What was not written gets nothing.
    assert bo == {"A2": (0.0, 8.0), "delta1": (0.0, 4.0), "loss": (0.5, 0.5)}


def test_without_a_scheme_each_written_number_has_a_mark_unless_it_is_a_slip(class_of_three: list[str]) -> None:
    score = mark_file(class_of_three[0], Scheme()).score
    assert score["backpropagated1"] == (6.0, 8.0)
    assert score["delta1"] == (8.0, 8.0)
    assert [sum(column) for column in zip(*score.values(), strict=True)] == [64.0, 68.0]


def test_a_scheme_of_credits_alone_counts_every_written_number(class_of_three: list[str], tmp_path: Path) -> None:
    chosen = scheme(tmp_path, "[credit]\nfollows = 0\nslip = 0.5\n")
    assert mark_file(class_of_three[0], chosen).score["delta1"] == (6.0, 8.0)
    assert mark_file(class_of_three[0], chosen).score["A2"] == (3.5, 4.0)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[mark]\nA2 = 1", "mark is unknown: a table [marks], [credit] or [decimals] is expected"),
        ("marks = 3", "marks is 3: a table [marks] is expected"),
        ("[marks]\nA2 = -1", "marks.A2 is -1: a number from 0 to 1000 is expected"),
        ("[marks]\nA2 = nan", "marks.A2 is nan: a number from 0 to 1000 is expected"),
        ("[marks]\nA2 = true", "marks.A2 is True: a number from 0 to 1000 is expected"),
        ("[marks]\nA2 = '1'", "marks.A2 is '1': a number from 0 to 1000 is expected"),
        ("[credit]\nright = 2", "credit.right is 2: a number from 0 to 1 is expected"),
        ("[credit]\nalmost = 1", "credit.almost is unknown: one of right, rounding, follows, slip, coarse is expected"),
        ("[decimals]\nA2 = 2.5", "decimals.A2 is 2.5: a whole number is expected"),
        ("[decimals]\nA2 = -1", "decimals.A2 is -1: a number from 0 to 15 is expected"),
        ("decimals = 3", "decimals is 3: a table [decimals] is expected"),
        ("[marks", "is not a mark scheme in TOML: Expected ']'"),
        ("a = " + "[" * 9999, "is not a mark scheme in TOML: maximum recursion depth"),
    ],
)
def test_a_wrong_scheme_is_refused_before_the_work(
    text: str, complaint: str, class_of_three: list[str], tmp_path: Path, capsys: Capture
) -> None:
    path = tmp_path / "scheme.toml"
    path.write_text(text, "utf-8")
    assert main(["mark", class_of_three[0], "--scheme", str(path)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"chalkgrad: {path}: {complaint}")


def test_a_scheme_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(ProblemError, match=rf"^{re.escape(str(path))}: cannot be read \("):
            load_scheme(path)


@pytest.mark.parametrize(("table", "name"), [("marks", "A3"), ("decimals", "A3"), ("marks", "default")])
def test_a_scheme_for_other_quantities_is_told_file_by_file(
    table: str, name: str, class_of_three: list[str], tmp_path: Path
) -> None:
    result = mark_file(class_of_three[0], scheme(tmp_path, f"[{table}]\n{name} = 1\n"))
    assert result.error.startswith(f"{class_of_three[0]}: the mark scheme names '{name}': one of Z1, A1, ")


CHAIN = """
[problem]
steps = ["q = a * b", "r = q / 3", "s = r - 1", "f = r * r"]
a = 0.5
b = 3.0
[work]
"""


@pytest.fixture
def coarse(tmp_path: Path) -> str:
    """Work in which all but the last two numbers are exact for its writer, who took 1.5/3 for 0.7."""
    path = tmp_path / "coarse.toml"
    path.write_text(
        CHAIN + "q = 1.5\nr = 0.7\ns = -0.3\nf = 0.49\n'df/dr' = 1.4\n'df/dq' = 0.47\n'df/da' = 1.4\n", "utf-8"
    )
    return str(path)


def test_too_few_decimals_get_the_credit_set_for_them(coarse: str, tmp_path: Path) -> None:
    asked = "[decimals]\ndefault = 3\n'df/dq' = 2\n"
    score = mark_file(coarse, scheme(tmp_path, asked)).score
    assert {name: got for name, (got, _) in score.items()} == {
        "q": 1.0,  # Exact.
        "r": 0.0,  # A slip.
        "s": 1.0,  # Exact by the writer's own r, as f and df/dr are.
        "f": 1.0,
        "df/dr": 1.0,
        "df/dq": 1.0,  # As many as asked for.
        "df/da": 0.0,  # 1.41, and that to three.
    }
    half = mark_file(coarse, scheme(tmp_path, "[credit]\ncoarse = 0.5\n[decimals]\n'df/dq' = 3"))
    assert half.score["df/dq"] == (0.5, 1.0)
    assert half.note == "1 number with too few decimals: 1 of df/dq (3 asked for)."


def test_decimals_count_for_every_written_form(class_of_three: list[str], tmp_path: Path) -> None:
    ada = Path(class_of_three[0])
    for text, lost in (("0.18", 1), ("0.181", 0), ("'18.1e-2'", 0), ("'181e-3'", 0), ("0.1807", 0)):
        ada.write_text(ada.read_text("utf-8").partition("\n[work]")[0] + f"\n[work]\nmse = {text}\n", "utf-8")
        result = mark_file(str(ada), scheme(tmp_path, "[decimals]\nmse = 3"))
        assert result.score["mse"] == (1.0 - lost, 1.0), text


def test_a_bare_zero_has_no_decimals_unless_it_is_exact(tmp_path: Path) -> None:
    path = tmp_path / "zero.toml"
    path.write_text("[problem]\nsteps = ['q = a - a', 'f = q * b']\na = 2\nb = 3\n[work]\nq = 0\nf = 0\n", "utf-8")
    assert mark_file(str(path), scheme(tmp_path, "[decimals]\ndefault = 4")).note == ""
    path.write_text("[problem]\nsteps = ['q = a * b']\na = 1e-13\nb = 3\n[work]\nq = 0\n", "utf-8")
    assert "1 of q (4 asked for)" in mark_file(str(path), scheme(tmp_path, "[decimals]\ndefault = 4")).note


def test_too_few_decimals_are_told_in_the_table_and_on_the_page(
    class_of_three: list[str], tmp_path: Path, capsys: Capture
) -> None:
    (tmp_path / "scheme.toml").write_text("[marks]\nA2 = 4\nE = 4\n[decimals]\ndefault = 4\nE = 2\n", "utf-8")
    options = ["--scheme", str(tmp_path / "scheme.toml"), "--csv", str(tmp_path / "a.csv"), "--feedback", str(tmp_path)]
    assert main(["mark", class_of_three[0], *options]) == 1
    (row,) = rows((tmp_path / "a.csv").read_text("utf-8"))
    # A2[0,0] is a slip, E has more than enough, and what has no marks is not spoken of.
    sentence = "3 numbers with too few decimals: 3 of A2 (4 asked for)."
    assert row["note"] == sentence
    assert (row["A2"], row["E"]) == ("0", "3")
    assert sentence in (tmp_path / "ada.html").read_text("utf-8")


# The table ------------------------------------------------------------------------------------------------------------


def table(*results: Result) -> str:
    marks = Marksheet()
    for result in results:
        marks.add(result)
    return marks.to_csv()


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", " =", "\ufeff="])
def test_no_cell_is_a_formula(start: str) -> None:
    hostile = f'{start}HYPERLINK("http://x";1)'
    text = table(Result(f"{hostile}.toml", score={hostile: (1.0, 1.0)}, error=hostile))
    for row in csv.reader(io.StringIO(text, newline="")):
        for cell in row:
            assert not cell.lstrip().startswith(tuple("=+-@\t\r\n＝＋－＠")), cell
    # Quoted, it is one cell to a reader that takes semicolons for commas as well.
    assert all(row.count('"') % 2 == 0 for row in text.split("\r\n"))


def test_the_table_is_as_rfc_4180_has_it(class_of_three: list[str]) -> None:
    text = table(*(mark_file(file, Scheme()) for file in class_of_three))
    assert text.endswith("\r\n")
    assert text.count("\n") == text.count("\r\n") == 4
    assert len({len(row) for row in csv.reader(io.StringIO(text, newline=""))}) == 1
    # Numbers are no text to a spreadsheet.
    assert f'"{class_of_three[0]}",64,68,8,8,4,3,' in text


def test_fractions_of_marks_are_numbers() -> None:
    text = table(Result("a", score={"A1": (2 / 3, 1.0), "A2": (0.25, 2.5)}))
    assert text.splitlines()[1] == '"a",0.9167,3.5,0.6667,0.25,"","","",""'


def test_quantities_of_different_problems_have_columns_of_their_own(tmp_path: Path, class_of_three: list[str]) -> None:
    path = tmp_path / "chain.toml"
    path.write_text('[problem]\nx = 2\nsteps = ["q = 3*x", "f = q*q"]\n[work]\nq = 6\n"df/dq" = 13\n', "utf-8")
    first, second = rows(table(*(mark_file(file, Scheme()) for file in (class_of_three[1], str(path)))))
    assert (first["loss"], first["q"], first["df/dq"]) == ("1", "", "")
    assert (second["loss"], second["q"], second["df/dq"], second["first slip"]) == ("", "1", "0", "df/dq")
