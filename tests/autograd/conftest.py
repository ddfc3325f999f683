"""What the tests of the engine share; with importlib's import mode a test's folder is not on the path."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograd import OPERATIONS

sys.path.append(str(Path(__file__).parent))


@pytest.fixture(autouse=True)
def _table_as_it_was() -> Iterator[None]:
    """The table is everybody's: the next test must find it without what this one added."""
    names = set(OPERATIONS)
    yield
    for name in OPERATIONS.keys() - names:
        del OPERATIONS[name]
