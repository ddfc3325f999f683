"""The textbook's notation in LaTeX: names, numbers, and the formulas of the table with operands put in."""

import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from autograd.operations import Operation

_INDEXED = re.compile(r"([A-Za-z]+)(?:_?([0-9]+))?(\[[A-Za-z0-9]+(?:, ?[A-Za-z0-9]+)*\])?")

_UNMISTAKABLE = re.compile(r"[\w\[\],.' ]*")

# In math mode each of them is safe everywhere; inside \text MathJax would show the backslashes.
_SPECIAL = {ch: f"{{\\{ch}}}" for ch in "{}#$%&_"} | {ch: f"{{{ch}}}" for ch in "<>|"}
_SPECIAL |= {"\\": r"{\backslash}", "^": r"{\wedge}", "~": r"{\sim}"}

_NOT_FINITE = {"inf": r"\infty", "-inf": r"-\infty", "nan": r"\text{nan}"}

# A place of a formula that has brackets, a root or the like around it already; not so the base of a power.
_ENCLOSED = re.compile(r"(^|[(\[|{,] ?)\{([01]|out)\}(?=$|,|\\right|\}\}(?!\^))")

# What a formula must not have outside all brackets, where it is to be a factor.
_TERMS = re.compile(r"^-| [+-] ")


class Written(NamedTuple):
    """An operand in LaTeX: as it is, and as it stands beside a sign, in brackets where it could be misread there."""

    bare: str
    guarded: str


def written_name(name: str) -> Written:
    """A name as an operand."""
    bare = latex_name(name)
    return Written(bare, bare if is_clear(name) else f"({bare})")


def is_clear(name: str) -> bool:
    """Whether a name cannot be misread as a part of the formula around it."""
    return _UNMISTAKABLE.fullmatch(name) is not None


def written_number(shown: str) -> Written:
    """A number as an operand."""
    bare = latex_number(shown)
    return Written(bare, f"({bare})" if is_split(shown) else bare)


def is_split(shown: str) -> bool:
    """Whether a number, as Python shows it, has a sign or a power of ten, so that a neighbour could tear it apart."""
    return shown.startswith("-") or "e" in shown


def name_parts(name: str) -> tuple[str, str, str] | None:
    """Letters, the number below them and what is in square brackets, of a name like ``W1[0,1]``; None of any other."""
    found = _INDEXED.fullmatch(name)
    return None if found is None else (found[1], found[2] or "", found[3] or "")


def latex_name(name: str) -> str:
    """A name: a letter with its index, a word set upright, or text."""
    indexed = name_parts(name)
    if indexed is None:
        parts = re.split(r"([\\{}#$%&_^~<>|])", name)
        return "".join(_SPECIAL.get(part, rf"\text{{{part}}}") for part in parts if part)
    letters, digits, index = indexed
    stem = letters if len(letters) == 1 else rf"\mathrm{{{letters}}}"
    return stem + (f"_{{{digits}}}" if digits else "") + index


def latex_number(shown: str) -> str:
    """A number that Python shows as such: ``1e-05`` is 10⁻⁵."""
    mantissa, _, exponent = shown.partition("e")
    if not exponent:
        return _NOT_FINITE.get(mantissa, mantissa)
    power = f"10^{{{int(exponent)}}}"
    return {"1": power, "-1": f"-{power}"}.get(mantissa, rf"{mantissa} \times {power}")


def derivative(of: str, by: str) -> str:
    """The derivative of one thing by another, both in LaTeX."""
    return rf"\frac{{\partial {of}}}{{\partial {by}}}"


def filled(op: Operation, operands: Sequence[Written]) -> str:
    """The formula of op with operands put in: bare where it encloses them itself, else guarded."""
    if not op.formula:
        return rf"{latex_name(op.name)}\left({', '.join(operand.bare for operand in operands)}\right)"
    return _put_in(op.formula, operands)


def factor(op: Operation, place: int, operands: Sequence[Written], result: Written) -> str | None:
    """The partial derivative of op by the operand at that place, as a factor; None where the table has no formula."""
    if not op.partial_formulas:
        return None
    # A space in front, so that a formula that is nothing but an operand does not count as enclosing it.
    return _put_in(f" {_as_factor(op.partial_formulas[place])}", operands, result).strip()


def _put_in(formula: str, operands: Sequence[Written], result: Written | None = None) -> str:
    bare: dict[int | str, str] = {place: operand.bare for place, operand in enumerate(operands)}
    guarded = [operand.guarded for operand in operands]
    if result is None:
        return _bracketed(formula).format(*guarded, bare=bare)
    return _bracketed(formula).format(*guarded, out=result.guarded, bare=bare | {"out": result.bare})


@cache
def _bracketed(formula: str) -> str:
    """A formula with {bare[0]} and so on for the operands that it encloses."""
    return _ENCLOSED.sub(r"\1{bare[\2]}", formula)


@cache
def _as_factor(formula: str) -> str:
    outside, depth = "", 0
    for ch in formula:
        depth -= ch in "}])"
        outside += ch if depth == 0 else "_"
        depth += ch in "{[("
    return rf"\left({formula}\right)" if _TERMS.search(outside) else formula
