"""Which Values of a graph a picture draws as one: those of a scope, and those that do the same over and over."""

from collections import Counter
from collections.abc import Collection, Hashable, Iterator
from dataclasses import dataclass
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
        which: the depth at which scopes are folded, or the names of those that are; None to fold no more than is
            needed, so that there are at most so many boxes.
    """
    if which is not None:
        return by_scope([*leaves, *order], scopes, which)
    if len(leaves) + len(order) <= most:
        return {}
    keys: dict[int, Hashable] = {}
    for keys in _coarser_and_coarser(order, leaves, scopes):
        if len(leaves) + len(order) - len(keys) + len(set(keys.values())) <= most:
            break
    return keys


def _coarser_and_coarser(
    order: list[Value], leaves: list[Value], scopes: dict[int, Scope]
) -> Iterator[dict[int, Hashable]]:
    """Scopes from the innermost outwards, with all that does the same to the same; then with all leaves alike.

    In the end every operation is one.
    """
    values = [*leaves, *order]
    for depth in reversed(range(max([1, *map(len, scopes.values())]))):
        keys = by_repetition(order, by_scope(values, scopes, depth))
        yield keys
        yield with_leaves(order, keys)
    yield with_leaves(order, by_repetition(order, by_scope(values, scopes, 0), leaves_alike=True))
    yield with_leaves(order, {id(node): Repetition(node.op, ()) for node in order[:-1] if node.op is not None})


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
    found = {place: Inputs(frozenset(users)) for place, users in uses.items()}
    times = Counter(found.values())
    return keys | {place: key for place, key in found.items() if times[key] > 1}


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
    times = Counter(found.values())
    return {place: key for place, key in found.items() if times[key] > 1 or not isinstance(key, Repetition)}


# What stands for any leaf where they are alike.
_LEAF: Final = "leaf"


def _is_chain(kind: Hashable, op: Operation) -> TypeGuard[Repetition]:
    return isinstance(kind, Repetition) and kind.op is op
