"""What text parse understands, what it makes of it, and in which words it refuses the rest."""

import ast
import math
import pickle
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from autograd import operations
from autograd.operations import OPERATIONS, Operation
from autograd.parse import MAX_CHARACTERS, MAX_DEPTH, MAX_WORD, ParseError, _value, parse
from autograd.trace import trace
from autograd.value import Value, leaves, recorded

INPUTS = {"x": 3.0, "y": -2.0, "z": 0.5}


def number(text: str, /, **inputs: object) -> float:
    return parse(text, **(inputs or INPUTS)).data


def refusal(text: str, /, **inputs: object) -> ParseError:
    with pytest.raises(ParseError) as caught:
        parse(text, **(inputs or INPUTS))
    assert caught.value.text == text
    return caught.value


class TestExpressions:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("x - y - z", 4.5),
            ("x - (y - z)", 5.5),
            ("x / y / z", -3.0),
            ("x + y * z", 2.0),
            ("-x ** 2", -9.0),
            ("(-x) ** 2", 9.0),
            ("2 ** -x ** 2", 2.0**-9.0),
            ("2 ** 3 ** 2", 512.0),
            ("y % x", 1.0),
            ("-x % 2 * 5", 5.0),
            ("- - + x", 3.0),
            ("x--y", 1.0),
            ("x*-y", 6.0),
            ("((x))", 3.0),
            ("x + y < z * 4", 1.0),
        ],
    )
    def test_precedence_is_pythons(self, text: str, value: float) -> None:
        assert number(text) == value

    @pytest.mark.parametrize("text", ["2", "2.", ".5", "0.1", "1e3", "1.5E-3", "1_000.5", "6.02e+23", "0", "9" * 309])
    def test_a_number_is_the_nearest_double(self, text: str) -> None:
        assert number(text) == float(text)

    def test_a_number_beyond_the_doubles_is_infinite(self) -> None:
        assert number("1e999") == number("9" * 400) == number("2**3**4**5") == number("x**10**10") == math.inf

    def test_a_whole_number_that_no_double_equals_is_rounded_like_any_other(self) -> None:
        assert number("9007199254740993") == 9007199254740992.0

    def test_numbers_alone_give_a_leaf(self) -> None:
        result = parse("2 + 3")
        assert (result.data, result.op, result.label) == (5.0, None, None)

    def test_numbers_alone_follow_ieee(self) -> None:
        assert number("1/0") == math.inf
        assert math.isnan(number("(-8) ** 0.5"))

    def test_pi_and_e_are_there_until_something_takes_their_name(self) -> None:
        assert number("pi + e") == math.pi + math.e
        assert number("e", e=1.6) == 1.6
        assert number("a = e; pi = 3; pi * e / a") == 3.0

    def test_a_line_goes_on_inside_brackets_and_a_comment_ends_with_it(self) -> None:
        assert number("(x # three\n\n + y\r\n) * z # half\n") == 0.5

    @pytest.mark.parametrize("text", ["  x", "\tx", "x;", ";;x", "\n\n x \n", "x\r", "y\r\nx", "y;x", " y ; # no\n x"])
    def test_blanks_and_empty_statements_do_not_matter(self, text: str) -> None:
        assert number(text) == 3.0


class TestFunctions:
    @pytest.mark.parametrize("op", [op for op in OPERATIONS.values() if not op.helper], ids=lambda op: op.name)
    def test_every_operation_of_the_table_is_called_by_its_names(self, op: Operation) -> None:
        names = [op.name, op.numpy or op.name]
        arguments = ("x", "y")[: len(op.partials)]
        for name in names:
            result = parse(f"{name}({', '.join(arguments)})", x=0.7, y=1.25)
            assert result.op is op
            assert [operand.label for operand in result.operands if isinstance(operand, Value)] == list(arguments)

    def test_an_operation_made_later_is_known_too(self) -> None:
        try:
            Operation("thrice", "thrice", "3 {0}", lambda x: 3.0 * x, (3.0,))
            result = parse("thrice(x)", x=2.0)
            result.backward()
            assert (result.data, leaves(result)[0].grad) == (6.0, 3.0)
        finally:
            del OPERATIONS["thrice"]

    @pytest.mark.parametrize(
        ("alias", "op"),
        [("ln", operations.log), ("max", operations.maximum), ("min", operations.minimum), ("pow", operations.power)],
    )
    def test_usual_names_are_understood(self, alias: str, op: Operation) -> None:
        operands = ", ".join(["x"] * len(op.partials))
        assert parse(f"{alias}({operands})", x=2.0).op is op

    def test_clip_and_where_take_three_operands(self) -> None:
        assert number("clip(x, 0, 1) + where(x > 2, 10, 20)") == 11.0

    def test_of_a_where_only_the_side_taken_has_a_gradient(self) -> None:
        x, y = Value(-4.0), Value(2.0)
        parse("where(x > 0, x*y, y**2)", x=x, y=y).backward()
        assert (x.grad, y.grad) == (0.0, 4.0)

    @pytest.mark.parametrize(
        ("sign", "truths"), [("<", "100"), ("<=", "110"), (">", "001"), (">=", "011"), ("==", "010"), ("!=", "101")]
    )
    def test_a_comparison_is_one_or_zero(self, sign: str, truths: str) -> None:
        for x, truth in zip((1.0, 2.0, 3.0), truths, strict=True):
            assert number(f"x {sign} y", x=x, y=2.0) == number(f"{x} {sign} 2", x=x) == float(truth)

    def test_each_operand_of_a_function_may_be_a_comparison(self) -> None:
        assert number("max(x < y, y < x) + min(x < y, y < x)") == 1.0

    def test_nothing_compares_to_nan(self) -> None:
        assert number("where(x < 1, 1, where(x >= 1, 2, 3))", x=math.nan) == 3.0

    def test_a_name_may_stand_for_a_number_and_for_a_function(self) -> None:
        assert number("step(x) * step", step=0.25, x=1.0) == 0.25
        assert number("max = 5; max(max, 7)") == 7.0


class TestNames:
    def test_every_intermediate_carries_its_name(self) -> None:
        f = parse("q = x + y; f = q * z", x=-2, y=5, z=-4)
        f.backward()
        assert f.data == -12.0
        assert [node.label for node in recorded(f)] == ["q", "f"]
        assert {leaf.label: leaf.grad for leaf in leaves(f)} == {"x": -4.0, "y": -4.0, "z": 3.0}

    def test_a_trace_reads_like_the_text(self) -> None:
        steps = trace(parse("q = x + y; f = q * z", **INPUTS)).forward
        assert [(step.name, step.operation, step.operands) for step in steps] == [
            ("q", "+", ("x", "y")),
            ("f", "×", ("q", "z")),
        ]

    def test_the_last_statement_is_the_result(self) -> None:
        assert parse("a = x*y; a + z; a", **INPUTS).label == "a"
        assert parse("a = x*y; a + z", **INPUTS).label is None

    def test_another_name_for_a_value_is_a_value_of_its_own(self) -> None:
        x = Value(2.0)
        a = parse("a = (x)", x=x)
        assert (a.label, x.label) == ("a", "x")
        assert a.op is operations.positive
        assert a.operands == (x,)

    def test_a_number_that_gets_a_name_is_a_leaf(self) -> None:
        result = parse("a = 2 + 1; a * x", x=5.0)
        result.backward()
        assert {leaf.label: leaf.grad for leaf in leaves(result)} == {"a": 5.0, "x": 3.0}

    def test_a_name_can_be_given_again(self) -> None:
        x = Value(2.0)
        result = parse("x = x*x\nx = x + 1", x=x)
        result.backward()
        assert (result.data, result.label, x.grad) == (5.0, "x", 4.0)

    def test_pythons_normal_form_makes_names_equal(self) -> None:
        assert number("𝐱 + ﬁ", x=1.0, fi=2.0) == 3.0
        assert number("caf\u00e9", **{"cafe\u0301": 4.0}) == number("cafe\u0301", **{"caf\u00e9": 4.0}) == 4.0
        assert parse("𝐪 = x", x=1.0).label == "q"

    @pytest.mark.parametrize("name", ["α", "x_1", "_", "__class__", "match", "text", "self", "Δx", "ñ"])
    def test_any_identifier_of_python_is_a_name(self, name: str) -> None:
        assert number(f"{name} * 2", **{name: 1.5}) == 3.0
        assert parse(f"{name} = 1").label == name


class TestInputs:
    def test_numbers_of_any_type_become_labelled_leaves(self) -> None:
        result = parse("a + b + c + d", a=True, b=np.float32(0.5), c=Fraction(1, 4), d=2)
        assert [(leaf.label, leaf.data) for leaf in leaves(result)] == [("a", 1.0), ("b", 0.5), ("c", 0.25), ("d", 2.0)]

    def test_a_value_is_used_as_it_is_and_keeps_its_label(self) -> None:
        mine, nameless = Value(2.0, label="mine"), Value(3.0)
        result = parse("x*y", x=mine, y=nameless)
        assert result.operands[0] is mine
        assert result.operands[1] is nameless
        assert (mine.label, nameless.label) == ("mine", "y")

    def test_a_graph_goes_on_from_a_value_that_was_recorded(self) -> None:
        w = Value(3.0)
        parse("h**2", h=w * 2.0).backward()
        assert w.grad == 24.0

    @pytest.mark.parametrize("given", ["2", None, 1j, [1.0], np.array([1.0, 2.0])])
    def test_what_is_no_number_is_refused_by_name(self, given: Any) -> None:
        with pytest.raises(TypeError, match=r"^input 'x': .* a real number is needed"):
            parse("x", x=given)

    def test_a_number_that_no_double_equals_is_refused_by_name(self) -> None:
        with pytest.raises(ValueError, match=r"^input 'x': 1/3|^input 'x': Fraction\(1, 3\) equals no double"):
            parse("x", x=Fraction(1, 3))

    @pytest.mark.parametrize("name", ["", "a b", "1x", "x.y", "lambda", "None", "x\n"])
    def test_a_name_that_text_cannot_have_is_refused(self, name: str) -> None:
        with pytest.raises(ValueError, match="has no name that a text can use: use letters, digits and _"):
            parse("1", **{name: 1.0})

    def test_a_name_spelled_in_two_ways_is_refused(self) -> None:
        with pytest.raises(ValueError, match="input 'fi' is given twice"):
            parse("fi", **{"fi": 1.0, "ﬁ": 2.0})

    @pytest.mark.parametrize("text", [None, b"x", 3, ["x"]])
    def test_text_is_a_str(self, text: Any) -> None:
        with pytest.raises(TypeError, match=f"the text to parse is of type {type(text).__name__}: a str is needed"):
            parse(text, x=1.0)


# What is refused, where, and the message; "..." stands for the remedy given in full above it.
REFUSED = [
    ("", 1, "there is nothing to work out: write an expression, such as x*y"),
    ("  # only this", 1, "there is nothing to work out: ..."),
    (";;\n;", 1, "there is nothing to work out: ..."),
    ("x + w", 5, "the name 'w' has no value: give it as an input, such as w=1.0"),
    ("xx", 1, "the name 'xx' has no value: give it as an input, such as xx=1.0, unless 'x' was meant"),
    (
        "1 + lenght",
        5,
        "the name 'lenght' has no value: give it as an input, such as lenght=1.0, unless 'length' was meant",
    ),
    ("pie", 1, "the name 'pie' has no value: give it as an input, such as pie=1.0, unless 'pi' was meant"),
    ("w = w + 1", 5, "the name 'w' has no value: ..."),
    ("__import__", 1, "the name '__import__' has no value: give it as an input, such as __import__=1.0"),
    ("sine(x)", 1, "no function is called 'sine': use one of the operation table, as sin(x), unless 'sin' was meant"),
    ("print(x)", 1, "no function is called 'print': use one of the operation table, as sin(x)"),
    ("gate(x, y)", 1, "no function is called 'gate': ..."),
    ("1 + __import__(x)", 5, "no function is called '__import__': ..."),
    ("x(y)", 1, "'x' is a number, not a function: a product is written x*(y + z)"),
    ("pi(y)", 1, "'pi' is a number, not a function: ..."),
    ("2 * sin", 5, "'sin' is a function: write its operands in brackets behind it"),
    ("max", 1, "'max' is a function: ..."),
    ("where", 1, "'where' is a function: ..."),
    ("sin x", 1, "'sin' is a function: ..."),
    ("1 + sin(x, y)", 5, "'sin' takes 1 operand, not 2: write as many, separated by commas"),
    ("max(x, y, z)", 1, "'max' takes 2 operands, not 3: ..."),
    ("clip(x, 1)", 1, "'clip' takes 3 operands, not 2: ..."),
    ("sin()", 5, "')' comes where an operand should: write a number, a name or a bracket before it"),
    ("sin(x,)", 7, "')' comes where an operand should: ..."),
    ("()", 2, "')' comes where an operand should: ..."),
    ("x +", 4, "the end of the statement comes where an operand should: ..."),
    ("x +\ny", 4, "the end of the statement comes where an operand should: ..."),
    ("x = ", 5, "the end of the statement comes where an operand should: ..."),
    ("* x", 1, "'*' comes where an operand should: ..."),
    ("x * / y", 5, "'/' comes where an operand should: ..."),
    ("= x", 1, "'=' comes where an operand should: ..."),
    ("sin(*x)", 5, "operands cannot be unpacked from one with a star: write them one by one"),
    ("y + sin(*x)", 9, "operands cannot be unpacked from one with a star: ..."),
    ("max(x, **y)", 8, "operands cannot be unpacked from one with a star: ..."),
    ("x y", 3, "'y' follows without an operator: a product is written x*y"),
    ("2 (x)", 3, "'(' follows without an operator: ..."),
    ("(x)(y)", 4, "'(' follows without an operator: ..."),
    ("2π", 2, "'π' follows without an operator: ..."),
    ("1..2", 3, "'.2' follows without an operator: ..."),
    ("x, y", 2, "a comma is only for the operands of a function: statements are separated by ;"),
    ("(x, y)", 3, "a comma is only for the operands of a function: ..."),
    ("sin(x=y)", 6, "an operand is not given by name: write f(x), not f(a=x)"),
    ("a = x = y", 7, "an assignment begins its statement with one name, a = x*y; to compare, write =="),
    ("x + y = z", 7, "an assignment begins its statement with one name, a = x*y; ..."),
    ("(x = y)", 4, "an assignment begins its statement with one name, a = x*y; ..."),
    ("x < y < z", 7, "comparisons do not chain: two conditions join by *, as in (x < y)*(y < z)"),
    ("(x", 1, "the bracket that opens here is not closed: add a )"),
    ("(x*(y", 4, "the bracket that opens here is not closed: ..."),
    ("x*(y + sin(z)", 3, "the bracket that opens here is not closed: ..."),
    ("(x; y)", 1, "the bracket that opens here is not closed: ..."),
    ("x)", 2, "this bracket closes none: remove it, or add the ( that it belongs to"),
    ("2x", 1, "'2x' is no real number in decimals: write one such as 1.5e3, or a product as 2*x"),
    ("x + 2j", 5, "'2j' is no real number in decimals: ..."),
    ("0x10", 1, "'0x10' is no real number in decimals: ..."),
    ("1e", 1, "'1e' is no real number in decimals: ..."),
    ("1__0", 1, "'1__0' is no real number in decimals: ..."),
    ("1.real", 1, "'1.real' is no real number in decimals: ..."),
    ("x += 1", 3, "an assignment that changes a name has no place here: write x = x + 1"),
    ("x **= 2", 3, "an assignment that changes a name has no place here: ..."),
    ("x // y", 3, "a division rounded down has no place here: write x/y, or (x - x % y)/y"),
    ("x^2", 2, "the sign ^ has no place here: write a power as x**2"),
    ("x & y", 3, "an operation on bits has no place here: join conditions by *, as in (x < y)*(y < z)"),
    ("x << 2", 3, "an operation on bits has no place here: ..."),
    ("~x", 1, "an operation on bits has no place here: ..."),
    ("x @ y", 3, "a decorator or product of matrices has no place here: write x*y"),
    ("@x\ndef f(): pass", 1, "a decorator or product of matrices has no place here: ..."),
    ("x.__class__", 2, "an attribute or method has no place here: write sin(x), not x.sin()"),
    (
        "x[0]",
        2,
        "a list, set, dictionary or subscript has no place here: "
        "group with round brackets, and give each number a name of its own",
    ),
    ("[x]", 1, "a list, set, dictionary or subscript has no place here: ..."),
    ("{x}", 1, "a list, set, dictionary or subscript has no place here: ..."),
    ("'x'", 1, "a text in quotes has no place here: write numbers and names only"),
    ('f"{x}"', 2, "a text in quotes has no place here: ..."),
    ("(a := x)", 4, "a walrus has no place here: give the name at the start of a statement, as in a = x*y"),
    ("x: 3", 2, "a colon has no place here: write statements as an expression or as name = expression"),
    ("x \\\n + y", 3, "a backslash has no place here: put what takes several lines in round brackets"),
    ("x if y else z", 3, "a choice by if and else has no place here: write where(condition, x, y)"),
    ("x and y", 3, "the word and has no place here: write the product of both conditions"),
    ("x or y", 3, "the word or has no place here: write max(x, y) of both conditions"),
    ("not x", 1, "the word not has no place here: write 1 - condition"),
    ("x + True", 5, "the word True has no place here: write 1"),
    (
        "None",
        1,
        "Python's word 'None' has no place here: write numbers, names, + - * / ** %, brackets and functions only",
    ),
    ("lambda: x", 1, "Python's word 'lambda' has no place here: ..."),
    ("import os", 1, "Python's word 'import' has no place here: ..."),
    ("(x for x in y)", 4, "Python's word 'for' has no place here: ..."),
    ("x is y", 3, "Python's word 'is' has no place here: ..."),
    ("𝐢𝐟 x", 1, "a choice by if and else has no place here: ..."),
    ("x!", 2, "the sign ! has no place here: write x != y for unequal"),
    ("x − y", 3, "a minus sign other than - has no place here: write x - y"),
    ("2 × x", 3, "a sign of multiplication other than * has no place here: ..."),
    ("x÷y", 2, "a sign of division other than / has no place here: write x/y"),
    ("x²", 2, "a raised exponent has no place here: write x**2"),
    ("√x", 1, "the sign √ has no place here: write sqrt(x)"),
    ("x ≤ y", 3, "the sign ≤ has no place here: write <="),
    ("x $ y", 3, "the character '$' has no place here: ..."),
    ("x\0", 2, r"the character '\x00' has no place here: ..."),
    ("x\u00a0+ y", 2, r"the character '\xa0' has no place here: ..."),
    ("x + \ud800", 5, r"the character '\ud800' has no place here: ..."),
    ("\ufeffx", 1, r"the character '\ufeff' has no place here: ..."),
    ("x\x0c", 2, r"the character '\x0c' has no place here: ..."),
    ("x + \u0301", 5, "the character '́' has no place here: ..."),
]


class TestRefusals:
    @pytest.mark.parametrize(("text", "column", "message"), REFUSED)
    def test_a_refusal_says_where_why_and_what_to_write(self, text: str, column: int, message: str) -> None:
        error = refusal(text, **INPUTS, length=1.0)
        assert (error.line, error.column) == (1, column)
        said = f"line 1, column {column}: {message}"
        assert str(error) == said or (said.endswith(" ...") and str(error).startswith(said.removesuffix(" ...")))
        assert str(error).isprintable()

    def test_lines_and_columns_count_characters(self) -> None:
        error = refusal("a = x\r\nb = (α +\n\n  \U0001d6c3*w) # é\r", x=1.0, α=2.0, β=3.0)
        assert str(error).startswith("line 4, column 5: the name 'w' has no value")

    def test_an_unknown_name_is_cut_where_it_is_long(self) -> None:
        name, cut = "a" * 41, "a" * 39 + "…"
        assert refusal(name).args[0] == f"the name '{cut}' has no value: give it as an input, such as {cut}=1.0"
        assert refusal(f"{name}(x)").args[0].startswith(f"no function is called '{cut}': ")

    def test_a_refusal_is_a_value_error_that_can_be_pickled(self) -> None:
        error = refusal("x +\n")
        assert error.args[1:] == ("x +\n", 1, 4)
        copy = pickle.loads(pickle.dumps(error))
        assert isinstance(copy, ValueError)
        assert (str(copy), copy.text, copy.line, copy.column) == (str(error), error.text, error.line, error.column)

    def test_no_other_node_of_pythons_syntax_is_worked_out(self) -> None:
        for text in ("lambda: 0", "f(a=1)", "a < b < c", "[1]", "1", "a.b", "a and b", "a if b else c", "f'{a}'"):
            with pytest.raises(TypeError, match="none of the nodes that an expression may have"):
                _value(ast.parse(text, mode="eval").body, [])


class TestSizes:
    def test_a_sum_may_be_as_long_as_a_text(self) -> None:
        x = Value(1.0)
        terms = MAX_CHARACTERS // 2
        result = parse("+".join(["x"] * terms), x=x)
        result.backward()
        assert result.data == x.grad == terms
        assert len(recorded(result)) == terms - 1

    @pytest.mark.parametrize("sign", ["+", "-", "*", "/", "%"])
    def test_a_long_chain_is_worked_out_from_the_left(self, sign: str) -> None:
        numbers = [1.0 + 1.0 / (3 + place) for place in range(500)]
        expected = numbers[0]
        for other in numbers[1:]:
            expected = eval(f"{expected!r} {sign} {other!r}")
        assert number(sign.join(map(str, numbers))) == expected

    def test_long_products_in_a_long_sum_keep_precedence(self) -> None:
        product = "*".join(["x"] * 100)
        text = "-".join([product, "y", *[f"z*{product}"] * 100])
        assert number(text, x=-1.0, y=2.0, z=3.0) == 1.0 - 2.0 - 300.0

    def test_a_long_operand_ends_at_comma_and_comparison(self) -> None:
        long = "+".join(["x"] * 100)
        assert number(f"where({long} < y*{long}, {long}, {long} - 1) * 2", x=1.0, y=2.0) == 200.0
        assert number(f"max({long}, -({long}))", x=1.0) == 100.0
        assert number(f"1 + y < {long} - 1 + y", x=1.0, y=2.0) == 1.0

    def test_brackets_nest_to_the_depth_that_is_said(self) -> None:
        assert number("(" * MAX_DEPTH + "x" + ")" * MAX_DEPTH) == 3.0
        assert number("-(y+" * MAX_DEPTH + "x" + ")" * MAX_DEPTH, x=3.0, y=0.0) == 3.0
        deep = MAX_DEPTH + 1
        for opening in ("(", "sin("):
            error = refusal(opening * deep + "x" + ")" * deep)
            assert error.column == len(opening) * MAX_DEPTH + 1
            assert f"nest more than {MAX_DEPTH} deep: give an inner one a name first" in str(error)

    @pytest.mark.parametrize("text", ["-" * MAX_DEPTH + "x", "x" + "**y" * MAX_DEPTH, "2**-" * (MAX_DEPTH // 2) + "x"])
    def test_signs_and_powers_pile_up_to_the_depth_that_is_said(self, text: str) -> None:
        assert number(f"{text} + {text} * {text}", x=1.0, y=1.0) is not None
        assert number(f"max({text}, {text}) < {text}", x=1.0, y=1.0) == 0.0
        error = refusal(f"-{text}")
        assert f"more than {MAX_DEPTH} signs and powers in a row: give a part of them a name first" in str(error)

    def test_names_and_numbers_are_as_long_as_is_said(self) -> None:
        assert number("a" * MAX_WORD, **{"a" * MAX_WORD: 1.5}) == 1.5
        assert number("0." + "5" * (MAX_WORD - 2)) == 5 / 9
        for word, kind in (("a", "name"), ("9", "number")):
            error = refusal("x + " + word * (MAX_WORD + 1))
            assert error.column == 5
            assert f"a {kind} of 1,001 characters is too long: at most 1,000 are read" in str(error)

    def test_a_text_is_as_long_as_is_said(self) -> None:
        assert number("x" + " " * (MAX_CHARACTERS - 1)) == 3.0
        error = refusal("x" + " " * MAX_CHARACTERS)
        assert (error.line, error.column) == (1, MAX_CHARACTERS + 1)
        assert "a text of 100,001 characters is too long: at most 100,000 are read" in str(error)
