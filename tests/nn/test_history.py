"""What a training leaves behind, and how it prints."""

import pytest

from nn import History


def test_it_prints_as_a_table_of_some_epochs() -> None:
    history = History(tuple(1.0 / (epoch + 1) for epoch in range(2000)))
    lines = str(history).splitlines()
    assert lines[:3] == ["epoch  loss", "    0  1", "  222  0.0044843"]
    assert lines[-2:] == ["1,999  0.0005", "2,000 epochs; lowest 0.0005 at 1,999"]
    assert len(lines) == 12


def test_a_short_one_prints_every_epoch_and_why_it_ended() -> None:
    history = History((0.5, 0.25, 0.75), "a callback said so")
    assert str(history).splitlines() == [
        "epoch  loss",
        "    0  0.5",
        "    1  0.25",
        "    2  0.75",
        "3 epochs, stopped because a callback said so; lowest 0.25 at 1",
    ]


def test_the_first_of_equals_is_the_best() -> None:
    assert History((2.0, 1.0, 1.0)).best == 1


def test_of_no_epochs() -> None:
    assert str(History(())) == "no epoch"
    with pytest.raises(ValueError, match="empty"):
        _ = History(()).best
