"""What models have in common: their parameters are found where they stand, and go to a file and back."""

import json
import os
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Final

from autograd import Value
from autograd.files import write_whole
from autograd.operations import as_float
from autograd.text import printable, quoted

#: The version of the files that are written and read.
VERSION: Final = 1


class Module:
    """A model or a part of one; its attributes say what its parameters are.

    A parameter is a Value that no operation made and that stands in an attribute, in a list or a tuple, or in another
    Module there. Nothing is registered: a dataclass that derives from this class lists its parameters as its fields.
    """

    def parameters(self) -> list[Value]:
        """Every parameter, in the order of the attributes; one that stands in several places once."""
        return list(self.named_parameters().values())

    def named_parameters(self) -> dict[str, Value]:
        """The same by where each stands, such as ``layers[0].W[1][0]``."""
        found: dict[str, Value] = {}
        _find(self, "", found, set())
        return found

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0, before the next backward pass adds to it."""
        for parameter in self.parameters():
            parameter.grad = 0.0

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the parameters to a file, to the last bit; whole or not at all.

        It is JSON: a number for each parameter, by where it stands.

        Raises:
            OSError: the file cannot be written.
        """
        numbers = {name: parameter.data for name, parameter in self.named_parameters().items()}
        write_whole(path, json.dumps({"chalkgrad parameters": VERSION, "parameters": numbers}, indent=1) + "\n")

    def load(self, path: str | os.PathLike[str]) -> None:
        """Give every parameter the number that ``save`` wrote for it.

        Raises:
            ValueError: it is no such file, or that of a model with other parameters; all stay as they are.
            OSError: the file cannot be read.
        """
        file, parameters = printable(os.fspath(path)), self.named_parameters()
        numbers = _read(path, file)
        remedy = "load it into a model like the one it was saved from"
        for name in parameters:
            if name not in numbers:
                raise ValueError(f"{file} has no number for {name}: {remedy}")
        for name in numbers:
            if name not in parameters:
                raise ValueError(f"{file} has a number for {quoted(name)}, which the model lacks: {remedy}")
        for name, parameter in parameters.items():
            parameter.data = numbers[name]


def _find(thing: Any, place: str, found: dict[str, Value], met: set[int]) -> None:
    """Add the parameters in a thing, by where they stand, to those found so far."""
    if id(thing) in met:
        return
    met.add(id(thing))
    if isinstance(thing, Value):
        if thing.op is None:
            found[place] = thing
    elif isinstance(thing, Module):
        for name in _attributes(thing):
            _find(getattr(thing, name), f"{place}.{name}" if place else name, found, met)
    elif isinstance(thing, list | tuple):
        for index, part in enumerate(thing):
            _find(part, f"{place}[{index}]", found, met)


def _attributes(module: Module) -> dict[str, None]:
    # A dataclass with slots has only its fields, and one that was given more later has those as well.
    declared: list[str] = [field.name for field in fields(module)] if is_dataclass(module) else []
    return dict.fromkeys([*declared, *vars(module)])


def _read(path: str | os.PathLike[str], file: str) -> dict[str, float]:
    """The numbers of a file that ``save`` wrote.

    Args:
        file: what messages call it.
    """
    try:
        content = json.loads(Path(path).read_bytes())
        version, numbers = content["chalkgrad parameters"], dict(content["parameters"])
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ValueError(f"{file} has no parameters: a file that save wrote is needed") from error
    if version != VERSION:
        raise ValueError(f"{file} has version {quoted(version)} of the format: version {VERSION} is needed")
    for name, number in numbers.items():
        try:
            numbers[name] = as_float(None if isinstance(number, bool) else number)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{file} has {quoted(number)} for {quoted(name)}: a number is needed") from error
    return numbers
