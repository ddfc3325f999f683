"""What a training leaves behind beside its parameters."""

from dataclasses import dataclass

from autograd.text import counted

_ROWS = 10


@dataclass(frozen=True, slots=True)
class History:
    """The losses of a training; printed, it is a table of some of them.

    Attributes:
        losses: of each epoch: the mean over its samples, each before the step that it is a part of.
        stopped: why the training ended before its last epoch, as the end of a sentence; empty where it did not.
    """

    losses: tuple[float, ...]
    stopped: str = ""

    @property
    def best(self) -> int:
        """The epoch of the lowest loss, the first among equals.

        Raises:
            ValueError: there was no epoch.
        """
        return min(range(len(self.losses)), key=self.losses.__getitem__)

    def __str__(self) -> str:
        if not self.losses:
            return "no epoch"
        last = len(self.losses) - 1
        shown = sorted({round(last * row / (_ROWS - 1)) for row in range(_ROWS)})
        width = max(len("epoch"), len(f"{last:,}"))
        lines = [f"{'epoch':>{width}}  loss", *(f"{epoch:>{width},}  {self.losses[epoch]:.6g}" for epoch in shown)]
        why = f", stopped because {self.stopped}" if self.stopped else ""
        lines.append(f"{counted(len(self.losses), 'epoch')}{why}; lowest {self.losses[self.best]:.6g} at {self.best:,}")
        return "\n".join(lines)
