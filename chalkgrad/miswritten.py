"""The expression of a step as somebody may miswrite it: a term or a factor left out, + for −, a function not applied.

Only texts are made here; they are read by ``autograd.parse`` like any other, and never evaluated as Python.
"""

import ast
from collections.abc import Callable, Iterator
from typing import Final, Literal

#: The mistakes, by the short names that hints have.
Miswriting = Literal["term", "term sign", "factor", "not squared", "z for a", "sign inside"]

# How many characters of an expression are looked at; nobody writes more in one step.
_LONGEST: Final = 500


def miswritten(expression: str) -> Iterator[tuple[Miswriting, str, str]]:
    """The mistakes that can be made in an expression: of each its short name, what it was, and the text that results.

    A text may repeat another's value; an expression of more than 500 characters, or one that strains Python's parser,
    has none.
    """
    if len(expression) > _LONGEST:
        return
    try:
        tree = ast.parse(expression, mode="eval")
    except (SyntaxError, RecursionError, MemoryError):
        return
    # Python counts in bytes.
    source = expression.encode()

    def text(node: ast.expr) -> str:
        return source[node.col_offset : node.end_col_offset].decode()

    for node in ast.walk(tree):
        if isinstance(node, ast.expr):
            for kind, sentence, instead in _changes(node, text):
                before, after = source[: node.col_offset], source[node.end_col_offset :]
                yield kind, sentence, (before + f"({instead})".encode() + after).decode()


def _changes(node: ast.expr, text: Callable[[ast.expr], str]) -> Iterator[tuple[Miswriting, str, str]]:
    """What may be written in the place of one node."""
    match node:
        case ast.BinOp(left, ast.Add(), right):
            yield "term", f"{text(left)} was left out of the sum", text(right)
            yield "term", f"{text(right)} was left out of the sum", text(left)
            yield "term sign", f"− was taken for + before {text(right)}", f"({text(left)}) - ({text(right)})"
        case ast.BinOp(left, ast.Sub(), right):
            yield "term", f"{text(left)} was left out of the difference", f"-({text(right)})"
            yield "term", f"{text(right)} was left out of the difference", text(left)
            yield "term sign", f"+ was taken for − before {text(right)}", f"({text(left)}) + ({text(right)})"
        case ast.BinOp(left, ast.Mult(), right):
            yield "factor", f"the factor {text(left)} was left out", text(right)
            yield "factor", f"the factor {text(right)} was left out", text(left)
        case ast.BinOp(left, ast.Div(), right):
            yield "factor", f"the division by {text(right)} was left out", text(left)
        case ast.BinOp(left, ast.Pow(), right):
            yield "not squared", f"the power {text(right)} was left out", text(left)
        case ast.Call(ast.Name(name), [operand]):
            yield "z for a", f"{name} was left out", text(operand)
            yield "sign inside", f"the sign of {text(operand)} is flipped", f"{name}(-({text(operand)}))"
