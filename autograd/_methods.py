"""The methods that the operation table gives a Value, for type checkers and editors, which cannot see them made.

``_methods.pyi`` beside this file lists them; it is written by

    python -c "from autograd import _methods; _methods.write_stub()"

and a test holds it against the table.
"""

from pathlib import Path

from autograd.operations import OPERATIONS
from autograd.scalar import SYMBOLS


class Methods:
    """What the stub says of a Value; there is nothing to it at run time."""

    __slots__ = ()


def stub() -> str:
    """The text of the stub."""
    lines = [
        "# Written from the operation table, see _methods.py.",
        "from typing import Any, overload",
        "",
        "from autograd.value import Value",
        "",
        "class Methods:",
    ]
    for op in OPERATIONS.values():
        names = [] if op.helper else sorted({op.name, op.numpy or op.name})
        if op in SYMBOLS:
            names.append(f"__{SYMBOLS[op]}__")
        if len(op.partials) == 1:
            lines += [f"    def {name}(self) -> Value: ..." for name in names]
            continue
        if op in SYMBOLS:
            names.append(f"__r{SYMBOLS[op]}__")
        for name in names:
            for other, result in (("Value | float", "Value"), ("Any", "Any")):
                lines += ["    @overload", f"    def {name}(self, other: {other}) -> {result}: ..."]
    return "\n".join([*lines, ""])


def write_stub() -> None:
    """Write the stub anew."""
    Path(__file__).with_suffix(".pyi").write_text(stub(), encoding="utf-8")
