"""Models find their own parameters, write them to a file and take them from one."""

import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Value, exp


@dataclass
class Decay(nn.Module):
    """a exp(−k t)"""

    a: Value
    k: Value
    name: str = "decay"

    def __call__(self, t: Any) -> Any:
        return self.a * exp(-self.k * t)


def test_the_fields_of_a_dataclass_are_its_parameters() -> None:
    a, k = Value(1.0), Value(2.0)
    assert Decay(a, k).named_parameters() == {"a": a, "k": k}
    decay = Decay(Value(1.0), Value(1.0))
    nn.fit(decay, [0.0, 0.5, 1.0], [3.0, 1.8196, 1.1036], learning_rate=0.5, epochs=2000, progress=False)
    assert [p.data for p in decay.parameters()] == pytest.approx([3.0, 1.0], abs=1e-3)


def test_parameters_stand_in_lists_tuples_and_other_modules() -> None:
    @dataclass(slots=True)
    class Both(nn.Module):
        parts: list[Any]
        pair: tuple[Value, float] = field(default_factory=lambda: (Value(5.0), 3.0))

    both = Both([Decay(Value(1.0), Value(2.0)), [Value(3.0), [Value(4.0)]], "no parameter"])
    assert {name: p.data for name, p in both.named_parameters().items()} == {
        "parts[0].a": 1.0, "parts[0].k": 2.0, "parts[1][0]": 3.0, "parts[1][1][0]": 4.0, "pair[0]": 5.0,
    }  # fmt: skip


def test_a_class_without_declared_fields_has_those_it_is_given() -> None:
    class Plain(nn.Module):
        def __init__(self) -> None:
            self.layer = nn.Layer(1, 1)
            self.scale = Value(2.0)

    class Scaled(nn.MLP):
        def __init__(self) -> None:
            super().__init__(1, [1])
            self.scale = Value(2.0)

    assert list(Plain().named_parameters()) == ["layer.W[0][0]", "layer.b[0]", "scale"]
    assert list(Scaled().named_parameters()) == ["layers[0].W[0][0]", "layers[0].b[0]", "scale"]


def test_a_shared_parameter_counts_once() -> None:
    a = Value(1.0)
    assert list(Decay(a, a).named_parameters()) == ["a"]


def test_a_result_that_is_kept_is_no_parameter() -> None:
    decay = Decay(Value(1.0), Value(2.0))
    decay.last = decay(1.0)  # type: ignore[attr-defined]
    assert decay.parameters() == [decay.a, decay.k]


def test_modules_may_know_each_other() -> None:
    decay = Decay(Value(1.0), Value(2.0))
    decay.parent = [decay]  # type: ignore[attr-defined]
    assert list(decay.named_parameters()) == ["a", "k"]


def test_zero_grad_reaches_every_parameter() -> None:
    decay = Decay(Value(1.0), Value(2.0))
    decay(1.0).backward()
    assert all(p.grad for p in decay.parameters())
    decay.zero_grad()
    assert [p.grad for p in decay.parameters()] == [0.0, 0.0]


@given(a=st.floats(), k=st.floats())
def test_every_number_comes_back_from_a_file_to_the_bit(
    tmp_path_factory: pytest.TempPathFactory, a: float, k: float
) -> None:
    path = tmp_path_factory.mktemp("saved") / "decay.json"
    Decay(Value(a), Value(k)).save(path)
    loaded = Decay(Value(0.5), Value(0.5))
    loaded.load(path)
    for number, right in ((loaded.a.data, a), (loaded.k.data, k)):
        assert number.hex() == right.hex()


def test_a_network_goes_to_a_file_and_back(tmp_path: Path) -> None:
    network, other = nn.MLP(2, [3, 1]), nn.MLP(2, [3, 1])
    network.save(tmp_path / "network.json")
    other.load(str(tmp_path / "network.json"))
    assert other([0.3, 0.4]).data == network([0.3, 0.4]).data  # type: ignore[union-attr]
    assert json.loads((tmp_path / "network.json").read_text("utf-8"))["parameters"]["layers[1].b[0]"] == 0.0


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "network.json"
    nn.two_two_one().save(path)
    before = path.read_bytes()

    def full(*_: Any) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="the disk is full"):
        nn.MLP(2, [2, 1]).save(path)
    assert path.read_bytes() == before


def file_of(**numbers: Any) -> bytes:
    return json.dumps({"chalkgrad parameters": 1, "parameters": numbers}).encode()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "has no parameters: a file that save wrote is needed"),
        (b"\xff\xfe\x00", "has no parameters"),
        (b"[" * 100_000, "has no parameters"),
        (b"[]", "has no parameters"),
        (b"3", "has no parameters"),
        (b'{"chalkgrad parameters": 1}', "has no parameters"),
        (b'{"chalkgrad parameters": 1, "parameters": 3}', "has no parameters"),
        (b'{"chalkgrad parameters": 1, "parameters": ["a", "k"]}', "has no parameters"),
        (b'{"chalkgrad parameters": 1, "parameters": {"a": 1' + b"0" * 5000 + b"}}", "has no parameters"),
        (b'{"chalkgrad parameters": 2, "parameters": {}}', "has version 2 of the format: version 1 is needed"),
        (file_of(a=1.0), "has no number for k: load it into a model like the one it was saved from"),
        (file_of(a=1.0, k=2.0, z=3.0), "has a number for 'z', which the model lacks: load it into a model like"),
        (file_of(**{"a": 1.0, "k": 2.0, "\x1b[2J": 3.0}), r"has a number for '\\x1b\[2J', which"),
        (file_of(a=1.0, k="2"), "has '2' for 'k': a number is needed"),
        (file_of(a=1.0, k=None), "has None for 'k': a number is needed"),
        (file_of(a=1.0, k=True), "has True for 'k': a number is needed"),
        (file_of(a=1.0, k=10**400), "has 1000.* for 'k': a number is needed"),
        (file_of(a=1.0, k=[2.0]), r"has \[2\.0\] for 'k': a number is needed"),
    ],
)
def test_a_file_that_does_not_fit_is_told_and_changes_nothing(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "saved.json"
    path.write_bytes(content)
    decay = Decay(Value(7.0), Value(8.0))
    with pytest.raises(ValueError, match=f"{path} {message}"):
        decay.load(path)
    assert [p.data for p in decay.parameters()] == [7.0, 8.0]


def test_a_missing_file_is_told() -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"):
        nn.two_two_one().load("nowhere")


def test_nan_and_infinity_come_back_too(tmp_path: Path) -> None:
    Decay(Value(math.nan), Value(-math.inf)).save(tmp_path / "odd")
    decay = Decay(Value(0.0), Value(0.0))
    decay.load(tmp_path / "odd")
    assert (math.isnan(decay.a.data), decay.k.data) == (True, -math.inf)
