"""Expressions as problems, and published worked examples marked at their printed digits."""

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sheets import ROUNDINGS, ExpressionWriter, calculation, expression_slips

import chalkgrad
from chalkgrad import ExpressionProblem, Problem, ProblemError
from chalkgrad.marking import Marking, mark_submission
from chalkgrad.working import Cell


@pytest.fixture(scope="module")
def published(root: Path) -> Any:
    return json.loads((root / "tests" / "data" / "published_sheets.json").read_text("utf-8"))


def circuit() -> ExpressionProblem:
    return ExpressionProblem("", (("q", "x + y"), ("f", "q * z")), {"x": -2.0, "y": 5.0, "z": -4.0})


def verdicts(marking: Marking) -> dict[str, str]:
    return {mark.cell.quantity: mark.verdict for mark in marking.marks}


def test_both_passes_are_worked_out_in_order() -> None:
    work = {"q": "3", "f": "-12", "df/df": "1", "df/dq": "-4", "df/dz": "3", "df/dx": "-4", "df/dy": "-4"}
    marking = chalkgrad.mark(circuit(), work)
    assert verdicts(marking) == dict.fromkeys(["q", "f", "df/df", "df/dq", "df/dx", "df/dy", "df/dz"], "right")
    assert json.loads(marking.to_json("f.toml"))["numbers"][0]["index"] == []


def test_what_follows_from_a_slip_is_not_blamed() -> None:
    marking = chalkgrad.mark(circuit(), {"q": "3", "f": "-12", "df/dq": "4", "df/dx": "4", "df/dy": "-4"})
    assert verdicts(marking) == {"q": "right", "f": "right", "df/dq": "slip", "df/dx": "follows", "df/dy": "right"}
    slip = marking[Cell("df/dq", 0, 0)]
    assert [hint.kind for hint in slip.hints] == ["sign"]
    assert slip.line == "1·(-4) = -4"


@pytest.mark.parametrize(
    ("written", "kind"), [("8", "path"), ("-12", "path"), ("-40", "decimal point"), ("-5", "digit"), ("4", "sign")]
)
def test_a_slip_in_a_derivative_is_named(written: str, kind: str) -> None:
    # f = (x + y) z x: two paths lead to x, worth 8 and −12.
    problem = ExpressionProblem("", (("q", "x + y"), ("p", "q * z"), ("f", "p * x")), {"x": -2.0, "y": 5.0, "z": -4.0})
    (mark,) = chalkgrad.mark(problem, {"df/dx": written}).marks
    assert mark.verdict == "slip"
    assert kind in [hint.kind for hint in mark.hints]


def test_a_forgotten_factor_is_named() -> None:
    problem = ExpressionProblem(
        "",
        (
            ("u", "x * x"),
            ("f", "sin(u) * 3"),
        ),
        {"x": 0.8},
    )
    for written, kind in [("1.60", "upstream"), ("2.41", "slope")]:
        (mark,) = chalkgrad.mark(problem, {"df/dx": written}).marks
        assert [hint.kind for hint in mark.hints] == [kind]


def test_functions_and_repeated_names() -> None:
    problem = ExpressionProblem("", (("s", "sin(x) * x"), ("f", "exp(s) + s")), {"x": 0.5})
    marking = chalkgrad.mark(problem, {"s": "0.2397", "f": "1.5106", "df/ds": "2.2709", "df/dx": "2.0852"})
    assert set(verdicts(marking).values()) <= {"right", "rounding"}, marking


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("steps = 'q = x'", r"problem\.steps is the text 'q = x': a list of steps is expected"),
        ("steps = []", r"problem\.steps is an empty list"),
        ("steps = ['x + y']\nx = 1\ny = 2", r"problem\.steps\[0\] is the text 'x \+ y': one step is expected"),
        ("steps = ['q = x; r = q']\nx = 1", r"problem\.steps\[0\] is the text"),
        ("steps = ['x = 2*x']\nx = 1", r"problem\.steps\[0\]: x has a value already"),
        ("steps = ['q = x + w']\nx = 1", r"problem\.steps: line 1, column 9: the name 'w' has no value"),
        ("steps = ['q = x']\nx = '1'", r"problem\.x is the text '1': a number is expected"),
    ],
)
def test_a_problem_that_cannot_be_read_is_told(tmp_path: Path, lines: str, message: str) -> None:
    path = tmp_path / "p.toml"
    path.write_text(f"[problem]\n{lines}\n")
    with pytest.raises(ProblemError, match=rf"p\.toml: {message}"):
        chalkgrad.load(path)


def test_an_expression_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text("title = 't'\n[problem]\nsteps = ['q = x + y', 'f = q * z']\nx = -2\ny = 5\nz = -4\n")
    assert chalkgrad.load(path) == ExpressionProblem("t", circuit().steps, circuit().inputs)


def test_han_and_kambers_figures_are_accepted(published: Any) -> None:
    example = published["han_kamber"]
    problem = Problem(
        title="",
        X=((1.0,), (0.0,), (1.0,)),
        y=((1.0,),),
        weights=(((0.2, 0.4, -0.5), (-0.3, 0.1, 0.2)), ((-0.3, -0.2),)),
        biases=((-0.4, 0.2), (0.1,)),
        activations=("sigmoid", "sigmoid"),
        learning_rate=0.9,
    )
    marking = chalkgrad.mark(problem, example)
    assert {mark.verdict for mark in marking.marks} == {"right", "rounding"}
    # Err6 has the opposite sign; 0.1312 would be the exact value's.
    error = marking[Cell("delta2", 0, 0)]
    assert (error.figure.text, error.verdict) == ("-0.1311", "rounding")
    assert error.expected == pytest.approx(-0.1311690782143445)


def test_mazurs_figures_are_accepted_but_for_the_error_after_the_step(published: Any) -> None:
    example = published["mazur"]
    problem = ExpressionProblem("", tuple(map(tuple, example["steps"])), example["inputs"])
    marking = chalkgrad.mark(problem, example["work"])
    assert len(marking.marks) == 25
    found = verdicts(marking)
    assert found.pop("E_1") == "slip"
    assert set(found.values()) <= {"right", "rounding"}, found
    slip = marking[Cell("E_1", 0, 0)]
    assert (slip.figure.text, round(slip.expected, 9)) == ("0.291027924", 0.291027774)


# Many sheets ----------------------------------------------------------------------------------------------------------


def sheets(number: int) -> Counter[str]:
    """Faithful sheets of several calculations, their slopes worked out from results as books do."""
    rng = random.Random(11)
    found: Counter[str] = Counter()
    for _ in range(number):
        given, book, _ = calculation(rng)
        writer = ExpressionWriter(given, book, rng.randint(2, 6), rng.choice(ROUNDINGS), carries=rng.random() < 0.5)
        found.update(mark.verdict for mark in mark_submission(writer.sheet()).marks)
    return found


def slipped(number: int) -> tuple[Counter[str], Counter[str], Counter[str], list[Any]]:
    """Sheets with one slip each: by its kind how many there were, and were named; how many were found; whose blame."""
    rng = random.Random(12)
    made: Counter[str] = Counter()
    named: Counter[str] = Counter()
    found: Counter[str] = Counter()
    blamed = []
    for _ in range(number):
        given, book, wrong = calculation(rng)
        style = rng.randint(2, 6), rng.choice(ROUNDINGS), rng.random() < 0.5
        faithful = ExpressionWriter(given, book, *style)
        faithful.sheet()
        cell = rng.choice(list(faithful.working.cells()))
        kind, slip = rng.choice(sorted(expression_slips(wrong, cell).items()))
        marking = mark_submission(ExpressionWriter(given, book, *style).sheet((cell, slip)))
        mark = marking[cell]
        # No reader can tell a slip from a rounding that would give the same.
        if abs(mark.figure.value - faithful.figures[cell].value) <= 2.0 * (mark.tolerance + mark.figure.unit):
            continue
        made[kind] += 1
        named[kind] += kind in [hint.kind for hint in mark.hints]
        found["first"] += [hint.kind for hint in mark.hints][:1] == [kind]
        found["slips"] += mark.verdict == "slip"
        blamed += [other for other in marking.marks if other.verdict == "slip" and other.cell != cell]
    return made, named, found, blamed


def check_slipped(made: Counter[str], named: Counter[str], found: Counter[str], blamed: list[Any]) -> None:
    assert found["slips"] >= 0.99 * made.total()
    assert found["first"] >= 0.9 * made.total(), (found, made)
    assert len(blamed) <= 0.01 * made.total(), blamed
    for kind in made:
        assert named[kind] >= 0.9 * made[kind], (kind, named[kind], made[kind])


def test_a_faithful_number_is_no_slip() -> None:
    found = sheets(150)
    assert found["follows"] + found["slip"] <= found.total() / 1000, found


def test_a_slip_is_found_where_it_happened_and_named() -> None:
    check_slipped(*slipped(400))


@pytest.mark.slow
def test_thousands_of_faithful_and_of_slipped_sheets() -> None:
    found = sheets(4000)
    assert found["follows"] + found["slip"] <= found.total() / 1000, found
    check_slipped(*slipped(8000))
