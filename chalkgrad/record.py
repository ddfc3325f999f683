"""Trace files: a solved run as JSON, every number to the bit, so that two runs can be compared later.

A file holds what was given and the quantities of each step by their names; formulas follow from those. Numbers are
written in the fewest digits that are exactly them. JSON has no infinities and no nan: they are texts, a nan with its
bits.
"""

import json
import math
import os
import re
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from autograd.files import write_whole
from autograd.text import counted, printable, quoted
from chalkgrad.problem import Matrix
from chalkgrad.solution import Solution

#: The version of the format that is written and read.
VERSION: Final = 1

#: Bytes of the largest file that is written or read.
LARGEST: Final = 16_000_000

_MARK: Final = "chalkgrad run"
_KEYS: Final = (_MARK, "title", "settings", "given", "steps")
_INFINITIES: Final = {"inf": math.inf, "-inf": -math.inf}


class RunError(ValueError):
    """A trace file that cannot be read or written; the message names the file, the place and what was expected."""


@dataclass(frozen=True, slots=True)
class Run:
    """The numbers of a solved run.

    Attributes:
        title: what the problem is called; may be empty.
        settings: what is given and is no number, such as the activations, by name.
        given: what the first step starts from, by name.
        steps: for each step its quantities by name, in the order they are worked out.
    """

    title: str
    settings: Mapping[str, str]
    given: Mapping[str, Matrix]
    steps: tuple[Mapping[str, Matrix], ...]

    @classmethod
    def of(cls, solution: Solution) -> "Run":
        """The numbers of a solution; ``loss_after`` is the loss at the updated parameters."""
        problem = solution.problem
        steps = []
        for step in solution.steps:
            quantities = {quantity.name: quantity.matrix for quantity in step.quantities}
            steps.append({**quantities, "loss_after": ((step.loss_after,),)})
        settings = {"activation": ", ".join(problem.activations), "loss": "half_mse"}
        return cls(problem.title, settings, problem.given(), tuple(steps))


def save_run(run: Run | Solution, path: str | os.PathLike[str]) -> None:
    """Write a run to a file that ``load_run`` reads.

    Raises:
        RunError: it would be larger than what load_run reads.
        OSError: the file cannot be written.
    """
    if isinstance(run, Solution):
        run = Run.of(run)
    document = {
        _MARK: VERSION,
        "title": run.title,
        "settings": dict(run.settings),
        "given": _written(run.given),
        "steps": [*map(_written, run.steps)],
    }
    content = json.dumps(document, allow_nan=False, separators=(",", ":")).encode()
    if len(content) > LARGEST:
        name, steps = printable(os.fspath(path)), counted(len(run.steps), "step")
        raise RunError(f"{name}: {steps} would take {len(content):,} bytes of at most {LARGEST:,}: save fewer steps")
    write_whole(path, content + b"\n")


def load_run(path: str | os.PathLike[str]) -> Run:
    """Read a run that ``save_run`` wrote: every number is the same to the bit.

    Raises:
        RunError: the file cannot be read, or is no such file.
    """
    name = printable(os.fspath(path))
    try:
        with Path(path).open("rb") as file:
            content = file.read(LARGEST + 2)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise RunError(
            f"{name}: cannot be read ({why}): give the path of a file from 'chalkgrad solve --save'"
        ) from None
    try:
        # The one byte more is the line's end.
        if len(content) > LARGEST + 1:
            raise RunError(f"has more than {LARGEST:,} bytes: a run of fewer steps is expected")
        return _run(_parsed(content))
    except RunError as error:
        raise RunError(f"{name}: {error}") from None


def _written(quantities: Mapping[str, Matrix]) -> dict[str, list[list[float | str]]]:
    return {name: [[*map(_number_written, row)] for row in matrix] for name, matrix in quantities.items()}


def _number_written(number: float) -> float | str:
    if math.isfinite(number):
        return float(number)
    return f"nan:{struct.pack('>d', number).hex()}" if math.isnan(number) else str(number)


# Reading --------------------------------------------------------------------------------------------------------------


def _parsed(content: bytes) -> object:
    try:
        return json.loads(
            content.decode("utf-8-sig"),
            object_pairs_hook=_without_duplicates,
            parse_int=_whole,
            parse_constant=_refused_constant,
        )
    except RunError:
        raise
    except UnicodeDecodeError as error:
        raise RunError(f"byte {error.start} is not UTF-8: a file from 'chalkgrad solve --save' is expected") from None
    except RecursionError:
        raise RunError("is nested too deeply: a run needs no more than lists of lists") from None
    except ValueError as error:
        raise RunError(f"is not JSON: {printable(str(error))}") from None


def _without_duplicates(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    table: dict[str, Any] = {}
    for key, value in pairs:
        if key in table:
            raise RunError(f"has {quoted(key)} twice in one table: leave one of them out")
        table[key] = value
    return table


def _whole(text: str) -> int | float:
    # Other programs write 1 for 1.0, and -0 or twenty digits as well.
    return float(text) if len(text) > 15 or text == "-0" else int(text)


def _refused_constant(text: str) -> float:
    raise RunError(f'has {text}, which is not JSON: such numbers are texts here, such as "inf"')


def _run(document: object) -> Run:
    if not isinstance(document, dict) or _MARK not in document:
        raise RunError(
            f"is not a run: a table with the key {_MARK!r} is expected, as 'chalkgrad solve --save' writes it"
        )
    version = document[_MARK]
    if type(version) is not int or version != VERSION:
        raise RunError(f"has version {quoted(version)} of the format: version {VERSION} is expected")
    for key in (*document, *_KEYS):
        if key not in _KEYS:
            raise RunError(f"{quoted(key)} is unknown: one of {', '.join(_KEYS)} is expected")
        if key not in document:
            raise RunError(f"{key} is missing: one of {', '.join(_KEYS)} is expected each")
    steps = document["steps"]
    if not isinstance(steps, list) or not steps:
        raise RunError(f"steps is {_kind(steps)}: a list of tables is expected, one for each step")
    return Run(
        _text(document["title"], "title"),
        {key: _text(text, f"settings.{_shown(key)}") for key, text in _table(document["settings"], "settings").items()},
        _quantities(document["given"], "given"),
        tuple(_quantities(step, f"steps[{place}]") for place, step in enumerate(steps)),
    )


def _quantities(table: object, place: str) -> dict[str, Matrix]:
    return {name: _matrix(rows, f"{place}.{_shown(name)}") for name, rows in _table(table, place).items()}


def _matrix(rows: object, place: str) -> Matrix:
    if not isinstance(rows, list) or not rows or not all(isinstance(row, list) and row for row in rows):
        raise RunError(f"{place} is {_kind(rows)}: a list of rows is expected, such as [[1.0, 2.0], [3.0, 4.0]]")
    if any(len(row) != len(rows[0]) for row in rows):
        raise RunError(f"{place} has rows of different lengths: as many numbers in each are expected")
    return tuple(
        tuple(_number(number, f"{place}[{i},{j}]") for j, number in enumerate(row)) for i, row in enumerate(rows)
    )


def _number(number: object, place: str) -> float:
    if type(number) is int:
        return float(number)
    if isinstance(number, float) and math.isfinite(number):
        return number
    if isinstance(number, str):
        if number in _INFINITIES:
            return _INFINITIES[number]
        if re.fullmatch("nan:[0-9a-f]{16}", number):
            (unpacked,) = struct.unpack(">d", bytes.fromhex(number.removeprefix("nan:")))
            if math.isnan(unpacked):
                return float(unpacked)
    raise RunError(f'{place} is {_kind(number)}: a number is expected, or "inf", "-inf" or "nan:" with its bits')


def _table(table: object, place: str) -> dict[str, Any]:
    if not isinstance(table, dict):
        raise RunError(f"{place} is {_kind(table)}: a table is expected")
    return table


def _text(text: object, place: str) -> str:
    if not isinstance(text, str):
        raise RunError(f"{place} is {_kind(text)}: text is expected")
    return text


def _shown(key: str) -> str:
    return printable(key, 40)


def _kind(thing: object) -> str:
    match thing:
        case []:
            return "an empty list"
        case list():
            return "a list"
        case dict():
            return "a table"
        case float() if math.isinf(thing):
            return "a number beyond the largest of 64 bits"
        case _:
            return quoted(json.dumps(thing)) if thing is None or isinstance(thing, bool) else quoted(thing)
