"""What all tests share."""

from pathlib import Path

import hypothesis
import pytest

# The same examples in every run, so that a green suite stays green; `--hypothesis-profile=explore` looks for new ones.
hypothesis.settings.register_profile("chalkgrad", deadline=None, derandomize=True)
hypothesis.settings.register_profile("explore", deadline=None, print_blob=True, max_examples=1000)
# Mutation testing runs each test many times over in one process.
hypothesis.settings.register_profile(
    "mutation",
    deadline=None,
    derandomize=True,
    max_examples=40,
    suppress_health_check=[hypothesis.HealthCheck.differing_executors],
)
hypothesis.settings.load_profile("chalkgrad")

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT
