"""Learning rates that change with the epoch."""

from collections.abc import Callable

import pytest

from nn import schedules


@pytest.mark.parametrize(
    ("schedule", "rates"),
    [
        (schedules.exponential(0.8, 0.5), [0.8, 0.4, 0.2, 0.1]),
        (schedules.stepped(0.8, 0.5, 2), [0.8, 0.8, 0.4, 0.4, 0.2]),
        (schedules.cosine(1.0, 0.2, 4), [1.0, 0.6 + 0.4 * 0.5**0.5, 0.6, 0.6 - 0.4 * 0.5**0.5, 0.2, 0.2]),
        (schedules.warmup(4, lambda epoch: 0.4), [0.1, 0.2, 0.3, 0.4, 0.4]),
        (schedules.warmup(2, schedules.exponential(0.8, 0.5)), [0.4, 0.4, 0.2]),
    ],
)
def test_the_rate_of_each_epoch(schedule: Callable[[int], float], rates: list[float]) -> None:
    assert [schedule(epoch) for epoch in range(len(rates))] == pytest.approx(rates, rel=1e-15)


@pytest.mark.parametrize(
    "make",
    [
        lambda: schedules.stepped(0.1, 0.5, 0),
        lambda: schedules.cosine(0.1, 0.0, 0),
        lambda: schedules.warmup(0, lambda epoch: 0.1),
    ],
)
def test_a_number_of_epochs_is_at_least_1(make: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match="= 0: a number"):
        make()
