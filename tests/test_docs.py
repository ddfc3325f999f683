"""The documents: their examples print what they say, their picture is the program's, their links lead somewhere."""

import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import nn
import viz

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def name(path: Path) -> str:
    return path.name


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_an_example_prints_what_stands_below_it(document: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    printed: str | None = None
    names: dict[str, object] = {}
    for language, code in BLOCK.findall(document.read_text("utf-8")):
        if language == "python":
            output = io.StringIO()
            with contextlib.redirect_stdout(output):
                exec(compile(code, str(document), "exec"), names)
            printed = output.getvalue()
        elif language == "text" and printed is not None:
            assert printed == code
            printed = None
    assert not printed, "an example prints something that is not shown"


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_a_command_prints_what_stands_below_it(document: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "demos", tmp_path / "demos")
    text = document.read_text("utf-8")
    for path, content in re.findall(r"(?ms)^```toml (\S+)\n(.*?)^```$", text):
        (tmp_path / path).write_text(content, "utf-8")
    for command, output in commands(text):
        done = subprocess.run(
            command.replace("chalkgrad", f"'{sys.executable}' -m chalkgrad", 1),
            shell=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            cwd=tmp_path,
            env={**os.environ, "PYTHONIOENCODING": "utf-8", "LC_ALL": "C"},
            check=False,
        )
        assert done.stdout == output, command


def commands(text: str) -> list[tuple[str, str]]:
    """The commands of a document's console blocks, and what stands below each."""
    blocks = [code for language, code in BLOCK.findall(text) if language == "console"]
    return [part for block in blocks for part in re.findall(r"(?ms)^\$ (.*?)\n(.*?)(?=^\$ |\Z)", block)]


def test_every_command_is_shown_somewhere() -> None:
    shown = {
        command.split()[1]
        for document in DOCUMENTS
        for command, _ in commands(document.read_text("utf-8"))
        if command.startswith("chalkgrad ")
    }
    assert shown >= {"solve", "trace", "derive", "draw", "page", "mark", "sheet", "diff"}


def test_the_readme_shows_a_part_of_what_the_command_prints() -> None:
    working = (ROOT / "tests" / "data" / "or_gate.txt").read_text("utf-8")
    *_, excerpt = (code for language, code in BLOCK.findall((ROOT / "README.md").read_text("utf-8")))
    assert excerpt in working


def test_the_picture_is_the_one_that_the_program_makes() -> None:
    network = nn.two_two_one()
    loss = nn.half_mse([network([0, 1])], [1])
    loss.backward()
    svg = viz.draw(loss, parameters=network.parameters()).svg()
    assert (ROOT / "docs" / "pictures" / "two_two_one.svg").read_text("utf-8") == svg


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", document.read_text("utf-8")):
        assert (document.parent / target).exists(), target


def test_continuous_integration_runs_the_two_commands_of_the_readme() -> None:
    commands = [
        line for line in (ROOT / "README.md").read_text("utf-8").splitlines() if line.startswith("python3 -m venv")
    ]
    assert len(commands) == 2
    assert "chalkgrad solve demos/or_gate.toml -o or_gate.svg" in commands[0]
    assert "pytest" in commands[1]
