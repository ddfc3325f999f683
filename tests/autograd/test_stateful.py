"""Whatever is done to Values, and in whatever order, they hold what a plain list of records says they hold."""

import copy
import math
import operator
import pickle
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, precondition, rule

from autograd import NO_GRADIENT, Value, exp, maximum, relu, sin, tanh

#: For each operation how a user writes it, its value and its slopes, in formulas of the test's own.
Formula = tuple[Callable[..., Any], Callable[..., float], Callable[..., tuple[float | None, ...]]]

UNARY: dict[str, Formula] = {
    "negative": (operator.neg, lambda x: -x, lambda x: (-1.0,)),
    "sin": (sin, math.sin, lambda x: (math.cos(x),)),
    "exp": (exp, math.exp, lambda x: (math.exp(x),)),
    "tanh": (tanh, math.tanh, lambda x: (math.cosh(x) ** -2.0,)),
    "relu": (relu, lambda x: max(x, 0.0), lambda x: (1.0 if x > 0.0 else None,)),
}
BINARY: dict[str, Formula] = {
    "add": (operator.add, lambda x, y: x + y, lambda x, y: (1.0, 1.0)),
    "subtract": (operator.sub, lambda x, y: x - y, lambda x, y: (1.0, -1.0)),
    "multiply": (operator.mul, lambda x, y: x * y, lambda x, y: (y, x)),
    "divide": (operator.truediv, lambda x, y: x / y, lambda x, y: (1.0 / y, -x / (y * y))),
    "power": (operator.pow, math.pow, lambda x, y: (y * x ** (y - 1.0), x**y * math.log(x))),
    "maximum": (
        maximum,
        max,
        lambda x, y: (0.5, 0.5) if x == y else (1.0, None) if x > y else (None, 1.0),
    ),
}
FORMULAS = UNARY | BINARY


@dataclass
class Record:
    """What a Value should hold.

    Attributes:
        operands: each the place of a record, or a plain number.
        grad: None while there is no gradient.
        gross: the gradient with all signs dropped; rounding errors are in proportion to it.
    """

    data: float
    label: str | None = None
    operation: str | None = None
    operands: tuple[int | float, ...] = ()
    slopes: tuple[float | None, ...] = ()
    grad: float | None = None
    gross: float = 0.0


class Model:
    """A list of records, operands before results."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    def apply(self, name: str, operands: tuple[int | float, ...]) -> bool:
        """Record an operation, unless it leads to numbers that are too large to follow."""
        numbers = [self.records[operand].data if isinstance(operand, int) else operand for operand in operands]
        _, value, rule = FORMULAS[name]
        try:
            data, slopes = value(*numbers), rule(*numbers)
        except (ArithmeticError, ValueError):
            return False
        if any(isinstance(number, complex) or abs(number or 0.0) > 1e3 for number in (data, *slopes)):
            return False
        flowing = [slope if isinstance(x, int) else None for x, slope in zip(operands, slopes, strict=True)]
        self.records.append(Record(data, None, name, operands, tuple(flowing)))
        return True

    def below(self, output: int) -> list[int]:
        """The places of all that output was made from, and its own, in order."""
        found: set[int] = set()
        waiting = [output]
        while waiting:
            place = waiting.pop()
            found.add(place)
            waiting.extend(operand for operand in self.records[place].operands if isinstance(operand, int))
        return sorted(found)

    def backward(self, output: int, seed: float) -> None:
        arrived: dict[int, list[float]] = {place: [] for place in self.below(output)}
        gross = dict.fromkeys(arrived, 0.0)
        arrived[output], gross[output] = [seed], abs(seed)
        for place in reversed(arrived):
            record = self.records[place]
            if record.operation is not None:
                record.grad, record.gross = None, 0.0
            if not arrived[place]:
                continue
            record.grad = (record.grad or 0.0) + math.fsum(arrived[place])
            record.gross += gross[place]
            for operand, slope in zip(record.operands, record.slopes, strict=True):
                if isinstance(operand, int) and slope is not None:
                    arrived[operand].append(slope * math.fsum(arrived[place]))
                    gross[operand] += abs(slope) * gross[place]

    def copy(self, output: int) -> dict[int, int]:
        """Copy all that output was made from; the result says where to."""
        where: dict[int, int] = {}
        for place in self.below(output):
            where[place] = len(self.records)
            operands = [where[x] if isinstance(x, int) else x for x in self.records[place].operands]
            self.records.append(replace(self.records[place], operands=tuple(operands)))
        return where


def pickled_and_back(thing: Any) -> Any:
    return pickle.loads(pickle.dumps(thing))


numbers = st.floats(-4.0, 4.0)
labels = st.none() | st.sampled_from("abc")


class ValuesAndModel(RuleBasedStateMachine):
    """Does everything to Values and to the model; a Value stands at the place of its record."""

    places = Bundle("places")

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.values: list[Value] = []

    @rule(target=places, data=numbers, label=labels)
    def make_a_leaf(self, data: float, label: str | None) -> int:
        self.model.records.append(Record(data, label))
        self.values.append(Value(data, label))
        return len(self.values) - 1

    @initialize(target=places, data=numbers, label=labels)
    def begin_with_a_leaf(self, data: float, label: str | None) -> int:
        return self.make_a_leaf(data, label)

    @rule(target=places, name=st.sampled_from(sorted(UNARY)), x=places)
    def apply_to_one(self, name: str, x: int) -> Any:
        return self._apply(name, x)

    @rule(target=places, name=st.sampled_from(sorted(BINARY)), x=places, y=places)
    def apply_to_two(self, name: str, x: int, y: int) -> Any:
        return self._apply(name, x, y)

    @rule(target=places, name=st.sampled_from(sorted(BINARY)), x=places, number=numbers, reflected=st.booleans())
    def apply_to_one_and_a_number(self, name: str, x: int, number: float, reflected: bool) -> Any:
        return self._apply(name, *((number, x) if reflected else (x, number)))

    def _apply(self, name: str, *operands: int | float) -> Any:
        if not self.model.apply(name, operands):
            return multiple()
        written, _, _ = FORMULAS[name]
        self.values.append(written(*(self.values[x] if isinstance(x, int) else x for x in operands)))
        return len(self.values) - 1

    @rule(output=places, seed=numbers)
    def backward(self, output: int, seed: float) -> None:
        self.model.backward(output, seed)
        self.values[output].backward(seed)

    @rule(x=places)
    def reset(self, x: int) -> None:
        self.model.records[x].grad, self.model.records[x].gross = 0.0, 0.0
        self.values[x].grad = 0.0

    @rule(x=places, data=numbers)
    def mutate(self, x: int, data: float) -> None:
        self.model.records[x].data = data
        self.values[x].data = data

    @rule(x=places, label=labels)
    def relabel(self, x: int, label: str | None) -> None:
        self.model.records[x].label = label
        self.values[x].label = label

    @precondition(lambda self: len(self.values) < 200)
    @rule(target=places, output=places, pickled=st.booleans())
    def copy_a_graph(self, output: int, pickled: bool) -> Any:
        original = self.values[output]
        where = self.model.copy(output)
        copies = {where[output]: pickled_and_back(original) if pickled else copy.deepcopy(original)}
        for place in sorted(where.values(), reverse=True):
            operands = self.model.records[place].operands
            copies |= {x: copies[place].operands[i] for i, x in enumerate(operands) if isinstance(x, int)}
        self.values.extend(copies[place] for place in where.values())
        return multiple(*where.values())

    @rule(target=places, x=places)
    def copy_one(self, x: int) -> int:
        self.model.records.append(replace(self.model.records[x]))
        self.values.append(copy.copy(self.values[x]))
        return len(self.values) - 1

    @rule(pickled=st.booleans())
    def go_on_with_a_copy_of_everything(self, pickled: bool) -> None:
        self.values = pickled_and_back(self.values) if pickled else copy.deepcopy(self.values)

    @invariant()
    def every_value_is_its_own(self) -> None:
        assert len(set(map(id, self.values))) == len(self.model.records)

    @invariant()
    def every_value_holds_what_its_record_says(self) -> None:
        for value, record in zip(self.values, self.model.records, strict=True):
            assert value.data == record.data
            assert value.label == record.label
            assert (value.op and value.op.name) == record.operation
            for operand, expected in zip(value.operands, record.operands, strict=True):
                assert operand is self.values[expected] if isinstance(expected, int) else operand == expected
            for slope, expected_slope in zip(value.slopes, record.slopes, strict=True):
                assert close(slope, expected_slope, expected_slope or 0.0)
            assert close(None if value.grad is NO_GRADIENT else value.grad, record.grad, record.gross)


def close(ours: float | None, expected: float | None, gross: float) -> bool:
    if ours is None or expected is None:
        return ours is expected
    return abs(ours - expected) <= 1e-11 * abs(gross) + 1e-300


TestValuesAndModel = ValuesAndModel.TestCase
TestValuesAndModel.settings = settings(max_examples=200)
