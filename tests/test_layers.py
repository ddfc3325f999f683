"""Imports point down only: chalkgrad → viz, nn → autograd."""

import ast
from pathlib import Path

import pytest

MAY_IMPORT = {
    "autograd": {"autograd"},
    "nn": {"nn", "autograd"},
    "viz": {"viz", "autograd"},
    "chalkgrad": {"chalkgrad", "nn", "viz", "autograd"},
}


def imported(module: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative import"
            names.add((node.module or "").partition(".")[0])
    return names


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_a_package_imports_only_itself_and_what_lies_below(root: Path, package: str) -> None:
    modules = list((root / package).rglob("*.py"))
    assert modules
    for module in modules:
        ours = imported(module) & MAY_IMPORT.keys()
        assert ours <= MAY_IMPORT[package], module
