"""Expressions read from text: ``parse("q = x + y; f = q * z", x=-2, y=5, z=-4)``, recorded like any other graph.

The text is data and is never evaluated as Python. Names, numbers and brackets are read here; Python's own parser is
only shown the skeleton that is left of them, for its precedence, and in parts too small to strain it.
"""

import ast
import difflib
import keyword
import math
import operator
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from autograd import operations
from autograd.operations import OPERATIONS, Operation
from autograd.text import printable
from autograd.value import Value

MAX_CHARACTERS: Final = 100_000
MAX_WORD: Final = 1_000
MAX_DEPTH: Final = 200


class ParseError(ValueError):
    """A text that ``parse`` refuses, with the reason and the remedy in its message.

    Attributes:
        text: the whole text.
        line: where in it, from 1.
        column: where in that line, from 1, in characters.
    """

    def __init__(self, problem: str, text: str, line: int, column: int) -> None:
        # All of them reach args, without which an exception cannot be copied to another process.
        super().__init__(problem, text, line, column)
        self.text, self.line, self.column = text, line, column

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.args[0]}"


def parse(text: str, /, **inputs: object) -> Value:
    """Work out and record the expression that text spells; the value of its last statement is the result.

    A statement is an expression or ``name = expression``, and ends with a line or a ``;``; a line goes on inside
    brackets, and ``#`` begins a comment. An expression has real numbers in decimal notation, names, ``+ - * / ** %``,
    brackets and Python's precedence; the functions of the operation table, ``where`` and ``clip``, under their own
    names, NumPy's, or ``ln``, ``max``, ``min`` and ``pow``; and comparisons, which do not chain, each the plain number
    1.0 or 0.0 that the data gives, as a condition for ``where``. All numbers are doubles: 0.1 is rounded to one, 1e999
    to inf.

    >>> f = parse("q = x + y; f = q * z", x=-2, y=5, z=-4)
    >>> f
    Value(data=-12.0, grad=0.0, label='f')
    >>> f.operands[0].label
    'q'

    Values and functions do not meet: where ``step`` is an input, ``step`` is its value and ``step(x)`` the function.
    ``pi`` and ``e`` are the constants until an input or a statement takes the name. Names are compared as Python
    compares its own, in Unicode's form NFKC; no name is special, ``__class__`` is a name like any other.

    A text has at most 100,000 characters, a name or number 1,000; brackets nest at most 200 deep, and so do signs and
    powers in a row.

    Args:
        text: the statements.
        inputs: what the names in it stand for. A number becomes a leaf labelled with the name; a Value is used as it
            is, and labelled if it has no label. A statement labels its result likewise, and ``a = x`` gives ``+x``, a
            Value of its own.

    Raises:
        ParseError: text is not such an expression; the message says where, why, and what to write instead.
        TypeError: text is not a str, or an input neither a real number nor a Value.
        ValueError: an input that no double equals, or whose name could not stand in text.
    """
    if not isinstance(text, str):
        raise TypeError(f"the text to parse is of type {type(text).__name__}: a str is needed, such as 'x*y'")
    if len(text) > MAX_CHARACTERS:
        problem = f"a text of {len(text):,} characters is too long: at most {MAX_CHARACTERS:,} are read"
        _refuse(text, MAX_CHARACTERS, problem)
    reader = _Reader(text, _named_values(inputs))
    result: Value | float | None = None
    while reader.token.kind != "stop":
        if reader.token.kind == "end":
            reader.advance()
        else:
            result = reader.statement()
    if result is None:
        _refuse(text, 0, "there is nothing to work out: write an expression, such as x*y")
    return result if isinstance(result, Value) else Value(result)


def _named_values(inputs: dict[str, object]) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for given, number in inputs.items():
        name = unicodedata.normalize("NFKC", given)
        if not name.isidentifier() or keyword.iskeyword(name):
            raise ValueError(f"input {_quoted(given)} has no name that a text can use: use letters, digits and _")
        if name in values:
            raise ValueError(f"input {_quoted(name)} is given twice: Unicode spells one name in two ways, use one")
        try:
            value = number if isinstance(number, Value) else Value(number)
        except (TypeError, ValueError) as error:
            raise type(error)(f"input {_quoted(name)}: {error}") from None
        value.label = name if value.label is None else value.label
        values[name] = value
    return values


# Tokens ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Token:
    """A piece of the text.

    Attributes:
        kind: name, number, sign, end (of a statement) or stop (of the text).
        text: how it is written; a name in its normal form.
        at: where it begins in the whole text.
    """

    kind: str
    text: str
    at: int


_DIGITS = r"[0-9](?:_?[0-9])*"
# Whatever is not ASCII is taken for a part of a name at first; Python then knows which characters may be.
_LETTER = r"A-Za-z_\x80-\U0010ffff"
_TOKEN = re.compile(
    rf"""(?P<blank> [ \t]+ | \#[^\r\n]* )
    | (?P<end> ; | \r\n? | \n )
    | (?P<number> (?: {_DIGITS} (?:\. (?:{_DIGITS})? )? | \.{_DIGITS} ) (?: [eE][+-]?{_DIGITS} )? )
    | (?P<name> [{_LETTER}][{_LETTER}0-9]* )
    | (?P<refused> [-+*/%]= | \*\*= | // | << | >> | := )
    | (?P<sign> \*\* | [<>=!]= | [-+*/%(),<>=] )
    | (?P<other> [\s\S] )""",
    re.VERBOSE,
)
_LETTERS = re.compile(r"[A-Za-z_]\w*")

# What people may well write and expressions do not have, in words, and what to write instead.
_CHANGE = ("an assignment that changes a name", "write x = x + 1")
_GROUPING = (
    "a list, set, dictionary or subscript",
    "group with round brackets, and give each number a name of its own",
)
_BITS = ("an operation on bits", "join conditions by *, as in (x < y)*(y < z)")
_CHOICE = ("a choice by if and else", "write where(condition, x, y)")
_REFUSED = {
    **dict.fromkeys(("+=", "-=", "*=", "/=", "%=", "**="), _CHANGE),
    **dict.fromkeys("[]{}", _GROUPING),
    **dict.fromkeys(("&", "|", "~", "<<", ">>"), _BITS),
    **dict.fromkeys(("if", "else"), _CHOICE),
    **dict.fromkeys("'\"", ("a text in quotes", "write numbers and names only")),
    **dict.fromkeys("×·⋅∗∙", ("a sign of multiplication other than *", "write x*y")),
    **dict.fromkeys("−–—", ("a minus sign other than -", "write x - y")),
    **dict.fromkeys("÷∕⁄", ("a sign of division other than /", "write x/y")),
    **dict.fromkeys("²³⁴", ("a raised exponent", "write x**2")),
    "^": ("the sign ^", "write a power as x**2"),
    "√": ("the sign √", "write sqrt(x)"),
    "≤": ("the sign ≤", "write <="),
    "≥": ("the sign ≥", "write >="),
    "≠": ("the sign ≠", "write !="),
    "!": ("the sign !", "write x != y for unequal"),
    ".": ("an attribute or method", "write sin(x), not x.sin()"),
    "//": ("a division rounded down", "write x/y, or (x - x % y)/y"),
    ":": ("a colon", "write statements as an expression or as name = expression"),
    ":=": ("a walrus", "give the name at the start of a statement, as in a = x*y"),
    "@": ("a decorator or product of matrices", "write x*y"),
    "\\": ("a backslash", "put what takes several lines in round brackets"),
    "and": ("the word and", "write the product of both conditions"),
    "or": ("the word or", "write max(x, y) of both conditions"),
    "not": ("the word not", "write 1 - condition"),
    "True": ("the word True", "write 1"),
    "False": ("the word False", "write 0"),
}


def _tokens(text: str) -> Iterator[_Token]:
    """The tokens of text, and stop for ever after; ends of lines inside brackets are none."""
    depth = 0
    for match in _TOKEN.finditer(text):
        kind, word, at = str(match.lastgroup), match[0], match.start()
        if kind == "blank" or (kind == "end" and depth > 0 and word != ";"):
            continue
        if len(word) > MAX_WORD:
            _refuse(text, at, f"a {kind} of {len(word):,} characters is too long: at most {MAX_WORD:,} are read")
        if kind == "name":
            word = _checked_name(text, word, at)
        elif kind == "number" and (letters := _LETTERS.match(text, match.end())):
            written = _quoted(word + letters[0])
            _refuse(text, at, f"{written} is no real number in decimals: write one such as 1.5e3, or a product as 2*x")
        elif kind in ("refused", "other"):
            _refuse_construct(text, at, word)
        # Too many closing brackets are refused as soon as they are read.
        depth += (word == "(") - (word == ")")
        yield _Token(kind, word, at)
    yield _Token("end", "", len(text))
    while True:
        yield _Token("stop", "", len(text))


def _checked_name(text: str, word: str, at: int) -> str:
    if not word.isidentifier():
        strange = next((place for place, ch in enumerate(word) if not f"_{ch}".isidentifier()), 0)
        _refuse_construct(text, at + strange, word[strange])
    name = unicodedata.normalize("NFKC", word)
    if keyword.iskeyword(name):
        _refuse_construct(text, at, name)
    return name


def _refuse_construct(text: str, at: int, construct: str) -> NoReturn:
    kind = "Python's word" if construct.isidentifier() else "the character"
    otherwise = (f"{kind} {_quoted(construct)}", "write numbers, names, + - * / ** %, brackets and functions only")
    what, remedy = _REFUSED.get(construct, otherwise)
    _refuse(text, at, f"{what} has no place here: {remedy}")


def _refuse(text: str, at: int, problem: str) -> NoReturn:
    lines = re.split(r"\r\n?|\n", text[:at])
    raise ParseError(problem, text, len(lines), len(lines[-1]) + 1)


def _quoted(text: str) -> str:
    return f"'{printable(text, 40)}'"


# Statements -----------------------------------------------------------------------------------------------------------

_CONSTANTS = {"pi": math.pi, "e": math.e}
_ALIASES = {"ln": "log", "max": "maximum", "min": "minimum", "pow": "power"}
_COMPARISON_SIGNS = ("<", "<=", ">", ">=", "==", "!=")
_OF_THREE: dict[str, Callable[..., Any]] = {"where": operations.where, "clip": operations.clip}

#: A part of an expression that is complete and longer than this is worked out at once.
_LONG = 60


@dataclass(frozen=True, slots=True)
class _Piece:
    """A piece of the skeleton: a sign, or ``_`` for a number, a Value or a function."""

    sign: str
    holds: Any = None


@dataclass(slots=True)
class _Group:
    """An open bracket, or the statement around them all.

    Attributes:
        token: what opened it, a function's name or the bracket itself.
        start: its place in the skeleton.
        total, product: the places where the sum and the product that are being read begin.
        arity: how many operands the function takes; 0 where there is none.
        operands: how many of them have begun.
        tower: how many signs and powers are waiting for what comes next.
        compared: whether the operand has a comparison already.
    """

    token: _Token
    start: int
    total: int
    product: int
    arity: int = 0
    operands: int = 1
    tower: int = 0
    compared: bool = False

    def begin(self, place: int) -> None:
        """Have a sum begin there."""
        self.total = self.product = place
        self.tower = 0


class _Reader:
    """Reads statement after statement; ``token`` is in hand, ``after`` the one behind it."""

    def __init__(self, text: str, values: dict[str, Value]) -> None:
        self.text = text
        self.values = values
        self.stream = _tokens(text)
        self.token = next(self.stream)
        self.after = next(self.stream)
        self.skeleton: list[_Piece] = []
        self.groups: list[_Group] = []

    def advance(self) -> _Token:
        """Take the token in hand."""
        taken, self.token, self.after = self.token, self.after, next(self.stream)
        return taken

    def refuse(self, token: _Token, problem: str) -> NoReturn:
        _refuse(self.text, token.at, problem)

    def statement(self) -> Value | float:
        """Read one statement: its value, which from then on has the name that the statement gives it."""
        if self.token.kind != "name" or self.after.text != "=":
            return self.expression()
        name = self.advance().text
        self.advance()
        result = self.expression()
        value = result if isinstance(result, Value) else Value(result)
        if value.label is not None:
            value = operations.positive(value)
        value.label = name
        self.values[name] = value
        return value

    def expression(self) -> Value | float:
        """Read up to the end of a statement: a Value, or a float where no Value takes part."""
        self.skeleton, self.groups = [], [_Group(self.token, 0, 0, 0)]
        while True:
            self._read_operand()
            while self.token.text == ")":
                self._close()
            if self.token.kind == "end":
                break
            self._read_operator()
        if len(self.groups) > 1:
            self.refuse(self.groups[-1].token, "the bracket that opens here is not closed: add a )")
        result: Value | float = _worked_out(self.skeleton)
        return result

    def _read_operand(self) -> None:
        """Read a number or a name, and the signs and opening brackets before it."""
        while True:
            token = self.advance()
            if token.text == "(" or (token.kind == "name" and self.token.text == "("):
                self._open(token)
            elif token.text in ("+", "-"):
                self._pile_up(token)
            else:
                break
        if token.kind not in ("number", "name"):
            self._refuse_operand(token)
        self.skeleton.append(_Piece("_", float(token.text) if token.kind == "number" else self._value_of(token)))

    def _refuse_operand(self, token: _Token) -> NoReturn:
        if token.text in ("*", "**") and self.skeleton and self.skeleton[-1].sign in ("(", ","):
            self.refuse(token, "operands cannot be unpacked from one with a star: write them one by one")
        what = "the end of the statement" if token.kind == "end" else _quoted(token.text)
        self.refuse(token, f"{what} comes where an operand should: write a number, a name or a bracket before it")

    def _read_operator(self) -> None:
        token = self.advance()
        group = self.groups[-1]
        sign = token.text
        if sign == "**":
            return self._pile_up(token)
        if sign in ("*", "/", "%"):
            self._shorten(group.product)
            group.tower = 0
        elif sign in ("+", "-"):
            self._shorten(group.total)
            group.tower, group.product = 0, len(self.skeleton) + 1
        elif sign in _COMPARISON_SIGNS:
            if group.compared:
                self.refuse(token, "comparisons do not chain: two conditions join by *, as in (x < y)*(y < z)")
            group.compared = True
            group.begin(len(self.skeleton) + 1)
        elif sign == "," and group.arity:
            group.operands, group.compared = group.operands + 1, False
            group.begin(len(self.skeleton) + 1)
        else:
            self._refuse_operator(token, group)
        self.skeleton.append(_Piece(sign))

    def _refuse_operator(self, token: _Token, group: _Group) -> NoReturn:
        if token.text == ",":
            self.refuse(token, "a comma is only for the operands of a function: statements are separated by ;")
        if token.text == "=" and group.arity:
            self.refuse(token, "an operand is not given by name: write f(x), not f(a=x)")
        if token.text == "=":
            self.refuse(token, "an assignment begins its statement with one name, a = x*y; to compare, write ==")
        self.refuse(token, f"{_quoted(token.text)} follows without an operator: a product is written x*y")

    def _pile_up(self, token: _Token) -> None:
        """Take a sign or a power, whose result has to wait for what follows it."""
        group = self.groups[-1]
        group.tower += 1
        if group.tower > MAX_DEPTH:
            self.refuse(token, f"more than {MAX_DEPTH} signs and powers in a row: give a part of them a name first")
        self.skeleton.append(_Piece(token.text))

    def _open(self, token: _Token) -> None:
        if len(self.groups) > MAX_DEPTH:
            self.refuse(token, f"brackets nest more than {MAX_DEPTH} deep: give an inner one a name first")
        start, arity = len(self.skeleton), 0
        if token.kind == "name":
            function, arity = self._function_of(token)
            self.skeleton.append(_Piece("_", function))
            self.advance()
        self.skeleton.append(_Piece("("))
        self.groups.append(_Group(token, start, len(self.skeleton), len(self.skeleton), arity))

    def _close(self) -> None:
        token = self.advance()
        if len(self.groups) == 1:
            self.refuse(token, "this bracket closes none: remove it, or add the ( that it belongs to")
        group = self.groups.pop()
        if group.arity and group.operands != group.arity:
            of = f"{_quoted(group.token.text)} takes {_operands(group.arity)}"
            self.refuse(group.token, f"{of}, not {group.operands}: write as many, separated by commas")
        self.skeleton.append(_Piece(")"))
        self._shorten(group.start)

    def _shorten(self, start: int) -> None:
        """Put its value in the place of a complete part that has become long, so that parts neither grow nor nest."""
        if len(self.skeleton) - start > _LONG:
            self.skeleton[start:] = [_Piece("_", _worked_out(self.skeleton[start:]))]

    def _value_of(self, token: _Token) -> Value | float:
        name = token.text
        if name in self.values:
            return self.values[name]
        if name in _CONSTANTS:
            return _CONSTANTS[name]
        if _function(name) is not None:
            self.refuse(token, f"{_quoted(name)} is a function: write its operands in brackets behind it")
        shown = printable(name, 40)
        remedy = f"give it as an input, such as {shown}=1.0"
        meant = _unless_meant(name, [*self.values, *_CONSTANTS])
        self.refuse(token, f"the name '{shown}' has no value: {remedy}{meant}")

    def _function_of(self, token: _Token) -> tuple[Callable[..., Any], int]:
        name = token.text
        function = _function(name)
        if function is not None:
            return function, len(function.partials) if isinstance(function, Operation) else 3
        if name in self.values or name in _CONSTANTS:
            self.refuse(token, f"{_quoted(name)} is a number, not a function: a product is written x*(y + z)")
        meant = _unless_meant(name, [*(op.name for op in _offered()), *_ALIASES, *_OF_THREE])
        self.refuse(token, f"no function is called {_quoted(name)}: use one of the operation table, as sin(x){meant}")


def _function(name: str) -> Callable[..., Any] | None:
    name = _ALIASES.get(name, name)
    return _OF_THREE.get(name) or next((op for op in _offered() if name in (op.name, op.numpy)), None)


def _offered() -> Iterator[Operation]:
    return (op for op in OPERATIONS.values() if not op.helper)


def _operands(number: int) -> str:
    return "1 operand" if number == 1 else f"{number} operands"


def _unless_meant(name: str, others: Iterable[str]) -> str:
    found = difflib.get_close_matches(name[:40], others, n=1)
    return f", unless {_quoted(found[0])} was meant" if found else ""


# Precedence -----------------------------------------------------------------------------------------------------------

_OPERATORS: dict[type[ast.AST], Operation] = {
    ast.Add: operations.add,
    ast.Sub: operations.subtract,
    ast.Mult: operations.multiply,
    ast.Div: operations.divide,
    ast.Mod: operations.remainder,
    ast.Pow: operations.power,
    ast.UAdd: operations.positive,
    ast.USub: operations.negative,
}

_COMPARISONS: dict[type[ast.AST], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


def _worked_out(skeleton: list[_Piece]) -> Any:
    # One piece a line: the line of a node is its place.
    source = "(" + "\n".join(piece.sign for piece in skeleton) + ")"
    return _value(ast.parse(source, mode="eval").body, skeleton)


def _value(node: ast.expr, skeleton: list[_Piece]) -> Any:
    """The value of a node; it nests no deeper than signs and powers may pile up, and a short part besides."""
    match node:
        case ast.Name(lineno=line):
            return skeleton[line - 1].holds
        case ast.UnaryOp(op=sign, operand=x):
            return _OPERATORS[type(sign)](_value(x, skeleton))
        case ast.BinOp(left=x, op=sign, right=y):
            return _OPERATORS[type(sign)](_value(x, skeleton), _value(y, skeleton))
        case ast.Compare(left=x, ops=[sign], comparators=[y]):
            return float(_COMPARISONS[type(sign)](_value(x, skeleton), _value(y, skeleton)))
        case ast.Call(func=function, args=operands, keywords=[]):
            return _value(function, skeleton)(*(_value(operand, skeleton) for operand in operands))
        case _:
            raise TypeError(f"{type(node).__name__} is none of the nodes that an expression may have")
