"""Files that no student hands in by mistake: each is refused in a sentence about it, and nothing else happens."""

import csv
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from chalkgrad.classwork import Scheme, mark_file, marked
from chalkgrad.cli import main

NETWORK = '[problem]\nactivation = "sigmoid"\nlearning_rate = 0.5\n'


@pytest.fixture(scope="module")
def sheet(root: Path) -> str:
    """The text of a file with a person's real figures."""
    return (root / "demos" / "or_gate_notes.toml").read_text("utf-8")


def error(path: Path, content: str | bytes | None = None) -> str:
    """What is said about a file, without its name."""
    if content is not None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    result = mark_file(str(path), Scheme())
    assert result.marking is None
    assert result.error.startswith(f"{path}: ")
    assert result.error.isprintable()
    assert len(result.error) < 500
    return result.error.removeprefix(f"{path}: ")


def matrix(rows: int, columns: int, number: str = "0.5") -> str:
    return f"[{', '.join(['[' + ', '.join([number] * columns) + ']'] * rows)}]"


def network(*sizes: int, samples: int = 1) -> str:
    """A network's problem with layers of these sizes."""
    text = NETWORK + f"X = {matrix(sizes[0], samples)}\ny = {matrix(sizes[-1], samples)}\n"
    for layer, (before, after) in enumerate(pairwise(sizes), 1):
        text += f"W{layer} = {matrix(after, before, '0.1')}\nb{layer} = {matrix(1, after)[1:-1]}\n"
    return text


@pytest.mark.parametrize(
    "number",
    ["nan", "-inf", "1e400", "9.9e99", "1e-300", "'1e-999999999'", "'1e99999999999'", "0." + "9" * 100_000, "true"],
)
def test_a_number_that_nobody_writes_is_refused(number: str, sheet: str, tmp_path: Path) -> None:
    complaint = error(tmp_path / "a.toml", sheet.replace("mse = 0.181", f"mse = {number}"))
    assert complaint.startswith("work.mse[0,0] is ")
    assert "a number" in complaint


@pytest.mark.parametrize(
    "text",
    [
        "0x1F",
        "1_0.5",
        "0.7_5",
        "٠٫٧٥",
        "٠.٧٥",
        "０.７５",
        "1,234.5",
        "1.234,5",
        "1,234,567",
        "--1",
        "1e",
        ".",
        ",",
        "½",
    ],
)
def test_other_than_plain_decimal_digits_are_refused(text: str, sheet: str, tmp_path: Path) -> None:
    complaint = error(tmp_path / "a.toml", sheet.replace("mse = 0.181", f"mse = '{text}'"))
    assert complaint == f"work.mse[0,0] is {text}: a number in the digits 0 to 9 is expected, as in -0.056"


@pytest.mark.parametrize("number", ["1_0.5", "0.1_81"])
def test_underscores_that_toml_allows_are_refused_as_well(number: str, sheet: str, tmp_path: Path) -> None:
    complaint = error(tmp_path / "a.toml", sheet.replace("mse = 0.181", f"mse = {number}"))
    assert complaint.startswith(f"work.mse[0,0] is {number}: a number in the digits 0 to 9 is expected")


@pytest.mark.parametrize(
    "text", ["123456789012.1234567890123456", "1e15", "0." + "9" * 25, "9" * 15 + ".99999999999999"]
)
def test_a_number_of_all_the_digits_that_are_read_is_marked(text: str, sheet: str, tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text(sheet.replace("mse = 0.181", f"mse = '{text}'"), "utf-8")
    marking = mark_file(str(path), Scheme()).marking
    assert marking is not None
    assert [mark.verdict for mark in marking.marks if mark.cell.quantity == "mse"] == ["slip"]


def test_a_text_of_many_digits_and_no_number_is_refused_at_once(sheet: str, tmp_path: Path) -> None:
    complaint = error(tmp_path / "a.toml", sheet.replace("mse = 0.181", f"mse = '{'9' * 150_000}x'"))
    assert complaint.startswith("work.mse[0,0] is 999")


@pytest.mark.parametrize("text", ["0e3", "0e15", "-0e9", "2e3"])
def test_an_exponent_does_not_make_a_number_stand_for_anything(text: str, sheet: str, tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text(sheet.replace("mse = 0.181", f"mse = '{text}'"), "utf-8")
    marking = mark_file(str(path), Scheme()).marking
    assert marking is not None
    assert [mark.verdict for mark in marking.marks if mark.cell.quantity == "mse"] == ["slip"]


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("A2 = [[0.752, 0.770, 0.762]]", "work.A2[0] has 3 numbers: 4 expected"),
        ("A2 = [[0.752], [0.770], [0.762], [0.778]]", "work.A2 has 4 rows: 1 row of 4 is expected"),
        ("A2 = 0.752", "work.A2 has 0.752: 1 row of 4 is expected"),
        ("A2 = []", "work.A2[0] has 0 numbers: 4 expected"),
        ("A2 = [[[[0.752]]]]", "work.A2[0] has 1 number: 4 expected"),
        ("A2 = { x = 1 }", "work.A2 has "),
        ("A2 = 2026-01-01", "work.A2 has "),
        (
            "A2 = [['=1+1', '', '', '']]",
            "work.A2[0,0] is =1+1: a number in the digits 0 to 9 is expected, as in -0.056",
        ),
        ("A2 = [['__import__(\"os\")', '', '', '']]", "work.A2[0,0] is "),
        ("A3 = 1", "work.A3 is unknown: one of Z1, "),
        ("'../../etc/passwd' = 1", "work.../../etc/passwd is unknown"),
        ("A2 = [[1]]\nA2 = [[1]]", "is not TOML: Cannot overwrite a value"),
        ("[work]\nmse = 1", "is not TOML: Cannot declare ('work',) twice"),
    ],
)
def test_wrong_shapes_and_keys_are_named(written: str, complaint: str, sheet: str, tmp_path: Path) -> None:
    before = sheet.partition("\n[work]\n")[0]
    assert error(tmp_path / "a.toml", f"{before}\n[work]\n{written}\n").startswith(complaint)


def test_work_that_is_no_table_is_refused(sheet: str, tmp_path: Path) -> None:
    before = sheet.partition("\n[work]\n")[0]
    for text in (before, f"work = 1\n{before}", f"{before}\n[work]\n"):
        assert error(tmp_path / "a.toml", text).startswith("work is missing or empty")


@pytest.mark.parametrize("written", ["mse = ''", "mse = ' '", "A2 = [['', '', '', '']]\nmse = ''"])
def test_work_with_nothing_written_in_it_is_refused(written: str, sheet: str, tmp_path: Path) -> None:
    before = sheet.partition("\n[work]\n")[0]
    complaint = error(tmp_path / "a.toml", f"{before}\n[work]\n{written}\n")
    assert complaint == 'work is blank: put what was written between the quotation marks, as in "0.690"'


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "latin-1", "cp037"])
def test_another_encoding_is_told(encoding: str, sheet: str, tmp_path: Path) -> None:
    text = sheet.replace("OR gate", "Aufgabe für alle")
    assert "save the file as UTF-8" in error(tmp_path / "a.toml", text.encode(encoding))


def test_windows_line_ends_and_a_byte_order_mark_do_no_harm(sheet: str, tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(b"\xef\xbb\xbf" + sheet.replace("\n", "\r\n").encode())
    assert mark_file(str(path), Scheme()).marking is not None


@pytest.mark.parametrize(
    "text",
    [
        "q = " + "[" * 50_000,
        "q = " + "{a = " * 30_000,
        "a" + ".a" * 50_000 + " = 1",
        '"a,"' + '."a,"' * 30_000 + " = 1",
        "[a" + ".a" * 50_000 + "]",
        "q = '''" + "x" * 100_000,
        "\x00" * 100_000,
        "9" * 100_000,
        "q = " + "9" * 100_000,
        "".join(f"k{i} = 1\n" for i in range(10_000)),
        "".join(f"[t{i}]\n" for i in range(10_000)),
    ],
    ids=["lists", "tables", "dots", "quoted dots", "header", "text", "zeros", "digits", "number", "keys", "headers"],
)
def test_nesting_and_repetition_end_at_once(text: str, sheet: str, tmp_path: Path) -> None:
    assert error(tmp_path / "a.toml", f"{text}\n{sheet}")


@pytest.mark.parametrize(
    "expression",
    ["(" * 150 + "x" + ")" * 150, "x" + " + 1" * 20_000, "-" * 150 + "x"],
    ids=["brackets", "sum", "signs"],
)
def test_a_slip_in_a_long_or_nested_step_is_marked_all_the_same(expression: str, tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text(f'[problem]\nx = 1.5\nsteps = ["q = {expression}"]\n[work]\nq = 7.25\n')
    marking = mark_file(str(path), Scheme()).marking
    assert marking is not None
    assert [mark.verdict for mark in marking.marks] == ["slip"]


@pytest.mark.parametrize(
    "problem",
    [
        network(30, 30, 30, samples=20),
        network(100, 100),
        network(1, 1, samples=9_000),
        '[problem]\nx = 1.5\nsteps = ["q0 = x", '
        + ", ".join(f'"q{i} = {"*".join(["q0"] * 20)}"' for i in range(1, 300))
        + "]\n",
    ],
    ids=["layers", "neurons", "samples", "steps"],
)
def test_more_work_than_a_person_does_is_refused(problem: str, tmp_path: Path) -> None:
    written = "q0 = 1.5" if "steps" in problem else "loss = 0.1"
    complaint = error(tmp_path / "a.toml", f"{problem}[work]\n{written}\n")
    assert complaint == "takes more than 6,000 operations to work out: give a smaller problem"


def test_a_million_cells_are_refused_unread(sheet: str, tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="this system does not tell how much memory a process takes")
    path = tmp_path / "a.toml"
    path.write_text(f"{sheet}\nq = {matrix(1000, 1000, '0')}\n", "utf-8")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert error(path) == "has more than 200,000 bytes: nobody writes that much by hand"
    # In kilobytes; on a Mac in bytes, where it says less.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


def test_a_hundred_layers_with_nothing_written_between_are_worked_out(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text(f"{network(*[1] * 101)}[work]\nloss = 0.1\nW1_new = 0.1\n", "utf-8")
    result = mark_file(str(path), Scheme())
    assert result.error == ""


def test_numbers_beyond_all_bounds_are_marked_without_an_exception(sheet: str, tmp_path: Path) -> None:
    for given in ("1e308, 1e308", "1e-308, -1e308", "0.0, -0.0"):
        path = tmp_path / "a.toml"
        path.write_text(sheet.replace("[[0.2, 0.4]", f"[[{given}]"), "utf-8")
        result = mark_file(str(path), Scheme(), tmp_path / "a.html")
        assert result.error == ""
        assert (tmp_path / "a.html").exists()


# Files that are no files ----------------------------------------------------------------------------------------------


def test_links_that_lead_nowhere_or_round_and_round_are_told(tmp_path: Path) -> None:
    (tmp_path / "loop.toml").symlink_to("loop.toml")
    (tmp_path / "dangling.toml").symlink_to("nothing.toml")
    for name in ("loop.toml", "dangling.toml"):
        assert error(tmp_path / name).startswith("cannot be read (")


def test_a_link_to_a_sheet_is_read(tmp_path: Path, root: Path) -> None:
    (tmp_path / "a.toml").symlink_to(root / "demos" / "or_gate_notes.toml")
    assert mark_file(str(tmp_path / "a.toml"), Scheme()).marking is not None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
@pytest.mark.parametrize("kind", ["pipe", "link to a pipe", "/dev/zero", "/dev/tty", "folder"])
def test_nobody_waits_for_what_is_no_regular_file(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "link to a pipe":
        os.mkfifo(tmp_path / "pipe")
        path.symlink_to("pipe")
    else:
        path.symlink_to(kind)
    # In a process of its own, which can be stopped if it does wait.
    done = subprocess.run(
        [sys.executable, "-m", "chalkgrad", "mark", str(path)],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(f"chalkgrad: {path}: cannot be read (")
    assert done.stderr.count("\n") == 1


# Names ----------------------------------------------------------------------------------------------------------------

NAMES = [
    "..toml", "...toml", "-o.toml", "--help.toml", "=cmd|' C calc'!A0.toml", "+1.toml", "@SUM(1).toml", "a;=1.toml",
    "a\nb.toml", "a\tb.toml", "\x1b[31mred.toml", "\u202etxt.toml", "<b>.toml", "$(touch x).toml", "`id`.toml",
    "%s.toml", "a'b\".toml", "n" * 250 + ".toml", "é" * 120 + ".toml", ".hidden.toml", "CON.toml", "a b.toml",
]  # fmt: skip


def test_no_name_leads_out_of_the_folder_or_into_a_formula(sheet: str, tmp_path: Path) -> None:
    folder, pages, table = tmp_path / "submissions", tmp_path / "pages", tmp_path / "marks.csv"
    folder.mkdir()
    # Not every system takes every name.
    names = [*NAMES, os.fsdecode(b"\xff\xfe.toml")] if sys.platform == "linux" else ["...toml", "+1.toml", "a;=1.toml"]
    for name in names:
        (folder / name).write_text(sheet, "utf-8")
    files = [f"{folder}/../submissions/{name}" for name in names]
    assert main(["mark", *files, "--csv", str(table), "--feedback", str(pages)]) == 1
    assert len(list(pages.iterdir())) == len(names)
    assert {path.name for path in tmp_path.iterdir()} == {"submissions", "pages", "marks.csv"}
    for page in pages.iterdir():
        assert page.parent == pages
        assert page.name.isprintable()
        assert not page.name.startswith((".", "-"))
        assert "<b>.toml" not in page.read_text("utf-8")
    with table.open(encoding="utf-8", newline="") as file:
        written = list(csv.DictReader(file))
    assert len(written) == len(names)
    assert {row["marks"] for row in written} == {"64"}
    cells = [cell for row in written for cell in row.values()]
    assert all(cell.isprintable() and not cell.startswith(("=", "+", "-", "@")) for cell in cells)


def test_names_given_as_they_are_do_not_become_formulas(
    sheet: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("=1+1.toml").write_text(sheet, "utf-8")
    assert main(["mark", "=1+1.toml", "--csv", "marks.csv"]) == 1
    assert '"\'=1+1.toml",64,68,' in Path("marks.csv").read_text("utf-8")


def test_a_page_is_not_written_through_a_link(sheet: str, tmp_path: Path) -> None:
    victim, work = tmp_path / "precious.txt", tmp_path / "ada.toml"
    victim.write_text("precious", "utf-8")
    work.write_text(sheet, "utf-8")
    (tmp_path / "ada.html").symlink_to(victim)
    (result,) = marked([str(work)], Scheme(), str(tmp_path))
    assert "it is a link" in result.error
    assert victim.read_text("utf-8") == "precious"


def test_a_title_is_text_wherever_it_is_shown(sheet: str, tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    text = sheet.replace('title = "OR gate', 'title = "<script>alert(1)</script>\\u001b[2J')
    path.write_text(text, "utf-8")
    assert mark_file(str(path), Scheme(), tmp_path / "a.html").error == ""
    page = (tmp_path / "a.html").read_text("utf-8")
    assert "<script" not in page
    assert "\x1b" not in page


def test_one_of_each_costs_the_good_one_nothing(sheet: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    contents = [b"\xff\xfe", b"", b"a" * 10**6, b"[" * 10**5, b"[work]\n", sheet.encode(), b"\x00"]
    files = []
    for place, content in enumerate(contents):
        files.append(tmp_path / f"{place}.toml")
        files[-1].write_bytes(content)
    table = tmp_path / "marks.csv"
    assert main(["mark", *map(str, files), "--csv", str(table)]) == 2
    assert capsys.readouterr().err.count("\n") == len(contents)
    with table.open(encoding="utf-8", newline="") as file:
        written = list(csv.DictReader(file))
    assert [row["marks"] for row in written] == ["", "", "", "", "", "64", ""]
    assert [bool(row["error"]) for row in written] == [True, True, True, True, True, False, True]
