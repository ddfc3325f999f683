"""Which Values of a graph a picture draws as one: those of a scope, and those that do the same over and over."""

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from itertools import takewhile
from typing import Final, TypeGuard

from autograd import Operation, Value

#: The names of the scopes around a Value, the outermost first.
Scope = tuple[str, ...]


def folding(
    order: list[Value], leaves: list[Value], scopes: dict[int, Scope], which: int | Collection[str] | None, most: int
) -> dict[int, Hashable]:
    """For each Value that is drawn as one with others, a key that they share.

    Args:
        which: the depth at which scopes are folded in any case, or the names of those that are. No more is folded
            than is needed, so that there are at most so many boxes with few enough arrows. The output never is.
    """
    asked_for = {} if which is None else by_scope([*leaves, *order[:-1]], scopes, which)
    keys = asked_for
    if _few_enough(order, leaves, keys, most):
        return keys
    for keys in _coarser_and_coarser(order, leaves, scopes, asked_for):
        if _few_enough(order, leaves, keys, most):
            break
    return keys


# Arrows for each box: a value by itself has two at most, and two layers of 30 neurons about a thousand in all.
_ARROWS: Final = 4


def _few_enough(order: list[Value], leaves: list[Value], keys: dict[int, Hashable], most: int) -> bool:
    """Whether there are at most so many boxes, and no more arrows between them than can be laid out in a second."""
    if len(leaves) + len(order) - len(keys) + len(set(keys.values())) > most:
        return False
    arrows = {
        (keys.get(id(operand), id(operand)), keys.get(id(node), id(node)))
        for node in order
        for operand in node.operands
        if isinstance(operand, Value)
    }
    return len(arrows) <= _ARROWS * most


def _coarser_and_coarser(
    order: list[Value], leaves: list[Value], scopes: dict[int, Scope], asked_for: dict[int, Hashable]
) -> Iterator[dict[int, Hashable]]:
    """What repeats, beside what was asked for; scopes from the innermost outwards, and what repeats then; leaves alike.

    In the end every operation is one, and all leaves are. The output and the scopes around everything stay.
    """
    if asked_for:
        keys = by_repetition(order, asked_for)
        yield keys
        yield with_leaves(order, keys)
    values = [*leaves, *order[:-1]]
    around = len(common_scope(scopes.values()))
    deepest = max(map(len, scopes.values()))
    for depth in reversed(range(around, max(around + 1, min(around + _DEEPEST, deepest)))):
        keys = by_repetition(order, by_scope(values, scopes, depth))
        yield keys
        yield with_leaves(order, keys)
    yield with_leaves(order, by_repetition(order, by_scope(values, scopes, around), leaves_alike=True))
    operations = _of_many({id(node): Repetition(node.op, ()) for node in order[:-1] if node.op is not None})
    yield with_leaves(order, operations)
    yield operations | _of_many({id(leaf): Inputs(frozenset()) for leaf in leaves})


# Scopes further in are folded at once: so many boxes around each other cannot be read, and each takes its time.
_DEEPEST: Final = 8


def _of_many(keys: dict[int, Hashable]) -> dict[int, Hashable]:
    """Those keys that are a scope or that several Values have."""
    times = Counter(keys.values())
    return {place: key for place, key in keys.items() if times[key] > 1 or isinstance(key, tuple)}


def scopes_of(order: list[Value], leaves: list[Value]) -> dict[int, Scope]:
    """The scope of each Value; one that has none of its own belongs to the scope that all its uses share."""
    found: dict[int, Scope] = {}
    for node in reversed(order):
        scope = found[id(node)] = node.scope or found.get(id(node), ())
        for operand in node.operands:
            if isinstance(operand, Value):
                # The output comes first, so that all uses of a node are known when its turn comes.
                known = found.get(id(operand))
                found[id(operand)] = scope if known is None else _common(known, scope)
    return {id(value): found.get(id(value), ()) for value in (*leaves, *order)}


def common_scope(scopes: Iterable[Scope]) -> Scope:
    """The names of the scopes that lie around all of these."""
    return reduce(_common, scopes)


def _common(a: Scope, b: Scope) -> Scope:
    if a is b:
        return a
    return tuple(x for x, _ in takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False)))


def by_scope(values: list[Value], scopes: dict[int, Scope], which: int | Collection[str]) -> dict[int, Hashable]:
    """For each Value that a scope swallows, the scope: the outermost of those named, or the one at that depth."""
    keys: dict[int, Hashable] = {}
    for node in values:
        scope = scopes[id(node)]
        if isinstance(which, int):
            if len(scope) > which:
                keys[id(node)] = scope[: which + 1]
        else:
            places = [place for place, name in enumerate(scope) if name in which]
            if places:
                keys[id(node)] = scope[: places[0] + 1]
    return keys


@dataclass(frozen=True, slots=True)
class Repetition:
    """What Values have in common that do the same to the same.

    Attributes:
        op: the operation.
        operands: what they do it to, each the key of a fold, the number of a Repetition, or the id of a Value.
    """

    op: Operation
    operands: tuple[Hashable, ...]


@dataclass(frozen=True, slots=True)
class Inputs:
    """What leaves have in common that are operands of the same, each the key of a fold or the id of a Value."""

    uses: frozenset[Hashable]


def with_leaves(order: list[Value], keys: dict[int, Hashable]) -> dict[int, Hashable]:
    """Besides keys, one key for all leaves that are operands of the same."""
    uses: dict[int, set[Hashable]] = {}
    for node in order:
        for operand in node.operands:
            if isinstance(operand, Value) and operand.op is None and id(operand) not in keys:
                uses.setdefault(id(operand), set()).add(keys.get(id(node), id(node)))
    return keys | _of_many({place: Inputs(frozenset(users)) for place, users in uses.items()})


def by_repetition(order: list[Value], keys: dict[int, Hashable], leaves_alike: bool = False) -> dict[int, Hashable]:
    """Besides keys, one key for all Values that do the same to the same: an operation, its operands being alike.

    A chain of one operation, each result being an operand of the next alone, such as a long sum, counts as one.
    The last Value, the output, is left alone.
    """
    # Each Repetition has a number by which others name it: comparing them all the way down would take long.
    numbers: dict[Repetition, int] = {}
    uses = Counter(id(operand) for node in order for operand in node.operands)
    found = dict(keys)
    for node in order[:-1]:
        if id(node) in keys:
            continue
        assert node.op is not None
        operands = [
            (operand, _LEAF if leaves_alike and operand.op is None else found.get(id(operand), id(operand)))
            for operand in node.operands
            if isinstance(operand, Value)
        ]
        # A link of a chain is one more of what the chain began with.
        chain = [kind for operand, kind in operands if _is_chain(kind, node.op) and uses[id(operand)] == 1]
        names = [("repetition", numbers[kind]) if isinstance(kind, Repetition) else kind for _, kind in operands]
        repetition = chain[0] if chain else Repetition(node.op, tuple(dict.fromkeys(names)))
        numbers.setdefault(repetition, len(numbers))
        found[id(node)] = repetition
    return _of_many(found)


# What stands for any leaf where they are alike.
_LEAF: Final = "leaf"


def _is_chain(kind: Hashable, op: Operation) -> TypeGuard[Repetition]:
    return isinstance(kind, Repetition) and kind.op is op
