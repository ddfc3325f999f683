"""Where a picture was to be and could not be made, its graph is saved."""

import os

from autograd.files import write_whole
from viz.layout import LayoutError


def rescued(error: LayoutError, path: str | os.PathLike[str]) -> LayoutError:
    """The error, after the graph that could not be laid out was saved beside where its picture was to be."""
    rescue = f"{os.fspath(path)}.dot"
    write_whole(rescue, error.source)
    return LayoutError(f"{error}; the graph itself is saved as {rescue}", error.source)
