"""Which Values of a graph a picture draws as one: those of a scope, and those that do the same over and over."""

from collections import Counter
from collections.abc import Collection, Hashable
from dataclasses import dataclass
from itertools import takewhile
from typing import TypeGuard

from autograd import Operation, Value

#: The names of the scopes around a Value, the outermost first.
Scope = tuple[str, ...]


def folding(
    order: list[Value], leaves: list[Value], scopes: dict[int, Scope], which: int | Collection[str] | None, most: int
) -> dict[int, Hashable]:
    """For each Value that is drawn as one with others, a key that they share.

    Args:
        which: the depth at which scopes are folded, or the names of those that are; None to fold no more than is
            needed, so that there are at most so many boxes: from the innermost scopes outwards, and with them all that
            does the same to the same.
    """
    values = [*leaves, *order]
    if which is not None:
        return by_scope(values, scopes, which)
    keys: dict[int, Hashable] = {}
    depths = reversed(range(max([1, *map(len, scopes.values())])))
    while _left(values, keys) > most and (depth := next(depths, None)) is not None:
        keys = by_repetition(order, by_scope(values, scopes, depth))
    return keys


def _left(values: list[Value], keys: dict[int, Hashable]) -> int:
    return len(values) - len(keys) + len(set(keys.values()))


def scopes_of(order: list[Value], leaves: list[Value]) -> dict[int, Scope]:
    """The scope of each Value; one that has none of its own belongs to the scope that all its uses share."""
    found: dict[int, Scope] = {}
    for node in reversed(order):
        scope = found[id(node)] = node.scope or found.get(id(node), ())
        for operand in node.operands:
            if isinstance(operand, Value):
                # The output comes first, so that all uses of a node are known when its turn comes.
                known = found.get(id(operand))
                found[id(operand)] = scope if known is None else _shared(known, scope)
    return {id(value): found.get(id(value), ()) for value in (*leaves, *order)}


def _shared(a: Scope, b: Scope) -> Scope:
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


def by_repetition(order: list[Value], keys: dict[int, Hashable]) -> dict[int, Hashable]:
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
            (operand, found.get(id(operand), id(operand))) for operand in node.operands if isinstance(operand, Value)
        ]
        # A link of a chain is one more of what the chain began with.
        chain = [kind for operand, kind in operands if _is_chain(kind, node.op) and uses[id(operand)] == 1]
        names = [("repetition", numbers[kind]) if isinstance(kind, Repetition) else kind for _, kind in operands]
        repetition = chain[0] if chain else Repetition(node.op, tuple(dict.fromkeys(names)))
        numbers.setdefault(repetition, len(numbers))
        found[id(node)] = repetition
    times = Counter(found.values())
    return {place: key for place, key in found.items() if times[key] > 1 or not isinstance(key, Repetition)}


def _is_chain(kind: Hashable, op: Operation) -> TypeGuard[Repetition]:
    return isinstance(kind, Repetition) and kind.op is op
