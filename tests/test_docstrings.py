"""Every public name says what it is, and every public function which errors it raises."""

import ast
import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

PACKAGES = ("autograd", "nn", "viz", "chalkgrad")


def modules() -> Iterator[str]:
    for package in PACKAGES:
        yield package
        for module in pkgutil.walk_packages(import_module(package).__path__, f"{package}."):
            if not module.name.rpartition(".")[2].startswith("_"):
                yield module.name


def definitions(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """The public functions, classes and methods of a module, with their names."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node.name, node
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            for member in node.body:
                if isinstance(member, ast.FunctionDef) and not member.name.startswith("_"):
                    yield f"{node.name}.{member.name}", member


def source_of(module: str) -> ast.Module:
    path = inspect.getsourcefile(import_module(module)) if module != "chalkgrad.__main__" else None
    return ast.parse(Path(path).read_text("utf-8")) if path else ast.parse("")


def says_nothing_new(node: ast.AST) -> bool:
    """Whether it is an overload, or the setter of a property, whose docstring is that of the property."""
    decorators = getattr(node, "decorator_list", ())
    return any(getattr(d, "id", "") == "overload" or getattr(d, "attr", "") == "setter" for d in decorators)


def outside_of_try(node: ast.AST) -> Iterator[ast.AST]:
    if not isinstance(node, ast.Try | ast.FunctionDef | ast.Lambda):
        yield node
        for child in ast.iter_child_nodes(node):
            yield from outside_of_try(child)


def inherited(module: str, name: str) -> bool:
    """Whether a method's docstring is that of the class it comes from."""
    owner, _, method = name.partition(".")
    if not method:
        return False
    bases = getattr(import_module(module), owner).__mro__[1:]
    return any(getattr(getattr(base, method, None), "__doc__", None) for base in bases)


@pytest.mark.parametrize("module", list(modules()))
def test_every_public_name_says_what_it_is(module: str) -> None:
    tree = source_of(module)
    assert module == "chalkgrad.__main__" or ast.get_docstring(tree), f"{module} has no docstring"
    for name, node in definitions(tree):
        if not says_nothing_new(node):
            assert ast.get_docstring(node) or inherited(module, name), f"{module}.{name} has no docstring"


@pytest.mark.parametrize("module", list(modules()))
def test_every_public_function_says_what_it_raises(module: str) -> None:
    for name, node in definitions(source_of(module)):
        if isinstance(node, ast.FunctionDef):
            # What is raised inside a try may be meant for it.
            raises = [part for part in node.body if any(isinstance(p, ast.Raise) for p in outside_of_try(part))]
            text = ast.get_docstring(node) or ""
            assert not raises or "rais" in text.lower(), f"{module}.{name} raises and does not say so"
