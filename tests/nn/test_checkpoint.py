"""Checkpoint files: lossless, whole or absent, and refused with a sentence where they do not fit."""

import io
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from nn.checkpoint import Checkpoint, CheckpointError
from nn.epochs import State

SETTINGS = {"optimizer": "SGD()", "samples": 4}


def checkpoint(numbers: list[float], best: int | None = 1) -> Checkpoint:
    parameters = np.array(numbers)
    state = State(3, parameters, np.array([parameters, 2.0 * parameters]))
    start = State(1, parameters + 1.0, np.zeros((2, len(numbers))))
    return Checkpoint(SETTINGS, state, [0.5, 0.25, 0.125], None if best is None else (best, start))


def same(one: State, other: State) -> bool:
    pairs = [(one.parameters, other.parameters), (one.kept, other.kept)]
    return one.epoch == other.epoch and all(a.tobytes() == b.tobytes() and a.shape == b.shape for a, b in pairs)


@given(numbers=st.lists(st.floats(), min_size=1, max_size=5))
def test_every_number_comes_back_to_the_bit(tmp_path_factory: pytest.TempPathFactory, numbers: list[float]) -> None:
    path = tmp_path_factory.mktemp("run") / "checkpoint"
    with np.errstate(over="ignore"):
        saved = checkpoint(numbers)
    saved.save(path)
    loaded = Checkpoint.load(path, SETTINGS, saved.state)
    assert same(loaded.state, saved.state)
    assert saved.best is not None
    assert loaded.best is not None
    assert loaded.best[0] == saved.best[0]
    assert same(loaded.best[1], saved.best[1])
    assert (loaded.losses, loaded.settings) == (saved.losses, SETTINGS)


def test_without_patience_there_is_no_best(tmp_path: Path) -> None:
    saved = checkpoint([1.0], best=None)
    saved.save(tmp_path / "run")
    assert Checkpoint.load(tmp_path / "run", SETTINGS, saved.state).best is None


def test_a_file_that_cannot_be_replaced_stays_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "run"
    checkpoint([1.0]).save(path)
    before = path.read_bytes()

    def full(*_: Any) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="the disk is full"):
        checkpoint([2.0]).save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("settings", "like", "message"),
    [
        (SETTINGS | {"samples": 5}, [1.0], r"is of a training with samples = 4, not 5: use the same"),
        (SETTINGS | {"optimizer": "Adam()"}, [1.0], r"with optimizer = 'SGD\(\)', not 'Adam\(\)': use the same"),
        (SETTINGS, [1.0, 2.0], "has the parameters of another model: give the one it was written for"),
    ],
)
def test_another_training_is_told(tmp_path: Path, settings: dict[str, Any], like: list[float], message: str) -> None:
    path = tmp_path / "run"
    checkpoint([1.0]).save(path)
    with pytest.raises(CheckpointError, match=message):
        Checkpoint.load(path, settings, checkpoint(like).state)


def arrays(**changed: Any) -> bytes:
    """A file like that of a checkpoint, with some of it changed."""
    header = {"chalkgrad checkpoint": 1, "settings": SETTINGS, "epoch": 0, "best": None, "start": 0}
    parts = {"losses": np.zeros(0), "parameters": np.ones(1), "kept": np.zeros((0, 1))}
    parts |= {"start_parameters": np.ones(1), "start_kept": np.zeros((0, 1))}
    header |= {key: value for key, value in changed.items() if key not in parts}
    parts |= {key: value for key, value in changed.items() if key in parts}
    content = io.BytesIO()
    np.savez(content, header=np.array(json.dumps(header)), **{k: v for k, v in parts.items() if v is not None})
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is no checkpoint: a file that nn.fit wrote is expected"),
        (b"not a zip", "is no checkpoint"),
        (
            b"\x93NUMPY\x01\x00v\x00" + b"{'descr': '<f8', 'fortran_order': False, 'shape': (0,), }".ljust(117) + b"\n",
            "is no",
        ),
        (b"PK\x03\x04" + b"\x00" * 40, "is no checkpoint"),
        (arrays()[:-30], "is no checkpoint"),
        (arrays(parameters=None), "is no checkpoint"),
        (arrays(parameters=np.array([{}])), "is no checkpoint"),
        (arrays(parameters=np.array(["a"])), "is no checkpoint"),
        (arrays(**{"chalkgrad checkpoint": 2}), "has version 2 of the format: version 1 is expected"),
        (arrays(losses=np.ones(2)), "is no whole checkpoint"),
        (arrays(epoch="many"), "is no whole checkpoint"),
        (arrays(settings=3), "is no whole checkpoint"),
        (arrays(kept=np.zeros(3)), "has the parameters of another model"),
    ],
)
def test_a_file_of_something_else_is_told(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "run"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=f"{path}.* {message}"):
        Checkpoint.load(path, SETTINGS, State(0, np.ones(1), np.zeros((0, 1))))


def test_a_missing_file_is_told() -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"):
        nn.fit(nn.two_two_one(), [[0, 1]], [1], learning_rate=0.1, epochs=1, resume="nowhere")


def test_fit_refuses_a_checkpoint_of_other_settings(tmp_path: Path) -> None:
    path = tmp_path / "run"
    nn.fit(nn.two_two_one(), [[0, 1]], [1], learning_rate=0.1, epochs=1, checkpoint=path)
    with pytest.raises(CheckpointError, match=r"with optimizer = .SGD"):
        nn.fit(nn.two_two_one(), [[0, 1]], [1], optimizer=nn.Adam(), learning_rate=0.1, epochs=2, resume=path)
    with pytest.raises(CheckpointError, match="with seed = 0, not 1"):
        nn.fit(nn.two_two_one(), [[0, 1]], [1], learning_rate=0.1, epochs=2, resume=path, seed=1)


def test_a_training_does_not_go_on_from_nan(tmp_path: Path) -> None:
    path = tmp_path / "run"
    model = nn.two_two_one()
    nn.fit(model, [[0, 1]], [1], learning_rate=0.1, epochs=1, checkpoint=path)
    content = dict(np.load(path))
    content["parameters"][3] = math.nan
    with path.open("wb") as file:
        np.savez(file, **content)
    with pytest.raises(ValueError, match=r"W1\[1,1\] is nan: a training needs finite parameters"):
        nn.fit(model, [[0, 1]], [1], learning_rate=0.1, epochs=2, resume=path)
