"""The command line, as a person meets it: a process with its output, its errors and its exit status."""

import contextlib
import gc
import io
import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from autograd import leaves, parse, trace
from chalkgrad import descend, load
from chalkgrad.cli import main
from chalkgrad.solution import Step
from viz import derivation, draw, page


def run(*arguments: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "chalkgrad", *arguments],
        capture_output=True,
        text=True,
        encoding=env.get("PYTHONIOENCODING", "utf-8"),
        cwd=cwd,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **env},
        check=False,
    )


def read_to_the_end(reader: int) -> bytes:
    """All that is written to a pseudo-terminal."""
    seen = b""
    with contextlib.suppress(OSError):
        while chunk := os.read(reader, 65536):
            seen += chunk
    os.close(reader)
    return seen


def on_terminal(*arguments: str, cwd: Path, **env: str) -> tuple[int, str]:
    """The exit status, and what both outputs show on a terminal of 80 columns with 256 colours."""
    pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")
    reader, writer = pty.openpty()
    plain = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS")}
    process = subprocess.Popen(
        [sys.executable, "-m", "chalkgrad", *arguments],
        stdout=writer,
        stderr=writer,
        cwd=cwd,
        env={**plain, "TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8", **env},
    )
    os.close(writer)
    seen = read_to_the_end(reader)
    return process.wait(), seen.decode(env.get("PYTHONIOENCODING", "utf-8")).replace("\r\n", "\n")


def without_escapes(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


@pytest.fixture
def or_gate(root: Path) -> str:
    return str(root / "demos" / "or_gate.toml")


def test_the_or_gate_is_worked_out_as_on_paper(root: Path, or_gate: str, tmp_path: Path) -> None:
    done = run("solve", or_gate, cwd=tmp_path)
    assert done.returncode == 0
    assert done.stderr == ""
    assert done.stdout == (root / "tests" / "data" / "or_gate.txt").read_text("utf-8")
    assert not list(tmp_path.iterdir())


def test_markdown_says_the_same(root: Path, or_gate: str, tmp_path: Path) -> None:
    text = run("solve", or_gate, cwd=tmp_path).stdout
    done = run("solve", or_gate, "--markdown", cwd=tmp_path)
    assert done.stdout == (root / "tests" / "data" / "or_gate.md").read_text("utf-8")
    numbers = r"-?[0-9]+\.[0-9]{4}"
    results = re.findall(numbers, text.partition("Forward pass")[2])
    assert sorted(results) == sorted(re.findall(numbers, done.stdout.partition("Forward pass")[2]))


def test_decimals(or_gate: str, tmp_path: Path) -> None:
    out = run("solve", or_gate, "--decimals", "17", cwd=tmp_path).stdout
    assert "\nloss = ½ mse\n     = ½ 0.18068726072554489\n     = 0.09034363036277245\n" in out
    assert "loss = ½ mse\n     = ½ 0\n     = 0\n" in run("solve", or_gate, "--decimals", "0", cwd=tmp_path).stdout


def test_steps_go_on_with_the_updated_parameters(or_gate: str, tmp_path: Path) -> None:
    out = run("solve", or_gate, "--steps", "2", cwd=tmp_path).stdout
    first, second = out.split("Step 2 of 2\n===========\n")
    assert "Step 1 of 2\n===========\n" in first
    assert "   = ⎡0.2009 0.4008⎤ ⎡0 0 1 1⎤ + ⎡0.2996⎤\n" in second
    assert out.count("ready for another forward pass") == 2


def test_the_annotated_graph_is_written(or_gate: str, tmp_path: Path) -> None:
    done = run("solve", or_gate, "-o", "graph.svg", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stderr == "The graph of the first step is in graph.svg.\n"
    texts = ["".join(e.itertext()) for e in ElementTree.parse(tmp_path / "graph.svg").iter() if e.tag.endswith("}text")]
    assert {"W1[0,1]", "Z1[1,3]", "A2[0,0]", "E[0,2]", "mse", "loss", "grad -0.001692"} <= set(texts)
    assert [path.name for path in tmp_path.iterdir()] == ["graph.svg"]


def test_the_graph_is_that_of_the_first_step(or_gate: str, tmp_path: Path) -> None:
    for steps in ("1", "2"):
        assert run("solve", or_gate, "--steps", steps, "-o", f"{steps}.dot", cwd=tmp_path).returncode == 0
    assert (tmp_path / "1.dot").read_bytes() == (tmp_path / "2.dot").read_bytes()


def test_a_name_cannot_steer_the_terminal(or_gate: str, tmp_path: Path) -> None:
    done = run("solve", or_gate, "-o", "a\x1b[31m.dot", cwd=tmp_path)
    assert done.stderr == "The graph of the first step is in a\\x1b[31m.dot.\n"
    done = run("solve", or_gate, "-o", "gone/\x1b[31m.dot", cwd=tmp_path)
    assert done.stderr == "chalkgrad: gone/\\x1b[31m.dot: cannot be written (No such file or directory)\n"


def test_the_callers_standard_output_stays_as_it_is(or_gate: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ascii_only = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="strict")
    monkeypatch.setattr(sys, "stdout", ascii_only)
    assert main(["solve", or_gate]) == 0
    assert sys.stdout is ascii_only
    assert ascii_only.errors == "strict"
    assert b"W1_new = W1 ? ? dW1" in ascii_only.buffer.getvalue()  # type: ignore[attr-defined]


def test_what_is_no_terminal_is_100_columns_wide(root: Path, or_gate: str, tmp_path: Path) -> None:
    done = run("solve", or_gate, cwd=tmp_path, COLUMNS="60")
    assert done.stdout == (root / "tests" / "data" / "or_gate.txt").read_text("utf-8")


def test_colour_is_for_terminals(or_gate: str, tmp_path: Path) -> None:
    plain = run("solve", or_gate, cwd=tmp_path).stdout
    coloured = run("solve", or_gate, cwd=tmp_path, FORCE_COLOR="1", TERM="xterm-256color", NO_COLOR="").stdout
    assert "\x1b[" not in plain
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


def test_an_encoding_without_brackets_is_no_crash(or_gate: str, tmp_path: Path) -> None:
    done = run("solve", or_gate, cwd=tmp_path, PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert "W1_new = W1 ? ? dW1" in done.stdout


def test_a_reader_that_stops_reading_is_no_error_and_gets_its_picture(or_gate: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "chalkgrad", "solve", or_gate, "--steps", "200", "-o", "g.dot"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, encoding="utf-8", cwd=tmp_path) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "OR gate: one step of gradient descent by hand\n"
        process.stdout.close()
        assert process.stderr.read() == "The graph of the first step is in g.dot.\n"
    assert process.returncode == 0
    assert (tmp_path / "g.dot").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["solve", "gone.toml"], "chalkgrad: gone.toml: cannot be read (No such file or directory)"),
        (["solve", "bad.toml", "-o", "g.svg"], "chalkgrad: bad.toml: problem is missing or not a table"),
        (
            ["solve", "{}", "-o", "g.jpg"],
            "'g.jpg': a name that ends in one of .svg, .png, .html, .pdf, .dot, .gv, .mmd, .tex, .txt is needed",
        ),
        (["solve", "{}", "--decimals", "18"], "'18': a whole number from 0 to 17 is needed"),
        (["solve", "{}", "--steps", "0"], "'0': a whole number from 1 to 1000000 is needed"),
        (["solve"], "the following arguments are required: FILE"),
        ([], "the following arguments are required: COMMAND"),
    ],
)
def test_an_error_is_one_sentence_with_status_2_and_nothing_is_written(
    or_gate: str, tmp_path: Path, arguments: list[str], message: str
) -> None:
    (tmp_path / "bad.toml").write_text("title = 'x'")
    done = run(*(argument.format(or_gate) for argument in arguments), cwd=tmp_path)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stdout == ""
    assert [path.name for path in tmp_path.iterdir()] == ["bad.toml"]


def test_a_picture_that_cannot_be_written_is_told_after_the_working(root: Path, or_gate: str, tmp_path: Path) -> None:
    done = run("solve", or_gate, "-o", "gone/g.svg", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == "chalkgrad: gone/g.svg: cannot be written (No such file or directory)\n"
    assert done.stdout == (root / "tests" / "data" / "or_gate.txt").read_text("utf-8")
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is always full")
def test_a_full_disk_is_told_of_standard_output_and_not_of_the_picture(or_gate: str, tmp_path: Path) -> None:
    command = f'"{sys.executable}" -m chalkgrad solve "{or_gate}" -o g.svg > /dev/full'
    done = subprocess.run(command, shell=True, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 2
    assert done.stderr == "chalkgrad: standard output: cannot be written (No space left on device)\n"


def test_a_closed_output_is_told(or_gate: str, tmp_path: Path) -> None:
    command = f'"{sys.executable}" -m chalkgrad solve "{or_gate}" >&-'
    done = subprocess.run(command, shell=True, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 2
    assert done.stderr == "chalkgrad: standard output: cannot be written (it is closed)\n"


def test_a_graph_too_large_to_lay_out_is_folded(root: Path, tmp_path: Path) -> None:
    text = (root / "demos" / "or_gate.toml").read_text("utf-8")
    many = re.sub(r"(?m)^X = .*$", f"X = [{[0.5] * 60}, {[0.25] * 60}]", text)
    (tmp_path / "p.toml").write_text(re.sub(r"(?m)^y = .*$", f"y = [{[1] * 60}]", many), "utf-8")
    done = run("solve", "p.toml", "-o", "g.svg", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stderr == "The graph of the first step is in g.svg.\n"
    svg = (tmp_path / "g.svg").read_text("utf-8")
    assert "values are folded into" in svg
    assert re.search("layer.1", svg)


def test_the_lines_fit_a_terminal(or_gate: str, tmp_path: Path) -> None:
    status, text = on_terminal("solve", or_gate, cwd=tmp_path, COLUMNS="70")
    assert status == 0
    plain = without_escapes(text)
    assert "ready for another forward pass" in " ".join(plain.split())
    assert max(map(len, plain.splitlines())) <= 70


def remembered_steps() -> int:
    gc.collect()
    return sum(isinstance(thing, Step) for thing in gc.get_objects())


class Watching(io.StringIO):
    """An output that counts, at each part written, how many steps are still remembered."""

    def __init__(self) -> None:
        super().__init__()
        self.remembered: list[int] = []

    def write(self, text: str) -> int:
        self.remembered.append(remembered_steps())
        return len(text)


def test_steps_are_printed_one_by_one_and_forgotten(or_gate: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = remembered_steps()
    output = Watching()
    monkeypatch.setattr(sys, "stdout", output)
    assert main(["solve", or_gate, "--steps", "30"]) == 0
    # What is given, and each step as soon as it is worked out; the first is kept for its picture.
    assert len(output.remembered) == 31
    assert max(output.remembered) <= before + 3


def test_a_failed_layout_is_told_and_the_graph_kept(root: Path, or_gate: str, tmp_path: Path) -> None:
    done = run("solve", or_gate, "-o", "g.svg", cwd=tmp_path, GRAPHVIZ_DOT=str(tmp_path / "gone"))
    assert done.returncode == 2
    assert "cannot be run" in done.stderr
    assert done.stdout == (root / "tests" / "data" / "or_gate.txt").read_text("utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["g.svg.dot"]


def test_version_and_help(tmp_path: Path) -> None:
    assert re.fullmatch(r"chalkgrad [0-9]+\.[0-9]+\.[0-9]+\n", run("--version", cwd=tmp_path).stdout)
    assert "example: chalkgrad solve demos/or_gate.toml -o graph.svg" in run("solve", "--help", cwd=tmp_path).stdout


def test_a_title_cannot_steer_the_terminal(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (root / "demos" / "or_gate.toml").read_text("utf-8")
    path = tmp_path / "p.toml"
    path.write_text(re.sub(r"(?m)^title = .*$", lambda _: r'title = "[red]\u001b[31m *x* <b>"', text), "utf-8")
    assert main(["solve", str(path)]) == 0
    assert capsys.readouterr().out.startswith("[red]\\x1b[31m *x* <b>\n")
    assert main(["solve", str(path), "--markdown"]) == 0
    assert capsys.readouterr().out.startswith(r"# \[red\]\\x1b\[31m \*x\* \<b\>")


def test_an_expression_is_traced(tmp_path: Path) -> None:
    done = run("trace", "q = x + y; f = q * z", "x=-2", "y=5", "z=-4", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    f = parse("q = x + y; f = q * z", x=-2, y=5, z=-4)
    f.backward()
    assert done.stdout == f"{trace(f)}\n"
    markdown = run("trace", "x*x", "x=3", "--markdown", cwd=tmp_path).stdout
    assert markdown.count("|") > 20


# A trace on a terminal ------------------------------------------------------------------------------------------------

TRACE = ("trace", "q = sigmoid(w*x); f = q - y", "w=-3", "x=0.5", "y=2")


def traced(width: int, **env: str) -> str:
    status, text = on_terminal(*TRACE, cwd=Path(), COLUMNS=str(width), **env)
    assert status == 0
    return text


def test_a_terminal_gets_tables_with_what_the_plain_text_says(tmp_path: Path) -> None:
    text = traced(100)
    assert "───" in text
    assert "\x1b[" in text
    plain = run(*TRACE, cwd=tmp_path).stdout
    lines = [line for line in without_escapes(text).splitlines() if "─" not in line]
    assert [line.split() for line in lines] == [line.split() for line in plain.splitlines()]


@pytest.mark.parametrize("width", [100, 80, 60, 40])
def test_tables_are_no_wider_than_the_terminal(width: int) -> None:
    assert max(map(len, without_escapes(traced(width)).splitlines())) <= width


def test_without_colour_there_are_still_tables() -> None:
    assert traced(80, NO_COLOR="1") == without_escapes(traced(80))


def test_a_terminal_that_knows_no_escape_sequences_gets_none() -> None:
    assert traced(80, TERM="dumb") == without_escapes(traced(80))


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
def test_an_encoding_without_lines_gets_lines_of_its_own(encoding: str) -> None:
    text = without_escapes(traced(80, PYTHONIOENCODING=encoding))
    assert "-----+-----" in text
    # The sigmoid and the minus sign.
    assert "?" in text
    assert "??" not in text


def test_a_pipe_gets_plain_text_even_where_colour_is_forced(tmp_path: Path) -> None:
    plain = run(*TRACE, cwd=tmp_path).stdout
    assert run(*TRACE, cwd=tmp_path, FORCE_COLOR="1", COLUMNS="40").stdout == plain


def test_a_trace_that_nobody_reads_to_its_end_is_plain_text_on_a_terminal_too(tmp_path: Path) -> None:
    long = ("trace", "+".join(["sin(x)"] * 600), "x=2")
    assert on_terminal(*long, cwd=tmp_path) == (0, run(*long, cwd=tmp_path).stdout)


# Expressions and problems ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ["-x*y", "x=2", "y=5"],
        ["-x*y ", "x=2", "y=5"],
        ["--", "-x*y", "x=2", "y=5"],
        ["-x*y", "x = 2", "y= 5"],
    ],
)
def test_an_expression_may_begin_with_a_minus(arguments: list[str], tmp_path: Path) -> None:
    f = parse("-x*y", x=2, y=5)
    assert run("trace", *arguments, cwd=tmp_path).stdout == f"{trace(f)}\n"


@pytest.mark.parametrize("expression", ["-2", "-2.5", "-1e3", "-(1)"])
def test_a_negative_number_is_an_expression(expression: str, tmp_path: Path) -> None:
    assert run("trace", expression, cwd=tmp_path).stdout == f"{trace(parse(expression))}\n"


def test_the_place_of_a_mistake_is_that_of_the_expression_as_it_was_given(tmp_path: Path) -> None:
    assert run("trace", "-x+", "x=1", cwd=tmp_path).stderr.startswith("chalkgrad: line 1, column 4: the end")


def test_inputs_may_stand_behind_options(tmp_path: Path) -> None:
    done = run("trace", "x*y", "--markdown", "x=2", "y=5", cwd=tmp_path)
    assert done.stdout == run("trace", "x*y", "x=2", "y=5", "--markdown", cwd=tmp_path).stdout
    done = run("draw", "x*y", "x=2", "-o", "g.txt", "y=5", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "The graph is in g.txt.\n")


@pytest.mark.parametrize(
    ("arguments", "unknown"),
    [
        (["trace", "x", "--depth", "x=1"], "--depth"),
        (["solve", "p.toml", "x=1"], "x=1"),
        (["draw", "x", "-o", "g.svg", "x=1", "-z\x1b"], "-z\\x1b"),
    ],
)
def test_an_option_that_there_is_not_is_named(arguments: list[str], unknown: str, tmp_path: Path) -> None:
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.endswith(f"error: unrecognized arguments: {unknown}\n")


def test_a_problem_is_traced_and_derived(or_gate: str, tmp_path: Path) -> None:
    loss = next(descend(load(or_gate))).loss
    assert run("trace", or_gate, cwd=tmp_path).stdout == f"{trace(loss)}\n"
    assert run("derive", or_gate, cwd=tmp_path).stdout == derivation(loss).to_markdown()


# Pictures, derivations and pages --------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["svg", "txt", "mmd"])
def test_an_expression_is_drawn(tmp_path: Path, ending: str) -> None:
    done = run("draw", "x*y + sin(x)", "x=2", "y=5", "-o", f"g.{ending}", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", f"The graph is in g.{ending}.\n")
    f = parse("x*y + sin(x)", x=2, y=5)
    f.backward()
    draw(f).save(tmp_path / f"expected.{ending}")
    assert (tmp_path / f"g.{ending}").read_bytes() == (tmp_path / f"expected.{ending}").read_bytes()


def test_a_picture_shows_what_is_wanted(tmp_path: Path) -> None:
    wishes = ("--show", "names, contributions,steps", "--precision", "7")
    assert run("draw", "x*y/3", "x=2", "y=5", *wishes, "-o", "g.svg", cwd=tmp_path).returncode == 0
    f = parse("x*y/3", x=2, y=5)
    f.backward()
    expected = draw(f, show=["names", "contributions", "steps"], precision=7).svg()
    assert (tmp_path / "g.svg").read_text("utf-8") == expected


@pytest.mark.parametrize(("fold", "wish"), [("0", 0), ("1", 1), ("layer 1", ["layer 1"]), ("layer 2, neuron 0", None)])
def test_boxes_of_a_problem_are_folded(or_gate: str, tmp_path: Path, fold: str, wish: int | list[str] | None) -> None:
    assert run("draw", or_gate, "--fold", fold, "-o", "g.svg", cwd=tmp_path).returncode == 0
    loss = next(descend(load(or_gate))).loss
    expected = draw(loss, parameters=leaves(loss), fold=["layer 2", "neuron 0"] if wish is None else wish).svg()
    assert (tmp_path / "g.svg").read_text("utf-8") == expected


@pytest.mark.parametrize("ending", ["md", "tex", "html"])
def test_a_derivation_is_written(tmp_path: Path, ending: str) -> None:
    done = run("derive", "x/y", "x=2", "y=3", "--decimals", "7", "-o", f"d.{ending}", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", f"The derivation is in d.{ending}.\n")
    derivation(parse("x/y", x=2, y=3), decimals=7).save(tmp_path / f"expected.{ending}")
    assert (tmp_path / f"d.{ending}").read_bytes() == (tmp_path / f"expected.{ending}").read_bytes()


def test_a_derivation_is_printed(tmp_path: Path) -> None:
    done = run("derive", "x/y", "x=2", "y=3", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == derivation(parse("x/y", x=2, y=3)).to_markdown()


def test_a_page_is_made(tmp_path: Path) -> None:
    done = run("page", "x*y + sin(x)", "x=2", "y=5", "--precision", "6", "-o", "p.html", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "The page is in p.html.\n")
    f = parse("x*y + sin(x)", x=2, y=5)
    f.backward()
    page(f, tmp_path / "expected.html", precision=6)
    assert (tmp_path / "p.html").read_bytes() == (tmp_path / "expected.html").read_bytes()


def test_a_page_of_a_problem_shows_its_parameters(or_gate: str, tmp_path: Path) -> None:
    assert run("page", or_gate, "-o", "p.html", cwd=tmp_path).returncode == 0
    loss = next(descend(load(or_gate))).loss
    page(loss, tmp_path / "expected.html", parameters=leaves(loss))
    assert (tmp_path / "p.html").read_bytes() == (tmp_path / "expected.html").read_bytes()


def test_a_problem_is_drawn(or_gate: str, tmp_path: Path) -> None:
    assert run("draw", or_gate, "-o", "g.svg", cwd=tmp_path).returncode == 0
    run("solve", or_gate, "-o", "h.svg", cwd=tmp_path)
    assert (tmp_path / "g.svg").read_bytes() == (tmp_path / "h.svg").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["trace", "x +", "x=2"],
            "chalkgrad: line 1, column 4: the end of the statement comes where an operand should",
        ),
        (["trace", "x*y", "x=2"], "chalkgrad: line 1, column 3: the name 'y' has no value"),
        (["trace", "x", "x=two"], "chalkgrad: input 'x=two': a name and a number are needed, such as x=2"),
        (["trace", "x", "x"], "chalkgrad: input 'x': a name and a number are needed, such as x=2"),
        (["trace", "x", "2=3"], "chalkgrad: input '2' has no name that a text can use"),
        (
            ["draw", "p.toml", "x=2", "-o", "g.svg"],
            "chalkgrad: inputs such as x=2 go with an expression, not with a pro",
        ),
        (["draw", "p.toml", "-o", "g.svg"], "chalkgrad: p.toml: cannot be read"),
        (["trace", "x", "x=2", "x=3"], "chalkgrad: input 'x=3': x has a number already, leave one of them out"),
        (["derive", "x", "x=1", "-o", "no/d.md"], "chalkgrad: no/d.md: cannot be written (No such file or directory)"),
        (
            ["page", "x", "x=1", "-o", "no/p.html"],
            "chalkgrad: no/p.html: cannot be written (No such file or directory)",
        ),
        (
            ["page", "+".join(["sin(x)"] * 600), "x=1", "-o", "p.html"],
            "chalkgrad: page of 'v1199': its graph has 1,200 values, which is more than a person steps through",
        ),
        (
            ["draw", "x", "x=1", "--fold", "0", "-o", "g.svg"],
            "chalkgrad: --fold: the graph has no boxes that could be folded, leave it out",
        ),
        (["draw", "x", "x=1", "-o", "no/g.svg"], "chalkgrad: no/g.svg: cannot be written (No such file or directory)"),
    ],
)
def test_a_wrong_expression_is_told_in_one_sentence(arguments: list[str], message: str, tmp_path: Path) -> None:
    done = run(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(message)
    assert done.stderr.count("\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("fold", "message"),
    [
        ("2", "--fold 2: no box lies as deep, give a depth from 0 to 1"),
        (
            "layer 3",
            "--fold 'layer 3': no box has that name, give one that is there, such as layer 1, layer 2, neuron 0",
        ),
        ("0,1", "--fold '0': no box has that name"),
        ("101", "argument --fold: '101': a whole number from 0 to 100 is needed"),
    ],
)
def test_a_box_that_there_is_not_is_told(or_gate: str, tmp_path: Path, fold: str, message: str) -> None:
    done = run("draw", or_gate, "--fold", fold, "-o", "g.svg", cwd=tmp_path)
    assert done.returncode == 2
    assert message in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["draw", "x", "--show", "data,grads", "-o", "g.svg"], "'grads': choose from names, data, grad, partials"),
        (["draw", "x", "--precision", "18", "-o", "g.svg"], "'18': a whole number from 1 to 17 is needed"),
        (["draw", "x"], "the following arguments are required: -o/--output"),
        (["page", "x", "-o", "p.svg"], "'p.svg': a name that ends in one of .html, .htm is needed"),
        (["derive", "x", "-o", "d.pdf"], "'d.pdf': a name that ends in one of .md, .tex, .html is needed"),
    ],
)
def test_a_wrong_option_is_told_with_what_it_may_be(arguments: list[str], message: str, tmp_path: Path) -> None:
    done = run(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


# Waiting and stopping -------------------------------------------------------------------------------------------------


def test_control_c_ends_with_one_line(or_gate: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "chalkgrad", "solve", or_gate, "--steps", "1000000"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, encoding="utf-8", cwd=tmp_path) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate()
    assert (process.returncode, errors) == (130, "chalkgrad: stopped\n")


def test_a_long_descent_into_a_file_shows_how_far_it_is(or_gate: str, tmp_path: Path) -> None:
    pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")
    reader, writer = pty.openpty()
    # The second is not waited for.
    code = "import sys; from chalkgrad import cli, terminal; terminal.DELAY = 0.0; sys.exit(cli.main())"
    arguments = ["solve", or_gate, "--steps", "100"]
    with (tmp_path / "out.txt").open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", code, *arguments],
            stdout=out,
            stderr=writer,
            env={**os.environ, "TERM": "xterm", "PYTHONIOENCODING": "utf-8"},
        )
        os.close(writer)
        seen = read_to_the_end(reader)
    assert process.wait() == 0
    assert b"100/100" in seen
    # The line is cleared at the end.
    assert seen.endswith(b"\x1b[2K")
    assert (tmp_path / "out.txt").read_text("utf-8") == run(*arguments, cwd=tmp_path).stdout


# Help and documents ---------------------------------------------------------------------------------------------------

COMMANDS = ("solve", "trace", "derive", "draw", "page", "mark", "sheet", "diff")


@pytest.fixture
def beside_demos(root: Path, tmp_path: Path) -> Path:
    """A folder to write to, from which the demos are seen as from the checkout."""
    (tmp_path / "demos").symlink_to(root / "demos")
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS)
def test_the_examples_in_the_help_work(command: str, beside_demos: Path) -> None:
    text = run(command, "--help", cwd=beside_demos).stdout
    examples = re.findall(r"(?m)^example: chalkgrad (.*)$", text)
    assert examples
    for example in examples:
        words = shlex.split(example)
        assert words[0] == command
        if command == "diff":
            for number, name in enumerate(words[1:], 1):
                run("solve", "demos/or_gate.toml", "--steps", str(number), "--save", name, cwd=beside_demos)
        if "submissions/*.toml" in words:
            # What a shell makes of it.
            words[words.index("submissions/*.toml")] = "demos/or_gate_notes.toml"
        done = run(*words, cwd=beside_demos)
        # A real sheet has slips, and two runs of different lengths part.
        assert done.returncode == (1 if command in ("mark", "diff") else 0), done.stderr


@pytest.mark.parametrize("width", ["1", "40", "200"])
def test_help_can_be_read_on_any_terminal(width: str, tmp_path: Path) -> None:
    for command in COMMANDS:
        assert run(command, "--help", cwd=tmp_path, COLUMNS=width, PYTHONIOENCODING="ascii").returncode == 0
