"""Marking: a person's real figures, faithful sheets of many kinds, and sheets with one slip of a known kind."""

import json
import random
from collections import Counter
from decimal import ROUND_DOWN, ROUND_HALF_EVEN
from pathlib import Path
from typing import Any

import pytest
from sheets import ROUNDINGS, Writer, problem, slips

import chalkgrad
from chalkgrad import Problem
from chalkgrad.marking import Marking, mark_submission
from chalkgrad.submission import Figure, load_submission
from chalkgrad.working import Cell, NetworkWorking


@pytest.fixture(scope="module")
def notes(root: Path) -> Marking:
    """The figures of a person who worked the OR gate by hand, judged."""
    return mark_submission(load_submission(root / "demos" / "or_gate_notes.toml"))


def verdicts(marking: Marking, quantity: str) -> list[str]:
    return [mark.verdict for mark in marking.marks if mark.cell.quantity == quantity]


def test_the_real_sheet_has_four_slips(notes: Marking) -> None:
    found = {mark.cell: [hint.kind for hint in mark.hints] for mark in notes.marks if mark.verdict == "slip"}
    assert found == {
        Cell("A2", 0, 0): ["digit"],
        Cell("E", 0, 1): ["digit"],
        Cell("backpropagated1", 0, 0): ["sign"],
        Cell("backpropagated1", 1, 0): ["sign"],
    }
    assert notes[Cell("E", 0, 1)].line == "(0.770 − 1)² = 0.053"
    assert notes[Cell("backpropagated1", 1, 0)].line == "0.6·0.140 = 0.084"


def test_what_the_real_sheet_carries_forward_is_not_blamed(notes: Marking) -> None:
    assert verdicts(notes, "delta1")[0] == verdicts(notes, "delta1")[4] == "follows"
    for quantity in ("delta2", "dW2", "db2", "dW1", "db1", "W2_new", "b2_new", "W1_new", "b1_new"):
        assert set(verdicts(notes, quantity)) <= {"right", "rounding"}, quantity
    # The writer went on with the right sign: db1 is near the exact value, and nowhere near what follows from delta1.
    db1 = notes[Cell("db1", 0, 0)]
    assert (db1.verdict, db1.figure.text) == ("rounding", "0.0008")
    assert db1.note == "0.0008 is what 4-decimal working gives; to full precision 0.00073"
    assert db1.from_own == pytest.approx(-0.00605)


def test_json_has_every_number_in_the_order_of_the_working(notes: Marking) -> None:
    line = notes.to_json("notes.toml")
    assert "\n" not in line
    document = json.loads(line)
    assert document["file"] == "notes.toml"
    numbers = document["numbers"]
    assert len(numbers) == 68
    assert [n["quantity"] for n in numbers[:8]] == ["Z1"] * 8
    assert next(n for n in numbers if n["quantity"] == "mse")["index"] == []
    assert next(n for n in numbers if n["quantity"] == "A1" and n["index"] == [1, 2])["written"] == "0.690"
    slip = next(n for n in numbers if n["quantity"] == "backpropagated1")
    assert slip == {
        "quantity": "backpropagated1",
        "index": [0, 0],
        "written": "-0.056",
        "expected": pytest.approx(0.05618444338854898),
        "from_own": pytest.approx(0.056),
        "verdict": "slip",
        "hint": "the sign is flipped",
    }


def sheets(number: int) -> Counter[str]:
    rng = random.Random(7)
    found: Counter[str] = Counter()
    for _ in range(number):
        writer = Writer(problem(rng), rng.randint(2, 6), rng.choice(ROUNDINGS), carries=rng.random() < 0.5)
        found.update(mark.verdict for mark in mark_submission(writer.sheet()).marks)
    return found


def slipped(number: int) -> tuple[Counter[str], list[Any]]:
    """Sheets with one slip each: how many were found, and named; and what was not found, or blamed for another's."""
    rng = random.Random(8)
    found: Counter[str] = Counter()
    wrong = []
    for _ in range(number):
        given, decimals, rounding = problem(rng), rng.randint(2, 6), rng.choice(ROUNDINGS)
        faithful = Writer(given, decimals, rounding)
        faithful.sheet()
        cell = rng.choice(list(faithful.working.cells()))
        kind, slip = rng.choice(sorted(slips(faithful.working, cell).items()))
        submission = Writer(given, decimals, rounding).sheet((cell, slip))
        marking = mark_submission(submission)
        figure, mark = submission.figures[cell], marking[cell]
        # No reader can tell a slip from a rounding that would give the same.
        if abs(figure.value - faithful.figures[cell].value) <= 2.0 * (mark.tolerance + figure.unit):
            continue
        found["slips"] += 1
        found["found"] += mark.verdict == "slip"
        found["named"] += kind in {hint.kind for hint in mark.hints}
        blamed = [other.cell for other in marking.marks if other.verdict == "slip" and other.cell != cell]
        found["blamed"] += len(blamed)
        if mark.verdict != "slip" or blamed:
            wrong.append((kind, cell, figure.text, mark, blamed))
    return found, wrong


def check_faithful(found: Counter[str]) -> None:
    assert found["follows"] + found["slip"] <= sum(found.values()) / 1000, found


def check_slipped(found: Counter[str], wrong: list[Any]) -> None:
    assert found["found"] >= 0.99 * found["slips"], wrong
    assert found["blamed"] <= 0.01 * found["slips"], wrong
    assert found["named"] >= 0.9 * found["slips"], found


def test_a_faithful_number_is_no_slip() -> None:
    check_faithful(sheets(100))


def test_a_slip_is_found_where_it_happened_and_named() -> None:
    check_slipped(*slipped(200))


@pytest.mark.slow
def test_thousands_of_faithful_and_of_slipped_sheets() -> None:
    check_faithful(sheets(4000))
    check_slipped(*slipped(6000))


@pytest.mark.parametrize("seed", range(10))
def test_the_tolerance_is_what_replaying_with_other_roundings_gives(seed: int) -> None:
    rng = random.Random(seed)
    given = problem(rng)
    submission = Writer(given, 5, ROUND_HALF_EVEN).sheet()
    working = NetworkWorking(given)
    marking = mark_submission(submission)

    def exact(mark: chalkgrad.Mark) -> bool:
        return mark.figure.value == pytest.approx(mark.from_own, rel=1e-9)

    for mark in marking.marks:
        values = {cell: figure.value for cell, figure in submission.figures.items()}

        def look(cell: Cell, values: dict[Cell, float] = values) -> float:
            given = working.given.get(cell.quantity)
            return values[cell] if given is None else given[cell.row][cell.column]

        rule = working.rules(mark.cell)[0]
        before = float(rule(look))
        reached = 0.0
        # A figure that is its exact value carries no rounding.
        rounded = {cell: figure for cell, figure in submission.figures.items() if not exact(marking[cell])}
        for _ in range(20):
            values.update((cell, figure.value + rng.choice((-1, 1)) * figure.half) for cell, figure in rounded.items())
            reached = max(reached, abs(float(rule(look)) - before))
        # First order: the square of a half unit is far below the fifth decimal. A step of relu or a flat part may
        # be crossed, where there is no derivative to tell.
        if "relu" not in given.activations:
            assert reached <= (mark.tolerance - mark.figure.half) * 1.001 + 1e-8 or mark.cell.quantity.startswith("A")


def test_steps_that_were_not_written_are_worked_out_from_the_nearest_written_ones(or_gate: Problem) -> None:
    Z1 = [["0.3", "0.7", "0.5", "0.9"], ["0.5", "1.0", "0.8", "1.3"]]
    marking = chalkgrad.mark(or_gate, {"Z1": Z1, "loss": "0.090"})
    assert [mark.verdict for mark in marking.marks] == ["right"] * 9
    Z1[1][3] = "2.3"
    wrong = chalkgrad.mark(or_gate, {"Z1": Z1, "A2": [["", "", "", "0.791"]]})
    assert [mark.verdict for mark in wrong.marks[-2:]] == ["slip", "follows"]


def test_a_number_cut_off_is_accepted(or_gate: Problem) -> None:
    # σ(0.3) is 0.574443.
    for text, verdict in [
        ("0.574", "right"),
        ("0.5744", "right"),
        ("0.57", "right"),
        ("0.5", "rounding"),
        ("0.575", "slip"),
    ]:
        marking = chalkgrad.mark(or_gate, {"A1": [[text, "", "", ""], ["", "", "", ""]]})
        assert marking.marks[0].verdict == verdict, text


def test_a_slope_may_be_worked_out_from_z_or_from_a(or_gate: Problem) -> None:
    sheet = Writer(or_gate, 2, ROUND_DOWN).sheet().figures
    z, a, g = (sheet[Cell(name, 0, 3)].value for name in ("Z1", "A1", "backpropagated1"))
    slopes = [a * (1.0 - a), 0.2046]
    assert z == 0.9
    for slope in slopes:
        figures = dict(sheet) | {Cell("delta1", 0, 3): Figure(f"{g * slope:.6f}", round(g * slope, 6), 1e-6)}
        marking = mark_submission(chalkgrad.submission.Submission(or_gate, figures))
        assert marking[Cell("delta1", 0, 3)].verdict != "slip"


def test_a_wrong_1_that_leaves_nothing_to_work_out_is_pointed_out(or_gate: Problem) -> None:
    work = {
        "A1": [["1", "0.668", "0.622", "0.711"], ["0.622", "0.731", "0.690", "0.786"]],
        "backpropagated1": [["0.056", "-0.016", "-0.017", "-0.015"], ["0.084", "-0.025", "-0.026", "-0.023"]],
        "delta1": [["0.0000", "-0.0036", "-0.0040", "-0.0031"], ["0.0198", "-0.0048", "-0.0055", "-0.0038"]],
    }
    marking = chalkgrad.mark(or_gate, work)
    assert marking[Cell("A1", 0, 0)].verdict == "slip"
    forced = marking[Cell("delta1", 0, 0)]
    assert forced.verdict == "slip"
    assert forced.note == "follows only because A1[0,0] = 1 leaves nothing to work out"


@pytest.mark.parametrize(
    ("quantity", "place", "text", "sentence"),
    [
        ("Z1", (0, 1), "0.4", "the bias was left out"),
        ("A1", (0, 1), "0.7000", "the activation was left out"),
        ("E", (0, 0), "0.7509", "the error was not squared"),
        ("mse", (0, 0), "0.7228", "the division by the number of samples was left out"),
        ("loss", (0, 0), "0.1807", "a factor of 2 is too much: the ½ was left out"),
        ("delta2", (0, 0), "-0.1405", "y − a was taken for a − y"),
        ("delta2", (0, 0), "0.7509", "the slope of the activation was left out"),
        ("backpropagated1", (0, 0), "-0.0562", "the sign is flipped"),
        ("dW2", (0, 1), "-0.0024", "the division by the number of samples was left out"),
        ("W2_new", (0, 0), "0.39989", "the step was added, not taken away"),
        ("Z1", (0, 1), "0.8000", "row 1 of W1 was used for row 0"),
        ("A2", (0, 0), "7.509", "the decimal point is 1 to the right"),
        ("A2", (0, 0), "0.7590", "two digits are swapped: 0.7590 for 0.7509"),
        ("A2", (0, 0), "0.7609", "a digit is wrong: 6 for 5, in 0.7609 for 0.7509"),
    ],
)
def test_a_slip_is_named(or_gate: Problem, quantity: str, place: tuple[int, int], text: str, sentence: str) -> None:
    figures = Writer(or_gate, 4, ROUND_HALF_EVEN).sheet().figures
    figures = dict(figures) | {Cell(quantity, *place): Figure(text, float(text), 10.0 ** -len(text.partition(".")[2]))}
    marking = mark_submission(chalkgrad.submission.Submission(or_gate, figures))
    assert sentence in [hint.sentence for hint in marking[Cell(quantity, *place)].hints]


def test_the_exact_numbers_are_those_of_the_solution(or_gate: Problem) -> None:
    (step,) = chalkgrad.solve(or_gate).steps
    marking = mark_submission(Writer(or_gate, 4, ROUND_HALF_EVEN).sheet())
    for mark in marking.marks:
        assert mark.expected == pytest.approx(step[mark.cell.quantity][mark.cell.row][mark.cell.column], rel=1e-12)
    assert {mark.cell.quantity for mark in marking.marks} == {quantity.name for quantity in step.quantities}


def test_what_was_not_written_has_no_mark(or_gate: Problem) -> None:
    with pytest.raises(KeyError, match=r"A1\[0,0\] was not written"):
        chalkgrad.mark(or_gate, {"loss": 0.09})[Cell("A1", 0, 0)]
