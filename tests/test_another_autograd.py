"""Another project's package of the name autograd is told from ours."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("package", ["nn", "viz", "chalkgrad", "chalkgrad.cli"])
def test_another_projects_autograd_is_named(root: Path, tmp_path: Path, package: str) -> None:
    (tmp_path / "autograd").mkdir()
    (tmp_path / "autograd" / "__init__.py").write_text("def grad(f): ...\n")
    code = f"import sys; sys.path[:0] = [{str(tmp_path)!r}, {str(root)!r}]; import {package}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "is another project's: run 'pip uninstall autograd'" in done.stderr
    assert str(tmp_path) in done.stderr


def test_the_command_names_it_too(root: Path, tmp_path: Path) -> None:
    (tmp_path / "autograd.py").write_text("def grad(f): ...\n")
    env = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{root}"}
    command = [sys.executable, "-m", "chalkgrad", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=env, check=False)
    assert done.returncode == 1
    assert "is another project's: run 'pip uninstall autograd'" in done.stderr
