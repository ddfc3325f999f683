"""A bar that shows how far a training is, on a terminal and nowhere else."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: Says how many epochs are done, and the loss of the last one.
Report = Callable[[int, float], None]


@contextmanager
def bar(epochs: int, done: int, shown: bool) -> Iterator[Report | None]:
    """While it is open, a bar on standard error; it gives what moves it, or None where there is none."""
    # A program without a console has no standard error.
    if not shown or sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("epoch"),
        MofNCompleteColumn(),
        BarColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False) as progress:
        task = progress.add_task("", total=epochs, completed=done)
        yield lambda done, loss: progress.update(task, completed=done, description=f"loss {loss:.6g}")
