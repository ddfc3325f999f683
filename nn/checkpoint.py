"""Checkpoints: how far a training is, in one file, to the last bit.

It is NumPy's own format for several arrays, written and read without pickle, so that a file cannot run anything.
"""

import io
import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from autograd.files import write_whole
from autograd.text import printable, quoted
from nn.epochs import State

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, Any]

#: The version of the format that is written and read.
VERSION: Final = 1


class CheckpointError(ValueError):
    """A file that a training cannot go on from; the message names the file and what was expected."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """All that a training needs to go on as if it had never stopped.

    Attributes:
        settings: what must be the same when it goes on.
        state: how far it is.
        losses: of the epochs so far.
        best: the epoch of the lowest loss and a state from which it can be reached, or None where nobody asks for it.
    """

    settings: Mapping[str, Any]
    state: State
    losses: list[float]
    best: tuple[int, State] | None

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it to a file, whole or not at all.

        Raises:
            OSError: the file cannot be written.
        """
        import numpy

        best, start = self.best or (None, self.state)
        header = {
            "chalkgrad checkpoint": VERSION,
            "settings": self.settings,
            "epoch": self.state.epoch,
            "best": best,
            "start": start.epoch,
        }
        content = io.BytesIO()
        numpy.savez(
            content,
            header=numpy.array(json.dumps(header)),
            losses=numpy.array(self.losses),
            parameters=self.state.parameters,
            kept=self.state.kept,
            start_parameters=start.parameters,
            start_kept=start.kept,
        )
        write_whole(path, content.getvalue())

    @classmethod
    def load(cls, path: str | os.PathLike[str], settings: Mapping[str, Any], like: State) -> "Checkpoint":
        """Read a file that ``save`` wrote.

        Args:
            settings: those of the training that is to go on.
            like: a state of it, for the shapes.

        Raises:
            CheckpointError: it is no such file, or that of another training.
            OSError: the file cannot be read.
        """
        name = printable(os.fspath(path))
        arrays, header = _read(path, name)
        for key, value in settings.items():
            if header["settings"].get(key) != value:
                before = header["settings"].get(key)
                raise CheckpointError(f"{name} is of a training with {key} = {before!r}, not {value!r}: use the same")
        states = []
        for prefix, epoch in (("", header["epoch"]), ("start_", header["start"])):
            state = State(epoch, arrays[f"{prefix}parameters"], arrays[f"{prefix}kept"])
            if (state.parameters.shape, state.kept.shape) != (like.parameters.shape, like.kept.shape):
                raise CheckpointError(f"{name} has the parameters of another model: give the one it was written for")
            states.append(state)
        best = None if header["best"] is None else (header["best"], states[1])
        return cls(header["settings"], states[0], arrays["losses"].tolist(), best)


def _read(path: str | os.PathLike[str], name: str) -> "tuple[dict[str, Array], dict[str, Any]]":
    """The arrays of a file and its header."""
    import numpy

    wanted = ("losses", "parameters", "kept", "start_parameters", "start_kept")
    try:
        with Path(path).open("rb") as file, numpy.load(file, allow_pickle=False) as content:
            header = json.loads(str(content["header"]))
            arrays = {key: numpy.asarray(content[key], numpy.float64) for key in wanted}
        version = header["chalkgrad checkpoint"]
        places = (header["epoch"], header["start"], header["settings"], header["best"])
    except (ValueError, KeyError, TypeError, EOFError, NotImplementedError, zipfile.BadZipFile) as error:
        raise CheckpointError(f"{name} is no checkpoint: a file that nn.fit wrote is expected") from error
    if version != VERSION:
        raise CheckpointError(f"{name} has version {quoted(version)} of the format: version {VERSION} is expected")
    kinds = (int, int, dict, int | None)
    if not all(map(isinstance, places, kinds)) or arrays["losses"].shape != (header["epoch"],):
        raise CheckpointError(f"{name} is no whole checkpoint: a file that nn.fit wrote is expected")
    return arrays, header
