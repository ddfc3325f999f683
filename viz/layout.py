"""The engine that turns DOT into a picture: which one it is, and how it is run."""

import os
import shutil
import subprocess
import sys
from importlib import metadata, util
from pathlib import Path

from autograd.text import printable

#: Seconds after which a layout is given up.
TIMEOUT = 60.0

_NO_ENGINE = (
    "no engine for Graphviz's DOT language was found: run 'pip install graphviz-pure', install Graphviz, "
    "or name its dot command in GRAPHVIZ_DOT"
)
_NO_PDF = (
    "PDF needs Graphviz itself: install it for its dot command, run \"pip install 'chalkgrad[pdf]'\", "
    "or save the picture as .svg"
)

# Characters of what a failed engine says that are passed on.
_LONGEST_REASON = 300


class LayoutError(RuntimeError):
    """DOT could not be laid out; ``source`` is the DOT text, which nothing has happened to."""

    def __init__(self, message: str, source: str) -> None:
        super().__init__(message)
        self.source = source


def lay_out(source: str, form: str, timeout: float = TIMEOUT) -> bytes:
    """The picture of a DOT text in one of Graphviz's formats, such as "svg" or "png".

    Args:
        timeout: seconds after which the engine is stopped.

    Raises:
        LayoutError: there is no engine, it took too long, or it refused the text.
    """
    engine = find_engine(form)
    # Kdot, because graphviz-pure and dot may be installed under a name that means another layout.
    command = [engine, "-Kdot", f"-T{form}"] if engine else _bindings(form)
    if command is None:
        raise LayoutError(_NO_PDF if form == "pdf" else _NO_ENGINE, source)
    name = engine or "pygraphviz"
    # SERVER_NAME makes Graphviz refuse to read image files, which no picture of a graph has a use for.
    environment = {**os.environ, "SERVER_NAME": "chalkgrad"}
    try:
        done = subprocess.run(
            command,
            input=source.encode(),
            capture_output=True,
            timeout=timeout,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise LayoutError(
            f"{name} took more than {timeout:g} s to lay out the graph: draw a part of it, "
            "or lay out its DOT text (Picture.source) yourself",
            source,
        ) from None
    except OSError as error:
        raise LayoutError(f"{name} cannot be run ({error}): see GRAPHVIZ_DOT", source) from None
    if done.returncode != 0 or not done.stdout:
        said = printable(" ".join(done.stderr.decode(errors="replace").split()), _LONGEST_REASON)
        raise LayoutError(f"{name} could not lay out the graph: {said or 'it gave no reason'}", source)
    return done.stdout


def find_engine(form: str = "svg") -> str | None:
    """The command that lays out DOT: $GRAPHVIZ_DOT, graphviz-pure's (which knows no PDF), the system's dot, or None."""
    embedded = None if form == "pdf" else _embedded_engine()
    return os.environ.get("GRAPHVIZ_DOT") or embedded or shutil.which("dot")


def _bindings(form: str) -> list[str] | None:
    """A command that draws PDF with pygraphviz, which has Graphviz in it; None where it is not installed."""
    if form != "pdf" or util.find_spec("pygraphviz") is None:
        return None
    # In a process of its own, as any engine, so that it can be stopped.
    code = (
        "import sys, pygraphviz; "
        "graph = pygraphviz.AGraph(string=sys.stdin.buffer.read().decode()); "
        f"sys.stdout.buffer.write(graph.draw(format={form!r}, prog='dot'))"
    )
    # P, so that no file of that name in the working directory is run instead.
    return [sys.executable, "-P", "-c", code]


def _embedded_engine() -> str | None:
    # Asked of the installation, since the bin folder of a virtual environment is often not on PATH.
    try:
        files = metadata.files("graphviz-pure") or []
    except metadata.PackageNotFoundError:
        return None
    for file in files:
        path = Path(str(file.locate()))
        if file.stem == "graphviz-pure" and path.is_file():
            return str(path.resolve())
    return None
