"""Scopes: what is recorded inside belongs to them, in its own thread, and only while they are open."""

import threading
from typing import Any

import pytest

from autograd import Value, scope


def test_what_is_recorded_inside_belongs_to_the_scope_and_those_around_it() -> None:
    x = Value(0.5)
    before = x * 2.0
    with scope("network"):
        with scope("hidden"):
            h = (x * 3.0).tanh()
        out = h + 1.0
    after = out * 2.0
    assert [v.scope for v in (x, before, h, h.operands[0], out, after)] == [
        (),
        (),
        ("network", "hidden"),
        ("network", "hidden"),
        ("network",),
        (),
    ]


def test_an_error_inside_closes_it() -> None:
    with pytest.raises(ZeroDivisionError), scope("hidden"):
        raise ZeroDivisionError
    assert (Value(1.0) * 2.0).scope == ()


def test_another_thread_is_not_inside() -> None:
    found: list[Any] = []
    with scope("hidden"):
        thread = threading.Thread(target=lambda: found.append((Value(1.0) * 2.0).scope))
        thread.start()
        thread.join()
        assert (Value(1.0) * 2.0).scope == ("hidden",)
    assert found == [()]


def test_a_scope_can_be_given_later() -> None:
    y = Value(1.0) * 2.0
    y.scope = ("layer 1", "neuron 0")
    assert y.scope == ("layer 1", "neuron 0")


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        (3, TypeError, "scope 3 is of type int: a name is text"),
        ("", ValueError, "scope '': a name of at least one character is needed, such as 'hidden'"),
    ],
)
def test_a_name_is_text(name: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=f"^{message}$"), scope(name):
        pass
