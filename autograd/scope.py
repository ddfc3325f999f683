"""Names for the parts of a calculation, which pictures draw boxes around."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from autograd.nonfinite import watching
from autograd.text import quoted

_around: ContextVar[tuple[str, ...]] = ContextVar("_around", default=())


@contextmanager
def scope(name: str) -> Iterator[None]:
    """Inside this ``with``, every Value recorded belongs to a part of that name; scopes may lie in one another.

    It holds for the thread or the task that entered it, and for tasks started inside. A copy of a Value does not keep
    it. What has no scope of its own, as a leaf, is drawn where all its uses lie.

    >>> from autograd import Value, scope
    >>> with scope("hidden"):
    ...     h = Value(0.5).tanh()
    >>> h.scope
    ('hidden',)

    Raises:
        TypeError: name is not text.
        ValueError: name is empty.
    """
    if not isinstance(name, str):
        raise TypeError(f"scope {quoted(name)} is of type {type(name).__name__}: a name is text")
    if not name:
        raise ValueError("scope '': a name of at least one character is needed, such as 'hidden'")
    path = (*_around.get(), name)
    _around.set(path)
    try:
        with watching(lambda value: setattr(value, "scope", path)):
            yield
    finally:
        # Not by a token: a generator may be closed in another context than the one it was entered in.
        _around.set(path[:-1])
