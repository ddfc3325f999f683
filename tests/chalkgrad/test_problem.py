"""Problem files: what is read, and the sentence for everything that cannot be."""

import re
from pathlib import Path

import pytest

import chalkgrad

GOOD = """
[problem]
activation = "sigmoid"
loss = "half_mse"
learning_rate = 0.5
X = [[0, 0, 1, 1], [0, 1, 0, 1]]
y = [[0, 1, 1, 1]]
W1 = [[0.2, 0.4], [0.3, 0.5]]
b1 = [0.3, 0.5]
W2 = [[0.4, 0.6]]
b2 = [0.5]
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "p.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_demo_is_read(root: Path) -> None:
    problem = chalkgrad.load(root / "demos" / "or_gate.toml")
    assert problem.title == "OR gate: one step of gradient descent by hand"
    assert problem.X == ((0.0, 0.0, 1.0, 1.0), (0.0, 1.0, 0.0, 1.0))
    assert problem.y == ((0.0, 1.0, 1.0, 1.0),)
    assert problem.weights == (((0.2, 0.4), (0.3, 0.5)), ((0.4, 0.6),))
    assert problem.biases == ((0.3, 0.5), (0.5,))
    assert problem.activations == ("sigmoid", "sigmoid")
    assert problem.learning_rate == 0.5


def test_a_file_with_somebodys_work_in_it_is_a_problem_too(tmp_path: Path) -> None:
    problem = chalkgrad.load(written(tmp_path, f"title = 't'\n{GOOD}\n[work]\nZ1 = [[0.3]]\n"))
    assert problem.title == "t"


def test_each_layer_may_have_its_own_activation(tmp_path: Path) -> None:
    text = GOOD.replace('"sigmoid"', '["tanh", "linear"]')
    assert chalkgrad.load(written(tmp_path, text)).activations == ("tanh", "linear")


def test_a_byte_order_mark_is_no_obstacle(tmp_path: Path) -> None:
    assert chalkgrad.load(written(tmp_path, f"\ufeff{GOOD}")).learning_rate == 0.5


def test_a_learning_rate_of_0_is_a_rate(tmp_path: Path) -> None:
    assert (
        chalkgrad.load(written(tmp_path, GOOD.replace("learning_rate = 0.5", "learning_rate = 0"))).learning_rate == 0
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[problem]", "[problems]", "problems is unknown: one of title, problem, work is expected"),
        (GOOD, "title = 'x'", "problem is missing or not a table: a [problem] table is expected"),
        (GOOD, "problem = 3", "problem is missing or not a table: a [problem] table is expected"),
        (GOOD, "title = 3", "title is 3: text is expected"),
        ("W1", "W1 = [[1]]\nW1", "is not TOML: Cannot overwrite a value"),
        ("X = [", "X = [[", "is not TOML: "),
        ("learning_rate", "rate", "problem.rate is unknown: one of activation, loss, learning_rate, X, y, W1, b1, ..."),
        ("learning_rate = 0.5", "", "problem.learning_rate is missing: a number from 0 up is expected"),
        ("0.5\nX", "'0.5'\nX", "problem.learning_rate is the text '0.5': a number is expected"),
        ("0.5\nX", "-1\nX", "problem.learning_rate is -1: a number from 0 up is expected"),
        ("0.5\nX", "nan\nX", "problem.learning_rate is nan: a finite number is expected"),
        ("0.5\nX", "true\nX", "problem.learning_rate is true: a number is expected"),
        ("0.5\nX", f"1{'0' * 400}\nX", "problem.learning_rate is a number of too many digits: a finite number"),
        ("0.5\nX", f"1{'0' * 5000}\nX", "is not TOML: "),
        ('"half_mse"', '"mse"', "problem.loss is the text 'mse': 'half_mse' is expected"),
        ('"sigmoid"', '"sigmoyd"', "problem.activation has the text 'sigmoyd': one of linear, relu, sigmoid, tanh"),
        ('"sigmoid"', "[]", "problem.activation names 0: 2 are expected, one for each layer"),
        ('"sigmoid"', "['tanh', 3]", "problem.activation has 3: one of linear, relu, sigmoid, tanh is expected"),
        ('"sigmoid"', "[['tanh'], 'tanh']", "problem.activation has a list: one of linear"),
        (
            'activation = "sigmoid"',
            "",
            "problem.activation is missing: one of linear, relu, sigmoid, tanh is expected, or a list of them",
        ),
        (
            "X = [[0, 0, 1, 1], [0, 1, 0, 1]]",
            "",
            "problem.X is missing: a list of rows is expected, one for each input, with a column for each sample",
        ),
        ("y = [[0, 1, 1, 1]]", "", "problem.y is missing: a list of rows is expected, one for each output, with"),
        ("y = [[0, 1, 1, 1]]", "y = [[0, 1, 1]]", "problem.y has 3 columns: 4 are expected, one for each sample in X"),
        (
            "y = [[0, 1, 1, 1]]",
            "y = [[0, 1, 1, 1], [1, 1, 1, 1]]",
            "problem.y has 2 rows: 1 is expected, one for",
        ),
        ("y = [[0, 1, 1, 1]]", "y = [0, 1, 1, 1]", "problem.y[0] is 0: a list of numbers is expected"),
        ("y = [[0, 1, 1, 1]]", "y = []", "problem.y is an empty list: a list of rows is expected"),
        ("y = [[0, 1, 1, 1]]", "y = [[]]", "problem.y[0] is an empty list: a list of numbers is expected"),
        ("y = [[0, 1, 1, 1]]", "y = 'OR'", "problem.y is the text 'OR': a list of rows is expected"),
        ("y = [[0, 1, 1, 1]]", "y = {a = 1}", "problem.y is a table: a list of rows is expected"),
        ("y = [[0, 1, 1, 1]]", "y = [[0, 1, 1, 1979-05-27]]", "problem.y[0,3] is a date: a number is expected"),
        ("[0.3, 0.5]]", "[0.3]]", "problem.W1[1] has 1 number: 2 are expected, as in W1[0]"),
        ("[0.3, 0.5]]", "[0.3, nan]]", "problem.W1[1,1] is nan: a finite number is expected"),
        ("[0.3, 0.5]]", "[0.3, 'x']]", "problem.W1[1,1] is the text 'x': a number is expected"),
        ("b1 = [0.3, 0.5]", "b1 = [0.3]", "problem.b1 has 1 number: 2 are expected, one for each row of W1"),
        ("b1 = [0.3, 0.5]", "b1 = 0.3", "problem.b1 is 0.3: a list of numbers is expected, such as [1, 2]"),
        ("b1 = [0.3, 0.5]", "b1 = [nan, 0.5]", "problem.b1[0] is nan: a finite number is expected"),
        ("b1 = [0.3, 0.5]", "", "problem.b1 is missing: a list of numbers is expected, one for each neuron"),
        ("W2 = [[0.4, 0.6]]", "W2 = [[0.4]]", "problem.W2 has 1 column: 2 are expected, one for each row of W1"),
        (
            "W1 = [[0.2, 0.4], [0.3, 0.5]]",
            "W1 = [[1], [2]]",
            "problem.W1 has 1 column: 2 are expected",
        ),
        (
            "W2 = [[0.4, 0.6]]",
            "W3 = [[0.4, 0.6]]",
            "problem.W2 is missing: a list of rows is expected, one for each neuron",
        ),
        ("b2 = [0.5]", "b2 = [0.5]\nb3 = [0.5]", "problem.W3 is missing"),
        ("b2 = [0.5]", "b2 = [0.5]\nW01 = [[1]]", "problem.W01 is unknown"),
        ("b2 = [0.5]", 'b2 = [0.5]\n"W\\u001b[31m" = 1', r"problem.W\x1b[31m is unknown"),
    ],
)
def test_what_is_wrong_is_told_with_file_key_and_what_was_expected(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert old in GOOD
    path = written(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(chalkgrad.ProblemError, match=f"^{re.escape(f'{path}: {message}')}") as caught:
        chalkgrad.load(path)
    assert "\n" not in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(chalkgrad.ProblemError, match=r"gone\.toml: cannot be read \(No such file or directory\)"):
        chalkgrad.load(tmp_path / "gone.toml")


def test_a_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(chalkgrad.ProblemError, match=r"cannot be read \(Is a directory\)"):
        chalkgrad.load(tmp_path)


def test_an_impossible_name_is_told() -> None:
    with pytest.raises(chalkgrad.ProblemError, match=r"^a\\x00b: cannot be read \(embedded null byte\)"):
        chalkgrad.load("a\x00b")


def test_another_encoding_is_told(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_bytes("title = 'é'".encode("latin-1"))
    with pytest.raises(chalkgrad.ProblemError, match="byte 9 is not UTF-8: save the file as UTF-8 text"):
        chalkgrad.load(path)


def test_deep_nesting_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, f"title = {'[' * 100_000}")
    with pytest.raises(chalkgrad.ProblemError, match=r"is nested too deeply|is not TOML"):
        chalkgrad.load(path)
