"""What all tests share."""

from pathlib import Path

import hypothesis
import pytest

hypothesis.settings.register_profile("chalkgrad", deadline=None, print_blob=True)
hypothesis.settings.load_profile("chalkgrad")

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT
