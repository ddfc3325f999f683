"""``nn.fit``: it does what a loop by hand does, the same again each time, and stops, saves and goes on exactly."""

import dataclasses
import math
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nn
from autograd import RecordingError, Value, sigmoid
from nn.checkpoint import Checkpoint

OR_X, OR_Y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 1]
rng = np.random.default_rng(3)
X = rng.normal(size=(30, 2))
Y = (X[:, 0] * X[:, 1] > 0).astype(float)
OPTIMIZERS = [
    nn.SGD(weight_decay=0.1), nn.Momentum(momentum=0.8), nn.Nesterov(), nn.RMSProp(), nn.Adam(), nn.AdamW(),
]  # fmt: skip


def network(seed: int = 1, activation: str = "tanh", outputs: int = 1) -> nn.MLP:
    return nn.MLP(2, [3, outputs], activation, random.Random(seed))


def numbers(model: Any) -> list[float]:
    return [parameter.data for parameter in model.parameters()]


def by_hand(
    model: nn.MLP, optimizer: nn.Optimizer, rate: float, epochs: int, loss: Callable = nn.half_mse, x=X, y=Y
) -> list[float]:
    """A full-batch training as one writes it without fit."""
    descent = dataclasses.replace(optimizer, parameters=model.parameters(), learning_rate=rate)
    losses = []
    for _ in range(epochs):
        cost = loss([model(row) for row in x], y)
        descent.zero_grad()
        cost.backward()
        descent.step()
        losses.append(cost.data)
    return losses


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: type(o).__name__)
def test_it_does_what_a_loop_by_hand_does(optimizer: nn.Optimizer) -> None:
    fitted, looped = network(), network()
    history = nn.fit(fitted, X, Y, optimizer=optimizer, learning_rate=0.05, epochs=25)
    assert history.losses == pytest.approx(by_hand(looped, optimizer, 0.05, 25), rel=1e-12)
    assert numbers(fitted) == pytest.approx(numbers(looped), rel=1e-12)


def test_large_steps_do_what_a_loop_by_hand_does() -> None:
    x, y = np.tile(X, (4, 1)), np.tile(Y, 4)
    fitted, looped = network(), network()
    history = nn.fit(fitted, x, y, optimizer=nn.Adam(), learning_rate=0.05, epochs=10)
    assert history.losses == pytest.approx(by_hand(looped, nn.Adam(), 0.05, 10, x=x, y=y), rel=1e-12)
    assert numbers(fitted) == pytest.approx(numbers(looped), rel=1e-12)


CLASSES = rng.integers(0, 3, size=30)


@pytest.mark.parametrize(
    ("loss", "outputs", "targets"),
    [
        (nn.half_mse, 2, rng.normal(size=(30, 2))),
        (nn.mse, 1, Y),
        (nn.mse, 1, Y[:, None]),
        (nn.binary_cross_entropy, 1, Y),
        (nn.softmax_cross_entropy, 3, CLASSES),
        (nn.softmax_cross_entropy, 3, np.eye(3)[CLASSES]),
        (nn.hinge, 1, 2.0 * Y - 1.0),
        (lambda a, y: nn.half_mse(a, y) + 0.01 * a[0] * a[0] if len(a) == 1 else nn.half_mse(a, y), 1, Y * 0.0),
    ],
    ids=["half_mse of two", "mse", "mse of a column", "binary", "classes", "one-hot", "hinge", "one's own"],
)
def test_every_loss_can_be_recorded(loss: Callable, outputs: int, targets: Any) -> None:
    fitted, looped = (network(outputs=outputs) for _ in range(2))
    history = nn.fit(fitted, X, targets, loss, learning_rate=0.1, epochs=1)
    # A batch of one is the loss of one sample.
    single = [loss([looped(x)], [y]).data for x, y in zip(X, targets, strict=True)]
    assert history.losses[0] == pytest.approx(math.fsum(single) / 30, rel=1e-12)
    if loss.__name__ != "<lambda>":
        by_hand(looped, nn.SGD(), 0.1, 1, loss, y=targets)
        assert numbers(fitted) == pytest.approx(numbers(looped), rel=1e-11)


@pytest.mark.parametrize("activation", nn.ACTIVATIONS)
def test_every_activation_can_be_recorded(activation: str) -> None:
    fitted, looped = (network(activation=activation) for _ in range(2))
    history = nn.fit(fitted, X, Y, learning_rate=0.1, epochs=5)
    assert history.losses == pytest.approx(by_hand(looped, nn.SGD(), 0.1, 5), rel=1e-12)


class Line:
    """A model of one's own: one number in, and a shared parameter."""

    def __init__(self) -> None:
        self.slope = Value(0.5)
        self.both = {"offset": self.slope}

    def __call__(self, x: Any) -> Any:
        return self.slope * x + self.both["offset"]

    def parameters(self) -> list[Value]:
        return [self.slope, self.both["offset"]]


def test_a_model_of_ones_own_may_take_single_numbers_and_share_parameters() -> None:
    line = Line()
    nn.fit(line, [0.0, 1.0, 2.0], [2.0, 4.0, 6.0], learning_rate=0.1, epochs=200)
    assert line.slope.data == pytest.approx(2.0, rel=1e-9)
    assert line.slope is line.both["offset"]


def test_the_model_keeps_its_values_and_their_gradients() -> None:
    model = nn.two_two_one()
    before = model.parameters()
    before[0].grad = 7.0
    nn.fit(model, OR_X, OR_Y, learning_rate=0.5, epochs=3)
    assert all(one is other for one, other in zip(before, model.parameters(), strict=True))
    assert (before[0].grad, before[0].label) == (7.0, "W1[0,0]")


# The same again -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch_size", [None, 7, 10])
@pytest.mark.parametrize("watched", [None, "callbacks", "checkpoint"])
def test_the_same_call_gives_the_same_bits_however_often_one_looks(
    tmp_path: Path, batch_size: int | None, watched: str | None
) -> None:
    settings: dict[str, Any] = {"optimizer": nn.Adam(), "learning_rate": 0.01, "epochs": 12, "batch_size": batch_size}
    first, second = network(), network()
    alone = nn.fit(first, X, Y, **settings, seed=4)
    watches: dict[str, Any] = {"callbacks": lambda epoch, loss: None, "checkpoint": tmp_path / "run"}
    assert nn.fit(second, X, Y, **settings, seed=4, **{k: v for k, v in watches.items() if k == watched}) == alone
    assert numbers(first) == numbers(second)


@pytest.mark.parametrize("batch_size", [7, 10])
def test_a_seed_decides_on_the_order_of_the_samples(batch_size: int) -> None:
    losses = {
        nn.fit(network(), X, Y, learning_rate=0.1, epochs=3, batch_size=batch_size, seed=seed, shuffle=shuffle).losses
        for seed in (0, 1)
        for shuffle in (True, False)
    }
    assert len(losses) == 3


def test_the_order_of_an_epoch_is_the_same_in_any_process() -> None:
    history = nn.fit(nn.two_two_one(), OR_X, OR_Y, learning_rate=0.5, epochs=2, batch_size=2, seed=11)
    script = (
        "import nn; print(nn.fit(nn.two_two_one(), [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 1], learning_rate=0.5, "
        "epochs=2, batch_size=2, seed=11).losses)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == repr(history.losses)


@pytest.mark.parametrize(
    ("backend", "package", "batch_size"), [("native", "llvmlite", None), ("native", "llvmlite", 7), ("jax", "jax", 7)]
)
def test_the_backends_agree(backend: str, package: str, batch_size: int | None) -> None:
    pytest.importorskip(package, reason=f"the backend {backend!r} needs {package}")
    settings: dict[str, Any] = {"learning_rate": 0.01, "epochs": 20, "batch_size": batch_size}
    ours, theirs, again = network(), network(), network()
    history = nn.fit(ours, X, Y, optimizer=nn.Adam(), **settings)
    other = nn.fit(theirs, X, Y, optimizer=nn.Adam(), **settings, backend=backend)
    assert other.losses == pytest.approx(history.losses, rel=1e-10)
    assert numbers(theirs) == pytest.approx(numbers(ours), rel=1e-10)
    assert nn.fit(again, X, Y, optimizer=nn.Adam(), **settings, backend=backend) == other
    assert numbers(again) == numbers(theirs)


# Rates, callbacks, patience -------------------------------------------------------------------------------------------


def test_a_schedule_gives_the_rate_of_each_epoch() -> None:
    fitted, looped = network(), network()
    rates = [0.4, 0.2, 0.0, 0.1]
    nn.fit(fitted, X, Y, learning_rate=rates.__getitem__, epochs=4)
    for rate in rates:
        by_hand(looped, nn.SGD(), rate, 1)
    assert numbers(fitted) == pytest.approx(numbers(looped), rel=1e-12)


def test_the_rate_may_be_the_optimizers_own() -> None:
    first, second = network(), network()
    nn.fit(first, X, Y, optimizer=nn.SGD(learning_rate=0.1), epochs=2)
    nn.fit(second, X, Y, optimizer=nn.SGD(second.parameters(), 0.1), epochs=2)
    assert numbers(first) == numbers(second)


def test_a_callback_sees_every_epoch_and_the_parameters_after_it() -> None:
    model, seen = nn.two_two_one(), []
    history = nn.fit(
        model, OR_X, OR_Y, learning_rate=0.5, epochs=3, callbacks=lambda *told: seen.append((told, numbers(model)))
    )
    assert [told for told, _ in seen] == list(enumerate(history.losses))
    for epochs, (_, after) in enumerate(seen, 1):
        other = nn.two_two_one()
        nn.fit(other, OR_X, OR_Y, learning_rate=0.5, epochs=epochs)
        assert numbers(other) == after


def test_a_callback_ends_the_training_by_True() -> None:
    called: list[int] = []
    history = nn.fit(
        network(), X, Y, learning_rate=0.1, epochs=9, callbacks=[lambda e, _: e == 3, lambda e, _: called.append(e)]
    )
    assert (len(history.losses), history.stopped, called) == (4, "a callback said so", [0, 1, 2, 3])


def test_what_a_callback_changes_in_the_parameters_counts() -> None:
    model = nn.two_two_one()

    def freeze(epoch: int, loss: float) -> None:
        model.parameters()[0].data = 0.25

    nn.fit(model, OR_X, OR_Y, learning_rate=0.5, epochs=3, callbacks=[freeze])
    assert model.parameters()[0].data == 0.25
    history = nn.fit(nn.two_two_one(), OR_X, OR_Y, learning_rate=0.5, epochs=3)
    assert nn.fit(model, OR_X, OR_Y, learning_rate=0.5, epochs=1).losses[0] != history.losses[2]


def zigzag(epoch: int) -> float:
    """Rates that make the loss fall for ten epochs and rise after that."""
    return 0.1 if epoch < 10 else 40.0


@pytest.mark.parametrize("patience", [1, 4, 7])
def test_patience_ends_the_training_and_brings_the_best_parameters_back(patience: int) -> None:
    model = network()
    history = nn.fit(model, X, Y, learning_rate=zigzag, epochs=1000, patience=patience)
    assert len(history.losses) == history.best + 1 + patience
    assert f"no loss was lower for {patience} epoch" in history.stopped
    cost = nn.half_mse([model(x) for x in X], Y)
    assert cost.data == pytest.approx(min(history.losses), rel=1e-12)
    other = network()
    nn.fit(other, X, Y, learning_rate=zigzag, epochs=history.best)
    assert numbers(other) == numbers(model)


def test_with_patience_a_training_that_ends_at_its_best_keeps_its_last_step() -> None:
    first, second = network(), network()
    assert nn.fit(first, X, Y, learning_rate=0.1, epochs=8, patience=3).stopped == ""
    nn.fit(second, X, Y, learning_rate=0.1, epochs=8)
    assert numbers(first) == numbers(second)


# What goes wrong ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch_size", [None, 7])
def test_at_nan_it_stops_with_the_parameters_before_that_epoch(batch_size: int | None) -> None:
    model = network(activation="relu")
    settings: dict[str, Any] = {"learning_rate": lambda epoch: 1e200 if epoch == 6 else 0.01, "batch_size": batch_size}
    with pytest.raises(
        FloatingPointError, match=r"became nan or infinite in epoch ([67]), the parameters are"
    ) as error:
        nn.fit(model, X, Y, **settings, epochs=50)
    other = network(activation="relu")
    nn.fit(other, X, Y, **settings, epochs=int(str(error.value).partition("epoch ")[2][0]))
    assert numbers(model) == numbers(other)
    assert all(map(math.isfinite, numbers(model)))


def test_an_update_to_nan_in_the_last_epoch_is_told_as_well() -> None:
    model = Line()
    with pytest.raises(FloatingPointError, match="a parameter became nan or infinite in epoch 0"):
        nn.fit(model, [1e150], [0.0], lambda a, y: a[0] * 1e150, learning_rate=1e10, epochs=1)
    assert model.slope.data == 0.5


def test_impossible_targets_are_told() -> None:
    with pytest.raises(FloatingPointError, match="the loss became nan or infinite in epoch 0"):
        nn.fit(network(outputs=3), X, CLASSES + 1, nn.softmax_cross_entropy, learning_rate=0.1, epochs=2)


def test_a_callback_that_spoils_the_parameters_is_told() -> None:
    model = nn.two_two_one()

    def spoil(epoch: int, loss: float) -> None:
        model.parameters()[0].data = math.inf

    with pytest.raises(ValueError, match=r"W1\[0,0\] is inf: a training needs finite parameters"):
        nn.fit(model, OR_X, OR_Y, learning_rate=0.5, epochs=3, callbacks=spoil)


def test_patience_ends_a_training_before_a_nan_that_would_have_come_later() -> None:
    model = network(activation="relu")
    rates = [0.01, 0.01, 0.0, 0.0, 1e200]
    history = nn.fit(model, X, Y, learning_rate=lambda epoch: rates[min(epoch, 4)], epochs=50, patience=2)
    assert len(history.losses) == 5


def test_an_interruption_leaves_the_parameters_of_the_epochs_so_far() -> None:
    model, other = network(), network()

    def interrupt(epoch: int, loss: float) -> None:
        if epoch == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        nn.fit(model, X, Y, learning_rate=0.1, epochs=10, callbacks=interrupt)
    nn.fit(other, X, Y, learning_rate=0.1, epochs=5)
    assert numbers(model) == numbers(other)


class Branching(Line):
    def __call__(self, x: Any) -> Any:
        return self.slope if x > 0 else -self.slope


class Hidden(Line):
    def __call__(self, x: Any) -> Any:
        return x * Value(2.0)


def test_a_branch_on_a_number_is_told_with_its_line() -> None:
    with pytest.raises(RecordingError, match=r"test_training\.py:\d+: .*autograd\.where"):
        nn.fit(Branching(), [1.0], [1.0], learning_rate=0.1, epochs=1)


def test_a_value_that_is_no_parameter_is_told() -> None:
    with pytest.raises(RecordingError, match=r"Value\(data=2\.0, grad=0\.0\) is not the function's own"):
        nn.fit(Hidden(), [1.0], [1.0], learning_rate=0.1, epochs=1)


@pytest.mark.parametrize(
    ("settings", "kind", "message"),
    [
        ({"learning_rate": None}, TypeError, "fit has no learning_rate: give one, such as learning_rate=0.1"),
        ({"learning_rate": -1}, ValueError, r"learning_rate = -1\.0: a finite number from 0 up is needed"),
        ({"learning_rate": lambda epoch: math.nan}, ValueError, "learning_rate = nan: a finite number from 0 up"),
        ({"optimizer": nn.SGD(learning_rate=0.5)}, ValueError, "learning_rate = 0.1, and the optimizer has one of 0.5"),
        ({"optimizer": "adam"}, TypeError, r"optimizer 'adam': an optimiser is needed, such as nn\.Adam\(\)"),
        ({"optimizer": nn.Adam}, TypeError, "an optimiser is needed, such as"),
        ({"backend": "torch"}, ValueError, "backend 'torch': one of numpy, native, jax is needed"),
        ({"epochs": -1}, ValueError, "epochs = -1: a whole number from 0 up is needed"),
        ({"epochs": 2.5}, TypeError, r"epochs = 2\.5: a whole number is needed"),
        ({"batch_size": 0}, ValueError, "batch_size = 0: a whole number from 1 up is needed"),
        ({"patience": 0}, ValueError, "patience = 0: a whole number from 1 up is needed"),
        ({"seed": -3}, ValueError, "seed = -3: a whole number from 0 up is needed"),
        ({"model": 3}, TypeError, r"model 3: an nn\.MLP is needed, or what has parameters\(\)"),
        ({"X": [], "y": []}, ValueError, "X has no samples: give at least one"),
        ({"y": [1.0]}, ValueError, "X has 4 samples, y has 1: make them equal"),
        ({"X": [[0], [1], [2], [3]]}, ValueError, "1 inputs for a layer of 2 inputs"),
        ({"X": [0, 1, 2, 3]}, TypeError, "inputs = Symbol.*: a list with a number for each input is needed"),
        ({"y": [[0, 1]] * 4}, ValueError, "sample 0 has 1 output and 2 targets: make them equal"),
        ({"X": [["a", "b"]] * 4}, TypeError, "X holds <U1: real numbers are needed"),
        ({"loss": lambda a, y: a}, TypeError, "compile needs one number"),
    ],
)
def test_what_does_not_fit_is_told(settings: dict[str, Any], kind: type[Exception], message: str) -> None:
    arguments: dict[str, Any] = {"model": nn.two_two_one(), "X": OR_X, "y": OR_Y, "learning_rate": 0.1, "epochs": 1}
    with pytest.raises(kind, match=message):
        nn.fit(**(arguments | settings))


def test_a_model_starts_from_finite_parameters() -> None:
    model = nn.two_two_one()
    model.parameters()[2].data = math.nan
    with pytest.raises(ValueError, match=r"W1\[1,0\] is nan: a training needs finite parameters"):
        nn.fit(model, OR_X, OR_Y, learning_rate=0.1, epochs=1)


def test_without_epochs_nothing_changes() -> None:
    model = nn.two_two_one()
    before = numbers(model)
    assert nn.fit(model, OR_X, OR_Y, learning_rate=0.1, epochs=0) == nn.History(())
    assert numbers(model) == before


# Going on -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch_size", [None, 7, 10])
@pytest.mark.parametrize("first", [1, 4, 9])
def test_a_training_that_goes_on_is_the_one_that_never_stopped(
    tmp_path: Path, batch_size: int | None, first: int
) -> None:
    path = tmp_path / "run"
    settings: dict[str, Any] = {"optimizer": nn.Adam(), "learning_rate": 0.05, "batch_size": batch_size, "seed": 2}
    whole, parts = network(), network()
    expected = nn.fit(whole, X, Y, epochs=12, **settings)
    nn.fit(parts, X, Y, epochs=first, checkpoint=path, **settings)
    fresh = network(seed=9)
    history = nn.fit(fresh, X, Y, epochs=12, resume=path, **settings)
    assert history == expected
    assert numbers(fresh) == numbers(whole)


def test_a_script_that_is_run_again_goes_on_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "run"

    def script(last: int) -> tuple[nn.History, list[float]]:
        model = network()
        stop = [lambda epoch, loss: epoch == last]
        history = nn.fit(model, X, Y, learning_rate=0.1, epochs=10, checkpoint=path, resume=True, callbacks=stop)
        return history, numbers(model)

    for last in (3, 6):
        assert len(script(last)[0].losses) == last + 1
    other = network()
    assert script(99) == (nn.fit(other, X, Y, learning_rate=0.1, epochs=10), numbers(other))


@pytest.mark.parametrize("first", [8, 12, 14])
def test_patience_goes_on_as_well(tmp_path: Path, first: int) -> None:
    path = tmp_path / "run"
    settings: dict[str, Any] = {"learning_rate": zigzag, "patience": 6, "checkpoint": path}
    whole, parts = network(), network()
    expected = nn.fit(whole, X, Y, epochs=100, learning_rate=zigzag, patience=6)
    nn.fit(parts, X, Y, epochs=first, **settings)
    for _ in range(2):
        # The second time there is nothing left to do.
        history = nn.fit(parts, X, Y, epochs=100, resume=True, **settings)
        assert history == expected
        assert numbers(parts) == numbers(whole)


@pytest.mark.parametrize("patience", [None, 5])
def test_an_interrupted_training_leaves_a_checkpoint_that_goes_on_exactly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, patience: int | None
) -> None:
    path = tmp_path / "run"
    settings: dict[str, Any] = {"learning_rate": 0.1, "epochs": 300, "patience": patience}
    model = network()
    written = 0
    real = Checkpoint.save

    def save(self: Any, *arguments: Any) -> None:
        nonlocal written
        real(self, *arguments)
        written += 1
        if written == 7:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Checkpoint, "save", save)
        with pytest.raises(KeyboardInterrupt):
            nn.fit(model, X, Y, checkpoint=path, **settings)
    resumed, whole = network(seed=5), network()
    assert nn.fit(resumed, X, Y, resume=path, **settings) == nn.fit(whole, X, Y, **settings)
    assert numbers(resumed) == numbers(whole)


# On a terminal --------------------------------------------------------------------------------------------------------

_BAR = """
import nn
model = nn.two_two_one()
history = nn.fit(model, [[0, 0], [0, 1]], [0, 1], learning_rate=0.1, epochs=500, progress={progress})
print(len(history.losses), model.parameters()[0].data)
"""


@pytest.mark.parametrize("progress", [True, False])
def test_a_terminal_shows_a_bar_and_standard_output_stays_clean(progress: bool) -> None:
    pty = pytest.importorskip("pty", reason="needs a pseudo-terminal, which this system has not")
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    script = _BAR.format(progress=progress)
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=theirs, env=environment, text=True
    ) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                some = os.read(ours, 4096)
            except OSError:
                break
            if not some:
                break
            shown += some
        assert process.stdout is not None
        out = process.stdout.read()
    os.close(ours)
    model = nn.two_two_one()
    nn.fit(model, [[0, 0], [0, 1]], [0, 1], learning_rate=0.1, epochs=500)
    assert out == f"500 {model.parameters()[0].data}\n"
    assert (b"500/500" in shown and b"loss" in shown) == progress


def test_elsewhere_there_is_no_bar(capfd: pytest.CaptureFixture[str]) -> None:
    nn.fit(nn.two_two_one(), OR_X, OR_Y, learning_rate=0.1, epochs=200)
    assert capfd.readouterr() == ("", "")


def test_a_model_may_use_functions_of_the_table() -> None:
    class Curve(Line):
        def __call__(self, x: Any) -> Any:
            return sigmoid(self.slope * x[0])

    curve = Curve()
    before = nn.fit(curve, [[1.0], [2.0]], [0.9, 0.99], learning_rate=1.0, epochs=50)
    assert before.losses[-1] < before.losses[0]
