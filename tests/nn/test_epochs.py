"""Epochs: which samples the steps of an epoch take, at which rates, and in how many calls of the backend."""

from itertools import chain
from typing import Any

import numpy as np
import pytest

from nn import epochs as module
from nn.epochs import Epochs, State

SAMPLES = 10


class Spy:
    """A trainer that remembers what it was asked for, and whose loss at a step is the number of that step."""

    def __init__(self) -> None:
        self.orders: list[Any] = []
        self.rates: list[list[float]] = []

    def __call__(self, parameters, kept, columns, order, size, rates, done) -> Any:
        self.orders.append(None if order is None else order.tolist())
        self.rates.append(rates.tolist())
        parameters += len(rates)
        return done + np.arange(len(rates), dtype=float)


def epochs(spy: Spy, batch_size: int, shuffle: bool = True, seed: int = 3) -> Epochs:
    return Epochs(spy, [np.arange(float(SAMPLES))], batch_size, shuffle, seed, lambda epoch: 0.1 * epoch)


def start() -> State:
    return State(0, np.zeros(1), np.zeros((0, 1)))


@pytest.mark.parametrize("batch_size", [3, 5])
def test_a_shuffled_epoch_takes_every_sample_once_and_each_epoch_in_another_order(batch_size: int) -> None:
    spy = Spy()
    epochs(spy, batch_size).advance(start(), 20)
    order = [place for call in spy.orders for place in call]
    each = [tuple(order[place : place + SAMPLES]) for place in range(0, 20 * SAMPLES, SAMPLES)]
    assert all(sorted(one) == list(range(SAMPLES)) for one in each)
    assert len(set(each)) == 20


@pytest.mark.parametrize("batch_size", [3, 5])
def test_the_order_of_an_epoch_does_not_depend_on_the_calls(batch_size: int) -> None:
    together, apart = Spy(), Spy()
    epochs(together, batch_size).advance(start(), 6)
    state = start()
    for some in (1, 2, 3):
        epochs(apart, batch_size).advance(state, some)
    assert [*chain(*together.orders)] == [*chain(*apart.orders)]
    assert [*chain(*together.rates)] == [*chain(*apart.rates)]


def test_another_seed_is_another_order() -> None:
    spies = Spy(), Spy()
    for seed, spy in enumerate(spies):
        epochs(spy, 5, seed=seed).advance(start(), 1)
    assert spies[0].orders != spies[1].orders


def test_a_step_never_takes_samples_of_two_epochs() -> None:
    spy = Spy()
    epochs(spy, 3).advance(start(), 2)
    assert [len(order) for order in spy.orders] == [SAMPLES, SAMPLES]


@pytest.mark.parametrize(("batch_size", "shuffle"), [(SAMPLES, True), (3, False), (5, False), (5, True)])
def test_where_nothing_forbids_it_all_epochs_are_one_call(batch_size: int, shuffle: bool) -> None:
    spy = Spy()
    epochs(spy, batch_size, shuffle).advance(start(), 7)
    assert len(spy.rates) == 1
    assert (spy.orders[0] is None) == (not shuffle or batch_size == SAMPLES)


def test_a_call_is_given_a_bounded_number_of_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST", 25)
    for shuffle, most in ((False, 25), (True, 25)):
        spy = Spy()
        losses = epochs(spy, 5, shuffle).advance(start(), 30)
        assert len(losses) == 30
        assert all(len(rates) <= most for rates in spy.rates)
        assert all(order is None or len(order) <= most for order in spy.orders)


def test_every_step_of_an_epoch_has_its_rate_and_the_steps_count_on() -> None:
    spy = Spy()
    state = start()
    work = epochs(spy, 4, shuffle=False)
    assert work.advance(state, 1) == [(0 * 4 + 1 * 4 + 2 * 2) / 10]
    # The steps of the next epochs have the numbers 3, 4, 5 and 6, 7, 8.
    assert work.advance(state, 2) == [(3 * 4 + 4 * 4 + 5 * 2) / 10, (6 * 4 + 7 * 4 + 8 * 2) / 10]
    assert spy.rates == [[0.0] * 3, [0.1] * 3 + [0.2] * 3]
    assert (state.epoch, state.parameters[0]) == (3, 9.0)


def test_again_leaves_the_start_as_it_was() -> None:
    work, state = epochs(Spy(), 5), start()
    later = work.again(state, 2)
    assert (state.epoch, state.parameters[0], later.epoch, later.parameters[0]) == (0, 0.0, 2, 4.0)


@pytest.mark.parametrize(("losses", "mean"), [([np.inf, 1.0], np.inf), ([np.nan, 1.0], np.nan), ([1e308] * 2, np.inf)])
def test_the_mean_of_losses_out_of_range_is_no_exception(losses: list[float], mean: float) -> None:
    work = Epochs(lambda *_: np.array(losses), [np.zeros(2)], 1, False, 0, lambda epoch: 0.1)
    assert work.advance(start(), 1) == pytest.approx([mean], nan_ok=True)
