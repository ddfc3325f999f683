"""Trace files: every number comes back to the bit, and what is no trace file is refused in a sentence."""

import json
import math
import os
import struct
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import chalkgrad
from chalkgrad import Problem, record
from chalkgrad.record import Run, RunError, load_run, save_run


def bits(run: Run) -> list[tuple[str, list[list[bytes]]]]:
    tables = (run.given, *run.steps)
    return [(name, [[struct.pack(">d", x) for x in row] for row in table[name]]) for table in tables for name in table]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs") / "run.json"


@given(data=st.data(), steps=st.integers(1, 3))
def test_a_solution_comes_back_to_the_bit(
    problems: st.SearchStrategy[Problem], data: st.DataObject, steps: int, path: Path
) -> None:
    solution = chalkgrad.solve(data.draw(problems), steps)
    save_run(solution, path)
    loaded = load_run(path)
    assert bits(loaded) == bits(Run.of(solution))
    assert loaded == Run.of(solution)
    for step, numbers in zip(solution.steps, loaded.steps, strict=True):
        assert [*numbers] == [*(quantity.name for quantity in step.quantities), "loss_after"]


@given(words=st.lists(st.integers(0, 2**64 - 1), min_size=1))
def test_any_64_bits_come_back(words: list[int], path: Path) -> None:
    special = (0x8000000000000000, 0x7FF0000000000000, 0xFFF0000000000000, 0xFFF8000000000001, 1)
    numbers = tuple(struct.unpack(">d", word.to_bytes(8, "big"))[0] for word in (*words, *special))
    run = Run("", {}, {"x": (numbers,)}, ({},))
    save_run(run, path)
    assert bits(load_run(path)) == bits(run)


def test_a_run_that_diverges_comes_back_as_well(or_gate: Problem, path: Path) -> None:
    solution = chalkgrad.solve(replace(or_gate, activations=("linear", "linear"), learning_rate=1e200), steps=2)
    assert math.isnan(solution.steps[1].loss_after)
    save_run(solution, path)
    assert bits(load_run(path)) == bits(Run.of(solution))


def test_the_file_is_json_that_any_program_reads(or_gate: Problem, path: Path) -> None:
    save_run(chalkgrad.solve(or_gate), path)
    document = json.loads(path.read_text("ascii"), parse_constant=pytest.fail)
    assert document["chalkgrad run"] == 1
    assert document["settings"] == {"activation": "sigmoid, sigmoid", "loss": "half_mse"}
    assert document["given"]["W2"] == [[0.4, 0.6]]


def test_a_program_that_writes_1_for_1_0_does_no_harm(or_gate: Problem, path: Path) -> None:
    save_run(chalkgrad.solve(or_gate), path)
    run = load_run(path)
    path.write_text(path.read_text("ascii").replace("0.0,1.0", "0,1"), encoding="utf-8-sig")
    assert bits(load_run(path)) == bits(run)


@pytest.mark.parametrize("number", [-0.0, 7.0, 2.0**53 + 2.0, 1e20, -1.2345678901234567e20])
def test_a_program_that_writes_a_whole_number_with_all_its_digits_does_no_harm(number: float, path: Path) -> None:
    # 1e20 is 100000000000000000000 to JavaScript, and -0.0 is -0 to Go.
    path.write_text(with_number(f"{Decimal(repr(number)):.0f}"), "utf-8")
    assert bits(load_run(path)) == bits(Run("", {}, {}, ({"Z1": ((number,),)},)))


def document(**changes: object) -> dict[str, Any]:
    whole = {"chalkgrad run": 1, "title": "", "settings": {}, "given": {}, "steps": [{"Z1": [[1.0]]}]}
    return {key: value for key, value in {**whole, **changes}.items() if value is not ...}


def with_number(text: str) -> str:
    return json.dumps(document()).replace("[[1.0]]", f"[[{text}]]")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\xff\xfe", "byte 0 is not UTF-8"),
        ("", "is not JSON: Expecting value"),
        ("{", "is not JSON"),
        ("[]", "is not a run: a table with the key 'chalkgrad run' is expected"),
        ("[" * 100_000, "is nested too deeply"),
        ('{"a":' * 100_000, "is nested too deeply"),
        ('{"a": 1, "a": 2}', "has 'a' twice in one table"),
        (json.dumps(document(**{"chalkgrad run": 2})), "has version 2 of the format: version 1 is expected"),
        (json.dumps(document(**{"chalkgrad run": True})), "has version True of the format"),
        (json.dumps(document(title=...)), "title is missing"),
        (json.dumps(document(extra=1)), "'extra' is unknown"),
        (json.dumps(document(title=7)), "title is 7: text is expected"),
        (json.dumps(document(settings=[1])), "settings is a list: a table is expected"),
        (json.dumps(document(settings={"loss": None})), r"settings.loss is 'null': text is expected"),
        (json.dumps(document(given=0)), "given is 0: a table is expected"),
        (json.dumps(document(given={"X": 1.0})), r"given.X is 1.0: a list of rows is expected"),
        (json.dumps(document(given={"X": []})), r"given.X is an empty list"),
        (json.dumps(document(given={"X": [[]]})), r"given.X is a list: a list of rows is expected"),
        (json.dumps(document(given={"X": [[1.0], [1.0, 2.0]]})), r"given.X has rows of different lengths"),
        (json.dumps(document(steps=[])), "steps is an empty list"),
        (json.dumps(document(steps={})), "steps is a table: a list of tables is expected"),
        (json.dumps(document(steps=[[]])), r"steps\[0\] is an empty list: a table is expected"),
        (with_number("true"), r"steps\[0\]\.Z1\[0,0\] is 'true': a number is expected"),
        (with_number("NaN"), "has NaN, which is not JSON"),
        (with_number("-Infinity"), "has -Infinity, which is not JSON"),
        (with_number("1e999"), r"Z1\[0,0\] is a number beyond the largest of 64 bits"),
        (with_number("9" * 5000), r"Z1\[0,0\] is a number beyond the largest of 64 bits"),
        (with_number('"1.0"'), r"Z1\[0,0\] is '1.0': a number is expected"),
        (with_number('"nan:7ff0000000000000"'), r"is 'nan:7ff0000000000000': a number is expected"),
        (with_number('"nan:7ff8"'), r"is 'nan:7ff8': a number is expected"),
        (with_number("[1.0]"), r"Z1\[0,0\] is a list: a number is expected"),
        (with_number("{}"), r"Z1\[0,0\] is a table: a number is expected"),
    ],
)
def test_what_is_no_run_is_refused(content: str | bytes, sentence: str, path: Path) -> None:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(RunError, match=sentence) as refused:
        load_run(path)
    assert str(refused.value).startswith(f"{path}: ")
    assert len(str(refused.value)) < len(str(path)) + 250


def test_names_and_titles_act_on_no_terminal(path: Path) -> None:
    path.write_text(json.dumps(document(given={"\x1b[31m\ud800": 1})), encoding="utf-8")
    with pytest.raises(RunError) as refused:
        load_run(path)
    assert str(refused.value).isprintable()


def test_a_file_that_is_too_large_is_neither_read_nor_written(
    or_gate: Problem, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    solution = chalkgrad.solve(or_gate)
    save_run(solution, path)
    size = path.stat().st_size - 1
    monkeypatch.setattr(record, "LARGEST", size)
    save_run(solution, path)
    assert load_run(path) == Run.of(solution)
    monkeypatch.setattr(record, "LARGEST", size - 1)
    with pytest.raises(RunError, match=f"has more than {size - 1:,} bytes"):
        load_run(path)
    path.unlink()
    with pytest.raises(RunError, match=f"1 step would take {size:,} bytes of at most {size - 1:,}: save fewer steps"):
        save_run(solution, path)
    assert not path.exists()


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no endless file")
def test_an_endless_file_is_not_read_to_its_end() -> None:
    with pytest.raises(RunError, match="has more than"):
        load_run("/dev/zero")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path, "nul\0.json"):
        with pytest.raises(RunError, match="cannot be read"):
            load_run(path)


def test_a_run_that_cannot_be_written_leaves_the_old_one(
    or_gate: Problem, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    solution = chalkgrad.solve(or_gate)
    save_run(solution, path)
    before = path.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        save_run(chalkgrad.solve(or_gate, 2), path)
    assert path.read_bytes() == before
