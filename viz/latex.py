"""Text in LaTeX documents: what comes out is the same text, whatever is in it and whichever TeX reads it."""

import unicodedata
from typing import Final

_LATEX: Final = {
    **{ch: f"\\{ch}" for ch in "{}#$%&_"},
    **{"\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}"},
    **{">": r"\textgreater{}", "|": r"\textbar{}", "'": "{'}"},
    **{'"': '{"}', "`": r"\textasciigrave{}", "-": "{-}", "[": "{[}", "]": "{]}"},
    **{"×": r"$\times$", "÷": r"$\div$", "−": "$-$", "·": r"$\cdot$", "′": "$'$", "²": "$^2$", "…": r"\dots{}"},
    **{"⌊": r"$\lfloor$", "⌋": r"$\rfloor$", "√": r"$\surd$", "∂": r"$\partial$", "°": r"$^\circ$"},
}
_GREEK: Final = (
    *("alpha", "beta", "gamma", "delta", "epsilon", "eta", "theta", "lambda", "mu", "pi"),
    *("rho", "sigma", "tau", "phi", "omega"),
)


def escaped(text: str, longest: int | None = None) -> str:
    """Text for a LaTeX document, in ASCII; the end is cut off where it would have more characters than that."""
    letters = [_character(letter) for letter in (text if longest is None else text[: longest + 1])]
    if longest is None or len("".join(letters)) <= longest:
        return "".join(letters)
    while letters and len("".join(letters)) > longest:
        letters.pop()
    return "".join(letters) + r"\dots{}"


def _character(ch: str) -> str:
    if ch in _LATEX:
        return _LATEX[ch]
    if ch.isascii():
        return ch
    name = unicodedata.name(ch, "")
    if name.startswith("GREEK SMALL LETTER ") and name.split()[-1].lower() in _GREEK:
        return rf"$\{name.split()[-1].lower()}$"
    # What a font of pdflatex may lack is told by its number, so that the document compiles everywhere.
    return f"{{[}}U+{ord(ch):04X}{{]}}"
