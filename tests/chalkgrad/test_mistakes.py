"""Naming a slip: one of each kind by hand, and many of each kind that the generator makes."""

import random
from collections import Counter
from dataclasses import replace
from decimal import ROUND_HALF_EVEN
from typing import get_args

import pytest
from sheets import ROUNDINGS, Writer, problem, slips

import chalkgrad
from chalkgrad import ExpressionProblem, Mark, Problem
from chalkgrad.marking import mark_submission
from chalkgrad.mistakes import Kind
from chalkgrad.submission import Submission, figures
from chalkgrad.working import Cell, NetworkWorking

# Every layer has two neurons, so that rows and columns can be mixed up without anything looking wrong.
SQUARE = Problem(
    title="",
    X=((0.5, -1.2), (0.9, 0.3)),
    y=((1.0, 0.0), (0.0, 1.0)),
    weights=(((0.7, -0.4), (0.2, 0.6)), ((0.3, -0.8), (0.5, 1.1))),
    biases=((0.1, -0.2), (0.4, -0.3)),
    activations=("tanh", "sigmoid"),
    learning_rate=0.1,
)

# On the square network's sheet of four decimals; behind each slip is how a person comes by it.
SQUARE_SLIPS = [
    ("Z2", (1, 1), "0.9279", "sign", "the sign is flipped"),
    ("delta2", (0, 0), "0.1187", "order", "y − a was taken for a − y"),
    ("A2", (0, 0), "0.5840", "digit", "a digit is wrong: 8 for 2, in 0.5840 for 0.5240"),
    ("A2", (0, 1), "0.5947", "swapped digits", "two digits are swapped: 0.5947 for 0.5974"),
    ("A2", (0, 0), "5.2400", "decimal point", "the decimal point is 1 to the right"),
    ("A2", (0, 0), "0.0052", "decimal point", "the decimal point is 2 to the left"),
    ("A2", (0, 0), "0.5974", "neighbour", "it is the number of A2[0,1]"),
    ("A2", (1, 1), "0.5974", "neighbour", "it is the number of A2[0,1]"),
    ("Z2", (0, 0), "-0.3039", "bias", "the bias was left out"),  # 0.3·0.0898 − 0.8·0.4136
    ("Z2", (0, 0), "-0.7039", "bias", "the bias was taken away, not added"),
    ("Z2", (0, 0), "0.0691", "term", "term 1 of the sum was left out"),  # −0.8·0.4136 + 0.4
    ("Z2", (0, 0), "0.0422", "term sign", "term 1 of the sum has the wrong sign"),
    ("dW2", (0, 0), "-0.0053", "term", "term 2 of the sum was left out"),  # −0.1187·0.0898 / 2
    ("Z2", (0, 0), "0.8999", "line", "row 1 of W2 was used for row 0"),  # 0.5·0.0898 + 1.1·0.4136 + 0.4
    ("Z1", (0, 0), "-0.8600", "line", "column 1 of X was used for column 0"),
    ("backpropagated1", (0, 0), "0.2447", "line", "column 1 of W2 was used for column 0"),
    ("backpropagated1", (0, 0), "-0.0296", "line", "column 1 of delta2 was used for column 0"),
    ("dW1", (0, 0), "0.2050", "line", "row 1 of delta1 was used for row 0"),
    ("dW1", (0, 0), "0.0122", "line", "row 1 of X was used for row 0"),
    ("Z2", (0, 1), "0.0640", "transpose", "W2 was used with rows and columns swapped"),  # 0.3·−0.6963 + 0.5·−0.2543 + …
    ("dW2", (0, 1), "0.0568", "transpose", "rows and columns were swapped"),
    ("backpropagated1", (1, 1), "-0.2737", "new weight", "the updated W2 was used"),  # −0.7957·0.1437 − 1.0953·0.1455
    ("A1", (0, 1), "-0.8600", "z for a", "the activation was left out"),
    ("Z2", (0, 1), "0.3500", "z for a", "Z1 was used for A1"),  # 0.3·−0.86 − 0.8·−0.26 + 0.4
    ("dW2", (0, 0), "-0.0671", "z for a", "Z1 was used for A1"),  # (−0.1187·0.09 − 0.1437·0.86) / 2
    ("delta2", (1, 1), "1.2819", "z for a", "z was put where a belongs: z (1 − z)"),  # −0.7166·−0.9279·1.9279
    ("delta1", (1, 0), "0.1973", "z for a", "z was put where a belongs: 1 − z²"),  # 0.2447·(1 − 0.44²)
    ("delta2", (1, 1), "-0.1756", "a for z", "the activation was applied twice"),  # −0.7166·σ'(0.2834)
    ("A2", (0, 0), "0.4760", "sign inside", "the sign of z is flipped"),
    ("delta2", (0, 0), "-0.4760", "forgot slope", "the slope of the activation was left out"),
    ("delta2", (0, 0), "0.2494", "slope alone", "only the slope of the activation was written"),
    ("delta2", (1, 1), "-0.2031", "half slope", "only a of a (1 − a) was used"),
    ("delta2", (1, 1), "-0.5135", "half slope", "only 1 − a of a (1 − a) was used"),
    ("delta1", (0, 1), "-0.0502", "half slope", "1 − a was used for 1 − a²"),  # −0.0296·(1 + 0.6963)
    ("E", (0, 0), "-0.4760", "not squared", "the error was not squared"),
    ("W2_new", (0, 0), "0.2945", "plus", "the step was added, not taken away"),
    ("W2_new", (0, 0), "0.3554", "rate forgotten", "the learning rate was left out"),
    ("W2_new", (0, 0), "0.3006", "rate twice", "the learning rate was used twice"),
    ("W2_new", (0, 0), "0.3000", "not updated", "the old value was copied"),
    ("W2_new", (0, 0), "-0.0554", "gradient", "the gradient was written, not the updated parameter"),
]

# With four samples, dividing by them is not the same as halving.
OR_GATE_SLIPS = [
    ("mse", (0, 0), "0.7229", "lost 1/n", "the division by the number of samples was left out"),
    ("mse", (0, 0), "0.0452", "1/n twice", "the number of samples was divided by twice"),
    ("loss", (0, 0), "0.1807", "lost ½", "a factor of 2 is too much: the ½ was left out"),
    ("loss", (0, 0), "0.0452", "½ twice", "a factor of ½ is too much"),
    ("dW2", (0, 1), "-0.0022", "lost 1/n", "the division by the number of samples was left out"),
]

# f = p x with p = (x + y) z: two paths lead to x, worth 8 and −12.
TWO_PATHS = ExpressionProblem("", (("q", "x + y"), ("p", "q * z"), ("f", "p * x")), {"x": -2.0, "y": 5.0, "z": -4.0})
CHAIN = ExpressionProblem("", (("u", "x * x"), ("f", "sin(u) * 3")), {"x": 0.8})
EXPRESSION_SLIPS = [
    (TWO_PATHS, "8", "path", "only path 1 of 2 was taken"),
    (TWO_PATHS, "-12", "path", "path 1 of 2 was forgotten"),
    (TWO_PATHS, "4", "sign", "the sign is flipped"),
    (TWO_PATHS, "-5", "digit", "a digit is wrong: 5 for 4, in 5 for 4"),
    (CHAIN, "1.60", "upstream", "the upstream gradient was forgotten"),
    (CHAIN, "2.41", "slope", "the local derivative was forgotten"),
    (TWO_PATHS, "20", "term sign", "path 2 of 2 has the wrong sign"),
]


def slipped(given: Problem, quantity: str, place: tuple[int, int], text: str) -> Mark:
    """The mark of a number on a sheet of four decimals that is faithful but for it."""
    cell = Cell(quantity, *place)
    rows, columns = NetworkWorking(given).shapes[quantity]
    written = [[text if (i, j) == place else "" for j in range(columns)] for i in range(rows)]
    sheet = Writer(given, 4, ROUND_HALF_EVEN).sheet()
    slip = figures(given, {quantity: written})
    return mark_submission(replace(sheet, figures={**sheet.figures, **slip}))[cell]


def check_named(mark: Mark, kind: str, sentence: str) -> None:
    assert mark.verdict == "slip"
    assert (kind, sentence) in [(hint.kind, hint.sentence) for hint in mark.hints]


@pytest.mark.parametrize(("quantity", "place", "text", "kind", "sentence"), SQUARE_SLIPS)
def test_a_slip_in_a_network_is_named(
    quantity: str, place: tuple[int, int], text: str, kind: str, sentence: str
) -> None:
    check_named(slipped(SQUARE, quantity, place, text), kind, sentence)


@pytest.mark.parametrize(("quantity", "place", "text", "kind", "sentence"), OR_GATE_SLIPS)
def test_a_lost_or_doubled_factor_is_named(
    or_gate: Problem, quantity: str, place: tuple[int, int], text: str, kind: str, sentence: str
) -> None:
    check_named(slipped(or_gate, quantity, place, text), kind, sentence)


@pytest.mark.parametrize(("given", "text", "kind", "sentence"), EXPRESSION_SLIPS)
def test_a_slip_in_a_derivative_is_named(given: ExpressionProblem, text: str, kind: str, sentence: str) -> None:
    (mark,) = chalkgrad.mark(given, {"df/dx": text}).marks
    check_named(mark, kind, sentence)


NEURON = ExpressionProblem(
    "", (("z", "w*x + b"), ("a", "sigmoid(z)"), ("L", "(a - t)**2")), {"w": 0.5, "x": 0.8, "b": 0.3, "t": 1.0}
)
NEURON_SLIPS = [
    ({"z": "0.4000"}, "term", "b was left out of the sum"),
    ({"z": "0.3000"}, "term", "w*x was left out of the sum"),
    ({"z": "0.1000"}, "term sign", "− was taken for + before b"),
    ({"z": "0.8000"}, "factor", "the factor x was left out"),
    ({"z": "1.1000"}, "factor", "the factor w was left out"),
    ({"a": "0.7000"}, "z for a", "sigmoid was left out"),
    ({"a": "0.3318"}, "sign inside", "the sign of z is flipped"),
    ({"L": "-0.3318"}, "not squared", "the power 2 was left out"),
    ({"L": "2.7829"}, "term sign", "+ was taken for − before t"),
    ({"L": "0.4465"}, "term", "t was left out of the difference"),
    ({"L": "0.7000"}, "neighbour", "it is the number of z"),
    ({"dL/da": "-0.3318"}, "½ twice", "a factor of ½ is too much"),
    ({"L": "0.2202"}, "lost ½", "a factor of 2 is too much: the ½ was left out"),
    ({"dL/dz": "-0.1394"}, "z for a", "the slope of a was worked out from its argument, not from a"),
    ({"dL/dw": "-0.0736"}, "other slope", "the derivative of z by x was taken for that by w"),
    ({"dL/dw": "-0.6636"}, "neighbour", "it is the number of dL/da"),
]


@pytest.mark.parametrize(("work", "kind", "sentence"), NEURON_SLIPS)
def test_a_slip_in_an_expression_is_named(work: dict[str, str], kind: str, sentence: str) -> None:
    check_named(chalkgrad.mark(NEURON, work).marks[-1], kind, sentence)


def test_a_sign_is_named_for_one_who_takes_the_slope_from_the_result() -> None:
    # From a = 0.669 the slope is 0.2214, from z = 0.700 it is 0.2217.
    work = {"z": "0.700", "a": "0.669", "dL/da": "-10.000", "dL/dz": "2.214"}
    mark = chalkgrad.mark(replace(NEURON, inputs=NEURON.inputs | {"t": 5.67}), work).marks[-1]
    assert [hint.kind for hint in mark.hints] == ["sign"]


def test_every_kind_of_mistake_is_among_these() -> None:
    rows = [*SQUARE_SLIPS, *OR_GATE_SLIPS, *EXPRESSION_SLIPS, *NEURON_SLIPS]
    assert {row[-2] for row in rows} == set(get_args(Kind))


# Several mistakes -----------------------------------------------------------------------------------------------------


def test_mistakes_that_give_the_same_number_are_named_together() -> None:
    # With two samples, 1/n is a half.
    assert [hint.kind for hint in slipped(SQUARE, "mse", (0, 0), "1.3993").hints] == ["lost 1/n", "lost ½"]


def test_a_mistake_that_gives_the_number_itself_hides_one_that_only_comes_near() -> None:
    # 8 is what the first path is worth, and what remains of 9, the sum of the upstream gradients, cut off.
    (mark,) = chalkgrad.mark(TWO_PATHS, {"df/dx": "8"}).marks
    assert [hint.kind for hint in mark.hints] == ["path"]


def test_one_mistake_has_one_name() -> None:
    for quantity, place, text, kind in [
        ("delta2", (0, 0), "0.1187", "order"),
        # tanh(−z) is −tanh(z).
        ("A1", (0, 1), "0.6963", "sign"),
    ]:
        assert [hint.kind for hint in slipped(SQUARE, quantity, place, text).hints] == [kind]


def test_at_most_three_mistakes_are_named() -> None:
    # All inputs, weights and biases alike, but for one column: whatever is done wrong comes to the same.
    given = replace(
        SQUARE,
        X=((1.0, 0.0), (1.0, 1.0)),
        weights=(((0.5, 0.5), (0.5, 0.5)), SQUARE.weights[1]),
        biases=((0.5, 0.5), (0.4, -0.3)),
    )
    # The bias or a term left out, or the other column's number.
    hints = slipped(given, "Z1", (0, 0), "1.0000").hints
    assert [hint.kind for hint in hints] == ["bias", "term", "neighbour"]


# Rounded figures ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "A2", "E", "sentence"),
    [
        # 0.75² is 0.5625, but with all digits 0.5638.
        (0, "0.75", "5.638", "the decimal point is 1 to the right"),
        (0, "0.75", "0.97", "a digit is wrong: 9 for 5, in 0.97 for 0.57"),
        # 0.23² is 0.053, but 0.234² rounds to 0.055.
        (1, "0.77", "0.045", "two digits are swapped: 0.045 for 0.054"),
    ],
)
def test_a_slip_of_one_who_carries_all_digits_is_named(
    or_gate: Problem, column: int, A2: str, E: str, sentence: str
) -> None:
    work = {name: [[text if j == column else "" for j in range(4)]] for name, text in (("A2", A2), ("E", E))}
    mark = chalkgrad.mark(or_gate, work)[Cell("E", 0, column)]
    assert sentence in [hint.sentence for hint in mark.hints]


def test_a_slip_from_coarse_figures_is_named_though_it_made_the_number_smaller(or_gate: Problem) -> None:
    # With all digits the sum without its bias is 0.6033; from the figures as written it is 0.6000.
    work = {"A1": [["0.57", "", "", ""], ["0.62", "", "", ""]], "Z2": [["0.6033", "", "", ""]]}
    z2 = chalkgrad.mark(or_gate, work)[Cell("Z2", 0, 0)]
    assert [hint.kind for hint in z2.hints] == ["bias"]


def test_nothing_is_named_where_the_number_itself_is_lost_in_rounding() -> None:
    # 0.5 − 0.52 may be anything from −0.07 to 0.03: so might be a thousand times that.
    given = ExpressionProblem("", (("a", "x"), ("q", "a - 0.52")), {"x": 0.53})
    q = chalkgrad.mark(given, {"a": "0.5", "q": "7.7"}).marks[1]
    assert (q.verdict, q.hints) == ("slip", ())


def test_a_number_is_not_called_misread_where_it_may_stand_for_nearly_any() -> None:
    # 0.8 may be 0.75 or 0.85, and so its square anything from 0.56 to 0.72: 0.975 is a digit from 0.675.
    given = ExpressionProblem("", (("a", "x"), ("E", "a * a")), {"x": 0.77})
    mark = chalkgrad.mark(given, {"a": "0.8", "E": "0.975"})[Cell("E", 0, 0)]
    assert (mark.verdict, mark.hints) == ("slip", ())


def test_a_bare_number_is_misread_as_it_was_written() -> None:
    (mark,) = chalkgrad.mark(ExpressionProblem("", (("q", "x + 4"),), {"x": 3.0}), {"q": "2"}).marks
    assert [hint.sentence for hint in mark.hints] == ["a digit is wrong: 2 for 7, in 2 for 7"]


# Many slips -----------------------------------------------------------------------------------------------------------


def named(number: int) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """How many slips of each kind there were, in how many the kind was named, and in how many it was named first."""
    rng = random.Random(9)
    made: Counter[str] = Counter()
    found: Counter[str] = Counter()
    first: Counter[str] = Counter()
    wanted = sorted({kind for _ in range(50) for kind in _possible(NetworkWorking(problem(rng)))})
    for kind in wanted:
        while made[kind] < number:
            given, decimals, rounding = problem(rng), rng.randint(2, 6), rng.choice(ROUNDINGS)
            carries = rng.random() < 0.5
            faithful = Writer(given, decimals, rounding, carries)
            cells = _possible(faithful.working).get(kind)
            if not cells:
                continue
            faithful.sheet()
            cell = rng.choice(cells)
            sheet: Submission = Writer(given, decimals, rounding, carries).sheet(
                (cell, slips(faithful.working, cell)[kind])
            )
            mark = mark_submission(sheet)[cell]
            if abs(mark.figure.value - faithful.figures[cell].value) <= 2.0 * (mark.tolerance + mark.figure.unit):
                continue
            kinds = [hint.kind for hint in mark.hints]
            made[kind] += 1
            found[kind] += kind in kinds
            first[kind] += kinds[:1] == [kind]
    return made, found, first


def _possible(working: NetworkWorking) -> dict[str, list[Cell]]:
    """The numbers at which a slip of each kind can happen."""
    cells: dict[str, list[Cell]] = {}
    for cell in working.cells():
        for kind in slips(working, cell):
            cells.setdefault(kind, []).append(cell)
    return cells


def check_kinds(made: Counter[str], found: Counter[str], first: Counter[str]) -> None:
    for kind in made:
        assert found[kind] >= 0.9 * made[kind], (kind, found[kind], made[kind])
    assert sum(first.values()) >= 0.9 * sum(made.values()), (first, made)


def test_each_kind_of_slip_is_named_nine_times_in_ten() -> None:
    check_kinds(*named(20))


@pytest.mark.slow
def test_hundreds_of_each_kind_of_slip() -> None:
    check_kinds(*named(300))
