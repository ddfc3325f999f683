"""What the tests of worked problems share; what lies next to them is made importable."""

import random
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import strategies as st

import chalkgrad
from chalkgrad import Problem
from chalkgrad.activations import NOTATION

sys.path.append(str(Path(__file__).parent))


@pytest.fixture(scope="session")
def or_gate(root: Path) -> Problem:
    """The hand-worked OR gate."""
    return chalkgrad.load(root / "demos" / "or_gate.toml")


@pytest.fixture(scope="session")
def problems() -> st.SearchStrategy[Problem]:
    """Networks of one to three layers of any activation, on a few samples or on many."""

    @st.composite
    def problem(draw: st.DrawFn) -> Problem:
        sizes = draw(st.lists(st.integers(1, 4) | st.just(10), min_size=2, max_size=4))
        samples = draw(st.integers(1, 5) | st.sampled_from([8, 9, 30]))
        activations = tuple(draw(st.sampled_from(sorted(NOTATION))) for _ in sizes[1:])
        rng = random.Random(draw(st.integers(0, 2**32)))

        def matrix(rows: int, columns: int) -> tuple[tuple[float, ...], ...]:
            return tuple(tuple(rng.uniform(-1.5, 1.5) for _ in range(columns)) for _ in range(rows))

        return Problem(
            title="",
            X=matrix(sizes[0], samples),
            y=matrix(sizes[-1], samples),
            weights=tuple(matrix(after, before) for before, after in pairwise(sizes)),
            biases=tuple(matrix(1, after)[0] for after in sizes[1:]),
            activations=activations,
            learning_rate=rng.uniform(0.0, 1.0),
        )

    return problem()
