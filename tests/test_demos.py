"""The demos run, and say and draw what they promise."""

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

from autograd import OPERATIONS


def run(root: Path, demo: str, folder: Path) -> str:
    command = [sys.executable, str(root / "demos" / demo), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder.parent, check=True, encoding="utf-8")
    assert done.stderr == ""
    return done.stdout


def test_single_operations(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    out = run(root, "single_operations.py", folder)
    assert {path.stem for path in folder.iterdir()} == OPERATIONS.keys()
    for path in folder.iterdir():
        ElementTree.parse(path)
    for name in OPERATIONS:
        assert f"{name}\n{'=' * len(name)}\ninput  value\n" in out


def test_or_gate(root: Path, tmp_path: Path) -> None:
    out = run(root, "or_gate.py", tmp_path)
    assert "loss before the step  0.090344" in out
    assert "  W2[0,1]  0.6003" in out
    assert "loss after the step   0.090324" in out
    assert "a2[0]" in (tmp_path / "or_gate.svg").read_text("utf-8")


def test_train_or(root: Path, tmp_path: Path) -> None:
    assert "  1   1   1   0.9961" in run(root, "train_or.py", tmp_path)


def test_train_xor(root: Path, tmp_path: Path) -> None:
    _, picture = run(root, "train_xor.py", tmp_path).split("\n\n", 1)
    assert sides_of(picture) == {"x": {"··"}, "o": {"  "}}


def test_moons(root: Path, tmp_path: Path) -> None:
    _, told, picture = run(root, "moons.py", tmp_path).split("\n\n", 2)
    assert told == "100 of 100 points on the right side"
    assert picture.count("x") > 35
    assert "·" in picture


def sides_of(picture: str) -> dict[str, set[str]]:
    """What stands beside each point of a picture, left and right."""
    rows = [f" {row:64} " for row in picture.rstrip("\n").split("\n")]
    sides: dict[str, set[str]] = {"x": set(), "o": set()}
    for row in rows:
        for place, character in enumerate(row):
            if character in sides:
                sides[character].add(row[place - 1] + row[place + 1])
    return sides


def test_the_gallery_is_what_its_script_makes(root: Path, tmp_path: Path) -> None:
    out = run(root, "gallery.py", tmp_path)
    made = {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()}
    assert len(made) == len(out.splitlines()) == 9
    kept = root / "docs" / "pictures"
    assert made == {name: (kept / name).read_text("utf-8") for name in made}
    shown = (root / "docs" / "pictures.md").read_text("utf-8")
    assert all(f"](pictures/{path.name})" in shown for path in kept.iterdir())


def test_steps(root: Path, tmp_path: Path) -> None:
    assert "open" in run(root, "steps.py", tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        "steps.html", "derivation.html", "derivation.md", "derivation.tex",
    }  # fmt: skip
