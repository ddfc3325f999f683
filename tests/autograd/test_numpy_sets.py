"""NumPy's validation sets: results that it worked out in high precision and carries inside its wheel."""

import math
import struct
from pathlib import Path

import numpy as np
import pytest

from autograd import OPERATIONS, Operation, Value

FOLDER = Path(np.__file__).parent / "_core" / "tests" / "data"
PREFIX = "umath-validation-set-"
BY_NUMPYS_NAME = {op.numpy: op for op in OPERATIONS.values() if op.numpy}
#: Sets for functions that the table does not have, and why.
WITHOUT_OPERATION: dict[str, str] = {}


def sets() -> list[str]:
    return sorted(path.stem.removeprefix(PREFIX) for path in FOLDER.glob(f"{PREFIX}*.csv"))


def rows(name: str) -> list[list[str]]:
    lines = (FOLDER / f"{PREFIX}{name}.csv").read_text(encoding="utf-8").splitlines()
    return [line.split(",") for line in lines if line.startswith("np.")]


def number(kind: str, digits: str) -> float:
    """A double or a single from its bits in hexadecimal; every single is a double too."""
    size, code = {"np.float64": (8, ">d"), "np.float32": (4, ">f")}[kind]
    return float(struct.unpack(code, int(digits, 16).to_bytes(size, "big"))[0])


def distance(kind: str, ours: float, theirs: float) -> float:
    """How many units in the last place apart, both rounded to the kind of number the row is about."""
    if math.isnan(ours) or math.isnan(theirs):
        return 0.0 if math.isnan(ours) and math.isnan(theirs) else math.inf
    round_to = {"np.float64": np.float64, "np.float32": np.float32}[kind]
    with np.errstate(over="ignore"):
        ours = float(round_to(ours))
    if ours == theirs:
        return 0.0 if math.copysign(1.0, ours) == math.copysign(1.0, theirs) else math.inf
    if math.isinf(ours) or math.isinf(theirs):
        return math.inf
    return abs(ours - theirs) / float(np.spacing(round_to(abs(theirs))))


def test_there_are_twenty_sets_and_the_table_has_all_of_their_functions() -> None:
    assert len(sets()) >= 20
    assert set(sets()) - BY_NUMPYS_NAME.keys() == WITHOUT_OPERATION.keys()


@pytest.mark.parametrize("name", [name for name in sets() if name not in WITHOUT_OPERATION])
def test_every_row_of_a_set_is_met_within_two_units_in_the_last_place(name: str) -> None:
    op: Operation = BY_NUMPYS_NAME[name]
    points = rows(name)
    assert len(points) > 200
    far = []
    for kind, x, expected, _ in points:
        v = Value(number(kind, x))
        error = distance(kind, op(v).data, number(kind, expected))
        if error > 2.0:
            far.append((kind, v.data, op(v).data, number(kind, expected), error))
    assert not far


def test_a_single_is_read_and_compared_as_a_single() -> None:
    third = number("np.float32", "0x3eaaaaab")
    assert third == 0.3333333432674408
    assert distance("np.float32", 1 / 3, third) == 0.0
    assert distance("np.float64", 1 / 3, third) > 1e6
    assert distance("np.float64", math.nextafter(1.0, 2.0), 1.0) == 1.0
    assert distance("np.float64", 0.0, -0.0) == distance("np.float64", math.inf, 1.0) == math.inf
    assert distance("np.float64", math.nan, math.nan) == 0.0 != distance("np.float64", math.nan, 1.0)
