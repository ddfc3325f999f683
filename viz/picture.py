"""A picture of a graph: every value with its number and gradient, every operation, every slope on its edge."""

import os
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Final

from autograd import Value
from autograd.files import write_whole
from viz.dot import dot, for_viewers
from viz.drawing import Drawing, Wishes, drawing
from viz.files import rescued
from viz.html import document
from viz.layout import LayoutError, lay_out
from viz.mermaid import mermaid
from viz.terminal import terminal
from viz.tikz import tikz


class Picture:
    """A graph as DOT, and through a layout engine as SVG or PNG. Notebooks show it as it is."""

    def __init__(self, drawing: Drawing) -> None:
        self.drawing = drawing
        #: The DOT text.
        self.source = dot(drawing)

    def svg(self) -> str:
        """The picture as an SVG document.

        Raises:
            LayoutError: no engine was found, or it failed.
        """
        return for_viewers(lay_out(self.source, "svg").decode())

    def png(self) -> bytes:
        """The picture as a PNG file's bytes.

        Raises:
            LayoutError: no engine was found, or it failed.
        """
        return lay_out(self.source, "png")

    def html(self) -> str:
        """The picture as a web page of its own, as wide as the window but no wider than it is.

        Raises:
            LayoutError: no engine was found, or it failed.
        """
        svg = self.svg()
        return document("A computation graph", svg[svg.index("<svg") :], _PAGE_STYLE)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture in the format that the file's name ends in.

        .svg, .png and .pdf are pictures, .html is a web page, .dot and .gv are Graphviz's own language, .mmd is
        Mermaid's, .tex a LaTeX document with a TikZ picture, .txt a tree for the terminal.

        Raises:
            ValueError: the name ends in something else.
            LayoutError: no engine was found, or it failed; the DOT text is then in the file of that name with
                ``.dot`` added.
            OSError: the file cannot be written.
        """
        ending = Path(path).suffix.lower()
        if ending not in FORMATS:
            raise ValueError(f"{os.fspath(path)!r} ends in {ending!r}: use one of {', '.join(FORMATS)}")
        try:
            content = FORMATS[ending](self)
        except LayoutError as error:
            raise rescued(error, path) from None
        write_whole(path, content)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        try:
            return {"image/svg+xml": self.svg(), "text/plain": repr(self)}
        except LayoutError as error:
            return {"text/plain": f"{self!r}: {error}"}

    def __repr__(self) -> str:
        return f"<Picture of {len(self.source.splitlines())} lines of DOT: .svg(), .png(), .save(path)>"


_PAGE_STYLE: Final = """
:root { color-scheme: light dark; }
body { margin: 0; background: #ffffff; }
@media (prefers-color-scheme: dark) { body { background: #14161a; } }
svg { display: block; margin: auto; max-width: 100%; height: auto; }
"""

#: How a picture is written, by the ending of the file's name.
FORMATS: Final[dict[str, Callable[[Picture], str | bytes]]] = {
    ".svg": Picture.svg,
    ".png": Picture.png,
    ".html": Picture.html,
    ".pdf": lambda picture: lay_out(picture.source, "pdf"),
    ".dot": lambda picture: picture.source,
    ".gv": lambda picture: picture.source,
    ".mmd": lambda picture: mermaid(picture.drawing),
    ".tex": lambda picture: tikz(picture.drawing, lay_out(picture.source, "json0").decode()),
    ".txt": lambda picture: terminal(picture.drawing),
}


def draw(
    output: Value,
    *,
    show: Collection[str] = ("names", "data", "grad", "partials"),
    precision: int = 4,
    highlight: Value | Iterable[Value] = (),
    parameters: Iterable[Value] = (),
    fold: int | Collection[str] | None = None,
    most: int = 250,
) -> Picture:
    """Draw the graph that ends in output, from left to right.

    A box is a value: an input with square corners, a parameter with cut ones, what was worked out with round ones, the
    output with a double border. A circle is an operation, a bare number a constant. Once a backward pass has reached
    output, a box is filled by its gradient: orange where it is positive, blue and with a dashed border where it is
    negative, the darker the larger; a legend has the numbers. An activation whose slope is less than a hundredth of
    the steepest is marked saturated, one that lets nothing through dead. The same graph gives the same picture, byte
    for byte.

    Args:
        show: which of "names", "data", "grad", "partials" (the local derivative, on the edge from each operand),
            "contributions" (what that edge adds to the operand's gradient) and "steps" (the numbers that a trace and a
            derivation give to operations and, backwards, to edges) to show.
        precision: the number of significant digits, from 1 to 17.
        highlight: the Values of a path, or one Value: then all that lies between it and output.
        parameters: which of the leaves are parameters, such as a network's ``parameters()``.
        fold: which scopes are drawn as one box: those that lie as many scopes deep (0 for the outermost), or those of
            the given names.
        most: how many boxes there may be. Of a larger graph more is folded: from the innermost scopes outwards, and
            all that does the same to the same.

    Raises:
        TypeError: output is not a Value, or show or fold is a text.
        ValueError: show has another part, precision is out of range, no scope has a name in fold, or highlight has a
            Value that is no part of the graph.
    """
    if not isinstance(output, Value):
        raise TypeError(f"draw of {output!r}: a Value is needed, such as Value(2.0) * Value(3.0)")
    return Picture(drawing(output, Wishes(show, precision, highlight, parameters, fold, most)))
