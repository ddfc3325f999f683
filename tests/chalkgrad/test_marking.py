"""Marking: a person's real figures, faithful sheets of many kinds, and sheets with one slip of a known kind."""

import json
import random
from collections import Counter
from dataclasses import replace
from decimal import ROUND_DOWN, ROUND_HALF_EVEN
from pathlib import Path
from typing import Any

import pytest
from sheets import ROUNDINGS, Writer, problem, slips

import chalkgrad
from chalkgrad import ExpressionProblem, Problem
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
    # Nothing shows that this writer cuts off: 0.181, though less than what follows from the errors, is rounded.
    by_upstream, by_a = 0.574 * (1.0 - 0.574), 0.056 * (2.0 * 0.574 - 1.0)
    assert notes[Cell("delta1", 0, 0)].tolerance == pytest.approx(0.00005 + 0.0005 * by_upstream + 0.0005 * by_a)
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


def chain(activation: str) -> Problem:
    """One neuron after the other on one sample; what comes back to the first is 0.059."""
    return Problem(
        title="",
        X=((1.0,),),
        y=((0.0,),),
        weights=(((0.5,),), ((0.4,),)),
        biases=((0.0,), (0.5,)),
        activations=(activation, "sigmoid"),
        learning_rate=0.5,
    )


def sheets(number: int) -> Counter[str]:
    rng = random.Random(7)
    found: Counter[str] = Counter()
    for _ in range(number):
        writer = Writer(problem(rng), rng.randint(2, 6), rng.choice(ROUNDINGS), carries=rng.random() < 0.5)
        found.update(mark.verdict for mark in mark_submission(writer.sheet()).marks)
    return found


def slipped(number: int) -> tuple[Counter[str], list[Any]]:
    """Sheets with one slip each: how many were found, and named first; and what was missed, or blamed for another's."""
    rng = random.Random(8)
    found: Counter[str] = Counter()
    wrong = []
    for _ in range(number):
        given, decimals, rounding = problem(rng), rng.randint(2, 6), rng.choice(ROUNDINGS)
        carries = rng.random() < 0.5
        faithful = Writer(given, decimals, rounding, carries)
        faithful.sheet()
        cell = rng.choice(list(faithful.working.cells()))
        kind, slip = rng.choice(sorted(slips(faithful.working, cell).items()))
        submission = Writer(given, decimals, rounding, carries).sheet((cell, slip))
        marking = mark_submission(submission)
        figure, mark = submission.figures[cell], marking[cell]
        # No reader can tell a slip from a rounding that would give the same.
        if abs(figure.value - faithful.figures[cell].value) <= 2.0 * (mark.tolerance + figure.unit):
            continue
        found["slips"] += 1
        found["found"] += mark.verdict == "slip"
        found["named"] += [hint.kind for hint in mark.hints][:1] == [kind]
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


@pytest.mark.parametrize("text", ["2", "2.9", "2.99"])
def test_an_exact_number_is_not_the_one_before_it_cut_off(text: str) -> None:
    (mark,) = chalkgrad.mark(ExpressionProblem("", (("q", "x + y"),), {"x": -2.0, "y": 5.0}), {"q": text}).marks
    assert mark.verdict == "slip"


def test_what_doubles_make_a_bit_less_may_be_cut_off() -> None:
    # 1.1 * 3 is 3.3000000000000003, and 1.3 * 3 is 3.9000000000000004; 0.7 * 3 is 2.0999999999999996.
    (mark,) = chalkgrad.mark(ExpressionProblem("", (("q", "x * 3"),), {"x": 0.7}), {"q": "2.0"}).marks
    assert mark.verdict == "rounding"


@pytest.mark.parametrize("rounding", [ROUND_HALF_EVEN, ROUND_DOWN])
def test_steps_that_were_not_written_may_have_been_rounded(rounding: str) -> None:
    rng = random.Random(4)
    verdicts: Counter[str] = Counter()
    for _ in range(60):
        sheet = Writer(problem(rng), rng.randint(2, 5), rounding).sheet()
        figures = {cell: figure for cell, figure in sheet.figures.items() if cell.quantity.endswith("_new")}
        verdicts.update(mark.verdict for mark in mark_submission(replace(sheet, figures=figures)).marks)
    assert verdicts["slip"] <= verdicts.total() // 500
    assert verdicts.total() > 300


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "exp", "sqrt", "tan"])
def test_a_slope_may_be_worked_out_from_the_result(name: str) -> None:
    # Whoever wrote 0.4 for a goes on with it.
    book = {"sigmoid": 0.24, "tanh": 0.84, "exp": 0.4, "sqrt": 1.25, "tan": 1.16}
    given = ExpressionProblem("", (("a", f"{name}(z)"), ("f", "a * v")), {"z": 0.6, "v": 2.0})
    marking = chalkgrad.mark(given, {"a": "0.40", "df/da": "2.00", "df/dz": f"{2.0 * book[name]:.2f}"})
    assert [mark.verdict for mark in marking.marks] == ["slip", "right", "follows"]


def test_a_quotient_is_derived_from_its_result() -> None:
    given = ExpressionProblem("", (("a", "x / y"),), {"x": 3.0, "y": 4.0})
    assert [mark.verdict for mark in chalkgrad.mark(given, {"a": "0.80", "da/dy": "-0.20"}).marks] == [
        "slip",
        "follows",
    ]


@pytest.mark.parametrize("more", [{}, {"df/df": "1"}])
def test_a_zero_behind_a_wrong_zero_is_judged_alike_whatever_else_was_written(more: dict[str, str]) -> None:
    given = ExpressionProblem("", (("q", "x + y"), ("f", "q * z")), {"x": -2.0, "y": 5.0, "z": -4.0})
    marking = chalkgrad.mark(given, {"q": "0", "f": "0", "df/dz": "0"} | more)
    # Of f all but q is given, of df/dz all but q may be unwritten.
    for quantity in ("f", "df/dz"):
        mark = marking[Cell(quantity, 0, 0)]
        assert (mark.verdict, mark.note) == ("slip", "follows only because q = 0 leaves nothing to work out")


def test_what_follows_from_a_number_that_does_not_exist_is_not_blamed() -> None:
    given = ExpressionProblem("", (("q", "1/x"), ("f", "q + y")), {"x": 0.0, "y": 2.0})
    for f, verdict in (("3", "follows"), ("4", "slip")):
        assert [mark.verdict for mark in chalkgrad.mark(given, {"q": "1", "f": f}).marks] == ["slip", verdict]


def test_who_went_on_with_an_exact_number_has_no_rounding_to_excuse_what_follows() -> None:
    # With q = 3 follows f = −12, with 2 it would be −8.
    given = ExpressionProblem("", (("q", "x + y"), ("f", "q * z")), {"x": -2.0, "y": 5.0, "z": -4.0})
    for f, verdict in (("-12", "right"), ("-11", "slip"), ("-8", "follows")):
        assert chalkgrad.mark(given, {"q": "2", "f": f}).marks[1].verdict == verdict


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


@pytest.mark.parametrize("text", ["-0.056", "−0.056", "−0,056", "-0,056", " -0.056 ", "-.056", "-5.6e-2"])
def test_a_number_is_read_with_a_long_minus_and_a_decimal_comma_too(or_gate: Problem, text: str) -> None:
    (mark,) = chalkgrad.mark(or_gate, {"backpropagated1": [[text, "", "", ""], [""] * 4]}).marks
    assert (mark.figure.value, mark.figure.unit) == (-0.056, 0.001)
    assert [hint.kind for hint in mark.hints] == ["sign"]


def test_the_long_minus_is_a_plain_one_wherever_the_number_is_shown(or_gate: Problem) -> None:
    marking = chalkgrad.mark(
        or_gate, {"delta2": [["−0,140", "", "", ""]], "backpropagated1": [["1"] + [""] * 3, [""] * 4]}
    )
    assert marking.marks[0].figure.text == "-0.140"
    assert marking.marks[1].line == "0.4·(-0.140) = -0.0560"


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


@pytest.mark.parametrize(("activation", "text"), [("sigmoid", "0"), ("sigmoid", "1"), ("tanh", "1"), ("tanh", "-1")])
def test_a_zero_behind_a_wrong_number_at_which_the_slope_vanishes_is_pointed_out(activation: str, text: str) -> None:
    marking = chalkgrad.mark(chain(activation), {"A1": text, "backpropagated1": "0.059", "delta1": "0.0000"})
    assert [mark.verdict for mark in marking.marks] == ["slip", "right", "slip"]
    assert marking.marks[-1].note == f"follows only because A1[0,0] = {text} leaves nothing to work out"


@pytest.mark.parametrize(
    ("work", "because"),
    [
        ({"Z1": "100", "A1": "1.0000", "backpropagated1": "0.059", "delta1": "0.0000"}, "A1[0,0] = 1.0000"),
        # What was not written follows from the nearest number that was.
        ({"Z1": "100", "backpropagated1": "0.059", "delta1": "0.0000"}, "Z1[0,0] = 100"),
        ({"Z1": "100", "backpropagated1": "0.070", "delta1": "0.0000"}, "Z1[0,0] = 100"),
        ({"A1": "0.9999", "backpropagated1": "0.059", "delta1": "0.0000"}, "A1[0,0] = 0.9999"),
    ],
)
def test_a_zero_behind_a_number_that_a_slip_drove_to_its_limit_is_credited_with_a_remark(
    work: dict[str, str], because: str
) -> None:
    marking = chalkgrad.mark(chain("sigmoid"), work)
    assert marking.marks[0].verdict == "slip"
    last = marking.marks[-1]
    assert last.verdict == "follows"
    assert last.note == f"follows only because {because} leaves nothing to work out"
    assert json.loads(marking.to_json("f.toml"))["numbers"][-1]["hint"] == last.note


def test_the_zeros_that_follow_from_a_wrong_zero_are_pointed_out_where_nothing_was_left_to_work_out() -> None:
    work = {"A1": "0.622", "delta2": "0", "backpropagated1": "0.000", "delta1": "0.000"}
    marking = chalkgrad.mark(chain("sigmoid"), work)
    assert [mark.verdict for mark in marking.marks] == ["right", "slip", "slip", "slip"]
    assert [mark.note for mark in marking.marks[2:]] == [
        "follows only because delta2[0,0] = 0 leaves nothing to work out",
        "follows only because backpropagated1[0,0] = 0.000 leaves nothing to work out",
    ]


def test_zeros_behind_a_zero_that_a_mistake_of_calculation_gave_are_credited_with_a_remark() -> None:
    # The bias left out of −0.5·1 + 0.5·1 + b: what is 0 from there on has been worked out.
    given = replace(chain("relu"), X=((1.0,), (1.0,)), weights=(((-0.5, 0.5),), ((0.4,),)), biases=((0.3,), (0.5,)))
    work = {"Z1": "0.000", "A1": "0.000", "backpropagated1": "0.059", "delta1": "0.000", "dW1": [["0.000", "0.000"]]}
    marks = chalkgrad.mark(given, work).marks
    assert [mark.verdict for mark in marks] == ["slip", "follows", "right", "follows", "follows", "follows"]
    assert [hint.kind for hint in marks[0].hints] == ["bias"]
    assert marks[3].note == "follows only because Z1[0,0] = 0.000 leaves nothing to work out"


def test_an_activation_left_out_that_makes_a_1_is_no_hollow_figure() -> None:
    given = replace(chain("tanh"), weights=(((1.0,),), ((0.4,),)))
    marks = chalkgrad.mark(given, {"Z1": "1.00", "A1": "1.00", "backpropagated1": "0.06", "delta1": "0.00"}).marks
    assert [mark.verdict for mark in marks] == ["right", "slip", "right", "follows"]
    assert marks[-1].note == "follows only because A1[0,0] = 1.00 leaves nothing to work out"


@pytest.mark.parametrize(("x", "y", "culprit"), [(0.5, 3.0, "b"), (3.0, 0.5, "a")])
def test_of_two_wrong_numbers_the_reason_is_the_one_further_off(x: float, y: float, culprit: str) -> None:
    given = ExpressionProblem("", (("a", "x"), ("b", "y"), ("f", "a * b")), {"x": x, "y": y})
    product = chalkgrad.mark(given, {"a": "0", "b": "0", "f": "0.00"}).marks[2]
    assert product.note == f"follows only because {culprit} = 0 leaves nothing to work out"


def test_several_wrong_zeros_are_no_better_than_one(or_gate: Problem) -> None:
    work = {
        "A1": [["0"] * 4, [""] * 4],
        "delta2": [["0.1405", "-0.0409", "-0.0432", "-0.0383"]],
        "dW2": [["0.00000", ""]],
    }
    dW2 = chalkgrad.mark(or_gate, work)[Cell("dW2", 0, 0)]
    assert (dW2.verdict, dW2.note[:25]) == ("slip", "follows only because A1[0")


def test_a_number_near_its_limit_that_was_worked_out_has_no_remark() -> None:
    a1 = chalkgrad.mark(chain("sigmoid"), {"Z1": "9.2", "A1": "0.9999"}).marks[1]
    assert (a1.verdict, a1.note) == ("follows", "")


def test_a_wrong_number_without_influence_costs_nothing_later() -> None:
    # The unit is off for the first sample: 0.148·0 + 0.148·0.5, halved, is 0.0370; to full precision it is 0.03703.
    given = replace(chain("relu"), X=((-1.0, 1.0),), y=((0.0, 0.0),))
    work = {"A1": [["0.0", "0.5"]], "delta2": [["-0.146", "0.148"]], "dW2": "0.03700"}
    assert [mark.verdict for mark in chalkgrad.mark(given, work).marks] == [
        "right",
        "right",
        "slip",
        "right",
        "rounding",
    ]


def test_a_number_as_near_as_rounding_leads_is_a_slip_where_the_figures_before_it_lead_elsewhere() -> None:
    # Three thirds of 0.333 are 0.999, and ten times that is 9.99; 10.018 would follow from 1.0018.
    given = ExpressionProblem("", (("a", "x / 3"), ("b", "3 * a"), ("c", "10 * b")), {"x": 1.0})
    marking = chalkgrad.mark(given, {"a": "0.333", "b": "0.999", "c": "10.018"})
    assert [mark.verdict for mark in marking.marks] == ["right", "rounding", "slip"]


def test_a_zero_that_was_worked_out_from_a_slip_has_no_remark(or_gate: Problem) -> None:
    # 0.4·−1.25 + 0.6·0 + 0.5: a sum that comes to 0.
    work = {"A1": [["-1.25", "", "", ""], ["0.0", "", "", ""]], "Z2": [["0.000", "", "", ""]]}
    z2 = chalkgrad.mark(or_gate, work)[Cell("Z2", 0, 0)]
    assert (z2.verdict, z2.note) == ("follows", "")


def test_a_unit_that_a_slip_has_switched_off_is_named_as_the_reason() -> None:
    work = {"Z1": "-0.5", "A1": "0.000", "backpropagated1": "0.059", "delta1": "0.000"}
    marking = chalkgrad.mark(chain("relu"), work)
    assert [mark.verdict for mark in marking.marks] == ["slip", "follows", "right", "follows"]
    assert {mark.note for mark in marking.marks[1::2]} == {
        "follows only because Z1[0,0] = -0.5 leaves nothing to work out"
    }


def test_one_who_goes_on_with_the_right_numbers_is_right_though_from_the_wrong_ones_nothing_follows() -> None:
    # From Z1 as written nothing comes through relu; with 0.059258 in mind 0.0595 is as good as any.
    work = {"Z1": "-0.5", "backpropagated1": "-0.059", "delta1": "0.0595"}
    assert [mark.verdict for mark in chalkgrad.mark(chain("relu"), work).marks] == ["slip", "slip", "rounding"]


def test_a_zero_that_shows_no_digit_of_the_number_says_so(or_gate: Problem) -> None:
    marking = chalkgrad.mark(or_gate, {"E": [["", "0.0", "0.1", "0.0"]], "dW2": [["-0.000", "-0.001"]], "loss": "0.0"})
    notes = {mark.cell: (mark.verdict, mark.note) for mark in marking.marks if mark.note}
    assert notes == {
        Cell("E", 0, 1): ("rounding", "0.0 shows no digit of 0.0531: write more decimals"),
        Cell("E", 0, 3): ("right", "0.0 shows no digit of 0.0491: write more decimals"),
        Cell("loss", 0, 0): ("rounding", "0.0 shows no digit of 0.0903: write more decimals"),
        Cell("dW2", 0, 0): ("right", "-0.000 shows no digit of -0.000175: write more decimals"),
    }


def test_a_zero_that_is_exact_needs_no_more_decimals() -> None:
    work = {"Z1": "0.00", "A1": "0.00"}
    given = replace(chain("relu"), weights=(((-0.5,),), ((0.4,),)), biases=((0.5,), (0.5,)))
    assert [(mark.verdict, mark.note) for mark in chalkgrad.mark(given, work).marks] == [("right", "")] * 2


def test_a_bare_1_stands_for_itself_alone(or_gate: Problem) -> None:
    work = {"A2": [["1", "1.", "1.0", "0"]]}
    marking = chalkgrad.mark(or_gate, work)
    assert [mark.verdict for mark in marking.marks] == ["slip", "slip", "slip", "slip"]
    (five,) = chalkgrad.mark(ExpressionProblem("", (("q", "x + 4"),), {"x": 1.2}), {"q": "5"}).marks
    assert five.verdict == "right"


def test_an_exact_value_cut_off_is_no_slip_however_coarse_the_figures_before_it(or_gate: Problem) -> None:
    # 0.7508… cut off is 0.7; from there 0.563 is further than the slope there tells, for squares grow ever faster.
    work = {"A2": [["0.7", "", "", ""]], "E": [["0.563", "", "", ""]]}
    marking = chalkgrad.mark(or_gate, work)
    assert [mark.verdict for mark in marking.marks] == ["rounding", "rounding"]


def test_a_figure_that_was_cut_off_hands_on_what_was_cut_but_no_more_than_a_unit(or_gate: Problem) -> None:
    # 0.622459 and 0.689974 are cut off by 0.000459, less than half a unit, and by 0.000974.
    cut = chalkgrad.mark(or_gate, {"A1": [["", "", "0.622", ""], ["", "", "0.689", ""]], "Z2": [["", "", "1.162", ""]]})
    assert cut[Cell("Z2", 0, 2)].tolerance == pytest.approx(0.4 * 0.0005 + 0.6 * 0.000974 + 0.0005, abs=1e-6)
    # Whoever writes 1.1033 goes on with no less, though the figures before it were coarse.
    work = {
        "A1": [["0.5", "", "", ""], ["0.6", "", "", ""]],
        "Z2": [["1.1033", "", "", ""]],
        "A2": [["0.7509", "", "", ""]],
    }
    slope = 0.7509 * (1.0 - 0.7509)
    assert chalkgrad.mark(or_gate, work)[Cell("A2", 0, 0)].tolerance == pytest.approx(
        0.00005 + slope * 0.0001, abs=1e-7
    )


@pytest.mark.parametrize(("r", "verdict"), [("0.866", "follows"), ("0.867", "slip")])
def test_a_slip_of_one_who_cuts_off_may_be_cut_off_too(r: str, verdict: str) -> None:
    # 0.8666… cut off is 0.866. Then 5.739 may be what is left of 5.7399, whose square is 32.946.
    steps = (("r", "x / 3"), ("q", "x + 1"), ("s", "x - 1"), ("t", "s * s"))
    marking = chalkgrad.mark(
        ExpressionProblem("", steps, {"x": 2.6}), {"r": r, "q": "3.6", "s": "5.739", "t": "32.946"}
    )
    assert [mark.verdict for mark in marking.marks][1:] == ["right", "slip", verdict]


def test_a_number_that_comes_out_even_from_rounded_ones_still_has_their_roundings() -> None:
    # c is exactly 0, but as it was worked out from a and b it is 0 give or take, and d ten times as much.
    steps = (("a", "sin(x)"), ("b", "sin(x)"), ("c", "a - b"), ("e", "2 * x"), ("d", "10 * c + e"))
    work = {"a": "0.84", "b": "0.84", "c": "0.0", "e": "3.00", "d": "1.60"}
    marking = chalkgrad.mark(ExpressionProblem("", steps, {"x": 1.0}), work)
    assert [mark.verdict for mark in marking.marks] == ["right", "right", "right", "slip", "rounding"]


def test_the_exact_numbers_are_those_of_the_solution(or_gate: Problem) -> None:
    (step,) = chalkgrad.solve(or_gate).steps
    marking = mark_submission(Writer(or_gate, 4, ROUND_HALF_EVEN).sheet())
    for mark in marking.marks:
        assert mark.expected == pytest.approx(step[mark.cell.quantity][mark.cell.row][mark.cell.column], rel=1e-12)
    assert {mark.cell.quantity for mark in marking.marks} == {quantity.name for quantity in step.quantities}


def test_what_was_not_written_has_no_mark(or_gate: Problem) -> None:
    with pytest.raises(KeyError, match=r"A1\[0,0\] was not written"):
        chalkgrad.mark(or_gate, {"loss": 0.09})[Cell("A1", 0, 0)]
