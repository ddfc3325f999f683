"""Formulas in MathML, which browsers set by themselves; what is put into a formula is text and never markup."""

import re
from functools import cache
from html import escape
from typing import Final
from xml.etree import ElementTree

from autograd.notation import Written, is_clear, is_split, name_parts

# What formulas are made of; the converter knows more than is safe to show, links for one.
_TAGS: Final = {
    *("math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mfrac", "msqrt", "mroot", "msub", "msup", "msubsup"),
    *("munder", "mover", "munderover", "mstyle", "mtable", "mtr", "mtd"),
}
# The others say what is so by default.
_ATTRIBUTES: Final = {("stretchy", "false"), ("mathvariant", "normal"), ("width", "0.167em")}


class Pen:
    """Writes names and numbers as slots of one formula, so that only slots go through the converter."""

    def __init__(self) -> None:
        self._pieces: list[str] = []

    def name(self, name: str) -> Written:
        """A name as an operand."""
        return self._slot(name_markup(name), is_clear(name))

    def number(self, shown: str) -> Written:
        """A number as an operand, given as Python shows it."""
        return self._slot(_number(shown), not is_split(shown))

    def set(self, latex: str) -> str:
        """A formula in LaTeX, written with this pen, as a line of MathML."""
        inside = re.sub(r"<mtext>@(\d+)</mtext>", lambda slot: self._pieces[int(slot[1])], markup(latex))
        return f"<math>{inside}</math>"

    def _slot(self, piece: str, clear: bool) -> Written:
        slot = rf"\text{{@{len(self._pieces)}}}"
        # In one piece, as it may become the base of a power.
        self._pieces.append(f"<mrow>{piece}</mrow>")
        return Written(slot, slot if clear else f"({slot})")


@cache
def markup(latex: str) -> str:
    """A formula's MathML, without the element around it; LaTeX that the converter refuses is shown as it is written."""
    # Its tables take as long to load as all the rest of a picture does to draw.
    from latex2mathml.converter import convert

    as_written = f"<mtext>{escape(latex)}</mtext>"
    try:
        math = ElementTree.fromstring(convert(latex).replace(' xmlns="http://www.w3.org/1998/Math/MathML"', ""))
    except Exception:  # The converter's errors have no class in common.
        return as_written
    for element in math.iter():
        if element.tag not in _TAGS:
            return as_written
        kept = {name: value for name, value in element.attrib.items() if (name, value) in _ATTRIBUTES}
        element.attrib.clear()
        element.attrib.update(kept)
    return "".join(ElementTree.tostring(child, encoding="unicode") for child in math)


def name_markup(name: str) -> str:
    """A name: letters with their index, or text."""
    parts = name_parts(name)
    if parts is None:
        return f"<mtext>{escape(name)}</mtext>"
    letters, below, index = parts
    stem = f"<msub><mi>{letters}</mi><mn>{below}</mn></msub>" if below else f"<mi>{letters}</mi>"
    return stem + (f"<mtext>{index}</mtext>" if index else "")


def _number(shown: str) -> str:
    mantissa, _, exponent = shown.replace("-", "−").replace("inf", "∞").partition("e")
    if not exponent:
        return f"<mn>{mantissa}</mn>"
    power = f"<msup><mn>10</mn><mn>{exponent[0].strip('+')}{exponent[1:].lstrip('0')}</mn></msup>"
    return f"<mn>{mantissa}</mn><mo>×</mo>{power}"
