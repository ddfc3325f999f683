"""Any text at all put to parse, and random programs put to parse and to Python.

The long run, a million hostile texts in a few minutes: ``pytest -m slow tests/autograd/test_parse_fuzz.py``
"""

import ast
import math
import re
import signal
import sys
import unicodedata
from collections.abc import Callable, Iterator
from keyword import iskeyword
from random import Random
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from autograd import operations
from autograd.parse import ParseError, parse
from autograd.strategies import Expression, expressions
from autograd.value import Value, leaves, recorded

NAMES = ("x", "y", "z")
FUNCTIONS = {
    "sin": operations.sin,
    "exp": operations.exp,
    "sqrt": operations.sqrt,
    "relu": operations.relu,
    "hypot": operations.hypot,
    "max": operations.maximum,
    "pow": operations.power,
    "arctan2": operations.atan2,
    "clip": operations.clip,
}
ARITY = {"sin": 1, "exp": 1, "sqrt": 1, "relu": 1, "clip": 3}

# Texts ----------------------------------------------------------------------------------------------------------------

TOKENS = [
    *NAMES, *FUNCTIONS, "where", "pi", "e", "q", "(", ")", "(", ")", ",", ";", "\n", "\r\n", " ", "\t", "=", "#",
    "+", "-", "*", "/", "%", "**", "//", "<", "<=", ">", ">=", "==", "!=", ":=", "->", "@", "&", "|", "^", "~", "<<",
    "0", "1", "2.5", ".5", "1e3", "1e999", "1_0", "0x1F", "2j", "9" * 50, "1e", "00", ".", "...", "[", "]", "{", "}",
    ":", "'", '"', "'''", "\\", "\\\n", "`", "$", "?", "!", "\0", "\x0c", "\x1b", "\ufeff", "\u2028", "\u202e",
    "\ud800", "é", "e\u0301", "\u0301", "ﬁ", "𝐱", "²", "×", "−", "·", "\u00a0", "\u200d", "١", "😀", "f'", "rb'",
    "lambda", "lambda:", "if", "else", "for", "in", "is", "not", "and", "or", "await", "yield", "import", "def",
    "class", "return", "while", "print", "None", "True", "async", "match", "del", "global", "with", "assert", "raise",
    "__import__", "__class__", "eval", "exec", "os", "sys", "open", "x.__class__", "*x", "**x", "x=", "f'{x}'",
    "lambda x:", "[x for x in y]", "@x\n", "x[0]", "\n  ", "__import__('os')",
]  # fmt: skip
ALPHABET = "".join(sorted({ch for token in TOKENS for ch in token}))


def soup(random: Random) -> str:
    return "".join(random.choices(TOKENS, k=random.randint(0, 25)))


def noise(random: Random) -> str:
    return "".join(random.choices(ALPHABET, k=random.randint(0, 40)))


def any_characters(random: Random) -> str:
    return "".join(chr(random.randrange(random.choice((128, 0x3000, sys.maxunicode + 1)))) for _ in range(20))


def mutated(random: Random) -> str:
    text = program(random)
    for _ in range(random.randint(1, 4)):
        at, end = sorted(random.randint(0, len(text)) for _ in range(2))
        end = min(end, at + 8)
        change = random.choice(("", random.choice(TOKENS), text[at:end] * random.randint(2, 4), text[end : end + 9]))
        text = text[:at] + change + text[end:]
    return text


#: What Python's parser has to nest or to chain, and what would cost memory, where it comes often enough.
UNITS = [
    "(", "sin(", "-", "+x", "-x", "*x", "**x", "**-x", "<x", "x,", "max(x,", "where(x,y,", "(x+", "-(x**", "()", "(x)",
    "x;", "a=x;", "a=", "x\n", "\n", ";", "#", "# é\n", " ", "9", "a", "é", "e\u0301", "\ufdfa", "\0", "\\\n", "[", "{",
    "f'{", "'", "x.", "x[", "not ", "lambda:", "x if ", "+sin(x)", "+where(x<y,x,y)", "+(x)", "+\n", "*2.5", "+ -x",
]  # fmt: skip


def unit(random: Random) -> str:
    return random.choice((random.choice(UNITS), "".join(random.choices(TOKENS, k=random.randint(1, 3)))))


def repeated(random: Random) -> str:
    times = random.choice((3, 30, 150, 190, 200, 201, 500))
    closing = random.choice((")", "", random.choice(TOKENS)))
    return random.choice(("", "x", "(x", "a = ")) + unit(random) * times + random.choice(TOKENS) + closing * times


def huge(random: Random) -> str:
    end = random.choice(("", "x", "x)", ")" * 200, "*" + "z" * 41))
    length = random.choice((20_000, 99_999, 100_000, 100_001)) - len(end)
    return (random.choice(("", "x", "sin(", "(x")) + unit(random) * 100_001)[:length] + end


#: How often each kind of text comes in 10,000.
KINDS: dict[Callable[[Random], str], int] = {
    soup: 3000,
    noise: 2500,
    any_characters: 980,
    mutated: 2500,
    repeated: 1000,
    huge: 20,
}


def hostile(random: Random, number: int) -> Iterator[str]:
    for kind in random.choices(list(KINDS), list(KINDS.values()), k=number):
        yield kind(random)


def check_outcome(text: str) -> bool:
    """Whether text is understood; if it is not, the refusal must be a good one."""
    try:
        result = parse(text, x=2, y=Value(-0.5), z=1.5)
    except ParseError as refusal:
        error = refusal
    else:
        assert type(result) is Value
        return True
    lines = re.split(r"\r\n?|\n", text)
    assert error.text == text
    assert 1 <= error.line <= len(lines)
    assert 1 <= error.column <= len(lines[error.line - 1]) + 1
    message = str(error)
    assert message.startswith(f"line {error.line}, column {error.column}: ")
    assert message.isprintable()
    assert len(message) < 300
    return False


#: Hypothesis draws where to begin, and a generator of Python's goes on from there: texts come many times faster.
seeds = st.integers(0, 2**64)


@given(text=st.text(ALPHABET) | st.text() | st.lists(st.sampled_from(TOKENS)).map("".join))
@settings(max_examples=400)
def test_any_text_is_understood_or_refused_with_its_place(text: str) -> None:
    check_outcome(text)


@given(seed=seeds, make=st.sampled_from([mutated, repeated]))
@settings(max_examples=300)
def test_nearly_right_text_is_understood_or_refused_with_its_place(seed: int, make: Callable[[Random], str]) -> None:
    check_outcome(make(Random(seed)))


@given(name=st.text(ALPHABET, max_size=3) | st.text(max_size=5))
def test_any_name_is_an_input_that_text_can_use_or_is_refused(name: str) -> None:
    try:
        result = parse(f"{name} + 1", **{name: 2.0})
    except ValueError:
        assert not name.isidentifier() or iskeyword(unicodedata.normalize("NFKC", name))
    else:
        assert result.data == 3.0


@pytest.mark.slow
def test_a_million_hostile_texts_neither_fail_nor_hang_nor_fill_the_memory() -> None:
    resource = pytest.importorskip("resource")

    def stuck(*_: object) -> None:
        raise TimeoutError(f"parse hangs on {text[:200]!r}... of {len(text)} characters")

    # Nothing is timed: a text takes milliseconds, and a minute for 1000 of them, huge ones included, is a hang.
    signal.signal(signal.SIGALRM, stuck)
    understood, peaks = 0, []
    text = ""
    try:
        for seed in range(1000):
            signal.alarm(60)
            for text in hostile(Random(seed), 1000):
                understood += check_outcome(text)
            peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
    # It counts kilobytes, on macOS bytes.
    megabytes = (peaks[-1] - peaks[0]) / (2**20 if sys.platform == "darwin" else 2**10)
    print(f"{understood:,} of 1,000,000 texts understood, peak memory {megabytes:.0f} MB above that of the first 1,000")
    assert 10_000 < understood < 990_000
    assert megabytes < 200


# Programs -------------------------------------------------------------------------------------------------------------


def program(random: Random) -> str:
    """A few statements in the language, most of them short; a few are longer than what is worked out at once."""
    statements = []
    names = list(NAMES)
    for place in range(random.randint(0, 3)):
        statements.append(f"v{place} = {expression(random, names, 5)}")
        names.append(f"v{place}")
    statements.append(expression(random, names, 8))
    return random.choice((";", "; ", "\n", "\r\n")).join(statements)


def expression(random: Random, names: list[str], size: int) -> str:
    """Operands and operators of every precedence in a row, which only the rules of precedence tell apart."""
    signs = random.choice(("+-", "+-*/", "*/%", ["+", "-", "*", "/", "%", "**"]))
    # Either long or nested: both at once would never end.
    number, inner = (200, 1) if random.random() < 0.02 else (random.randint(0, size), size // 2)
    parts = [operand(random, names, inner)]
    for _ in range(number):
        parts += [random.choice(signs), operand(random, names, inner)]
    return random.choice(("", " ")).join(parts)


def operand(random: Random, names: list[str], size: int) -> str:
    sign = random.choice(("", "", "", "", "-", "+", "--"))
    kind = random.random() if size > 1 else 0.0
    if kind < 0.4:
        return sign + random.choice((*names, *names, "2.0", "0.5", "3.25e0", ".125"))
    inner = [expression(random, names, size // 2) for _ in range(4)]
    if kind < 0.7:
        return f"{sign}({random.choice(('', chr(10), ' '))}{inner[0]})"
    if kind < 0.8:
        comparison = random.choice(("<", "<=", ">", ">=", "==", "!="))
        return f"{sign}where({inner[0]} {comparison} {inner[1]}, {inner[2]}, {inner[3]})"
    name = random.choice(list(FUNCTIONS))
    return f"{sign}{name}({', '.join(inner[: ARITY.get(name, 2)])})"


def by_python(text: str, values: dict[str, Any]) -> Any:
    """The value of a program as Python itself evaluates it, on floats or on Values."""
    known = {"__builtins__": {}, "where": operations.where, **FUNCTIONS, **values}
    *before, last = ast.parse(text).body
    assert isinstance(last, ast.Expr)
    exec(compile(ast.Module(before, []), "<program>", "exec"), known)
    return eval(compile(ast.Expression(last.value), "<program>", "eval"), known)


def same(one: float, other: float) -> bool:
    """Whether they are the same double, zeros with their signs, or both nan."""
    return (one != one and other != other) or (one == other and math.copysign(1.0, one) == math.copysign(1.0, other))


points = st.tuples(*[st.floats(-3.0, 3.0)] * 3).map(lambda numbers: dict(zip(NAMES, numbers, strict=True)))


@given(seed=seeds, point=points)
@settings(max_examples=300)
def test_the_value_is_what_python_makes_of_the_text(seed: int, point: dict[str, float]) -> None:
    text = program(Random(seed))
    try:
        expected = by_python(text, point)
    except (ArithmeticError, TypeError):
        # Where IEEE has inf or nan Python raises, or goes on with a complex number.
        assume(False)
    assume(not isinstance(expected, complex))
    assert same(parse(text, **point).data, float(expected))


@given(seed=seeds, point=points)
@settings(max_examples=300)
def test_the_gradient_is_that_of_the_same_text_on_values(seed: int, point: dict[str, float]) -> None:
    text = program(Random(seed))
    here, there = ({name: Value(number) for name, number in point.items()} for _ in range(2))
    try:
        expected = by_python(text, there)
    except (ArithmeticError, TypeError):
        assume(False)
    assume(isinstance(expected, Value))
    result = parse(text, **here)
    assert same(result.data, expected.data)
    if "=" not in re.sub("[<>=!]=", "", text):
        # A name given is a Value of its own; without one the graphs are alike to the last operation.
        assert [node.op for node in recorded(result)] == [node.op for node in recorded(expected)]
    result.backward()
    expected.backward()
    for name in NAMES:
        assert same(here[name].grad, there[name].grad), name


@given(f=expressions(inputs=NAMES), point=points)
def test_a_printed_expression_reads_back_as_itself(f: Expression, point: dict[str, float]) -> None:
    result = parse(str(f), **point)
    assert same(result.data, f(**point))
    assert {leaf.label for leaf in leaves(result)} <= set(NAMES) | {step.name for step in f.steps}
