"""Names of quantities in their parts: ``delta2``, ``W1_new``, and with the sample it is of, ``A1⁽⁰⁾``."""

import re
from dataclasses import dataclass
from typing import Final

_NAME: Final = re.compile(r"(delta|backpropagated|dW|db|[A-Za-zηθΔ]+)([0-9]*)(_new)?(?:⁽([⁰¹²³⁴-⁹]+)⁾)?")
_RAISED: Final = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_LOWERED: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


@dataclass(frozen=True, slots=True)
class Name:
    """A name in its parts.

    Attributes:
        stem: what kind of quantity it is: Z, delta, W.
        layer: its number as text; may be empty.
        new: whether it is the one after the update.
        sample: the number of the sample it is of, as text; empty where it is of all.
    """

    stem: str
    layer: str = ""
    new: bool = False
    sample: str = ""

    def __str__(self) -> str:
        raised = f"⁽{self.sample.translate(_RAISED)}⁾" if self.sample else ""
        return f"{self.stem}{self.layer}{'_new' if self.new else ''}{raised}"


def parsed(token: str) -> Name | None:
    """The parts of a name; None for what is no name, such as a sign."""
    match = _NAME.fullmatch(token)
    if match is None:
        return None
    stem, layer, new, sample = match.groups(default="")
    return Name(stem, layer, bool(new), sample.translate(_LOWERED))


def stem(token: str) -> str:
    """What kind of quantity a name is of; a sign stays what it is."""
    name = parsed(token)
    return token if name is None else name.stem
